"""Which facts of managing a contract are impossible: meetings, minutes, checks, changes, contacts. Pure."""

from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from ledger.contract import Contract, Kpi
from ledger.faults import Refused
from ledger.grounds import check_forwards, check_held, check_period, kpi_in_use
from ledger.meeting_facts import (
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
    MeetingFact,
    MeetingHeld,
    MinutesAnswered,
    MinutesSent,
    SelfAssessmentReviewed,
    SpotCheckMade,
)

_Meeting = TypeVar("_Meeting", bound=MeetingFact)


def check_meeting_fact(fact: MeetingFact, contract: Contract) -> None:
    """Refuse what is impossible where it stands."""
    match fact:
        case MeetingHeld():
            _check_meeting(fact, contract)
        case MinutesSent():
            _check_minutes(fact, contract)
        case MinutesAnswered():
            if not any(each.meeting == fact.meeting for each in of_kind(MinutesSent, contract)):
                sentence = (
                    f"no minutes of {fact.meeting} were received by {fact.dated}; record that they were sent first"
                )
                raise Refused(sentence, "meeting")
        case ChangeProposed() | ChangeDecided() | ChangeCarriedOut():
            _check_change(fact, contract)
        case ContactNamed() | ContactEnded():
            _check_contact(fact, contract)
        case (
            SpotCheckMade()
            | CrossCheckMade()
            | SelfAssessmentReviewed()
            | InformationRequested()
            | InformationSupplied()
        ):
            _check_check(fact, contract)


def of_kind(kind: type[_Meeting], contract: Contract) -> list[_Meeting]:
    """Return the facts of a kind that stand before the one that is judged, in order."""
    return [each for each in contract.meetings if isinstance(each, kind)]


def contacts_at(side: str, level: int, contract: Contract) -> list[ContactFact]:
    """Return what was recorded of a party's contact at a level, in order."""
    return [
        each for each in contract.meetings if isinstance(each, ContactFact) and (each.side, each.level) == (side, level)
    ]


def _check_day(day: date, field: str, fact: MeetingFact) -> None:
    """Refuse a day after the date that the fact bears."""
    if day > fact.dated:
        raise Refused(f"found {day}, after the date the fact bears; give a day up to {fact.dated}", field)


def _check_from(day: date | None, field: str, first: date, what: str) -> None:
    """Refuse a day before another."""
    if day is not None and day < first:
        raise Refused(f"found {day}; give a day from {first} on, {what}", field)


def _check_new(name: str, taken: list[str], what: str, field: str) -> None:
    """Refuse a name that is taken."""
    if name in taken:
        raise Refused(f"{what} {name} is already recorded; give this one a name of its own", field)


def _kpi(ref: str, fact: MeetingFact, contract: Contract) -> Kpi:
    """Return a KPI in use that was introduced by the date of a fact."""
    kpi = kpi_in_use(ref, contract)
    if kpi.terms.dated > fact.dated:
        raise Refused(f"{ref} is introduced only on {kpi.terms.dated}; date this from then on", "kpi")
    return kpi


def _check_party(code: str, field: str, contract: Contract) -> None:
    """Refuse a code that is no party's."""
    assert contract.terms is not None
    codes = [party.code for party in contract.terms.parties]
    if code not in codes:
        raise Refused(f'"{code}" is no party to this contract; give one of {", ".join(codes)}', field)


def _unknown(name: str, known: list[str], sentence: str, field: str) -> Refused:
    """Return the refusal of a name that nothing bears yet; it may be misspelt."""
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "record that first"
    return Refused(f"{sentence}; {hint}", field)


def _check_meeting(fact: MeetingHeld, contract: Contract) -> None:
    _check_new(fact.meeting, [each.meeting for each in of_kind(MeetingHeld, contract)], "a meeting", "meeting")
    _check_day(fact.held_on, "held_on", fact)
    codes = [each.party for each in fact.attended]
    for number, code in enumerate(codes, 1):
        _check_party(code, f"attended[{number}].party", contract)
        if code in codes[: number - 1]:
            raise Refused(f"{code} is given twice; give each party once", f"attended[{number}].party")


def _check_minutes(fact: MinutesSent, contract: Contract) -> None:
    held = of_kind(MeetingHeld, contract)
    meeting = next((each for each in held if each.meeting == fact.meeting), None)
    if meeting is None:
        sentence = f"no meeting {fact.meeting} is recorded by {fact.dated}"
        raise _unknown(fact.meeting, [each.meeting for each in held], sentence, "meeting")
    _check_from(fact.sent_on, "sent_on", meeting.held_on, "when the meeting was held")
    received_from, what = (
        (fact.sent_on, "when they were sent") if fact.sent_on else (meeting.held_on, "when the meeting was held")
    )
    _check_from(fact.received_on, "received_on", received_from, what)
    _check_day(fact.received_on, "received_on", fact)


