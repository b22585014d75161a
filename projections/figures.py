"""What the ledger has for each figure of an outside table, and whether the two agree."""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from ledger.period import Month
from ledger.published import POINTS, Printed, amount_of
from ledger.report_facts import ReportPublished
from ledger.values import EXACT, plain
from projections.abatement import PeriodTotal, period_totals
from projections.cells import Cell, verdict, window
from projections.moment import counting
from projections.question import Question
from projections.standing import KpiStanding, Standing, stand
from projections.summary import ALL, CountedCell, counted_cells
from projections.table import STATUS_WORDS
from projections.wording import DATA_NOT_AVAILABLE, displayed

NUMBER = re.compile(r"([+-]?\d{1,30}(?:\.\d{1,30})?) ?(%?)", re.ASCII)
STATUSES = {
    **{status: status for status in STATUS_WORDS},
    **{words.lower(): status for status, words in STATUS_WORDS.items()},
}
_PENNY = Decimal("0.01")


def is_points(standing: Standing, printed: Printed) -> bool:
    """Say whether a figure is the points of a KPI."""
    return printed.row not in standing.kpis and printed.row.endswith(POINTS)


def kpi_named(standing: Standing, printed: Printed) -> KpiStanding | None:
    """Return the KPI whose result or points a figure is; None if it names none."""
    if is_points(standing, printed):
        return standing.kpis.get(printed.row.removesuffix(POINTS))
    return standing.kpis.get(printed.row)


class Figures:
    """What the ledger has, as a question sees it: counts, results and points."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.standing = question.standing
        self._cells: dict[str, dict[Month, Cell]] = {}

    @cached_property
    def counted(self) -> list[CountedCell]:
        """Return every cell that is counted."""
        return list(counted_cells(self.question))

    @cached_property
    def counts(self) -> dict[tuple[str, Month], Counter[str]]:
        """Return the counts of each service and of all, by period and row."""
        found: dict[tuple[str, Month], Counter[str]] = {}
        for each in self.counted:
            for service in (ALL, each.kpi.introduced.service):
                found.setdefault((service, each.column), Counter())[each.row] += 1
        return found

    @cached_property
    def totals(self) -> dict[Month, PeriodTotal]:
        """Return the points and credits of each period; none if the terms have no points."""
        return {total.period: total for total in period_totals(self.standing, self.question.columns)}

    @cached_property
    def reports(self) -> list[tuple[ReportPublished, Standing]]:
        """Return the published reports in sight, each with the facts as it was pinned."""
        found = []
        for recorded, report in self.standing.reports:
            standing = stand(counting(self.question.history, report.as_at, recorded.position))
            if standing is not None:
                found.append((report, standing))
        return found

    def cell(self, kpi: KpiStanding, period: Month) -> Cell:
        """Return a KPI's cell in a period."""
        ref = kpi.introduced.ref
        if ref not in self._cells:
            first, last = self.question.columns[0], self.question.last_month
            self._cells[ref] = {each.period: each for each in window(self.standing, kpi, first, last)}
        return self._cells[ref][period]

    def of(self, printed: Printed) -> int | str | None:
        """Return what the ledger has for a figure: a count, an amount, a value or a status; None where it has none."""
        if not self.standing.holds(printed.period):
            return None
        if printed.counts:
            counted = self.counts.get((printed.service, printed.period), Counter())
            return counted.total() if printed.row == "total" else counted[printed.row]
        kpi = kpi_named(self.standing, printed)
        if printed.totals or kpi is None or is_points(self.standing, printed):
            amount = self.amount(printed)
            return None if amount is None else plain(amount)
        found = verdict(self.standing, kpi, printed.period)
        if NUMBER.fullmatch(printed.published) and found.value is not None:
            return displayed(kpi, printed.period, found.value)
        return found.status.value

    def amount(self, printed: Printed) -> Decimal | None:
        """Return the points or the credit that the ledger has for a figure of these; None where it has none."""
        if printed.totals:
            total = self.totals.get(printed.period, PeriodTotal(printed.period))
            amount: Decimal | None = getattr(total, printed.row)
            return amount
        kpi = kpi_named(self.standing, printed)
        return None if kpi is None else self.cell(kpi, printed.period).points

    def agrees(self, printed: Printed) -> bool:
        """Say whether a figure is the ledger's: an amount exactly or as it is shown, on either side."""
        ledger = self.of(printed)
        if printed.counts:
            return ledger == int(printed.published)
        kpi = kpi_named(self.standing, printed)
        if printed.totals or kpi is None or is_points(self.standing, printed):
            return self._same_amount(printed)
        found = verdict(self.standing, kpi, printed.period)
        if number := NUMBER.fullmatch(printed.published):
            if found.value is None or ledger is None:
                return False
            shown = Decimal(displayed(kpi, printed.period, found.value))
            return not {Decimal(number[1]), printed.stored}.isdisjoint((found.value, shown))
        if printed.published.lower() == DATA_NOT_AVAILABLE.lower():
            return found.basis == "data_not_available"
        return STATUSES[printed.published.lower()] == found.status.value

    def _same_amount(self, printed: Printed) -> bool:
        amount = self.amount(printed)
        if amount is None:
            return False
        shown = amount.quantize(_PENNY, ROUND_HALF_UP, EXACT) if printed.row == "service_credit" else amount
        return not {amount_of(printed.published), printed.stored}.isdisjoint((amount, shown))


def reported_cells(
    reports: Sequence[tuple[ReportPublished, Standing]], ref: str, period: Month
) -> list[tuple[ReportPublished, Standing, KpiStanding]]:
    """Return the reports that show a KPI in a period, with the KPI as each was pinned."""
    return [
        (report, standing, standing.kpis[ref])
        for report, standing in reports
        if ref in standing.kpis and report.first_period <= period <= report.last_period
    ]
