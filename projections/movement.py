"""How cells move from one set of facts to another, step by step, and which facts moved them.

The path from one set to the other takes away what only the first has and adds what only the second
has, one fact at a time in order of (dated, position).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ledger.fact import UnmovingFact
from ledger.facts import (
    CellFact,
    ChargesSet,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    MeasureRedefined,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
    PerformanceScrutinised,
    PerformanceSubmitted,
    TargetRebased,
    WeightsSet,
)
from ledger.meeting_facts import CrossCheckMade, SpotCheckMade
from ledger.period import Month, periods
from ledger.plan_facts import PlanFact
from ledger.recorded import Recorded
from ledger.report_facts import FailureExplained
from projections.cells import Cell, counted, last_spoken_of, verdict
from projections.points import Run, run_into
from projections.standing import stand

MOVE_NO_CELL = (CreditsSuspended, CreditsResumed, ChargesSet, MeasureRedefined, UnmovingFact)
_SEEN = ("status", "basis", "value", "points", "multiplier", "run", "provisional", "severity", "late_return")

_NONE_YET = "0001-01"

Cells = dict[Month, Cell]
Moved = dict[Month, tuple[Cell | None, Cell | None]]


def path(before: Sequence[Recorded], after: Sequence[Recorded]) -> list[Recorded]:
    """Return the facts between two sets: those only the first has, latest first, then those only the second has."""
    old, new = {each.position for each in before}, {each.position for each in after}
    gone = sorted((each for each in before if each.position not in new), key=lambda each: each.place, reverse=True)
    come = sorted((each for each in after if each.position not in old), key=lambda each: each.place)
    return [*gone, *come]


class Walker:
    """A KPI's cells over a changing set of facts; only what a change touches is derived again."""

    def __init__(self, kpi: str, facts: Iterable[Recorded], last: Month | None) -> None:
        """Take the first set.

        Args:
            kpi: the KPI's reference.
            facts: those of the set that bear on it.
            last: the last period to have a cell of; None for the last that a fact has spoken of by then.
        """
        self.cells: Cells = {}
        self._kpi = kpi
        self._follows = last is None
        self._last = last or _NONE_YET
        self._runs: dict[Month, Run] = {}
        self._periods: list[Month] = []
        self._facts = {each.position: each for each in facts}
        self._by_id = {each.fact.id: each.fact for each in self._facts.values()}
        self._of_cell: dict[Month, dict[int, tuple[Recorded, CellFact]]] = defaultdict(dict)
        for each in self._facts.values():
            if isinstance(each.fact, CellFact):
                self._of_cell[each.fact.period][each.position] = (each, each.fact)
        self._stand()
        self._keep(self._derive(self._periods))

    def change(self, recorded: Recorded) -> Moved:
        """Put a fact into the set, or take it out if it is there; return the cells that differ, before and after."""
        return self._keep(self._derive(self._apply(recorded)))

    def reach(self, last: Month) -> Moved:
        """Have the cells up to a later period too; return those that come."""
        return self._keep(self._derive(self._reach(last)))

    def would_change(self, recorded: Recorded) -> Moved:
        """Return the cells that would differ if a fact were put in, or taken out if it is there; change nothing."""
        derived = self._derive(self._apply(recorded))
        self._apply(recorded)
        return self._moved(derived)

    def _apply(self, recorded: Recorded) -> Sequence[Month]:
        """Put a fact in or take it out; return the periods whose cells may be others."""
        fact: Any = recorded.fact
        self._by_id[fact.id] = fact
        if self._facts.pop(recorded.position, None) is None:
            self._facts[recorded.position] = recorded
        if isinstance(fact, MOVE_NO_CELL):
            return []
        if isinstance(fact, CellFact):
            return self._refile(recorded, fact)
        was = self._periods
        self._stand()
        if isinstance(fact, FactVoided):
            fact = self._by_id.get(fact.voids, fact)
        if was != self._periods or isinstance(fact, WeightsSet):
            return [*was, *self._periods]
        return [period for period in self._periods if touches(fact, period)]

    def _refile(self, recorded: Recorded, fact: CellFact) -> Sequence[Month]:
        """Sort the facts of one cell anew."""
        its = self._of_cell[fact.period]
        if its.pop(recorded.position, None) is None:
            its[recorded.position] = (recorded, fact)
        if self._found is None:
            return []
        come = self._reach(fact.period) if self._follows else []
        standing = [each for each in its.values() if each[1].id not in self._void]
        self._found.cells[fact.period] = sorted(standing, key=lambda each: each[0].place)
        return come or ([fact.period] if fact.period in self._periods else [])

    def _reach(self, last: Month) -> Sequence[Month]:
        """Have the periods up to a later one too; return those that come."""
        if last <= self._last or self._found is None:
            return []
        self._last, there = last, len(self._periods)
        self._periods = periods(self._found.first_period, last, self._found.frequency)
        return self._periods[there:]

    def _stand(self) -> None:
        """Sort all the facts anew."""
        self._void = {each.fact.voids for each in self._facts.values() if isinstance(each.fact, FactVoided)}
        self._standing = stand(self._facts.values())
        found = self._standing.kpis.get(self._kpi) if self._standing else None
        self._found = None if found is None or found.introduced.reserved else found
        self._periods = []
        if self._found is not None:
            if self._follows:
                self._last = max(self._last, last_spoken_of(self._found))
            self._periods = periods(self._found.first_period, self._last, self._found.frequency)

    def _derive(self, touched: Sequence[Month]) -> dict[Month, tuple[Cell | None, Run | None]]:
        """Return the cells of the touched periods, and of later ones as far as the run has changed."""
        derived: dict[Month, tuple[Cell | None, Run | None]] = dict.fromkeys(touched, (None, None))
        if not touched or self._standing is None or self._found is None:
            return derived
        first, last_touched = min(touched), max(touched)
        start = bisect_left(self._periods, first)
        before = self._runs.get(self._periods[start - 1]) if start else None
        run = before or run_into(self._found)
        scheme = self._standing.terms.scheme
        for period in self._periods[start:]:
            known = self.cells.get(period)
            again = known is None or period in derived
            judged = verdict(self._standing, self._found, period) if again or known is None else known.verdict
            cell, run = counted(scheme, self._found, period, judged, run)
            derived[period] = (cell, run)
            if period >= last_touched and run == self._runs.get(period):
                break
        return derived

    def _moved(self, derived: dict[Month, tuple[Cell | None, Run | None]]) -> Moved:
        return {
            period: (self.cells.get(period), cell)
            for period, (cell, _) in sorted(derived.items())
            if cell != self.cells.get(period)
        }

    def _keep(self, derived: dict[Month, tuple[Cell | None, Run | None]]) -> Moved:
        moved = self._moved(derived)
        for period, (cell, run) in derived.items():
            if cell is None or run is None:
                self.cells.pop(period, None)
                self._runs.pop(period, None)
            else:
                self.cells[period], self._runs[period] = cell, run
        return moved


