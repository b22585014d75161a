"""Disputes: what is open and for how long, and what the decided ones set."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger import calendar
from ledger.contract import UPHELD
from ledger.facts import EscalationDecided, EscalationRaised
from ledger.levels import Status
from ledger.period import Month, day_in_words, heading, shift
from projections.marks import late_notes
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import displayed


@dataclass(frozen=True, slots=True)
class DisputedCell:
    """A cell that a dispute is about, with the outcome there if it is decided."""

    kpi: KpiStanding
    period: Month
    raised: EscalationRaised
    decided: EscalationDecided | None

    @property
    def status_set(self) -> Status | None:
        """Return the status that the outcome set; an upheld dispute of a refused mitigation relieves."""
        if self.decided is None or self.decided.outcome not in UPHELD:
            return None
        sets = self.decided.value is not None or self.decided.status is not None
        if self.raised.against == "mitigation" and (self.decided.outcome == "upheld" or not sets):
            return Status.MITIGATED
        return Status(self.decided.status) if self.decided.status else None

    @property
    def facts(self) -> list[str]:
        """Return the ids of what raised and what decided it."""
        return [self.raised.id, *([self.decided.id] if self.decided else [])]

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON: its value and status are those that the outcome set."""
        decided, status = self.decided, self.status_set
        return {
            "kpi": self.kpi.introduced.ref,
            "period": self.period,
            "outcome": decided.outcome if decided else None,
            "decided_on": decided.dated.isoformat() if decided else None,
            "value": f"{decided.value:f}" if decided and decided.value is not None else None,
            "status": status.value if status else None,
            "facts": self.facts,
        }

    def named(self) -> str:
        """Name the cell: the KPI and its period."""
        return f"{self.kpi.introduced.ref} {heading(self.period, self.kpi.frequency)}"

    def told(self) -> str:
        """Name the cell, and say what was decided and what that set."""
        if self.decided is None:
            return f"{self.named()}: open"
        value, status = self.decided.value, self.status_set
        found = [displayed(self.kpi, self.period, value)] if value is not None else []
        found += [STATUS_WORDS[status.value]] if status else []
        sets = f", setting {' and '.join(found)}" if found else ""
        return f"{self.named()}: {_in_words(self.decided.outcome)}{sets}"


@dataclass(frozen=True, slots=True)
class Dispute:
    """An escalation: everything raised under one reference."""

    ref: str
    cells: list[DisputedCell]

    @property
    def open(self) -> bool:
        """Say whether any of its cells is undecided."""
        return any(cell.decided is None for cell in self.cells)

    @property
    def raised_on(self) -> date:
        """Return the day on which the first of it was raised."""
        return min(cell.raised.dated for cell in self.cells)

    @property
    def decided_on(self) -> date | None:
        """Return the day on which the last of it was decided; None while it is open."""
        if self.open:
            return None
        return max(cell.decided.dated for cell in self.cells if cell.decided)

    def until(self, as_at: date) -> date:
        """Return the day to which it has been open: that of its decision, or the one it is asked at."""
        return self.decided_on or as_at

    def state(self) -> str:
        """Say in words whether it is open, or how it was decided."""
        outcomes = dict.fromkeys(_in_words(cell.decided.outcome) for cell in self.cells if cell.decided)
        return ", ".join(["open", *outcomes] if self.open else outcomes)

    def against(self) -> str:
        """Return what it disputes."""
        return self._told("against")

    def reason(self) -> str:
        """Return its grounds."""
        return self._told("reason")

    def by(self) -> str:
        """Return who raised it."""
        return self._told("by")

    def facts(self) -> list[str]:
        """Return the ids of the facts it rests on."""
        return [fact for cell in self.cells for fact in cell.facts]

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the dispute as JSON."""
        return {
            "ref": self.ref,
            "against": self.against(),
            "raised_on": self.raised_on.isoformat(),
            "by": self.by(),
            "reason": self.reason(),
            "open": self.open,
            "days_open": (self.until(as_at) - self.raised_on).days,
            "working_days_open": calendar.working_days_between(self.raised_on, self.until(as_at)),
            "cells": [cell.document() for cell in self.cells],
        }

    def _told(self, field: str) -> str:
        """Return what each cell was raised with, equal words once."""
        return ", ".join(dict.fromkeys(getattr(cell.raised, field) for cell in self.cells))


def _in_words(outcome: str) -> str:
    return outcome.replace("_", " ")


def disputes(standing: Standing) -> list[Dispute]:
    """Return the contract's disputes: open ones first, of each the oldest first."""
    by_ref: dict[str, list[DisputedCell]] = defaultdict(list)
    for kpi in standing.in_order():
        for period in sorted(kpi.cells):
            for cell in _disputed(kpi, period):
                by_ref[cell.raised.ref].append(cell)
    found = [Dispute(ref, cells) for ref, cells in by_ref.items()]
    return sorted(found, key=lambda each: (not each.open, each.raised_on, each.ref))


