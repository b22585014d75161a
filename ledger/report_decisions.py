"""Which facts that reports print are impossible. Pure."""

from ledger.contract import Contract
from ledger.faults import Refused
from ledger.grounds import check_forwards, check_last_period, check_period, kpi_in_use
from ledger.report_facts import (
    ActionAssigned,
    ActionCompleted,
    CommentaryWritten,
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
        case CommentaryWritten():
            check_forwards(fact.first_period, fact.last_period)
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
