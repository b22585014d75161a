"""Which facts of managing performance are impossible, and which are odd. Pure."""

from collections.abc import Iterable, Sequence

from ledger.contract import Contract
from ledger.faults import Refused
from ledger.grounds import check_held, check_period, kpi_in_use
from ledger.period import day_in_words, in_words, last_day
from ledger.plan_facts import (
    ActionPlanAgreed,
    ActionPlanClosed,
    ActionPlanProposed,
    ActionPlanUpdated,
    FormalWarningIssued,
    FrameworkReinstated,
    FrameworkSuspended,
    IndicativeTriggersApplied,
    InterventionBegun,
    InterventionEnded,
    PlanFact,
    ProportionalityDecided,
    ReasonsGiven,
    WarningReceived,
    WarningWithdrawn,
)
from ledger.plans import Managed, Plan, Roles, Warned

PLAN_FACTS_OF_EITHER = (ActionPlanProposed, ActionPlanAgreed, ActionPlanUpdated, WarningReceived)


def check_plan_fact(fact: PlanFact, contract: Contract) -> None:
    """Refuse what is impossible where it stands.

    Raises:
        Refused: with a sentence that says what would do.
    """
    so_far = contract.plans
    match fact:
        case ReasonsGiven() | ProportionalityDecided():
            check_period(kpi_in_use(fact.kpi, contract), fact.period, "period")
            check_held(contract, fact.period, "period")
        case IndicativeTriggersApplied():
            _check_indicative(fact, contract)
        case ActionPlanProposed():
            _check_proposed(fact, contract, so_far)
        case ActionPlanAgreed() | ActionPlanUpdated() | ActionPlanClosed():
            _check_of_plan(fact, _open_plan(fact, so_far), contract.roles)
        case FormalWarningIssued() | WarningReceived() | WarningWithdrawn():
            _check_warning(fact, contract, so_far)
        case InterventionBegun() | InterventionEnded():
            _check_intervention(fact, contract, so_far)
        case FrameworkSuspended() | FrameworkReinstated():
            _check_suspension(fact, contract, so_far)
        case _:
            raise AssertionError(f"no rule says when {fact.kind} is impossible")


def _check_kpis(kpis: Sequence[str], contract: Contract) -> None:
    """Refuse KPIs that are not in use, all of them in one sentence."""
    wrong = []
    for ref in kpis:
        try:
            kpi_in_use(ref, contract)
        except Refused as refused:
            wrong.append(refused.sentence)
    if wrong:
        raise Refused("; ".join(wrong), "kpis")


def _check_indicative(fact: IndicativeTriggersApplied, contract: Contract) -> None:
    assert contract.terms is not None
    until = contract.terms.indicative_until
    if until is None:
        raise Refused("no targets of this contract are indicative, so that what a miss asks for applies already")
    if fact.first_period > until:
        raise Refused(
            f"found {fact.first_period}; give a period up to {until}, when targets are indicative", "first_period"
        )
    if fact.kpi is not None:
        check_period(kpi_in_use(fact.kpi, contract), fact.first_period, "first_period")


def _check_proposed(fact: ActionPlanProposed, contract: Contract, so_far: Managed) -> None:
    _check_kpis(fact.kpis, contract)
    if fact.period is not None:
        for ref in fact.kpis:
            check_period(contract.kpis[ref], fact.period, "period")
    if not fact.dates:
        sentence = "the plan has no date; give due_on, of the plan, of an action or of an expected outcome"
        raise Refused(sentence, "due_on")
    if fact.as_of is not None and fact.as_of > fact.dated:
        sentence = f"found {fact.as_of}, after the date the fact bears; give a day up to {fact.dated}"
        raise Refused(sentence, "as_of")
    if fact.warning is not None and fact.warning not in so_far.warnings:
        raise _no_warning(fact.warning, fact, so_far)
    there = so_far.plans.get(fact.plan)
    if there is None:
        return
    agreed_on = there.agreed_on(contract.roles)
    if there.closed is not None:
        raise Refused(f"the plan {fact.plan} is closed; give this one a name of its own", "plan")
    if agreed_on is not None:
        sentence = f"the plan {fact.plan} was agreed on {agreed_on}; update it, or give this one a name of its own"
        raise Refused(sentence, "plan")


def _open_plan(fact: ActionPlanAgreed | ActionPlanUpdated | ActionPlanClosed, so_far: Managed) -> Plan:
    """Return the plan that a fact speaks of.

    Raises:
        Refused: if there is none by then, or it is closed.
    """
    plan = so_far.plans.get(fact.plan)
    if plan is None:
        sentence = f"no plan {fact.plan} was proposed by {fact.dated} ({_named(so_far.plans)}); propose it first"
        raise Refused(sentence, "plan", groundless=True)
    if plan.closed is not None:
        sentence = f"the plan {fact.plan} was closed on {plan.closed.dated}; void that to change it"
        raise Refused(sentence, "plan")
    return plan


