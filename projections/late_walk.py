"""A published report's cells and totals while late facts are taken one after another."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.fact import UnmovingFact
from ledger.facts import FactVoided, MeasureRedefined
from ledger.levels import Status
from ledger.period import Month, periods, shift
from ledger.recorded import Recorded
from ledger.report_facts import CountsReported, FailureExplained, ProjectReported, ReportPublished
from projections.abatement import PeriodTotal, total_of
from projections.caps import periods_counted, rolled
from projections.cells import Cell
from projections.counts import counts_shown
from projections.diff import MovedCell, MovedTotal, amounts
from projections.movement import MOVE_NO_CELL, Moved, Walker, seen
from projections.projects import projects_shown
from projections.standing import Standing, split, stand, unvoided

_BESIDE = (counts_shown(None), projects_shown)


class LateWalk:
    """What one report would show. KPIs are derived when the first fact bears on them."""

    def __init__(self, pinned: Sequence[Recorded], late: Sequence[Recorded], report: ReportPublished) -> None:
        self._report = report
        self._current = list(pinned)
        self._whole = split([*pinned, *late])
        self._of = {each.position: kpi for kpi, its in self._whole.of_kpi.items() for each in its}
        self._by_id = {each.fact.id: each.fact for each in [*pinned, *late]}
        self._walkers: dict[str, Walker] = {}
        self._standing = stand(self._shared())
        self._totals: dict[Month, PeriodTotal] | None = None

    def take(self, recorded: Recorded) -> tuple[list[MovedCell], list[MovedTotal], list[str]]:
        """Take the next late fact; return the cells, the totals and what beside them it changes."""
        subject = self._subject(recorded)
        kpi = self._of.get(recorded.position)
        walkers = [] if isinstance(subject, MOVE_NO_CELL) else self._walkers_of([kpi] if kpi else self._whole.of_kpi)
        may_cost = not isinstance(subject, (UnmovingFact, MeasureRedefined))
        if may_cost and self._totals is None:
            self._totals = self._added_up()
        beside = self._beside(subject)
        self._current.append(recorded)
        if may_cost and kpi is None:
            self._standing = stand(self._shared())
        moved = {ref: walker.change(recorded) for ref, walker in walkers}
        totals: list[MovedTotal] = []
        if may_cost and (kpi is None or any(moved.values())):
            totals = self._moved_totals(self._totals or {}, self._added_up())
        return self._moved_cells(moved), totals, self._differing(beside, self._beside(subject))

    def _subject(self, recorded: Recorded) -> Any:
        """Return the fact itself, or what it voids."""
        fact = recorded.fact
        return self._by_id.get(fact.voids, fact) if isinstance(fact, FactVoided) else fact

    def _shared(self) -> list[Recorded]:
        return [each for each in self._current if each.position not in self._of]

    def _walker(self, ref: str) -> Walker:
        if ref not in self._walkers:
            bearing = [each for each in self._current if self._of.get(each.position, ref) == ref]
            self._walkers[ref] = Walker(ref, bearing, self._last())
        return self._walkers[ref]

    def _walkers_of(self, refs: Iterable[str]) -> list[tuple[str, Walker]]:
        return [(ref, self._walker(ref)) for ref in refs]

    def _last(self) -> Month:
        length = self._standing.terms.frequency.months if self._standing else 1
        return shift(self._report.last_period, length - 1)

    def _shows(self, period: Month) -> bool:
        return self._report.first_period <= period <= self._last()

    def _moved_cells(self, moved: dict[str, Moved]) -> list[MovedCell]:
        return [
            MovedCell(ref, period, was, now)
            for ref, its in moved.items()
            for period, (was, now) in its.items()
            if self._shows(period) and seen(was) != seen(now)
        ]

    def _added_up(self) -> dict[Month, PeriodTotal]:
        standing = self._standing
        if standing is None or standing.terms.scheme is None:
            return {}
        self._walkers_of(self._whole.of_kpi)
        columns = periods(self._report.first_period, self._report.last_period, standing.terms.frequency)
        counted = periods_counted(standing, columns)
        added = (total_of(standing, column, list(self._cells_in(column, standing))) for column in counted)
        return {total.period: total for total in rolled(standing, added) if total.period in columns}

    def _cells_in(self, column: Month, standing: Standing) -> Iterable[Cell]:
        end = shift(column, standing.terms.frequency.months)
        for walker in self._walkers.values():
            yield from (cell for period, cell in walker.cells.items() if column <= period < end)

    def _moved_totals(self, was: dict[Month, PeriodTotal], now: dict[Month, PeriodTotal]) -> list[MovedTotal]:
        self._totals = now
        return [
            MovedTotal(column, was.get(column), now.get(column))
            for column in sorted({*was, *now})
            if amounts(was.get(column)) != amounts(now.get(column))
        ]

    def _beside(self, subject: Any) -> list[dict[str, Any]]:
        if isinstance(subject, FailureExplained):
            return [self._explanations(subject.kpi)]
        if not isinstance(subject, (CountsReported, ProjectReported)):
            return []
        standing = unvoided(self._current)
        return [dict(shown(standing, self._report)) for shown in _BESIDE]

    def _explanations(self, ref: str) -> dict[str, Any]:
        """Return what explains a KPI's failures in the periods shown, by name."""
        missed = [
            period
            for period, cell in self._walker(ref).cells.items()
            if self._shows(period) and cell.status in (Status.AMBER, Status.RED)
        ]
        return {
            f"explanation of {ref} from {fact.first_period} to {fact.last_period}": (
                fact.cause,
                fact.effect,
                fact.resolution,
            )
            for each in unvoided(self._current)
            if isinstance(fact := each.fact, FailureExplained) and fact.kpi == ref
            if any(fact.first_period <= period <= fact.last_period for period in missed)
        }

    def _differing(self, was: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[str]:
        return [
            name
            for one, other in zip(was, now, strict=True)
            for name in {**one, **other}
            if one.get(name) != other.get(name)
        ]
