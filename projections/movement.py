"""How cells move from one set of facts to another, step by step, and which facts moved them.

The path from one set to the other takes away what only the first has and adds what only the second
has, one fact at a time in order of (dated, position).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
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


def path(before: Sequence[Recorded], after: Sequence[Recorded]) -> list[Recorded]:
    """Return the facts between two sets: those only the first has, latest first, then those only the second has."""
    old, new = {each.position for each in before}, {each.position for each in after}
    gone = sorted((each for each in before if each.position not in new), key=lambda each: each.place, reverse=True)
    come = sorted((each for each in after if each.position not in old), key=lambda each: each.place)
    return [*gone, *come]


class Walker:
    """A KPI's cells over a changing set of facts; only what a change touches is judged again."""

    def __init__(self, kpi: str, facts: Iterable[Recorded], last: Month) -> None:
        self._kpi = kpi
        self._last = last
        self._facts = {each.position: each for each in facts}
        self._by_id = {each.fact.id: each.fact for each in self._facts.values()}
        self._judged: dict[Month, Verdict] = {}
        self.cells = self._settle(self._judged, lambda _: True)

    def holds(self, recorded: Recorded) -> bool:
        """Say whether a fact is in the set."""
        return recorded.position in self._facts

    def without_or_with(self, recorded: Recorded) -> Cells:
        """Return the cells if a fact were taken out of the set, or put in if it is not there; change nothing."""
        kept, judged = dict(self._facts), dict(self._judged)
        found = self._changed(recorded, judged)
        self._facts = kept
        return found

    def change(self, recorded: Recorded) -> Cells:
        """Take a fact out of the set, or put it in if it is not there; return the cells."""
        self.cells = self._changed(recorded, self._judged)
        return self.cells

    def _changed(self, recorded: Recorded, judged: dict[Month, Verdict]) -> Cells:
        self._by_id[recorded.fact.id] = recorded.fact
        if self._facts.pop(recorded.position, None) is None:
            self._facts[recorded.position] = recorded
        subject: Any = recorded.fact
        if isinstance(subject, FactVoided):
            subject = self._by_id.get(subject.voids, subject)
        return self._settle(judged, lambda period: touches(subject, period))

    def _settle(self, judged: dict[Month, Verdict], touched: Callable[[Month], bool]) -> Cells:
        standing = stand(self._facts.values())
        found = standing.kpis.get(self._kpi) if standing else None
        if standing is None or found is None or found.introduced.reserved:
            judged.clear()
            return {}
        for period in periods(found.first_period, self._last, found.frequency):
            if period not in judged or touched(period):
                judged[period] = verdict(standing, found, period)
        return {cell.period: cell for cell in with_runs(standing, found, sorted(judged.items()))}


def steps(kpi: str, start: Iterable[Recorded], along: Sequence[Recorded], last: Month) -> Iterator[Step]:
    """Yield a KPI's cells before and after each step of a path.

    Args:
        kpi: the KPI's reference.
        start: the facts bearing on it at the beginning of the path.
        along: the facts that are added or taken away in turn, of those bearing on it.
        last: the last period to derive.
    """
    walker = Walker(kpi, start, last)
    for recorded in along:
        before = walker.cells
        yield Step(recorded, before, walker.change(recorded))


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
