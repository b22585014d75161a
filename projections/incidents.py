"""Incidents: what happened once, what cites it, and the cells that hang on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from ledger.facts import EscalationRaised as Raised
from ledger.facts import MitigationFact, MitigationGranted, MitigationRefused, MitigationRequested
from ledger.levels import OUTSIDE
from ledger.period import Month, day_in_words, heading
from ledger.recorded import Recorded
from ledger.report_facts import FailureExplained, IncidentRecorded
from ledger.values import EXACT
from projections.abatement import amount
from projections.cells import Cell, covers, open_disputes, open_requests, window
from projections.marks import late_notes
from projections.question import Question
from projections.spans import between
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import cell_text

Citing = MitigationFact | Raised | FailureExplained
_WORDS = {
    MitigationRequested: "request",
    MitigationGranted: "grant",
    MitigationRefused: "refusal",
    Raised: "escalation",
    FailureExplained: "explanation",
}


def recorded_incidents(standing: Standing) -> dict[str, IncidentRecorded]:
    """Return the incidents by name; of several words on one the latest stands."""
    return {each.fact.incident: each.fact for each in standing.printed if isinstance(each.fact, IncidentRecorded)}


def incident_title(standing: Standing, name: str) -> str:
    """Return the title of an incident; its name if it is not recorded."""
    recorded = recorded_incidents(standing).get(name)
    return recorded.title if recorded else name


@dataclass(frozen=True, slots=True)
class Concerned:
    """A cell that facts which cite an incident speak of; `provisional_by` are those that are undecided."""

    kpi: KpiStanding
    cell: Cell
    cited_by: tuple[str, ...]
    provisional_by: tuple[str, ...]

    @property
    def relieved_points(self) -> Decimal | None:
        """Return what a relieved cell's recorded value would have cost, where relief takes it off."""
        return self.cell.spared_points

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON."""
        found = self.cell.verdict
        return {
            "kpi": self.cell.kpi,
            "period": self.cell.period,
            "status": self.cell.status.value,
            "value": None if found.value is None else f"{found.value:f}",
            "provisional": found.provisional,
            "points": amount(self.cell.points),
            "relieved_points": amount(self.relieved_points),
            "cited_by": list(self.cited_by),
            "provisional_by": list(self.provisional_by),
        }


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident with what cites it, in order of (dated, position); `recorded` is None if only its name is known."""

    name: str
    recorded: IncidentRecorded | None
    citing: list[Citing]
    cells: list[Concerned]
    points: Decimal | None
    relieved_points: Decimal | None

    def document(self) -> dict[str, Any]:
        """Return the incident as JSON."""
        told = self.recorded
        return {
            "incident": self.name,
            "id": told and told.id,
            "title": told and told.title,
            "began_on": told and told.began_on.isoformat(),
            "ended_on": told.ended_on.isoformat() if told and told.ended_on else None,
            "description": told and told.description,
            "cited_by": [_citing_document(each) for each in self.citing],
            "cells": [each.document() for each in self.cells],
            "points": amount(self.points),
            "relieved_points": amount(self.relieved_points),
        }


