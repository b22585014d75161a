"""Change control: what either side proposed, what the other decided, and what is agreed and not yet carried out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.facts import AnyFact
from ledger.meeting_facts import ChangeCarriedOut, ChangeDecided, ChangeProposed, MeetingFact
from ledger.period import day_in_words, heading
from projections.notes import teller_of
from projections.question import Question
from projections.standing import unvoided
from projections.table import Table, Text


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change: the decision, the facts that carry it out, and what was said to.

    `carried_out_by` are standing facts: those named, and those decided under the change's name (`decision_ref`).
    `missing` are ids that were named and do not stand.
    """

    proposed: ChangeProposed
    decided: ChangeDecided | None
    words: list[ChangeCarriedOut]
    carried_out_by: list[AnyFact]
    missing: list[str]

    @property
    def state(self) -> str:
        """Return undecided, rejected, withdrawn, agreed (and not yet carried out) or carried_out."""
        if self.decided is None:
            return "undecided"
        if self.decided.decision != "agreed":
            return self.decided.decision
        elsewhere = any(not each.carried_out_by for each in self.words)
        return "carried_out" if self.carried_out_by or elsewhere else "agreed"

    def told(self, as_at: date) -> str:
        """Say what has come of it as at a date."""
        decided = self.decided
        if decided is None:
            return f"undecided for {(as_at - self.proposed.dated).days} days"
        on = f"{decided.decision} on {day_in_words(decided.dated)}"
        match self.state:
            case "agreed":
                return f"{on}, not yet carried out"
            case "carried_out":
                how = [each.id for each in self.carried_out_by] or [each.remark or "" for each in self.words]
                return f"{on}, carried out: {', '.join(how)}"
            case _:
                return on

    def document(self) -> dict[str, Any]:
        """Return the change as JSON."""
        proposed, decided = self.proposed, self.decided
        return {
            "change": proposed.change,
            "what": proposed.what,
            "reason": proposed.reason,
            "kpi": proposed.kpi,
            "would_take_effect": proposed.would_take_effect,
            "proposed_by": proposed.by,
            "proposed_on": proposed.dated.isoformat(),
            "state": self.state,
            "decided_by": decided.by if decided else None,
            "decided_on": decided.dated.isoformat() if decided else None,
            "decision_reason": decided.reason if decided else None,
            "carried_out_by": [each.id for each in self.carried_out_by],
            "remarks": [each.remark for each in self.words if each.remark],
            "missing": self.missing,
            "facts": [each.id for each in (proposed, decided, *self.words) if each],
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """The view: the changes that were proposed; those still to be decided or carried out come first."""

    question: Question
    found: list[Change]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "changes": [each.document() for each in self.found],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self._notes(), 1)],
        }

    def tables(self) -> list[Table]:
        """Return the changes as one table."""
        as_at, terms = self.question.moment.as_at, self.question.standing.terms
        return [
            Table(
                title=f"{terms.title}: changes of the contract as at {day_in_words(as_at)}",
                columns=("Change", "What", "Why", "KPI", "From", "Proposed by", "Proposed on", "State"),
                rows=[self._row(each, as_at) for each in self.found],
                notes=list(enumerate(self._notes(), 1)),
            )
        ]

    def _row(self, change: Change, as_at: date) -> tuple[Text, ...]:
        proposed, standing = change.proposed, self.question.standing
        frequency = standing.kpis[proposed.kpi].frequency if proposed.kpi else standing.terms.frequency
        first = heading(proposed.would_take_effect, frequency) if proposed.would_take_effect else ""
        return (
            *map(Text, (proposed.change, proposed.what, proposed.reason, proposed.kpi or "", first)),
            *map(Text, (proposed.by, proposed.dated.isoformat(), change.told(as_at))),
        )

    def _notes(self) -> list[str]:
        """Tell the facts that carry changes out, and name those that were said to and do not stand."""
        teller = teller_of(self.question.standing)
        told = [
            f"{each.proposed.change}: {teller.sentence(fact)}" for each in self.found for fact in each.carried_out_by
        ]
        missing = [
            f"{each.proposed.change}: {name} is said to carry it out, and is no standing fact of this contract."
            for each in self.found
            for name in each.missing
        ]
        return [*told, *missing]


def changes(question: Question) -> Changes:
    """Answer which changes were proposed, and what has come of each."""
    found = changes_of(each.fact for each in unvoided(question.facts))
    last = ("carried_out", "rejected", "withdrawn")
    return Changes(question, sorted(found, key=lambda each: (each.state in last, each.proposed.dated)))


def changes_of(facts: Iterable[AnyFact]) -> list[Change]:
    """Return the changes in the order they were proposed.

    Args:
        facts: the facts that count, voids applied, in order of (dated, position).
    """
    facts = list(facts)
    by_id = {fact.id: fact for fact in facts}
    decided = {fact.change: fact for fact in facts if isinstance(fact, ChangeDecided)}
    found = []
    for proposed in facts:
        if not isinstance(proposed, ChangeProposed):
            continue
        name = proposed.change
        words = [fact for fact in facts if isinstance(fact, ChangeCarriedOut) and fact.change == name]
        named = list(dict.fromkeys(each for word in words for each in word.carried_out_by))
        under = [fact.id for fact in facts if fact.decision_ref == name and not isinstance(fact, MeetingFact)]
        ids = dict.fromkeys([*under, *named])
        found.append(
            Change(
                proposed,
                decided.get(name),
                words,
                [by_id[each] for each in ids if each in by_id],
                [each for each in named if each not in by_id],
            )
        )
    return found
