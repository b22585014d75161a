"""What each KPI of a contract is as at every date, known now, as rows of the kept tables."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ledger.facts import ContractRegistered, FactVoided, KpiDiscontinued, KpiIntroduced, TargetRebased
from ledger.recorded import Recorded
from projections.schema import NOT_YET
from projections.standing import KpiStanding, stand

Row = dict[str, Any]


def kpi_rows(contract: str, facts: Iterable[Recorded]) -> list[Row]:
    """Return every version of each KPI, in the order in which they ended."""
    telling = _telling(list(facts))
    found: list[Row] = []
    current: dict[str, tuple[date, Row]] = {}
    for day in sorted({each.fact.dated for each in telling}):
        standing = stand(each for each in telling if each.fact.dated <= day)
        kpis = {ref: _what_it_is(kpi) for ref, kpi in standing.kpis.items()} if standing else {}
        for ref, (since, was) in [*current.items()]:
            if kpis.get(ref) != was:
                found.append(_row(contract, ref, since, day.isoformat(), was))
                del current[ref]
        current |= {ref: (day, its) for ref, its in kpis.items() if ref not in current}
    return found + [_row(contract, ref, since, NOT_YET, its) for ref, (since, its) in current.items()]


def _telling(facts: list[Recorded]) -> list[Recorded]:
    """Return the facts that say what a KPI is, and those that void such."""
    without_steps = {each.fact.ref for each in facts if isinstance(each.fact, KpiIntroduced) and not each.fact.steps}
    found = [
        each
        for each in facts
        if isinstance(each.fact, ContractRegistered | KpiIntroduced | KpiDiscontinued)
        or (isinstance(each.fact, TargetRebased) and each.fact.kpi in without_steps)
    ]
    ids = {each.fact.id for each in found}
    return found + [each for each in facts if isinstance(each.fact, FactVoided) and each.fact.voids in ids]


def _what_it_is(kpi: KpiStanding) -> Row:
    return {
        "service": kpi.introduced.service,
        "title": kpi.introduced.title,
        "unit": kpi.introduced.unit,
        "frequency": kpi.frequency.value,
        "first_period": kpi.introduced.first_period,
        "last_period": kpi.last_period,
        "has_levels": int(bool(kpi.levels)),
    }


def _row(contract: str, kpi: str, since: date, until: str, its: Row) -> Row:
    return {"contract": contract, "kpi": kpi, "since": since.isoformat(), "until": until, **its}
