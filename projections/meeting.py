"""Boards and what they asked for: resolutions, actions, and what happened between a report's date and its meeting."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.facts import PerformanceScrutinised, PerformanceSubmitted
from ledger.meeting_facts import ContactEnded, ContactNamed
from ledger.period import Month, day_in_words, heading
from ledger.recorded import Recorded
from ledger.report_facts import ActionAssigned, ActionCompleted, BoardResolved, ReportPublished
from projections.notes import teller_of
from projections.question import Question
from projections.standing import Standing, unvoided
from projections.table import Table, Text

_UNTOLD = (PerformanceSubmitted, PerformanceScrutinised, ReportPublished, ContactNamed, ContactEnded)


@dataclass(frozen=True, slots=True)
class Action:
    """What a board asked for, and word that it is done, if it is."""

    assigned: ActionAssigned
    completed: ActionCompleted | None

    def state(self, as_at: date) -> str:
        """Say whether it is done, open or overdue as at a date."""
        if self.completed is not None:
            return f"done on {day_in_words(self.completed.dated)}"
        late = self.assigned.due_on is not None and self.assigned.due_on < as_at
        return "overdue" if late else "open"

    def due(self) -> str:
        """Say when it is due."""
        assigned = self.assigned
        return day_in_words(assigned.due_on) if assigned.due_on else assigned.due or "not stated"

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the action as JSON."""
        assigned, completed = self.assigned, self.completed
        return {
            "action": assigned.action,
            "task": assigned.task,
            "owner": assigned.owner,
            "due_on": assigned.due_on.isoformat() if assigned.due_on else None,
            "due": assigned.due,
            "meeting_on": assigned.meeting_on.isoformat() if assigned.meeting_on else None,
            "report": assigned.report,
            "open": completed is None,
            "overdue": self.state(as_at) == "overdue",
            "completed_on": completed.dated.isoformat() if completed else None,
            "outcome": completed.outcome if completed else None,
            "facts": [each.id for each in (assigned, completed) if each],
        }


@dataclass(frozen=True, slots=True)
class Actions:
    """The view: actions, open ones first, and the resolutions of meetings."""

    question: Question
    found: list[Action]
    resolutions: list[BoardResolved]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        as_at = self.question.moment.as_at
        return {
            **self.question.heading(),
            "actions": [each.document(as_at) for each in self.found],
            "resolutions": [
                {
                    "meeting_on": each.meeting_on.isoformat(),
                    "report": each.report,
                    "resolution": each.resolution,
                    "by": each.by,
                    "dated": each.dated.isoformat(),
                    "id": each.id,
                }
                for each in self.resolutions
            ],
        }

    def tables(self) -> list[Table]:
        """Return the actions, and what boards resolved."""
        as_at = self.question.moment.as_at
        resolved = Table(
            title="What boards resolved",
            columns=("Meeting", "Report", "Resolution"),
            rows=[
                (Text(day_in_words(each.meeting_on)), Text(each.report or ""), Text(each.resolution))
                for each in self.resolutions
            ],
        )
        return [action_table(self.found, f"Actions, as at {day_in_words(as_at)}", as_at), resolved]


def action_table(found: Sequence[Action], title: str, as_at: date) -> Table:
    """Return a table of actions."""
    return Table(
        title=title,
        columns=("Action", "What was asked for", "Owner", "Due", "State", "Outcome"),
        rows=[
            (
                Text(each.assigned.action),
                Text(each.assigned.task),
                Text(each.assigned.owner),
                Text(each.due()),
                Text(each.state(as_at)),
                Text(each.completed.outcome if each.completed else ""),
            )
            for each in found
        ],
    )


def actions(question: Question) -> Actions:
    """Answer what boards asked for and resolved; what is open comes first, the earliest due first."""
    found = actions_of(question.standing)
    ordered = sorted(found, key=lambda each: (each.completed is not None, each.assigned.due_on or date.max))
    return Actions(question, ordered, resolutions_of(question.standing))


def actions_of(standing: Standing) -> list[Action]:
    """Return the actions in the order they were asked for."""
    done = {each.fact.action: each.fact for each in standing.printed if isinstance(each.fact, ActionCompleted)}
    return [
        Action(each.fact, done.get(each.fact.action))
        for each in standing.printed
        if isinstance(each.fact, ActionAssigned)
    ]


def resolutions_of(standing: Standing) -> list[BoardResolved]:
    """Return what boards resolved, in order."""
    return [each.fact for each in standing.printed if isinstance(each.fact, BoardResolved)]


def happened(question: Question, until: date) -> list[str]:
    """Return a sentence for each fact dated after the as-at date up to another; returns are told together.

    Facts count here as far as the ledger knew them, and a report's own publication is left out;
    so are contacts, whose names are no matter of a board's papers.
    """
    known = (each for each in question.history if each.position <= question.moment.position)
    since = [
        each
        for each in unvoided(each for each in known if each.fact.dated <= until)
        if each.fact.dated > question.moment.as_at
    ]
    teller = teller_of(question.standing)
    told = [teller.sentence(each.fact) for each in since if not isinstance(each.fact, _UNTOLD)]
    return [*_results(since, question.standing), *told]


def _results(since: Iterable[Recorded], standing: Standing) -> list[str]:
    """Count returns and the decisions on them by period, in words."""
    counts: dict[Month, Counter[str]] = {}
    for each in since:
        if isinstance(each.fact, PerformanceSubmitted):
            counts.setdefault(each.fact.period, Counter())["submitted"] += 1
        elif isinstance(each.fact, PerformanceScrutinised):
            counts.setdefault(each.fact.period, Counter())[each.fact.decision] += 1
    frequency = standing.terms.frequency
    return [
        f"Results of {heading(period, frequency)}: {', '.join(f'{count} {what}' for what, count in found.items())}."
        for period, found in sorted(counts.items())
    ]
