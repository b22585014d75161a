"""The RAG table: a row for each KPI, a cell for each period (Appendix A of the reports)."""

from dataclasses import dataclass, field
from typing import Any

from ledger.levels import OUTSIDE, Level
from ledger.period import Month, day_in_words, heading
from projections.abatement import amount
from projections.cells import Cell, level_in_force, open_disputes, open_requests, window
from projections.marks import KpiMarks, Marks, Revision
from projections.question import Question
from projections.sentences import Teller
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import in_words


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell with its marks and the numbers of its notes."""

    cell: Cell
    marks: Marks
    notes: tuple[int, ...]

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON."""
        cell = self.cell
        return {
            "period": cell.period,
            "status": cell.status.value,
            "basis": cell.verdict.basis,
            "value": None if cell.verdict.value is None else f"{cell.verdict.value:f}",
            "points": amount(cell.points),
            "multiplier": amount(cell.multiplier),
            "run": cell.run,
            "provisional": cell.verdict.provisional,
            "revised": self.marks.revision is not None,
            "late": bool(self.marks.late),
            "notes": list(self.notes),
        }

    def beside(self, words: str) -> str:
        """Write what a cell shows with its marks and the numbers of its notes."""
        given = (("p", self.cell.verdict.provisional), ("r", self.marks.revision), ("late", self.marks.late))
        notes = f" [note {', '.join(map(str, self.notes))}]" if self.notes else ""
        return words + "".join(f" [{mark}]" for mark, on in given if on) + notes


@dataclass(frozen=True, slots=True)
class Row:
    """A KPI's row; `tsl` and `msl` are those of the last period shown, or its green and amber bands."""

    kpi: KpiStanding
    tsl: str | None
    msl: str | None
    cells: list[MarkedCell]


@dataclass(slots=True)
class Notes:
    """Notes in the order they are first needed; equal notes share a number."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        """Return the number of a note, a new one if it is new."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def numbered(self) -> list[tuple[int, str]]:
        """Return the notes with their numbers."""
        return list(enumerate(self.texts, 1))


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
            "assumptions": assumptions(self.question.standing),
        }

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
            fixed=4,
            notes=self.notes.numbered(),
            assumptions=assumptions(self.question.standing),
        )
        return [table]


def _title(kpi: KpiStanding) -> str:
    if kpi.introduced.reserved:
        return kpi.introduced.title or "KPI reference not in use"
    return kpi.introduced.title or ""


def _cell_text(kpi: KpiStanding, marked: MarkedCell) -> Text:
    found = marked.cell.verdict
    return Text(marked.beside(in_words(kpi, marked.cell.period, found)), found.status.value)


def rag(question: Question) -> Rag:
    """Answer what each KPI's status was in each period, with marks and notes."""
    notes = Notes()
    teller = teller_of(question.standing)
    rows = []
    for kpi in question.standing.in_order():
        marks = KpiMarks(question, kpi.introduced.ref)
        shown = window(question.standing, kpi, question.columns[0], question.last_month)
        cells = [marked_cell(kpi, cell, marks, notes, teller) for cell in shown]
        rows.append(Row(kpi, *levels_shown(kpi, question.last_column), cells))
    return Rag(question, rows, notes)


def marked_cell(kpi: KpiStanding, cell: Cell, marks: KpiMarks, notes: Notes, teller: Teller) -> MarkedCell:
    """Return a cell with its marks, its notes numbered among the rest."""
    its = marks.of(cell.period, cell.verdict)
    return MarkedCell(cell, its, tuple(notes.number(text) for text in _notes(kpi, cell, its, teller)))


def teller_of(standing: Standing) -> Teller:
    """Return who tells the contract's facts in sentences."""
    return Teller(
        {party.code: party.name for party in standing.terms.parties},
        {ref: kpi.frequency for ref, kpi in standing.kpis.items()},
        standing.terms.frequency,
    )


def levels_shown(kpi: KpiStanding, period: Month) -> tuple[str | None, str | None]:
    """Return the TSL and MSL in force in a period, or the green and amber bands in their place."""
    level: Level | None = None if kpi.introduced.reserved else level_in_force(kpi, max(period, kpi.first_period))
    if level is None:
        return None, None
    if level.bands is not None:
        return level.bands.get("green"), level.bands.get("amber")
    return level.tsl, level.msl


def _notes(kpi: KpiStanding, cell: Cell, marks: Marks, teller: Teller) -> list[str]:
    if cell.status in OUTSIDE:
        return []
    found = []
    if cell.verdict.provisional:
        found += _open_matters(kpi, cell, teller)
    if marks.revision is not None:
        found.append(_revision_note(kpi, cell, marks.revision, teller))
    found += [
        f"{kpi.introduced.ref}: facts taken after the report {report.report} was published bear dates it covers "
        f"(as at {day_in_words(report.as_at)}) and would have changed it."
        for report in marks.late
    ]
    named = f"{kpi.introduced.ref}, {heading(cell.period, kpi.frequency)}"
    if cell.verdict.doubt:
        found.append(f"{named}: {cell.verdict.doubt}.")
    if cell.verdict.basis == "set_by_decision":
        found.append(f"{named}: the status was set by the decision of a dispute, not by the value.")
    if cell.verdict.returned_again:
        found.append(f"{named}: a new return has come since the rejection and is not yet scrutinised.")
    return found


def _open_matters(kpi: KpiStanding, cell: Cell, teller: Teller) -> list[str]:
    """Tell the disputes and requests that keep a cell provisional."""
    asked = set(open_requests(kpi, cell.period))
    told = [teller.sentence(dispute) for dispute in open_disputes(kpi, cell.period)]
    told += [teller.sentence(request) for _, request in kpi.requests if request.id in asked]
    return [f"Provisional: {sentence[:-1]}; undecided." for sentence in told]


def _revision_note(kpi: KpiStanding, cell: Cell, revision: Revision, teller: Teller) -> str:
    was, now = in_words(kpi, cell.period, revision.was), in_words(kpi, cell.period, cell.verdict)
    because = " ".join(teller.sentence(each.fact) for each in revision.facts)
    return (
        f"{kpi.introduced.ref}, {heading(cell.period, kpi.frequency)}: reported as {was} in {revision.report.report}"
        f" (as at {day_in_words(revision.report.as_at)}); now {now}. {because}"
    ).strip()
