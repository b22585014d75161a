"""The RAG table: a row for each KPI, a cell for each period (Appendix A of the reports)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.period import Month, day_in_words, heading
from projections.abatement import amount
from projections.cells import Cell, level_in_force, window
from projections.marks import KpiMarks, Marks
from projections.notes import SHORTHAND, Annotator, Notes, marks_of
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import in_words

if TYPE_CHECKING:
    from ledger.levels import Level


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell with its marks, as they are found and as shorthand, and the numbers of its notes."""

    cell: Cell
    marks: Marks
    shorthand: tuple[str, ...]
    notes: tuple[int, ...]


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
                    "cells": [_cell_document(each) for each in row.cells],
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
            shorthand={mark: said for mark, said in self.shorthand().items() if mark not in _SAID_BY_WORDS},
            notes=self.notes.numbered(),
            assumptions=assumptions(self.question.standing),
        )
        return [table]


_SAID_BY_WORDS = ("x", "z")


def _title(kpi: KpiStanding) -> str:
    if kpi.introduced.reserved:
        return kpi.introduced.title or "KPI reference not in use"
    return kpi.introduced.title or ""


def _cell_document(marked: MarkedCell) -> dict[str, Any]:
    cell = marked.cell
    return {
        "period": cell.period,
        "status": cell.status.value,
        "basis": cell.verdict.basis,
        "value": None if cell.verdict.value is None else f"{cell.verdict.value:f}",
        "points": amount(cell.points),
        "multiplier": amount(cell.multiplier),
        "run": cell.run,
        "provisional": cell.verdict.provisional,
        "revised": marked.marks.revision is not None,
        "late": bool(marked.marks.late),
        "marks": list(marked.shorthand),
        "notes": list(marked.notes),
    }


def _cell_text(kpi: KpiStanding, marked: MarkedCell) -> Text:
    found = marked.cell.verdict
    words = in_words(kpi, marked.cell.period, found)
    notes = f" [note {', '.join(map(str, marked.notes))}]" if marked.notes else ""
    said = "".join(f" [{mark}]" for mark in marked.shorthand if mark not in _SAID_BY_WORDS)
    return Text(words + said + notes, found.status.value)


def rag(question: Question, service: str | None = None) -> Rag:
    """Answer what each KPI's status was in each period, with marks and notes; of one service, or of all."""
    notes = Notes()
    annotator = Annotator(question.standing)
    rows = []
    for kpi in question.standing.in_order():
        if service is not None and kpi.introduced.service != service:
            continue
        marks = KpiMarks(question, kpi.introduced.ref)
        cells = []
        for cell in window(question.standing, kpi, question.columns[0], question.last_month):
            marked = marks.of(cell.period, cell.verdict)
            told = annotator.notes(kpi, cell, marked)
            numbers = tuple(dict.fromkeys(notes.number(note.text) for note in told))
            cells.append(MarkedCell(cell, marked, tuple(marks_of(cell, told)), numbers))
        rows.append(Row(kpi, *_levels_shown(kpi, question.last_column), cells))
    return Rag(question, rows, notes)


def _levels_shown(kpi: KpiStanding, period: Month) -> tuple[str | None, str | None]:
    level: Level | None = None if kpi.introduced.reserved else level_in_force(kpi, max(period, kpi.first_period))
    if level is None:
        return None, None
    if level.bands is not None:
        return level.bands.get("green"), level.bands.get("amber")
    return level.tsl, level.msl
