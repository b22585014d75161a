"""The story of a cell, or of a KPI: every fact behind it in a sentence, with what it changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.facts import FactVoided, HistoryNotHeld, WeightsSet, kpi_of
from ledger.faults import BadInput
from ledger.period import Month, day_in_words, in_words, is_period
from ledger.recorded import Recorded
from ledger.report_facts import FindingRecorded, ReportCorrected, ReportPublished
from projections.abatement import amount
from projections.cells import Cell, last_spoken_of
from projections.marks import KpiMarks
from projections.moment import counting
from projections.movement import Walker, seen, touches
from projections.notes import teller_of
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import Table, Text
from projections.wording import cell_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact, its sentence, and the cell before and after it.

    The cell is that of the period asked for; without one, that of the fact's own period, or of the
    first that it moved. `moved` lists every period of the KPI that the fact moved.
    """

    recorded: Recorded
    sentence: str
    period: Month | None
    before: Cell | None
    after: Cell | None
    moved: tuple[Month, ...]
    late: bool

    def told(self) -> str:
        """Return the sentence, and what else is to be told of the fact."""
        signature = self.recorded.fact.signature
        signed = f" It is signed with the key {signature.key}." if signature else ""
        late = " This came late to a published report." if self.late else ""
        return f"{self.sentence}{signed}{late}"


@dataclass(frozen=True, slots=True)
class Trail:
    """The view."""

    question: Question
    kpi: KpiStanding
    period: Month | None
    entries: list[Entry]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "kpi": self.kpi.introduced.ref,
            "period": self.period,
            "entries": [
                {
                    "id": entry.recorded.fact.id,
                    "fact": entry.recorded.fact.kind,
                    "position": entry.recorded.position,
                    "dated": entry.recorded.fact.dated.isoformat(),
                    "recorded_at": stamp(entry.recorded.recorded_at),
                    "by": entry.recorded.fact.by,
                    "signed_with": entry.recorded.fact.signature.key if entry.recorded.fact.signature else None,
                    "sentence": entry.sentence,
                    "period": entry.period,
                    "before": cell_document(entry.before),
                    "after": cell_document(entry.after),
                    "moved": list(entry.moved),
                    "late": entry.late,
                }
                for entry in self.entries
            ],
        }

    def tables(self) -> list[Table]:
        """Return the story as a table."""
        frequency = self.kpi.frequency
        of = f", {in_words(self.period, frequency)}" if self.period else ""
        title = f"{self.kpi.introduced.ref}{of}, as at {day_in_words(self.question.moment.as_at)}"
        return [
            Table(
                title=f"{title}: {self.kpi.introduced.title or 'reference not in use'}",
                columns=("Dated", "What happened", "Before", "After", "Points", "Taken", "Fact"),
                rows=[
                    (
                        Text(entry.recorded.fact.dated.isoformat()),
                        Text(entry.told()),
                        cell_text(self.kpi, entry.before),
                        cell_text(self.kpi, entry.after),
                        Text(change_text("points", entry.before, entry.after)),
                        Text(f"{entry.recorded.recorded_at:%Y-%m-%d}"),
                        Text(entry.recorded.fact.id),
                    )
                    for entry in self.entries
                ],
                fixed=0,
            )
        ]


def stamp(instant: datetime) -> str:
    """Write an instant in UTC."""
    return instant.isoformat().replace("+00:00", "Z")


def cell_document(cell: Cell | None) -> dict[str, Any]:
    """Return what a table shows of a cell as JSON."""
    found = seen(cell)
    for name in ("points", "multiplier", "late_return"):
        found[name] = amount(found[name])
    found["value"] = None if found["value"] is None else f"{found['value']:f}"
    found["status"] = found["status"] and found["status"].value
    found["run"] = cell.run if cell else None
    return found


def change_text(name: str, before: Cell | None, after: Cell | None) -> str:
    """Say what a cell's points, or its multiplier, were and are; once if they are what they were."""
    was, now = (amount(seen(cell)[name]) for cell in (before, after))
    if was == now:
        return was or ""
    return f"{was or '–'} → {now or '–'}"


def trail(question: Question, ref: str, period: Month | None) -> Trail:
    """Answer how a cell, or all of a KPI's cells, came to be.

    Raises:
        BadInput: if the contract has no such KPI, or the period is none of its periods.
    """
    kpi = question.kpi(ref)
    if period is not None and kpi.first_period and not is_period(period, kpi.first_period, kpi.frequency):
        sentence = f"found {period}; give the first month of a {kpi.frequency} period of {ref} from {kpi.first_period}"
        raise BadInput.of(sentence, "PERIOD")
    last = period or last_spoken_of(kpi)
    facts = counting(question.split.bearing_on(ref), question.moment.as_at, question.moment.position)
    ordered = sorted(facts, key=lambda each: each.place)
    marks = KpiMarks(question, ref)
    teller = teller_of(question.standing)
    by_id = {each.fact.id: each.fact for each in ordered}
    walker = Walker(ref, [], last)
    entries = []
    for recorded in ordered:
        was = dict(walker.cells) if period is None else {period: walker.cells.get(period)}
        differing = walker.change(recorded)
        moved = tuple(each for each, (before, after) in differing.items() if seen(before) != seen(after))
        subject = _subject(recorded, by_id)
        about = _about(subject, moved) if period is None else period
        if _belongs(subject, ref, moved, period):
            late = bool(marks.would_have_changed(recorded))
            before, after = was.get(about or ""), walker.cells.get(about or "")
            entries.append(Entry(recorded, teller.sentence(recorded.fact), about, before, after, moved, late))
    return Trail(question, kpi, period, entries)


def _subject(recorded: Recorded, by_id: dict[str, Any]) -> Any:
    """Return the fact, or the one it voids."""
    fact = recorded.fact
    return by_id.get(fact.voids, fact) if isinstance(fact, FactVoided) else fact


def _about(fact: Any, moved: tuple[Month, ...]) -> Month | None:
    """Return the period whose cell is told of a fact: its own, or the first that it moved."""
    own: Month | None = getattr(fact, "period", None)
    return own or next(iter(moved), None)


def _belongs(fact: Any, kpi: str, moved: tuple[Month, ...], period: Month | None) -> bool:
    """Say whether a fact is behind the cell, or behind any of the KPI's cells."""
    if period is None:
        dealt = isinstance(fact, WeightsSet) and kpi in fact.weights
        return bool(moved) or dealt or kpi_of(fact) == kpi or _corrects(fact, kpi)
    return period in moved or _behind(fact, kpi, period)


def _behind(fact: Any, kpi: str, period: Month) -> bool:
    match fact:
        case ReportPublished() | HistoryNotHeld():
            return fact.first_period <= period <= fact.last_period
        case ReportCorrected():
            return _corrects(fact, kpi) and fact.period == period
        case FindingRecorded():
            return fact.kpi == kpi and fact.period == period
        case _:
            return kpi_of(fact) == kpi and touches(fact, period)


def _corrects(fact: Any, kpi: str) -> bool:
    return isinstance(fact, ReportCorrected) and fact.row == kpi
