"""The table that the ledger and its peers are compared over, from the kept tables."""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import select

from projections.estate_cells import cells_as_at
from projections.schema import LIVE, NOT_YET
from tests.benchmarks.changes import COLUMNS, CellRow, DayOfChanges, Key, shows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from projections.estate_cells import KeptCell, MovedCell

_LAST_DAY = date(9999, 12, 30)
_ITS = LIVE.cell_versions.c
_ALL = select(*(_ITS[name] for name in (*COLUMNS, "since", "until"))).order_by(_ITS.since)


def changes(connection: Connection) -> Iterator[DayOfChanges]:
    """Yield the days on which a row of the table changed, by the kept tables of a ledger, in order."""
    standing: dict[Key, CellRow] = {}
    opening: dict[str, dict[Key, CellRow]] = {}
    closing: dict[str, set[Key]] = {}
    for *columns, since, until in connection.execute(_ALL):
        row = tuple(columns)
        if shows(row):
            opening.setdefault(since, {})[row[0], row[1], row[2]] = row
            closing.setdefault(until, set()).add((row[0], row[1], row[2]))
    closing.pop(NOT_YET, None)
    for day in sorted({*opening, *closing}):
        come = opening.get(day, {})
        gone = sorted(closing.get(day, set()) - come.keys())
        others = [row for key, row in come.items() if standing.get(key) != row]
        standing |= come
        for key in gone:
            del standing[key]
        if others or gone:
            yield DayOfChanges(day, others, gone)


def now_standing(connection: Connection) -> Iterator[CellRow]:
    """Yield the table as it stands now."""
    return table_rows(estate_as_at(connection, _LAST_DAY))


def estate_as_at(connection: Connection, day: date) -> list[list[KeptCell]]:
    """Return the cells of every contract as at a date."""
    return [*cells_as_at(connection, day)]


def table_rows(contracts: Iterable[list[KeptCell]]) -> Iterator[CellRow]:
    """Yield the rows of the table among the cells of some contracts as they are kept."""
    rows = ((contract, kpi, period, *shown) for contract, period, kpi, *shown in chain.from_iterable(contracts))
    return (row[: len(COLUMNS)] for row in rows if shows(row))


def differences(moved: Iterable[MovedCell]) -> Iterator[CellRow]:
    """Yield the rows of the table that moved, as they were and as they are, side by side."""
    for each in moved:
        was, now = (_side(each, shown) for shown in (each.before, each.after))
        if was != now:
            yield (*was, *now)


def _side(moved: MovedCell, shown: CellRow | None) -> CellRow:
    row = (moved.contract, moved.kpi, moved.period, *(shown or ()))
    return row[: len(COLUMNS)] if shown is not None and shows(row) else (None,) * len(COLUMNS)
