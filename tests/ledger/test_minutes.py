"""When minutes are deemed agreed: by the calendar, on every day around the last one, and against a slow second way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendar import bank_holidays
from ledger.minutes import answer_due_on, versions_of
from tests.given import fact

if TYPE_CHECKING:
    from ledger.minutes import Minutes

DAYS = 10


def sent(received_on: date, dated: date | None = None) -> Any:
    return fact("MinutesSent", (dated or received_on).isoformat(), meeting="M", received_on=received_on.isoformat())


def answered(dated: date, answer: str = "approved") -> Any:
    return fact("MinutesAnswered", dated.isoformat(), meeting="M", answer=answer)


def as_at(day: date, *facts: Any) -> list[Minutes]:
    """Return the versions of the minutes from the facts dated by a day."""
    return versions_of((each for each in facts if each.dated <= day), "M", DAYS)


def states(day: date, *facts: Any) -> list[str]:
    return [each.state(day) for each in as_at(day, *facts)]


@pytest.mark.parametrize(
    ("received_on", "due_on"),
    [
        ("2025-03-03", "2025-03-17"),  # two plain weeks
        ("2025-03-01", "2025-03-14"),  # on a Saturday: the Monday after is day 1
        ("2018-03-29", "2018-04-16"),  # Good Friday and Easter Monday lie between
        ("2018-03-15", "2018-03-29"),  # the last day is the one before Good Friday
        ("2018-03-16", "2018-04-03"),  # the tenth day would be Good Friday, and is the Tuesday after Easter
        ("2021-12-13", "2021-12-29"),  # Christmas on a Saturday: the Monday and Tuesday after it are free
        ("2021-12-17", "2022-01-05"),  # and so is the Monday after New Year's Day
        ("2024-12-24", "2025-01-10"),  # Christmas Day, Boxing Day and New Year's Day
        ("2022-05-30", "2022-06-15"),  # the Platinum Jubilee, two days
    ],
)
def test_minutes_are_awaited_up_to_their_last_day_and_deemed_agreed_from_the_next(
    received_on: str, due_on: str
) -> None:
    received, due = date.fromisoformat(received_on), date.fromisoformat(due_on)
    minutes = sent(received)
    assert answer_due_on(received, DAYS) == due
    for offset in range((due - received).days + 40):
        day = received + timedelta(days=offset)
        expected = "awaiting answer" if day <= due else "deemed agreed"
        assert states(day, minutes) == [expected], day
    for offset in range((due - received).days + 8):
        day = received + timedelta(days=offset)
        for answer in ("approved", "withheld"):
            told = as_at(date(2030, 1, 1), minutes, answered(day, answer))[0]
            assert told.state(date(2030, 1, 1)) == (answer if day <= due else "deemed agreed"), day
            assert told.in_time(told.answers[0]) == (day <= due)


def test_before_an_answer_is_given_it_is_awaited() -> None:
    minutes, approval = sent(date(2025, 3, 3)), answered(date(2025, 3, 10))
    assert states(date(2025, 3, 9), minutes, approval) == ["awaiting answer"]
    assert states(date(2025, 3, 10), minutes, approval) == ["approved"]


def test_of_several_answers_in_time_the_last_stands_and_a_late_one_moves_nothing() -> None:
    first, second = answered(date(2025, 3, 5)), answered(date(2025, 3, 17), "withheld")
    late = answered(date(2025, 3, 18))
    assert states(date(2025, 4, 1), sent(date(2025, 3, 3)), first, second, late) == ["withheld"]


def test_revised_minutes_begin_a_new_time_and_leave_what_was_agreed_as_it_was() -> None:
    first = sent(date(2025, 3, 3))
    for offset in range(1, 30):
        again = date(2025, 3, 3) + timedelta(days=offset)
        after = as_at(again, first, sent(again))
        assert after[0].state(again) == ("replaced" if again <= date(2025, 3, 17) else "deemed agreed"), again
        assert after[1].state(again) == "awaiting answer"
        assert after[1].due_on == answer_due_on(again, DAYS)
        assert states(after[1].due_on + timedelta(days=1), first, sent(again))[1] == "deemed agreed"
    withheld = answered(date(2025, 3, 10), "withheld")
    told = states(date(2025, 3, 26), first, withheld, sent(date(2025, 3, 11)))
    assert told == ["withheld", "deemed agreed"]
    assert states(date(2025, 3, 25), first, withheld, sent(date(2025, 3, 11))) == ["withheld", "awaiting answer"]


def test_an_answer_is_to_the_version_sent_last_before_it() -> None:
    facts = (sent(date(2025, 3, 3)), sent(date(2025, 3, 10)), answered(date(2025, 3, 12)))
    assert states(date(2025, 3, 12), *facts) == ["replaced", "approved"]


def test_without_a_time_to_answer_minutes_are_never_deemed_agreed() -> None:
    (minutes,) = versions_of([sent(date(2025, 3, 3))], "M", None)
    assert (minutes.due_on, minutes.deemed_on, minutes.state(date(2035, 1, 1))) == (None, None, "awaiting answer")


# --- a second, slow way: live through every day ----------------------------------------------------------------------


def lived_through(facts: list[Any], working_days: int, until: date) -> list[str]:
    """Return what has come of each version, by going from day to day as the parties do."""
    day = min((each.received_on for each in facts if each.kind == "MinutesSent"), default=until)
    versions: list[dict[str, Any]] = []
    while day <= until:
        is_working = day.weekday() < 5 and day not in bank_holidays(day.year)
        for version in versions:
            if version["open"] and version["left"] == 0:  # yesterday was the last day
                version["open"] = False
                if version["state"] == "awaiting answer":
                    version["state"] = "deemed agreed"
            if version["open"] and is_working:
                version["left"] -= 1
        for each in facts:
            if each.dated != day:
                continue
            if each.kind == "MinutesAnswered":
                if versions[-1]["open"]:
                    versions[-1]["state"] = each.answer
                continue
            if versions and versions[-1]["state"] == "awaiting answer":
                versions[-1].update(state="replaced", open=False)
            versions.append({"left": working_days, "open": True, "state": "awaiting answer"})
        day += timedelta(days=1)
    return [version["state"] for version in versions]


DAY = st.dates(date(2017, 11, 20), date(2018, 1, 20)) | st.dates(date(2018, 3, 1), date(2018, 5, 20))


@settings(max_examples=300, deadline=None)
@given(
    first=DAY,
    gaps=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["sent", "approved", "withheld"])), max_size=5),
    working_days=st.integers(1, 15),
    later=st.integers(0, 40),
)
def test_the_clock_agrees_with_living_through_every_day(
    first: date, gaps: list[tuple[int, str]], working_days: int, later: int
) -> None:
    facts, day = [sent(first)], first
    for gap, what in gaps:
        day += timedelta(days=gap)
        facts.append(sent(day) if what == "sent" else answered(day, what))
    until = day + timedelta(days=later)
    found = [each.state(until) for each in versions_of(facts, "M", working_days)]
    assert found == lived_through(facts, working_days, until)
