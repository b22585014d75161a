"""What may follow: `decide` judges a fact where it stands. Only the impossible is refused.

Every function here is pure: a fact and the contract before it in, the facts that follow out, or `Refused`.
"""

from difflib import get_close_matches
from typing import assert_never

from ledger.contract import UPHELD, CellState, Contract, Kpi
from ledger.facts import (
    AnyFact,
    CellFact,
    ChargesSet,
    ContractRegistered,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    MitigationEnded,
    MitigationFact,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
    PerformanceScrutinised,
    PerformanceSubmitted,
    ReportPublished,
    TargetRebased,
    WeightsSet,
)
from ledger.faults import Refused
from ledger.levels import doubts_of_bands, doubts_of_targets
from ledger.period import Month, in_words, is_period, last_day

_PROVIDER = (PerformanceSubmitted, MitigationRequested, EscalationRaised)
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
    match fact:
        case KpiIntroduced():
            _check_introduced(fact, contract)
        case KpiDiscontinued():
            _check_month(_kpi(fact.kpi, contract), fact.last_period, "last_period")
        case TargetRebased():
            _check_rebase(fact, _kpi(fact.kpi, contract))
        case WeightsSet():
            _check_weights(fact, contract)
        case PerformanceSubmitted() | PerformanceScrutinised() | EscalationRaised() | EscalationDecided():
            _check_cell_fact(fact, contract)
        case MitigationRequested() | MitigationGranted() | MitigationRefused():
            _check_range(fact, contract)
        case MitigationEnded():
            _check_alignment(_kpi(fact.kpi, contract), fact.last_period, "last_period")
        case HistoryNotHeld() | ReportPublished():
            _check_contract_range(fact, contract)
        case CreditsSuspended() | CreditsResumed() | ChargesSet() | FactVoided():
            pass
        case _:
            assert_never(fact)
    return [fact]


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
    roles = {party.role for party in fact.parties}
    for role in ("authority", "provider"):
        if role not in roles:
            raise Refused(f'no party has the role "{role}"; give one', "parties")
    codes = [party.code for party in fact.parties]
    if len(set(codes)) < len(codes):
        raise Refused("a party's code is given twice; give each its own", "parties")
    if next((party.role for party in fact.parties if party.code == fact.party), None) != "authority":
        raise Refused(f'found "{fact.by}"; give a party with the role authority', "by")
    return [fact]


def _kpi(ref: str, contract: Contract) -> Kpi:
    kpi = contract.kpis.get(ref)
    if kpi is None and ref in contract.references:
        raise Refused(f"{ref} is introduced only on a later date; date this after it", "kpi")
    if kpi is None:
        near = get_close_matches(ref, contract.references, n=1)
        hint = f"did you mean {near[0]}?" if near else "give the reference of one, or introduce it first"
        raise Refused(f'"{ref}" is not a KPI of this contract; {hint}', "kpi")
    if kpi.reserved:
        raise Refused(f"{ref} is a reserved reference, not in use; give a KPI that is", "kpi")
    return kpi


def _check_role(fact: AnyFact, contract: Contract) -> None:
    assert contract.terms is not None
    parties = {party.code: party for party in contract.terms.parties}
    party = parties.get(fact.party)
    if party is None:
        raise Refused(f'"{fact.party}" is no party to this contract; give one of {", ".join(parties)}', "by")
    if isinstance(fact, FactVoided):
        return
    role = "provider" if isinstance(fact, _PROVIDER) else "authority"
    if party.role == role:
        return
    if isinstance(fact, EscalationDecided) and fact.outcome == "withdrawn":
        raised = contract.cell(fact.kpi, fact.period).escalations.get(fact.ref)
        if raised is not None and raised.party == fact.party:
            return
    able = ", ".join(code for code, each in parties.items() if each.role == role)
    raise Refused(f"{fact.party} is the {party.role}; {fact.kind} is for the {role} to record ({able})", "by")


def _check_introduced(fact: KpiIntroduced, contract: Contract) -> None:
    known = contract.kpis.get(fact.ref)
    if known is not None and not known.reserved:
        raise Refused(f"{fact.ref} is already introduced; rebase, reweigh or discontinue it instead", "ref")
    for sentence, where in errors_of_levels(fact):
        raise Refused(sentence, where)


def errors_of_levels(fact: KpiIntroduced) -> list[tuple[str, str]]:
    """Return what is contradictory in a KPI's own targets, bands and periods: (sentence, field)."""
    if fact.reserved or fact.first_period is None:
        return []
    wrong = []
    for step in fact.targets:
        assert fact.better is not None
        wrong += [(doubt, "targets") for doubt in doubts_of_targets(step.tsl, step.msl, fact.better)]
    if not fact.assumptions:
        hint = "; or state in the KPI's assumptions how it is read"
        for band in fact.bands:
            wrong += [(doubt + hint, "bands") for doubt in doubts_of_bands(band.bands, fact.better, fact.unit or "")]
    steps = fact.steps
    lasting = [step.first_period for step in steps if step.last_period is None]
    if steps and min(lasting, default="9999-12") > fact.first_period:
        name = "targets" if fact.targets else "bands"
        wrong.append(
            (
                f"none is in force in the first period, {fact.first_period}; give one from then, without an end",
                name,
            )
        )
    wrong += [
        (f"{step.first_period} to {step.last_period} runs backwards; write the first period first", "targets")
        for step in steps
        if step.last_period is not None and step.last_period < step.first_period
    ]
    for name, lasting in (
        ("targets" if fact.targets else "bands", [step.first_period for step in steps if step.last_period is None]),
        ("weights", [step.first_period for step in fact.weights]),
    ):
        twice = sorted({each for each in lasting if lasting.count(each) > 1})
        wrong += [(f"two begin with {each}; give one for each period", name) for each in twice]
    if fact.glide_until is not None and fact.glide_until < fact.first_period:
        wrong.append((f"found {fact.glide_until}; give a period from {fact.first_period} on", "glide_until"))
    return wrong


