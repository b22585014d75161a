"""What is odd about a fact that is taken all the same, in sentences. Pure."""

from decimal import Decimal
from difflib import get_close_matches

from ledger.components import doubts_of_components, outturn_of
from ledger.contract import Contract, Kpi
from ledger.fact import UnmovingFact
from ledger.facts import (
    AnyFact,
    CellFact,
    ContractRegistered,
    EscalationDecided,
    EscalationRaised,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    MilestoneReached,
    MitigationEnded,
    MitigationFact,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
    PerformanceScrutinised,
    PerformanceSubmitted,
    TargetRebased,
    WeightsSet,
)
from ledger.levels import edge_of, in_force
from ledger.lint import unsettled
from ledger.meeting_doubts import doubts_of_meetings
from ledger.meeting_facts import CrossCheckMade, MeetingFact
from ledger.money_decisions import doubts_of_money, doubts_of_terms
from ledger.money_facts import MoneyFact
from ledger.notice_decisions import doubts_of_notices
from ledger.notice_facts import NoticeFact
from ledger.period import Frequency, Month, heading, in_words
from ledger.plan_decisions import doubts_of_plans
from ledger.plan_facts import PlanFact
from ledger.report_facts import (
    ActionAssigned,
    ActionCompleted,
    BoardResolved,
    CountsReported,
    FailureExplained,
    ReportCorrected,
    ReportFact,
    ReportPublished,
)
from ledger.values import EXACT

_WHOLE = 100


def doubts(fact: AnyFact, contract: Contract) -> list[str]:
    """Return what is odd about a fact that is taken all the same."""
    if isinstance(fact, (PerformanceSubmitted, PerformanceScrutinised)):
        return _doubts_of_cell(fact, contract)
    terms = [doubt.told for doubt in unsettled(fact)] if isinstance(fact, KpiIntroduced) else []
    return [*_own_doubts(fact, contract), *terms, *_doubts_of_incident(fact, contract)]


def _own_doubts(fact: AnyFact, contract: Contract) -> list[str]:
    match fact:
        case TargetRebased():
            return _doubts_of_rebase(fact, contract)
        case WeightsSet():
            free = [ref for ref in fact.weights if contract.kpis[ref].terms.severities]
            return [f"{ref} has severities with points of their own; its weight counts only without" for ref in free]
        case EscalationRaised():
            return _doubts_of_cell(fact, contract)
        case MitigationEnded():
            return [] if contract.kpis[fact.kpi].grants else [f"no mitigation of {fact.kpi} had been granted"]
        case MitigationRefused() if any(_overlap(grant, fact) for grant in contract.kpis[fact.kpi].grants):
            return [f"mitigation of {fact.kpi} was granted in these periods; a refusal does not end it"]
        case HistoryNotHeld():
            within = sorted(kpi for kpi, period in contract.cells if fact.first_period <= period <= fact.last_period)
            return [f"facts of {within[0]} stand in these periods; its cells become not held"] if within else []
        case EscalationDecided():
            return [*_doubts_of_outcome(fact, contract), *_doubts_of_value(fact, contract.kpis[fact.kpi])]
        case KpiIntroduced():
            return _doubts_of_introduction(fact, contract)
        case KpiDiscontinued():
            again = contract.kpis[fact.kpi].last_period
            return [f"{fact.kpi} was already discontinued after {again}"] if again else []
        case MilestoneReached() if fact.milestone not in contract.awaited:
            near = get_close_matches(fact.milestone, contract.awaited, n=1)
            return [f"nothing hangs on the milestone {fact.milestone}" + (f"; did you mean {near[0]}?" if near else "")]
        case MilestoneReached() if fact.milestone in contract.milestones:
            return [f"the milestone {fact.milestone} was already reached; this later word stands"]
        case ContractRegistered():
            return [*doubts_of_notices(fact, contract), *doubts_of_terms(fact.scheme)]
        case UnmovingFact():
            return _doubts_of_unmoving(fact, contract)
        case _:
            return []


def _doubts_of_unmoving(fact: UnmovingFact, contract: Contract) -> list[str]:
    match fact:
        case ReportFact():
            return _doubts_of_reports(fact, contract)
        case NoticeFact():
            return doubts_of_notices(fact, contract)
        case CrossCheckMade():
            return [*doubts_of_meetings(fact, contract), *_doubts_of_value(fact, contract.kpis[fact.kpi])]
        case MeetingFact():
            return doubts_of_meetings(fact, contract)
        case MoneyFact():
            return doubts_of_money(fact, contract)
        case PlanFact():
            return doubts_of_plans(fact, contract)
        case _:
            return []


def _doubts_of_introduction(fact: KpiIntroduced, contract: Contract) -> list[str]:
    odd = []
    if contract.terms and fact.first_period is not None and fact.first_period < contract.terms.commenced:
        odd.append(
            f"its first period, {fact.first_period}, is before the contract commenced, {contract.terms.commenced}"
        )
    if fact.severities and fact.weights:
        odd.append(f"{fact.ref} has severities with points of their own; its weights count only without")
    return odd


def _doubts_of_rebase(fact: TargetRebased, contract: Contract) -> list[str]:
    kpi, scheme = contract.kpis[fact.kpi], contract.terms.scheme if contract.terms else None
    later = [step for step in kpi.lasting_steps if step > fact.first_period]
    odd = []
    if fact.lasts and later:
        odd.append(f"the schedule's later step from {min(later)} still comes in after this rebase")
    if fact.severities is None and scheme is not None and scheme.shares is None:
        odd.append(f"{fact.kpi} costs no points by these levels: the scheme has no shares")
    return odd


