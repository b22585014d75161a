"""The facts of managing performance: reasons, action plans, formal warnings, intervention and suspension.

They move no cell. Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ledger.fact import UnmovingFact
from ledger.parts import Part, Rated
from ledger.values import Amount, Day, Figure, Given, Name, PeriodText, Prose

Kpis = Annotated[tuple[Name, ...], Field(min_length=1)]
Number = Annotated[int, Field(ge=1, le=999, strict=True)]


class PlanFact(UnmovingFact):
    """What follows from a KPI's status in managing the contract; it moves no cell."""


class PlannedAction(Part):
    """Something a plan says is to be done: by whom, by when, and at what cost in pounds."""

    action: Prose
    owner: Prose
    due_on: Day | None = None
    cost: Annotated[Amount, Field(ge=0)] | None = None


class ExpectedOutcome(Part):
    """An objective of a plan, and the day by which it is to be reached."""

    outcome: Prose
    due_on: Day | None = None


class ReasonsGiven(PlanFact):
    """The provider says why a KPI missed its target, or its minimum, in a period."""

    fact: Literal["ReasonsGiven"] = "ReasonsGiven"
    kpi: Name
    period: PeriodText
    reasons: Prose


class ProportionalityDecided(PlanFact):
    """The authority decides whether an action plan is proportionate to a miss."""

    fact: Literal["ProportionalityDecided"] = "ProportionalityDecided"
    kpi: Name
    period: PeriodText
    plan_required: StrictBool
    reason: Prose


class IndicativeTriggersApplied(PlanFact):
    """What a miss asks for applies from a period on, although the targets are indicative; of one KPI, or of all."""

    fact: Literal["IndicativeTriggersApplied"] = "IndicativeTriggersApplied"
    kpi: Name | None = None
    first_period: PeriodText
    reason: Prose


class ActionPlanProposed(PlanFact):
    """An action plan, as a party proposes it; until both agree it, a later proposal under its name takes its place.

    `level`, `rag` and `as_of` are the current performance as it is printed; from `supplier_aware` to
    `relevant_conditions` are the prompts of the issue. `due_on` is the deadline of the whole.
    """

    fact: Literal["ActionPlanProposed"] = "ActionPlanProposed"
    plan: Name
    kpis: Kpis
    warning: Name | None = None
    period: PeriodText | None = None
    level: Figure | None = None
    rag: Rated | None = None
    as_of: Day | None = None
    supplier_aware: Prose | None = None
    clear_failure: Prose | None = None
    authority_contributed: Prose | None = None
    significance: Prose | None = None
    relevant_conditions: Prose | None = None
    actions: tuple[PlannedAction, ...]
    reviews: tuple[Day, ...] = ()
    problem_solving: Prose | None = None
    resources: Prose | None = None
    expected_outcomes: tuple[ExpectedOutcome, ...] = ()
    due_on: Day | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(set(self.kpis)) < len(self.kpis):
            raise ValueError("a KPI is named twice in kpis; name each once")
        if not self.actions:
            raise ValueError("a plan without actions is none; give at least one in actions")
        return self

    @property
    def dates(self) -> list[date]:
        """Return every day by which something of it is to be done."""
        own = [self.due_on, *(each.due_on for each in self.actions), *(each.due_on for each in self.expected_outcomes)]
        return [day for day in own if day is not None]


class ActionPlanAgreed(PlanFact):
    """A party agrees an action plan as it stands; it is agreed when an authority and a provider both have."""

    fact: Literal["ActionPlanAgreed"] = "ActionPlanAgreed"
    plan: Name


class ActionPlanUpdated(PlanFact):
    """Progress of a plan, of one of its actions or of an expected outcome, by its number; it may give a new date.

    `due_on` is the new date of the action or outcome named; of neither, the deadline of the plan. `done_on` is the day
    on which it was done, where that is another than the one the fact bears.
    """

    fact: Literal["ActionPlanUpdated"] = "ActionPlanUpdated"
    plan: Name
    progress: Prose
    action: Number | None = None
    expected_outcome: Number | None = None
    done: Given | None = None
    done_on: Day | None = None
    due_on: Day | None = None
    reason: Prose | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action is not None and self.expected_outcome is not None:
            raise ValueError("give action or expected_outcome, not both")
        if self.done and self.action is None and self.expected_outcome is None:
            raise ValueError("done is said of an action or an expected_outcome; give its number, or close the plan")
        if self.done_on is not None and not self.done:
            raise ValueError("done_on needs done: true")
        if self.done and self.due_on is not None:
            raise ValueError("what is done needs no new date; leave due_on out")
        if (self.due_on is None) != (self.reason is None):
            raise ValueError("a new date needs a reason, and a reason is that of a new date; give both, or neither")
        return self


class ActionPlanClosed(PlanFact):
    """The authority closes a plan, and says what became of it."""

    fact: Literal["ActionPlanClosed"] = "ActionPlanClosed"
    plan: Name
    outcome: Literal["delivered", "failed", "withdrawn"]
    reason: Prose


class FormalWarningIssued(PlanFact):
    """A formal warning: what is not adequate, why that is so, and whether an action plan is required."""

    fact: Literal["FormalWarningIssued"] = "FormalWarningIssued"
    warning: Name
    kpis: Kpis
    inadequate: Prose
    why: Prose
    plan_required: StrictBool = True
    received_on: Day | None = None


class WarningReceived(PlanFact):
    """A formal warning was received: from then the time runs in which a plan is to be agreed."""

    fact: Literal["WarningReceived"] = "WarningReceived"
    warning: Name
    received_on: Day


class WarningWithdrawn(PlanFact):
    """A formal warning is withdrawn."""

    fact: Literal["WarningWithdrawn"] = "WarningWithdrawn"
    warning: Name
    reason: Prose


class InterventionBegun(PlanFact):
    """An intensive intervention begins, and what it consists of."""

    fact: Literal["InterventionBegun"] = "InterventionBegun"
    intervention: Name
    kpis: tuple[Name, ...] = ()
    consists_of: Prose
    reason: Prose


class InterventionEnded(PlanFact):
    """An intensive intervention ends."""

    fact: Literal["InterventionEnded"] = "InterventionEnded"
    intervention: Name
    reason: Prose


class FrameworkSuspended(PlanFact):
    """The provider is suspended from the framework from a day on: from some lots, or, where none is named, from all."""

    fact: Literal["FrameworkSuspended"] = "FrameworkSuspended"
    suspended_from: Day
    lots: tuple[Name, ...] = ()
    reason: Prose


class FrameworkReinstated(PlanFact):
    """The provider is back in the framework from a day on: in some lots, or, where none is named, in all."""

    fact: Literal["FrameworkReinstated"] = "FrameworkReinstated"
    reinstated_from: Day
    lots: tuple[Name, ...] = ()
    reason: Prose


AnyPlanFact = (
    ReasonsGiven
    | ProportionalityDecided
    | IndicativeTriggersApplied
    | ActionPlanProposed
    | ActionPlanAgreed
    | ActionPlanUpdated
    | ActionPlanClosed
    | FormalWarningIssued
    | WarningReceived
    | WarningWithdrawn
    | InterventionBegun
    | InterventionEnded
    | FrameworkSuspended
    | FrameworkReinstated
)
