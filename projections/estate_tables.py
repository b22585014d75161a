"""Which contracts a question over many is about, and how bad each is, from the kept tables.

Each function takes a connection on which the tables are known to be current. A rank is by the cells as at the date;
where no fact of a contract bears a later date, its points and credit are those of its periods' totals.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select

from ledger.levels import RELIEVED, Status
from ledger.period import Frequency, Month, shift
from ledger.values import EXACT
from projections.estate import (
    Described,
    Filters,
    Key,
    Span,
    Telling,
    by_failing,
    by_points,
    column_of,
    span_of,
)
from projections.estate_cells import moved_between
from projections.estate_facts import LONGEST
from projections.latest_results import RESULTS, in_use, last_begun, reds_and_ambers
from projections.progress import Waiting
from projections.schema import LIVE, NOT_YET, asked_day
from projections.stretches import Stretch

_AT_ONCE = 500
_RECENT, _A_YEAR = 3, 14
"""How many months before the latest agreed result is looked for most KPIs' latest, and for nearly all others'."""

_contracts, _parties, _kpis = LIVE.contracts.c, LIVE.parties.c, LIVE.kpis.c
_cells, _totals = LIVE.cell_versions.c, LIVE.period_totals.c
_among: BindParameter[str] = bindparam("contracts", expanding=True)
_stands = (_cells.since <= bindparam("as_at"), _cells.until > bindparam("as_at"))
_is_one = (_kpis.since <= bindparam("as_at"), _kpis.until > bindparam("as_at"))
_agreed = and_(
    _cells.status.in_(["green", "amber", "red"]), or_(_cells.basis.is_(None), _cells.basis != "data_not_available")
)
_spoken_of = _cells.status.in_(["green", "amber", "red", "submitted", "information"])

_REGISTERED = select(_contracts.contract, _contracts.title).where(_contracts.registered <= bindparam("as_at"))
_PARTIES = select(_parties.contract, _parties.party, _parties.name, _parties.role)
_KPIS = select(_kpis.contract, _kpis.service, _kpis.title).where(*_is_one)
_TERMS = select(
    _contracts.contract,
    _contracts.frequency,
    _contracts.commenced,
    _contracts.held_from,
    _contracts.last_agreed,
    _contracts.last_mentioned,
    _contracts.last_dated,
).where(_contracts.contract.in_(_among))


def _latest(which: Any) -> Any:
    """Return the statement that finds the latest period of each contract in which a cell is such."""
    latest = (
        select(_cells.period)
        .where(_cells.contract == _contracts.contract, *_stands, which)
        .order_by(_cells.period.desc())
        .limit(1)
        .correlate(LIVE.contracts)
        .scalar_subquery()
    )
    return select(_contracts.contract, latest).where(_contracts.contract.in_(_among))


_AGREED, _SPOKEN_OF = _latest(_agreed), _latest(_spoken_of)
_TELLING = (
    select(
        _cells.contract,
        _cells.kpi,
        _kpis.service,
        _kpis.frequency,
        _cells.period,
        _cells.status,
        _cells.points,
        _cells.late_points,
    )
    .outerjoin_from(
        LIVE.cell_versions, LIVE.kpis, and_(_kpis.contract == _cells.contract, _kpis.kpi == _cells.kpi, *_is_one)
    )
    .where(
        _cells.contract.in_(_among),
        _cells.period >= bindparam("first"),
        _cells.period <= bindparam("last"),
        *_stands,
        or_(_cells.status.in_(["red", "amber"]), _cells.points != "0", _cells.late_points.is_not(None)),
    )
)
_TOTALS = select(_totals.contract, _totals.net_points, _totals.service_credit).where(
    _totals.contract.in_(_among), _totals.period >= bindparam("first"), _totals.period <= bindparam("column")
)
_WITH_TOTALS = select(_totals.contract).distinct().where(_totals.contract.in_(_among))
_MEASURED = select(
    _kpis.contract, _kpis.kpi, _kpis.service, _kpis.frequency, _kpis.first_period, _kpis.last_period
).where(_kpis.contract.in_(_among), *_is_one)
_RESULTS = select(_cells.contract, _cells.kpi, _cells.period, _cells.status).where(
    _cells.contract.in_(_among),
    _cells.period >= bindparam("first"),
    _cells.period <= bindparam("last"),
    *_stands,
    _cells.status.in_([each.value for each in RESULTS]),
)
_RESULTS_OF_SOME = _RESULTS.where(_cells.kpi.in_(bindparam("kpis", expanding=True)))
_stretches = LIVE.stretches.c
_STRETCHES = (
    select(
        _stretches.contract,
        _stretches.kpi,
        _kpis.frequency,
        _stretches.first_period,
        _stretches.last_period,
        _stretches.status,
        _stretches.waiting,
    )
    .join_from(LIVE.stretches, LIVE.kpis, and_(_kpis.contract == _stretches.contract, _kpis.kpi == _stretches.kpi))
    .where(_stretches.contract.in_(_among), _kpis.until == NOT_YET)
)


class Terms(NamedTuple):
    """What is kept of a contract that says which of its periods are shown."""

    contract: str
    frequency: Frequency
    commenced: Month
    held_from: Month
    last_agreed: Month | None
    last_mentioned: Month | None
    last_dated: str


def described(connection: Connection, as_at: date, filters: Filters) -> list[Described]:
    """Return the contracts registered as at a date, or those named, as filters see them: KPIs only where asked for."""
    asked = {"as_at": asked_day(as_at)}
    parties: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for contract, code, name, role in connection.execute(_PARTIES):
        parties[contract].append((code, name, role))
    services: dict[str, set[str]] = defaultdict(set)
    titles: dict[str, list[str]] = defaultdict(list)
    if filters.service is not None or filters.search is not None:
        for contract, service, title in connection.execute(_KPIS, asked):
            services[contract].add(service)
            titles[contract].append(title or "")
    return [
        Described(contract, title, tuple(parties[contract]), frozenset(services[contract]), tuple(titles[contract]))
        for contract, title in connection.execute(_REGISTERED, asked)
        if not filters.contracts or contract in filters.contracts
    ]


def keys_by(
    order: str,
    connection: Connection,
    contracts: Sequence[str],
    as_at: date,
    last: Month | None,
    count: int,
    service: str | None = None,
) -> dict[str, Key]:
    """Return what each contract is ranked by.

    Args:
        order: what ranks: status, failing or points.
        connection: the kept tables.
        contracts: the contracts.
        as_at: the date.
        last: a month of the last period shown; None for the latest with an agreed result.
        count: how many periods are shown.
        service: of which service's KPIs the status counts; None for all.
    """
    terms = terms_of(connection, contracts)
    if order == "status":
        found = _latest_statuses(connection, terms, as_at, last, service)
        return {contract: reds_and_ambers(statuses.values()) for contract, statuses in found.items()}
    spans = spans_of(connection, terms, as_at, last, count)
    telling = _telling(connection, spans, as_at)
    if order == "failing":
        return {each: by_failing(telling[each], span) for each, span in spans.items()}
    keys = {each: by_points(telling[each], span) for each, span in spans.items()}
    settled = [each.contract for each in terms if each.last_dated <= asked_day(as_at)]
    return keys | _by_totals(connection, {each: spans[each] for each in settled})


def moved_by_contract(
    connection: Connection, contracts: Sequence[str], earlier: date, later: date, last: Month | None, count: int | None
) -> dict[str, Key]:
    """Return how many cells of each contract differ between two dates, of those contracts that have such cells.

    Args:
        connection: the kept tables.
        contracts: the contracts.
        earlier: the one date.
        later: the other.
        last: a month of the last period compared; None for the latest with an agreed result.
        count: how many periods are compared; None for all.
    """
    among, found = set(contracts), Counter[str]()
    spans = {} if count is None else spans_of(connection, terms_of(connection, contracts), later, last, count)
    for moved in moved_between(connection, *sorted((earlier, later))):
        span = spans.get(moved.contract)
        if moved.contract in among and (span is None or span.first <= moved.period <= span.last):
            found[moved.contract] += 1
    return {contract: (number,) for contract, number in found.items()}


def terms_of(connection: Connection, contracts: Sequence[str]) -> list[Terms]:
    """Return what is kept of contracts' terms."""
    return [
        Terms(contract, Frequency(frequency), *others)
        for some in _in_parts(contracts)
        for contract, frequency, *others in connection.execute(_TERMS, {"contracts": some})
    ]


