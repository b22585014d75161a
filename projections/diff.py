"""Every cell and point total that differs between two moments, and the facts that moved each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ledger.period import Month, heading, shift
from ledger.recorded import Recorded
from ledger.report_facts import ReportCorrected
from projections.abatement import PeriodTotal, amount, in_pounds, totals_of_derived
from projections.caps import limit_moved, months_capped, moved_through_the_cap, periods_counted
from projections.causes import Causes, contribution
from projections.cells import Cell, extent
from projections.derived import Derived
from projections.moment import Moment
from projections.moved_triggers import (
    MovedTrigger,
    moved_triggers,
    movers,
    periods_triggering,
    suspensions,
    trigger_table,
)
from projections.movement import seen
from projections.question import Question
from projections.standing import Standing, stand, unvoided
from projections.table import Table, Text
from projections.trail import cell_document, change_text, stamp
from projections.wording import cell_text


@dataclass(frozen=True, slots=True)
class MovedCell:
    """A cell that differs, and the ids of the facts that moved it, in the order they did."""

    kpi: str
    period: Month
    before: Cell | None
    after: Cell | None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedTotal:
    """A period whose points or credit differ, and the ids of the facts that moved them."""

    period: Month
    before: PeriodTotal | None
    after: PeriodTotal | None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two sets of a contract's facts."""

    cells: list[MovedCell]
    totals: list[MovedTotal]
    triggers: list[MovedTrigger] = field(default_factory=list)


def differences(
    before: Sequence[Recorded], after: Sequence[Recorded], columns: Sequence[Month] | None = None
) -> Differences:
    """Return what differs between two sets of a contract's facts, with causes.

    Args:
        before: the facts that count at the first moment.
        after: the facts that count at the second.
        columns: the contract's periods to compare; None for all that either set has results in.
    """
    old, new = stand(before), stand(after)
    standing = new or old
    if standing is None:
        return Differences([], [])
    columns = columns or max((extent(each) for each in (old, new) if each), key=len)
    last = shift(columns[-1], standing.terms.frequency.months - 1)
    counted = sorted({*periods_counted(standing, columns), *periods_triggering(standing, columns)})
    sides = [Derived(each) if each else None for each in (old, new)]
    was, now = (_totals_of(side, counted) for side in sides)
    whole = _moved_totals(was, now, counted)
    triggers = moved_triggers(standing, was, now, columns)
    totals = [total for total in whole if total.period in columns]
    causes = Causes(
        before,
        after,
        last,
        [total.period for total in whole],
        standing.terms.frequency,
        {each.period: months_capped(standing, each.period) for each in whole if limit_moved(each.before, each.after)},
    )
    known = dict.fromkeys(kpi.introduced.ref for each in (new, old) if each for kpi in each.in_order())
    first = min([columns[0], *(total.period for total in whole)])
    moved_cells = []
    for ref in filter(causes.may_have_moved, known):
        found = _moved_cells(ref, sides, first, last)
        if found or whole:
            costing = [moved.period for moved in found if contribution(moved.before) != contribution(moved.after)]
            because = causes.of_cells(ref, {moved.period: _changed(moved) for moved in found}, costing)
            moved_cells += [replace(moved, because=because[moved.period]) for moved in found]
    of_totals = _through_the_cap(whole, causes, standing)
    of_cells = {(moved.kpi, moved.period): moved.because for moved in moved_cells}
    suspending = suspensions(before, after)
    of_terms = {period: [each for each in ids if each in suspending] for period, ids in of_totals.items()}
    return Differences(
        [moved for moved in moved_cells if moved.period >= columns[0]],
        [replace(moved, because=of_totals[moved.period]) for moved in totals],
        [
            replace(moved, because=causes.told(dict.fromkeys(movers(moved, standing, of_cells, of_terms))))
            for moved in triggers
        ],
    )


def _through_the_cap(moved: Sequence[MovedTotal], causes: Causes, standing: Standing) -> dict[Month, tuple[str, ...]]:
    """Return the facts that moved each total: its own, and where the rolling cap moved it, those of months before."""
    because = causes.of_totals()
    for each in moved:
        if moved_through_the_cap(each.before, each.after):
            window = months_capped(standing, each.period)
            earlier = [
                other for other in moved if other.period in window and _pounds(other.before) != _pounds(other.after)
            ]
            ids = [fact for other in (*earlier, each) for fact in because[other.period]]
            because[each.period] = causes.told(dict.fromkeys(ids))
    return because