def _check_check(fact: CheckFact, contract: Contract) -> None:
    match fact:
        case SpotCheckMade():
            _check_new(fact.check, [each.check for each in of_kind(SpotCheckMade, contract)], "a spot check", "check")
            _check_day(fact.made_on, "made_on", fact)
            _check_from(fact.follow_up_by, "follow_up_by", fact.made_on, "when it was made")
            if fact.kpi is not None:
                kpi = _kpi(fact.kpi, fact, contract)
                if fact.period is not None:
                    check_period(kpi, fact.period, "period")
        case CrossCheckMade():
            check_period(_kpi(fact.kpi, fact, contract), fact.period, "period")
            check_held(contract, fact.period, "period")
        case SelfAssessmentReviewed():
            known = [each.assessment for each in of_kind(SelfAssessmentReviewed, contract)]
            _check_new(fact.assessment, known, "a self-assessment", "assessment")
            _check_day(fact.reviewed_on, "reviewed_on", fact)
            if fact.first_period is not None and fact.last_period is not None:
                check_forwards(fact.first_period, fact.last_period)
        case InformationRequested():
            known = [each.request for each in of_kind(InformationRequested, contract)]
            _check_new(fact.request, known, "a request for information", "request")
            _check_day(fact.asked_on, "asked_on", fact)
            _check_from(fact.due_on, "due_on", fact.asked_on, "when it was asked for")
        case InformationSupplied():
            asked = of_kind(InformationRequested, contract)
            request = next((each for each in asked if each.request == fact.request), None)
            if request is None:
                sentence = f"no information {fact.request} was asked for by {fact.dated}"
                raise _unknown(fact.request, [each.request for each in asked], sentence, "request")
            _check_from(fact.supplied_on, "supplied_on", request.asked_on, "when it was asked for")
            _check_day(fact.supplied_on, "supplied_on", fact)


def _check_change(fact: ChangeFact, contract: Contract) -> None:
    proposals = {each.change: each for each in of_kind(ChangeProposed, contract)}
    decisions = {each.change: each for each in of_kind(ChangeDecided, contract)}
    if isinstance(fact, ChangeProposed):
        _check_new(fact.change, list(proposals), "a change", "change")
        if fact.kpi is not None:
            kpi = _kpi(fact.kpi, fact, contract)
            if fact.would_take_effect is not None:
                check_period(kpi, fact.would_take_effect, "would_take_effect")
        return
    proposed, decided = proposals.get(fact.change), decisions.get(fact.change)
    if proposed is None:
        sentence = f"no change {fact.change} was proposed by {fact.dated}"
        raise _unknown(fact.change, list(proposals), sentence, "change")
    if isinstance(fact, ChangeCarriedOut):
        if decided is None or decided.decision != "agreed":
            found = "undecided" if decided is None else decided.decision
            raise Refused(f"the change {fact.change} is {found}; only one that is agreed is carried out", "change")
        return
    if decided is not None:
        sentence = f"the change {fact.change} is already {decided.decision}; void that decision to change it"
        raise Refused(sentence, "change")
    _check_who_decides(fact, proposed, contract)


def _check_who_decides(fact: ChangeDecided, proposed: ChangeProposed, contract: Contract) -> None:
    """Refuse a decision by the side that proposed, and a withdrawal by the other."""
    roles = contract.roles
    own = roles[fact.party] == roles[proposed.party]
    if own and fact.decision != "withdrawn":
        able = " or ".join(code for code, role in roles.items() if role != roles[proposed.party])
        sentence = f"{proposed.party} proposed the change and may only withdraw it; {able} agrees or rejects it"
        raise Refused(sentence, "by")
    if not own and fact.decision == "withdrawn":
        sentence = f"{proposed.party} proposed the change and alone may withdraw it"
        raise Refused(f"{sentence}; {fact.party} agrees or rejects it", "by")


def _check_contact(fact: ContactFact, contract: Contract) -> None:
    assert contract.terms is not None
    field = "contact" if isinstance(fact, ContactNamed) else "side"
    _check_party(fact.side, field, contract)
    roles = contract.roles
    if fact.side != fact.party and roles[fact.party] != "authority":
        raise Refused(f"{fact.party} may name its own contacts only; the authority may name any", "by")
    if isinstance(fact, ContactNamed):
        return
    latest = next(reversed(contacts_at(fact.side, fact.level, contract)), None)
    if latest is None:
        sentence = f"no contact of {fact.side} at level {fact.level} was named by {fact.dated}; record who it was first"
        raise Refused(sentence, "level")
    if isinstance(latest, ContactEnded):
        sentence = f"the contact of {fact.side} at level {fact.level} already ended on {latest.last_on}"
        raise Refused(f"{sentence}; void that fact to change it", "level")
    _check_from(fact.last_on, "last_on", latest.from_on, "when the contact began")
