"""The trend of an information measure: its value against that of the latest period before that has one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ledger.levels import Status
from ledger.period import Month
from projections.cells import Verdict, level_in_force, verdict
from projections.standing import KpiStanding, Standing

Direction = Literal["up", "down", "same"]


@dataclass(frozen=True, slots=True)
class Trend:
    """How a value stands to the one before it.

    Args:
        direction: whether it went up or down, or is the same.
        period: the period of the value before.
        before: that value.
    """

    direction: Direction
    period: Month
    before: Decimal


def trend(standing: Standing, kpi: KpiStanding, period: Month, found: Verdict) -> Trend | None:
    """Return the trend of a cell.

    Nothing is told of a cell that levels judge, of one without a value or with none before it, and across a break in
    the series, where another thing is measured.
    """
    if found.status is not Status.INFORMATION or found.value is None or level_in_force(kpi, period) is not None:
        return None
    breaks = [fact.first_period for _, fact in kpi.redefinitions if fact.first_period <= period]
    since = max(breaks, default="")
    for earlier in sorted((each for each in kpi.cells if since <= each < period), reverse=True):
        before = verdict(standing, kpi, earlier)
        if before.status is Status.INFORMATION and before.value is not None:
            return Trend(_direction(found, before), earlier, before.value)
    return None


def _direction(now: Verdict, before: Verdict) -> Direction:
    new, old = _in_full(now), _in_full(before)
    return "same" if new == old else "up" if new > old else "down"


def _in_full(found: Verdict) -> Decimal:
    assert found.value is not None
    in_full = found.outturn.compared if found.outturn else None
    return found.value if in_full is None else in_full
