"""Marks on cells: revised since a published report, or changed by a fact that came late to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.period import Month, day_in_words, heading, periods, shift
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.cells import Verdict, periods_shown, window
from projections.moment import counting
from projections.movement import Cells, Moved, Walker, path, seen
from projections.question import Question
from projections.standing import stand, unvoided


@dataclass(frozen=True, slots=True)
class Revision:
    """What a report showed, and the facts that have changed it since."""

    report: ReportPublished
    was: Verdict
    facts: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """A report, and the facts that came late to it and would have changed what it shows of a cell."""

    report: ReportPublished
    facts: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one cell; `late` names the reports that a late fact would have changed."""

    revision: Revision | None
    late: tuple[Lateness, ...]


class KpiMarks:
    """The marks of one KPI's cells as a question sees them.

    A cell is set against the reports that were out by the question's date. Lateness is a matter of when
    the ledger took a fact, so it is judged by every report the ledger had taken, whenever it went out.
    """

    def __init__(self, question: Question, kpi: str) -> None:
        self._kpi = kpi
        self._moment = question.moment
        self._length = question.standing.terms.frequency.months
        self._bearing = question.split.bearing_on(kpi)
        self._taken = _reports_taken(question)
        out = [each for each in question.standing.reports if each[1].as_at <= self._moment.as_at]
        self._out = sorted(out, key=lambda each: (each[1].as_at, each[0].position), reverse=True)
        self._pictures: dict[tuple[str, date | None], Cells] = {}

    def of(self, period: Month, now: Verdict) -> Marks:
        """Return the marks of a cell, given its verdict now."""
        showing = [each for each in self._out if self._shows(each[1], period)]
        return Marks(self._revision(period, now, showing), self.late(period))

    def late(self, period: Month) -> tuple[Lateness, ...]:
        """Return the reports that facts came late to which would have changed the cell, with those facts."""
        return tuple(
            Lateness(report, self._late_movers(period, recorded, report))
            for recorded, report in self._taken
            if self._came_late(period, recorded, report)
        )

    def _shows(self, report: ReportPublished, period: Month) -> bool:
        return report.first_period <= period <= shift(report.last_period, self._length - 1)

    def _revision(
        self, period: Month, now: Verdict, showing: Sequence[tuple[Recorded, ReportPublished]]
    ) -> Revision | None:
        """Compare with the latest earlier report, and with one as at the same day if facts came late to it."""
        for recorded, report in showing:
            cell = self._picture(recorded, report).get(period)
            if cell is None:
                continue
            was = cell.verdict
            if (was.status, was.value) != (now.status, now.value):
                return Revision(report, was, self._movers(period, recorded, report))
            if report.as_at < self._moment.as_at:
                return None
        return None

    def _came_late(self, period: Month, recorded: Recorded, report: ReportPublished) -> bool:
        """Say whether facts in the question's sight, taken after the report, would have changed what it shows."""
        if not self._shows(report, period) or not any(self._is_late(each, recorded, report) for each in self._bearing):
            return False
        published = self._picture(recorded, report).get(period)
        known = self._picture(recorded, report, self._moment.as_at).get(period)
        return published is not None and seen(published) != seen(known)

    def _late_movers(self, period: Month, recorded: Recorded, report: ReportPublished) -> tuple[Recorded, ...]:
        late = sorted(
            (each for each in self._bearing if self._is_late(each, recorded, report)), key=lambda each: each.place
        )
        walker = Walker(self._kpi, counting(self._bearing, report.as_at, recorded.position), period)
        moved = {each.position: walker.change(each).get(period) for each in late}
        return tuple(each for each in late if (pair := moved[each.position]) and seen(pair[0]) != seen(pair[1]))

    def _is_late(self, fact: Recorded, recorded: Recorded, report: ReportPublished) -> bool:
        in_sight = fact.position <= self._moment.position and fact.fact.dated <= self._moment.as_at
        return in_sight and fact.position > recorded.position and fact.fact.dated <= report.as_at

    def _picture(self, recorded: Recorded, report: ReportPublished, late_until: date | None = None) -> Cells:
        """Return the KPI's cells as a report pinned them, with the late facts up to a date if one is given."""
        key = (report.id, late_until)
        if key not in self._pictures:
            facts = counting(self._bearing, report.as_at, recorded.position)
            if late_until is not None:
                facts += [each for each in self._bearing if self._is_late(each, recorded, report)]
            standing = stand(facts)
            kpi = standing.kpis.get(self._kpi) if standing else None
            if standing is None or kpi is None:
                self._pictures[key] = {}
            else:
                last = shift(report.last_period, self._length - 1)
                first = min(report.first_period, kpi.first_period or report.first_period)
                self._pictures[key] = {cell.period: cell for cell in window(standing, kpi, first, last)}
        return self._pictures[key]

    def _movers(self, period: Month, recorded: Recorded, report: ReportPublished) -> tuple[Recorded, ...]:
        start = counting(self._bearing, report.as_at, recorded.position)
        end = counting(self._bearing, self._moment.as_at, self._moment.position)
        walker = Walker(self._kpi, start, period)
        return tuple(each for each in path(start, end) if _differs(walker.change(each), period))

    def would_have_changed(self, recorded: Recorded) -> list[ReportPublished]:
        """Return the published reports that a fact came late to: it would have changed what they show of the KPI."""
        changed = []
        for published, report in self._taken:
            if recorded.fact.dated > report.as_at or recorded.position <= published.position:
                continue
            start = counting(self._bearing, report.as_at, recorded.position - 1)
            moved = Walker(self._kpi, start, shift(report.last_period, self._length - 1)).change(recorded)
            if any(seen(was) != seen(now) for period, (was, now) in moved.items() if self._shows(report, period)):
                changed.append(report)
        return changed


