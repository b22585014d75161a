"""The RAG table: a row for each KPI, a cell for each period (Appendix A of the reports)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.period import Month, day_in_words, heading
from projections.cells import level_in_force, window
from projections.marks import KpiMarks
from projections.notes import SHORTHAND, Annotator, MarkedCell, Notes
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import in_words

if TYPE_CHECKING:
    from ledger.levels import Level


@dataclass(frozen=True, slots=True)
class Row:
    """A KPI's row; `tsl` and `msl` are those of the last period shown, or its green and amber bands."""

    kpi: KpiStanding
    tsl: str | None
    msl: str | None
    cells: list[MarkedCell]


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
                    "cells": [each.document() for each in row.cells],
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
        """Return one table, its columns the periods that any of the KPIs has."""
        terms = self.question.standing.terms
        columns = sorted({each.cell.period for row in self.rows for each in row.cells} | set(self.question.columns))
        rows = []
        for row in self.rows:
            by_period = {each.cell.period: each for each in row.cells}
            cells = [_cell_text(row.kpi, by_period[column]) if column in by_period else Text("") for column in columns]
            named = [row.kpi.introduced.ref, _title(row.kpi), row.tsl or "", row.msl or ""]
            rows.append((*map(Text, named), *cells))
        table = Table(
            title=f"{terms.title}: KPI results as at {day_in_words(self.question.moment.as_at)}",
            columns=(
                "KPI",
                "Short description",
                "TSL",
                "MSL",
                *(heading(column, terms.frequency) for column in columns),
            ),
            rows=rows,
            numeric=(2, 3),
            shorthand=self.shorthand(),
            notes=self.notes.numbered(),
            assumptions=assumptions(self.question.standing),
        )
        return [table]


def _title(kpi: KpiStanding) -> str:
    if kpi.introduced.reserved:
        return kpi.introduced.title or "KPI reference not in use"
    return kpi.introduced.title or ""


def _cell_text(kpi: KpiStanding, marked: MarkedCell) -> Text:
    return marked.text(in_words(kpi, marked.cell.period, marked.cell.verdict))


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
        rows.append(Row(kpi, *levels_shown(kpi, question.last_column), cells))
    return Rag(question, rows, notes)


def levels_shown(kpi: KpiStanding, period: Month) -> tuple[str | None, str | None]:
    """Return the TSL and MSL in force in a period, or the green and amber bands in their place."""
    level: Level | None = None if kpi.introduced.reserved else level_in_force(kpi, max(period, kpi.first_period))
    if level is None:
        return None, None
    if level.bands is not None:
        return level.bands.get("green"), level.bands.get("amber")
    return level.tsl, level.msl