def _doubts_of_incident(fact: AnyFact, contract: Contract) -> list[str]:
    cites = (MitigationRequested, MitigationGranted, MitigationRefused, EscalationRaised, FailureExplained)
    if not isinstance(fact, cites) or fact.incident is None or fact.incident in contract.incidents:
        return []
    return [f"no incident {fact.incident} is recorded"]


def _doubts_of_reports(fact: ReportFact, contract: Contract) -> list[str]:
    match fact:
        case ReportPublished() if fact.as_at > fact.dated:
            return [f"the report's as-at, {fact.as_at}, is after the day it went out, {fact.dated}"]
        case CountsReported():
            return contradictions(fact)
        case ReportPublished() if fact.reissues in contract.superseded:
            return [f"the place of {fact.reissues} was already taken by another report"]
        case ReportPublished() if fact.addendum_to in contract.superseded:
            return [f"it adds to {fact.addendum_to}, whose place was taken by another report"]
        case ReportPublished(meeting_on=meeting) if meeting is not None and meeting < fact.as_at:
            return [f"the meeting, {meeting}, is before the report's as-at, {fact.as_at}"]
        case (
            ReportCorrected(report=str(report)) | BoardResolved(report=str(report)) | ActionAssigned(report=str(report))
        ) if report not in contract.published:
            return [f"no report {report} is recorded"]
        case ActionCompleted() if contract.actions[fact.action]:
            return [f"the action {fact.action} was already done"]
        case _:
            return []


def contradictions(count: CountsReported) -> list[str]:
    """Say how a count contradicts itself; nothing if it adds up."""
    named = f"{count.series}, {count.category}, {heading(count.period, Frequency.MONTHLY)}"
    printed = f"{named}: {count.received} received, {count.resolved} resolved and {count.outstanding} outstanding"
    found = []
    difference = count.received - count.resolved - count.outstanding
    if difference > 0:
        found.append(f"{printed}; {difference} received {_be(difference)} neither resolved nor outstanding.")
    if difference < 0:
        found.append(f"{printed}; {-difference} more than were received {_be(-difference)} resolved or outstanding.")
    if count.resolved > count.received:
        found.append(f"{named}: more are resolved, {count.resolved}, than were received, {count.received}.")
    return found


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _doubts_of_cell(fact: CellFact, contract: Contract) -> list[str]:
    ref, period = fact.kpi, fact.period
    kpi, cell = contract.kpis[ref], contract.cell(ref, period)
    odd = []
    if kpi.last_period is not None and period > kpi.last_period:
        odd.append(f"{ref} was discontinued after {kpi.last_period}; its cell stays discontinued")
    match fact:
        case PerformanceSubmitted():
            if cell.pending:
                odd.append(f"this replaces a return of {_named(fact, kpi)} that was not yet scrutinised")
            if fact.components is not None:
                odd += doubts_of_components(fact, kpi.terms)
        case PerformanceScrutinised():
            if not cell.pending:
                odd.append(f"the return of {_named(fact, kpi)} was already rejected, and no new one has come")
        case EscalationRaised(against="mitigation"):
            if not any(_covers(refusal, period) for refusal in kpi.refusals):
                odd.append(f"no mitigation of {_named(fact, kpi)} had been refused")
        case _:
            pass
    return odd + _doubts_of_value(fact, kpi)


def _named(fact: CellFact, kpi: Kpi) -> str:
    return f"{fact.kpi} for {in_words(fact.period, kpi.frequency)}"


def _doubts_of_outcome(fact: EscalationDecided, contract: Contract) -> list[str]:
    sets_something = fact.value is not None or fact.status is not None
    raised = contract.cell(fact.kpi, fact.period).escalations[fact.ref]
    both = fact.outcome == "upheld" and sets_something and raised.against == "mitigation"
    odd = ["it relieves the period and sets its result too"] if both else []
    if sets_something and contract.cell(fact.kpi, fact.period).decision is None:
        odd.append("no result has been scrutinised, so what it sets shows nothing, and a scrutiny will replace it")
    return odd


def _doubts_of_value(fact: CellFact | CrossCheckMade, kpi: Kpi) -> list[str]:
    outturn = outturn_of(kpi.terms, fact) if type(fact) is PerformanceSubmitted and fact.components else None
    value: Decimal | None = outturn.value if outturn else getattr(fact, "value", None)
    if value is None:
        return []
    unit = kpi.terms.unit
    if unit == "count" and (value < 0 or value != value.to_integral_value()):
        return [f"{value:f} is no count"]
    if unit == "percent" and not 0 <= value <= _WHOLE:
        return [f"{value:f} % is not between 0 and {_WHOLE}"]
    return _doubts_of_share(value, fact.period, kpi)


def _doubts_of_share(value: Decimal, period: Month, kpi: Kpi) -> list[str]:
    """Say where a percentage looks like a share of one: between 0 and 1, with both levels above 1."""
    better = kpi.terms.better
    if not 0 < value < 1 or kpi.terms.unit != "percent" or better is None:
        return []
    level = in_force(kpi.levels, period)
    if level is None or level.tsl is None or level.msl is None:
        return []
    if not all(edge is not None and edge > 1 for edge in (edge_of(level.tsl, better), edge_of(level.msl, better))):
        return []
    meant = f"{value.scaleb(2, EXACT).normalize(EXACT):f}"
    return [
        f"{value:f} is taken as {value:f} %, where the target is {level.tsl} %; if {meant} % is meant, give {meant}"
    ]


def _covers(fact: MitigationGranted | MitigationRefused, period: Month) -> bool:
    return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)


def _overlap(first: MitigationFact, second: MitigationFact) -> bool:
    ends = first.last_period or "9999-12", second.last_period or "9999-12"
    return first.first_period <= ends[1] and second.first_period <= ends[0]
