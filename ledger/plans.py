"""Action plans, formal warnings, intervention and suspension as their facts have made them. Pure.

Both decisions and views fold the same facts, in order of (dated, position), voids applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from ledger.parts import Role
from ledger.plan_facts import (
    ActionPlanAgreed,
    ActionPlanClosed,
    ActionPlanProposed,
    ActionPlanUpdated,
    FormalWarningIssued,
    FrameworkReinstated,
    FrameworkSuspended,
    InterventionBegun,
    InterventionEnded,
    PlanFact,
    WarningReceived,
    WarningWithdrawn,
)

Roles = Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a plan that has a date: an action, an expected outcome, or the deadline of the whole.

    `first_due_on` is the day as the plan was proposed, `due_on` the one in force, `moved` the facts that gave another.
    """

    kind: Literal["action", "expected_outcome", "deadline"]
    number: int | None
    first_due_on: date | None
    due_on: date | None
    done_on: date | None
    moved: tuple[ActionPlanUpdated, ...] = ()

    def state(self, as_at: date) -> str:
        """Say where it stands: done, done late, due, missed, or without a date; the day itself is not yet missed."""
        if self.done_on is not None:
            late = self.due_on is not None and self.done_on > self.due_on
            return "done late" if late else "done"
        if self.due_on is None:
            return "no date"
        return "missed" if self.due_on < as_at else "due"


@dataclass(frozen=True, slots=True)
class Plan:
    """An action plan: its latest proposal, who agreed that, what was told of it since, and how it was closed."""

    proposed: ActionPlanProposed
    earlier: tuple[ActionPlanProposed, ...] = ()
    agreements: tuple[ActionPlanAgreed, ...] = ()
    updates: tuple[ActionPlanUpdated, ...] = ()
    closed: ActionPlanClosed | None = None

    def agreement_of(self, role: Role, roles: Roles) -> ActionPlanAgreed | None:
        """Return the first agreement by a party of a role, if one has agreed."""
        return next((each for each in self.agreements if roles.get(each.party) == role), None)

    def agreed_on(self, roles: Roles) -> date | None:
        """Return the day on which the second of the two sides agreed; None while one has not."""
        found = [self.agreement_of(role, roles) for role in ("authority", "provider")]
        days = [each.dated for each in found if each is not None]
        return max(days) if len(days) == len(found) else None

    @property
    def deadline(self) -> date | None:
        """Return the deadline in force: the plan's own, else the last day of what it holds."""
        own = self.item("deadline")
        if own.due_on is not None:
            return own.due_on
        return max((each.due_on for each in self.items() if each.due_on is not None), default=None)

    def overdue(self, as_at: date) -> bool:
        """Say whether its deadline has passed and nobody has closed it."""
        return self.closed is None and self.deadline is not None and self.deadline < as_at

    def state(self, as_at: date, roles: Roles) -> str:
        """Say where it stands: its outcome if it is closed, else overdue or agreed, else proposed.

        A plan never fails by itself: an overdue one waits for the authority to close it.
        """
        if self.closed is not None:
            return self.closed.outcome
        if self.agreed_on(roles) is None:
            return "proposed"
        return "overdue" if self.overdue(as_at) else "agreed"

    def failed(self, roles: Roles) -> bool:
        """Say whether it was agreed by both sides, and closed as failed."""
        return self.closed is not None and self.closed.outcome == "failed" and self.agreed_on(roles) is not None

    def items(self) -> list[Item]:
        """Return its actions, then its expected outcomes, each with its dates."""
        plan = self.proposed
        actions = [self.item("action", number) for number in range(1, len(plan.actions) + 1)]
        return [*actions, *(self.item("expected_outcome", n) for n in range(1, len(plan.expected_outcomes) + 1))]

    def item(self, kind: Literal["action", "expected_outcome", "deadline"], number: int | None = None) -> Item:
        """Return an action or an expected outcome by its number, or the deadline of the plan, with its dates."""
        plan = self.proposed
        match kind, number:
            case "action", int(n):
                first, its = plan.actions[n - 1].due_on, [each for each in self.updates if each.action == n]
            case "expected_outcome", int(n):
                first = plan.expected_outcomes[n - 1].due_on
                its = [each for each in self.updates if each.expected_outcome == n]
            case _:
                first = plan.due_on
                its = [each for each in self.updates if each.action is None and each.expected_outcome is None]
        moved = tuple(each for each in its if each.due_on is not None)
        done = next((each for each in its if each.done), None)
        if kind == "deadline":
            closed = self.closed
            closed_on = closed.dated if closed is not None and closed.outcome == "delivered" else None
            return Item(kind, None, first, moved[-1].due_on if moved else first, closed_on, moved)
        done_on = (done.done_on or done.dated) if done else None
        return Item(kind, number, first, moved[-1].due_on if moved else first, done_on, moved)

    def dates(self) -> list[Item]:
        """Return all that has a date: its actions, its expected outcomes, and its deadline."""
        return [*self.items(), self.item("deadline")]


