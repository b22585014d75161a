"""What may follow: `decide` judges a fact where it stands. Only the impossible is refused.

Every function here is pure: a fact and the contract before it in, the facts that follow out, or `Refused`.
"""

from typing import assert_never

from ledger.band_doubts import said, unread_bands
from ledger.components import check_components
from ledger.contract import UPHELD, CellState, Contract, Kpi
from ledger.fact import Fact, UnmovingFact
from ledger.facts import (
    KINDS,
    AnyFact,
    AnyUnmovingFact,
    CellFact,
    ChargesSet,
    ContractFact,
    ContractRegistered,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    MeasureRedefined,
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
from ledger.faults import Refused
from ledger.grounds import check_alignment, check_forwards, check_held, check_last_period, check_period, kpi_in_use
from ledger.keeping_facts import KeepingFact, KeyRegistered, KeyRevoked
from ledger.level_decisions import errors_of_levels, errors_of_rebase
from ledger.meeting_decisions import check_meeting_fact
from ledger.meeting_facts import (
    ChangeCarriedOut,
    ChangeDecided,
    ChangeProposed,
    ContactEnded,
    ContactNamed,
    InformationSupplied,
    MeetingFact,
    MinutesAnswered,
)
from ledger.money_decisions import check_money_fact, errors_of_rolling_cap
from ledger.money_facts import CreditInvoiced, MoneyFact
from ledger.notice_decisions import check_notice_fact, check_organisations
from ledger.notice_facts import NoticeFact
from ledger.parts import Role
from ledger.period import in_words, last_day
from ledger.plan_decisions import PLAN_FACTS_OF_EITHER, check_plan_fact
from ledger.plan_facts import PlanFact, ReasonsGiven
from ledger.report_decisions import check_report_fact
from ledger.report_facts import (
    ActionCompleted,
    CommentaryWritten,
    CountsReported,
    FailureExplained,
    FindingRecorded,
    IncidentRecorded,
    ProjectReported,
    ReportFact,
)

_PROVIDER = (
    PerformanceSubmitted, MitigationRequested, EscalationRaised, CountsReported, MinutesAnswered, ReasonsGiven,
)  # fmt: skip
_EITHER = (
    FailureExplained, ProjectReported, CommentaryWritten, IncidentRecorded, ActionCompleted, FindingRecorded,
    KeyRegistered, KeyRevoked, InformationSupplied, ChangeProposed, ChangeDecided, ChangeCarriedOut, ContactNamed,
    ContactEnded, CreditInvoiced, *PLAN_FACTS_OF_EITHER,
)  # fmt: skip
_KpiFact = MitigationFact | MitigationEnded | KpiDiscontinued | TargetRebased | MeasureRedefined
_SETTLED = ("agreed", "amended", "upheld")


def decide(fact: AnyFact, contract: Contract) -> list[AnyFact]:
    """Return the facts that follow from a request to record one; none if it is already so.

    Raises:
        Refused: if it is impossible where it stands, with a sentence that says what would do.
    """
    if isinstance(fact, ContractRegistered):
        return _decide_registration(fact, contract)
    if contract.terms is None:
        if contract.begins is None:
            raise Refused(f"{fact.contract} is not registered; register its contract file first", "contract")
        raise Refused(f"found {fact.dated}; give a date from {contract.begins} on, when the contract begins", "dated")
    _check_role(fact, contract)
    if isinstance(fact, CellFact):
        _check_cell_fact(fact, contract)
    elif isinstance(fact, UnmovingFact):
        _check_unmoving(fact, contract)
    elif isinstance(fact, KpiIntroduced):
        _check_introduced(fact, contract)
    elif isinstance(fact, ContractFact):
        _check_contract_fact(fact, contract)
    else:
        _check_kpi_fact(fact, contract)
    return [fact]


def _check_unmoving(fact: AnyUnmovingFact, contract: Contract) -> None:
    match fact:
        case ReportFact():
            check_report_fact(fact, contract)
        case MeetingFact():
            check_meeting_fact(fact, contract)
        case NoticeFact():
            check_notice_fact(fact, contract)
        case MoneyFact():
            check_money_fact(fact, contract)
        case PlanFact():
            check_plan_fact(fact, contract)
        case KeyRegistered():
            _check_holder(fact, contract)
        case KeepingFact():
            pass
        case _:
            assert_never(fact)


def _check_kpi_fact(fact: _KpiFact, contract: Contract) -> None:
    match fact:
        case KpiDiscontinued():
            check_period(kpi_in_use(fact.kpi, contract), fact.last_period, "last_period")
        case TargetRebased():
            _check_rebase(fact, kpi_in_use(fact.kpi, contract))
        case MeasureRedefined():
            check_period(kpi_in_use(fact.kpi, contract), fact.first_period, "first_period")
        case MitigationRequested() | MitigationGranted() | MitigationRefused():
            _check_range(fact, contract)
        case MitigationEnded():
            check_alignment(kpi_in_use(fact.kpi, contract), fact.last_period, "last_period")
        case _:
            assert_never(fact)


def _check_contract_fact(fact: ContractFact, contract: Contract) -> None:
    match fact:
        case WeightsSet():
            _check_weights(fact, contract)
        case HistoryNotHeld():
            check_forwards(fact.first_period, fact.last_period)
        case MilestoneReached():
            if fact.reached_on > fact.dated:
                sentence = f"found {fact.reached_on}, after the date the fact bears; give a day up to {fact.dated}"
                raise Refused(sentence, "reached_on")
        case CreditsSuspended() | CreditsResumed() | ChargesSet() | FactVoided():
            pass
        case _:
            assert_never(fact)


def _check_holder(fact: KeyRegistered, contract: Contract) -> None:
    roles = contract.roles
    if fact.holder not in roles:
        raise Refused(f'"{fact.holder}" is no party to this contract; give one of {", ".join(roles)}', "holder")
    if fact.holder != fact.party and roles[fact.party] != "authority":
        raise Refused(f"{fact.party} may register its own keys only; the authority may register any", "by")


def _decide_registration(fact: ContractRegistered, contract: Contract) -> list[AnyFact]:
    if contract.terms is not None:
        if contract.terms.model_copy(update={"id": fact.id}) == fact:
            return []
        raise Refused(f"{fact.contract} is already registered; change it by rebase, introduce, discontinue or reweigh")
    if fact.held_from < fact.commenced:
        raise Refused(
            f"found {fact.held_from}; give a period from {fact.commenced} on, when the contract commenced",
            "held_from",
        )
    for sentence in errors_of_rolling_cap(fact.scheme, fact.frequency.months):
        raise Refused(sentence, "scheme")
    roles = {party.role for party in fact.parties}
    for role in ("authority", "provider"):
        if role not in roles:
            raise Refused(f'no party has the role "{role}"; give one', "parties")
    codes = [party.code for party in fact.parties]
    if len(set(codes)) < len(codes):
        raise Refused("a party's code is given twice; give each its own", "parties")
    if next((party.role for party in fact.parties if party.code == fact.party), None) != "authority":
        raise Refused(f'found "{fact.by}"; give a party with the role authority', "by")
    if fact.procurement is not None:
        check_organisations(fact.procurement, fact)
    return [fact]


def _check_role(fact: AnyFact, contract: Contract) -> None:
    roles = contract.roles
    found = roles.get(fact.party)
    if found is None:
        raise Refused(f'"{fact.party}" is no party to this contract; give one of {", ".join(roles)}', "by")
    if (approved_by := fact.approved_by) is not None and (approver := approved_by.partition("/")[0]) not in roles:
        sentence = f'"{approver}" is no party to this contract; give a person of one of {", ".join(roles)}'
        raise Refused(sentence, "approved_by")
    role = _ROLES[type(fact)]
    if role in (None, found):
        return
    if isinstance(fact, EscalationDecided) and fact.outcome == "withdrawn":
        raised = contract.cell(fact.kpi, fact.period).escalations.get(fact.ref)
        if raised is not None and raised.party == fact.party:
            return
    able = ", ".join(code for code, each in roles.items() if each == role)
    raise Refused(f"{fact.party} is the {found}; {fact.kind} is for the {role} to record ({able})", "by")


def _role_for(kind: type[Fact]) -> Role | None:
    """Return the role whose parties record a kind of fact; None if either does."""
    if issubclass(kind, (FactVoided, *_EITHER)):
        return None
    return "provider" if issubclass(kind, _PROVIDER) else "authority"


_ROLES = {kind: _role_for(kind) for kind in KINDS.values()}


def _check_introduced(fact: KpiIntroduced, contract: Contract) -> None:
    known = contract.kpis.get(fact.ref)
    if known is not None and not known.reserved:
        raise Refused(f"{fact.ref} is already introduced; rebase, reweigh or discontinue it instead", "ref")
    for sentence, where in errors_of_levels(fact):
        raise Refused(sentence, where)
    if fact.weights and not fact.severities and (unpriced := without_shares(contract, fact.ref)):
        raise Refused(unpriced, "weights")
    for doubt in unread_bands(fact):
        raise Refused(said(doubt), fact.steps_field)


def _check_rebase(fact: TargetRebased, kpi: Kpi) -> None:
    check_period(kpi, fact.first_period, "first_period")
    if fact.last_period is not None:
        check_last_period(kpi, fact.first_period, fact.last_period)
    for sentence, field in errors_of_rebase(fact, kpi):
        raise Refused(sentence, field)


def without_shares(contract: Contract, ref: str) -> str | None:
    """Say that a KPI's weight makes no points, where the scheme gives no shares."""
    scheme = contract.terms.scheme if contract.terms else None
    if scheme is None or scheme.shares is not None:
        return None
    return f"the scheme has no shares, so a weight of {ref} makes no points; give {ref} severities"


def _check_weights(fact: WeightsSet, contract: Contract) -> None:
    wrong = []
    for ref in fact.weights:
        try:
            kpi = kpi_in_use(ref, contract)
        except Refused as refused:
            wrong.append(refused.sentence)
            continue
        if not kpi.terms.severities and (sentence := without_shares(contract, ref)):
            wrong.append(sentence)
    if wrong:
        raise Refused("; ".join(wrong), "weights")


def _check_range(fact: MitigationFact, contract: Contract) -> None:
    kpi = kpi_in_use(fact.kpi, contract)
    check_period(kpi, fact.first_period, "first_period")
    check_held(contract, fact.first_period, "first_period")
    if fact.last_period is not None:
        check_last_period(kpi, fact.first_period, fact.last_period)
        check_held(contract, fact.last_period, "last_period")


def _check_cell_fact(fact: CellFact, contract: Contract) -> None:
    ref, period = fact.kpi, fact.period
    kpi = kpi_in_use(ref, contract)
    check_period(kpi, period, "period")
    check_held(contract, period, "period")
    cell = contract.cell(ref, period)
    match fact:
        case PerformanceSubmitted():
            if fact.components is not None:
                check_components(fact.components, kpi.terms)
            ended = last_day(period, kpi.frequency)
            if fact.dated <= ended:
                sentence = f"found {fact.dated}, before the period has ended; date the return later than {ended}"
                raise Refused(sentence, "dated")
            if cell.decision in _SETTLED:
                raise Refused(
                    f"{_named(fact, kpi)} has a result that is {cell.decision}; escalate it, or void the scrutiny",
                    "period",
                )
        case PerformanceScrutinised():
            if not cell.returned:
                raise Refused(
                    f"there is no return of {_named(fact, kpi)} to scrutinise on {fact.dated}; record the return first",
                    "period",
                    groundless=True,
                )
            if cell.decision in _SETTLED:
                sentence = f"{_named(fact, kpi)} is already {cell.decision}; escalate it, or void that scrutiny"
                raise Refused(sentence, "period")
        case EscalationRaised():
            if fact.against == "score" and cell.decision is None:
                result = f"{_named(fact, kpi)} has no result on {fact.dated}"
                sentence = f"{result} to dispute; record its return and scrutiny first"
                raise Refused(sentence, "period", groundless=True)
            if fact.ref in cell.escalations:
                sentence = f"escalation {fact.ref} of {_named(fact, kpi)} is already raised; give another ref"
                raise Refused(sentence, "ref")
        case EscalationDecided():
            _check_outcome(fact, cell, _named(fact, kpi))
        case _:
            assert_never(fact)


def _named(fact: CellFact, kpi: Kpi) -> str:
    return f"{fact.kpi} for {in_words(fact.period, kpi.frequency)}"


def _check_outcome(fact: EscalationDecided, cell: CellState, named: str) -> None:
    raised = cell.escalations.get(fact.ref)
    if raised is None:
        raise Refused(
            f"no escalation {fact.ref} of {named} was raised by {fact.dated}; record that it was raised first",
            "ref",
            groundless=True,
        )
    if fact.ref in cell.decided:
        raise Refused(f"escalation {fact.ref} of {named} is already decided; void that decision to change it", "ref")
    if fact.outcome in UPHELD and raised.against == "score" and fact.value is None and fact.status is None:
        raise Refused(f"an escalation of a score that is {fact.outcome} sets a value or a status; give one", "value")
