"""What is odd about a fact of managing a contract that is taken all the same, in sentences. Pure."""

from datetime import date

from ledger.contract import Contract
from ledger.meeting_decisions import contacts_at, of_kind
from ledger.meeting_facts import (
    ChangeCarriedOut,
    ContactNamed,
    CrossCheckMade,
    InformationRequested,
    InformationSupplied,
    MeetingFact,
    MeetingHeld,
    MinutesAnswered,
    MinutesSent,
)
from ledger.minutes import Minutes, answer_due_on, days_to_answer, versions_of
from ledger.parts import Party
from ledger.period import in_words, last_day


def doubts_of_meetings(fact: MeetingFact, contract: Contract) -> list[str]:
    """Return what is odd about a fact of managing the contract."""
    match fact:
        case MeetingHeld():
            return _doubts_of_attendance(fact, contract)
        case MinutesSent():
            return _doubts_of_minutes(fact, contract)
        case MinutesAnswered():
            return _doubts_of_answer(fact, contract)
        case CrossCheckMade():
            kpi = contract.kpis[fact.kpi]
            named = f"{fact.kpi} for {in_words(fact.period, kpi.frequency)}"
            over = last_day(fact.period, kpi.frequency)
            return [f"{named} is not over by {fact.dated}, so the figure is not final"] if fact.dated <= over else []
        case InformationSupplied():
            return _doubts_of_information(fact, contract)
        case ChangeCarriedOut():
            found = [f"no fact {each} is recorded" for each in fact.carried_out_by if each not in contract.ids]
            again = any(each.change == fact.change for each in of_kind(ChangeCarriedOut, contract))
            return [*found, *([f"the change {fact.change} was already carried out"] if again else [])]
        case ContactNamed():
            return _doubts_of_contact(fact, contract)
        case _:
            return []


def managers_absent(fact: MeetingHeld, parties: tuple[Party, ...]) -> list[Party]:
    """Return the parties whose contract manager was missed: the authority's, and a provider's where none came.

    Every provider has its own contract manager, but a meeting may be with one of several.
    """
    there = {each.party for each in fact.attended if each.contract_manager}
    absent = []
    for role in ("authority", "provider"):
        of_role = [party for party in parties if party.role == role]
        met = {each.party for each in fact.attended}
        missed = [party for party in of_role if party.code in met] or of_role
        absent += [] if any(party.code in there for party in of_role) else missed
    return absent


def _doubts_of_attendance(fact: MeetingHeld, contract: Contract) -> list[str]:
    assert contract.terms is not None
    if not fact.attended:
        return [f"it is not said who attended {fact.meeting}; both contract managers do as a minimum"]
    return [
        f"the contract manager of {party.code} did not attend {fact.meeting}; both contract managers do as a minimum"
        for party in managers_absent(fact, contract.terms.parties)
    ]


def _latest(meeting: str, contract: Contract) -> Minutes | None:
    found = versions_of(contract.meetings, meeting, days_to_answer(contract.terms))
    return found[-1] if found else None


def _doubts_of_minutes(fact: MinutesSent, contract: Contract) -> list[str]:
    return [*_doubts_of_an_earlier_version(fact, contract), *_doubts_of_time_that_ran_out(fact, contract)]


def _doubts_of_time_that_ran_out(fact: MinutesSent, contract: Contract) -> list[str]:
    days = days_to_answer(contract.terms)
    due = None if days is None else answer_due_on(fact.received_on, days)
    if due is None or fact.dated <= due:
        return []
    sentence = f"the minutes of {fact.meeting}, received on {fact.received_on}, were to be answered by {due}"
    return [f"{sentence}, and this bears {fact.dated}; they are deemed agreed at once, before they can be answered"]


def _doubts_of_an_earlier_version(fact: MinutesSent, contract: Contract) -> list[str]:
    latest = _latest(fact.meeting, contract)
    if latest is None:
        return []
    if fact.received_on < latest.sent.received_on:
        earlier = latest.sent.received_on
        return [f"these minutes take the place of ones that were received later, on {earlier}"]
    state = latest.state(fact.received_on)
    now = "not yet answered" if state == "awaiting answer" else f"already {state}"
    return [f"these take the place of minutes of {fact.meeting} that were {now}; a new time to answer begins"]


def _doubts_of_answer(fact: MinutesAnswered, contract: Contract) -> list[str]:
    latest = _latest(fact.meeting, contract)
    assert latest is not None
    due = latest.due_on
    if due is not None and fact.dated > due:
        stands = latest.state(fact.dated)
        return [
            f"the minutes of {fact.meeting} were to be answered by {due}; they stay {stands}, and this shows as late"
        ]
    if latest.standing is not None:
        return [f"the minutes of {fact.meeting} were already {latest.standing.answer}; this later answer stands"]
    return []


def _doubts_of_information(fact: InformationSupplied, contract: Contract) -> list[str]:
    request = next(each for each in of_kind(InformationRequested, contract) if each.request == fact.request)
    again = any(each.request == fact.request for each in of_kind(InformationSupplied, contract))
    odd = [f"the information {fact.request} was already supplied; the earliest day stands"] if again else []
    return odd + ([_late(fact.request, request.due_on)] if fact.supplied_on > request.due_on else [])


def _late(request: str, due_on: date) -> str:
    return f"the information {request} was due on {due_on}; it shows as late"


def _doubts_of_contact(fact: ContactNamed, contract: Contract) -> list[str]:
    named = [each for each in contacts_at(fact.side, fact.level, contract) if isinstance(each, ContactNamed)]
    later = max((each.from_on for each in named if each.from_on > fact.from_on), default=None)
    return [f"another contact of {fact.side} at level {fact.level} is named from {later}"] if later else []
