"""How cells move from one set of facts to another, step by step, and which facts moved them.

The path from one set to the other takes away what only the first has and adds what only the second
has, one fact at a time in order of (dated, position). A fact moved a cell if the cell changed at its
step.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ledger.facts import (
    ChargesSet,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
    PerformanceScrutinised,
    PerformanceSubmitted,
    ReportPublished,
    TargetRebased,
    WeightsSet,
)
from ledger.period import Month, periods
from ledger.recorded import Recorded
from projections.cells import Cell, Verdict, verdict, with_runs
from projections.standing import stand

Cells = dict[Month, Cell]


class Step(NamedTuple):
    """One fact's step along a path: the KPI's cells before and after it, by period."""

    recorded: Recorded
    before: Cells
    after: Cells


def path(before: Sequence[Recorded], after: Sequence[Recorded]) -> list[tuple[Recorded, bool]]:
    """Return the facts between two sets, each with whether it is added."""
    old, new = {each.position for each in before}, {each.position for each in after}
    gone = sorted((each for each in before if each.position not in new), key=lambda each: each.place, reverse=True)
    come = sorted((each for each in after if each.position not in old), key=lambda each: each.place)
    return [*((each, False) for each in gone), *((each, True) for each in come)]


def steps(
    kpi: str, start: Iterable[Recorded], along: Sequence[tuple[Recorded, bool]], last: Month
) -> Iterator[Step]:
    """Yield a KPI's cells before and after each step of a path.

    Args:
        kpi: the KPI's reference.
        start: the facts bearing on it at the beginning of the path.
        along: the path, of facts bearing on it.
        last: the last period to derive.
    """
    current = {each.position: each for each in start}
    by_id = {each.fact.id: each for each in current.values()}
    judged: dict[Month, Verdict] = {}
    standing = stand(current.values())
    if standing is not None and kpi in standing.kpis and not standing.kpis[kpi].introduced.reserved:
        found = standing.kpis[kpi]
        judged = {p: verdict(standing, found, p) for p in periods(found.first_period, last, found.frequency)}
    before = _cells(kpi, standing, judged)
    for recorded, added in along:
        by_id[recorded.fact.id] = recorded
        if added:
            current[recorded.position] = recorded
        else:
            del current[recorded.position]
        standing = stand(current.values())
        judged = _judge_again(kpi, standing, judged, _subject(recorded, by_id), last)
        after = _cells(kpi, standing, judged)
        yield Step(recorded, before, after)
        before = after


def _subject(recorded: Recorded, by_id: dict[str, Recorded]) -> Any:
    if isinstance(recorded.fact, FactVoided) and recorded.fact.voids in by_id:
        return by_id[recorded.fact.voids].fact
    return recorded.fact


def _judge_again(kpi: str, standing: Any, judged: dict[Month, Verdict], subject: Any, last: Month) -> dict[Month, Verdict]:
    if standing is None or kpi not in standing.kpis or standing.kpis[kpi].introduced.reserved:
        return {}
    found = standing.kpis[kpi]
    return {
        period: verdict(standing, found, period) if period not in judged or touches(subject, period) else judged[period]
        for period in periods(found.first_period, last, found.frequency)
    }


def _cells(kpi: str, standing: Any, judged: dict[Month, Verdict]) -> Cells:
    if not judged:
        return {}
    return {cell.period: cell for cell in with_runs(standing, standing.kpis[kpi], list(judged.items()))}


def touches(fact: Any, period: Month) -> bool:
    """Say whether a fact bears on the verdict of its KPI's cell in a period."""
    match fact:
        case PerformanceSubmitted() | PerformanceScrutinised() | EscalationRaised() | EscalationDecided():
            return fact.period == period
        case MitigationRequested() | MitigationGranted() | MitigationRefused():
            return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)
        case TargetRebased():
            return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)
        case WeightsSet() | CreditsSuspended() | CreditsResumed() | ChargesSet() | ReportPublished():
            return False
        case _:
            return True


def seen(cell: Cell | None) -> dict[str, Any]:
    """Return what a table shows of a cell, by name; a cell moved if any of these changed.

    A cell without a result shows the run before it, which is not its own.
    """
    if cell is None:
        return dict.fromkeys(("status", "basis", "value", "points", "multiplier", "run", "provisional"))
    return {
        "status": cell.status,
        "basis": cell.verdict.basis,
        "value": cell.verdict.value,
        "points": cell.points,
        "multiplier": cell.multiplier,
        "run": cell.run if cell.points is not None else None,
        "provisional": cell.verdict.provisional,
    }
