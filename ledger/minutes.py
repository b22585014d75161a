"""Minutes: each version's clock, and what came of it. Pure.

A provider gives or withholds approval within a number of working days of receipt, else it is taken to have agreed.
Nobody records that: it follows from the day of receipt, the calendar and the day that is asked about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ledger import calendar
from ledger.facts import ContractRegistered
from ledger.meeting_facts import MeetingFact, MinutesAnswered, MinutesSent

State = Literal["awaiting answer", "approved", "withheld", "deemed agreed", "replaced"]


@dataclass(frozen=True, slots=True)
class Minutes:
    """One version of a meeting's minutes, and the answers to it in order.

    `due_on` is the last day for an answer, None where the contract gives no time. `replaced_on` is the day on which the
    next version was received.
    """

    number: int
    sent: MinutesSent
    answers: tuple[MinutesAnswered, ...]
    due_on: date | None
    replaced_on: date | None

    def in_time(self, answer: MinutesAnswered) -> bool:
        """Say whether an answer came within the time."""
        return self.due_on is None or answer.dated <= self.due_on

    @property
    def standing(self) -> MinutesAnswered | None:
        """Return the answer that stands: the last that came in time."""
        return next((each for each in reversed(self.answers) if self.in_time(each)), None)

    @property
    def deemed_on(self) -> date | None:
        """Return the first day from which it is deemed agreed if no answer has come; None if that cannot be."""
        if self.due_on is None or (self.replaced_on is not None and self.replaced_on <= self.due_on):
            return None
        return self.due_on + timedelta(days=1)

    def state(self, as_at: date) -> State:
        """Return what has come of it as at a date."""
        if self.standing is not None:
            return self.standing.answer
        if self.deemed_on is not None and as_at >= self.deemed_on:
            return "deemed agreed"
        return "awaiting answer" if self.replaced_on is None else "replaced"


def days_to_answer(terms: ContractRegistered | None) -> int | None:
    """Return how many working days a contract gives to answer minutes; None if it does not say."""
    management = terms.management if terms else None
    return management.minutes_deemed_agreed_after_working_days if management else None


def answer_due_on(received_on: date, working_days: int) -> date:
    """Return the last day for an answer; the day of receipt is not counted.

    Minutes received on the Thursday before Easter 2018 were to be answered by 16 April: two bank holidays lie between.

    >>> answer_due_on(date(2018, 3, 29), 10), answer_due_on(date(2018, 3, 15), 10)
    (datetime.date(2018, 4, 16), datetime.date(2018, 3, 29))
    """
    return calendar.working_days_after(received_on, working_days)


def versions_of(facts: Iterable[MeetingFact], meeting: str, working_days: int | None) -> list[Minutes]:
    """Return every version of a meeting's minutes, the first first; an answer is to the version sent last before it.

    Args:
        facts: the facts that count, in order of (dated, position).
        meeting: the meeting's name.
        working_days: how many the provider has to answer; None where the contract does not say.
    """
    versions: list[tuple[MinutesSent, list[MinutesAnswered]]] = []
    for fact in facts:
        if isinstance(fact, MinutesSent) and fact.meeting == meeting:
            versions.append((fact, []))
        elif isinstance(fact, MinutesAnswered) and fact.meeting == meeting and versions:
            versions[-1][1].append(fact)
    return [_version(number, versions, working_days) for number in range(len(versions))]


def _version(number: int, versions: Sequence[tuple[MinutesSent, list[MinutesAnswered]]], days: int | None) -> Minutes:
    sent, answers = versions[number]
    return Minutes(
        number + 1,
        sent,
        tuple(answers),
        None if days is None else answer_due_on(sent.received_on, days),
        versions[number + 1][0].received_on if number + 1 < len(versions) else None,
    )