def spans_of(
    connection: Connection, terms: Sequence[Terms], as_at: date, last: Month | None, count: int
) -> dict[str, Span]:
    """Return the months that a view shows of each contract."""
    day = asked_day(as_at)
    latest = {
        each.contract: last or each.last_agreed or each.last_mentioned
        for each in terms
        if last or each.last_dated <= day
    }
    for statement in (_AGREED, _SPOKEN_OF):
        unknown = [each.contract for each in terms if each.last_dated > day and latest.get(each.contract) is None]
        for some in _in_parts(unknown):
            found = connection.execute(statement, {"contracts": some, "as_at": day})
            latest |= {contract: month for contract, month in found}  # noqa: C416 - a result has keys of its own
    return {
        each.contract: span_of(
            column_of(latest.get(each.contract) or each.held_from, each.commenced, each.frequency),
            each.frequency,
            count,
        )
        for each in terms
    }


def _telling(connection: Connection, spans: dict[str, Span], as_at: date) -> dict[str, list[Telling]]:
    """Return the cells that may make one contract worse than another, by contract."""
    found: dict[str, list[Telling]] = defaultdict(list)
    for (first, last), some in _by_range({each: (span.first, span.last) for each, span in spans.items()}):
        asked = {"contracts": some, "first": shift(first, -LONGEST), "last": last, "as_at": asked_day(as_at)}
        for contract, kpi, service, frequency, period, status, points, late in connection.execute(_TELLING, asked):
            length = Frequency(frequency) if frequency else Frequency.MONTHLY
            found[contract].append(
                Telling(kpi, service, length, period, status, Decimal(points or 0), Decimal(late or 0))
            )
    return found


