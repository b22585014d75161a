"""Marks on cells: revised since a published report, or changed by a fact that came late to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.facts import ReportPublished
from ledger.period import Month
from ledger.recorded import Recorded
from projections.cells import Verdict, verdict
from projections.moment import counting
from projections.movement import Cells, path, steps
from projections.question import Question
from projections.standing import KpiStanding, Standing, stand


@dataclass(frozen=True, slots=True)
class Revision:
    """What a report showed, and the facts that have changed it since."""

    report: ReportPublished
    was: Verdict
    facts: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one cell; `late` names the reports that a late fact would have changed."""

    revision: Revision | None
    late: tuple[ReportPublished, ...]


class KpiMarks:
    """The marks of one KPI's cells as a question sees them."""

    def __init__(self, question: Question, kpi: str) -> None:
        self._kpi = kpi
        self._moment = question.moment
        self._bearing = question.split.bearing_on(kpi)
        published = [each for each in question.standing.reports if each[1].as_at <= question.moment.as_at]
        self._reports = sorted(published, key=lambda each: (each[1].as_at, each[0].position), reverse=True)
        self._pictures: dict[tuple[date, int], tuple[Standing, KpiStanding] | None] = {}

    def of(self, period: Month, now: Verdict) -> Marks:
        """Return the marks of a cell, given its verdict now."""
        showing = [each for each in self._reports if each[1].first_period <= period <= each[1].last_period]
        late = tuple(report for recorded, report in showing if self._came_late(period, recorded, report))
        return Marks(self._revision(period, now, showing), late)

    def _revision(
        self, period: Month, now: Verdict, showing: Sequence[tuple[Recorded, ReportPublished]]
    ) -> Revision | None:
        """Compare with the latest earlier report, and with one as at the same day if facts came late to it."""
        for recorded, report in showing:
            was = self._verdict(report.as_at, recorded.position, period)
            if was is None:
                continue
            if (was.status, was.value) != (now.status, now.value):
                return Revision(report, was, self._movers(period, recorded, report))
            if report.as_at < self._moment.as_at:
                return None
        return None

    def _came_late(self, period: Month, recorded: Recorded, report: ReportPublished) -> bool:
        candidates = any(
            each.position > recorded.position and each.fact.dated <= report.as_at for each in self._bearing
        )
        if not candidates:
            return False
        published = self._verdict(report.as_at, recorded.position, period)
        known = self._verdict(report.as_at, self._moment.position, period)
        return published is not None and _shown(published) != _shown(known)

    def _verdict(self, as_at: date, position: int, period: Month) -> Verdict | None:
        key = (as_at, position)
        if key not in self._pictures:
            standing = stand(counting(self._bearing, as_at, position))
            kpi = standing.kpis.get(self._kpi) if standing else None
            self._pictures[key] = (standing, kpi) if standing and kpi else None
        picture = self._pictures[key]
        return verdict(*picture, period) if picture else None

    def _movers(self, period: Month, recorded: Recorded, report: ReportPublished) -> tuple[Recorded, ...]:
        start = counting(self._bearing, report.as_at, recorded.position)
        end = counting(self._bearing, self._moment.as_at, self._moment.position)
        return tuple(
            step.recorded
            for step in steps(self._kpi, start, path(start, end), period)
            if _reported(step.before, period) != _reported(step.after, period)
        )

    def would_have_changed(self, recorded: Recorded) -> list[ReportPublished]:
        """Return the published reports that a fact came late to: it would have changed what they show of the KPI."""
        changed = []
        for published, report in self._reports:
            if recorded.fact.dated > report.as_at or recorded.position <= published.position:
                continue
            start = counting(self._bearing, report.as_at, recorded.position - 1)
            (step,) = steps(self._kpi, start, [(recorded, True)], report.last_period)
            shown = [each for each in {*step.before, *step.after} if report.first_period <= each <= report.last_period]
            if any(_result(step.before, period) != _result(step.after, period) for period in shown):
                changed.append(report)
        return changed


def _result(cells: Cells, period: Month) -> object:
    cell = cells.get(period)
    return _shown(cell.verdict) if cell else None


def _reported(cells: Cells, period: Month) -> object:
    cell = cells.get(period)
    return (cell.status, cell.verdict.value) if cell else None


def _shown(found: Verdict | None) -> object:
    return found and (found.status, found.value, found.provisional)
