"""How the provider's figures are checked: spot checks, cross-checks beside returns, self-assessments, and demands.

A cross-check changes no cell. The authority scrutinises with it: it agrees, rejects or amends the return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from ledger.components import outturn_of
from ledger.facts import PerformanceSubmitted
from ledger.meeting_facts import (
    CrossCheckMade,
    InformationRequested,
    InformationSupplied,
    MeetingFact,
    SelfAssessmentReviewed,
    SpotCheckMade,
)
from ledger.period import Frequency, day_in_words, heading
from ledger.values import EXACT, plain
from projections.cells import Verdict, verdict
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.wording import in_words

_CHANGES_NOTHING = (
    "A cross-check changes no cell: the authority scrutinises with it. The difference is the provider's figure less "
    "the authority's, exactly."
)
_Meeting = TypeVar("_Meeting", bound=MeetingFact)


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A figure of the authority's own, the provider's return of the cell, if there is one, and the cell as it is."""

    made: CrossCheckMade
    kpi: KpiStanding
    returned: PerformanceSubmitted | None
    cell: Verdict

    @property
    def figure(self) -> Decimal | None:
        """Return the provider's figure as it is shown, worked out where components were returned; None if none is."""
        if self.returned is None:
            return None
        outturn = outturn_of(self.kpi.introduced, self.returned)
        return self.returned.value if outturn is None else outturn.value

    @property
    def difference(self) -> Decimal | None:
        """Return the provider's figure less the authority's; None where the return gives no figure."""
        return None if self.figure is None else EXACT.subtract(self.figure, self.made.value)

    def returned_in_words(self) -> str:
        """Say what the provider returned."""
        if self.returned is None:
            return "no return"
        if self.returned.status is not None:
            return f"{STATUS_WORDS[self.returned.status]}, without its value"
        if self.figure is None:
            return "no denominator" if self.returned.components else "no data"
        return f"{self.figure:f}"

    def document(self) -> dict[str, Any]:
        """Return the cross-check as JSON."""
        made, difference, value = self.made, self.difference, self.figure
        return {
            "kpi": made.kpi,
            "period": made.period,
            "returned": None if value is None else f"{value:f}",
            "return": self.returned.id if self.returned else None,
            "found": f"{made.value:f}",
            "difference": None if difference is None else plain(difference),
            "agrees": None if difference is None else difference == 0,
            "system": made.system,
            "remark": made.remark,
            "status": self.cell.status.value,
            "by": made.by,
            "dated": made.dated.isoformat(),
            "id": made.id,
        }


@dataclass(frozen=True, slots=True)
class Information:
    """Information that was demanded, and word that it came, if it did: the earliest day counts."""

    asked: InformationRequested
    supplied: InformationSupplied | None

    def late_days(self, as_at: date) -> int:
        """Return by how many days it came late, or is overdue as at a date; 0 if neither."""
        return max(((self.supplied.supplied_on if self.supplied else as_at) - self.asked.due_on).days, 0)

    def state(self, as_at: date) -> str:
        """Return open, overdue, supplied or supplied_late as at a date."""
        late = self.late_days(as_at) > 0
        if self.supplied is None:
            return "overdue" if late else "open"
        return "supplied_late" if late else "supplied"

    def told(self, as_at: date) -> str:
        """Say the same in words."""
        days = self.late_days(as_at)
        counted = "1 day" if days == 1 else f"{days} days"
        match self.state(as_at):
            case "overdue":
                return f"overdue by {counted}"
            case "supplied_late":
                assert self.supplied is not None
                return f"supplied on {self.supplied.supplied_on}, {counted} late"
            case "supplied":
                assert self.supplied is not None
                return f"supplied on {self.supplied.supplied_on}"
            case state:
                return state

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the request as JSON."""
        return {
            "request": self.asked.request,
            "what": self.asked.what,
            "asked_on": self.asked.asked_on.isoformat(),
            "due_on": self.asked.due_on.isoformat(),
            "supplied_on": self.supplied.supplied_on.isoformat() if self.supplied else None,
            "state": self.state(as_at),
            "days_late": self.late_days(as_at),
            "remark": self.supplied.remark if self.supplied else None,
            "facts": [each.id for each in (self.asked, self.supplied) if each],
        }


@dataclass(frozen=True, slots=True)
class Assurance:
    """The view: every check that the authority made, and what it asked for."""

    question: Question
    spot_checks: list[SpotCheckMade]
    cross_checks: list[CrossCheck]
    self_assessments: list[SelfAssessmentReviewed]
    information: list[Information]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        as_at = self.question.moment.as_at
        return {
            **self.question.heading(),
            "spot_checks": [_fields(each) for each in self.spot_checks],
            "cross_checks": [each.document() for each in self.cross_checks],
            "self_assessments": [_fields(each) for each in self.self_assessments],
            "information": [each.document(as_at) for each in self.information],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self._notes(), 1)],
        }

    def tables(self) -> list[Table]:
        """Return a table for each sort of check."""
        as_at, terms = self.question.moment.as_at, self.question.standing.terms
        frequencies = {ref: kpi.frequency for ref, kpi in self.question.standing.kpis.items()}
        return [
            Table(
                title=f"{terms.title}: spot checks as at {day_in_words(as_at)}",
                columns=("Check", "Made on", "KPI", "Place", "Findings", "Result", "Follow-up"),
                rows=[_spot_check_row(each, frequencies) for each in self.spot_checks],
            ),
            Table(
                title="Cross-checks beside the provider's returns",
                columns=("KPI", "Period", "Return", "Authority's figure", "Difference", "System", "Cell", "Remark"),
                rows=[_cross_check_row(each) for each in self.cross_checks],
                numeric=(2, 3, 4),
                fixed=2,
                notes=list(enumerate(self._notes(), 1)),
            ),
            Table(
                title="Self-assessments reviewed",
                columns=("Assessment", "Reviewed on", "Months", "Outcome", "Findings"),
                rows=[
                    (
                        *map(Text, (each.assessment, each.reviewed_on.isoformat(), _months(each))),
                        *map(Text, (each.outcome, each.findings or "")),
                    )
                    for each in self.self_assessments
                ],
            ),
            Table(
                title="Information asked for",
                columns=("Request", "What", "Asked on", "Due on", "State", "Remark"),
                rows=[
                    (
                        *map(Text, (each.asked.request, each.asked.what)),
                        *map(Text, (each.asked.asked_on.isoformat(), each.asked.due_on.isoformat())),
                        *map(Text, (each.told(as_at), each.supplied.remark or "" if each.supplied else "")),
                    )
                    for each in self.information
                ],
            ),
        ]

    def _notes(self) -> list[str]:
        return [_CHANGES_NOTHING] if self.cross_checks else []


def _fields(fact: SpotCheckMade | SelfAssessmentReviewed) -> dict[str, Any]:
    """Return a fact's own fields as JSON, null where there is none, who recorded it, when, and its id."""
    own = {name for name in type(fact).model_fields if name not in MeetingFact.model_fields and name != "fact"}
    return fact.model_dump(mode="json", include={*own, "by", "dated", "id"})