def _by_totals(connection: Connection, spans: dict[str, Span]) -> dict[str, Key]:
    """Return the points and credits of spans, of the contracts whose terms give such totals."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for some in _in_parts(list(spans)):
        with_totals = connection.execute(_WITH_TOTALS, {"contracts": some}).scalars()
        found |= dict.fromkeys(with_totals, (Decimal(0), Decimal(0)))
    for (first, column), some in _by_range({each: (span.first, span.column) for each, span in spans.items()}):
        for contract, net, credit in connection.execute(_TOTALS, {"contracts": some, "first": first, "column": column}):
            points, pounds = found[contract]
            found[contract] = EXACT.add(points, Decimal(net or 0)), EXACT.add(pounds, Decimal(credit or 0))
    return dict(found)


def latest_statuses(
    connection: Connection,
    contracts: Sequence[str],
    as_at: date,
    last: Month | None = None,
    service: str | None = None,
) -> dict[str, dict[str, str | None]]:
    """Return the status of each KPI in use by its latest result, by contract; None of a KPI that has none.

    Args:
        connection: the kept tables.
        contracts: the contracts.
        as_at: the date.
        last: a month of the last period of the contract that counts; None for the latest there is.
        service: whose KPIs are meant; None for all.
    """
    return _latest_statuses(connection, terms_of(connection, contracts), as_at, last, service)


def _latest_statuses(
    connection: Connection, terms: Sequence[Terms], as_at: date, last: Month | None, service: str | None
) -> dict[str, dict[str, str | None]]:
    month = asked_day(as_at)[:7]
    begun = _begun(connection, {each.contract: _last_month(each, last) for each in terms}, as_at, service)
    since = {each.contract: shift(min(each.last_agreed or month, month), -_RECENT) for each in terms}
    latest: dict[str, dict[str, tuple[Month, str]]] = defaultdict(dict)
    for first, some in _by_range(since):
        asked = {"contracts": some, "first": first, "last": month, "as_at": asked_day(as_at)}
        for contract, *result in connection.execute(_RESULTS, asked):
            _take(latest[contract], begun[contract], *result)
    for contract, first in since.items():
        year = shift(first, _RECENT - _A_YEAR)
        for earlier, to in ((year, shift(first, -1)), ("", shift(year, -1))):
            if missing := begun[contract].keys() - latest[contract].keys():
                asked = {"contracts": [contract], "first": earlier, "last": to, "as_at": asked_day(as_at)}
                for _, *result in connection.execute(_RESULTS_OF_SOME, {**asked, "kpis": sorted(missing)}):
                    _take(latest[contract], begun[contract], *result)
    settled = [each.contract for each in terms if each.last_dated <= asked_day(as_at)]
    for contract, kpi, length, stretch in stretches_kept(connection, settled):
        if stretch.status in RELIEVED and kpi in begun[contract]:
            for period in stretch.until(begun[contract][kpi], length)[-1:]:
                _take(latest[contract], begun[contract], kpi, period, stretch.status.value)
    return {contract: {kpi: latest[contract].get(kpi, ("", None))[1] for kpi in begun[contract]} for contract in since}


def stretches_kept(connection: Connection, contracts: Sequence[str]) -> Iterator[tuple[str, str, Frequency, Stretch]]:
    """Yield each stretch of contracts as it stands now, with its contract, its KPI and the KPI's frequency."""
    for some in _in_parts(contracts):
        for contract, kpi, length, first, last, status, waiting in connection.execute(_STRETCHES, {"contracts": some}):
            found = Stretch(first, last, Status(status), Waiting(waiting) if waiting else None)
            yield contract, kpi, Frequency(length), found


