"""Periods: a KPI's results are about a period, named by its first month, `2017-05`.

A month is the text `YYYY-MM`; such texts sort as the months do. A range names its first and its
last period, both included.
"""

from calendar import month_abbr, month_name, monthrange
from datetime import date
from enum import StrEnum
from functools import lru_cache

Month = str
END_OF_TIME: Month = "9999-12"


class Frequency(StrEnum):
    """How often a KPI is measured; its value gives the length of its periods."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SIX_MONTHLY = "six-monthly"
    ANNUAL = "annual"

    @property
    def months(self) -> int:
        """Return the length of one period, in months."""
        return _LENGTHS[self]


_LENGTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SIX_MONTHLY: 6, Frequency.ANNUAL: 12}
_FINANCIAL_YEAR_STARTS = 4


@lru_cache(maxsize=4096)
def _ordinal(month: Month) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


@lru_cache(maxsize=4096)
def _month(ordinal: int) -> Month:
    return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"


def shift(month: Month, months: int) -> Month:
    """Return the month that many months later, or earlier if negative.

    >>> shift("2017-11", 3), shift("2017-01", -1)
    ('2018-02', '2016-12')
    """
    return _month(_ordinal(month) + months)


def months_between(first: Month, second: Month) -> int:
    """Return how many months the second is after the first.

    >>> months_between("2016-12", "2017-02"), months_between("2017-02", "2016-12")
    (2, -2)
    """
    return _ordinal(second) - _ordinal(first)


def contract_month(month: Month, commenced: Month) -> int:
    """Return the number of a month in the contract; the month it commenced is 1.

    >>> contract_month("2017-06", "2015-04"), contract_month("2021-12", "2015-04")
    (27, 81)
    """
    return months_between(commenced, month) + 1


def following(period: Month, frequency: Frequency) -> Month:
    """Return the next period.

    >>> following("2017-10", Frequency.QUARTERLY)
    '2018-01'
    """
    return shift(period, frequency.months)


@lru_cache(maxsize=4096)
def is_period(month: Month, first_period: Month, frequency: Frequency) -> bool:
    """Say whether a month begins a period of a KPI that is counted from its first period.

    >>> is_period("2017-07", "2017-04", Frequency.QUARTERLY)
    True
    >>> is_period("2017-05", "2017-04", Frequency.QUARTERLY)
    False
    """
    return months_between(first_period, month) % frequency.months == 0


def periods(first: Month, last: Month, frequency: Frequency) -> list[Month]:
    """Return the periods from the first to the last, both included.

    >>> periods("2017-04", "2017-12", Frequency.QUARTERLY)
    ['2017-04', '2017-07', '2017-10']
    >>> periods("2017-04", "2017-03", Frequency.MONTHLY)
    []
    """
    return [_month(ordinal) for ordinal in range(_ordinal(first), _ordinal(last) + 1, frequency.months)]


def periods_within(first: Month, last: Month, anchor: Month, frequency: Frequency) -> list[Month]:
    """Return the periods, counted from the anchor, whose first month lies between two months.

    >>> periods_within("2017-03", "2017-08", "2013-04", Frequency.QUARTERLY)
    ['2017-04', '2017-07']
    """
    step = frequency.months
    start = _ordinal(first) + (_ordinal(anchor) - _ordinal(first)) % step
    return [_month(ordinal) for ordinal in range(start, _ordinal(last) + 1, step)]


@lru_cache(maxsize=4096)
def last_day(period: Month, frequency: Frequency) -> date:
    """Return the last day of a period; a return for it is dated later.

    >>> last_day("2017-11", Frequency.QUARTERLY)
    datetime.date(2018, 1, 31)
    """
    end = shift(period, frequency.months - 1)
    year, month = int(end[:4]), int(end[5:])
    return date(year, month, monthrange(year, month)[1])


def heading(period: Month, frequency: Frequency) -> str:
    """Name a period as the head of a column.

    >>> heading("2017-03", Frequency.MONTHLY)
    'Mar-17'
    >>> heading("2017-04", Frequency.QUARTERLY)
    'Apr–Jun 2017 (Q1 2017/18)'
    >>> heading("2017-10", Frequency.SIX_MONTHLY)
    'Oct 2017–Mar 2018 (H2 2017/18)'
    >>> heading("2017-05", Frequency.QUARTERLY)
    'May–Jul 2017'
    """
    if frequency is Frequency.MONTHLY:
        return f"{month_abbr[int(period[5:])]}-{period[2:4]}"
    end = shift(period, frequency.months - 1)
    first_year = "" if period[:4] == end[:4] else f" {period[:4]}"
    first, last = month_abbr[int(period[5:])], month_abbr[int(end[5:])]
    return f"{first}{first_year}–{last} {end[:4]}{_financial_part(period, frequency)}"


def _financial_part(period: Month, frequency: Frequency) -> str:
    """Name the part of the financial year (from April) that a period is, if it is one."""
    offset = (int(period[5:]) - _FINANCIAL_YEAR_STARTS) % 12
    if offset % frequency.months:
        return ""
    starts = int(shift(period, -offset)[:4])
    year = f"{starts}/{(starts + 1) % 100:02d}"
    letter = {Frequency.QUARTERLY: "Q", Frequency.SIX_MONTHLY: "H"}.get(frequency)
    return f" ({letter}{offset // frequency.months + 1} {year})" if letter else f" ({year})"


def in_words(period: Month, frequency: Frequency) -> str:
    """Name a period inside a sentence.

    >>> in_words("2017-05", Frequency.MONTHLY)
    'May 2017'
    >>> in_words("2017-04", Frequency.QUARTERLY)
    'Apr–Jun 2017 (Q1 2017/18)'
    """
    if frequency is Frequency.MONTHLY:
        return f"{month_name[int(period[5:])]} {period[:4]}"
    return heading(period, frequency)


def day_in_words(day: date) -> str:
    """Write a date as the reports do.

    >>> day_in_words(date(2017, 10, 26))
    '26 October 2017'
    """
    return f"{day.day} {month_name[day.month]} {day.year}"
