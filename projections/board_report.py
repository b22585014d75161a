"""The board's report: every table in the order boards read them, with sentences composed from the facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from ledger.faults import BadInput
from ledger.period import Month, contract_month, day_in_words, heading, periods
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections import board_appendices, board_sections
from projections.chart import Exhibit
from projections.document import Document, Paragraph, Printed, Ref, Section, all_shown, as_data, lay_out
from projections.progress import due
from projections.question import Question
from projections.reissues import reissue
from projections.standing import unvoided
from projections.summary import ALL, Summary, summary


@dataclass(frozen=True)
class BoardReport:
    """The view.

    `published` is this report, if it has gone out, and `previous` the one before it; `meeting_on` the day of the
    meeting, where one is known. `proof` are lines that its head ends with.
    """

    question: Question
    published: ReportPublished | None
    previous: tuple[Recorded, ReportPublished] | None
    meeting_on: date | None
    proof: Sequence[tuple[str, str]] = ()

    def document(self) -> dict[str, Any]:
        """Return the view as JSON: the document from top to bottom."""
        return {
            **self.question.heading(),
            "report": self.published.report if self.published else None,
            "meeting_on": self.meeting_on.isoformat() if self.meeting_on else None,
            "periods": self.question.columns,
            "reviewed": self.reviewed,
            "document": as_data(self.printed),
        }

    def tables(self) -> list[Exhibit]:
        """Return the tables and charts alone."""
        return [each for each in self.printed if isinstance(each, Exhibit)]

    def exhibits(self) -> list[tuple[str, Exhibit]]:
        """Return the tables and charts by the keys that references name them by, as they are before numbering."""
        return all_shown(self._document())

    @cached_property
    def printed(self) -> list[Printed]:
        """Return the report from top to bottom, numbered."""
        return lay_out(self._document())

    @cached_property
    def reviewed(self) -> list[Month]:
        """Return the periods under review: those shown that the previous report did not show."""
        if self.previous is None:
            return self.question.columns
        last = self.previous[1].last_period
        return [column for column in self.question.columns if column > last] or self.question.columns

    @cached_property
    def under_review(self) -> Question:
        """Return the question about the periods under review only."""
        return replace(self.question, last=self.question.last_column, count=len(self.reviewed))

    @cached_property
    def appendices(self) -> list[Section]:
        """Return the appendices."""
        return board_appendices.appendices(self.question)

    @cached_property
    def counted(self) -> Summary:
        """Return the counts of all periods shown, with no more notes than reports had that are pinned already."""
        return summary(self.question, says_how=False)

    def span(self) -> str:
        """Name the periods under review."""
        frequency = self.question.standing.terms.frequency
        first, last = heading(self.reviewed[0], frequency), heading(self.reviewed[-1], frequency)
        return first if first == last else f"{first} to {last}"

    def _document(self) -> Document:
        standing = self.question.standing
        return Document(
            title=f"Performance of the contract {standing.terms.title}",
            head=self._head(),
            preface=[
                Section("Summary", [Paragraph([self._summary()])]),
                Section("Actions required", [Paragraph([self._asked()])]),
            ],
            sections=[
                *(reissue(self.question, self.published) if self.published else []),
                board_sections.matters_arising(self.question, self.previous),
                board_sections.abbreviations(standing),
                board_sections.background(self.question, self.reviewed),
                board_sections.performance(self.question, self.counted, self.reviewed),
                *board_sections.services(self.question, self.counted, self.reviewed),
                board_sections.effects(self.under_review),
                board_sections.disputes(self.question),
                board_sections.overview(self.question, self.counted, self.reviewed),
                board_sections.project_review(self.question),
                board_sections.changes(self.question, self.previous),
                board_sections.since(self.question, self.meeting_on),
                Section("Appendices", [Paragraph(["The appendices stand at the end: ", *self._listed(), "."])]),
                board_sections.background_papers(self.question),
            ],
            appendices=self.appendices,
        )

    def _head(self) -> list[tuple[str, str]]:
        terms = self.question.standing.terms
        authority = next(party.name for party in terms.parties if party.role == "authority")
        moment = self.question.moment
        went_out = f"{day_in_words(self.published.dated)} ({self.published.report})" if self.published else "not yet"
        return [
            ("Report to", terms.board or "the board"),
            ("From", authority),
            ("Meeting", day_in_words(self.meeting_on) if self.meeting_on else "not fixed"),
            ("Went out", went_out),
            ("Tables as at", day_in_words(moment.as_at)),
            ("Known at", f"{moment.known_at:%Y-%m-%d %H:%M} UTC, position {moment.position}"),
            *self.proof,
        ]

    def _summary(self) -> str:
        standing = self.question.standing
        last = self.reviewed[-1]
        found = self.counted.counts[ALL, last]
        months = [contract_month(each, standing.terms.commenced) for each in (self.reviewed[0], last)]
        span = f"month {months[0]}" if months[0] == months[1] else f"months {months[0]} to {months[1]}"
        provider = " and ".join(party.name for party in standing.terms.parties if party.role == "provider")
        return (
            f"This report gives the results of {provider} against the contract's KPIs for {self.span()} ({span} of "
            f"the contract). Counted in {heading(last, standing.terms.frequency)}: {found.total()} in all, "
            f"{found['green']} with TSL achieved, {found['amber']} with MSL achieved only, {found['red']} below MSL, "
            f"{found['mitigated']} with mitigation.{self._unsettled()}"
        )

    def _unsettled(self) -> str:
        """Say how many results under review are not agreed, and so in no count; nothing if all are."""
        standing, as_at = self.question.standing, self.question.moment.as_at
        waiting = [each for each in due(standing, self.reviewed[0], self.question.last_month, as_at) if each.waiting]
        if not waiting:
            return ""
        what = "1 result under review is" if len(waiting) == 1 else f"{len(waiting)} results under review are"
        return f" {what} not agreed yet, and in no count."

    def _asked(self) -> str:
        board = self.question.standing.terms.board or "board"
        named = f"The {board.removeprefix('the ').removeprefix('The ')}"
        return f"{named} is asked to consider the results and to say what reassurance or action it wants."

    def _listed(self) -> list[str | Ref]:
        """Name each appendix with its letter."""
        found: list[str | Ref] = []
        for section in self.appendices:
            found += [", " if found else "", Ref(section.key), f" ({section.title})"]
        return found


def before(known: Iterable[Recorded], as_at: date) -> tuple[Recorded, ReportPublished] | None:
    """Return the latest report with tables as at an earlier date, addenda left out; None if there is none."""
    reports = [(each, each.fact) for each in unvoided(known) if isinstance(each.fact, ReportPublished)]
    earlier = [each for each in reports if each[1].as_at < as_at and each[1].addendum_to is None]
    return max(earlier, key=lambda each: (each[1].as_at, each[0].position), default=None)


def board_report(question: Question, meeting_on: date | None = None, count: int | None = None) -> BoardReport:
    """Answer with the board's report as at the question's date.

    A report published with tables as at that date gives its periods and its meeting, unless they are asked for. Periods
    before the first one held are not shown.

    Args:
        question: whose last period is shown last, if it names one.
        meeting_on: the day of the meeting, if it is not the published report's.
        count: how many periods to show, if not those of the published report.

    Raises:
        BadInput: if the meeting is before the date of the tables, or no period held would be shown.
    """
    known = [each for each in question.history if each.position <= question.moment.position]
    reports = [(each, each.fact) for each in unvoided(known) if isinstance(each.fact, ReportPublished)]
    own = [each for each in reports if each[1].as_at == question.moment.as_at]
    published = max(own, key=lambda each: each[0].position)[1] if own else None
    previous = before(known, question.moment.as_at)
    terms, length = question.standing.terms, question.standing.terms.frequency
    if meeting_on is not None and meeting_on < question.moment.as_at:
        sentence = f"found {meeting_on}; give a day from {question.moment.as_at} on, the date of the tables"
        raise BadInput.of(sentence, "--meeting")
    if question.last_column < terms.held_from:
        sentence = f"found {question.last_column}; give a period from {terms.held_from} on, the first held"
        raise BadInput.of(sentence, "--last")
    if published is not None and question.last is None:
        question = replace(question, last=published.last_period)
        count = count or len(periods(published.first_period, published.last_period, length))
    held = len(periods(terms.held_from, question.last_column, length))
    question = replace(question, count=max(1, min(count or question.count, held)))
    return BoardReport(question, published, previous, meeting_on or (published.meeting_on if published else None))
