"""What many facts leave behind when the garbage collector goes on: nothing that it would search at once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from ledger.uncollected import uncollected

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 200_000


@pytest.fixture(autouse=True)
def _collector_as_found() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_many_objects_are_old_when_the_collector_goes_on() -> None:
    with uncollected():
        assert not gc.isenabled()
        made = [[] for _ in range(MANY)]
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert len(gc.get_objects(generation=0)) < MANY < len(gc.get_objects(generation=2))
    assert len(made) == MANY


def test_a_few_objects_stay_young() -> None:
    gc.collect()
    with uncollected():
        made = [["told apart"]]
    assert any(each is made[0] for each in gc.get_objects(generation=0))


def test_what_others_have_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with uncollected():
        made = [[] for _ in range(MANY)]
    assert gc.get_freeze_count() == frozen
    assert len(made) == MANY


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
