"""Cells of many contracts out of the kept tables: as at a date, and what moved between two.

Each function takes a connection on which the tables are known to be current, and gives plain tuples.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, literal_column, select, tuple_

from ledger.period import Month
from ledger.uncollected import uncollected
from projections.json_rows import array, parsed, read_rows, rows
from projections.schema import LIVE, NOT_YET, asked_day

KeptCell = list[Any]
"""A cell as it is kept: contract, KPI, period, status, value, points, multiplier, run, whether provisional (1 or 0),
basis, severity, and the points of a late return; amounts are text, exact."""

Gist = list[Any]
"""A `KeptCell` from its KPI up to whether it is provisional: no more is read of a whole estate."""

Shown = list[Any]
"""What a cell shows: a `KeptCell` without its contract, KPI and period."""

_NOTHING_YET = ("awaiting", "not_held", "not_started")

_by_period_and_kpi = itemgetter(1, 0)

_its = LIVE.cell_versions.c
_key = (_its.contract, _its.kpi, _its.period)
_gist = (_its.status, _its.value, _its.points, _its.multiplier, _its.run, _its.provisional)
_shown = (*_gist, _its.basis, _its.severity, _its.late_points)

_OF_CONTRACT = select(rows(array(*_key, *_shown))).where(
    _its.contract == bindparam("contract"),
    _its.period >= bindparam("first"),
    _its.period <= bindparam("last"),
    _its.since <= bindparam("as_at"),
    _its.until > bindparam("as_at"),
)
_OF_ALL = select(rows(array(_its.kpi, _its.period, *_gist))).where(
    _its.contract == bindparam("contract"), _its.since <= bindparam("as_at"), _its.until > bindparam("as_at")
)
_NEXT_CONTRACT = select(func.min(_its.contract)).where(_its.contract > bindparam("last"))
_BEGUN = (
    select(rows(array(*_key, case((_its.until > bindparam("later"), array(*_shown))), parsed(_its.because))))
    .where(_its.since > bindparam("earlier"), _its.since <= bindparam("later"))
    .group_by(_its.since)
    .order_by(_its.since)
)
_version = tuple_(*_key, _its.since)
_ENDED = (
    select(rows(array(*_key, array(*_shown))))
    .where(
        _version.in_(  # which the index by `until` tells alone: most that ended had begun since
            select(*_key, _its.since).where(
                _its.until > bindparam("earlier"),
                _its.until <= bindparam("later"),
                _its.until < literal_column(f"'{NOT_YET}'"),
                _its.since <= bindparam("earlier"),
            )
        )
    )
    .group_by(_its.until)
)


_Key = tuple[str, str, Month]


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
    asked = {"contract": contract, "first": first, "last": last, "as_at": asked_day(as_at)}
    return read_rows(connection, _OF_CONTRACT, asked)


def cells_as_at(connection: Connection, as_at: date) -> Iterator[tuple[str, list[Gist]]]:
    """Yield each contract with its cells as at a date, in order of period and KPI."""
    contract = connection.execute(_NEXT_CONTRACT, {"last": ""}).scalar()
    while contract is not None:
        found = read_rows(connection, _OF_ALL, {"contract": contract, "as_at": asked_day(as_at)})
        yield contract, sorted(found, key=_by_period_and_kpi)
        contract = connection.execute(_NEXT_CONTRACT, {"last": contract}).scalar()


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that shows one thing as at a date and another as at a later one, by contract, KPI, period.

    A cell that shows nothing yet equals one that is not there.
    """
    with uncollected():
        return _moved_between(connection, {"earlier": asked_day(earlier), "later": asked_day(later)})


def _moved_between(connection: Connection, dates: dict[str, str]) -> list[MovedCell]:
    before = {(contract, kpi, period): was for contract, kpi, period, was in read_rows(connection, _ENDED, dates)}
    after: dict[_Key, Shown] = {}
    because: dict[_Key, list[str]] = {}
    for contract, kpi, period, now, ids in read_rows(connection, _BEGUN, dates):
        key = (contract, kpi, period)
        if key in because:
            because[key] += ids
        else:
            because[key] = ids
        if now is not None:
            after[key] = now
    return [
        MovedCell(*key, was, now, tuple(dict.fromkeys(because.get(key, ()))))
        for key in sorted({**before, **because})
        if _differ(was := before.get(key), now := after.get(key))
    ]


def _differ(was: Shown | None, now: Shown | None) -> bool:
    """Compare two sides of a cell; one that shows nothing yet equals one that is not there."""
    if was is None:
        return now is not None and not _shows_nothing(now)
    if now is None:
        return not _shows_nothing(was)
    return was != now


def _shows_nothing(shown: Shown) -> bool:
    """Say whether a cell has neither a result nor a value, and no request or dispute that may give it one."""
    status, value, _, _, _, provisional, *_ = shown
    return status in _NOTHING_YET and value is None and not provisional
