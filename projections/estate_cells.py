"""Cells of many contracts out of the kept tables: as at a date, and what moved between two.

Each function takes a connection on which the tables are known to be current, and gives plain tuples.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, literal_column, select, tuple_

from ledger.period import Month
from ledger.uncollected import uncollected
from projections.ahead import take_each
from projections.json_rows import array, parsed, read_rows, rows, written
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

_OF_CONTRACT = select(rows(_its.named, _its.shown)).where(
    _its.contract == bindparam("contract"),
    _its.period >= bindparam("first"),
    _its.period <= bindparam("last"),
    *_stands,
)
_next_contract = select(func.min(_its.contract)).where(_its.contract > bindparam("last")).scalar_subquery()
_OF_NEXT_CONTRACT = select(_next_contract, rows(_its.named, _its.shown)).where(
    _its.contract == _next_contract, *_stands
)

_shown_then = case((_its.until > bindparam("later"), array(_its.shown)), else_=written("null"))
_BEGUN = (
    select(rows(_its.named, _its.because, _shown_then))
    .where(_its.since > bindparam("earlier"), _its.since <= bindparam("later"))
    .group_by(_its.since)
    .order_by(_its.since)
)
_version = tuple_(*_key, _its.since)
_ENDED = (
    select(rows(_its.named, _its.shown))
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
    because: list[str]


def cells_of(connection: Connection, contract: str, first: Month, last: Month, as_at: date) -> list[KeptCell]:
    """Return a contract's cells whose periods begin from one month to another, as at a date, in no order."""
    asked = {"contract": contract, "first": first, "last": last, "as_at": asked_day(as_at)}
    with uncollected():
        return list(read_rows(connection, _OF_CONTRACT, asked))


def take_cells_as_at(connection: Connection, as_at: date, take: Callable[[list[KeptCell]], object]) -> None:
    """Take the cells of each contract that has any as at a date, in order of period and KPI.

    The connection is in use meanwhile: the database works at the next contract while the cells of one are taken.
    """

    def take_text(text: str) -> None:
        with uncollected():
            found = sorted(parsed(text))
        if found:
            take(found)

    take_each(_texts_as_at(connection, asked_day(as_at)), take_text)


def _texts_as_at(connection: Connection, day: str) -> Iterator[str]:
    contract = ""
    while True:
        contract, text = connection.execute(_OF_NEXT_CONTRACT, {"last": contract, "as_at": day}).one()
        if contract is None:
            return
        yield text


def moved_between(connection: Connection, earlier: date, later: date) -> list[MovedCell]:
    """Return every cell that shows one thing as at a date and another as at a later one, in no order.

    A cell that shows nothing yet equals one that is not there.
    """
    with uncollected():
        return list(_moved_between(connection, {"earlier": asked_day(earlier), "later": asked_day(later)}))


def _moved_between(connection: Connection, dates: dict[str, str]) -> Iterator[MovedCell]:
    before = {(contract, kpi, period): shown for contract, period, kpi, *shown in read_rows(connection, _ENDED, dates)}
    because: dict[_Key, list[str]] = {}
    for contract, period, kpi, ids, shown in read_rows(connection, _BEGUN, dates):
        key = (contract, kpi, period)
        told = [*dict.fromkeys(because.pop(key) + ids)] if key in because else ids
        if shown is None:  # another version has come since
            because[key] = told
            continue
        was = before.pop(key, None)
        if shown != was if was else not _shows_nothing(shown):
            yield MovedCell(contract, kpi, period, was, shown, told)
    for key, was in before.items():
        if not _shows_nothing(was):
            yield MovedCell(*key, was, None, because.get(key, []))


def _shows_nothing(shown: Shown) -> bool:
    """Say whether a cell has neither a result nor a value, and no request or dispute that may give it one."""
    return shown[0] in _NOTHING_YET and shown[1] is None and not shown[5]