def _months(each: SelfAssessmentReviewed) -> str:
    months = (each.first_period, each.last_period)
    return " to ".join(dict.fromkeys(heading(month, Frequency.MONTHLY) for month in months if month))


def _spot_check_row(check: SpotCheckMade, frequencies: dict[str, Frequency]) -> tuple[Text, ...]:
    period = f" {heading(check.period, frequencies[check.kpi])}" if check.kpi and check.period else ""
    result = {True: "satisfactory", False: "not satisfactory", None: "nothing concluded"}[check.satisfactory]
    by = f" (by {check.follow_up_by})" if check.follow_up_by else ""
    return (
        *map(Text, (check.check, check.made_on.isoformat(), f"{check.kpi or ''}{period}", check.place or "")),
        *map(Text, (check.findings, result, f"{check.follow_up or ''}{by}")),
    )


def _cross_check_row(check: CrossCheck) -> tuple[Text, ...]:
    made, difference = check.made, check.difference
    return (
        Text(made.kpi),
        Text(heading(made.period, check.kpi.frequency)),
        Text(check.returned_in_words()),
        Text(f"{made.value:f}"),
        Text("" if difference is None else "none" if difference == 0 else plain(difference)),
        Text(made.system),
        Text(in_words(check.kpi, made.period, check.cell), check.cell.status.value),
        Text(made.remark or ""),
    )


def assurance(question: Question) -> Assurance:
    """Answer how the provider's figures were checked, and what came of it."""
    standing = question.standing
    return Assurance(
        question,
        sorted(_of_kind(SpotCheckMade, standing.meetings), key=lambda each: each.made_on),
        cross_checks_of(standing),
        sorted(_of_kind(SelfAssessmentReviewed, standing.meetings), key=lambda each: each.reviewed_on),
        information_of(standing),
    )


def _of_kind(kind: type[_Meeting], facts: Sequence[MeetingFact]) -> list[_Meeting]:
    return [each for each in facts if isinstance(each, kind)]


def cross_checks_of(standing: Standing) -> list[CrossCheck]:
    """Return the cross-checks by KPI and period, each beside the latest return of its cell."""
    made = _of_kind(CrossCheckMade, standing.meetings)
    found = []
    for kpi in standing.in_order():
        own = sorted((each for each in made if each.kpi == kpi.introduced.ref), key=lambda each: each.period)
        for each in own:
            returns = [fact for _, fact in kpi.cells.get(each.period, ()) if isinstance(fact, PerformanceSubmitted)]
            latest = returns[-1] if returns else None
            found.append(CrossCheck(each, kpi, latest, verdict(standing, kpi, each.period)))
    return found


def information_of(standing: Standing) -> list[Information]:
    """Return what was asked for, in the order in which it is due."""
    supplied = sorted(_of_kind(InformationSupplied, standing.meetings), key=lambda each: each.supplied_on, reverse=True)
    came = {each.request: each for each in supplied}
    asked = sorted(_of_kind(InformationRequested, standing.meetings), key=lambda each: each.due_on)
    return [Information(each, came.get(each.request)) for each in asked]
