"""Cells of many contracts out of the kept tables: as at a date, and what moved between two.

Each function takes a connection on which the tables are known to be current.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, case, func, literal_column, or_, select, tuple_

from ledger.period import Month
from ledger.uncollected import uncollected
from projections.json_rows import parsed, read_rows, rows, written
from projections.schema import LIVE, NOT_YET, asked_day

KeptCell = list[Any]
"""A cell as it is kept: contract, period, KPI, status, value, points, multiplier, run, whether provisional (1 or 0),
basis, severity, and the points of a late return; amounts are text, exact."""

Shown = list[Any]
"""What a cell shows: a `KeptCell` without its contract, period and KPI."""

_NOTHING_YET = ("awaiting", "not_held", "not_started")

_its = LIVE.cell_versions.c
_key = (_its.contract, _its.period, _its.kpi)
_stands = (_its.since <= bindparam("as_at"), _its.until > bindparam("as_at"))

_OF_CONTRACT = select(rows(_its.cell)).where(
    _its.contract == bindparam("contract"),
    _its.period >= bindparam("first"),
    _its.period <= bindparam("last"),
    *_stands,
)
_next_contract = select(func.min(_its.contract)).where(_its.contract > bindparam("last")).scalar_subquery()
_OF_NEXT_CONTRACT = select(_next_contract, rows(_its.cell)).where(
    _its.contract == _next_contract,
    _its.since < _its.until,  # as always: so SQLite reads the index that knows which versions have ended
    *_stands,
)

_still_stands = _its.until > bindparam("later")
_follows_one_begun = _its.previous_since > bindparam("earlier")
_BEGUN = (  # without the first of several of a cell: the one after it says what made that
    select(
        rows(
            case((_follows_one_begun, _its.previous_because), else_=written("null")),
            case((_still_stands, _its.because), else_=written("null")),
            _its.cell,
        )
    )
    .where(_its.since > bindparam("earlier"), _its.since <= bindparam("later"), or_(_still_stands, _follows_one_begun))
    .group_by(_its.since)
    .order_by(_its.since)
)
_version = tuple_(*_key, _its.since)
_ENDED = (
    select(rows(_its.cell))
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

_PASSED = (
    select(_its.since, _its.because, _its.gone_because)
    .where(
        *(column == bindparam(column.name) for column in _key),
        _its.since <= bindparam("later"),
        _its.until > bindparam("earlier"),
    )
    .order_by(_its.since)
)

_Key = tuple[str, str, Month]


class MovedCell(NamedTuple):
    """A cell that shows something else as at a later date; None on a side where it is not there.

    `because` are the ids of the facts of every version that came between the two dates, in order, and of those by which
    the cell went.
    """

    contract: str
    kpi: str
    period: Month
    before: Shown | None
    after: Shown | None
    because: list[str]


def cells_of(connection: Connection, contract: str, first: Month, last: Month, as_at: date) -> list[KeptCell]:
    """Return a contract's cells whose periods begin from one month to another, as at a date, in no order."""
    asked = {"contract": contract, "first": first, "last": last, "as_at": asked_day(as_at)}
    with uncollected():
        return list(read_rows(connection, _OF_CONTRACT, asked))


def cells_as_at(connection: Connection, as_at: date) -> Iterator[list[KeptCell]]:
    """Yield the cells of each contract that has any as at a date, in the order of contracts and no other.

    The connection is in use meanwhile, and the garbage collector held still.
    """
    contract, day = "", asked_day(as_at)
    with uncollected():
        while True:
            contract, text = connection.execute(_OF_NEXT_CONTRACT, {"last": contract, "as_at": day}).one()
            if contract is None:
                return
            if found := parsed(text):
                yield found


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that shows one thing as at a date and another as at a later one, in no order.

    A cell that shows nothing yet equals one that is not there.
    """
    with uncollected():
        return list(_moved_between(connection, {"earlier": asked_day(earlier), "later": asked_day(later)}))


def _moved_between(connection: Connection, dates: dict[str, str]) -> Iterator[MovedCell]:
    before = {(contract, kpi, period): shown for contract, period, kpi, *shown in read_rows(connection, _ENDED, dates)}
    because: dict[_Key, list[str]] = {}
    for previous, its, contract, period, kpi, *shown in read_rows(connection, _BEGUN, dates):
        key = (contract, kpi, period)
        if its is None:  # another version has come since
            because.setdefault(key, []).extend(previous)
            continue
        was = before.pop(key, None)
        if shown != was if was else not _shows_nothing(shown):
            told = [*because.get(key, ()), *previous, *its] if previous else its
            yield MovedCell(contract, kpi, period, was, shown, told)
    for key, was in before.items():
        if not _shows_nothing(was):
            yield MovedCell(*key, was, None, _why_gone(connection, key, dates))


def _why_gone(connection: Connection, key: _Key, dates: dict[str, str]) -> list[str]:
    contract, kpi, period = key
    told: list[str] = []
    asked = dates | {"contract": contract, "period": period, "kpi": kpi}
    for since, because, gone_because in connection.execute(_PASSED, asked):
        if since > dates["earlier"]:
            told += from_json(because)
        told += from_json(gone_because or "[]")
    return told


def _shows_nothing(shown: Shown) -> bool:
    """Say whether a cell has neither a result nor a value, and no request or dispute that may give it one."""
    return shown[1] is None and shown[0] in _NOTHING_YET and not shown[5]
