"""What each fact of managing a contract did, in words: the middle of its sentence."""

from collections.abc import Callable, Mapping
from typing import assert_never

from ledger.meeting_facts import (
    AnyMeetingFact,
    ChangeCarriedOut,
    ChangeDecided,
    ChangeFact,
    ChangeProposed,
    CheckFact,
    ContactEnded,
    ContactFact,
    ContactNamed,
    CrossCheckMade,
    InformationRequested,
    InformationSupplied,
    MeetingHeld,
    MinutesAnswered,
    MinutesSent,
    SelfAssessmentReviewed,
    SpotCheckMade,
)
from ledger.period import Frequency, Month, day_in_words, in_words

PURPOSES = {
    "annual": "annual meeting",
    "forum": "provider forum",
    "review": "performance review",
    "self_assessment": "self-assessment review",
    "spot_check": "spot check",
    "intervention": "intensive intervention",
    "other": "meeting",
}
Cell = Callable[[str, Month], str]


def monitored(fact: AnyMeetingFact, parties: Mapping[str, str], cell: Cell) -> str:
    """Return what a fact did.

    Args:
        fact: the fact.
        parties: the names of the parties, by code.
        cell: names a KPI's cell in words.
    """
    match fact:
        case MeetingHeld():
            met = f"recorded the meeting {fact.meeting} ({PURPOSES[fact.purpose]}) of {day_in_words(fact.held_on)}"
            there = ", ".join(
                parties.get(each.party, each.party) + (" (contract manager)" if each.contract_manager else "")
                for each in fact.attended
            )
            return f"{met}, attended by {there}" if there else met
        case MinutesSent():
            sent = f", sent on {day_in_words(fact.sent_on)}" if fact.sent_on else ""
            received = day_in_words(fact.received_on)
            return f"recorded that the minutes of {fact.meeting}{sent}, were received on {received}"
        case MinutesAnswered():
            if fact.answer == "approved":
                return f"approved the minutes of {fact.meeting}"
            return f"withheld approval of the minutes of {fact.meeting}"
        case ChangeProposed() | ChangeDecided() | ChangeCarriedOut():
            return _changed(fact)
        case ContactNamed() | ContactEnded():
            return _contact(fact, parties)
        case _:
            return _checked(fact, cell)


def _checked(fact: CheckFact, cell: Cell) -> str:
    match fact:
        case SpotCheckMade():
            of = f" of {cell(fact.kpi, fact.period)}" if fact.kpi and fact.period else f" of {fact.kpi}"
            found = {True: "satisfactory: ", False: "not satisfactory: ", None: ""}[fact.satisfactory]
            made = f"made the spot check {fact.check}{of if fact.kpi else ''} on {day_in_words(fact.made_on)}"
            return f"{made} ({found}{fact.findings.rstrip('. ')})"
        case CrossCheckMade():
            of = cell(fact.kpi, fact.period)
            return f"found {fact.value:f} for {of}, in {fact.system}, to hold against the return"
        case SelfAssessmentReviewed():
            reviewed = f"reviewed the self-assessment {fact.assessment} on {day_in_words(fact.reviewed_on)}"
            return f"{reviewed}{_of_months(fact)} ({fact.outcome.rstrip('. ')})"
        case InformationRequested():
            due = day_in_words(fact.due_on)
            return f"asked for the information {fact.request}, due on {due} ({fact.what.rstrip('. ')})"
        case InformationSupplied():
            return f"recorded that the information {fact.request} was supplied on {day_in_words(fact.supplied_on)}"
        case _:
            assert_never(fact)


def _of_months(fact: SelfAssessmentReviewed) -> str:
    if fact.first_period is None or fact.last_period is None:
        return ""
    named = dict.fromkeys(in_words(each, Frequency.MONTHLY) for each in (fact.first_period, fact.last_period))
    return f" of {' to '.join(named)}"


def _changed(fact: ChangeFact) -> str:
    match fact:
        case ChangeProposed():
            of = f" of {fact.kpi}" if fact.kpi else ""
            return f"proposed the change {fact.change}{of} ({fact.what.rstrip('. ')})"
        case ChangeDecided():
            did = {"agreed": "agreed to", "rejected": "rejected", "withdrawn": "withdrew"}[fact.decision]
            return f"{did} the change {fact.change}"
        case ChangeCarriedOut():
            by = f" by {', '.join(fact.carried_out_by)}" if fact.carried_out_by else ""
            how = f" ({fact.remark.rstrip('. ')})" if fact.remark else ""
            return f"recorded that the change {fact.change} was carried out{by}{how}"
        case _:
            assert_never(fact)


def _contact(fact: ContactFact, parties: Mapping[str, str]) -> str:
    of = f"contact of {parties.get(fact.side, fact.side)} at level {fact.level}"
    match fact:
        case ContactNamed():
            post = f" ({fact.post})" if fact.post else ""
            return f"named {fact.person}{post} as the {of} from {day_in_words(fact.from_on)}"
        case ContactEnded():
            return f"recorded that the {of} has a last day, {day_in_words(fact.last_on)}"
        case _:
            assert_never(fact)