def _disputed(kpi: KpiStanding, period: Month) -> Iterable[DisputedCell]:
    told = [fact for _, fact in kpi.cells[period]]
    decided = {fact.ref: fact for fact in told if isinstance(fact, EscalationDecided)}
    raised = [fact for fact in told if isinstance(fact, EscalationRaised)]
    return [DisputedCell(kpi, period, fact, decided.get(fact.ref)) for fact in raised]


@dataclass(frozen=True, slots=True)
class Escalations:
    """The view: the disputes that are open or cover a period shown."""

    question: Question
    disputes: list[Dispute]
    late: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "calendar": calendar.document(self._days()),
            "escalations": [each.document(self.question.moment.as_at) for each in self.disputes],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self._notes(), 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the disputes as one table."""
        as_at, terms = self.question.moment.as_at, self.question.standing.terms
        return [
            Table(
                title=f"{terms.title}: escalations as at {day_in_words(as_at)}",
                columns=(
                    "Ref",
                    "State",
                    "Against",
                    "Raised on",
                    "By",
                    "Decided on",
                    "Days open",
                    "Working days open",
                    "KPIs and periods",
                    "Reason",
                    "Facts",
                ),
                rows=[_row(each, as_at) for each in self.disputes],
                numeric=(6, 7),
                fixed=2,
                notes=list(enumerate(self._notes(), 1)),
                assumptions=assumptions(self.question.standing),
            )
        ]

    def _notes(self) -> list[str]:
        return [*([working_days_note(self._days())] if self.disputes else []), *self.late]

    def _days(self) -> list[date]:
        as_at = self.question.moment.as_at
        return [day for each in self.disputes for day in (each.raised_on, each.until(as_at))]


def _row(dispute: Dispute, as_at: date) -> tuple[Text, ...]:
    shown = dispute.document(as_at)
    return (
        Text(dispute.ref),
        Text(dispute.state()),
        Text(dispute.against()),
        Text(dispute.raised_on.isoformat()),
        Text(dispute.by()),
        Text(dispute.decided_on.isoformat() if dispute.decided_on else ""),
        Text(str(shown["days_open"])),
        Text(str(shown["working_days_open"])),
        Text("; ".join(cell.told() for cell in dispute.cells)),
        Text(dispute.reason()),
        Text(", ".join(dispute.facts())),
    )


def working_days_note(days: Iterable[date]) -> str:
    """Say by which calendar working days are counted."""
    return f"Working days: {calendar.named(days)}; the day from which they are counted is not counted itself."


def escalations(question: Question) -> Escalations:
    """Answer which disputes are open, and which cover a period shown."""
    first, last = question.columns[0], question.last_month
    shown = [each for each in disputes(question.standing) if each.open or any(_covers(each, first, last))]
    return Escalations(question, shown, late_notes(question))


def _covers(dispute: Dispute, first: Month, last: Month) -> Iterable[bool]:
    for cell in dispute.cells:
        yield cell.period <= last and shift(cell.period, cell.kpi.frequency.months - 1) >= first
