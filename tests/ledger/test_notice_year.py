"""Notice years, and days counted from their first, against counting one by one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.notice_year import last_of_days, named_year, notice_year, years_until

STARTS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
DAY = timedelta(days=1)


def months_on(day: date, months: int) -> date:
    """Return the same day some months later, the first of the month after where there is none; month by month."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    try:
        return date(year, month, day.day)
    except ValueError:
        return date(year, month + 1, 1)


@given(STARTS, st.integers(0, 60))
def test_a_notice_year_ends_the_day_before_the_same_day_twelve_months_on(start: date, number: int) -> None:
    year = notice_year(start, number)
    assert year.first == months_on(start, 12 * number)
    assert year.last == months_on(start, 12 * (number + 1)) - DAY


@given(STARTS)
def test_notice_years_follow_one_another_without_a_gap_and_hold_365_or_366_days(start: date) -> None:
    years = list(islice((notice_year(start, number) for number in range(40)), 40))
    for year, following in pairwise(years):
        assert year.last + DAY == following.first
        days = (year.last - year.first).days + 1
        leap = any(each.month == 2 and each.day == 29 for each in (year.first + DAY * at for at in range(days)))
        assert days == 365 + leap


@given(STARTS, st.integers(0, 5000))
def test_every_day_from_the_first_on_is_in_the_last_of_the_years_begun_by_it(start: date, later: int) -> None:
    day = start + DAY * later
    years = list(years_until(start, day))
    assert [year for year in years if year.first <= day <= year.last] == years[-1:]


@given(STARTS, st.integers(0, 60))
def test_a_notice_year_is_found_by_its_name(start: date, number: int) -> None:
    year = notice_year(start, number)
    assert named_year(start, year.name) == year


@pytest.mark.parametrize("wrong", ["2024/25", "2025", "2025/27", "2025-26", "25/26", "", "２０２５/26", "2026/27 "])
def test_what_names_no_notice_year_is_refused_with_the_first_that_there_is(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no notice year of this contract; the first is 2025/26, from 2025-04-01"):
        named_year(date(2025, 4, 1), wrong)


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)), st.integers(1, 400))
def test_days_beginning_with_a_day_count_that_day(first: date, days: int) -> None:
    counted = takewhile(lambda number: number < days, range(days))
    assert last_of_days(first, days) == [first + DAY * number for number in counted][-1]


def test_thirty_days_cross_the_end_of_february_by_the_days_that_it_has() -> None:
    assert last_of_days(date(2027, 2, 1)) == date(2027, 3, 2)
    assert last_of_days(date(2028, 2, 1)) == date(2028, 3, 1)
