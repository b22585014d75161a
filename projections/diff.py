"""Every cell and point total that differs between two moments, and the facts that moved each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.period import Month, heading, shift
from ledger.recorded import Recorded
from ledger.values import plain
from projections.abatement import PeriodTotal, amount, in_pounds, period_totals
from projections.cells import Cell, cells, extent
from projections.moment import Moment
from projections.movement import Step, path, seen, steps
from projections.question import Question
from projections.standing import Split, Standing, split, stand
from projections.table import STATUS_WORDS, Table, Text
from projections.trail import cell_document, stamp

CellKey = tuple[str, Month]


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


def differences(before: Sequence[Recorded], after: Sequence[Recorded], columns: Sequence[Month] | None = None) -> Differences:
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
    along = path(before, after)
    moved_totals = _moved_totals(old, new, columns)
    kpis = list(dict.fromkeys(kpi.introduced.ref for each in (new, old) if each for kpi in each.in_order()))
    whole = split([*before, *(each for each, added in along if added)])
    causes = _Causes(standing, whole, before, along, last)
    moved_cells = []
    for ref in kpis:
        found = _moved_cells(ref, old, new, columns[0], last)
        if found or moved_totals:
            moved_cells += causes.explain(ref, found, [total.period for total in moved_totals])
    causes.note_terms([total.period for total in moved_totals])
    return Differences(moved_cells, [causes.explain_total(total) for total in moved_totals])


def _moved_cells(ref: str, old: Standing | None, new: Standing | None, first: Month, last: Month) -> list[MovedCell]:
    was, now = _cells_of(ref, old, last), _cells_of(ref, new, last)
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


def _cells_of(ref: str, standing: Standing | None, last: Month) -> dict[Month, Cell]:
    if standing is None or ref not in standing.kpis:
        return {}
    return {cell.period: cell for cell in cells(standing, standing.kpis[ref], last)}


def _moved_totals(old: Standing | None, new: Standing | None, columns: Sequence[Month]) -> list[MovedTotal]:
    was = {total.period: total for total in period_totals(old, columns)} if old else {}
    now = {total.period: total for total in period_totals(new, columns)} if new else {}
    return [
        MovedTotal(column, was.get(column), now.get(column))
        for column in columns
        if _amounts(was.get(column)) != _amounts(now.get(column))
    ]


def _amounts(total: PeriodTotal | None) -> tuple[Decimal | None, ...]:
    """Return what a total is compared by; nothing yet equals 0."""
    if total is None:
        return (None, None, None)
    return (total.gross_points or None, total.relieved_points or None, total.service_credit or None)


class _Causes:
    """The facts that moved each cell and total, found by walking the path once for each KPI."""

    def __init__(
        self, standing: Standing, whole: Split, before: Sequence[Recorded], along: Sequence[tuple[Recorded, bool]], last: Month
    ) -> None:
        self._frequency = standing.terms.frequency
        self._whole = whole
        self._start = {each.position for each in before}
        self._along = along
        self._last = last
        self._of_total: dict[Month, dict[str, None]] = defaultdict(dict)

    def explain(self, ref: str, found: Sequence[MovedCell], totals: Sequence[Month]) -> list[MovedCell]:
        """Return the moved cells with their causes, noting what moved the totals."""
        bearing = {each.position: each for each in self._whole.bearing_on(ref)}
        along = [step for step in self._along if step[0].position in bearing]
        start = [each for each in bearing.values() if each.position in self._start]
        because: dict[Month, dict[str, None]] = defaultdict(dict)
        attributes = {each.period: _changed(each) for each in found}
        for step in steps(ref, start, along, self._last):
            for period, names in attributes.items():
                if _moves(step, period, names):
                    because[period][step.recorded.fact.id] = None
            self._note_totals(step, totals)
        return [MovedCell(each.kpi, each.period, each.before, each.after, tuple(because[each.period])) for each in found]

    def _note_totals(self, step: Step, totals: Sequence[Month]) -> None:
        for period in {*step.before, *step.after}:
            column = next((start for start in reversed(totals) if start <= period), None)
            if column is None or period >= shift(column, self._frequency.months):
                continue
            if _cost(step.before.get(period)) != _cost(step.after.get(period)):
                self._of_total[column][step.recorded.fact.id] = None

    def note_terms(self, totals: Sequence[Month]) -> None:
        """Note which suspensions and charges moved the totals."""
        current = {each.position: each for each in self._whole.shared if each.position in self._start}
        for recorded, added in self._along:
            if recorded not in self._whole.shared:
                continue
            was = stand(current.values())
            if added:
                current[recorded.position] = recorded
            else:
                del current[recorded.position]
            now = stand(current.values())
            for period in totals:
                if was and now and _terms(was, period) != _terms(now, period):
                    self._of_total[period][recorded.fact.id] = None

    def explain_total(self, total: MovedTotal) -> MovedTotal:
        """Return a moved total with its causes."""
        return MovedTotal(total.period, total.before, total.after, tuple(self._of_total[total.period]))


def _terms(standing: Standing, period: Month) -> object:
    return (standing.suspension(period) is None, standing.charge(period))


def _changed(moved: MovedCell) -> list[str]:
    was, now = seen(moved.before), seen(moved.after)
    return [name for name in was if was[name] != now[name]]


def _moves(step: Step, period: Month, names: Sequence[str]) -> bool:
    was, now = seen(step.before.get(period)), seen(step.after.get(period))
    return any(was[name] != now[name] for name in names)


def _cost(cell: Cell | None) -> object:
    return (cell.cost.points, cell.relieved) if cell and cell.cost else None


@dataclass(frozen=True, slots=True)
class Diff:
    """The view: from one moment to another."""

    earlier: Moment
    question: Question
    found: Differences

    def document(self) -> dict[str, Any]:
        """Return the view as JSON; a total's `before` and `after` are its net points."""
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
            "totals": [
                {
                    "period": moved.period,
                    "before": _net(moved.before),
                    "after": _net(moved.after),
                    "because": list(moved.because),
                    **{
                        name: [amount(getattr(each, name, None)) for each in (moved.before, moved.after)]
                        for name in ("gross_points", "relieved_points", "service_credit")
                    },
                }
                for moved in self.found.totals
            ],
        }

    def tables(self) -> list[Table]:
        """Return the cells that moved, and the totals."""
        return tables_of(self.found, self.question.standing)


