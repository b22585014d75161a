"""Performance monitoring meetings: who attended, what became of the minutes, and how many were held of those asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ledger import calendar
from ledger.meeting_doubts import managers_absent
from ledger.meeting_facts import MeetingHeld, MinutesAnswered
from ledger.minutes import Minutes, days_to_answer, versions_of
from ledger.parts import Party
from ledger.period import Frequency, Month, day_in_words, heading, last_day, periods, shift
from projections.meeting_sentences import PURPOSES
from projections.question import Question
from projections.standing import Standing
from projections.table import Table, Text

_YEAR = Frequency.ANNUAL
_ASKED = {"annual": "annual_meetings", "forum": "forums_a_year"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting, the versions of its minutes, and whose contract manager was missed."""

    held: MeetingHeld
    minutes: list[Minutes]
    absent: list[Party]

    def state(self, as_at: date) -> str:
        """Say what has come of its latest minutes."""
        return self.minutes[-1].state(as_at) if self.minutes else "no minutes"

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the meeting as JSON."""
        held = self.held
        return {
            "meeting": held.meeting,
            "purpose": held.purpose,
            "held_on": held.held_on.isoformat(),
            "framework_wide": held.framework_wide is True,
            "attended": [each.model_dump() for each in held.attended],
            "persons": held.persons,
            "contract_managers_absent": [party.code for party in self.absent] if held.attended else None,
            "state": self.state(as_at),
            "minutes": [_minutes_document(each, as_at) for each in self.minutes],
            "id": held.id,
        }


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many meetings of a kind a contract year asks for and has; `by_quarter` has those quarters that have begun."""

    purpose: str
    asked: int
    number: int
    first: Month
    held: int
    by_quarter: list[int]
    whole: bool

    @property
    def last(self) -> Month:
        """Return the last month of the contract year."""
        return shift(self.first, _YEAR.months - 1)

    def state(self, as_at: date) -> str:
        """Say whether what is asked for was held, is still due, or was missed."""
        if self.held >= self.asked:
            return "held"
        if as_at <= last_day(self.first, _YEAR):
            return "due"
        return "missed" if self.whole else "not held in full"

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the requirement as JSON."""
        return {
            "purpose": self.purpose,
            "contract_year": self.number,
            "first_month": self.first,
            "last_month": self.last,
            "asked": self.asked,
            "held": self.held,
            "by_quarter": self.by_quarter,
            "state": self.state(as_at),
        }


@dataclass(frozen=True, slots=True)
class Meetings:
    """The view: the meetings in order, and what each contract year asked for."""

    question: Question
    found: list[Meeting]
    requirements: list[Requirement]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        as_at = self.question.moment.as_at
        return {
            **self.question.heading(),
            "answer_within_working_days": days_to_answer(self.question.standing.terms),
            "calendar": calendar.document(self._days()),
            "meetings": [each.document(as_at) for each in self.found],
            "requirements": [each.document(as_at) for each in self.requirements],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self._notes(), 1)],
            "assumptions": self._assumptions(),
        }

    def tables(self) -> list[Table]:
        """Return the meetings, their minutes, and what was asked for."""
        as_at, terms = self.question.moment.as_at, self.question.standing.terms
        return [
            Table(
                title=f"{terms.title}: monitoring meetings as at {day_in_words(as_at)}",
                columns=("Meeting", "Purpose", "Held on", "Contract managers", "Attended", "Minutes"),
                rows=[_meeting_row(each, terms.parties, as_at) for each in self.found],
            ),
            Table(
                title="Minutes",
                columns=("Meeting", "Version", "Received on", "Answer due by", "State", "Answers"),
                rows=[_minutes_row(each, as_at) for meeting in self.found for each in meeting.minutes],
                numeric=(1,),
                fixed=2,
                notes=list(enumerate(self._notes(), 1)),
                assumptions=self._assumptions(),
            ),
            Table(
                title="Meetings asked for, by contract year",
                columns=("Contract year", "Purpose", "Asked for", "Held", "By quarter", "State"),
                rows=[_requirement_row(each, as_at) for each in self.requirements],
                numeric=(2, 3),
                fixed=2,
            ),
        ]

    def _notes(self) -> list[str]:
        if not self._days():
            return []
        days = days_to_answer(self.question.standing.terms)
        if days is None:
            return ["The contract gives no time in which minutes are answered, so none are deemed agreed."]
        told = f"Minutes are answered within {days} working days of receipt, the day of receipt not counted, else they"
        return [f"{told} are deemed agreed; nobody records that. Working days: {calendar.named(self._days())}."]

    def _days(self) -> list[date]:
        versions = [each for meeting in self.found for each in meeting.minutes]
        return [day for each in versions for day in (each.sent.received_on, each.due_on) if day is not None]

    def _assumptions(self) -> list[str]:
        management = self.question.standing.terms.management
        return list(management.assumptions) if management else []


def _minutes_document(minutes: Minutes, as_at: date) -> dict[str, Any]:
    state = minutes.state(as_at)
    deemed_on = minutes.deemed_on if state == "deemed agreed" else None
    return {
        "version": minutes.number,
        "sent_on": minutes.sent.sent_on.isoformat() if minutes.sent.sent_on else None,
        "received_on": minutes.sent.received_on.isoformat(),
        "answer_due_on": minutes.due_on.isoformat() if minutes.due_on else None,
        "state": state,
        "deemed_agreed_on": deemed_on.isoformat() if deemed_on else None,
        "answers": [
            {
                "answer": each.answer,
                "dated": each.dated.isoformat(),
                "in_time": minutes.in_time(each),
                "by": each.by,
                "reason": each.reason,
                "id": each.id,
            }
            for each in minutes.answers
        ],
        "id": minutes.sent.id,
    }


def _meeting_row(meeting: Meeting, parties: Iterable[Party], as_at: date) -> tuple[Text, ...]:
    held = meeting.held
    wide = ", framework-wide" if held.framework_wide else ""
    there = [each.party for each in held.attended if each.contract_manager]
    managers = [f"{code} attended" for code in there]
    managers += [f"{party.code} absent" for party in parties if party in meeting.absent]
    attended = ", ".join(each.party for each in held.attended)
    return (
        Text(held.meeting),
        Text(PURPOSES[held.purpose] + wide),
        Text(held.held_on.isoformat()),
        Text(", ".join(managers) if held.attended else "not stated"),
        Text(f"{attended}: {held.persons}" if held.persons and attended else held.persons or attended or "not stated"),
        Text(meeting.state(as_at)),
    )


def _minutes_row(minutes: Minutes, as_at: date) -> tuple[Text, ...]:
    state = minutes.state(as_at)
    since = f" since {minutes.deemed_on}" if state == "deemed agreed" else ""
    return (
        Text(minutes.sent.meeting),
        Text(str(minutes.number)),
        Text(minutes.sent.received_on.isoformat()),
        Text(minutes.due_on.isoformat() if minutes.due_on else "no time given"),
        Text(state + since),
        Text("; ".join(_answer(each, minutes) for each in minutes.answers)),
    )


def _answer(answer: MinutesAnswered, minutes: Minutes) -> str:
    late = "" if minutes.in_time(answer) else ", late"
    why = f": {answer.reason.rstrip('. ')}" if answer.reason else ""
    return f"{answer.answer} on {answer.dated}{late}{why}"


def _requirement_row(each: Requirement, as_at: date) -> tuple[Text, ...]:
    state = each.state(as_at)
    missing = each.asked - each.held
    more = f", {missing} more by {last_day(each.first, _YEAR)}" if state == "due" else ""
    short = f", {missing} of {each.asked}" if state == "missed" else ""
    return (
        Text(f"{each.number}: {heading(each.first, _YEAR)}"),
        Text(PURPOSES[each.purpose]),
        Text(str(each.asked)),
        Text(str(each.held)),
        Text(", ".join(map(str, each.by_quarter)) if each.purpose == "forum" else ""),
        Text(f"{state}{more}{short}"),
    )


def meetings(question: Question) -> Meetings:
    """Answer which monitoring meetings were held, what became of their minutes, and how many the contract asks for."""
    standing = question.standing
    return Meetings(question, meetings_of(standing), requirements_of(standing, question.moment.as_at))


def meetings_of(standing: Standing) -> list[Meeting]:
    """Return the meetings in the order they were held."""
    held = [each for each in standing.meetings if isinstance(each, MeetingHeld)]
    days = days_to_answer(standing.terms)
    return [
        Meeting(each, versions_of(standing.meetings, each.meeting, days), managers_absent(each, standing.terms.parties))
        for each in sorted(held, key=lambda each: each.held_on)
    ]


def requirements_of(standing: Standing, as_at: date) -> list[Requirement]:
    """Return what each contract year up to a date asks for, and how many meetings it has."""
    terms, management = standing.terms, standing.terms.management
    held = [each for each in standing.meetings if isinstance(each, MeetingHeld)]
    found = []
    for number, first in enumerate(periods(terms.commenced, f"{as_at:%Y-%m}", _YEAR), 1):
        months = periods(first, shift(first, _YEAR.months - 1), Frequency.MONTHLY)
        for purpose, term in _ASKED.items():
            asked: int | None = getattr(management, term, None)
            if asked is None:
                continue
            days = [each.held_on for each in held if each.purpose == purpose and f"{each.held_on:%Y-%m}" in months]
            quarters = [
                sum(1 for day in days if quarter <= f"{day:%Y-%m}" <= shift(quarter, 2))
                for quarter in periods(months[0], months[-1], Frequency.QUARTERLY)
                if last_day(shift(quarter, -1), Frequency.MONTHLY) + timedelta(days=1) <= as_at
            ]
            whole = all(standing.holds(month) for month in months)
            found.append(Requirement(purpose, asked, number, first, len(days), quarters, whole))
    return found
