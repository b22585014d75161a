"""Each KPI once, by its latest result: what a contract is counted and ranked by while its last month is not settled."""

from collections.abc import Iterable, Iterator
from datetime import date

from ledger.levels import RATED, RELIEVED, Status
from ledger.period import Frequency, Month, last_day, periods_within, shift
from projections.cells import verdict
from projections.standing import KpiStanding, Standing

RESULTS = (*RATED, *RELIEVED)
"""The statuses that are a result: rated, or relieved."""


def in_use(first_period: Month | None, last_period: Month | None, frequency: Frequency, as_at: date) -> bool:
    """Say whether a KPI is in use on a date; a reserved reference, which has no first period, is not.

    >>> in_use("2025-01", "2025-04", Frequency.QUARTERLY, date(2025, 6, 30))
    True
    >>> in_use("2025-01", "2025-04", Frequency.QUARTERLY, date(2025, 7, 1))
    False
    """
    if not first_period or first_period > as_at.isoformat()[:7]:
        return False
    return last_period is None or last_day(last_period, frequency) >= as_at


def last_begun(frequency: Frequency, as_at: date, last: Month | None) -> Month:
    """Return the last month in which a period may have begun that is over by a date.

    Args:
        frequency: how long the period is.
        as_at: the date.
        last: the last month asked about; None for no other bound than the date.

    >>> last_begun(Frequency.QUARTERLY, date(2025, 6, 30), None)
    '2025-03'
    >>> last_begun(Frequency.MONTHLY, date(2025, 6, 30), "2025-02")
    '2025-02'
    """
    over = shift(as_at.isoformat()[:7], -frequency.months)
    return over if last is None else min(over, last)


def latest_results(
    standing: Standing, as_at: date, last: Month | None = None
) -> Iterator[tuple[KpiStanding, Status | None]]:
    """Yield each KPI in use with its latest result as at a date, of a period of its own length; None if it has none.

    Args:
        standing: the contract, as at the date.
        as_at: the date; a period that is not over by then has no result yet.
        last: the last month in which a period may begin; None for the latest there is.
    """
    for kpi in standing.in_order():
        if in_use(kpi.first_period, kpi.last_period, kpi.frequency, as_at):
            until = last_begun(kpi.frequency, as_at, last)
            began = reversed(periods_within(kpi.first_period, until, kpi.first_period, kpi.frequency))
            statuses = (verdict(standing, kpi, period).status for period in began)
            yield kpi, next((each for each in statuses if each in RESULTS), None)


def reds_and_ambers(statuses: Iterable[str | None]) -> tuple[int, int]:
    """Count the red results, and the amber."""
    found = list(statuses)
    return found.count(Status.RED.value), found.count(Status.AMBER.value)