def _check_alignment(kpi: Kpi, month: Month, name: str) -> None:
    if not is_period(month, kpi.first_period, kpi.frequency):
        raise Refused(
            f"{month} does not begin a period of {kpi.ref}, which is {kpi.frequency} from {kpi.first_period}; "
            "give the first month of one",
            name,
        )


def _check_month(kpi: Kpi, month: Month, name: str) -> None:
    _check_alignment(kpi, month, name)
    if month < kpi.first_period:
        raise Refused(
            f"{month} is before the first period of {kpi.ref}, {kpi.first_period}; give one from then on",
            name,
        )


def _check_held(contract: Contract, month: Month, name: str) -> None:
    if not contract.holds(month):
        assert contract.terms is not None
        held = (
            f"the ledger begins with {contract.terms.held_from}"
            if month < contract.terms.held_from
            else "a declared gap"
        )
        raise Refused(f"{month} is not held by this ledger ({held}); give a period that is", name)


def _check_rebase(fact: TargetRebased, kpi: Kpi) -> None:
    _check_month(kpi, fact.first_period, "first_period")
    if fact.last_period is not None:
        _check_order(kpi, fact.first_period, fact.last_period)
    if fact.bands is not None:
        wrong = (
            doubts_of_bands(
                {str(status): band for status, band in fact.bands.items()}, kpi.terms.better, kpi.terms.unit or ""
            )
            if not kpi.terms.assumptions
            else []
        )
    elif kpi.terms.better is None:
        wrong = [f"{kpi.ref} has no direction, so tsl and msl say nothing; give bands"]
    else:
        wrong = doubts_of_targets(fact.tsl or "", fact.msl or "", kpi.terms.better)
    if wrong:
        raise Refused(wrong[0], "bands" if fact.bands is not None else "tsl")


def _check_order(kpi: Kpi, first: Month, last: Month) -> None:
    _check_alignment(kpi, last, "last_period")
    if last < first:
        raise Refused(f"found {last}; give a period from {first} on, the first period", "last_period")


def _check_weights(fact: WeightsSet, contract: Contract) -> None:
    wrong = []
    for ref in fact.weights:
        try:
            _kpi(ref, contract)
        except Refused as refused:
            wrong.append(refused.sentence)
    if wrong:
        raise Refused("; ".join(wrong), "weights")


def _check_range(fact: MitigationFact, contract: Contract) -> None:
    kpi = _kpi(fact.kpi, contract)
    _check_month(kpi, fact.first_period, "first_period")
    _check_held(contract, fact.first_period, "first_period")
    if fact.last_period is not None:
        _check_order(kpi, fact.first_period, fact.last_period)
        _check_held(contract, fact.last_period, "last_period")


def _check_contract_range(fact: HistoryNotHeld | ReportPublished, contract: Contract) -> None:
    if fact.last_period < fact.first_period:
        raise Refused(
            f"found {fact.last_period}; give a period from {fact.first_period} on, the first period",
            "last_period",
        )
    if isinstance(fact, ReportPublished) and fact.report in contract.reports:
        raise Refused(f"a report {fact.report} is already published; give this one a name of its own", "report")


def _check_cell_fact(fact: CellFact, contract: Contract) -> None:
    kpi = _kpi(fact.kpi, contract)
    _check_month(kpi, fact.period, "period")
    _check_held(contract, fact.period, "period")
    cell = contract.cell(fact.kpi, fact.period)
    named = f"{fact.kpi} for {in_words(fact.period, kpi.frequency)}"
    match fact:
        case PerformanceSubmitted():
            ended = last_day(fact.period, kpi.frequency)
            if fact.dated <= ended:
                sentence = f"found {fact.dated}, before the period has ended; date the return later than {ended}"
                raise Refused(sentence, "dated")
            if cell.decision in _SETTLED:
                raise Refused(
                    f"{named} has a result that is {cell.decision}; escalate it, or void the scrutiny",
                    "period",
                )
        case PerformanceScrutinised():
            if not cell.returned:
                raise Refused(
                    f"there is no return of {named} to scrutinise on {fact.dated}; record the return first",
                    "period",
                    groundless=True,
                )
            if cell.decision in _SETTLED:
                raise Refused(f"{named} is already {cell.decision}; escalate it, or void that scrutiny", "period")
        case EscalationRaised():
            if fact.against == "score" and cell.decision is None:
                sentence = f"{named} has no result on {fact.dated} to dispute; record its return and scrutiny first"
                raise Refused(sentence, "period", groundless=True)
            if fact.ref in cell.escalations:
                raise Refused(f"escalation {fact.ref} of {named} is already raised; give another ref", "ref")
        case EscalationDecided():
            _check_outcome(fact, cell, named)
        case _:
            assert_never(fact)


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
