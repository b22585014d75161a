"""Published reports against the facts of another moment: which of the cells they show are no longer so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.period import Month, day_in_words, heading, shift
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.cells import Cell, window
from projections.moment import counting
from projections.standing import KpiStanding, Standing, stand
from projections.table import Table, Text
from projections.wording import cell_text


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A cell that a published report shows otherwise than the facts now say."""

    report: ReportPublished
    kpi: KpiStanding
    period: Month
    published: Cell | None
    now: Cell


def mismatches(history: Sequence[Recorded], standing: Standing, cells: Collection[tuple[str, Month]]) -> list[Mismatch]:
    """Return which of some cells each published report shows otherwise than the standing facts say.

    Args:
        history: the contract's facts, in order of position.
        standing: the facts to compare with, sorted.
        cells: the cells to look at, as (kpi, period).
    """
    found = []
    for recorded, report in standing.reports:
        shown = [each for each in cells if _shows(report, each[1], standing)]
        pinned = stand(counting(history, report.as_at, recorded.position)) if shown else None
        if pinned is None:
            continue
        refs = dict.fromkeys(ref for ref, _ in shown)
        before, after = ({ref: _shown(each, ref, report) for ref in refs} for each in (pinned, standing))
        for ref, period in shown:
            was, now = before[ref].get(period), after[ref].get(period)
            if now is not None and _printed(was) != _printed(now):
                found.append(Mismatch(report, standing.kpis[ref], period, was, now))
    return found


def mismatch_table(found: Sequence[Mismatch]) -> Table:
    """Return a table of the cells that published reports show otherwise."""
    reports = dict.fromkeys(each.report.report for each in found)
    return Table(
        title=f"Published reports that no longer match today: {len(reports)}",
        columns=("Report", "As at", "KPI", "Period", "Published", "Today"),
        rows=[
            (
                Text(each.report.report),
                Text(day_in_words(each.report.as_at)),
                Text(each.kpi.introduced.ref),
                Text(heading(each.period, each.kpi.frequency)),
                cell_text(each.kpi, each.published),
                cell_text(each.kpi, each.now),
            )
            for each in found
        ],
        fixed=1,
    )


def _shows(report: ReportPublished, period: Month, standing: Standing) -> bool:
    return report.first_period <= period <= last_month(report, standing)


def last_month(report: ReportPublished, standing: Standing) -> Month:
    """Return the last month that a report shows, in which a period of a KPI may still begin."""
    return shift(report.last_period, standing.terms.frequency.months - 1)


def _shown(standing: Standing, ref: str, report: ReportPublished) -> dict[Month, Cell]:
    """Return the cells of a KPI that a report shows."""
    kpi = standing.kpis.get(ref)
    if kpi is None:
        return {}
    found = window(standing, kpi, report.first_period, last_month(report, standing))
    return {cell.period: cell for cell in found}


def _printed(cell: Cell | None) -> tuple[object, ...]:
    """Return what a report prints of a cell: its status, value and points."""
    return (cell.status, cell.verdict.basis, cell.verdict.value, cell.points) if cell else ()
