"""A month's progress: what has come, what it waits for and since when, and which matters are open."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger import calendar
from ledger.levels import Status
from ledger.period import contract_month, day_in_words, heading, in_words, last_day, shift
from projections.escalations import Dispute, disputes, working_days_note
from projections.marks import late_notes
from projections.points import due_on
from projections.progress import Due, Stage, Waiting, due, expected_on, latest_ended
from projections.question import Question
from projections.summary import ALL, services_named
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.unanswered import Unanswered, unanswered

_STAGES = {
    Stage.AWAITING: "Awaiting",
    Stage.SUBMITTED: "Submitted",
    Stage.AGREED: "Agreed",
    Stage.REJECTED: "Rejected (data not available)",
    Stage.RELIEVED: "Relieved",
}
_WAITING = {
    Waiting.AWAITING: "no return",
    Waiting.SUBMITTED: "return not scrutinised",
    Waiting.RETURNED_AGAIN: "new return not scrutinised",
}


@dataclass(frozen=True, slots=True)
class MonthProgress:
    """The view: the period looked at is the question's last, outstanding returns are of any of its periods.

    `counts` are of what ended in the period looked at, by service; `earlier` is how much is outstanding of periods
    before those shown, and `earliest` how many periods back it begins.
    """

    question: Question
    counts: dict[str, Counter[Stage]]
    outstanding: list[Due]
    earlier: int
    earliest: int
    disputes: list[Dispute]
    requests: list[Unanswered]
    late: list[str]

    @property
    def expected(self) -> date | None:
        """Return the day on which agreed results of the period looked at can be expected."""
        standing = self.question.standing
        return expected_on(standing, self.question.last_column, standing.terms.frequency)

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        terms, as_at, period = self.question.standing.terms, self.question.moment.as_at, self.question.last_column
        texts = dict.fromkeys(text for texts in (self._progress_notes(), *self._other_notes()) for text in texts)
        return {
            **self.question.heading(),
            "period": period,
            "contract_month": contract_month(period, terms.commenced),
            "ended": last_day(period, terms.frequency) < as_at,
            **_expectation(self.expected, as_at),
            "calendar": calendar.document(self._days()),
            "services": [
                {"service": code, "due": counts.total(), **{stage.value: counts[stage] for stage in Stage}}
                for code, counts in self.counts.items()
            ],
            "outstanding": [self._outstanding_document(each) for each in self.outstanding],
            "escalations": [each.document(as_at) for each in self.disputes],
            "requests": [each.document(as_at) for each in self.requests],
            "notes": [{"n": number, "text": text} for number, text in enumerate(texts, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the progress of the period, what is outstanding, and the open matters."""
        of_outstanding, of_matters = self._other_notes()
        return [
            replace(self._progress_table(), notes=list(enumerate(self._progress_notes(), 1))),
            replace(self._outstanding_table(), notes=list(enumerate(of_outstanding, 1))),
            replace(
                self._matters_table(),
                notes=list(enumerate(of_matters, 1)),
                assumptions=assumptions(self.question.standing),
            ),
        ]

    def _progress_table(self) -> Table:
        terms, period = self.question.standing.terms, self.question.last_column
        named = f"{in_words(period, terms.frequency)} (contract month {contract_month(period, terms.commenced)})"
        titles = dict(services_named(self.question.standing))
        return Table(
            title=f"{terms.title}: progress of {named}, as at {day_in_words(self.question.moment.as_at)}",
            columns=("Service", "Title", "Due", *_STAGES.values()),
            rows=[
                (
                    Text(code),
                    Text(titles[code]),
                    Text(str(counts.total())),
                    *(Text(str(counts[stage])) for stage in _STAGES),
                )
                for code, counts in self.counts.items()
            ],
            numeric=range(2, len(_STAGES) + 3),
            fixed=2,
        )

    def _outstanding_table(self) -> Table:
        held, columns = self.question.standing.holds, self.question.columns
        shown = [heading(each, self.question.standing.terms.frequency) for each in columns if held(each)]
        span = " to ".join(dict.fromkeys([*shown[:1], *shown[-1:]])) or "no period held"
        return Table(
            title=f"Outstanding returns, {span}: {len(self.outstanding)}",
            columns=(
                "KPI",
                "Short description",
                "Period",
                "State",
                "Since",
                "Days",
                "Working days",
                "Agreed results expected",
                "Facts",
            ),
            rows=[self._outstanding_row(each) for each in self.outstanding],
            numeric=(5, 6),
            fixed=4,
        )

    def _outstanding_document(self, each: Due) -> dict[str, Any]:
        as_at = self.question.moment.as_at
        assert each.since is not None
        assert each.waiting is not None
        return_due = self._return_due(each)
        return {
            "kpi": each.kpi.introduced.ref,
            "service": each.kpi.introduced.service,
            "title": each.kpi.introduced.title,
            "period": each.period,
            "state": each.waiting.value,
            "status": each.verdict.status.value,
            "since": each.since.isoformat(),
            "days_waiting": (as_at - each.since).days,
            "working_days_waiting": calendar.working_days_between(each.since, as_at),
            **_expectation(self._expected(each), as_at),
            "facts": list(each.verdict.facts),
            "return_due_on": return_due.isoformat() if return_due else None,
            "return_overdue": return_due is not None and return_due < as_at,
        }

    def _outstanding_row(self, each: Due) -> tuple[Text, ...]:
        shown = self._outstanding_document(each)
        passed = ", passed" if shown["expected_on_passed"] else ""
        return (
            Text(shown["kpi"]),
            Text(shown["title"]),
            Text(heading(each.period, each.kpi.frequency)),
            Text(_state(each), shown["status"]),
            Text(shown["since"]),
            Text(str(shown["days_waiting"])),
            Text(str(shown["working_days_waiting"])),
            Text(f"{shown['expected_on'] or 'not known'}{passed}"),
            Text(", ".join(shown["facts"])),
        )

    def _matters_table(self) -> Table:
        as_at = self.question.moment.as_at
        rows = [
            (
                *("Escalation", each.ref),
                "; ".join(cell.named() for cell in each.cells if cell.decided is None),
                *(each.against(), each.document(as_at), each.facts()),
            )
            for each in self.disputes
        ]
        rows += [
            (
                *("Mitigation request", ""),
                f"{each.kpi.introduced.ref} {each.periods_in_words()}",
                *("", each.document(as_at), [each.request.id]),
            )
            for each in self.requests
        ]
        return Table(
            title=f"Open matters: {len(rows)}",
            columns=(
                *("Matter", "Ref", "KPIs and periods", "Against", "Raised on", "By"),
                *("Days", "Working days", "Reason", "Facts"),
            ),
            rows=[
                (
                    *map(Text, (matter, ref, cells, against, shown["raised_on"], shown["by"])),
                    *map(Text, (str(shown["days_open"]), str(shown["working_days_open"]))),
                    *map(Text, (shown["reason"], ", ".join(facts))),
                )
                for matter, ref, cells, against, shown, facts in rows
            ],
            numeric=(6, 7),
            fixed=2,
        )

    def _progress_notes(self) -> list[str]:
        """Say what is due, when agreed results are expected, and which facts came late to a report."""
        terms, period = self.question.standing.terms, self.question.last_column
        named = in_words(period, terms.frequency)
        if not self.question.standing.holds(period):
            return [f"No records of {named} are held.", *self.late]
        notes = []
        if last_day(period, terms.frequency) >= self.question.moment.as_at:
            notes.append(f"{named} is not over as at {day_in_words(self.question.moment.as_at)}.")
        notes.append(self._expectation_in_words(named))
        return [*notes, *self.late]

    def _expectation_in_words(self, named: str) -> str:
        if self.expected is None:
            return "The contract gives no working day on which agreed results can be expected."
        working_day = self.question.standing.terms.results_expected_on_working_day
        passed = "has passed" if self.expected < self.question.moment.as_at else "has not passed"
        return (
            f"Agreed results of {named} can be expected on {day_in_words(self.expected)}, working day {working_day} of "
            f"the month after it ({calendar.named([self.expected])}); that day {passed}. It is an expectation, not a "
            "deadline."
        )

    def _other_notes(self) -> tuple[list[str], list[str]]:
        """Return the notes on what is outstanding, and on the open matters."""
        counted = working_days_note(self._days())
        of_outstanding = [counted, *self._overdue()] if self.outstanding else []
        if self.earlier:
            before = heading(self.question.columns[0], self.question.standing.terms.frequency)
            of_outstanding.append(
                f"Outstanding of periods before {before}: {self.earlier}; `--periods {self.earliest}` shows them."
            )
        return of_outstanding, [counted] if self.disputes or self.requests else []

    def _return_due(self, each: Due) -> date | None:
        """Return when a return that has not come is due, where a late one costs points."""
        scheme = self.question.standing.terms.scheme
        if scheme is None or scheme.late_return is None or not each.kpi.levels or each.waiting is not Waiting.AWAITING:
            return None
        return due_on(scheme.late_return, each.period, each.kpi.frequency)

    def _overdue(self) -> list[str]:
        """Say which returns are past due; what that costs is known once they come."""
        as_at = self.question.moment.as_at
        past = [
            f"{each.kpi.introduced.ref} {heading(each.period, each.kpi.frequency)} (due on {day_in_words(day)}, "
            f"{(as_at - day).days} {'day' if (as_at - day).days == 1 else 'days'} ago)"
            for each in self.outstanding
            if (day := self._return_due(each)) is not None and day < as_at
        ]
        if not past:
            return []
        return [f"Past due, each day to be charged when the return comes: {', '.join(past)}."]

    def _expected(self, each: Due) -> date | None:
        return expected_on(self.question.standing, each.period, each.kpi.frequency)

    def _days(self) -> list[date]:
        """Return the days between which working days are counted, and those worked out."""
        days = [self.question.moment.as_at, self.expected, *(each.since for each in self.outstanding)]
        days += [self._expected(each) for each in self.outstanding]
        days += [self._return_due(each) for each in self.outstanding]
        days += [each.raised_on for each in self.disputes]
        days += [each.request.dated for each in self.requests]
        return [day for day in days if day is not None]


