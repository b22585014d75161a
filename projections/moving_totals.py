"""The totals of all periods over a changing set of facts: only what moved between two moments is derived again."""

from collections import defaultdict
from collections.abc import Sequence

from ledger.period import Month, shift
from ledger.recorded import Recorded
from projections.abatement import PeriodTotal, total_of
from projections.caps import rolled
from projections.cells import Cell
from projections.movement import Walker, path
from projections.standing import Standing, split

Key = tuple[object, ...]


class MovingTotals:
    """A contract's totals, moved from one set of its facts to another; near sets are cheap to go between."""

    def __init__(self, history: Sequence[Recorded], last: Month) -> None:
        """Take what is totalled.

        Args:
            history: the contract's facts, in order of position.
            last: the last month in which a period counted begins.
        """
        whole = split(history)
        self._of = {each.position: kpi for kpi, its in whole.of_kpi.items() for each in its}
        self._walkers = {kpi: Walker(kpi, (), last) for kpi in whole.of_kpi}
        self._current: list[Recorded] = []
        self._kept: dict[Month, tuple[Key, PeriodTotal]] = {}

    def of(self, facts: list[Recorded], standing: Standing, columns: Sequence[Month]) -> dict[Month, PeriodTotal]:
        """Return the totals of the contract's periods from its first on, as some facts give them.

        Args:
            facts: those that count, of the history.
            standing: the same facts, sorted.
            columns: the contract's periods, the first among them.
        """
        for recorded in path(self._current, facts):
            kpi = self._of.get(recorded.position)
            for walker in [self._walkers[kpi]] if kpi else self._walkers.values():
                walker.change(recorded)
        self._current = facts
        if standing.terms.scheme is None:
            return {}
        found = self._cells(standing, columns)
        return {
            total.period: total
            for total in rolled(standing, (self._total(standing, column, found[column]) for column in columns))
        }

    def _cells(self, standing: Standing, columns: Sequence[Month]) -> dict[Month, list[Cell]]:
        """Return the cells whose points fall in each period, in the order of the KPIs."""
        length = standing.terms.frequency.months
        column_of = {shift(column, more): column for column in columns for more in range(length)}
        found: dict[Month, list[Cell]] = defaultdict(list)
        for kpi in standing.in_order():
            for period, cell in sorted(self._walkers[kpi.introduced.ref].cells.items()):
                if period in column_of:
                    found[column_of[period]].append(cell)
        return found

    def _total(self, standing: Standing, column: Month, found: list[Cell]) -> PeriodTotal:
        """Return a period's total before any rolling cap: that of the set before, if nothing of it has moved."""
        key = (standing.holds(column), standing.suspension(column), standing.charge(column), *found)
        if self._kept.get(column, ((), None))[0] != key:
            self._kept[column] = (key, total_of(standing, column, found))
        return self._kept[column][1]
