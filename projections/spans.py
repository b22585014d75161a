"""Periods and ranges in words, as the reports write them beside a KPI."""

from collections.abc import Sequence
from datetime import date

from ledger.parts import Until
from ledger.period import Frequency, Month, day_in_words, following, heading, periods


def between(first: Month, last: Month, frequency: Frequency) -> str:
    """Name the periods from the first to that in which a month falls.

    >>> between("2017-06", "2017-08", Frequency.MONTHLY), between("2017-06", "2017-06", Frequency.MONTHLY)
    ('Jun-17 to Aug-17', 'Jun-17')
    >>> between("2017-04", "2017-05", Frequency.QUARTERLY)
    'Apr–Jun 2017 (Q1 2017/18)'
    """
    later = periods(first, last, frequency)[1:]
    return " to ".join(heading(each, frequency) for each in (first, *later[-1:]))


def among(some: Sequence[Month], frequency: Frequency) -> str:
    """Name some periods, in order; three or more in a row as a range.

    >>> among(["2017-06", "2017-07"], Frequency.MONTHLY)
    'Jun-17 and Jul-17'
    >>> among(["2017-03", "2017-06", "2017-07", "2017-08"], Frequency.MONTHLY)
    'Mar-17 and Jun-17 to Aug-17'
    >>> among(["2017-03", "2017-05", "2017-07"], Frequency.MONTHLY)
    'Mar-17, May-17 and Jul-17'
    """
    rows: list[list[Month]] = []
    for period in some:
        if rows and following(rows[-1][-1], frequency) == period:
            rows[-1].append(period)
        else:
            rows.append([period])
    named = [
        name
        for row in rows
        for name in (
            [between(row[0], row[-1], frequency)] if len(row) > 2 else [heading(each, frequency) for each in row]
        )
    ]
    return listed(named)


def listed(names: Sequence[str]) -> str:
    """Write names one after the other, the last with "and".

    >>> listed(["A"]), listed(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def awaited(range_: Until, reached_on: date | None = None) -> str:
    """Say what the end of a range waits for, or waited for, if it has none of its own.

    >>> awaited(Until(until_milestone="live", plus_months=3)), awaited(Until())
    ('the milestone live and 3 months more', 'ended')
    >>> awaited(Until(until_milestone="live"), date(2018, 5, 15))
    'the milestone live (reached on 15 May 2018)'
    """
    if range_.until_milestone is None:
        return "ended"
    months = range_.plus_months
    more = f" and {months} {'month' if months == 1 else 'months'} more" if months else ""
    reached = f" (reached on {day_in_words(reached_on)})" if reached_on else ""
    return f"the milestone {range_.until_milestone}{reached}{more}"
