"""What each fact of managing performance says was done, for the sentence that tells it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import assert_never

from ledger.period import Month, day_in_words
from ledger.plan_facts import (
    ActionPlanAgreed,
    ActionPlanClosed,
    ActionPlanProposed,
    ActionPlanUpdated,
    AnyPlanFact,
    FormalWarningIssued,
    FrameworkReinstated,
    FrameworkSuspended,
    IndicativeTriggersApplied,
    InterventionBegun,
    InterventionEnded,
    ProportionalityDecided,
    ReasonsGiven,
    WarningReceived,
    WarningWithdrawn,
)


def managed(fact: AnyPlanFact, period: Callable[[str, Month], str]) -> str:
    """Return what a fact says was done, without who did it and why.

    Args:
        fact: the fact.
        period: names a period of a KPI, given the KPI's reference; of the contract, given none.
    """
    match fact:
        case ReasonsGiven():
            return f"gave the reasons for {fact.kpi}, {period(fact.kpi, fact.period)} ({_end(fact.reasons)})"
        case ProportionalityDecided():
            what = "is proportionate" if fact.plan_required else "is not proportionate"
            return f"decided that an action plan {what} for {fact.kpi}, {period(fact.kpi, fact.period)}"
        case IndicativeTriggersApplied():
            of = fact.kpi or "every KPI"
            since = period(fact.kpi or "", fact.first_period)
            return f"applied what a miss asks for to {of} from {since} on, although its targets are indicative"
        case ActionPlanProposed() | ActionPlanAgreed() | ActionPlanUpdated() | ActionPlanClosed():
            return _of_plan(fact)
        case FormalWarningIssued() | WarningReceived() | WarningWithdrawn():
            return _of_warning(fact)
        case InterventionBegun():
            of = f" on {_listed(fact.kpis)}" if fact.kpis else ""
            return f"began the intensive intervention {fact.intervention}{of} ({_end(fact.consists_of)})"
        case InterventionEnded():
            return f"ended the intensive intervention {fact.intervention}"
        case FrameworkSuspended():
            since = day_in_words(fact.suspended_from)
            return f"suspended the provider from {_lots(fact.lots)} from {since}"
        case FrameworkReinstated():
            since = day_in_words(fact.reinstated_from)
            return f"reinstated the provider in {_lots(fact.lots)} from {since}"
        case _:
            assert_never(fact)


def _of_plan(fact: ActionPlanProposed | ActionPlanAgreed | ActionPlanUpdated | ActionPlanClosed) -> str:
    match fact:
        case ActionPlanProposed():
            number = len(fact.actions)
            holds = f"{number} action{'s' if number != 1 else ''}{_by(fact.due_on)}"
            answers = f" after the formal warning {fact.warning}" if fact.warning else ""
            return f"proposed the action plan {fact.plan} for {_listed(fact.kpis)}{answers} ({holds})"
        case ActionPlanAgreed():
            return f"agreed the action plan {fact.plan}"
        case ActionPlanUpdated():
            return f"told the progress of {_part(fact)} ({_end(fact.progress)}){_change(fact)}"
        case ActionPlanClosed():
            return f"closed the action plan {fact.plan} as {fact.outcome}"


def _part(fact: ActionPlanUpdated) -> str:
    if fact.action is not None:
        return f"action {fact.action} of the action plan {fact.plan}"
    if fact.expected_outcome is not None:
        return f"expected outcome {fact.expected_outcome} of the action plan {fact.plan}"
    return f"the action plan {fact.plan}"


def _change(fact: ActionPlanUpdated) -> str:
    if fact.done:
        return f", which was done on {day_in_words(fact.done_on)}" if fact.done_on else ", which is done"
    return f", now due by {day_in_words(fact.due_on)}" if fact.due_on else ""


def _of_warning(fact: FormalWarningIssued | WarningReceived | WarningWithdrawn) -> str:
    match fact:
        case FormalWarningIssued():
            plan = ", and required an action plan" if fact.plan_required else ""
            told = f"({_end(fact.inadequate)}, because {_end(fact.why)})"
            received = ", received the same day" if fact.received_on else ""
            return f"issued the formal warning {fact.warning} on {_listed(fact.kpis)} {told}{received}{plan}"
        case WarningReceived():
            return f"recorded that the formal warning {fact.warning} was received on {day_in_words(fact.received_on)}"
        case WarningWithdrawn():
            return f"withdrew the formal warning {fact.warning}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _lots(lots: Sequence[str]) -> str:
    if not lots:
        return "the framework"
    return f"lot{'s' if len(lots) > 1 else ''} {_listed(lots)} of the framework"


def _by(day: date | None) -> str:
    return f", by {day_in_words(day)}" if day else ""


def _end(text: str) -> str:
    return text.rstrip(". ")
