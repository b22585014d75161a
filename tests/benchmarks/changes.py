"""Days of changes to the table that the ledger and its peers are compared over; a peer's process imports it alone.

The table has a row for each cell that shows something as at a date.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

KEYS = ("contract", "kpi", "period")
COLUMNS = (*KEYS, "status", "value", "points", "multiplier", "run")

Key = tuple[str, str, str]
CellRow = tuple[Any, ...]


_NOTHING_YET = ("awaiting", "not_held", "not_started")


class DayOfChanges(NamedTuple):
    """What one day did to the table: the rows that are others from it on, and the keys of those that are gone."""

    day: str
    come: list[CellRow]
    gone: list[Key]


def shows(row: CellRow) -> bool:
    """Say whether a row of the table shows something: a cell that awaits its result is not in it."""
    return row[3] not in _NOTHING_YET or row[4] is not None


def last_of_month(month: str) -> str:
    """Return the date of a month's last day.

    >>> last_of_month("2020-02")
    '2020-02-29'
    """
    first = date.fromisoformat(f"{month}-01")
    return (date.fromisoformat(f"{first + timedelta(31)}"[:7] + "-01") - timedelta(1)).isoformat()


def write(days: Iterable[DayOfChanges], path: Path) -> None:
    """Write days of changes for a peer's process to read, one a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in days)


def read(path: str) -> Iterator[DayOfChanges]:
    """Read days of changes as they were written."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a peer's process imports as little as it can
        yield from (DayOfChanges(*json.loads(line)) for line in file)


def digest(rows: Iterable[Iterable[Any]]) -> str:
    """Return what stands for a table's rows, in whatever order they come."""
    lines = sorted(json.dumps([None if each is None else str(each) for each in row]) for row in rows)
    return f"{len(lines)} rows, {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"