@dataclass(frozen=True, slots=True)
class Incidents:
    """The view."""

    question: Question
    incidents: list[Incident]
    notes: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "incidents": [each.document() for each in self.incidents],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the incidents, then the cells that hang on them."""
        day = f"as at {day_in_words(self.question.moment.as_at)}"
        none = Text("No incident is recorded or cited")
        rows = [self._row(each) for each in self.incidents]
        cells = [
            (
                Text(incident.name),
                Text(each.cell.kpi),
                Text(heading(each.cell.period, each.kpi.frequency)),
                cell_text(each.kpi, each.cell),
                Text(", ".join(each.cited_by)),
                Text(", ".join(each.provisional_by)),
                Text(amount(each.cell.points) or ""),
                Text(amount(each.relieved_points) or ""),
            )
            for incident in self.incidents
            for each in incident.cells
        ]
        no_cell = Text(f"No cell in {self.question.span}")
        return [
            Table(
                title=f"Incidents, {day}",
                columns=("Incident", "What happened", "Began", "Ended", "Cited by", "Points", "Relieved"),
                rows=rows or [(Text(""), none, *[Text("")] * 5)],
                numeric=(5, 6),
            ),
            Table(
                title=f"Cells that hang on an incident, {self.question.span}, {day}",
                columns=("Incident", "KPI", "Period", "Result", "Cited by", "Undecided", "Points", "Relieved"),
                rows=cells or [(Text(""), Text(""), Text(""), no_cell, *[Text("")] * 4)],
                numeric=(6, 7),
                fixed=3,
                notes=list(enumerate(self.notes, 1)),
                assumptions=assumptions(self.question.standing),
            ),
        ]

    def _row(self, incident: Incident) -> tuple[Text, ...]:
        told = incident.recorded
        what = ": ".join(filter(None, (told.title, told.description))) if told else "not recorded"
        return (
            Text(incident.name),
            Text(what),
            Text(day_in_words(told.began_on) if told else ""),
            Text(day_in_words(told.ended_on) if told and told.ended_on else ""),
            Text("; ".join(self._citation(each) for each in incident.citing) or "nothing"),
            Text(amount(incident.points) or ""),
            Text(amount(incident.relieved_points) or ""),
        )

    def _citation(self, fact: Citing) -> str:
        """Name a fact that cites an incident, with what it is about."""
        frequency = self.question.standing.kpis[fact.kpi].frequency
        if isinstance(fact, Raised):
            of = f"{fact.ref} of {fact.kpi}, {heading(fact.period, frequency)}"
        elif fact.last_period is None:
            of = f"of {fact.kpi}, from {heading(fact.first_period, frequency)}"
        else:
            of = f"of {fact.kpi}, {between(fact.first_period, fact.last_period, frequency)}"
        return f"{_WORDS[type(fact)]} {of} ({fact.id})"


def _citing_document(fact: Citing) -> dict[str, Any]:
    first, last = _range(fact)
    return {
        "id": fact.id,
        "fact": fact.kind,
        "kpi": fact.kpi,
        "first_period": first,
        "last_period": last,
        "ref": fact.ref if isinstance(fact, Raised) else None,
        "decision_ref": fact.decision_ref,
    }


def _range(fact: Citing) -> tuple[Month, Month | None]:
    return (fact.period, fact.period) if isinstance(fact, Raised) else (fact.first_period, fact.last_period)


def incidents(question: Question) -> Incidents:
    """Answer what happened, what cites it, and which of the shown cells hang on it, with their points.

    An incident that is cited and not recorded is told by its name, after the others.
    """
    standing = question.standing
    recorded = sorted(recorded_incidents(standing).values(), key=lambda each: each.began_on)
    told = {each.incident: each for each in recorded}
    citing: dict[str, list[Citing]] = {name: [] for name in told}
    for _, fact in sorted(_citing_facts(standing), key=lambda each: each[0].place):
        if fact.incident is not None:
            citing.setdefault(fact.incident, []).append(fact)
    shown = [(kpi, window(standing, kpi, question.columns[0], question.last_month)) for kpi in standing.in_order()]
    found = []
    for name, facts in citing.items():
        cells = [each for kpi, its in shown for each in _concerned(kpi, its, facts)]
        found.append(Incident(name, told.get(name), facts, cells, *_sums(standing, cells)))
    return Incidents(question, found, late_notes(question))


def _citing_facts(standing: Standing) -> Iterator[tuple[Recorded, Citing]]:
    """Yield the facts that may cite an incident, the ends of their ranges resolved."""
    for kpi in standing.kpis.values():
        yield from kpi.requests
        yield from kpi.answers
        yield from ((each, fact) for its in kpi.cells.values() for each, fact in its if isinstance(fact, Raised))
    yield from ((each, each.fact) for each in standing.printed if isinstance(each.fact, FailureExplained))


def _concerned(kpi: KpiStanding, cells: Sequence[Cell], citing: Sequence[Citing]) -> Iterator[Concerned]:
    its = [fact for fact in citing if fact.kpi == kpi.introduced.ref]
    for cell in cells:
        cited_by = tuple(fact.id for fact in its if _speaks_of(fact, cell))
        if cited_by and cell.status not in OUTSIDE:
            undecided = {*open_requests(kpi, cell.period), *(each.id for each in open_disputes(kpi, cell.period))}
            yield Concerned(kpi, cell, cited_by, tuple(each for each in cited_by if each in undecided))


def _speaks_of(fact: Citing, cell: Cell) -> bool:
    match fact:
        case Raised():
            return fact.period == cell.period
        case FailureExplained():
            return fact.first_period <= cell.period <= fact.last_period
        case MitigationGranted():
            return fact.id in cell.verdict.relieved_by
        case _:
            return covers(fact, cell.period)


def _sums(standing: Standing, cells: Sequence[Concerned]) -> tuple[Decimal | None, Decimal | None]:
    """Return the points of cells and those that relief takes off; None if the contract has none."""
    if standing.terms.scheme is None:
        return None, None
    with localcontext(EXACT):
        points = sum((each.cell.points or Decimal(0) for each in cells), Decimal(0))
        relieved = sum((each.relieved_points or Decimal(0) for each in cells), Decimal(0))
    return points, relieved
