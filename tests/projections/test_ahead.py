"""Reading ahead gives what there is, in order, and no more than a little of it before it is asked for."""

from __future__ import annotations

from itertools import count, islice
from threading import current_thread
from typing import TYPE_CHECKING

import pytest

from projections.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_everything_comes_in_order() -> None:
    assert list(ahead(iter(range(1, 100)))) == list(range(1, 100))


def test_nothing_comes_of_nothing() -> None:
    assert list(ahead(iter([]))) == []


def test_it_is_got_in_one_other_thread() -> None:
    def told() -> Iterator[str]:
        for _ in range(20):
            yield current_thread().name

    assert len(found := set(ahead(told()))) == 1
    assert current_thread().name not in found


def test_no_more_is_got_than_a_little_before_it_is_asked_for() -> None:
    got: list[int] = []

    def numbers() -> Iterator[int]:
        for each in count(1):
            got.append(each)
            yield each

    coming = ahead(numbers())
    assert list(islice(coming, 5)) == [1, 2, 3, 4, 5]
    coming.close()
    assert len(got) <= 8


def test_a_fault_comes_where_it_would_have_come() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("no more")

    coming = ahead(numbers())
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(ValueError, match="no more"):
        next(coming)
