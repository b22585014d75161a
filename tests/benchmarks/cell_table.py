"""The table that the ledger and its peers are compared over, from the kept tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from projections.schema import LIVE, NOT_YET
from tests.benchmarks.changes import COLUMNS, CellRow, DayOfChanges, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_LAST_DAY = "9999-12-30"
_ITS = LIVE.cell_versions.c
_ALL = select(*(_ITS[name] for name in (*COLUMNS, "since", "until"))).order_by(_ITS.since)
_AS_AT = select(*(_ITS[name] for name in COLUMNS)).where(_ITS.since <= bindparam("day"), _ITS.until > bindparam("day"))


def changes(connection: Connection) -> Iterator[DayOfChanges]:
    """Yield the days on which a row of the table changed, by the kept tables of a ledger, in order."""
    standing: dict[Key, CellRow] = {}
    opening: dict[str, list[CellRow]] = {}
    closing: dict[str, set[Key]] = {}
    for *row, since, until in connection.execute(_ALL):
        opening.setdefault(since, []).append(tuple(row))
        if until != NOT_YET:
            closing.setdefault(until, set()).add((row[0], row[1], row[2]))
    for day in sorted({*opening, *closing}):
        come = {(row[0], row[1], row[2]): row for row in opening.get(day, [])}
        gone = sorted(closing.get(day, set()) - come.keys())
        others = [row for key, row in come.items() if standing.get(key) != row]
        standing |= come
        for key in gone:
            del standing[key]
        if others or gone:
            yield DayOfChanges(day, others, gone)


def now_standing(connection: Connection) -> list[CellRow]:
    """Return the table as it stands now."""
    return as_at(connection, _LAST_DAY)


def as_at(connection: Connection, day: str) -> list[CellRow]:
    """Return the table as at a date."""
    return [tuple(row) for row in connection.execute(_AS_AT, {"day": day})]
