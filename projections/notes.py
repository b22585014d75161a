"""Notes that write themselves: what marks a cell, and the sentences that say why, composed from the facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ledger.facts import AnyFact, PerformanceScrutinised, PerformanceSubmitted
from ledger.levels import OUTSIDE, Status
from ledger.period import END_OF_TIME, Frequency, Month, day_in_words, heading, shift
from ledger.recorded import Recorded
from ledger.report_facts import ReportCorrected, ReportPublished
from ledger.values import plain
from projections.abatement import amount
from projections.cells import Cell, level_in_force, meets_stretch, open_disputes, open_requests
from projections.component_notes import notes_on_components
from projections.indicative import note_of_cell
from projections.marks import KpiMarks, Marks, Revision
from projections.moment import UNTOLD
from projections.point_terms import stretch_of
from projections.sentences import Teller
from projections.standing import KpiStanding, Standing
from projections.table import SAID_BY_WORDS, Text
from projections.trend import Trend, trend
from projections.wording import in_words

SHORTHAND = {
    "r": "revised since it was last reported",
    "p": "provisional: a dispute or a request is undecided",
    "b": "break in series: new targets, or measured in another way",
    "x": "not available",
    "z": "not applicable",
    "c": "suppressed, as the count is small",
    "late": "changed by a fact that came late to a published report",
}
_NOT_APPLICABLE = (Status.NOT_IN_USE, Status.NOT_STARTED, Status.DISCONTINUED)


class Note(NamedTuple):
    """A sentence about a cell, and the mark it explains; some say more without one."""

    mark: str | None
    text: str


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
class MarkedCell:
    """A cell with its marks, as they are found and as shorthand, and the numbers of its notes."""

    cell: Cell
    marks: Marks
    shorthand: tuple[str, ...]
    notes: tuple[int, ...]
    trend: Trend | None = None

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON."""
        cell, components = self.cell, self.cell.verdict.components
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
            "marks": list(self.shorthand),
            "notes": list(self.notes),
            "trend": self.trend and self.trend.direction,
            **({"components": {name: f"{amount:f}" for name, amount in components.items()}} if components else {}),
            "severity": cell.verdict.severity.name if cell.verdict.severity else None,
        }

    def beside(self, words: str) -> str:
        """Write what a cell shows with its marks, but for those its words say already, and the numbers of its notes."""
        said = "".join(f" [{mark}]" for mark in self.shorthand if mark not in SAID_BY_WORDS)
        return words + said + (f" [note {', '.join(map(str, self.notes))}]" if self.notes else "")

    def text(self, words: str, with_trend: str | None = None) -> Text:
        """Return what a cell shows, with its marks and its notes."""
        also = "".join(f"[{mark}]" for mark in self.shorthand if mark in SAID_BY_WORDS)
        without = None if with_trend is None else self.beside(words)
        return Text(self.beside(with_trend or words), self.cell.status.value, also, without)


