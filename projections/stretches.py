"""What a KPI's periods wait for, and where they are relieved, in stretches of periods that are alike."""

from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from typing import NamedTuple

from ledger.levels import OUTSIDE, RELIEVED, Status
from ledger.period import END_OF_TIME, Frequency, Month, periods_within, shift
from projections.cells import verdict
from projections.progress import Waiting, due_of, is_agreed
from projections.standing import KpiStanding, Standing


class Stretch(NamedTuple):
    """Periods of a KPI one after another, from a first to a last, of the same status and waiting for the same.

    `last_period` is None where every later period is so, too; `waiting` is what each waits for once it is over.
    """

    first_period: Month
    last_period: Month | None
    status: Status
    waiting: Waiting | None

    def until(self, month: Month, frequency: Frequency) -> list[Month]:
        """Return the periods of the stretch that begin by a month."""
        last = month if self.last_period is None else min(month, self.last_period)
        return periods_within(self.first_period, last, self.first_period, frequency)


def stretches(standing: Standing, kpi: KpiStanding) -> list[Stretch]:
    """Return where a KPI's periods wait or are relieved, over or not, in order; agreed results are left out."""
    if kpi.introduced.reserved:
        return []
    begins = max(kpi.first_period, standing.terms.held_from)
    edges = sorted({begins, *(month for month in _edges(standing, kpi) if month > begins)})
    found = []
    for first, beyond in zip_longest(edges, edges[1:]):
        last = shift(beyond or shift(first, kpi.frequency.months), -1)
        periods = periods_within(first, last, kpi.first_period, kpi.frequency)
        if not periods or is_agreed(kpi, periods[0]):
            continue
        cell = verdict(standing, kpi, periods[0])
        waiting = None if cell.status in OUTSIDE else due_of(kpi, periods[0], cell).waiting
        if waiting is not None or cell.status in RELIEVED:
            found.append(Stretch(periods[0], periods[-1] if beyond else None, cell.status, waiting))
    return found


def _edges(standing: Standing, kpi: KpiStanding) -> Iterator[Month]:
    """Yield the months from which a KPI's periods may be other than the one before, by any fact."""
    firsts: list[Month] = [each.first_period for each in kpi.levels]
    firsts += [grant.first_period for _, grant in kpi.grants]
    firsts += [gap.first_period for gap in standing.gaps]
    lasts: list[Month | None] = [kpi.last_period, kpi.introduced.glide_until]
    lasts += [each.last_period for each in kpi.levels]
    lasts += [grant.last_period for _, grant in kpi.grants]
    lasts += [ending.last_period for _, ending in kpi.endings]
    lasts += [gap.last_period for gap in standing.gaps]
    yield from chain(firsts, kpi.cells, _after(lasts), _after(kpi.cells))


def _after(lasts: Iterable[Month | None]) -> Iterator[Month]:
    return (shift(last, 1) for last in lasts if last is not None and last != END_OF_TIME)
