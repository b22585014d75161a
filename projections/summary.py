"""How many KPIs were green, amber, red or relieved, by service and overall (Tables 1, 2, 4 to 7)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ledger.levels import RELIEVED, Status
from ledger.period import Frequency, Month, day_in_words, heading
from projections.cells import Cell, window
from projections.marks import KpiMarks, late_notes
from projections.notes import SHORTHAND, Annotator, Notes, errata_of_counts
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import listed

ALL = "ALL"
_ROWS = {
    "green": "Target Service Level (TSL) achieved",
    "amber": "Minimum Service Level (MSL) achieved",
    "red": "Below Minimum Service Level (MSL)",
    "mitigated": "Mitigation Agreed",
}
_COUNTED = {
    Status.GREEN: "green",
    Status.AMBER: "amber",
    Status.RED: "red",
    **dict.fromkeys(RELIEVED, "mitigated"),
}


class CountedCell(NamedTuple):
    """A cell, and where it is counted; `row` is green, amber, red or mitigated."""

    column: Month
    row: str
    kpi: KpiStanding
    cell: Cell


class Noted(NamedTuple):
    """The marks of a count, and the numbers of the notes on the cells that it counts, or counted when last reported."""

    marks: tuple[str, ...]
    notes: tuple[int, ...]

    def beside(self, words: str) -> str:
        """Write a count with its marks and notes."""
        marks = "".join(f" [{mark}]" for mark in self.marks)
        return f"{words}{marks} [note {', '.join(map(str, self.notes))}]"


@dataclass(frozen=True, slots=True)
class Summary:
    """The view: counts by service, overall last; `glide` counts with mitigated.

    `noted` are the counts with marks, by service, row and period.
    """

    question: Question
    counts: dict[tuple[str, Month], Counter[str]]
    noted: dict[tuple[str, str, Month], Noted]
    notes: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "services": [
                {
                    "service": code,
                    "periods": [
                        {
                            "period": column,
                            **{row: self.counts[code, column][row] for row in _ROWS},
                            "total": self.counts[code, column].total(),
                        }
                        for column in self.question.columns
                    ],
                }
                for code, _ in services_named(self.question.standing)
            ],
            "noted": [
                {"service": code, "row": row, "period": column, "marks": list(each.marks), "notes": list(each.notes)}
                for (code, row, column), each in self.noted.items()
            ],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the overall table, then one for each service."""
        services = services_named(self.question.standing)
        overall, *others = [self._table(*service) for service in [services[-1], *services[:-1]]]
        return [replace(overall, notes=list(enumerate(self.notes, 1))), *others]

    def _table(self, code: str, title: str) -> Table:
        columns = self.question.columns
        frequency = self.question.standing.terms.frequency
        noted = [each for (service, _, _), each in self.noted.items() if service == code]
        rows = [
            (
                Text(code),
                Text(words, row),
                *(Text(self._marked(code, row, column), row) for column in columns),
            )
            for row, words in _ROWS.items()
        ]
        totals = (
            Text(code),
            Text("TOTAL"),
            *(Text(self._shown(column, self.counts[code, column].total())) for column in columns),
        )
        return Table(
            title=f"{title}, as at {day_in_words(self.question.moment.as_at)}",
            columns=("Service", "Number of KPIs", *(heading(column, frequency) for column in columns)),
            rows=[*rows, totals],
            numeric=range(2, len(columns) + 2),
            fixed=2,
            shorthand={mark: SHORTHAND[mark] for mark in dict.fromkeys(mark for each in noted for mark in each.marks)},
            notes=[(number, self.notes[number - 1]) for number in sorted({n for each in noted for n in each.notes})],
        )

    def _marked(self, code: str, row: str, column: Month) -> str:
        count = self._shown(column, self.counts[code, column][row])
        noted = self.noted.get((code, row, column))
        return noted.beside(count) if noted else count

    def _shown(self, column: Month, count: int) -> str:
        return str(count) if self.question.standing.holds(column) else "not held"