def _expectation(expected: date | None, as_at: date) -> dict[str, Any]:
    """Return as JSON when agreed results are expected; the day itself is not yet past."""
    return {
        "expected_on": expected.isoformat() if expected else None,
        "expected_on_passed": expected is not None and expected < as_at,
    }


def _state(each: Due) -> str:
    """Say what a result waits for; where that is not its status, the status before it."""
    assert each.waiting is not None
    status = each.verdict.status
    if status in (Status.AWAITING, Status.SUBMITTED):
        return STATUS_WORDS[status.value]
    named = "Rejected" if each.stage is Stage.REJECTED else STATUS_WORDS[status.value]
    return f"{named}, {_WAITING[each.waiting]}"


def month(question: Question) -> MonthProgress:
    """Answer how far the results of a period have come; by default of the latest that is over."""
    if question.last is None:
        question = replace(question, last=latest_ended(question.standing, question.moment.as_at))
    standing, as_at = question.standing, question.moment.as_at
    counts: dict[str, Counter[Stage]] = {code: Counter() for code, _ in services_named(standing)}
    for each in due(standing, question.last_column, question.last_month, as_at):
        counts[each.kpi.introduced.service][each.stage] += 1
        counts[ALL][each.stage] += 1
    whole = _outstanding(due(standing, standing.terms.held_from, question.last_month, as_at))
    shown = _outstanding(due(standing, question.columns[0], question.last_month, as_at))
    earlier = len(whole) - len(shown)
    return MonthProgress(
        question=question,
        counts=counts,
        outstanding=shown,
        earlier=earlier,
        earliest=_periods_back(question, whole[0]) if earlier else 0,
        disputes=[each for each in disputes(standing) if each.open],
        requests=unanswered(standing),
        late=late_notes(question),
    )


def _outstanding(found: list[Due]) -> list[Due]:
    """Return what waits for something, the period that ended first before the others."""
    waiting = [each for each in found if each.waiting is not None]
    return sorted(waiting, key=lambda each: last_day(each.period, each.kpi.frequency))


def _periods_back(question: Question, each: Due) -> int:
    """Return how many of the contract's periods, the last one included, reach back to the end of a KPI's period."""
    length = question.standing.terms.frequency.months
    ended = shift(each.period, each.kpi.frequency.months - 1)
    back = contract_month(question.last_month, ended) - 1
    return back // length + 1