def _named(names: Iterable[str]) -> str:
    return f"those there are: {', '.join(names)}" if names else "there is none yet"


def _check_of_plan(fact: ActionPlanAgreed | ActionPlanUpdated | ActionPlanClosed, plan: Plan, roles: Roles) -> None:
    if not isinstance(fact, ActionPlanUpdated):
        return
    counts = {
        "action": (fact.action, len(plan.proposed.actions)),
        "expected_outcome": (fact.expected_outcome, len(plan.proposed.expected_outcomes)),
    }
    for name, (number, there) in counts.items():
        if number is not None and number > there:
            each = name.replace("_", " ")
            able = f"give one from 1 to {there}" if there else "leave it out"
            raise Refused(
                f"found {number}; the plan {fact.plan} has {there or 'no'} {each}{'s' * (there != 1)}; {able}", name
            )
    if fact.done_on is not None and fact.done_on > fact.dated:
        sentence = f"found {fact.done_on}, after the date the fact bears; give a day up to {fact.dated}"
        raise Refused(sentence, "done_on")
    if fact.due_on is not None and plan.agreed_on(roles) is not None and roles.get(fact.party) != "authority":
        able = ", ".join(code for code, role in roles.items() if role == "authority")
        sentence = f"the plan {fact.plan} is agreed, so that a new date is for the authority to record ({able})"
        raise Refused(f"{sentence}; give progress alone, and ask for it there", "due_on")


def _no_warning(name: str, fact: PlanFact, so_far: Managed) -> Refused:
    sentence = f"no formal warning {name} was issued by {fact.dated} ({_named(so_far.warnings)}); record that first"
    return Refused(sentence, "warning", groundless=True)


def _check_warning(
    fact: FormalWarningIssued | WarningReceived | WarningWithdrawn, contract: Contract, so_far: Managed
) -> None:
    if isinstance(fact, FormalWarningIssued):
        _check_kpis(fact.kpis, contract)
        if fact.warning in so_far.warnings:
            raise Refused(
                f"a formal warning {fact.warning} is already issued; give this one a name of its own", "warning"
            )
        if fact.received_on not in (None, fact.dated):
            sentence = f"found {fact.received_on}; give {fact.dated}, the day it was issued, if it was received then"
            raise Refused(f"{sentence}, else leave it out and record the receipt by itself", "received_on")
        return
    warned = so_far.warnings.get(fact.warning)
    if warned is None:
        raise _no_warning(fact.warning, fact, so_far)
    if isinstance(fact, WarningWithdrawn):
        if warned.withdrawn is not None:
            raise Refused(f"the formal warning {fact.warning} is already withdrawn; nothing more is needed", "warning")
        return
    if not warned.issued.dated <= fact.received_on <= fact.dated:
        sentence = f"found {fact.received_on}; give a day from {warned.issued.dated}, when it was issued"
        raise Refused(f"{sentence}, up to {fact.dated}, the date the fact bears", "received_on")


def _check_intervention(fact: InterventionBegun | InterventionEnded, contract: Contract, so_far: Managed) -> None:
    there = so_far.interventions.get(fact.intervention)
    if isinstance(fact, InterventionBegun):
        _check_kpis(fact.kpis, contract)
        if there is not None:
            sentence = f"an intervention {fact.intervention} has already begun; give this one a name of its own"
            raise Refused(sentence, "intervention")
        return
    if there is None:
        known = _named(so_far.interventions)
        sentence = f"no intervention {fact.intervention} had begun by {fact.dated} ({known}); record that first"
        raise Refused(sentence, "intervention", groundless=True)
    if there.ended is not None:
        raise Refused(f"the intervention {fact.intervention} ended on {there.ended.dated}; void that to change it")


def _check_lots(lots: Sequence[str], contract: Contract) -> None:
    """Refuse lots that the contract does not have; those of its KPIs are its own too."""
    if len(set(lots)) < len(lots):
        raise Refused("a lot is named twice; name each once", "lots")
    terms = contract.terms
    own = [each.code for each in (terms.lots if terms else None) or ()]
    joined = [lot for kpi in contract.kpis.values() for lot in kpi.terms.lots or ()]
    known = list(dict.fromkeys([*own, *joined]))
    missing = [lot for lot in lots if lot not in known]
    if missing:
        able = f"its lots are {', '.join(known)}" if known else "it has no lots; leave them out"
        raise Refused(f"the contract is in no lot {', '.join(missing)}; {able}", "lots")


