"""Which facts moved a cell or a total from one set of facts to another.

A fact that only one set has is a cause if the cell would be another without it (or with it, if the second set
lacks it). Where no single fact is, because each of several would do, those at whose step the cell changed are.
A dispute that is raised and decided on the way is told by its decision alone.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from ledger.facts import EscalationDecided, EscalationRaised
from ledger.period import Frequency, Month, shift
from ledger.recorded import Recorded
from projections.cells import Cell
from projections.movement import MOVE_NO_CELL, Moved, Walker, path, seen
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
        charged: Mapping[Month, Sequence[Month]],
    ) -> None:
        """Take the sets, and what is asked of them.

        Args:
            before: the facts of the first set.
            after: those of the second.
            last: the last period whose cells may be asked for.
            totals: the contract's periods whose totals moved, in order.
            frequency: the contract's.
            charged: for each total that a cap on several months' charges moved, those months.
        """
        self._charged = charged
        self._along = path(before, after)
        self._facts = {recorded.fact.id: recorded.fact for recorded in self._along}
        self._walks: list[tuple[str, Sequence[Recorded], Sequence[Recorded]]] = []
        self._order = {recorded.fact.id: place for place, recorded in enumerate(self._along)}
        self._before = {each.position for each in before}
        self._whole = split([*before, *(each for each in self._along if each.position not in self._before)])
        self._after = {each.position for each in after}
        self._last = last
        self._totals = totals
        self._length = frequency.months
        self._of_totals: Reasons = defaultdict(dict)
        self._note_terms()

    def may_have_moved(self, kpi: str) -> bool:
        """Say whether any fact that only one set has bears on a KPI's cells."""
        its = {each.position for each in self._whole.of_kpi.get(kpi, ())}
        shared = {each.position for each in self._whole.shared if not isinstance(each.fact, MOVE_NO_CELL)}
        return any(each.position in its or each.position in shared for each in self._along)

    def of_cells(
        self, kpi: str, attributes: Mapping[Month, Sequence[str]], costing: Collection[Month]
    ) -> dict[Month, tuple[str, ...]]:
        """Return the ids of the facts that moved a KPI's cells.

        Args:
            kpi: the KPI's reference.
            attributes: which attributes of each cell changed.
            costing: those of the cells that add otherwise to their totals; where no single fact makes them, what moved
                the cell moved the total too.
        """
        bearing = self._whole.bearing_on(kpi)
        positions = {each.position for each in bearing}
        along = [each for each in self._along if each.position in positions]
        walker = Walker(kpi, [each for each in bearing if each.position in self._after], self._last)
        because: Reasons = defaultdict(dict)
        of_totals: Reasons = defaultdict(dict)
        for recorded in along:
            self._note(recorded, walker.would_change(recorded), attributes, because, of_totals)
        unexplained = {period: names for period, names in attributes.items() if not because[period]}
        self._walks.append((kpi, [each for each in bearing if each.position in self._before], along))
        if unexplained:
            self._note_steps(self._walks[-1], unexplained, because, defaultdict(dict))
        for period in costing:
            of_totals[period] = of_totals[period] or because[period]
        for period, ids in of_totals.items():
            column = self._column(period)
            if column is not None:
                self._of_totals[column] |= ids
        return {period: self.told(because[period]) for period in attributes}

    def _note_steps(
        self,
        walk: tuple[str, Sequence[Recorded], Sequence[Recorded]],
        attributes: Mapping[Month, Sequence[str]],
        because: Reasons,
        of_totals: Reasons,
    ) -> None:
        """Note, for what no single fact explains, the facts at whose step it changed."""
        kpi, start, along = walk
        walker = Walker(kpi, start, self._last)
        for recorded in along:
            self._note(recorded, walker.change(recorded), attributes, because, of_totals)

    def _note(
        self,
        recorded: Recorded,
        moved: Moved,
        attributes: Mapping[Month, Sequence[str]],
        because: Reasons,
        of_totals: Reasons,
    ) -> None:
        for period, (was, now) in moved.items():
            if period in attributes:
                one, other = seen(was), seen(now)
                if any(one[name] != other[name] for name in attributes[period]):
                    because[period][recorded.fact.id] = None
            if contribution(was) != contribution(now):
                of_totals[period][recorded.fact.id] = None

    def _column(self, period: Month) -> Month | None:
        """Return the moved total that a period's points fall in, if one does."""
        place = bisect_right(self._totals, period) - 1
        if place < 0 or period >= shift(self._totals[place], self._length):
            return None
        return self._totals[place]

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
                if was and now and self._terms_moved(was, now, column):
                    self._of_totals[column][recorded.fact.id] = None

    def _terms_moved(self, was: Standing, now: Standing, column: Month) -> bool:
        if was.money_terms(column) != now.money_terms(column):
            return True
        return any(was.charge(each) != now.charge(each) for each in self._charged.get(column, ()))

    def of_totals(self) -> dict[Month, tuple[str, ...]]:
        """Return the ids of the facts that moved each total."""
        unexplained = [column for column in self._totals if not self._of_totals[column]]
        if unexplained:
            found: Reasons = defaultdict(dict)
            for walk in self._walks:
                self._note_steps(walk, {}, defaultdict(dict), found)
            for period, ids in found.items():
                column = self._column(period)
                if column in unexplained:
                    self._of_totals[column] |= ids
        return {column: self.told(self._of_totals[column]) for column in self._totals}

    def told(self, ids: Mapping[str, None]) -> tuple[str, ...]:
        """Put ids in the order of their facts; a dispute decided on the way is told by its decision."""
        facts = self._facts
        decided = {
            (fact.ref, fact.kpi, fact.period) for each in ids if isinstance(fact := facts[each], EscalationDecided)
        }
        told = [
            each
            for each in ids
            if not (isinstance(fact := facts[each], EscalationRaised) and (fact.ref, fact.kpi, fact.period) in decided)
        ]
        return tuple(sorted(told, key=self._order.__getitem__))


def contribution(cell: Cell | None) -> object:
    """Return what a cell adds to its period's totals; nothing if it costs nothing."""
    if cell is None:
        return None
    costs = [cell.cost.points if cell.cost else None, cell.late.points if cell.late else None]
    return (*costs, cell.spared) if any(costs) else None
