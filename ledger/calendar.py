"""Working days: Monday to Friday but for the bank holidays of England and Wales.

Bank holidays are proclaimed late and moved, so a date worked out here is never shown without `named`, which
says by which calendar, of which version, it was found.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from ledger.period import Month

NAME = "bank holidays of England and Wales"
LIBRARY = "holidays"
FIRST_KNOWN_YEAR, LAST_KNOWN_YEAR = 2013, 2035
_FIRST_LISTED_YEAR, _LAST_LISTED_YEAR = 1872, 2100
_SATURDAY = 5


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Return the bank holidays of a year; none in years that the library does not list.

    The days of the Platinum Jubilee and of the Queen's funeral are among those of 2022, and 8 May 2023, a
    coronation's, among those of 2023:

    >>> [day.isoformat() for day in sorted(bank_holidays(2022)) if day.month in (6, 9)]
    ['2022-06-02', '2022-06-03', '2022-09-19']
    >>> date(2022, 5, 30) in bank_holidays(2022), date(2023, 5, 8) in bank_holidays(2023)
    (False, True)
    """
    if not _FIRST_LISTED_YEAR <= year <= _LAST_LISTED_YEAR:
        return frozenset()
    from holidays import country_holidays  # noqa: PLC0415 - other commands start without it

    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Say whether a day is a working day.

    Christmas of 2021 fell on a Saturday, so that the Monday and the Tuesday after it were bank holidays:

    >>> [is_working_day(date(2021, 12, day)) for day in (24, 25, 26, 27, 28, 29)]
    [True, False, False, False, False, True]

    Good Friday of 2018 was in March and Easter Monday in April:

    >>> [is_working_day(day) for day in (date(2018, 3, 29), date(2018, 3, 30), date(2018, 4, 2), date(2018, 4, 3))]
    [True, False, False, True]
    """
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def nth_working_day(month: Month, n: int) -> date:
    """Return the nth working day of a month, the first being 1; of a month with fewer, one of the next month.

    >>> nth_working_day("2017-10", 15)
    datetime.date(2017, 10, 20)
    >>> nth_working_day("2022-01", 1), nth_working_day("2018-04", 1), nth_working_day("2023-05", 5)
    (datetime.date(2022, 1, 4), datetime.date(2018, 4, 3), datetime.date(2023, 5, 9))

    April 2017 had 18 working days:

    >>> nth_working_day("2017-04", 18), nth_working_day("2017-04", 19)
    (datetime.date(2017, 4, 28), datetime.date(2017, 5, 2))
    """
    first = date(int(month[:4]), int(month[5:]), 1)
    return working_days_after(first, n - 1 if is_working_day(first) else n)


def working_days_after(day: date, n: int) -> date:
    """Return the day that is n working days after a day, which is not counted itself.

    >>> working_days_after(date(2022, 6, 1), 1), working_days_after(date(2022, 6, 4), 1)
    (datetime.date(2022, 6, 6), datetime.date(2022, 6, 6))
    >>> working_days_after(date(2017, 10, 21), 0)
    datetime.date(2017, 10, 21)
    """
    while n > 0:
        day += timedelta(days=1)
        n -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """Return how many working days there are after one day, up to and including another; 0 if it is no later.

    So n working days after a day there are n between the two.

    >>> working_days_between(date(2017, 10, 20), date(2017, 10, 23))
    1
    >>> working_days_between(date(2021, 12, 24), date(2021, 12, 28))
    0
    >>> working_days_between(date(2018, 4, 3), date(2018, 3, 1))
    0
    """
    if last <= first:
        return 0
    weekdays = _weekdays_up_to(last) - _weekdays_up_to(first)
    years = range(max(first.year, _FIRST_LISTED_YEAR), min(last.year, _LAST_LISTED_YEAR) + 1)
    free = (day for year in years for day in bank_holidays(year))
    return weekdays - sum(1 for day in free if first < day <= last and day.weekday() < _SATURDAY)


def _weekdays_up_to(day: date) -> int:
    """Return the number of days from Monday to Friday since 1 January of the year 1, a Monday."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * 5 + min(rest, 5)


@cache
def library_version() -> str:
    """Return the version of the library that lists the bank holidays."""
    from holidays.version import __version__  # noqa: PLC0415 - other commands start without it

    return __version__


def doubt(days: Iterable[date]) -> str | None:
    """Say what is not known well of the years in which some days fall; None if nothing is in doubt.

    >>> doubt([date(2017, 10, 20)])
    >>> doubt([date(2017, 10, 20), date(2040, 1, 3)])
    'bank holidays given for a single year may be missing before 2013 and after 2035'
    """
    if all(FIRST_KNOWN_YEAR <= day.year <= LAST_KNOWN_YEAR for day in days):
        return None
    return f"bank holidays given for a single year may be missing before {FIRST_KNOWN_YEAR} and after {LAST_KNOWN_YEAR}"


def named(days: Iterable[date] = ()) -> str:
    """Name the calendar and its version, with what is in doubt of the years in which some days fall.

    >>> named().startswith("bank holidays of England and Wales, holidays 0.")
    True
    >>> named([date(2012, 6, 5)]).endswith(f"; {doubt([date(2012, 6, 5)])}")
    True
    """
    found = f"{NAME}, {LIBRARY} {library_version()}"
    doubtful = doubt(days)
    return f"{found}; {doubtful}" if doubtful else found


def document(days: Iterable[date]) -> dict[str, Any]:
    """Return the calendar as the JSON of a view names it."""
    return {"name": NAME, "library": LIBRARY, "version": library_version(), "doubt": doubt(days)}
