"""What a period's total does not have yet: results that are not in, or not agreed."""

from collections.abc import Sequence

from ledger.period import Month, shift
from projections.cells import window
from projections.points import UNDECIDED
from projections.standing import Standing


def undecided(standing: Standing, columns: Sequence[Month]) -> dict[Month, list[str]]:
    """Return the KPIs, by the contract's period that their points fall in, whose result is not in or not agreed."""
    found: dict[Month, list[str]] = {column: [] for column in columns}
    if not columns:
        return found
    starts = sorted(columns)
    last = shift(starts[-1], standing.terms.frequency.months - 1)
    for kpi in standing.in_order():
        for cell in window(standing, kpi, starts[0], last):
            if cell.status in UNDECIDED:
                found[max(start for start in starts if start <= cell.period)].append(cell.kpi)
    return found
