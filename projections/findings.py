"""The contradictions that were found in documents, as they were recorded: nobody is said to be right."""

from dataclasses import dataclass
from typing import Any

from ledger.period import day_in_words, heading
from ledger.report_facts import FindingRecorded
from projections.question import Question
from projections.table import Table, Text


@dataclass(frozen=True, slots=True)
class Findings:
    """The view."""

    question: Question
    found: list[FindingRecorded]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "findings": [
                {
                    "id": each.id,
                    "document": each.document,
                    "place": each.place,
                    "printed": each.printed,
                    "found": each.found,
                    "kpi": each.kpi,
                    "period": each.period,
                    "by": each.by,
                    "dated": each.dated.isoformat(),
                }
                for each in self.found
            ],
        }

    def tables(self) -> list[Table]:
        """Return the findings as a table."""
        return [
            Table(
                title=f"Findings, {self.question.standing.terms.title}, as at "
                f"{day_in_words(self.question.moment.as_at)}",
                columns=("Document", "Place", "It prints", "Against it stands", "Cell", "By", "Dated"),
                rows=[
                    tuple(
                        map(
                            Text,
                            (
                                each.document,
                                each.place,
                                each.printed,
                                each.found,
                                self._cell(each),
                                each.by,
                                each.dated.isoformat(),
                            ),
                        )
                    )
                    for each in self.found
                ],
                fixed=2,
            )
        ]

    def _cell(self, found: FindingRecorded) -> str:
        """Name the KPI and the period that a finding is about, as far as it says."""
        standing = self.question.standing
        kpi = standing.kpis.get(found.kpi or "")
        frequency = kpi.frequency if kpi else standing.terms.frequency
        period = heading(found.period, frequency) if found.period else ""
        return ", ".join(part for part in (found.kpi, period) if part)


def findings(question: Question, *, whole: bool = True) -> Findings:
    """Answer what contradictions were found, in order of date; if not `whole`, those about the question's periods."""
    found = [each.fact for each in question.standing.printed if isinstance(each.fact, FindingRecorded)]
    if not whole:
        first, last = question.columns[0], question.last_month
        found = [each for each in found if each.period is not None and first <= each.period <= last]
    return Findings(question, found)