class Annotator:
    """Composes the notes of a contract's cells."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._teller = teller_of(standing)
        self._errata = [each.fact for each in standing.printed if isinstance(each.fact, ReportCorrected)]

    def marked(self, kpi: KpiStanding, cell: Cell, marks: KpiMarks, notes: Notes) -> MarkedCell:
        """Return a cell with its marks, its notes numbered among the rest."""
        its = marks.of(cell.period, cell.verdict)
        told = self.notes(kpi, cell, its)
        numbers = dict.fromkeys(notes.number(note.text) for note in told)
        found = trend(self._standing, kpi, cell.period, cell.verdict)
        return MarkedCell(cell, its, tuple(_shorthand(cell, told)), tuple(numbers), found)

    def notes(self, kpi: KpiStanding, cell: Cell, marks: Marks) -> list[Note]:
        """Return what is to be said of a cell; of one that shows no result, only what it was before."""
        named = f"{kpi.introduced.ref}, {heading(cell.period, kpi.frequency)}"
        changed = [*self._revision(kpi, cell, marks.revision), *self._late(named, marks)]
        if cell.status in OUTSIDE:
            return changed
        return [
            *self._open_matters(kpi, cell),
            *changed,
            *self._breaks(kpi, cell.period, named),
            *self._unavailable(kpi, cell, named),
            *self._readings(cell, named),
            *self._components(kpi, cell, named),
            *self._beside(kpi, cell, named),
            *self._corrections(kpi, cell),
        ]

    def _open_matters(self, kpi: KpiStanding, cell: Cell) -> list[Note]:
        """Tell the disputes and requests that keep a cell provisional."""
        asked = set(open_requests(kpi, cell.period))
        requests = [recorded.fact for recorded, request in kpi.requests if request.id in asked]
        open_: list[AnyFact] = [*open_disputes(kpi, cell.period), *requests]
        return [Note("p", f"Provisional: {self._teller.sentence(fact)[:-1]}; undecided.") for fact in open_]

    def _revision(self, kpi: KpiStanding, cell: Cell, revision: Revision | None) -> list[Note]:
        if revision is None:
            return []
        was, now = in_words(kpi, cell.period, revision.was), in_words(kpi, cell.period, cell.verdict)
        because = " ".join(self._teller.sentence(each.fact) for each in revision.facts)
        reported = f"reported as {was} in {_report(revision.report)}"
        text = f"{kpi.introduced.ref}, {heading(cell.period, kpi.frequency)}: {reported}; now {now}. {because}"
        return [Note("r", text.strip())]

    def _late(self, named: str, marks: Marks) -> list[Note]:
        found = []
        for late in marks.late:
            told = " ".join(map(self._taken, late.facts))
            text = f"{named}: came late to the report {_report(late.report)}, and would have changed it: {told}"
            found.append(Note("late", text))
        return found

    def _taken(self, recorded: Recorded) -> str:
        told = self._teller.sentence(recorded.fact)
        if recorded.recorded_at == UNTOLD:
            return told
        return f"{told[:-1]} (taken on {day_in_words(recorded.recorded_at.date())})."

    def _breaks(self, kpi: KpiStanding, period: Month, named: str) -> list[Note]:
        """Tell what breaks the series here: another measure, or other levels than in the period before."""
        found = [
            Note("b", f"{named}: {self._teller.sentence(fact)}")
            for _, fact in kpi.redefinitions
            if fact.first_period == period
        ]
        before = shift(period, -kpi.frequency.months)
        was, now = level_in_force(kpi, before), level_in_force(kpi, period)
        if before < kpi.first_period or was is None or now is None or was.in_words() == now.in_words():
            return found
        rebases = {fact.id: fact for _, fact in kpi.rebases}
        by = rebases.get(now.fact_id)
        if by is not None:
            return [*found, Note("b", f"{named}: {self._teller.sentence(by)} Before: {was.in_words()}.")]
        how = "temporary targets ended" if was.fact_id in rebases or was.last_period else "by the contract's schedule"
        mark = "b" if was.fact_id in rebases else None
        return [
            *found,
            Note(mark, f"{named}: judged against {now.in_words()} from here on, {how}. Before: {was.in_words()}."),
        ]

    def of_levels(self, kpi: KpiStanding, period: Month) -> list[str]:
        """Say of the levels in force whether they are temporary, and what the contract's schedule brings after them."""
        now = None if kpi.introduced.reserved else level_in_force(kpi, max(period, kpi.first_period))
        if now is None:
            return []
        ref, found = kpi.introduced.ref, stretch_of(kpi, now)
        if now.last_period is not None:
            lasting = level_in_force(
                replace(kpi, levels=[each for each in kpi.levels if each.last_period is None]), period
            )
            until = "until their milestone is reached" if now.last_period == END_OF_TIME else None
            end = until or f"up to {heading(now.last_period, kpi.frequency)}"
            normal = f"; normally {lasting.in_words()}" if lasting else ""
            found.append(f"{ref}: temporary levels, {end}{normal}.")
        later = sorted({each.first_period: each for each in kpi.levels if each.first_period > period}.items())
        if later:
            steps = "; ".join(f"{each.in_words()} from {heading(first, kpi.frequency)}" for first, each in later)
            found.append(f"{ref}: the levels change: {steps}.")
        return found

    def _unavailable(self, kpi: KpiStanding, cell: Cell, named: str) -> list[Note]:
        if cell.verdict.basis != "data_not_available":
            return []
        told = [fact for _, fact in kpi.cells.get(cell.period, ())]
        returned = next((fact for fact in reversed(told) if isinstance(fact, PerformanceSubmitted)), None)
        decided = next((fact for fact in reversed(told) if isinstance(fact, PerformanceScrutinised)), None)
        because = [decided] if decided is None or decided.decision == "rejected" else [returned, decided]
        sentences = " ".join(self._teller.sentence(fact) for fact in because if fact)
        return [Note("x", f"{named}: {sentences}")]

    def _readings(self, cell: Cell, named: str) -> list[Note]:
        """Say what a cell rests on beside its facts: readings, assumptions, and what has not been judged yet."""
        found = []
        found += note_of_cell(self._standing, cell.status, cell.period)
        if cell.verdict.doubt:
            found.append(f"{named}: {cell.verdict.doubt}.")
        if cell.verdict.basis == "set_by_decision":
            found.append(f"{named}: the status was set by the decision of a dispute, not by the value.")
        if cell.verdict.returned_again:
            found.append(f"{named}: a new return has come since the rejection and is not yet scrutinised.")
        if cell.assumed:
            found.append(f"{named}: its points assume that no run was under way before the first period held.")
        return [Note(None, text) for text in found]

    def _components(self, kpi: KpiStanding, cell: Cell, named: str) -> list[Note]:
        told = notes_on_components(self._standing, kpi, cell.period, cell.verdict)
        return [Note(None, f"{named}: {text}") for text in told]

    def _beside(self, kpi: KpiStanding, cell: Cell, named: str) -> list[Note]:
        """Tell what a cell's status does not say: a stretch target met, a return that came late."""
        found = []
        if (stretch := meets_stretch(kpi, cell.period, cell.verdict)) is not None:
            found.append(f"{named}: stretch target {stretch} met.")
        if (late := cell.late) is not None:
            days = f"{late.days} {'day' if late.days == 1 else 'days'} late"
            due = f"it was due on {day_in_words(late.due_on)} and came on {day_in_words(late.returned_on)}"
            found.append(f"{named}: its return was {days} ({due}), which costs {plain(late.points)} points of its own.")
        return [Note(None, text) for text in found]

    def _corrections(self, kpi: KpiStanding, cell: Cell) -> list[Note]:
        told = [fact for fact in self._errata if fact.row == kpi.introduced.ref and fact.period == cell.period]
        return [Note(None, f"Erratum: {self._teller.sentence(fact)}") for fact in told]


