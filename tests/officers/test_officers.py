"""The short form of several officers at once; `make officers` is the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.officers.office import Office

if TYPE_CHECKING:
    from pathlib import Path


def test_eight_officers_some_killed_lose_and_double_nothing_in_a_database(database: str, tmp_path: Path) -> None:
    day = Office(database, tmp_path, officers=8, contracts=6, seed=1).day(400, kills=3)
    assert day.wrong == []
    assert (day.facts >= 400, day.killed) == (True, 3)


def test_four_officers_queue_for_one_file_and_nobody_starves(tmp_path: Path) -> None:
    day = Office(str(tmp_path / "ledger.db"), tmp_path, officers=4, contracts=6, seed=1).day(400, kills=0)
    assert day.wrong == []
    assert day.least > 0
