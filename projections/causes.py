"""Which facts moved a cell or a total from one set of facts to another.

A fact that only one set has is a cause if the cell would be another without it (or with it, if the second set
lacks it). Where no single fact is, because each of several would do, those at whose step the cell changed are.
A dispute that is raised and decided on the way is told by its decision alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.facts import EscalationDecided, EscalationRaised
from ledger.period import Frequency, Month, shift
from ledger.recorded import Recorded
from projections.cells import Cell
from projections.movement import Cells, Walker, path, seen, steps
from projections.standing import Standing, split, stand

Reasons = dict[Month, dict[str, None]]


class Causes:
    """The causes of what moved between two sets of a contract's facts.

    Ask `of_cells` for each KPI, then `of_totals`, which has gathered what it needs by then.
    """

    def __init__(
        self,
        before: Sequence[Recorded],
        after: Sequence[Recorded],
        last: Month,
        totals: Sequence[Month],
        frequency: Frequency,
    ) -> None:
        self._along = path(before, after)
        self._order = {recorded.fact.id: place for place, recorded in enumerate(self._along)}
        self._whole = split([*before, *(each for each in self._along if each not in before)])
        self._before = {each.position for each in before}
        self._after = {each.position for each in after}
        self._last = last
        self._totals = totals
        self._length = frequency.months
        self._of_totals: Reasons = defaultdict(dict)
        self._note_terms()

    def of_cells(self, kpi: str, attributes: Mapping[Month, Sequence[str]]) -> dict[Month, tuple[str, ...]]:
        """Return the ids of the facts that moved a KPI's cells, given which attributes of each cell changed."""
        bearing = self._whole.bearing_on(kpi)
        positions = {each.position for each in bearing}
        along = [each for each in self._along if each.position in positions]
        walker = Walker(kpi, [each for each in bearing if each.position in self._after], self._last)
        because: Reasons = defaultdict(dict)
        of_totals: Reasons = defaultdict(dict)
        for recorded in along:
            self._note(recorded, walker.without_or_with(recorded), walker.cells, attributes, because, of_totals)
        if any(not because[period] for period in attributes) or self._unexplained(of_totals):
            start = [each for each in bearing if each.position in self._before]
            self._note_steps(list(steps(kpi, start, along, self._last)), attributes, because, of_totals)
        for column, ids in of_totals.items():
            self._of_totals[column] |= ids
        return {period: self._told(because[period]) for period in attributes}

    def _unexplained(self, of_totals: Reasons) -> bool:
        return any(not of_totals[column] for column in self._totals)

    def _note_steps(
        self, walked: Sequence[Any], attributes: Mapping[Month, Sequence[str]], because: Reasons, of_totals: Reasons
    ) -> None:
        """Explain what no single fact explains by the steps at which it changed."""
        unexplained = {period: names for period, names in attributes.items() if not because[period]}
        explained = {column for column in self._totals if of_totals[column]}
        found: Reasons = defaultdict(dict)
        for step in walked:
            self._note(step.recorded, step.before, step.after, unexplained, because, found)
        for column, ids in found.items():
            if column not in explained:
                of_totals[column] |= ids

    def _note(
        self,
        recorded: Recorded,
        was: Cells,
        now: Cells,
        attributes: Mapping[Month, Sequence[str]],
        because: Reasons,
        of_totals: Reasons,
    ) -> None:
        for period, names in attributes.items():
            one, other = seen(was.get(period)), seen(now.get(period))
            if any(one[name] != other[name] for name in names):
                because[period][recorded.fact.id] = None
        for period in {*was, *now} if self._totals else ():
            column = next((start for start in reversed(self._totals) if start <= period), None)
            if column is None or period >= shift(column, self._length):
                continue
            if _contribution(was.get(period)) != _contribution(now.get(period)):
                of_totals[column][recorded.fact.id] = None

    def _note_terms(self) -> None:
        """Note which suspensions and charges moved the totals."""
        shared = {each.position for each in self._whole.shared}
        current = {each.position: each for each in self._whole.shared if each.position in self._before}
        for recorded in self._along:
            if recorded.position not in shared:
                continue
            was = stand(current.values())
            if current.pop(recorded.position, None) is None:
                current[recorded.position] = recorded
            now = stand(current.values())
            for column in self._totals:
                if was and now and _terms(was, column) != _terms(now, column):
                    self._of_totals[column][recorded.fact.id] = None

    def of_totals(self) -> dict[Month, tuple[str, ...]]:
        """Return the ids of the facts that moved each total."""
        return {column: self._told(self._of_totals[column]) for column in self._totals}

    def _told(self, ids: Mapping[str, None]) -> tuple[str, ...]:
        """Put ids in the order of their facts; a dispute decided on the way is told by its decision."""
        facts = {recorded.fact.id: recorded.fact for recorded in self._along}
        decided = {
            (fact.ref, fact.kpi, fact.period) for each in ids if isinstance(fact := facts[each], EscalationDecided)
        }
        told = [
            each
            for each in ids
            if not (isinstance(fact := facts[each], EscalationRaised) and (fact.ref, fact.kpi, fact.period) in decided)
        ]
        return tuple(sorted(told, key=self._order.__getitem__))


def _terms(standing: Standing, period: Month) -> object:
    return (standing.suspension(period) is None, standing.charge(period))


def _contribution(cell: Cell | None) -> object:
    """Return what a cell adds to its period's totals; nothing if it costs nothing."""
    return (cell.cost.points, cell.relieved) if cell and cell.cost and cell.cost.points else None