def _shorthand(cell: Cell, notes: Sequence[Note]) -> list[str]:
    """Return the marks of a cell: those of its notes, and what its status alone says."""
    without = cell.status in _NOT_APPLICABLE or cell.verdict.uncounted
    own = ["x"] if cell.status is Status.NOT_HELD else ["z"] if without else []
    return [*own, *dict.fromkeys(note.mark for note in notes if note.mark is not None)]


def errata_of_counts(standing: Standing, columns: Sequence[Month]) -> list[str]:
    """Return the notes of the errata that speak of periods shown, but of no KPI's row."""
    teller = teller_of(standing)
    return [
        f"Erratum: {teller.sentence(fact)}"
        for each in standing.printed
        if isinstance(fact := each.fact, ReportCorrected) and fact.row not in standing.kpis and fact.period in columns
    ]


def teller_of(standing: Standing) -> Teller:
    """Return who tells the contract's facts in sentences."""
    frequencies: dict[str, Frequency] = {ref: kpi.frequency for ref, kpi in standing.kpis.items()}
    parties = {party.code: party.name for party in standing.terms.parties}
    return Teller(parties, frequencies, standing.terms.frequency)


def _report(report: ReportPublished) -> str:
    return f"{report.report} (as at {day_in_words(report.as_at)})"
