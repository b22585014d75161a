"""What failed, why, and what that did: KPIs below MSL (Table 8 of the reports), and those below TSL above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.facts import EscalationRaised
from ledger.levels import RATED, RELIEVED, Status
from ledger.period import Month, day_in_words, heading, last_day
from ledger.report_facts import FailureExplained
from projections.cells import Cell, open_disputes, overlapping
from projections.incidents import incident_title
from projections.marks import KpiMarks, late_notes
from projections.notes import Annotator, MarkedCell, Notes
from projections.points import UNDECIDED
from projections.question import Question
from projections.rag import levels_shown
from projections.spans import among, between
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import DATA_NOT_AVAILABLE, displayed

COUNTED = (*RATED, *RELIEVED)
_NOT_EXPLAINED = "not explained yet"


@dataclass(frozen=True, slots=True)
class Failing:
    """A KPI with those of its cells that missed one level, and what was said of them.

    `levels` are those in force in its cells; `only` says that it was counted in other shown periods too, and did not
    miss the level there. `explanations` are of any of the shown periods, the latest last.
    """

    kpi: KpiStanding
    cells: list[MarkedCell]
    levels: list[str | None]
    only: bool
    explanations: list[FailureExplained]
    disputes: list[EscalationRaised]

    @property
    def periods(self) -> list[Month]:
        """Return the periods of its cells."""
        return [each.cell.period for each in self.cells]

    def document(self) -> dict[str, Any]:
        """Return the KPI as JSON; `level` is that of its last cell."""
        return {
            "kpi": self.kpi.introduced.ref,
            "service": self.kpi.introduced.service,
            "title": self.kpi.introduced.title,
            "level": self.levels[-1],
            "cells": [{**each.document(), "level": level} for each, level in zip(self.cells, self.levels, strict=True)],
            "explanations": [
                {
                    "id": each.id,
                    "first_period": each.first_period,
                    "last_period": each.last_period,
                    "cause": each.cause,
                    "effect": each.effect,
                    "resolution": each.resolution,
                    "by": each.by,
                    "dated": each.dated.isoformat(),
                    "incident": each.incident,
                }
                for each in self.explanations
            ],
            "escalations": list(dict.fromkeys(each.ref for each in self.disputes)),
        }

    def row(self, standing: Standing) -> tuple[Text, ...]:
        """Return the KPI's row."""
        causes = [(each, _cause(standing, each)) for each in self.explanations]
        effects = [(each, each.effect) for each in self.explanations]
        resolutions = [(each, each.resolution) for each in self.explanations]
        return (
            Text(self.kpi.introduced.ref),
            Text(self.kpi.introduced.title or ""),
            Text(self._levels_in_words()),
            Text(self._recorded(), self.cells[0].cell.status.value),
            Text(_joined(self._told(causes))),
            Text(_joined([*self._told(effects), *self._not_explained()])),
            Text(_joined([*self._told(resolutions), *self._in_escalation(standing)])),
        )

    def _levels_in_words(self) -> str:
        by_level: dict[str, list[Month]] = {}
        for period, level in zip(self.periods, self.levels, strict=True):
            by_level.setdefault(level or "none", []).append(period)
        if len(by_level) == 1:
            return self.levels[0] or ""
        return ", ".join(f"{level} ({among(its, self.kpi.frequency)})" for level, its in by_level.items())

    def _recorded(self) -> str:
        frequency = self.kpi.frequency
        shown = ", ".join(
            each.beside(f"{heading(each.cell.period, frequency)} {_recorded(self.kpi, each.cell)}")
            for each in self.cells
        )
        return f"{shown} ({among(self.periods, frequency)} only)" if self.only else shown

    def _told(self, texts: Sequence[tuple[FailureExplained, str | None]]) -> list[str]:
        """Return what explanations say, each with its range if it leaves out a cell, and its day if there are more."""
        told = []
        for explanation, text in texts:
            if text is None:
                continue
            first, last = explanation.first_period, explanation.last_period
            whole = all(first <= period <= last for period in self.periods)
            label = "" if whole else between(first, last, self.kpi.frequency)
            if len(self.explanations) > 1:
                day = day_in_words(explanation.dated)
                label = f"{label} (on {day})" if label else f"On {day}"
            told.append(f"{label}: {text}" if label else text)
        return told

    def _not_explained(self) -> list[str]:
        """Say which of its cells no explanation speaks of."""
        missing = [
            period
            for period in self.periods
            if not any(each.first_period <= period <= each.last_period for each in self.explanations)
        ]
        if not self.explanations:
            return [_NOT_EXPLAINED]
        return [f"{among(missing, self.kpi.frequency)}: {_NOT_EXPLAINED}"] if missing else []

    def _in_escalation(self, standing: Standing) -> list[str]:
        found = []
        for ref, dispute in {each.ref: each for each in self.disputes}.items():
            its = [each.period for each in self.disputes if each.ref == ref]
            of = "" if its == self.periods else f", {among(its, self.kpi.frequency)}"
            named = f" (incident: {incident_title(standing, dispute.incident)})" if dispute.incident else ""
            found.append(f"In escalation {ref}{of}{named}")
        return found