def touches(fact: Any, period: Month) -> bool:
    """Say whether a fact bears on the verdict of its KPI's cell in a period."""
    match fact:
        case PerformanceSubmitted() | PerformanceScrutinised() | EscalationRaised() | EscalationDecided():
            return fact.period == period
        case MitigationRequested() | MitigationGranted() | MitigationRefused():
            return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)
        case TargetRebased():
            return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)
        case WeightsSet() | CreditsSuspended() | CreditsResumed() | ChargesSet():
            return False
        case FailureExplained():
            return fact.first_period <= period <= fact.last_period
        case MeasureRedefined():
            return fact.first_period <= period
        case CrossCheckMade() | SpotCheckMade():
            return fact.period == period
        case PlanFact():
            return getattr(fact, "period", None) == period
        case UnmovingFact():
            return False
        case _:
            return True


def seen(cell: Cell | None) -> dict[str, Any]:
    """Return what a table shows of a cell, by name; a cell moved if any of these changed.

    A cell without a result shows the run before it, which is not its own.
    """
    if cell is None:
        return dict.fromkeys(_SEEN)
    return {
        "status": cell.status,
        "basis": cell.verdict.basis,
        "value": cell.verdict.value,
        "points": cell.points,
        "multiplier": cell.multiplier,
        "run": cell.run if cell.points is not None else None,
        "provisional": cell.verdict.provisional,
        "severity": cell.verdict.severity.name if cell.verdict.severity else None,
        "late_return": cell.late.points if cell.late else None,
    }
