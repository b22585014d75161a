"""Cells of many contracts out of the kept tables: as at a date, and what moved between two.

Each function takes a connection on which the tables are known to be current, and yields plain tuples.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from json import loads
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, literal_column, select

from ledger.period import Month
from projections.schema import LIVE, NOT_YET

KeptCell = tuple[
    str, Month, str, str, str | None, str | None, str | None, int | None, int, str | None, str | None, str | None
]
"""A cell as it is kept: contract, period, KPI, status, value, points, multiplier, run, whether provisional (1 or 0),
basis, severity, and the points of a late return; amounts are text, exact."""

Gist = tuple[str, Month, str, str, str | None, str | None, str | None, int | None, int]
"""A `KeptCell` up to whether it is provisional: what is read of a whole estate, where each text has its price."""

Shown = tuple[Any, ...]
"""What a cell shows: a `KeptCell` without its contract, period and KPI."""

_KEY = 3
_NOTHING_YET = ("awaiting", "not_held", "not_started")

_its = LIVE.cell_versions.c
_gist = (
    _its.contract,
    _its.period,
    _its.kpi,
    _its.status,
    _its.value,
    _its.points,
    _its.multiplier,
    _its.run,
    _its.provisional,
)
_cell = (*_gist, _its.basis, _its.severity, _its.late_points)

_OF_CONTRACT = select(*_cell).where(
    _its.contract == bindparam("contract"),
    _its.period >= bindparam("first"),
    _its.period <= bindparam("last"),
    _its.since <= bindparam("as_at"),
    _its.until > bindparam("as_at"),
)
_OF_ALL = select(*_gist).where(
    _its.since.concat(literal_column("''")) <= bindparam("as_at"),  # the table is read through: its index would be slow
    _its.until > bindparam("as_at"),
)
_BEGUN = select(_its.since, _its.until, _its.because, *_cell).where(
    _its.since > bindparam("earlier"), _its.since <= bindparam("later")
)
_ENDED = select(*_cell).where(
    _its.until > bindparam("earlier"),
    _its.until <= bindparam("later"),
    _its.until < literal_column(f"'{NOT_YET}'"),
    _its.since <= bindparam("earlier"),
)


class MovedCell(NamedTuple):
    """A cell that shows something else as at a later date; None on a side where it is not there.

    `because` are the ids of the facts of every version that came between the two dates, in order.
    """

    contract: str
    kpi: str
    period: Month
    before: Shown | None
    after: Shown | None
    because: tuple[str, ...]


def cells_of(connection: Connection, contract: str, first: Month, last: Month, as_at: date) -> Sequence[KeptCell]:
    """Return a contract's cells whose periods begin from one month to another, as at a date."""
    asked = {"contract": contract, "first": first, "last": last, "as_at": as_at.isoformat()}
    return list(_tuples(connection, _OF_CONTRACT, asked))


def cells_as_at(connection: Connection, as_at: date) -> Iterator[Gist]:
    """Yield the cells of all contracts as at a date, in no order, as they are read."""
    return _tuples(connection, _OF_ALL, {"as_at": as_at.isoformat()})


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that shows one thing as at a date and another as at a later one, by contract, KPI, period.

    A cell that shows nothing yet equals one that is not there.
    """
    dates = {"earlier": earlier.isoformat(), "later": later.isoformat()}
    before = {row[:_KEY]: row[_KEY:] for row in _tuples(connection, _ENDED, dates)}
    after: dict[tuple[str, ...], Shown] = {}
    told: dict[tuple[str, ...], list[tuple[str, str]]] = {key: [] for key in before}
    for since, until, because, *cell in _tuples(connection, _BEGUN, dates):
        key = (cell[0], cell[1], cell[2])
        told.setdefault(key, []).append((since, because))
        if until > dates["later"]:
            after[key] = tuple(cell[_KEY:])
    return [
        MovedCell(contract, kpi, period, was, now, _in_order(steps))
        for (contract, period, kpi), steps in sorted(told.items(), key=_by_kpi)
        if _differ(was := before.get((contract, period, kpi)), now := after.get((contract, period, kpi)))
    ]


def _by_kpi(item: tuple[tuple[str, ...], Any]) -> tuple[str, str, str]:
    contract, period, kpi = item[0]
    return contract, kpi, period


def _in_order(steps: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the ids that JSON arrays have, those of the earliest first."""
    told = [because for _, because in sorted(steps)]
    return tuple(loads(told[0])) if len(told) == 1 else tuple(dict.fromkeys(chain(*map(loads, told))))


def _differ(was: Shown | None, now: Shown | None) -> bool:
    """Compare two sides of a cell; one that shows nothing yet equals one that is not there."""
    if was is None or now is None:
        return any(each is not None and (each[0] not in _NOTHING_YET or each[1] is not None) for each in (was, now))
    return was != now


def _tuples(connection: Connection, statement: Select[Any], asked: dict[str, str]) -> Iterator[Any]:
    """Yield rows as the driver gives them: text and whole numbers need nothing done to them."""
    with connection.execute(statement, asked) as result:
        cursor: Any = result.cursor
        yield from cursor
