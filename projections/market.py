"""The market of a framework: each provider's results beside the others', and what they come to together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.period import Frequency, Month, day_in_words, heading
from ledger.values import plain
from projections.cells import window
from projections.market_figure import Figure, figure
from projections.market_measures import Measure, Member, Window, chosen, measures_of, members_of, window_of
from projections.marks import KpiMarks
from projections.notes import SHORTHAND, Annotator, MarkedCell, Notes
from projections.question import Question
from projections.standing import KpiStanding
from projections.summary import row_of
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import displayed, in_words

COUNTED = ("green", "amber", "red", "mitigated")
HOW_POOLED = (
    "A pooled figure is the KPI's formula over the sums of each component, exactly, of every provider whose result "
    "stands and came from components; a relieved result that stands is in it. It is rated where all providers measured "
    "are judged against the same levels."
)
HOW_MEDIAN = (
    "Where no result came from components, the figure is the median of the values that stand: the middle one, or half "
    "the sum of the two middle ones. A median is not rated."
)
HOW_INFORMATION = (
    "A result stands once it is agreed, or amended; of a measure that is information, once it is returned."
)


@dataclass(frozen=True, slots=True)
class MeasuredPeriod:
    """A measure in a period: its cells by contract, how many have each status, and the figure of the market."""

    period: Month
    cells: Mapping[str, MarkedCell]
    counts: Counter[str]
    figure: Figure


@dataclass(frozen=True, slots=True)
class MeasureRows:
    """A measure in the periods shown."""

    measure: Measure
    periods: Sequence[MeasuredPeriod]


@dataclass(frozen=True, slots=True)
class Market:
    """The view."""

    members: Sequence[Member]
    measures: Sequence[MeasureRows]
    notes: Notes

    @property
    def _first(self) -> Question:
        return self.members[0].question

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        framework = self.members[0].framework
        return {
            **heading_of(self.members[0]),
            "title": framework.title,
            "providers": [
                {
                    "contract": each.contract,
                    "provider": each.provider.code,
                    "name": each.provider.name,
                    "lots": list(each.lots),
                }
                for each in self.members
            ],
            "measures": [self._measure(each) for each in self.measures],
            "how": self.how(),
            "notes": [{"n": number, "text": text} for number, text in self.notes.numbered()],
            "shorthand": self.shorthand(),
            "assumptions": self.assumptions(),
        }

    def _measure(self, rows: MeasureRows) -> dict[str, Any]:
        measure = rows.measure
        return {
            "kpi": measure.ref,
            "service": measure.first.service,
            "title": measure.first.title,
            "unit": measure.first.unit,
            "frequency": measure.frequency.value,
            "lots": list(measure.lots),
            "periods": [
                {
                    "period": each.period,
                    "market": _figure_document(each.figure),
                    "counts": {**{row: each.counts[row] for row in COUNTED}, "total": each.counts.total()},
                    "cells": [
                        {
                            "contract": member.contract,
                            "provider": member.provider.code,
                            **(
                                each.cells[member.contract].document()
                                if member.contract in each.cells
                                else {"period": each.period, "status": None, "absent": absence(measure, member)}
                            ),
                        }
                        for member in self.members
                    ],
                }
                for each in rows.periods
            ],
        }

    def how(self) -> list[str]:
        """Say in words how the figures of the market are made."""
        made = {each.figure.how for rows in self.measures for each in rows.periods}
        told = [*([HOW_POOLED] if "pooled" in made else []), *([HOW_MEDIAN] if "median" in made else [])]
        return [*told, HOW_INFORMATION] if told else []

    def shorthand(self) -> dict[str, str]:
        """Return what the marks used mean."""
        used = {
            mark
            for rows in self.measures
            for each in rows.periods
            for cell in each.cells.values()
            for mark in cell.shorthand
        }
        return {mark: meaning for mark, meaning in SHORTHAND.items() if mark in used}

    def assumptions(self) -> list[str]:
        """Return what the figures rest on: what every contract assumes, and what some do, with their providers."""
        shown = {each.measure.ref for each in self.measures}
        told: dict[str, list[str]] = {}
        for member in self.members:
            for each in assumptions(member.standing):
                told.setdefault(each, []).append(member.provider.name)
        hidden = {ref for member in self.members for ref in member.standing.kpis} - shown
        of_all = len(self.members)
        return [
            each if len(names) == of_all or each.partition(": ")[0] in shown else f"{', '.join(names)}: {each}"
            for each, names in told.items()
            if each.partition(": ")[0] not in hidden
        ]

    def tables(self) -> list[Table]:
        """Return a table for each length of period, with a row for each provider, and how the figures are made."""
        lengths = sorted({each.measure.frequency for each in self.measures}, key=lambda each: each.months)
        tables = [self._table([each for each in self.measures if each.measure.frequency is of], of) for of in lengths]
        made = Table(
            title="How each figure of the market is made",
            columns=("KPI", "Short description", "Lots", "Period", "Market"),
            rows=[
                tuple(map(Text, (rows.measure.ref, rows.measure.first.title or "", _lots(rows.measure), period, made)))
                for rows in self.measures
                for period, made in self._made(rows)
            ],
            fixed=1,
            shorthand=self.shorthand(),
            notes=self.notes.numbered(),
            assumptions=[*self.how(), *self.assumptions()],
        )
        return [*tables, made]

    def _table(self, of: Sequence[MeasureRows], frequency: Frequency) -> Table:
        columns = sorted({each.period for rows in of for each in rows.periods})
        rows = [row for each in of for row in self._rows(each, columns)]
        framework = self.members[0].framework
        return Table(
            title=f"{framework.title}: the market as at {day_in_words(self._first.moment.as_at)}",
            columns=("KPI", "Provider", *(heading(column, frequency) for column in columns)),
            rows=rows,
            fixed=2,
        )

    def _rows(self, rows: MeasureRows, columns: Sequence[Month]) -> list[tuple[Text, ...]]:
        measure, by_period = rows.measure, {each.period: each for each in rows.periods}
        found = [
            (
                Text(measure.ref),
                Text(member.provider.name),
                *(_cell(measure, member, by_period.get(p)) for p in columns),
            )
            for member in self.members
        ]
        market = [_market_text(measure, by_period.get(period)) for period in columns]
        counts = [_counts_text(by_period.get(period)) for period in columns]
        return [
            *found,
            (Text(measure.ref), Text("Market"), *market),
            (Text(measure.ref), Text("Green, amber, red, mitigated"), *counts),
        ]

    def _made(self, rows: MeasureRows) -> list[tuple[str, str]]:
        """Say of each period, those that say the same together, how the figure of the market is made."""
        told: dict[str, list[str]] = {}
        for each in rows.periods:
            told.setdefault(self._in_words(each.figure), []).append(heading(each.period, rows.measure.frequency))
        return [(", ".join(periods), words) for words, periods in told.items()]

    def _in_words(self, made: Figure) -> str:
        if made.how is None:
            return f"none: {made.why}"
        names = {each.contract: each.provider.name for each in self.members}
        words = f"{made.how} over {len(made.over)} of {made.measured} measured"
        if made.sums is not None:
            words += f", {', '.join(f'{name} = {plain(amount)}' for name, amount in made.sums.items())}"
        if made.left_out:
            words += f"; without {', '.join(names[each] for each in made.left_out)}, whose value is not from components"
        return f"{words}; not rated, as {made.why}" if made.how == "pooled" and made.why else words


def heading_of(member: Member) -> dict[str, Any]:
    """Return what the JSON of a market begins with."""
    own = member.question.heading()
    del own["contract"]
    return {"framework": member.framework.id, **own}


def absence(measure: Measure, member: Member) -> str:
    """Say why a provider does not have a measure."""
    in_its_lots = not measure.lots or set(measure.lots) & set(member.lots)
    return "not in its contract" if in_its_lots else "not in its lots"


def _lots(measure: Measure) -> str:
    return ", ".join(measure.lots) or "all"


def _cell(measure: Measure, member: Member, at: MeasuredPeriod | None) -> Text:
    if at is None:
        return Text("")
    marked = at.cells.get(member.contract)
    if marked is None:
        return Text(absence(measure, member).capitalize()) if member.contract not in measure.kpis else Text("")
    return marked.text(in_words(measure.kpis[member.contract], at.period, marked.cell.verdict))


def _market_text(measure: Measure, at: MeasuredPeriod | None) -> Text:
    if at is None:
        return Text("")
    made = at.figure
    if made.how is None:
        return Text("–")
    over = f"({made.how}, {len(made.over)} of {made.measured})"
    if made.value is None:
        return Text(f"No denominator {over}")
    value = displayed(next(iter(measure.kpis.values())), at.period, made.value)
    words = f"{value} {STATUS_WORDS[made.status.value]}" if made.status else value
    return Text(f"{words} {over}", made.status.value if made.status else None)


def _counts_text(at: MeasuredPeriod | None) -> Text:
    return Text(", ".join(str(at.counts[row]) for row in COUNTED) if at else "")


def _figure_document(made: Figure) -> dict[str, Any]:
    return {
        "how": made.how,
        "value": None if made.value is None else plain(made.value),
        "status": made.status.value if made.status else None,
        "over": len(made.over),
        "measured": made.measured,
        "left_out": list(made.left_out),
        "components": None if made.sums is None else {name: plain(amount) for name, amount in made.sums.items()},
        "why": made.why,
    }


def market(
    framework: str,
    questions: Sequence[Question],
    last: Month | None = None,
    count: int = 6,
    *,
    service: str | None = None,
    lot: str | None = None,
    kpi: str | None = None,
) -> Market:
    """Answer how each provider of a framework did, and the market as a whole.

    Args:
        framework: the framework's id.
        questions: one for each contract that was ever registered under it, at one moment.
        last: the last period to show; None for the latest with an agreed result of any contract.
        count: how many periods to show.
        service: show only the measures of this service.
        lot: show only the measures that apply to this lot.
        kpi: show only the measure of this reference.

    Raises:
        BadInput: if no contract is under it at that moment, or there is no such period, service, lot or KPI.
    """
    members = members_of(framework, questions)
    shown = window_of([each.question for each in members], last, count)
    measures = chosen(measures_of(members), members, service=service, lot=lot, kpi=kpi)
    notes = Notes()
    annotators = {each.contract: Annotator(each.standing) for each in members}
    rows = []
    for measure in measures:
        its = {
            member.contract: marked_cells(
                member, measure.kpis[member.contract], shown, annotators[member.contract], notes
            )
            for member in members
            if member.contract in measure.kpis
        }
        rows.append(MeasureRows(measure, _periods(measure, its)))
    return Market(members, rows, notes)


def marked_cells(
    member: Member, kpi: KpiStanding, shown: Window, annotator: Annotator, notes: Notes
) -> dict[Month, MarkedCell]:
    """Return a contract's cells of a measure, with their marks and notes, by period."""
    marks = KpiMarks(member.question, kpi.introduced.ref)
    cells = window(member.standing, kpi, shown.first, shown.last)
    return {cell.period: annotator.marked(kpi, cell, marks, notes) for cell in cells}


def _periods(measure: Measure, its: Mapping[str, Mapping[Month, MarkedCell]]) -> list[MeasuredPeriod]:
    found = []
    for period in sorted({period for cells in its.values() for period in cells}):
        cells = {contract: cells[period] for contract, cells in its.items() if period in cells}
        counts = Counter(row for each in cells.values() if (row := row_of(each.cell.status)))
        made = figure([(measure.kpis[contract], each.cell) for contract, each in cells.items()])
        found.append(MeasuredPeriod(period, cells, counts, made))
    return found
