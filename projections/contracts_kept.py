"""The rows of the list of contracts from the kept tables, of those contracts of which these are as at the date."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from ledger.levels import RELIEVED, Status
from ledger.period import Frequency, Month, periods_within
from projections.contracts import ContractRow, counted
from projections.estate import column_of
from projections.estate_tables import latest_statuses
from projections.latest_results import last_begun
from projections.schema import LIVE

_contracts, _parties, _kpis = LIVE.contracts.c, LIVE.parties.c, LIVE.kpis.c
_totals, _waits = LIVE.period_totals.c, LIVE.outstanding.c
_among: BindParameter[Sequence[str]] = bindparam("contracts", expanding=True)

_STANDING = select(LIVE.contracts).where(_contracts.contract.in_(_among), _contracts.last_dated <= bindparam("as_at"))
_PARTIES = select(_parties.contract, _parties.party, _parties.name, _parties.role).where(_parties.contract.in_(_among))
_KPIS = select(LIVE.kpis).where(_kpis.contract.in_(_among))
_OVER = (
    select(_waits.contract, func.count())
    .where(_waits.contract.in_(_among), _waits.ends < bindparam("as_at"))
    .group_by(_waits.contract)
)
_TOTAL = select(_totals.net_points, _totals.service_credit).where(
    and_(_totals.contract == bindparam("contract"), _totals.period == bindparam("period"))
)


def rows_as_they_stand(connection: Connection, contracts: Sequence[str], as_at: date) -> dict[str, ContractRow]:
    """Return the rows of contracts of which no fact bears a later date than this, by contract.

    Args:
        connection: the kept tables.
        contracts: the contracts of a page.
        as_at: the date.
    """
    day = as_at.isoformat()
    standing = connection.execute(_STANDING, {"contracts": contracts, "as_at": day}).mappings().all()
    among = [row["contract"] for row in standing]
    asked = {"contracts": among, "as_at": day}
    parties: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for contract, code, name, role in connection.execute(_PARTIES, asked):
        parties[contract].append((code, name, role))
    kpis: dict[str, list[Any]] = defaultdict(list)
    for kpi in connection.execute(_KPIS, asked).mappings():
        kpis[kpi["contract"]].append(kpi)
    waiting = {contract: count for contract, count in connection.execute(_OVER, asked)}  # noqa: C416 - rows are no pairs
    latest = latest_statuses(connection, among, as_at)
    found = {}
    for row in standing:
        contract, its = row["contract"], kpis[row["contract"]]
        period = _column(row)
        net_points, service_credit = _total(connection, contract, period) if period else (None, None)
        in_use = [kpi for kpi in its if kpi["kpi"] in latest[contract]]
        results = [(_latest(kpi, latest[contract][kpi["kpi"]], as_at), bool(kpi["has_levels"])) for kpi in in_use]
        found[contract] = ContractRow(
            contract=contract,
            title=row["title"],
            frequency=Frequency(row["frequency"]),
            parties=tuple(sorted(parties[contract])),
            services=tuple(sorted({kpi["service"] for kpi in its})),
            kpis_in_use=len(in_use),
            counts=counted(results),
            period=period,
            outstanding=waiting.get(contract, 0) + sum(_count_ahead(kpi, as_at) for kpi in its if kpi["ahead_waits"]),
            net_points=net_points,
            service_credit=service_credit,
            open_matters=row["open_matters"],
            facts=row["facts"],
            last_dated=date.fromisoformat(row["last_dated"]),
        )
    return found


def _column(row: Any) -> Month | None:
    """Return the contract's period that its latest agreed result falls in."""
    agreed = row["last_agreed"]
    return column_of(agreed, row["commenced"], Frequency(row["frequency"])) if agreed else None


def _total(connection: Connection, contract: str, period: Month) -> tuple[str | None, str | None]:
    found = connection.execute(_TOTAL, {"contract": contract, "period": period}).first()
    return (found.net_points, found.service_credit) if found else (None, None)


def _latest(kpi: Any, status: str | None, as_at: date) -> Status | None:
    """Return the latest result of a KPI: of a period that no fact speaks of, where relief lasts until then."""
    if kpi["ahead"] in RELIEVED and _count_ahead(kpi, as_at):
        return Status(kpi["ahead"])
    return Status(status) if status else None


def _count_ahead(kpi: Any, as_at: date) -> int:
    """Count the periods, over by a date, that no fact speaks of, nor of a later one of the KPI."""
    frequency = Frequency(kpi["frequency"])
    until = last_begun(frequency, as_at, None)
    return len(periods_within(kpi["ahead_from"], until, kpi["ahead_from"], frequency))