@dataclass(frozen=True, slots=True)
class Warned:
    """A formal warning: when it was received, and whether it is withdrawn."""

    issued: FormalWarningIssued
    receipt: WarningReceived | None = None
    withdrawn: WarningWithdrawn | None = None

    @property
    def received_on(self) -> date | None:
        """Return the day on which it was received; the latest word on that stands."""
        return self.receipt.received_on if self.receipt else self.issued.received_on


@dataclass(frozen=True, slots=True)
class Intervened:
    """An intensive intervention, and its end if it has one."""

    begun: InterventionBegun
    ended: InterventionEnded | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    """A suspension from the framework, of one lot or of all, and what ended it."""

    lot: str | None
    suspended: FrameworkSuspended
    reinstated: FrameworkReinstated | None = None

    def in_force(self, as_at: date) -> bool:
        """Say whether it is in force on a date."""
        ended = self.reinstated is not None and self.reinstated.reinstated_from <= as_at
        return self.suspended.suspended_from <= as_at and not ended


@dataclass(frozen=True, slots=True)
class Managed:
    """All that plan facts have made so far, each by its name."""

    plans: Mapping[str, Plan] = field(default_factory=dict)
    warnings: Mapping[str, Warned] = field(default_factory=dict)
    interventions: Mapping[str, Intervened] = field(default_factory=dict)
    suspensions: tuple[Suspended, ...] = ()

    def open_suspensions(self, lots: Iterable[str] = ()) -> list[Suspended]:
        """Return the suspensions that nothing has ended yet: those of some lots, or all of them."""
        asked = set(lots)
        return [each for each in self.suspensions if each.reinstated is None and (not asked or each.lot in asked)]


def managed(facts: Iterable[PlanFact]) -> Managed:
    """Fold plan facts, in order; one that speaks of what is not there is passed over."""
    found = Managed()
    for fact in facts:
        found = after(found, fact)
    return found


def after(found: Managed, fact: PlanFact) -> Managed:
    """Return what is managed after a further fact."""
    match fact:
        case ActionPlanProposed() | ActionPlanAgreed() | ActionPlanUpdated() | ActionPlanClosed():
            plan = _plan_after(found.plans.get(fact.plan), fact)
            return replace(found, plans={**found.plans, fact.plan: plan}) if plan else found
        case FormalWarningIssued():
            return replace(found, warnings={**found.warnings, fact.warning: Warned(fact)})
        case WarningReceived() | WarningWithdrawn() if fact.warning in found.warnings:
            warned = found.warnings[fact.warning]
            if isinstance(fact, WarningReceived):
                warned = replace(warned, receipt=fact)
            else:
                warned = replace(warned, withdrawn=fact)
            return replace(found, warnings={**found.warnings, fact.warning: warned})
        case InterventionBegun():
            return replace(found, interventions={**found.interventions, fact.intervention: Intervened(fact)})
        case InterventionEnded() if fact.intervention in found.interventions:
            ended = replace(found.interventions[fact.intervention], ended=fact)
            return replace(found, interventions={**found.interventions, fact.intervention: ended})
        case FrameworkSuspended():
            new = [Suspended(lot, fact) for lot in fact.lots or (None,)]
            return replace(found, suspensions=(*found.suspensions, *new))
        case FrameworkReinstated():
            return replace(found, suspensions=_reinstated(found, fact))
        case _:
            return found


def _plan_after(
    plan: Plan | None, fact: ActionPlanProposed | ActionPlanAgreed | ActionPlanUpdated | ActionPlanClosed
) -> Plan | None:
    match fact:
        case ActionPlanProposed():
            return Plan(fact) if plan is None else Plan(fact, (*plan.earlier, plan.proposed))
        case _ if plan is None:
            return None
        case ActionPlanAgreed():
            return replace(plan, agreements=(*plan.agreements, fact))
        case ActionPlanUpdated():
            return replace(plan, updates=(*plan.updates, fact))
        case ActionPlanClosed():
            return replace(plan, closed=fact)


def _reinstated(found: Managed, fact: FrameworkReinstated) -> tuple[Suspended, ...]:
    """Return the suspensions, those that a reinstatement ends with their end."""
    ended = found.open_suspensions(fact.lots)
    return tuple(replace(each, reinstated=fact) if each in ended else each for each in found.suspensions)