def _differs(moved: Moved, period: Month) -> bool:
    """Say whether a cell's status or value moved."""
    if period not in moved:
        return False
    was, now = ((cell.status, cell.verdict.value) if cell else None for cell in moved[period])
    return was != now


def late_terms_notes(question: Question) -> list[str]:
    """Say, for each report, in which periods a late suspension or charge would have changed its points or credits."""
    notes = []
    length = question.standing.terms.frequency
    for published, report in _reports_taken(question):
        late = [
            each
            for each in question.split.shared
            if each.fact.dated <= min(report.as_at, question.moment.as_at) and each.position > published.position
        ]
        pinned = counting(question.split.shared, report.as_at, published.position)
        was, now = stand(pinned), stand([*pinned, *late])
        moved = [
            heading(period, length)
            for period in periods(report.first_period, report.last_period, length)
            if was and now and was.money_terms(period) != now.money_terms(period)
        ]
        if moved:
            notes.append(
                f"Late: a suspension, resumption or charge taken after the report {report.report} was published would "
                f"have changed its points or credits for {', '.join(moved)}."
            )
    return notes


def _reports_taken(question: Question) -> list[tuple[Recorded, ReportPublished]]:
    """Return the reports that the ledger had taken, whenever they went out."""
    return [(each, each.fact) for each in unvoided(question.split.shared) if isinstance(each.fact, ReportPublished)]


def late_notes(question: Question) -> list[str]:
    """Say, for each report, which cells in the question's sight show facts that came late to it."""
    cells: dict[str, tuple[ReportPublished, list[str]]] = {}
    for kpi in question.standing.in_order():
        marks = KpiMarks(question, kpi.introduced.ref)
        for period in periods_shown(question.standing, kpi, question.columns[0], question.last_month):
            for late in marks.late(period):
                named = f"{kpi.introduced.ref} {heading(period, kpi.frequency)}"
                cells.setdefault(late.report.id, (late.report, []))[1].append(named)
    return [
        f"Late: facts taken after the report {report.report} was published bear dates up to its as-at, "
        f"{day_in_words(report.as_at)}, and would have changed {', '.join(named)}."
        for report, named in cells.values()
    ]
