"""Which facts about notices are impossible, and which are odd. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from ledger.contract import Contract
from ledger.facts import ContractRegistered
from ledger.faults import Refused
from ledger.grounds import check_period, kpi_in_use
from ledger.notice_facts import (
    BreachRecorded,
    ContractTerminated,
    ImprovementJudged,
    ImprovementOpportunityGiven,
    NoticeFact,
    NoticeKpisChosen,
    NoticePublished,
    ProcurementTermsSet,
    RatingMapSet,
)
from ledger.notice_year import named_year
from ledger.procurement import ACT_IN_FORCE, FEWEST_KPIS, THE_ACT, Procurement
from ledger.rating_doubts import doubts_of_map

Kind = TypeVar("Kind", bound=NoticeFact)


def check_notice_fact(fact: NoticeFact, contract: Contract) -> None:
    """Refuse what is impossible where it stands."""
    for kpi in _kpis(fact):
        kpi_in_use(kpi, contract)
    match fact:
        case ProcurementTermsSet():
            check_organisations(fact.procurement, contract.terms)
        case RatingMapSet():
            check_period(kpi_in_use(fact.kpi, contract), fact.first_period, "first_period")
        case BreachRecorded():
            _check_new(fact.breach, [each.breach for each in _of(contract, BreachRecorded)], "breach")
            _check_by(fact.on, fact.dated, "on")
        case ImprovementOpportunityGiven():
            given = [each.opportunity for each in _of(contract, ImprovementOpportunityGiven)]
            _check_new(fact.opportunity, given, "opportunity")
            if fact.until < fact.dated:
                raise Refused(f"found {fact.until}; give a day from {fact.dated} on, when it is given", "until")
        case ImprovementJudged():
            _check_known(
                fact.opportunity,
                (each.opportunity for each in _of(contract, ImprovementOpportunityGiven)),
                "opportunity",
                fact.dated,
            )
            if any(each.opportunity == fact.opportunity for each in _of(contract, ImprovementJudged)):
                sentence = f"{fact.opportunity} is already judged; void that judgement to change it"
                raise Refused(sentence, "opportunity")
            _check_by(fact.on, fact.dated, "on")
        case ContractTerminated():
            ended = next(iter(_of(contract, ContractTerminated)), None)
            if ended is not None:
                raise Refused(f"the contract was already terminated on {ended.on}; void that fact to change it", "on")
            _check_by(fact.on, fact.dated, "on")
        case NoticePublished():
            _check_publication(fact, contract)
        case _:
            pass


def check_organisations(procurement: Procurement, terms: ContractRegistered | None) -> None:
    """Refuse an organisation that is no party to the contract."""
    codes = [party.code for party in terms.parties] if terms else []
    for each in procurement.organisations:
        if each.party not in codes:
            sentence = f'"{each.party}" is no party to this contract; give one of {", ".join(codes)}'
            raise Refused(sentence, "organisations")


def doubts_of_notices(fact: NoticeFact | ContractRegistered, contract: Contract) -> list[str]:
    """Return what is odd about a fact that is taken all the same."""
    match fact:
        case ContractRegistered():
            return _doubts_of_terms(fact.procurement, fact)
        case ProcurementTermsSet():
            return _doubts_of_terms(fact.procurement, contract.terms)
        case NoticeKpisChosen() if len(fact.kpis) < FEWEST_KPIS:
            return [f"{len(fact.kpis)} of the at least {FEWEST_KPIS} KPIs are chosen that the Act asks for"]
        case RatingMapSet():
            return doubts_of_map(fact, contract.kpis[fact.kpi].terms)
        case ImprovementJudged():
            given = next(
                each for each in _of(contract, ImprovementOpportunityGiven) if each.opportunity == fact.opportunity
            )
            return [f"it is judged before the opportunity ended, on {given.until}"] if fact.on < given.until else []
        case NoticePublished():
            same = [
                each
                for each in _of(contract, NoticePublished)
                if (each.notice, each.year, each.about) == (fact.notice, fact.year, fact.about)
            ]
            return [f"a notice of this was already published, {same[0].reference}; the earliest stands"] if same else []
        case _:
            return []


def procurement_of(contract: Contract) -> Procurement | None:
    """Return the terms that stand: the latest set, else those of the contract's file."""
    latest = [each.procurement for each in _of(contract, ProcurementTermsSet)]
    return latest[-1] if latest else contract.terms.procurement if contract.terms else None


def first_day(procurement: Procurement, terms: ContractRegistered) -> date:
    """Return the day that begins the first notice year."""
    commenced = date(int(terms.commenced[:4]), int(terms.commenced[5:]), 1)
    return procurement.assessed_from or commenced


def _kpis(fact: NoticeFact) -> list[str]:
    match fact:
        case NoticeKpisChosen() | BreachRecorded() | ImprovementOpportunityGiven():
            return list(fact.kpis)
        case RatingMapSet():
            return [fact.kpi]
        case _:
            return []


def _of(contract: Contract, kind: type[Kind]) -> list[Kind]:
    return [each for each in contract.notices if isinstance(each, kind)]


def _check_new(name: str, taken: list[str], field: str) -> None:
    if name in taken:
        raise Refused(f"{name} is already recorded; give this one a name of its own", field)


def _check_known(name: str, known: Iterable[str], field: str, dated: date) -> None:
    there = list(known)
    if name not in there:
        sentence = f"{name} was not recorded by {dated}; give one of those that were ({', '.join(there) or 'none yet'})"
        raise Refused(sentence, field, groundless=True)


def _check_by(day: date, dated: date, field: str) -> None:
    if day > dated:
        raise Refused(f"found {day}, after the date the fact bears; give a day up to {dated}", field)


def _check_publication(fact: NoticePublished, contract: Contract) -> None:
    _check_by(fact.published_on, fact.dated, "published_on")
    if fact.notice == "breach":
        known = (each.breach for each in _of(contract, BreachRecorded))
        _check_known(fact.about or "", known, "about", fact.dated)
    if fact.notice == "no_improvement":
        judged = (each.opportunity for each in _of(contract, ImprovementJudged) if each.outcome == "not_improved")
        _check_known(fact.about or "", judged, "about", fact.dated)
    if fact.notice == "termination" and not _of(contract, ContractTerminated):
        raise Refused(f"no termination was recorded by {fact.dated}; record it first", "notice", groundless=True)
    if fact.year is not None:
        procurement = procurement_of(contract)
        if procurement is None or contract.terms is None:
            raise Refused("the contract has no procurement terms, so no notice years; record them first", "year")
        try:
            named_year(first_day(procurement, contract.terms), fact.year)
        except ValueError as wrong:
            raise Refused(str(wrong), "year") from None


def _doubts_of_terms(procurement: Procurement | None, terms: ContractRegistered | None) -> list[str]:
    if procurement is None or terms is None or procurement.governed_by != THE_ACT:
        return []
    if f"{ACT_IN_FORCE:%Y-%m}" > terms.commenced:
        return [f"the contract commenced in {terms.commenced}, before the Act came into force on {ACT_IN_FORCE}"]
    return []
