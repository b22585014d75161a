"""Working days, against the bank holidays as they were published and against counting one by one."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import calendar
from tests.given import contract

BANK_HOLIDAYS = {
    2017: "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2018: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2019: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
}
DAYS = st.dates(date(1999, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize("year", BANK_HOLIDAYS)
def test_the_weekdays_that_are_no_working_days_are_the_bank_holidays_of_the_year(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=each) for each in range(365 + (year % 4 == 0))]
    free = [day for day in days if day.weekday() < 5 and not calendar.is_working_day(day)]
    assert [f"{day:%m-%d}" for day in free] == BANK_HOLIDAYS[year].split()
    assert not any(calendar.is_working_day(day) for day in days if day.weekday() >= 5)


@given(DAYS, st.integers(0, 3000))
def test_working_days_between_two_days_are_those_counted_one_by_one(first: date, later: int) -> None:
    days = [first + timedelta(days=each) for each in range(1, later + 1)]
    slowly = sum(1 for day in days if calendar.is_working_day(day))
    assert calendar.working_days_between(first, first + timedelta(days=later)) == slowly


@given(DAYS, st.integers(1, 400))
def test_n_working_days_after_a_day_is_the_first_working_day_with_n_between(first: date, n: int) -> None:
    found = calendar.working_days_after(first, n)
    assert calendar.is_working_day(found)
    assert calendar.working_days_between(first, found) == n


@given(DAYS, st.integers(1, 20))
def test_the_nth_working_day_of_a_month_is_the_nth_of_those_listed_from_its_first_day(month: date, n: int) -> None:
    start = month.replace(day=1)
    listed = [day for each in range(62) if calendar.is_working_day(day := start + timedelta(days=each))]
    assert calendar.nth_working_day(start.isoformat()[:7], n) == listed[n - 1]


def test_no_working_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert calendar.working_days_between(date(2017, 10, 20), date(2016, 10, 20)) == 0


def test_years_that_the_library_does_not_list_have_weekends_only() -> None:
    days = [date(2101, 1, 1) + timedelta(days=each) for each in range(365)]
    weekdays = [day for day in days if day.weekday() < 5]
    assert [day for day in days if calendar.is_working_day(day)] == weekdays
    assert calendar.working_days_between(date(2100, 12, 31), days[-1]) == len(weekdays)


def test_the_calendar_names_the_version_that_is_installed_and_doubts_years_far_off() -> None:
    assert calendar.named() == f"bank holidays of England and Wales, holidays {version('holidays')}"
    assert calendar.document([date(2013, 1, 1), date(2035, 12, 31)])["doubt"] is None
    assert "may be missing" in calendar.named([date(2036, 1, 1)])


def test_the_term_is_left_out_of_what_is_stored_where_it_is_not_given() -> None:
    assert "results_expected_on_working_day" not in contract().model_dump(exclude_none=True)
