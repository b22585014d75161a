"""How printed dates of delivery are read: every readable form, and nothing guessed."""

from __future__ import annotations

from calendar import month_name, monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.expected import (
    CALENDAR_QUARTERS,
    DAY_FIRST,
    THIS_CENTURY,
    Meaning,
    last_expected,
    read_expected,
)

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
DAY_FORMS = (
    "{0:%Y-%m-%d}",
    "{0:%d/%m/%Y}",
    "{0.day}/{0.month}/{0.year}",
    "{0:%d-%m-%Y}",
    "{0:%d.%m.%Y}",
    "{0.day} {1} {0.year}",
    "{0.day}th of {1}, {0.year}",
    "{0.day} {2} {0.year}",
    "{0.day}-{2}-{0.year}",
    "{0.day} {2}. {0.year}",
)
MONTH_FORMS = ("{1} {0.year}", "{2} {0.year}", "{2}-{0.year}", "{2}. {0.year}")
PARTS = st.sampled_from(
    [
        "23/01/2018",
        "16/12/16",
        "Q1 2018",
        "Q4 2017/18",
        "Sept 2017",
        "complete",
        "TBC",
        "N/a",
        "(MyHR)",
        "soon",
        "–",
        "",
    ]
)


def written(form: str, day: date) -> str:
    name = month_name[day.month]
    return form.format(day, name, name[:3])


@given(DAYS, st.sampled_from(DAY_FORMS), st.booleans())
def test_a_day_is_read_back_in_every_form_it_may_be_printed_in(day: date, form: str, shouted: bool) -> None:
    text = written(form, day)
    (reading,) = read_expected(text.upper() if shouted else text)
    assert (reading.first_day, reading.last_day, reading.meaning) == (day, day, Meaning.DAY)


@given(DAYS, st.sampled_from(MONTH_FORMS))
def test_a_month_is_read_back_from_its_first_to_its_last_day(day: date, form: str) -> None:
    (reading,) = read_expected(written(form, day))
    last = monthrange(day.year, day.month)[1]
    assert (reading.first_day, reading.last_day) == (day.replace(day=1), day.replace(day=last))
    assert reading.meaning is Meaning.MONTH


@given(DAYS, st.booleans())
def test_a_quarter_is_of_the_calendar_unless_it_has_two_years(day: date, spaced: bool) -> None:
    quarter = (day.month - 1) // 3 + 1
    (reading,) = read_expected(f"Q{quarter}{' ' if spaced else ''}{day.year}")
    assert reading.first_day is not None
    assert reading.last_day is not None
    assert reading.first_day <= day <= reading.last_day
    assert reading.supposes == (CALENDAR_QUARTERS,)
    starts = day.year - (day.month < 4)
    if starts >= 1900:
        (reading,) = read_expected(f"Q{(day.month - 4) % 12 // 3 + 1} {starts}/{(starts + 1) % 100:02d}")
        assert reading.first_day is not None
        assert reading.last_day is not None
        assert reading.first_day <= day <= reading.last_day
        assert reading.supposes == ()


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_short_year_is_of_this_century_and_numerals_have_their_day_first_and_both_are_said(day: date) -> None:
    (reading,) = read_expected(f"{day:%d/%m/%y}")
    assert reading.last_day == day
    assert THIS_CENTURY in reading.supposes
    assert (DAY_FIRST in reading.supposes) == (day.day <= 12 and day.day != day.month)


@given(st.text())
def test_any_text_is_read_or_said_not_to_be(text: str) -> None:
    for reading in read_expected(text):
        assert reading.printed
        assert (reading.first_day is None) == (reading.last_day is None)
        assert str(reading)


@given(st.lists(PARTS), st.sampled_from([" ", "  ", "\n", "\u00a0", ", ", "; "]))
def test_what_is_printed_is_accounted_for_in_its_order(parts: list[str], between: str) -> None:
    text = between.join(parts)
    readings = read_expected(text)
    place, plain = 0, " ".join(text.split())
    for reading in readings:
        words = reading.printed.removesuffix(")")
        for word in words.split():
            place = plain.index(word.strip("("), place)
    dates = [each for each in readings if each.last_day]
    assert len(dates) == sum(part[:1] in set("12QS") for part in parts if part)
    assert last_expected(readings) == max((each.last_day for each in dates if each.last_day), default=None)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2018",
        "13/13/2018",
        "Q5 2018",
        "Q1 2018/20",
        "Q1/Q2 2018",
        "Sep-17",
        "Spring 2018",
        "2018",
        "17 Sept",
        "²/1/2018",
    ],
)
def test_what_is_not_a_date_of_a_known_form_is_not_read(text: str) -> None:
    assert {each.meaning for each in read_expected(text)} == {Meaning.NOT_READ}
    assert last_expected(read_expected(text)) is None


def test_brackets_are_a_remark_on_the_date_before_them_unless_they_speak_of_a_date() -> None:
    assert [each.printed for each in read_expected("Q1 2018 (Phase 2)")] == ["Q1 2018 (Phase 2)"]
    assert [str(each) for each in read_expected("Q1 2018 (was Q3 2018)")] == [
        "1 January to 31 March 2018",
        "not read: (was Q3 2018)",
    ]
    assert [str(each) for each in read_expected("(TBC)")] == ["to be confirmed"]


def test_nothing_that_is_denied_is_read_as_complete() -> None:
    for text in ("not complete", "incomplete", "to be completed", "uncompleted"):
        assert {each.meaning for each in read_expected(text)} == {Meaning.NOT_READ}


def test_a_blank_text_has_no_readings() -> None:
    assert read_expected("") == read_expected(" \n") == ()