def services_named(standing: Standing) -> list[tuple[str, str]]:
    """Return the codes and titles of the contract's services, all of them together last."""
    named = [(service.code, service.title) for service in standing.terms.services]
    known = {code for code, _ in named}
    others = {kpi.introduced.service for kpi in standing.kpis.values()} - known
    return [*named, *((code, code) for code in sorted(others)), (ALL, "Overall (all services)")]


def summary(question: Question, *, says_how: bool = True) -> Summary:
    """Answer how many KPIs had each status.

    A KPI's period is counted in the column that it begins in; cells without a status are not counted.

    Args:
        question: the question.
        says_how: note which KPIs have periods longer than the contract's, and how those are counted.
    """
    standing = question.standing
    columns = question.columns
    services = {kpi.introduced.service for kpi in standing.kpis.values()}
    services |= {service.code for service in standing.terms.services}
    counts: dict[tuple[str, Month], Counter[str]] = {
        (code, column): Counter() for code in (ALL, *services) for column in columns
    }
    for each in counted_cells(question):
        counts[ALL, each.column][each.row] += 1
        counts[each.kpi.introduced.service, each.column][each.row] += 1
    notes = Notes([*late_notes(question), *errata_of_counts(standing, columns)])
    noted = _noted(question, notes)
    return Summary(question, counts, noted, [*notes.texts, *(_longer(standing) if says_how else [])])


def _longer(standing: Standing) -> list[str]:
    """Say how KPIs are counted whose periods are longer than the contract's, by length."""
    terms = standing.terms
    unit = "month" if terms.frequency is Frequency.MONTHLY else "period"
    found = []
    for frequency in Frequency:
        refs = [
            kpi.introduced.ref
            for kpi in standing.in_order()
            if kpi.frequency is frequency and kpi.levels and not kpi.introduced.reserved
        ]
        if refs and frequency.months > terms.frequency.months:
            are, their = ("is", "its") if len(refs) == 1 else ("are", "their")
            found.append(f"{listed(refs)} ({frequency}) {are} counted once, in the {unit} {their} period begins in.")
    return found


def _noted(question: Question, notes: Notes) -> dict[tuple[str, str, Month], Noted]:
    """Return the counts that a revised or provisional cell bears on: where it is counted, and where it was."""
    annotator = Annotator(question.standing)
    marks_of = {ref: KpiMarks(question, ref) for ref in question.standing.kpis}
    found: dict[tuple[str, str, Month], Noted] = {}
    for each in counted_cells(question):
        its = marks_of[each.kpi.introduced.ref].of(each.cell.period, each.cell.verdict)
        told = [note for note in annotator.notes(each.kpi, each.cell, its) if note.mark in ("r", "p")]
        was = row_of(its.revision.was.status) if its.revision else None
        for code in (ALL, each.kpi.introduced.service) if told else ():
            for row in dict.fromkeys((each.row, was or each.row)):
                before = found.get((code, row, each.column), Noted((), ()))
                marks = dict.fromkeys([*before.marks, *(note.mark for note in told if note.mark)])
                numbers = sorted({*before.notes, *(notes.number(note.text) for note in told)})
                found[code, row, each.column] = Noted(tuple(marks), tuple(numbers))
    return found


def counted_cells(question: Question) -> Iterator[CountedCell]:
    """Yield every cell that is counted, with the column and the row it is counted in."""
    columns = question.columns
    for kpi in question.standing.in_order():
        for cell in window(question.standing, kpi, columns[0], question.last_month):
            row = row_of(cell.status)
            if row is not None:
                yield CountedCell(max(start for start in columns if start <= cell.period), row, kpi, cell)


def row_of(status: Status) -> str | None:
    """Return the row that a status is counted in; None if it is not counted."""
    return _COUNTED.get(status)