@dataclass(frozen=True, slots=True)
class Failures:
    """The view; `undecided` counts the periods that are over and have no agreed result yet."""

    question: Question
    below_msl: list[Failing]
    below_tsl: list[Failing]
    undecided: int
    notes: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "below_msl": [each.document() for each in self.below_msl],
            "below_tsl": [each.document() for each in self.below_tsl],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the KPIs below MSL, then those below TSL that achieved it."""
        span = self.question.span
        day = f"as at {day_in_words(self.question.moment.as_at)}"
        return [
            Table(
                title=f"KPIs that failed to meet MSL, {span}, {day}",
                columns=_columns("MSL"),
                rows=self._rows(self.below_msl, f"No KPI failures in {span}"),
            ),
            Table(
                title=f"KPIs that failed to meet TSL and achieved MSL, {span}, {day}",
                columns=_columns("TSL"),
                rows=self._rows(self.below_tsl, f"No KPIs below TSL in {span}"),
                notes=list(enumerate(self.notes, 1)),
                assumptions=assumptions(self.question.standing),
            ),
        ]

    def _rows(self, failing: list[Failing], none: str) -> list[tuple[Text, ...]]:
        if failing:
            return [each.row(self.question.standing) for each in failing]
        if self.undecided:
            count = self.undecided
            none += f" so far; {count} {'result is' if count == 1 else 'results are'} not agreed yet"
        return [(Text(""), Text(none), *[Text("")] * 5)]


def _columns(level: str) -> tuple[str, ...]:
    what = ("Recorded", "Cause", "Effect on the authority", "Estimated resolution")
    return ("KPI", "Short description", level, *what)


def _recorded(kpi: KpiStanding, cell: Cell) -> str:
    """Say what a failing cell rests on."""
    found = cell.verdict
    value = "" if found.value is None else displayed(kpi, cell.period, found.value)
    match found.basis:
        case "data_not_available":
            return DATA_NOT_AVAILABLE
        case "status_only":
            return "status only"
        case "set_by_decision":
            return f"{value} (status set by decision)" if value else "status set by decision"
        case _:
            return value


def _cause(standing: Standing, explanation: FailureExplained) -> str | None:
    if explanation.incident is None:
        return explanation.cause
    title = incident_title(standing, explanation.incident)
    return f"{explanation.cause.rstrip('. ')} (incident: {title})" if explanation.cause else f"Incident: {title}"


def _joined(texts: list[str]) -> str:
    """Write one text as it is, several as sentences."""
    if len(texts) < 2:
        return "".join(texts)
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts)


def failures(question: Question) -> Failures:
    """Answer which KPIs failed in the shown periods, why, and what that did."""
    first, last = question.columns[0], question.last_month
    shown = [(kpi, overlapping(question.standing, kpi, first, last)) for kpi in question.standing.in_order()]
    notes = Notes()
    below_msl, below_tsl = (
        [found for kpi, cells in shown if (found := _failing(question, kpi, cells, status, notes))]
        for status in (Status.RED, Status.AMBER)
    )
    as_at = question.moment.as_at
    undecided = sum(
        cell.status in UNDECIDED and last_day(cell.period, kpi.frequency) < as_at
        for kpi, cells in shown
        for cell in cells
    )
    for text in late_notes(question):
        notes.number(text)
    return Failures(question, below_msl, below_tsl, undecided, notes.texts)


def _failing(
    question: Question, kpi: KpiStanding, cells: Sequence[Cell], status: Status, notes: Notes
) -> Failing | None:
    """Return a KPI with its cells of a status; None if it has none."""
    its = [cell for cell in cells if cell.status is status]
    if not its:
        return None
    marks, annotator = KpiMarks(question, kpi.introduced.ref), Annotator(question.standing)
    return Failing(
        kpi=kpi,
        cells=[annotator.marked(kpi, cell, marks, notes) for cell in its],
        levels=[_level(kpi, cell) for cell in its],
        only=any(cell.status in COUNTED and cell.status is not status for cell in cells),
        explanations=_explanations(question.standing, kpi, its),
        disputes=[each for cell in its for each in open_disputes(kpi, cell.period)],
    )


def _level(kpi: KpiStanding, cell: Cell) -> str | None:
    """Return the level that a failing cell missed; with one threshold only, the band that meets it."""
    tsl, msl = levels_shown(kpi, cell.period)
    return (msl or tsl) if cell.status is Status.RED else tsl


def _explanations(standing: Standing, kpi: KpiStanding, cells: Sequence[Cell]) -> list[FailureExplained]:
    """Return what was said of a KPI's failures in any of the periods of its cells."""
    return [
        each.fact
        for each in standing.printed
        if isinstance(each.fact, FailureExplained)
        and each.fact.kpi == kpi.introduced.ref
        and any(each.fact.first_period <= cell.period <= each.fact.last_period for cell in cells)
    ]
