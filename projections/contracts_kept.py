"""The rows of the list of contracts from the kept tables, of those contracts of which these are as at the date."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, select

from ledger.levels import Status
from ledger.period import Frequency, Month
from projections.contracts import ContractRow, counted
from projections.estate import column_of
from projections.estate_tables import latest_statuses, stretches_kept
from projections.latest_results import last_begun
from projections.schema import LIVE, NOT_YET, asked_day

_contracts, _parties, _kpis = LIVE.contracts.c, LIVE.parties.c, LIVE.kpis.c
_totals = LIVE.period_totals.c
_among: BindParameter[Sequence[str]] = bindparam("contracts", expanding=True)

_STANDING = select(LIVE.contracts).where(_contracts.contract.in_(_among), _contracts.last_dated <= bindparam("as_at"))
_PARTIES = select(_parties.contract, _parties.party, _parties.name, _parties.role).where(_parties.contract.in_(_among))
_KPIS = select(LIVE.kpis).where(_kpis.contract.in_(_among), _kpis.until == NOT_YET)
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
    day = asked_day(as_at)
    standing = connection.execute(_STANDING, {"contracts": contracts, "as_at": day}).mappings().all()
    among = [row["contract"] for row in standing]
    asked = {"contracts": among, "as_at": day}
    parties: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for contract, code, name, role in connection.execute(_PARTIES, asked):
        parties[contract].append((code, name, role))
    kpis: dict[str, list[Any]] = defaultdict(list)
    for kpi in connection.execute(_KPIS, asked).mappings():
        kpis[kpi["contract"]].append(kpi)
    outstanding: Counter[str] = Counter()
    for contract, _, length, stretch in stretches_kept(connection, among):
        if stretch.waiting is not None:
            outstanding[contract] += len(stretch.until(last_begun(length, as_at, None), length))
    latest = latest_statuses(connection, among, as_at)
    rows = {}
    for row in standing:
        contract, its = row["contract"], kpis[row["contract"]]
        period = _column(row)
        net_points, service_credit = _total(connection, contract, period) if period else (None, None)
        statuses = latest[contract]
        has_levels = {kpi["kpi"]: bool(kpi["has_levels"]) for kpi in its}
        rows[contract] = ContractRow(
            contract=contract,
            title=row["title"],
            frequency=Frequency(row["frequency"]),
            parties=tuple(sorted(parties[contract])),
            services=tuple(sorted({kpi["service"] for kpi in its})),
            kpis_in_use=len(statuses),
            counts=counted((Status(found) if found else None, has_levels[kpi]) for kpi, found in statuses.items()),
            period=period,
            outstanding=outstanding[contract],
            net_points=net_points,
            service_credit=service_credit,
            open_matters=row["open_matters"],
            facts=row["facts"],
            last_dated=date.fromisoformat(row["last_dated"]),
        )
    return rows


def _column(row: Any) -> Month | None:
    """Return the contract's period that its latest agreed result falls in."""
    agreed = row["last_agreed"]
    return column_of(agreed, row["commenced"], Frequency(row["frequency"])) if agreed else None


def _total(connection: Connection, contract: str, period: Month) -> tuple[str | None, str | None]:
    found = connection.execute(_TOTAL, {"contract": contract, "period": period}).first()
    return (found.net_points, found.service_credit) if found else (None, None)
