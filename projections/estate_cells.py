"""Cells of many contracts out of the kept tables: as at a date, and what moved between two.

Each function takes a connection on which the tables are known to be current, and gives plain tuples.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from json import loads
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, literal_column, select

from ledger.period import Month
from ledger.uncollected import uncollected
from projections.schema import LIVE, NOT_YET

KeptCell = tuple[
    str, str, Month, str, str | None, str | None, str | None, int | None, int, str | None, str | None, str | None
]
"""A cell as it is kept: contract, KPI, period, status, value, points, multiplier, run, whether provisional (1 or 0),
basis, severity, and the points of a late return; amounts are text, exact."""

Gist = tuple[str, Month, str, str | None, str | None, str | None, int | None, int]
"""A `KeptCell` from its KPI up to whether it is provisional: no more is read of a whole estate, as texts cost."""

Shown = tuple[Any, ...]
"""What a cell shows: a `KeptCell` without its contract, KPI and period."""

_KEY, _UNTIL, _BECAUSE = 3, -2, -1
_NOTHING_YET = ("awaiting", "not_held", "not_started")

_its = LIVE.cell_versions.c
_gist = (
    _its.contract,
    _its.kpi,
    _its.period,
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
_OF_ALL = (
    select(*_gist[1:])
    .where(_its.contract == bindparam("contract"), _its.since <= bindparam("as_at"), _its.until > bindparam("as_at"))
    .order_by(_its.period, _its.kpi)
)
_NEXT_CONTRACT = select(func.min(_its.contract)).where(_its.contract > bindparam("last"))
_BEGUN = (
    select(*_cell, _its.until, _its.because)
    .where(_its.since > bindparam("earlier"), _its.since <= bindparam("later"))
    .order_by(_its.since)
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
    return _rows(connection, _OF_CONTRACT, asked)


def cells_as_at(connection: Connection, as_at: date) -> Iterator[tuple[str, list[Gist]]]:
    """Yield each contract with its cells as at a date, in order of period and KPI."""
    contract = connection.execute(_NEXT_CONTRACT, {"last": ""}).scalar()
    while contract is not None:
        yield contract, _rows(connection, _OF_ALL, {"contract": contract, "as_at": as_at.isoformat()})
        contract = connection.execute(_NEXT_CONTRACT, {"last": contract}).scalar()


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that shows one thing as at a date and another as at a later one, by contract, KPI, period.

    A cell that shows nothing yet equals one that is not there.
    """
    dates = {"earlier": earlier.isoformat(), "later": later.isoformat()}
    before = {row[:_KEY]: row[_KEY:] for row in _rows(connection, _ENDED, dates)}
    because: dict[tuple[str, str, Month], list[str]] = {key: [] for key in before}
    after: dict[tuple[str, str, Month], Shown] = {}
    for row in _rows(connection, _BEGUN, dates):
        key = row[:_KEY]
        because.setdefault(key, []).append(row[_BECAUSE])
        if row[_UNTIL] > dates["later"]:
            after[key] = row[_KEY:_UNTIL]
    told = _ids_told(because.values())
    found = []
    for key in sorted(because):
        was, now = before.get(key), after.get(key)
        if _differ(was, now):
            ids = dict.fromkeys(each for array in because[key] for each in told[array])
            found.append(MovedCell(*key, was, now, tuple(ids)))
    return found


def _ids_told(because: Iterable[list[str]]) -> dict[str, list[str]]:
    """Return the ids in the JSON array of each version, by the array; all are read in one go."""
    arrays = list(dict.fromkeys(array for its in because for array in its))
    return dict(zip(arrays, loads(f"[{','.join(arrays)}]"), strict=True))


def _differ(was: Shown | None, now: Shown | None) -> bool:
    """Compare two sides of a cell; one that shows nothing yet equals one that is not there."""
    if was is None or now is None:
        return any(each is not None and (each[0] not in _NOTHING_YET or each[1] is not None) for each in (was, now))
    return was != now


def _rows(connection: Connection, statement: Select[Any], asked: dict[str, str]) -> list[Any]:
    """Return rows as the driver gives them: text and whole numbers need nothing done to them."""
    with connection.execute(statement, asked) as result, uncollected():
        cursor: Any = result.cursor
        return cursor.fetchall()  # type: ignore[no-any-return]  # the driver's own
