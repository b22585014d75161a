"""The published reports of a contract: when each went out, what it belongs to, and whether today's facts change it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.period import day_in_words, periods
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.cells import periods_shown
from projections.diff import moved_totals
from projections.moment import counting
from projections.question import Question
from projections.reports import last_month, mismatches
from projections.spans import between
from projections.standing import Standing, stand
from projections.table import Table, Text
from projections.trail import stamp


@dataclass(frozen=True, slots=True)
class Published:
    """A report, and how many of its cells and of its point totals the facts that count now would change."""

    recorded: Recorded
    report: ReportPublished
    cells: int
    totals: int

    def document(self) -> dict[str, Any]:
        """Return the report as JSON."""
        report = self.report
        return {
            "report": report.report,
            "id": report.id,
            "title": report.title,
            "as_at": report.as_at.isoformat(),
            "went_out": report.dated.isoformat(),
            "first_period": report.first_period,
            "last_period": report.last_period,
            "position": self.recorded.position,
            "recorded_at": stamp(self.recorded.recorded_at),
            "recorded_by": self.recorded.recorded_by,
            "by": report.by,
            "meeting_on": report.meeting_on.isoformat() if report.meeting_on else None,
            "addendum_to": report.addendum_to,
            "reissues": report.reissues,
            "reason": report.reason,
            "pinned": report.digest is not None,
            "digest": report.digest,
            "code_version": report.code_version,
            "cells_changed": self.cells,
            "totals_changed": self.totals,
        }

    def belongs(self) -> str:
        """Say what report it adds to or takes the place of."""
        told = [
            f"adds to {self.report.addendum_to}" if self.report.addendum_to else "",
            f"takes the place of {self.report.reissues}" if self.report.reissues else "",
        ]
        return "; ".join(filter(None, told))

    def today(self) -> str:
        """Say whether it would show anything otherwise."""
        if not self.cells and not self.totals:
            return "unchanged"
        return f"cells: {self.cells}, totals: {self.totals}"


@dataclass(frozen=True, slots=True)
class Reports:
    """The view: reports in order of the day they went out."""

    question: Question
    found: Sequence[Published]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {**self.question.heading(), "reports": [each.document() for each in self.found]}

    def tables(self) -> list[Table]:
        """Return a row for each report."""
        frequency = self.question.standing.terms.frequency
        return [
            Table(
                title=f"Published reports of {self.question.standing.terms.title}: {len(self.found)}",
                columns=(
                    "Report",
                    "Title",
                    "As at",
                    "Went out",
                    "Meeting",
                    "Shows",
                    "Belongs to",
                    "Position",
                    "Recorded by",
                    "Digest",
                    "Code version",
                    "Facts now change",
                    "Fact",
                ),
                rows=[
                    (
                        Text(each.report.report),
                        Text(each.report.title),
                        Text(day_in_words(each.report.as_at)),
                        Text(day_in_words(each.report.dated)),
                        Text(day_in_words(each.report.meeting_on) if each.report.meeting_on else ""),
                        Text(between(each.report.first_period, each.report.last_period, frequency)),
                        Text(each.belongs()),
                        Text(str(each.recorded.position)),
                        Text(each.recorded.recorded_by),
                        Text(each.report.digest[:12] if each.report.digest else "not pinned"),
                        Text(each.report.code_version or ""),
                        Text(each.today()),
                        Text(each.report.id),
                    )
                    for each in self.found
                ],
                numeric=(7,),
                fixed=0,
            )
        ]


def reports(question: Question) -> Reports:
    """Answer which reports were published, and what the facts that count at the question's moment change in each."""
    standing = question.standing
    cells = {
        (kpi.introduced.ref, period): None
        for _, report in standing.reports
        for kpi in standing.in_order()
        for period in periods_shown(standing, kpi, report.first_period, last_month(report, standing))
    }
    changed = Counter(each.report.id for each in mismatches(question.history, standing, cells))
    return Reports(
        question,
        [
            Published(recorded, report, changed[report.id], _totals_changed(question, standing, recorded, report))
            for recorded, report in standing.reports
        ],
    )


def _totals_changed(question: Question, standing: Standing, recorded: Recorded, report: ReportPublished) -> int:
    """Count the contract's periods, of those that a report shows, whose points or credits are no longer so."""
    columns = periods(report.first_period, report.last_period, standing.terms.frequency)
    if not columns or standing.terms.scheme is None:
        return 0
    pinned = stand(counting(question.history, report.as_at, recorded.position))
    return len(moved_totals(pinned, standing, columns))
