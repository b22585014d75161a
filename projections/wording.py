"""A cell in the words of the reports: the value as it is printed, and what its status is called."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from ledger.period import Month
from ledger.values import EXACT
from projections.cells import Cell, Verdict, level_in_force
from projections.standing import KpiStanding
from projections.table import STATUS_WORDS, Text
from projections.trend import Trend

DATA_NOT_AVAILABLE = "Data not available"
_MOST_NAMED = 12


def displayed(kpi: KpiStanding, period: Month, value: Decimal) -> str:
    """Write a value with the KPI's decimals; in full if rounding would show it with another status."""
    if kpi.introduced.decimals is None:
        return f"{value:f}"
    rounded = value.quantize(Decimal(1).scaleb(-kpi.introduced.decimals), ROUND_HALF_UP, EXACT)
    level = level_in_force(kpi, period)
    better = kpi.introduced.better
    if (
        level is not None
        and not kpi.introduced.round_first
        and level.rate(rounded, better) != level.rate(value, better)
    ):
        return f"{value:f}"
    return f"{rounded:f}"


def in_words(kpi: KpiStanding, period: Month, found: Verdict) -> str:
    """Say what a cell shows: its value, if there is one, and its status."""
    if found.basis == "data_not_available":
        return DATA_NOT_AVAILABLE
    words = STATUS_WORDS[found.status.value]
    if found.value is None:
        none = found.outturn is not None and not found.relieved_by and found.basis is None
        return f"No denominator: {words}" if none else words
    return f"{displayed(kpi, period, found.value)} {words}"


def with_trend(kpi: KpiStanding, period: Month, found: Verdict, trend: Trend | None) -> str | None:
    """Say what a cell shows with its trend; None if it has none.

    A value that is printed like the one before it and is not the same is told to be up or down all the same.
    """
    if trend is None or found.value is None:
        return None
    before = displayed(kpi, trend.period, trend.before)
    moved = f"same as {before}" if trend.direction == "same" else f"{trend.direction} from {before}"
    return f"{displayed(kpi, period, found.value)} ({moved}) {STATUS_WORDS[found.status.value]}"


def cell_text(kpi: KpiStanding | None, cell: Cell | None) -> Text:
    """Return a cell for a table that sets before against after; a dash where there is none."""
    if kpi is None or cell is None:
        return Text("–")
    provisional = " [p]" if cell.verdict.provisional else ""
    return Text(in_words(kpi, cell.period, cell.verdict) + provisional, cell.status.value)


def listed(refs: Sequence[str]) -> str:
    """Name KPIs, the first of them where they are many.

    >>> listed(["A"]), listed(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    if len(refs) > _MOST_NAMED:
        return f"{', '.join(refs[:_MOST_NAMED])} and {len(refs) - _MOST_NAMED} more"
    return ", ".join(refs[:-1]) + (" and " if len(refs) > 1 else "") + refs[-1]