def _last_month(terms: Terms, last: Month | None) -> Month | None:
    """Return the last month of the contract's period that a month falls in; None for no month."""
    if last is None:
        return None
    return span_of(column_of(last, terms.commenced, terms.frequency), terms.frequency, 1).last


def _begun(
    connection: Connection, until: dict[str, Month | None], as_at: date, service: str | None
) -> dict[str, dict[str, Month]]:
    """Return the KPIs in use of each contract, each with the last month in which a period with a result may begin."""
    found: dict[str, dict[str, Month]] = defaultdict(dict)
    for some in _in_parts(list(until)):
        asked = {"contracts": some, "as_at": asked_day(as_at)}
        for contract, kpi, its_service, length, first, last in connection.execute(_MEASURED, asked):
            frequency = Frequency(length)
            if service in (None, its_service) and in_use(first, last, frequency, as_at):
                found[contract][kpi] = last_begun(frequency, as_at, until[contract])
    return found


def _take(latest: dict[str, tuple[Month, str]], begun: dict[str, Month], kpi: str, period: Month, status: str) -> None:
    """Take a result as its KPI's latest, if it is."""
    if kpi in begun and period <= begun[kpi] and period >= latest.get(kpi, ("", ""))[0]:
        latest[kpi] = (period, status)


def _by_range(ranges: dict[str, Any]) -> Iterator[tuple[Any, Sequence[str]]]:
    """Yield contracts that share a range of months together, so many at once as a statement can name."""
    together: dict[Any, list[str]] = defaultdict(list)
    for contract, its in ranges.items():
        together[its].append(contract)
    for its, contracts in together.items():
        for some in _in_parts(contracts):
            yield its, some


def _in_parts(contracts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(contracts), _AT_ONCE):
        yield contracts[start : start + _AT_ONCE]