def _changed(moved: MovedCell) -> list[str]:
    was, now = seen(moved.before), seen(moved.after)
    return [name for name in was if was[name] != now[name]]


def _moved_cells(ref: str, sides: Sequence[Derived | None], first: Month, last: Month) -> list[MovedCell]:
    was, now = (_cells_of(ref, side, last) for side in sides)
    return [
        MovedCell(ref, period, was.get(period), now.get(period))
        for period in sorted({*was, *now})
        if period >= first and _differs(was.get(period), now.get(period))
    ]


def _differs(was: Cell | None, now: Cell | None) -> bool:
    """Compare two cells; a cell that shows nothing yet equals one that is not there."""
    shown = seen(was), seen(now)
    blank = (None, "awaiting", "not_held", "not_started")
    if was is None or now is None:
        return not all(each["status"] in blank and each["value"] is None for each in shown)
    return shown[0] != shown[1]


def _cells_of(ref: str, side: Derived | None, last: Month) -> dict[Month, Cell]:
    if side is None or ref not in side.standing.kpis:
        return {}
    return {cell.period: cell for cell in side.cells(side.standing.kpis[ref], last)}


def moved_totals(old: Standing | None, new: Standing | None, columns: Sequence[Month]) -> list[MovedTotal]:
    """Return the totals of the contract's periods that differ between two sets of facts."""
    was, now = (_totals_of(Derived(each) if each else None, columns) for each in (old, new))
    return _moved_totals(was, now, columns)


def _totals_of(side: Derived | None, columns: Sequence[Month]) -> dict[Month, PeriodTotal]:
    return {total.period: total for total in totals_of_derived(side, columns)} if side else {}


def _moved_totals(
    was: Mapping[Month, PeriodTotal], now: Mapping[Month, PeriodTotal], columns: Sequence[Month]
) -> list[MovedTotal]:
    return [
        MovedTotal(column, was.get(column), now.get(column))
        for column in columns
        if amounts(was.get(column)) != amounts(now.get(column))
    ]


def amounts(total: PeriodTotal | None) -> tuple[Decimal | None, ...]:
    """Return what a total is compared by; nothing yet equals 0."""
    if total is None:
        return (None, None, None)
    return (total.gross_points or None, total.relieved_points or None, total.service_credit or None)


@dataclass(frozen=True, slots=True)
class Diff:
    """The view: from one moment to another; `errata` are those that only one of the two knows."""

    earlier: Moment
    question: Question
    found: Differences
    errata: list[ReportCorrected]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON; a total's `before` and `after` are its net points."""
        scheme = self.question.standing.terms.scheme
        has_triggers = scheme is not None and bool(scheme.triggers)
        return {
            **self.question.heading(),
            "from": {
                "as_at": self.earlier.as_at.isoformat(),
                "known_at": stamp(self.earlier.known_at),
                "position": self.earlier.position,
            },
            "cells": [
                {
                    "kpi": moved.kpi,
                    "period": moved.period,
                    "before": cell_document(moved.before),
                    "after": cell_document(moved.after),
                    "because": list(moved.because),
                }
                for moved in self.found.cells
            ],
            "totals": [{**total_document(moved), "because": list(moved.because)} for moved in self.found.totals],
            **({"triggers": [each.document() for each in self.found.triggers]} if has_triggers else {}),
            "errata": [each.model_dump(mode="json", exclude_none=True, exclude={"evidence"}) for each in self.errata],
        }

    def tables(self) -> list[Table]:
        """Return the cells that moved, the totals, triggers, and errata."""
        tables = tables_with_triggers(self.found, self.question.standing)
        return [*tables, _errata_table(self.errata, self.question.standing)] if self.errata else tables


def total_document(moved: MovedTotal) -> dict[str, Any]:
    """Return a total that differs as JSON; `before` and `after` are its net points."""
    return {
        "period": moved.period,
        "before": _net(moved.before),
        "after": _net(moved.after),
        **{
            name: [amount(getattr(each, name, None)) for each in (moved.before, moved.after)]
            for name in ("gross_points", "relieved_points", "service_credit")
        },
    }


