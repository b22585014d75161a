"""Reading a date of delivery as it was printed: which days each part of it may mean. Nothing is guessed.

No library does this: those for dates fill in what is not there (a month without a day gets today's, `Q1 2018` a
day in January) or give up on a text with two dates.
"""

import re
from calendar import month_name, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ledger.period import day_in_words


class Meaning(StrEnum):
    """What a part of a printed date was read as."""

    DAY = "day"
    MONTH = "month"
    CALENDAR_QUARTER = "calendar quarter"
    FINANCIAL_QUARTER = "financial quarter"
    COMPLETE = "complete"
    TO_BE_CONFIRMED = "to be confirmed"
    NOT_APPLICABLE = "not applicable"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class Reading:
    """A printed part with the first and the last day it may mean; None for both where it means no day.

    `supposes` is what the reading takes for granted, where it does.
    """

    printed: str
    first_day: date | None
    last_day: date | None
    meaning: Meaning
    supposes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.first_day is None or self.last_day is None:
            return f"not read: {self.printed}" if self.meaning is Meaning.NOT_READ else self.meaning.value
        if self.first_day == self.last_day:
            return day_in_words(self.last_day)
        month = "" if self.first_day.month == self.last_day.month else f" {month_name[self.first_day.month]}"
        return f"{self.first_day.day}{month} to {day_in_words(self.last_day)}"


CALENDAR_QUARTERS = (
    "A quarter with one year (Q1 2018) is read as a calendar quarter (to 31 March 2018): "
    "reports do not say whether it is one of the financial year."
)
DAY_FIRST = "A date in numerals is read with its day first (5/6/2017 is 5 June 2017)."
THIS_CENTURY = "A year of two numerals is read as one of this century (16 is 2016)."

