"""Formal warnings, and the working days within which an action plan is to be agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger import calendar
from ledger.parts import Management
from ledger.period import day_in_words
from ledger.plans import Managed, Plan, Roles, Warned
from projections.table import Table, Text


@dataclass(frozen=True, slots=True)
class Clock:
    """A formal warning, the day by which a plan is due, and the plans that answer it.

    A plan answers a warning for the KPIs it is about: one that names the warning, or one that names none and was
    proposed on the day it was issued or later. `agreed_on` is the day on which both sides had agreed a plan for each
    of its KPIs; None while one is without.
    """

    warned: Warned
    due_on: date | None
    agreed_on: date | None
    plans: tuple[str, ...]

    def state(self, as_at: date) -> str:
        """Say where it stands; what is agreed later than it was due stays missed."""
        warned = self.warned
        if warned.withdrawn is not None:
            return "withdrawn"
        if not warned.issued.plan_required:
            return "no_plan_required"
        if warned.received_on is None:
            return "met" if self.agreed_on else "not_received"
        if self.due_on is None:
            return "met" if self.agreed_on else "no_time_set"
        if self.agreed_on is not None:
            return "met" if self.agreed_on <= self.due_on else "missed"
        return "due" if as_at <= self.due_on else "missed"

    def told(self, as_at: date) -> str:
        """Say in words where it stands."""
        state = self.state(as_at)
        due = day_in_words(self.due_on) if self.due_on else ""
        agreed = f"{' and '.join(self.plans)} agreed on {day_in_words(self.agreed_on)}" if self.agreed_on else ""
        match state:
            case "met":
                return f"met: {agreed}"
            case "missed":
                return f"missed: {f'{agreed}, after' if agreed else 'no plan agreed by'} {due}"
            case "due":
                return f"a plan is due by {due}"
            case "no_time_set":
                return "a plan is due; the contract sets no time"
            case "not_received":
                return "a plan is due; no receipt is recorded, so that no time runs"
            case _:
                return state.replace("_", " ")

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the warning as JSON."""
        issued, warned = self.warned.issued, self.warned
        facts = [issued, *(each for each in (warned.receipt, warned.withdrawn) if each)]
        return {
            "warning": issued.warning,
            "kpis": list(issued.kpis),
            "inadequate": issued.inadequate,
            "why": issued.why,
            "plan_required": issued.plan_required,
            "issued_on": issued.dated.isoformat(),
            "by": issued.by,
            "received_on": _iso(warned.received_on),
            "withdrawn_on": _iso(warned.withdrawn.dated if warned.withdrawn else None),
            "plan_due_on": _iso(self.due_on),
            "plan_agreed_on": _iso(self.agreed_on),
            "plans": list(self.plans),
            "state": self.state(as_at),
            "facts": [each.id for each in facts],
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def clocks(managed: Managed, terms: Management | None, roles: Roles) -> list[Clock]:
    """Return the formal warnings in the order they were issued."""
    working_days = terms.plan_due_working_days if terms else None
    return [_clock(warned, managed.plans.values(), working_days, roles) for warned in managed.warnings.values()]


def _clock(warned: Warned, plans: Iterable[Plan], working_days: int | None, roles: Roles) -> Clock:
    issued, due_on = warned.issued, None
    if warned.received_on is not None and working_days is not None:
        due_on = calendar.working_days_after(warned.received_on, working_days)
    answers = [each for each in plans if _answers(each, warned)]
    first: dict[str, tuple[date, str]] = {}
    for plan in answers:
        agreed_on = plan.agreed_on(roles)
        if agreed_on is not None:
            for kpi in plan.proposed.kpis:
                first[kpi] = min(first.get(kpi, (agreed_on, plan.proposed.plan)), (agreed_on, plan.proposed.plan))
    found = [first.get(kpi) for kpi in issued.kpis]
    agreed = [each for each in found if each is not None]
    whole = len(agreed) == len(found)
    named = [name for _, name in agreed] if whole else [each.proposed.plan for each in answers]
    return Clock(warned, due_on, max(agreed)[0] if whole else None, tuple(dict.fromkeys(named)))


def _answers(plan: Plan, warned: Warned) -> bool:
    proposed, issued = plan.proposed, warned.issued
    if not set(proposed.kpis) & set(issued.kpis):
        return False
    return proposed.warning == issued.warning or (proposed.warning is None and proposed.dated >= issued.dated)


def stands(clock: Clock) -> bool:
    """Say whether a warning stands, which is to say that nobody withdrew it."""
    return clock.warned.withdrawn is None


def warning_table(found: list[Clock], as_at: date) -> Table:
    """Return the formal warnings as a table."""
    return Table(
        title="Formal warnings",
        columns=("Warning", "KPIs", "What is not adequate", "Why", "Issued", "Received", "Action plan", "Fact"),
        rows=[
            (
                Text(each.warned.issued.warning),
                Text(", ".join(each.warned.issued.kpis)),
                Text(each.warned.issued.inadequate),
                Text(each.warned.issued.why),
                Text(day_in_words(each.warned.issued.dated)),
                Text(day_in_words(each.warned.received_on) if each.warned.received_on else "no receipt recorded"),
                Text(each.told(as_at)),
                Text(each.warned.issued.id),
            )
            for each in found
        ],
    )


def days_of(found: Iterable[Clock]) -> list[date]:
    """Return the days that were worked out, or from which working days are counted."""
    return [day for each in found for day in (each.warned.received_on, each.due_on) if day is not None]