def tables_of(found: Differences, standing: Standing) -> list[Table]:
    """Return tables of what moved: cells, then point totals."""
    frequencies = {ref: kpi.frequency for ref, kpi in standing.kpis.items()}
    frequency = standing.terms.frequency
    moved_cells = Table(
        title=f"Cells that moved: {len(found.cells)}",
        columns=("KPI", "Period", "Before", "After", "Points", "Because of"),
        rows=[
            (
                Text(moved.kpi),
                Text(heading(moved.period, frequencies.get(moved.kpi, frequency))),
                _cell_text(moved.before),
                _cell_text(moved.after),
                Text(f"{_points(moved.before)} → {_points(moved.after)}"),
                Text(", ".join(moved.because)),
            )
            for moved in found.cells
        ],
        fixed=2,
    )
    moved_totals = Table(
        title=f"Point totals that moved: {len(found.totals)}",
        columns=("Period", "Net points before", "after", "Service credit before", "after", "Because of"),
        rows=[
            (
                Text(heading(moved.period, frequency)),
                Text(_net(moved.before)),
                Text(_net(moved.after)),
                Text(_credit(moved.before)),
                Text(_credit(moved.after)),
                Text(", ".join(moved.because)),
            )
            for moved in found.totals
        ],
        numeric=(1, 2, 3, 4),
    )
    return [moved_cells, moved_totals]


def _cell_text(cell: Cell | None) -> Text:
    if cell is None:
        return Text("–")
    value = "" if cell.verdict.value is None else f"{cell.verdict.value:f} "
    return Text(f"{value}{STATUS_WORDS[cell.status.value]}{' [p]' if cell.verdict.provisional else ''}", cell.status.value)


def _points(cell: Cell | None) -> str:
    return "–" if cell is None or cell.points is None else plain(cell.points)


def _net(total: PeriodTotal | None) -> str:
    """Write net points; a contract not yet registered and a period not held have none, which is 0 here."""
    return (amount(total.net_points) if total else None) or "0"


def _credit(total: PeriodTotal | None) -> str:
    return in_pounds(total.service_credit) if total else ""


def diff(earlier: Question, later: Question) -> Diff:
    """Answer what differs between two moments of a contract.

    The periods compared are those of the later question if it fixes them, else all.
    """
    columns = later.columns if later.last is not None else None
    return Diff(earlier.moment, later, differences(earlier.facts, later.facts, columns))
