"""Published reports as they were pinned: drawn from the facts that the ledger had taken when each was published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledger.faults import BadInput
from ledger.period import is_period, periods, shift
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.board_report import BoardReport, before
from projections.moment import Moment
from projections.question import Question

SAYS_CAPS = 2
"""The form of a report from which on its tables say where a cap on credits is reached."""


def as_pinned(history: Sequence[Recorded], report: ReportPublished, position: int, known_at: datetime) -> BoardReport:
    """Return a report as at its own date and position; nothing that was recorded later bears on it.

    Args:
        history: the contract's facts, in order of position.
        report: the report, which need not be among them.
        position: the last position before its own.
        known_at: the instant that its head names.

    Raises:
        BadInput: if the contract was not registered then, or the report shows only periods before it began.
    """
    known = [each for each in history if each.position <= position]
    question = Question(report.contract, known, Moment(report.as_at, known_at, position))
    terms = question.standing.terms
    if report.last_period < terms.commenced:
        sentence = f"{report.report} ends with {report.last_period}, before the contract began in {terms.commenced}"
        raise BadInput.of(f"{sentence}; nothing can be drawn")
    last = report.last_period
    while not is_period(last, terms.commenced, terms.frequency):
        last = shift(last, -1)
    shown = len(periods(max(report.first_period, terms.held_from), last, terms.frequency))
    question = replace(question, last=last, count=max(1, shown), says_caps=(report.form or 1) >= SAYS_CAPS)
    return BoardReport(question, report, before(known, report.as_at), report.meeting_on)
