"""The row of a contract out of the kept tables, where they hold all that it says."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select

from ledger.period import Frequency, Month, periods_within
from projections.contracts import ContractRow, counted, in_use
from projections.estate import column_of, span_of
from projections.estate_cells import cells_of
from projections.schema import LIVE

_its: BindParameter[str] = bindparam("contract")
_CONTRACT = select(LIVE.contracts).where(LIVE.contracts.c.contract == _its)
_PARTIES = select(LIVE.parties.c.party, LIVE.parties.c.name, LIVE.parties.c.role).where(LIVE.parties.c.contract == _its)
_KPIS = select(LIVE.kpis).where(LIVE.kpis.c.contract == _its)
_TOTAL = select(LIVE.period_totals.c.net_points, LIVE.period_totals.c.service_credit).where(
    LIVE.period_totals.c.contract == _its, LIVE.period_totals.c.period == bindparam("period")
)
_OPEN = select(LIVE.open_matters.c.ref, LIVE.open_matters.c.fact).where(LIVE.open_matters.c.contract == _its)


def kept_row(connection: Connection, contract: str, as_at: date) -> ContractRow | None:
    """Return a contract's row; None where only its facts can say it.

    That is where a fact bears a later date than the one asked about, and where a KPI has a period that no fact has
    spoken of, as it may be relieved by an open-ended grant.
    """
    asked = {"contract": contract}
    terms = connection.execute(_CONTRACT, asked).one()
    if terms.last_dated > as_at.isoformat():
        return None
    frequency = Frequency(terms.frequency)
    column = column_of(terms.last_agreed or as_at.isoformat()[:7], terms.commenced, frequency)
    last = span_of(column, frequency, 1).last
    kpis = connection.execute(_KPIS, asked).mappings().all()
    statuses = {}
    if terms.last_agreed:
        statuses = {(cell[2], cell[1]): cell[3] for cell in cells_of(connection, contract, column, last, as_at)}
        if any((kpi["kpi"], period) not in statuses for kpi in kpis for period in _periods(kpi, column, last)):
            return None
    total = connection.execute(_TOTAL, {**asked, "period": column}).first() if terms.last_agreed else None
    return ContractRow(
        contract=contract,
        title=terms.title,
        frequency=frequency,
        parties=tuple(sorted((code, name, role) for code, name, role in connection.execute(_PARTIES, asked))),
        services=tuple(sorted({kpi["service"] for kpi in kpis})),
        kpis_in_use=sum(in_use(kpi["first_period"], kpi["last_period"], column, last) for kpi in kpis),
        period=column if terms.last_agreed else None,
        counts=counted(statuses.values()),
        net_points=total.net_points if total else None,
        service_credit=total.service_credit if total else None,
        open_matters=len({ref or fact for ref, fact in connection.execute(_OPEN, asked)}),
        facts=terms.facts,
        last_dated=date.fromisoformat(terms.last_dated),
    )


def _periods(kpi: RowMapping, first: Month, last: Month) -> Sequence[Month]:
    """Return a KPI's periods in use that begin between two months."""
    begun, ended = kpi["first_period"], kpi["last_period"]
    if not begun:
        return []
    within = periods_within(first, last, begun, Frequency(kpi["frequency"]))
    return [each for each in within if each >= begun and (ended is None or each <= ended)]
