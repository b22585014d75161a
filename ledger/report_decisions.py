"""Which facts that reports print are impossible. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

from ledger.contract import Contract
from ledger.fact import Fact
from ledger.faults import Refused
from ledger.grounds import check_forwards, check_last_period, check_period, kpi_in_use
from ledger.report_facts import (
    ActionAssigned,
    ActionCompleted,
    CommentaryWritten,
    CountsReported,
    FailureExplained,
    FindingRecorded,
    IncidentRecorded,
    ReportFact,
    ReportPublished,
)


def check_report_fact(fact: ReportFact, contract: Contract) -> None:
    """Refuse what is impossible where it stands."""
    match fact:
        case ReportPublished():
            check_forwards(fact.first_period, fact.last_period)
            if fact.report in contract.reports:
                sentence = f"a report {fact.report} is already published; give this one a name of its own"
                raise Refused(sentence, "report")
            _check_report(fact, fact.addendum_to, "addendum_to", contract)
            _check_report(fact, fact.reissues, "reissues", contract)
        case CommentaryWritten():
            check_forwards(fact.first_period, fact.last_period)
            _check_service(fact.service, contract)
        case CountsReported():
            _check_service(fact.service, contract)
        case FailureExplained():
            kpi = kpi_in_use(fact.kpi, contract)
            check_period(kpi, fact.first_period, "first_period")
            check_last_period(kpi, fact.first_period, fact.last_period)
        case FindingRecorded(kpi=str(ref)):
            kpi_in_use(ref, contract)
        case IncidentRecorded(ended_on=ended) if ended is not None and ended < fact.began_on:
            raise Refused(f"found {ended}; give a day from {fact.began_on} on, when it began", "ended_on")
        case ActionAssigned() if fact.action in contract.actions:
            raise Refused(f"an action {fact.action} is already assigned; give this one a name of its own", "action")
        case ActionCompleted() if fact.action not in contract.actions:
            sentence = f"no action {fact.action} was assigned by {fact.dated}; record what was asked for first"
            raise Refused(sentence, "action")
        case _:
            pass


def no_such_fact(name: str, facts: Iterable[Fact]) -> Refused:
    """Return the refusal of a void that names no fact's id; it may name a report."""
    published = (fact.id for fact in facts if isinstance(fact, ReportPublished) and fact.report == name)
    found = next(published, None)
    hint = f"the report of that name is the fact {found}" if found else "give the id of one"
    return Refused(f'no fact of this contract has the id "{name}"; {hint}', "voids")


def _check_report(fact: ReportPublished, named: str | None, field: str, contract: Contract) -> None:
    """Refuse a report that names itself, or one that was not published by its date."""
    if named is None or named in contract.reports:
        return
    there = ", ".join(sorted(contract.reports)) or "none yet"
    if named == fact.report:
        raise Refused(f"found {named}, the report itself; give one published before it ({there})", field)
    raise Refused(f"no report {named} was published by {fact.dated}; give one of those that were ({there})", field)


def _check_service(service: str | None, contract: Contract) -> None:
    """Refuse a service that neither the contract's file nor a KPI names."""
    assert contract.terms is not None
    known = [each.code for each in contract.terms.services]
    known += [kpi.terms.service for kpi in contract.kpis.values() if kpi.terms.service not in known]
    if service is None or service in known:
        return
    near = get_close_matches(service, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"give one of {', '.join(known) or 'those its file names'}"
    raise Refused(f'"{service}" is no service of this contract; {hint}', "service")