def _check_suspension(fact: FrameworkSuspended | FrameworkReinstated, contract: Contract, so_far: Managed) -> None:
    _check_lots(fact.lots, contract)
    if isinstance(fact, FrameworkSuspended):
        return
    open_ = so_far.open_suspensions(fact.lots)
    known = {each.lot for each in so_far.open_suspensions()}
    missing = [lot for lot in fact.lots if lot not in known]
    if missing and None in known:
        sentence = "the suspension is from all lots; end it without naming any, and suspend again from those that stay"
        raise Refused(sentence, "lots")
    if missing or not open_:
        of = f"from the lot {', '.join(missing)}" if missing else "from the framework"
        raise Refused(
            f"the provider was not suspended {of} by {fact.dated}; record that first", "lots", groundless=True
        )
    first = max(each.suspended.suspended_from for each in open_)
    if fact.reinstated_from < first:
        raise Refused(
            f"found {fact.reinstated_from}; give a day from {first} on, when the suspension begins", "reinstated_from"
        )


def doubts_of_plans(fact: PlanFact, contract: Contract) -> list[str]:
    """Return what is odd about a fact that is taken all the same."""
    so_far, roles = contract.plans, contract.roles
    match fact:
        case ReasonsGiven():
            return _doubts_of_reasons(fact, contract)
        case ActionPlanProposed():
            return _doubts_of_proposal(fact, so_far.plans.get(fact.plan))
        case ActionPlanAgreed():
            plan = so_far.plans[fact.plan]
            same = [each for each in plan.agreements if roles[each.party] == roles[fact.party]]
            return [f"the {roles[fact.party]} already agreed the plan {fact.plan}, on {same[0].dated}"] if same else []
        case ActionPlanUpdated():
            agreed = so_far.plans[fact.plan].agreed_on(roles) is not None
            return [] if agreed else [f"the plan {fact.plan} is not agreed by both sides yet"]
        case ActionPlanClosed():
            return _doubts_of_closing(fact, so_far.plans[fact.plan], roles)
        case WarningReceived() | WarningWithdrawn():
            return _doubts_of_warning(fact, so_far.warnings[fact.warning])
        case FrameworkSuspended():
            again = [
                each for each in so_far.open_suspensions() if each.lot is None or each.lot in (fact.lots or (each.lot,))
            ]
            since = f"since {again[0].suspended.suspended_from}" if again else ""
            return [f"the provider is already suspended, {since}; this is a further suspension"] if again else []
        case _:
            return []


def _doubts_of_reasons(fact: ReasonsGiven, contract: Contract) -> list[str]:
    kpi = contract.kpis[fact.kpi]
    if fact.dated <= last_day(fact.period, kpi.frequency):
        return [f"{in_words(fact.period, kpi.frequency)} had not ended by {day_in_words(fact.dated)}"]
    return []


def _doubts_of_proposal(fact: ActionPlanProposed, there: Plan | None) -> list[str]:
    odd = []
    undated = [f"action {n}" for n, each in enumerate(fact.actions, 1) if each.due_on is None]
    undated += [f"expected outcome {n}" for n, each in enumerate(fact.expected_outcomes, 1) if each.due_on is None]
    if undated:
        have = "has" if len(undated) == 1 else "have"
        odd.append(f"{', '.join(undated)} {have} no date, so that nobody can say whether it was met")
    if not fact.expected_outcomes:
        odd.append("it has no expected outcome, against which to say whether it was delivered")
    late = sorted(day for day in fact.dates if fact.due_on is not None and day > fact.due_on)
    if late:
        odd.append(f"something of it is due on {late[-1]}, after the deadline of the plan, {fact.due_on}")
    past = sorted(day for day in fact.dates if day < fact.dated)
    if past:
        odd.append(f"something of it is due on {past[0]}, before the plan was proposed")
    if there is not None:
        agreed = (
            f"; what {' and '.join(sorted({each.party for each in there.agreements}))} agreed is to be agreed again"
        )
        odd.append(
            f"this takes the place of the plan {fact.plan} as {there.proposed.party} proposed it on "
            f"{there.proposed.dated}{agreed if there.agreements else ''}"
        )
    return odd


def _doubts_of_closing(fact: ActionPlanClosed, plan: Plan, roles: Roles) -> list[str]:
    if plan.agreed_on(roles) is None and fact.outcome != "withdrawn":
        return [f"the plan {fact.plan} was not agreed by both sides, so that its outcome is that of no agreed plan"]
    deadline = plan.deadline
    if fact.outcome == "failed" and deadline is not None and fact.dated <= deadline:
        return [f"the deadline of the plan {fact.plan}, {deadline}, had not passed"]
    return []


def _doubts_of_warning(fact: WarningReceived | WarningWithdrawn, warned: Warned) -> list[str]:
    if isinstance(fact, WarningWithdrawn):
        return []
    if warned.withdrawn is not None:
        return [f"the formal warning {fact.warning} was withdrawn on {warned.withdrawn.dated}"]
    if warned.received_on not in (None, fact.received_on):
        return [
            f"the formal warning {fact.warning} was said to be received on {warned.received_on}; this later word stands"
        ]
    return []
