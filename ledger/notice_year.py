"""Notice years: the periods of 12 months of a contract's life; and days that are counted from their first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_YEAR = re.compile(r"((?:19|20|21)\d\d)(?:/(\d\d))?", re.ASCII)
NOTICE_DAYS = 30
LAST_YEAR = 2199
"""The last year in which a notice year begins, as it is the last in which a period does."""


@dataclass(frozen=True, slots=True)
class NoticeYear:
    """A period of 12 months, first and last day included; it is named by the year, or the two, it falls in."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """Return its name.

        >>> NoticeYear(date(2026, 4, 1), date(2027, 3, 31)).name, NoticeYear(date(2026, 1, 1), date(2026, 12, 31)).name
        ('2026/27', '2026')
        """
        first, last = self.first.year, self.last.year
        return f"{first}" if first == last else f"{first}/{last % 100:02d}"


def anniversary(day: date, years: int) -> date:
    """Return the day that begins another period of 12 months, some years after one that begins with a day.

    29 February has none in a common year: the 12 months before it end with 28 February, so the next begin on 1 March.

    >>> anniversary(date(2026, 4, 1), 1), anniversary(date(2028, 2, 29), 1), anniversary(date(2028, 2, 29), 4)
    (datetime.date(2027, 4, 1), datetime.date(2029, 3, 1), datetime.date(2032, 2, 29))
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def notice_year(start: date, number: int) -> NoticeYear:
    """Return a notice year, the first being 0.

    >>> notice_year(date(2027, 3, 1), 0).last, notice_year(date(2028, 2, 29), 0).last
    (datetime.date(2028, 2, 29), datetime.date(2029, 2, 28))
    """
    return NoticeYear(anniversary(start, number), anniversary(start, number + 1) - timedelta(days=1))


def years_until(start: date, day: date) -> Iterator[NoticeYear]:
    """Return the notice years that begin on or before a day, up to the last there are.

    >>> [year.name for year in years_until(date(2025, 4, 1), date(2027, 4, 1))]
    ['2025/26', '2026/27', '2027/28']
    """
    for number in range(LAST_YEAR - start.year + 1):
        year = notice_year(start, number)
        if year.first > day:
            return
        yield year


def named_year(start: date, text: str) -> NoticeYear:
    """Return the notice year of a name, given the day that begins the first.

    Raises:
        ValueError: with a sentence that says what would do, if no notice year has that name.

    >>> named_year(date(2025, 4, 1), "2026/27").first
    datetime.date(2026, 4, 1)
    """
    given, first = _YEAR.fullmatch(text), notice_year(start, 0)
    if given is not None and int(given[1]) >= start.year:
        year = notice_year(start, int(given[1]) - start.year)
        if text == year.name:
            return year
    raise ValueError(f'"{text}" is no notice year of this contract; the first is {first.name}, from {first.first}')


def last_of_days(first: date, days: int = NOTICE_DAYS) -> date:
    """Return the last of a number of days beginning with a day, which counts.

    >>> last_of_days(date(2026, 1, 1)), last_of_days(date(2028, 2, 1), 29)
    (datetime.date(2026, 1, 30), datetime.date(2028, 2, 29))
    """
    return first + timedelta(days=days - 1)