def tables_with_triggers(found: Differences, standing: Standing) -> list[Table]:
    """Return tables of what moved: cells, point totals, then triggers, which published reports leave out."""
    tables = tables_of(found, standing)
    return [*tables, trigger_table(found.triggers, standing)] if found.triggers else tables


def tables_of(found: Differences, standing: Standing) -> list[Table]:
    """Return tables of what moved: cells, then point totals."""
    frequencies = {ref: kpi.frequency for ref, kpi in standing.kpis.items()}
    frequency = standing.terms.frequency
    has_points = standing.terms.scheme is not None
    has_money = any(_credit(each) for moved in found.totals for each in (moved.before, moved.after))
    credits_ = ("Service credit before", "after") if has_money else ()
    has_multipliers = any("multiplier" in _changed(moved) for moved in found.cells)
    has_late = any("late_return" in _changed(moved) for moved in found.cells)
    moved_cells = Table(
        title=f"Cells that moved: {len(found.cells)}",
        columns=(
            "KPI",
            "Period",
            "Before",
            "After",
            *(["Multiplier"] if has_multipliers else []),
            *(["Points"] if has_points else []),
            *(["Late return"] if has_late else []),
            "Because of",
        ),
        rows=[
            (
                Text(moved.kpi),
                Text(heading(moved.period, frequencies.get(moved.kpi, frequency))),
                cell_text(standing.kpis.get(moved.kpi), moved.before),
                cell_text(standing.kpis.get(moved.kpi), moved.after),
                *([Text(change_text("multiplier", moved.before, moved.after))] if has_multipliers else []),
                *([Text(change_text("points", moved.before, moved.after))] if has_points else []),
                *([Text(change_text("late_return", moved.before, moved.after))] if has_late else []),
                Text(", ".join(moved.because)),
            )
            for moved in found.cells
        ],
        fixed=2,
    )
    totals = Table(
        title=f"Point totals that moved: {len(found.totals)}",
        columns=("Period", "Net points before", "after", *credits_, "Because of"),
        rows=[
            (
                Text(heading(moved.period, frequency)),
                Text(_net(moved.before)),
                Text(_net(moved.after)),
                *([Text(_credit(moved.before)), Text(_credit(moved.after))] if credits_ else []),
                Text(", ".join(moved.because)),
            )
            for moved in found.totals
        ],
        numeric=range(1, 3 + len(credits_)),
    )
    return [moved_cells, totals] if found.totals else [moved_cells]


def _net(total: PeriodTotal | None) -> str:
    """Write net points; a contract not yet registered and a period not held have none, which is 0 here."""
    return (amount(total.net_points) if total else None) or "0"


def _pounds(total: PeriodTotal | None) -> Decimal | None:
    return (total.service_credit or None) if total else None


def _credit(total: PeriodTotal | None) -> str:
    return in_pounds(total.service_credit) if total else ""


def diff(earlier: Question, later: Question, *, whole: bool) -> Diff:
    """Answer what differs between two moments of a contract.

    Args:
        earlier: the question at the first moment.
        later: the question at the second.
        whole: compare all periods, not only those that the later question shows.
    """
    columns = None if whole else later.columns
    sides = [{each.fact.id: each.fact for each in unvoided(asked.facts)} for asked in (earlier, later)]
    errata = [
        fact
        for fact in {**sides[0], **sides[1]}.values()
        if isinstance(fact, ReportCorrected)
        and (fact.id in sides[0]) != (fact.id in sides[1])
        and (columns is None or fact.period in columns)
    ]
    return Diff(earlier.moment, later, differences(earlier.facts, later.facts, columns), errata)


def _errata_table(errata: Sequence[ReportCorrected], standing: Standing) -> Table:
    frequencies = {ref: kpi.frequency for ref, kpi in standing.kpis.items()}
    return Table(
        title=f"Errata between the two: {len(errata)}",
        columns=("Report", "Table", "Row", "Period", "Printed", "Corrected", "Reason", "Fact"),
        rows=[
            (
                Text(each.report),
                Text(each.table),
                Text(each.row),
                Text(heading(each.period, frequencies.get(each.row, standing.terms.frequency))),
                Text(each.printed),
                Text(each.corrected),
                Text(each.reason),
                Text(each.id),
            )
            for each in errata
        ],
    )
