"""What the benchmarks ask of the kept tables: one contract, the whole estate, what moved between two dates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, literal_column, select

from projections.schema import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ledger.period import Month

_ITS = LIVE.cell_versions.c
_GIST = (
    _ITS.contract,
    _ITS.period,
    _ITS.kpi,
    _ITS.status,
    _ITS.value,
    _ITS.points,
    _ITS.multiplier,
    _ITS.run,
    _ITS.provisional,
)
_STANDS = (_ITS.since.concat(literal_column("''")) <= bindparam("as_at"), _ITS.until > bindparam("as_at"))
_OF_CONTRACT = select(*_GIST).where(
    _ITS.contract == bindparam("contract"), _ITS.period.between(bindparam("first"), bindparam("last")), *_STANDS
)
_OF_ALL = select(*_GIST).where(*_STANDS)
_COME = select(*_GIST, _ITS.until, _ITS.because).where(
    _ITS.since > bindparam("earlier"), _ITS.since <= bindparam("later")
)
_WENT = select(*_GIST).where(
    _ITS.since.concat(literal_column("''")) <= bindparam("earlier"),
    _ITS.until > bindparam("earlier"),
    _ITS.until <= bindparam("later"),
)


class MovedCell(NamedTuple):
    """A cell that shows something else at a later date; None on a side where it is not there."""

    contract: str
    kpi: str
    period: Month
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None
    because: tuple[str, ...]


def cells_of(connection: Connection, contract: str, first: Month, last: Month, as_at: date) -> list[Any]:
    """Return a contract's cells from one period to another, as at a date."""
    asked = {"contract": contract, "first": first, "last": last, "as_at": as_at.isoformat()}
    return list(_tuples(connection, _OF_CONTRACT, asked))


def cells_as_at(connection: Connection, as_at: date) -> Iterator[Any]:
    """Yield every contract's cells as at a date."""
    return _tuples(connection, _OF_ALL, {"as_at": as_at.isoformat()})


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that is another at the later of two dates, and the facts that moved it."""
    asked = {"earlier": earlier.isoformat(), "later": later.isoformat()}
    before = {row[:3]: row[3:] for row in _tuples(connection, _WENT, asked)}
    after, because = {}, {}
    for *cell, until, causes in _tuples(connection, _COME, asked):
        key = tuple(cell[:3])
        because[key] = (*because.get(key, ()), *json.loads(causes))
        if until > asked["later"]:
            after[key] = tuple(cell[3:])
    return [
        MovedCell(contract, kpi, period, before.get(key), after.get(key), because.get(key, ()))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
        for contract, period, kpi in [key]
    ]


def _tuples(connection: Connection, statement: Select[Any], asked: dict[str, str]) -> Iterator[Any]:
    with connection.execute(statement, asked) as result:
        cursor: Any = result.cursor
        yield from cursor
