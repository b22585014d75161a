"""Taking what is read ahead: all there is, in order, and nobody reads any more once it is over."""

from __future__ import annotations

from itertools import count
from threading import active_count, current_thread
from typing import TYPE_CHECKING

import pytest

from projections.ahead import take_each

if TYPE_CHECKING:
    from collections.abc import Iterator


def taken(given: Iterator[int]) -> list[int]:
    found: list[int] = []
    take_each(given, found.append)
    return found


def test_everything_is_taken_in_order() -> None:
    assert taken(iter(range(1, 100))) == list(range(1, 100))


def test_nothing_comes_of_nothing() -> None:
    assert taken(iter([])) == []


def test_it_is_got_in_one_other_thread() -> None:
    names = {current_thread().name}

    def told() -> Iterator[int]:
        for each in range(1, 20):
            names.add(current_thread().name)
            yield each

    taken(told())
    assert len(names) == 2


def test_an_end_in_the_middle_leaves_nobody_reading() -> None:
    before, got = active_count(), []

    def numbers() -> Iterator[int]:
        for each in count(1):
            got.append(each)
            yield each

    def take(number: int) -> None:
        if number == 5:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        take_each(numbers(), take)
    assert active_count() == before
    assert len(got) <= 8


def test_a_fault_comes_where_it_would_have_come() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("no more")

    found: list[int] = []
    with pytest.raises(ValueError, match="no more"):
        take_each(numbers(), found.append)
    assert found == [1, 2]
