"""The facts of managing a contract beside its figures: meetings, minutes, checks, changes, contacts. They move no cell.

Part of the storage format: add kinds and optional fields, never edit or remove one. Names of persons stand in fields
of their own, never inside a list, so that each can be erased.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ledger.fact import UnmovingFact
from ledger.parts import Part
from ledger.values import Amount, By, Code, Day, Given, Name, PeriodText, Prose, Text

Purpose = Literal["annual", "forum", "review", "self_assessment", "spot_check", "intervention", "other"]
ContactLevel = Annotated[int, Field(ge=1, le=3, strict=True)]


class MeetingFact(UnmovingFact):
    """What concerns the management of a contract; it moves no cell."""


class Attendance(Part):
    """A party that attended a meeting, and whether its contract manager did."""

    party: Code
    contract_manager: StrictBool = False


class MeetingHeld(MeetingFact):
    """A performance monitoring meeting was held; `persons` names who attended, as the minutes do."""

    fact: Literal["MeetingHeld"] = "MeetingHeld"
    meeting: Name
    purpose: Purpose
    held_on: Day
    attended: tuple[Attendance, ...] = ()
    persons: Prose | None = None
    framework_wide: Given | None = None


class MinutesSent(MeetingFact):
    """The authority sent the minutes of a meeting, and the provider received them on a day: its time begins then."""

    fact: Literal["MinutesSent"] = "MinutesSent"
    meeting: Name
    sent_on: Day | None = None
    received_on: Day


class MinutesAnswered(MeetingFact):
    """The provider approved the minutes it had last received of a meeting, or withheld its approval."""

    fact: Literal["MinutesAnswered"] = "MinutesAnswered"
    meeting: Name
    answer: Literal["approved", "withheld"]
    reason: Prose | None = None


class SpotCheckMade(MeetingFact):
    """The authority looked for itself; `satisfactory` is left out where nothing was concluded."""

    fact: Literal["SpotCheckMade"] = "SpotCheckMade"
    check: Name
    made_on: Day
    kpi: Name | None = None
    period: PeriodText | None = None
    place: Prose | None = None
    findings: Prose
    satisfactory: StrictBool | None = None
    follow_up: Prose | None = None
    follow_up_by: Day | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.period is not None and self.kpi is None:
            raise ValueError("period is that of a KPI; give kpi too, or leave period out")
        if self.follow_up_by is not None and self.follow_up is None:
            raise ValueError("follow_up_by is the day of a follow-up; give follow_up too, or leave it out")
        return self


class CrossCheckMade(MeetingFact):
    """What the authority's own system gives for a cell, to be held against the provider's return."""

    fact: Literal["CrossCheckMade"] = "CrossCheckMade"
    kpi: Name
    period: PeriodText
    value: Amount
    system: Text
    remark: Prose | None = None


class SelfAssessmentReviewed(MeetingFact):
    """The authority reviewed what the provider says of itself."""

    fact: Literal["SelfAssessmentReviewed"] = "SelfAssessmentReviewed"
    assessment: Name
    reviewed_on: Day
    first_period: PeriodText | None = None
    last_period: PeriodText | None = None
    outcome: Prose
    findings: Prose | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.first_period is None) != (self.last_period is None):
            raise ValueError("give first_period and last_period together, or neither")
        return self


class InformationRequested(MeetingFact):
    """The authority demanded information by a day."""

    fact: Literal["InformationRequested"] = "InformationRequested"
    request: Name
    what: Prose
    asked_on: Day
    due_on: Day


class InformationSupplied(MeetingFact):
    """Information that was demanded came."""

    fact: Literal["InformationSupplied"] = "InformationSupplied"
    request: Name
    supplied_on: Day
    remark: Prose | None = None


class ChangeProposed(MeetingFact):
    """A party proposed a change of the contract."""

    fact: Literal["ChangeProposed"] = "ChangeProposed"
    change: Name
    what: Prose
    reason: Prose
    kpi: Name | None = None
    would_take_effect: PeriodText | None = None


class ChangeDecided(MeetingFact):
    """The other party agreed a proposed change or rejected it, or who proposed it withdrew it."""

    fact: Literal["ChangeDecided"] = "ChangeDecided"
    change: Name
    decision: Literal["agreed", "rejected", "withdrawn"]
    reason: Prose | None = None


class ChangeCarriedOut(MeetingFact):
    """An agreed change was carried out: by facts, which it names, or outside the ledger, as `remark` says."""

    fact: Literal["ChangeCarriedOut"] = "ChangeCarriedOut"
    change: Name
    carried_out_by: tuple[Name, ...] = ()
    remark: Prose | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.carried_out_by and self.remark is None:
            raise ValueError("give carried_out_by, the ids of the facts that carry it out, or remark, what was done")
        return self


class ContactNamed(MeetingFact):
    """Whom to turn to on a party's side: at level 1 its contract manager, at 2 and 3 whoever a matter goes up to."""

    fact: Literal["ContactNamed"] = "ContactNamed"
    contact: By
    level: ContactLevel
    post: Text | None = None
    email: Prose | None = None
    telephone: Prose | None = None
    from_on: Day

    @property
    def side(self) -> str:
        """Return the code of the party whose contact it is."""
        return self.contact.partition("/")[0]

    @property
    def person(self) -> str:
        """Return the name of the person."""
        return self.contact.partition("/")[2]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.person:
            raise ValueError("contact names no person; give PARTY/person, such as LCC/Pat Reed")
        return self


class ContactEnded(MeetingFact):
    """A party's contact at a level has a last day, and nobody has taken the place yet."""

    fact: Literal["ContactEnded"] = "ContactEnded"
    side: Code
    level: ContactLevel
    last_on: Day
    reason: Prose | None = None


CheckFact = SpotCheckMade | CrossCheckMade | SelfAssessmentReviewed | InformationRequested | InformationSupplied
ChangeFact = ChangeProposed | ChangeDecided | ChangeCarriedOut
ContactFact = ContactNamed | ContactEnded
AnyMeetingFact = MeetingHeld | MinutesSent | MinutesAnswered | CheckFact | ChangeFact | ContactFact
