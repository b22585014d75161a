"""The RAG table: a row for each KPI, a cell for each period (Appendix A of the reports)."""

from dataclasses import dataclass, replace
from typing import Any

from ledger.levels import Level
from ledger.period import Frequency, Month, day_in_words, heading
from projections.cells import level_in_force, window
from projections.marks import KpiMarks
from projections.notes import SHORTHAND, Annotator, MarkedCell, Notes
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import in_words, with_trend


@dataclass(frozen=True, slots=True)
class Row:
    """A KPI's row; `tsl` and `msl` are those of the last period shown, or its green and amber bands.

    `notes` are the numbers of those on its levels.
    """

    kpi: KpiStanding
    tsl: str | None
    msl: str | None
    notes: tuple[int, ...]
    cells: list[MarkedCell]
    stretch: str | None


@dataclass(frozen=True, slots=True)
class Rag:
    """The view."""

    question: Question
    rows: list[Row]
    notes: Notes

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "rows": [
                {
                    "kpi": row.kpi.introduced.ref,
                    "service": row.kpi.introduced.service,
                    "title": _title(row.kpi),
                    "tsl": row.tsl,
                    "msl": row.msl,
                    "notes": list(row.notes),
                    "cells": [each.document() for each in row.cells],
                    "stretch": row.stretch,
                }
                for row in self.rows
            ],
            "notes": [{"n": number, "text": text} for number, text in self.notes.numbered()],
            "shorthand": self.shorthand(),
            "assumptions": assumptions(self.question.standing),
        }

    def shorthand(self) -> dict[str, str]:
        """Return what the marks used mean."""
        used = {mark for row in self.rows for each in row.cells for mark in each.shorthand}
        return {mark: meaning for mark, meaning in SHORTHAND.items() if mark in used}

    def tables(self) -> list[Table]:
        """Return one table, its columns the contract's periods; of KPIs with shorter ones a table for each length."""
        standing = self.question.standing.terms.frequency
        shorter = sorted({row.kpi.frequency for row in self.rows} - {standing}, key=lambda each: -each.months)
        lengths = [each for each in shorter if each.months < standing.months]
        groups = [[row for row in self.rows if row.kpi.frequency not in lengths]]
        groups += [[row for row in self.rows if row.kpi.frequency is each] for each in lengths]
        *others, last = [
            self._table(rows, frequency) for rows, frequency in zip(groups, [standing, *lengths], strict=True) if rows
        ] or [self._table([], standing)]
        return [*others, replace(last, notes=self.notes.numbered(), assumptions=assumptions(self.question.standing))]

    def _table(self, of: list[Row], frequency: Frequency) -> Table:
        terms = self.question.standing.terms
        own = {each.cell.period for row in of for each in row.cells}
        columns = sorted(own | set(self.question.columns) if frequency is terms.frequency else own)
        rows = []
        for row in of:
            by_period = {each.cell.period: each for each in row.cells}
            cells = [_cell_text(row.kpi, by_period[column]) if column in by_period else Text("") for column in columns]
            noted = f" [note {', '.join(map(str, row.notes))}]" if row.notes else ""
            named = [row.kpi.introduced.ref, _title(row.kpi), f"{row.tsl or ''}{noted}", row.msl or ""]
            rows.append((*map(Text, named), *cells))
        return Table(
            title=f"{terms.title}: KPI results as at {day_in_words(self.question.moment.as_at)}",
            columns=(
                "KPI",
                "Short description",
                "TSL",
                "MSL",
                *(heading(column, frequency) for column in columns),
            ),
            rows=rows,
            numeric=(2, 3),
            shorthand=self.shorthand(),
        )


def _title(kpi: KpiStanding) -> str:
    if kpi.introduced.reserved:
        return kpi.introduced.title or "KPI reference not in use"
    return kpi.introduced.title or ""


def _cell_text(kpi: KpiStanding, marked: MarkedCell) -> Text:
    found = marked.cell.verdict
    return marked.text(
        in_words(kpi, marked.cell.period, found), with_trend(kpi, marked.cell.period, found, marked.trend)
    )


def rag(question: Question, service: str | None = None) -> Rag:
    """Answer what each KPI's status was in each period, with marks and notes; of one service, or of all."""
    notes = Notes()
    annotator = Annotator(question.standing)
    rows = []
    for kpi in question.standing.in_order():
        if service is not None and kpi.introduced.service != service:
            continue
        marks = KpiMarks(question, kpi.introduced.ref)
        shown = window(question.standing, kpi, question.columns[0], question.last_month)
        cells = [annotator.marked(kpi, cell, marks, notes) for cell in shown]
        on_levels = tuple(notes.number(text) for text in annotator.of_levels(kpi, question.last_column))
        level = _level(kpi, question.last_column)
        rows.append(Row(kpi, *levels_shown(kpi, question.last_column), on_levels, cells, level and level.stretch))
    return Rag(question, rows, notes)


def levels_shown(kpi: KpiStanding, period: Month) -> tuple[str | None, str | None]:
    """Return the TSL and MSL in force in a period, or the green and amber bands in their place."""
    level = _level(kpi, period)
    return (None, None) if level is None else level.shown()


def _level(kpi: KpiStanding, period: Month) -> Level | None:
    return None if kpi.introduced.reserved else level_in_force(kpi, max(period, kpi.first_period))
