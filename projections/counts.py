"""Contacts received by period and category, and how many of them are resolved (Table 3, Appendix C)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import Any

from ledger.doubts import contradictions
from ledger.faults import BadInput
from ledger.period import Frequency, Month, day_in_words, heading, shift
from ledger.recorded import Recorded
from ledger.report_facts import CountsReported, ReportPublished
from ledger.values import EXACT
from projections.late import late_to_reports
from projections.notes import Notes
from projections.question import Question
from projections.standing import Standing
from projections.table import Table, Text

NO_CONTACTS = "no contacts"
NOT_COUNTED = "not counted"
RATE = (
    "The resolution rate is resolved ÷ (resolved + outstanding), as fits printed rates: reports do not say how they "
    "work it out. What was received and is neither is left out of it."
)
_HUNDREDTH = Decimal("0.01")

Counted = dict[tuple[str, Month, str], CountsReported]


@dataclass(frozen=True, slots=True)
class CountCell:
    """A category in a period: the snapshot that stands, if there is one, and the numbers of its notes."""

    period: Month
    count: CountsReported | None
    odd: bool = False
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CountTotal:
    """All categories of a period; None where none is counted. `rate` is in percent, None where nothing is to resolve.

    `notes` are those of its cells and its own.
    """

    period: Month
    received: int | None = None
    resolved: int | None = None
    outstanding: int | None = None
    notes: tuple[int, ...] = ()

    @property
    def rate(self) -> Decimal | None:
        """Return the resolution rate in percent, two decimals, a half up."""
        return resolution_rate(self.resolved or 0, self.outstanding or 0)


@dataclass(frozen=True, slots=True)
class Series:
    """The counts of one series over the periods shown."""

    name: str
    periods: list[Month]
    rows: list[tuple[str, list[CountCell]]]
    totals: list[CountTotal]

    def snapshots(self, period: Month | None = None) -> dict[date, list[str]]:
        """Return the dates of the snapshots shown, earliest first, each with its categories; of one period or all."""
        shown: dict[date, list[str]] = {}
        for category, cells in self.rows:
            for cell in cells:
                if cell.count is not None and period in {None, cell.period}:
                    categories = shown.setdefault(cell.count.dated, [])
                    if category not in categories:
                        categories.append(category)
        return dict(sorted(shown.items()))


@dataclass(frozen=True, slots=True)
class Counts:
    """The view."""

    question: Question
    series: list[Series]
    notes: Notes = field(default_factory=Notes)

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "series": [_series_document(series) for series in self.series],
            "notes": [{"n": number, "text": text} for number, text in self.notes.numbered()],
            "assumptions": [RATE] if self.series else [],
        }

    def tables(self) -> list[Table]:
        """Return a table for each series; an empty one if nothing is counted."""
        as_at = f"as at {day_in_words(self.question.moment.as_at)}"
        if not self.series:
            return [Table(f"Contacts received, {as_at}", ("Series",), [])]
        *others, last = [_table(series, as_at) for series in self.series]
        return [*others, replace(last, notes=self.notes.numbered(), assumptions=[RATE])]


def resolution_rate(resolved: int, outstanding: int) -> Decimal | None:
    """Return resolved ÷ (resolved + outstanding) in percent, two decimals, a half up; None if both are 0.

    >>> resolution_rate(215, 1), resolution_rate(0, 0)
    (Decimal('99.54'), None)
    """
    if not resolved + outstanding:
        return None
    exact = EXACT.divide(Decimal(100 * resolved), Decimal(resolved + outstanding))
    return exact.quantize(_HUNDREDTH, ROUND_HALF_UP, EXACT)


def standing_counts(facts: Iterable[Recorded]) -> Counted:
    """Return the snapshot that stands for each (series, period, category): the latest by (dated, position).

    Args:
        facts: standing facts in order of (dated, position).
    """
    latest: Counted = {}
    for recorded in facts:
        count = recorded.fact
        if isinstance(count, CountsReported):
            latest[count.series, count.period, count.category] = count
    return latest


def findings(standing: Standing) -> list[str]:
    """Say of every count that stands and contradicts itself, how it does."""
    counted = standing_counts(standing.printed)
    return [sentence for key in sorted(counted) for sentence in contradictions(counted[key])]


def counts(question: Question, series: str | None = None) -> Counts:
    """Answer what was received in each period, and how much of it was resolved by the latest snapshot.

    Args:
        question: its `last` is the last period shown, the latest counted of each series by default.
        series: the series to show; all, in the order first reported, by default.

    Raises:
        BadInput: if there is no series of that name.
    """
    counted = standing_counts(question.standing.printed)
    names = list(dict.fromkeys(each[0] for each in counted))
    if series is not None and series not in names:
        near = get_close_matches(series, names, n=1)
        there = f"did you mean {near[0]}?" if near else f"there is {', '.join(names) or 'none yet'}"
        raise BadInput.of(f'{question.contract} has no series "{series}"; {there}', "--series")
    notes = Notes()
    shown = [_series(question, name, counted, notes) for name in names if series in {None, name}]
    for note in late_to_reports(question, counts_shown(series)):
        notes.number(note)
    return Counts(question, shown, notes)


def counts_shown(series: str | None) -> Any:
    """Return what tells the counts that a report shows, of one series or of all, by name."""

    def shown(facts: Iterable[Recorded], report: ReportPublished) -> dict[str, tuple[int, int, int]]:
        return {
            f"{name} {category} {heading(period, Frequency.MONTHLY)}": (each.received, each.resolved, each.outstanding)
            for (name, period, category), each in standing_counts(facts).items()
            if report.first_period <= period <= report.last_period and series in {None, name}
        }

    return shown


def _series(question: Question, name: str, counted: Counted, notes: Notes) -> Series:
    own = [(period, category) for each, period, category in counted if each == name]
    last = question.last or max(period for period, _ in own)
    periods = [shift(last, -back) for back in range(question.count - 1, -1, -1)]
    categories = list(dict.fromkeys(category for _, category in own))
    rows = [
        (category, [_cell(period, counted.get((name, period, category)), notes) for period in periods])
        for category in categories
    ]
    totals = [_total(name, period, rows, notes) for period in periods]
    return Series(name, periods, rows, totals)


def _cell(period: Month, count: CountsReported | None, notes: Notes) -> CountCell:
    found = contradictions(count) if count is not None else []
    return CountCell(period, count, bool(found), tuple(notes.number(each) for each in found))


def _total(name: str, period: Month, rows: list[tuple[str, list[CountCell]]], notes: Notes) -> CountTotal:
    cells = {category: next(cell for cell in cells if cell.period == period) for category, cells in rows}
    found = [cell.count for cell in cells.values() if cell.count is not None]
    if not found:
        return CountTotal(period)
    numbers = [number for cell in cells.values() for number in cell.notes]
    missing = [category for category, cell in cells.items() if cell.count is None]
    named = f"{name}, total of {heading(period, Frequency.MONTHLY)}"
    if missing:
        numbers.append(notes.number(f"{named}: not every category is counted; {', '.join(missing)} missing."))
    resolved, outstanding = sum(each.resolved for each in found), sum(each.outstanding for each in found)
    rate = resolution_rate(resolved, outstanding)
    if (rate == 100 and outstanding) or (rate == 0 and resolved):
        exact = f"{resolved} of {resolved + outstanding}"
        numbers.append(notes.number(f"{named}: the rate is {rate}% only as rounded; {exact} are resolved."))
    return CountTotal(period, sum(each.received for each in found), resolved, outstanding, tuple(numbers))


def _series_document(series: Series) -> dict[str, Any]:
    return {
        "series": series.name,
        "snapshot_dates": [each.isoformat() for each in series.snapshots()],
        "periods": series.periods,
        "categories": [
            {"category": category, "cells": [_cell_document(cell) for cell in cells]} for category, cells in series.rows
        ],
        "totals": [
            {
                "period": total.period,
                "received": total.received,
                "resolved": total.resolved,
                "outstanding": total.outstanding,
                "rate": None if total.rate is None else f"{total.rate:f}",
                "notes": list(total.notes),
            }
            for total in series.totals
        ],
    }


def _cell_document(cell: CountCell) -> dict[str, Any]:
    count = cell.count
    return {
        "period": cell.period,
        "received": count and count.received,
        "resolved": count and count.resolved,
        "outstanding": count and count.outstanding,
        "odd": cell.odd,
        "notes": list(cell.notes),
        "as_at": count and count.dated.isoformat(),
        "fact": count and count.id,
    }


def _table(series: Series, as_at: str) -> Table:
    rows = [(Text(category), *(_cell_text(cell) for cell in cells)) for category, cells in series.rows]
    rows.append((Text("Total"), *(_total_text(total) for total in series.totals)))
    rows.append((Text("Overall resolution rate"), *(Text(_rate_text(total)) for total in series.totals)))
    dates = list(series.snapshots())
    correct = "nothing counted in these periods"
    if len(dates) == 1:
        correct = f"correct as at {day_in_words(dates[0])}"
    elif dates:
        correct = "each column correct as at its own date"
        rows.append((Text("Correct as at"), *(Text(_dates_text(series, period)) for period in series.periods)))
    return Table(
        title=f"{series.name}, {as_at}; {correct}",
        columns=("Received (resolved/outstanding)", *(heading(each, Frequency.MONTHLY) for each in series.periods)),
        rows=rows,
        numeric=range(1, len(series.periods) + 1),
    )


def _cell_text(cell: CountCell) -> Text:
    if cell.count is None:
        return Text(NOT_COUNTED)
    return _written(cell.count.received, cell.count.resolved, cell.count.outstanding, cell.notes)


def _total_text(total: CountTotal) -> Text:
    if total.received is None:
        return Text(NOT_COUNTED)
    return _written(total.received, total.resolved, total.outstanding, total.notes)


def _written(received: int, resolved: int | None, outstanding: int | None, notes: tuple[int, ...]) -> Text:
    numbers = f" [note {', '.join(map(str, notes))}]" if notes else ""
    return Text(f"{received} ({resolved}/{outstanding}){numbers}")


def _rate_text(total: CountTotal) -> str:
    if total.rate is not None:
        return f"{total.rate:f}%"
    if total.received is None:
        return NOT_COUNTED
    return "none resolved or outstanding" if total.received else NO_CONTACTS


def _dates_text(series: Series, period: Month) -> str:
    """Say which dates a column is correct as at; with the categories where they differ."""
    dates = series.snapshots(period)
    if len(dates) == 1:
        return day_in_words(next(iter(dates)))
    return "; ".join(f"{', '.join(categories)} {day_in_words(day)}" for day, categories in dates.items())