_MONTHS = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    "Sep(?:t|tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_MONTHS_SHORT = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = r"(?:19|20|21)\d\d"
_FORMS = re.compile(
    rf"""(?<![\w/.-])(?:
    (?P<iso>{_YEAR}-\d\d-\d\d)
    |(?P<numerals>\d\d?(?P<sign>[/.-])\d\d?(?P=sign)(?:{_YEAR}|\d\d))
    |(?P<day>\d\d?)(?:st|nd|rd|th)?[ -](?:of[ ])?(?P<month_of_day>{_MONTHS})\.?,?[ -](?P<year_of_day>{_YEAR})
    |(?P<month>{_MONTHS})\.?,?[ -](?P<year>{_YEAR})
    |Q(?P<part>[1-4])[ -]?(?P<financial>{_YEAR})/(?P<ends>\d\d)
    |Q(?P<quarter>[1-4])[ -]?(?P<calendar>{_YEAR})
    |(?P<complete>(?<!not[ ])(?<!be[ ])completed?)
    |(?P<awaited>TB[ACD]|to[ ]be[ ]confirmed)
    |(?P<none>N/A|not[ ]applicable)
    )(?![\w/]|[.-]\w)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_BRACKETS = re.compile(r"(\([^()]*\))")
_BETWEEN = re.compile(r"^(?:[\s.,;:&–—-]|and\b)+|(?:[\s.,;:&–—-]|\band)+$", re.IGNORECASE)
_WORDS = {"complete": Meaning.COMPLETE, "awaited": Meaning.TO_BE_CONFIRMED, "none": Meaning.NOT_APPLICABLE}


def read_expected(text: str) -> tuple[Reading, ...]:
    """Read every part of a printed date of delivery, in the order printed; a blank text has none.

    >>> [str(each) for each in read_expected("31 Dec 2016 (first office) Q4 2017 (the rest)")]
    ['31 December 2016', '1 October to 31 December 2017']
    >>> [str(each) for each in read_expected("soon, or Sept 2017")]
    ['not read: soon, or', '1 to 30 September 2017']
    >>> [str(each) for each in read_expected("TBC")], [str(each) for each in read_expected("31/02/2018")]
    (['to be confirmed'], ['not read: 31/02/2018'])
    """
    readings: list[Reading] = []
    for part in _BRACKETS.split(" ".join(text.split())):
        if part.startswith("("):
            _read_brackets(part, readings)
        else:
            readings += _parts(part)
    return tuple(readings)


def last_expected(readings: tuple[Reading, ...]) -> date | None:
    """Return the last day of the latest date among readings; None if none is a date."""
    return max((each.last_day for each in readings if each.last_day is not None), default=None)


def _read_brackets(part: str, readings: list[Reading]) -> None:
    """Read what stands in brackets: one form of its own, a remark on the date before it, or nothing understood."""
    words = part[1:-1].strip()
    whole = _FORMS.fullmatch(words)
    reading = _read(whole) if whole else None
    before = readings[-1] if readings else None
    if reading is not None:
        readings.append(reading)
    elif before is not None and before.last_day is not None and not _FORMS.search(words):
        readings[-1] = replace(before, printed=f"{before.printed} {part}")
    else:
        readings.append(Reading(part, None, None, Meaning.NOT_READ))


def _parts(text: str) -> Iterator[Reading]:
    done = 0
    for found in _FORMS.finditer(text):
        reading = _read(found)
        if reading is None:
            continue
        yield from _unread(text[done : found.start()])
        yield reading
        done = found.end()
    yield from _unread(text[done:])


def _unread(between: str) -> Iterator[Reading]:
    words = _BETWEEN.sub("", between)
    if words:
        yield Reading(words, None, None, Meaning.NOT_READ)


def _read(found: re.Match[str]) -> Reading | None:
    """Read one form; None if there is no such day."""
    printed = found[0]
    for group, meaning in _WORDS.items():
        if found[group]:
            return Reading(printed, None, None, meaning)
    try:
        return _read_date(found, printed)
    except ValueError:
        return None


def _read_date(found: re.Match[str], printed: str) -> Reading | None:
    if found["iso"]:
        return _one_day(printed, date.fromisoformat(found["iso"]))
    if found["numerals"]:
        return _in_numerals(printed, found["sign"])
    if found["day"]:
        day = date(int(found["year_of_day"]), _month(found["month_of_day"]), int(found["day"]))
        return _one_day(printed, day)
    if found["month"]:
        return _span(printed, int(found["year"]), _month(found["month"]), 1, Meaning.MONTH)
    if found["financial"]:
        year, part = int(found["financial"]), int(found["part"])
        if (year + 1) % 100 != int(found["ends"]):
            return None
        first = (year + 1, 1) if part == 4 else (year, 3 * part + 1)
        return _span(printed, *first, 3, Meaning.FINANCIAL_QUARTER)
    first_month = 3 * int(found["quarter"]) - 2
    return _span(printed, int(found["calendar"]), first_month, 3, Meaning.CALENDAR_QUARTER, (CALENDAR_QUARTERS,))


def _in_numerals(printed: str, sign: str) -> Reading:
    day, month, year = map(int, printed.split(sign))
    short = year < 100
    read = date(year + 2000 if short else year, month, day)
    either_way = day <= 12 and day != month
    supposes = [DAY_FIRST] * either_way + [THIS_CENTURY] * short
    return Reading(printed, read, read, Meaning.DAY, tuple(supposes))


def _one_day(printed: str, day: date) -> Reading:
    return Reading(printed, day, day, Meaning.DAY)


def _span(
    printed: str, year: int, first_month: int, months: int, meaning: Meaning, supposes: tuple[str, ...] = ()
) -> Reading:
    last_month = first_month + months - 1
    first = date(year, first_month, 1)
    return Reading(printed, first, date(year, last_month, monthrange(year, last_month)[1]), meaning, supposes)


def _month(name: str) -> int:
    return _MONTHS_SHORT.index(name[:3].lower()) + 1
