"""Every fact that the ledger took after a published report that it would have changed: what, by whom, how late.

A fact is set against the report as it stood just before the ledger took the fact: the facts the report was drawn from,
and those that came late before this one. So a return and its scrutiny, both late, each tell what they changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.period import day_in_words, heading
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.abatement import amount, in_pounds
from projections.cells import Cell
from projections.diff import MovedCell, MovedTotal, total_document
from projections.late_walk import LateWalk
from projections.moment import counting
from projections.notes import teller_of
from projections.question import Question
from projections.standing import unvoided
from projections.table import STATUS_WORDS, Table, Text
from projections.trail import cell_document, stamp
from projections.wording import DATA_NOT_AVAILABLE


@dataclass(frozen=True, slots=True)
class LateFact:
    """A fact and a report that it came late to; `beside` names what it changes beside the cells."""

    recorded: Recorded
    report: ReportPublished
    cells: tuple[MovedCell, ...]
    totals: tuple[MovedTotal, ...]
    beside: tuple[str, ...]

    def days_late(self) -> int:
        """Return the days from the report's going out to the day, in UTC, on which the ledger took the fact."""
        return max(0, (self.recorded.recorded_at.date() - self.report.dated).days)

    def days_after_its_date(self) -> int:
        """Return the days from the date that the fact bears to the day on which the ledger took it."""
        return max(0, (self.recorded.recorded_at.date() - self.recorded.fact.dated).days)


@dataclass(frozen=True, slots=True)
class Late:
    """The view: late facts by report, each in the order in which the ledger took them."""

    question: Question
    found: list[LateFact]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON; a total's `before` and `after` are its net points."""
        teller = teller_of(self.question.standing)
        return {
            **self.question.heading(),
            "late": [
                {
                    "report": each.report.report,
                    "as_at": each.report.as_at.isoformat(),
                    "went_out": each.report.dated.isoformat(),
                    "id": each.recorded.fact.id,
                    "fact": each.recorded.fact.kind,
                    "sentence": teller.sentence(each.recorded.fact),
                    "position": each.recorded.position,
                    "dated": each.recorded.fact.dated.isoformat(),
                    "recorded_at": stamp(each.recorded.recorded_at),
                    "recorded_by": each.recorded.recorded_by,
                    "by": each.recorded.fact.by,
                    "days_late": each.days_late(),
                    "days_after_its_date": each.days_after_its_date(),
                    "cells": [
                        {
                            "kpi": moved.kpi,
                            "period": moved.period,
                            "before": cell_document(moved.before),
                            "after": cell_document(moved.after),
                        }
                        for moved in each.cells
                    ],
                    "totals": [total_document(moved) for moved in each.totals],
                    "beside": list(each.beside),
                }
                for each in self.found
            ],
        }

    def tables(self) -> list[Table]:
        """Return a row for each late fact and report."""
        teller = teller_of(self.question.standing)
        return [
            Table(
                title=f"Facts that came late to a published report: {len(self.found)}",
                columns=(
                    "Report",
                    "Fact",
                    "What it says",
                    "By",
                    "Taken",
                    "Days late",
                    "Days after its date",
                    "Cells and totals it would have changed",
                ),
                rows=[
                    (
                        Text(f"{each.report.report}, as at {day_in_words(each.report.as_at)}"),
                        Text(each.recorded.fact.id),
                        Text(teller.sentence(each.recorded.fact)),
                        Text(each.recorded.fact.by),
                        Text(day_in_words(each.recorded.recorded_at.date())),
                        Text(str(each.days_late())),
                        Text(str(each.days_after_its_date())),
                        Text("; ".join(self._changes(each))),
                    )
                    for each in self.found
                ],
                numeric=(5, 6),
                fixed=0,
            )
        ]

    def _changes(self, late: LateFact) -> Iterator[str]:
        standing = self.question.standing
        for moved in late.cells:
            kpi = standing.kpis.get(moved.kpi)
            frequency = kpi.frequency if kpi else standing.terms.frequency
            words = [_in_full(each) for each in (moved.before, moved.after)]
            points = [amount(each.points if each else None) or "none" for each in (moved.before, moved.after)]
            costs = f" ({points[0]} → {points[1]} points)" if points[0] != points[1] else ""
            yield f"{moved.kpi} {heading(moved.period, frequency)}: {words[0]} → {words[1]}{costs}"
        for total in late.totals:
            document = total_document(total)
            credits_ = [in_pounds(each.service_credit) if each else "" for each in (total.before, total.after)]
            money = f", {credits_[0] or 'none'} → {credits_[1] or 'none'}" if credits_[0] != credits_[1] else ""
            period = heading(total.period, standing.terms.frequency)
            yield f"total of {period}: {document['before']} → {document['after']} points{money}"
        yield from late.beside


def _in_full(cell: Cell | None) -> str:
    """Say what a cell shows, its value unrounded: its levels may have been others before."""
    if cell is None:
        return "nothing"
    found = cell.verdict
    value = "" if found.value is None else f"{found.value:f} "
    words = DATA_NOT_AVAILABLE if found.basis == "data_not_available" else STATUS_WORDS[cell.status.value]
    return f"{value}{words}{' [p]' if found.provisional else ''}"


def late(question: Question) -> Late:
    """Answer which facts came late to which published reports.

    Lateness is a matter of when the ledger took a fact, so it is judged by every report the ledger had taken, whenever
    it went out. All periods that a report shows count.
    """
    history = [each for each in question.history if each.position <= question.moment.position]
    found: list[LateFact] = []
    for published in unvoided(history):
        if isinstance(published.fact, ReportPublished):
            found += _late_to(question, history, published, published.fact)
    return Late(question, found)


def _late_to(
    question: Question, history: Sequence[Recorded], published: Recorded, report: ReportPublished
) -> Iterator[LateFact]:
    since = [
        each
        for each in counting(history, min(report.as_at, question.moment.as_at), question.moment.position)
        if each.position > published.position
    ]
    if not since:
        return
    walk = LateWalk(counting(history, report.as_at, published.position), since, report)
    for recorded in since:
        cells, totals, beside = walk.take(recorded)
        if cells or totals or beside:
            yield LateFact(recorded, report, tuple(cells), tuple(totals), tuple(beside))
