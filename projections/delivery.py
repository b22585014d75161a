"""How far a reported project has got, when it is due, and how far that has slipped. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.report_facts import ProjectReported
from projections.expected import Meaning, Reading, last_expected, read_expected

MONTHS_AHEAD = 9


class State(StrEnum):
    """What the words of a project's status come to."""

    OPEN = "open"
    DONE = "done"
    PARTS_OPEN = "done, parts open"
    ENDED = "ended without delivery"

    @property
    def done(self) -> bool:
        """Say whether the project counts as done."""
        return self in {State.DONE, State.PARTS_OPEN}


class Due(StrEnum):
    """When what is still open is due, seen from the day it is asked of."""

    OVERDUE = "overdue"
    AHEAD = "in the months ahead"
    LATER = "later"
    WITHOUT_DATE = "without a date"


_ENDED = re.compile(r"not required|n/a|early closure|cancelled|withdrawn", re.IGNORECASE)
_PARTLY = re.compile(r"(?:part|partly|partially)[ -]completed?\b", re.IGNORECASE)
_DONE = re.compile(r"(?:complete|completed|closed|done)\b", re.IGNORECASE)
_PARTS_OPEN = re.compile(r"\bparts?\b.*\bopen\b", re.IGNORECASE)


def state(status: str, readings: tuple[Reading, ...], as_at: date) -> State:
    """Read a status: done if its words begin so; with parts open if it says so or a further date is still to come.

    >>> state("Completed, parts open", (), date(2017, 10, 26)), state("in progress", (), date(2017, 10, 26))
    (<State.PARTS_OPEN: 'done, parts open'>, <State.OPEN: 'open'>)
    >>> state("completed", read_expected("31 Dec 2016 (one half) Q4 2017 (the other)"), date(2017, 10, 26))
    <State.PARTS_OPEN: 'done, parts open'>
    >>> state("early closure agreed", (), date(2017, 10, 26))
    <State.ENDED: 'ended without delivery'>
    """
    words = status.strip()
    if _ENDED.match(words):
        return State.ENDED
    if _PARTLY.match(words):
        return State.PARTS_OPEN
    if not _DONE.match(words):
        return State.OPEN
    dates = [each.last_day for each in readings if each.last_day is not None]
    further = len(dates) > 1 and max(dates) > as_at
    return State.PARTS_OPEN if further or _PARTS_OPEN.search(words) else State.DONE


def months_ahead(as_at: date) -> date:
    """Return the last day of the months that a review looks ahead; the end of time where there is no such day.

    >>> months_ahead(date(2017, 10, 26)), months_ahead(date(2017, 5, 31))
    (datetime.date(2018, 7, 26), datetime.date(2018, 2, 28))
    """
    months = as_at.month - 1 + MONTHS_AHEAD
    year, month = as_at.year + months // 12, months % 12 + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(as_at.day, monthrange(year, month)[1]))


def due(found: State, last_day: date | None, as_at: date) -> Due | None:
    """Say when what is still open is due, by the last day expected; None if nothing is open.

    The last day itself is not overdue. Of what is done with parts open, a date that has passed is that of parts done.

    >>> due(State.OPEN, date(2017, 9, 30), date(2017, 10, 26))
    <Due.OVERDUE: 'overdue'>
    >>> due(State.PARTS_OPEN, date(2017, 9, 30), date(2017, 10, 26))
    <Due.WITHOUT_DATE: 'without a date'>
    """
    if found in {State.DONE, State.ENDED}:
        return None
    if last_day is None or (found is State.PARTS_OPEN and last_day < as_at):
        return Due.WITHOUT_DATE
    if last_day < as_at:
        return Due.OVERDUE
    return Due.AHEAD if last_day <= months_ahead(as_at) else Due.LATER


@dataclass(frozen=True, slots=True)
class Slippage:
    """How far the last expected day has moved between two snapshots, and why it may not be known.

    `days` is negative where it has moved to an earlier day; None where it is not known.
    """

    days: int | None
    words: str


def slippage(was: ProjectReported, now: ProjectReported) -> Slippage:
    """Compare the last days expected by two snapshots; a part that was not read leaves them not comparable."""
    before, after = read_expected(was.expected), read_expected(now.expected)
    first, second = last_expected(before), last_expected(after)
    unread = any(each.meaning is Meaning.NOT_READ for each in (*before, *after))
    if first is None or second is None or unread:
        return Slippage(None, "not comparable")
    days = (second - first).days
    number = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    words = "not moved" if days == 0 else f"{number} {'later' if days > 0 else 'earlier'}"
    dates, dates_before = (sum(each.last_day is not None for each in read) for read in (after, before))
    if dates != dates_before:
        words += f" (the last of {dates} date{'' if dates == 1 else 's'}; {dates_before} before)"
    return Slippage(days, words)
