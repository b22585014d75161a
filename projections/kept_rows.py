"""From a contract's facts to its rows in the kept tables, by the same rules as every view."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json

from ledger.facts import ContractRegistered, KpiIntroduced, MitigationGranted, PerformanceSubmitted
from ledger.period import END_OF_TIME, Month
from ledger.recorded import Recorded
from projections.abatement import amount, period_totals
from projections.cells import extent, last_agreed
from projections.contracts import open_matters
from projections.escalations import disputes
from projections.kpi_rows import kpi_rows
from projections.moment import Moment
from projections.movement import seen
from projections.question import Question, latest_mentioned
from projections.standing import Standing, stand
from projections.stretches import Stretch, stretches
from projections.unanswered import unanswered
from projections.versions import Version, versions

Row = dict[str, Any]
_OF_A_CONTRACT = ("contracts", "parties", "kpis", "period_totals", "open_matters", "stretches")


def about_everything(contract: str, history: list[Recorded], now: datetime) -> Question:
    """Ask for everything of a contract: the tables as they stand once all of its history is taken in."""
    return Question(contract, history, Moment(date.max, now, history[-1].position))


def contract_rows(question: Question) -> dict[str, list[Row]]:
    """Return a contract's rows of every table but that of its cells, by table; none while it is not registered."""
    standing = stand(question.facts)
    if standing is None:
        return {name: [] for name in _OF_A_CONTRACT}
    terms, last = standing.terms, question.facts[-1]
    return {
        "contracts": [
            {
                "contract": question.contract,
                "title": terms.title,
                "frequency": terms.frequency.value,
                "commenced": terms.commenced,
                "held_from": terms.held_from,
                "registered": terms.dated.isoformat(),
                "framework": terms.framework.id if terms.framework else None,
                "last_agreed": last_agreed(standing),
                "last_mentioned": latest_mentioned(standing),
                "facts": len(question.facts),
                "last_position": last.position,
                "last_dated": max(each.fact.dated for each in question.facts).isoformat(),
                "open_matters": open_matters(standing),
            }
        ],
        "parties": [
            {"contract": question.contract, "party": party.code, "role": party.role, "name": party.name}
            for party in terms.parties
        ],
        "kpis": kpi_rows(question.contract, question.facts),
        "period_totals": _total_rows(question.contract, standing),
        "open_matters": _open_rows(question.contract, standing),
        "stretches": [
            _stretch_row(question.contract, ref, each)
            for ref, kpi in standing.kpis.items()
            for each in stretches(standing, kpi)
        ],
    }


def _stretch_row(contract: str, kpi: str, stretch: Stretch) -> Row:
    return {
        "contract": contract,
        "kpi": kpi,
        "first_period": stretch.first_period,
        "last_period": stretch.last_period,
        "status": stretch.status.value,
        "waiting": stretch.waiting.value if stretch.waiting else None,
    }


def _total_rows(contract: str, standing: Standing) -> list[Row]:
    columns = [period for period in extent(standing) if period >= standing.terms.held_from]
    return [
        {
            "contract": contract,
            "period": total.period,
            "gross_points": amount(total.gross_points),
            "relieved_points": amount(total.relieved_points),
            "net_points": amount(total.net_points),
            "service_credit": amount(total.service_credit),
            "provisional": int(total.movable),
        }
        for total in (period_totals(standing, columns) if columns else [])
    ]


def _open_rows(contract: str, standing: Standing) -> list[Row]:
    disputed = [
        {
            "contract": contract,
            "fact": cell.raised.id,
            "kpi": cell.kpi.introduced.ref,
            "first_period": cell.period,
            "last_period": cell.period,
            "matter": f"dispute of {cell.raised.against}",
            "ref": dispute.ref,
            "raised_on": cell.raised.dated.isoformat(),
        }
        for dispute in disputes(standing)
        for cell in dispute.cells
        if cell.decided is None
    ]
    asked = [
        {
            "contract": contract,
            "fact": each.request.id,
            "kpi": each.kpi.introduced.ref,
            "first_period": each.first_period,
            "last_period": each.last_period,
            "matter": "mitigation request",
            "ref": None,
            "raised_on": each.request.dated.isoformat(),
        }
        for each in unanswered(standing)
    ]
    return [*disputed, *asked]


def kpis_of(question: Question) -> list[str]:
    """Return the KPIs that a contract has or had, in the order they were introduced."""
    return list(question.split.of_kpi)


def relieved_ahead(question: Question) -> set[str]:
    """Return the KPIs that may be relieved in periods that no fact of theirs speaks of: as far as the contract goes."""
    return {kpi for kpi, facts in question.split.of_kpi.items() if _relieves_ahead(facts)}


def _relieves_ahead(facts: Iterable[Recorded]) -> bool:
    return any(
        (isinstance(each.fact, MitigationGranted) and each.fact.last_period is None)
        or (isinstance(each.fact, KpiIntroduced) and each.fact.glide_until is not None)
        for each in facts
    )


def _months_returned(question: Question) -> dict[date, Month]:
    """Return the latest period that any return has spoken of, by the day on which it came to be that."""
    found: dict[date, Month] = {}
    last = ""
    for each in sorted(question.facts, key=lambda each: each.place):
        if isinstance(each.fact, PerformanceSubmitted) and each.fact.period > last:
            last = found[each.fact.dated] = each.fact.period
    return found


def cell_rows(question: Question, kpi: str) -> list[Row]:
    """Return the rows of a KPI's cells: every version of each, from the first period held."""
    reached = _months_returned(question) if _relieves_ahead(question.split.of_kpi[kpi]) else {}
    held_from = next(
        (each.fact.held_from for each in question.facts if isinstance(each.fact, ContractRegistered)), END_OF_TIME
    )
    latest: dict[Month, Row] = {}
    found = []
    for version in versions(kpi, question.split.bearing_on(kpi), reached):
        period = version.cell.period
        if period >= held_from:
            latest[period] = _cell_row(question.contract, version, latest.get(period, {}))
            found.append(latest[period])
    return found


def _cell_row(contract: str, version: Version, previous: Row) -> Row:
    cell = version.cell
    found = seen(cell)
    named = {"contract": contract, "period": cell.period, "kpi": cell.kpi}
    shown = {
        "status": cell.status.value,
        "value": _exact(found["value"]),
        "points": amount(found["points"]),
        "multiplier": amount(found["multiplier"]),
        "run": found["run"],
        "provisional": int(found["provisional"]),
        "basis": found["basis"],
        "severity": found["severity"],
        "late_points": amount(found["late_return"]),
    }
    return {
        **named,
        "since": version.since.isoformat(),
        "until": version.until.isoformat(),
        "cell": _json([*named.values(), *shown.values()])[1:-1],
        **shown,
        "because": _json(version.because),
        "gone_because": _json(version.gone_because) if version.gone_because else None,
        "previous_since": previous.get("since"),
        "previous_because": previous.get("because"),
    }


def _json(values: Iterable[Any]) -> str:
    return to_json(values).decode()


def _exact(value: Any) -> str | None:
    return None if value is None else f"{value:f}"
