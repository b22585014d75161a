"""What a check of a contract file found: its errors and its doubts, and how each doubt is read."""

from dataclasses import dataclass
from typing import Any

from ledger.definition import Definition, DoubtAt, place_of
from ledger.faults import Fault
from projections.table import Table, Text

CHECKED = (
    "gaps, overlaps and directions of bands, levels, formulas and their components, frequencies, weights, services, "
    "lots, multipliers, shares, and what the file itself notes"
)


@dataclass(frozen=True, slots=True)
class ContractCheck:
    """The view; `name` is the file's."""

    name: str
    definition: Definition

    @property
    def doubts(self) -> list[DoubtAt]:
        """Return every doubt, settled or not, in order of line."""
        return self.definition.doubtful

    @property
    def unsettled(self) -> list[DoubtAt]:
        """Return the doubts without a recorded interpretation."""
        return [each for each in self.doubts if each.doubt.settled_by is None]

    @property
    def errors(self) -> list[Fault]:
        """Return every error, in order of line."""
        return sorted(self.definition.faults, key=lambda fault: place_of(fault, self.name)[0] or 0)

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        errors = []
        for fault in self.errors:
            line, kpi = place_of(fault, self.name)
            errors.append({"line": line, "kpi": kpi, "field": fault.field, "sentence": fault.sentence})
        return {
            "contract": self.definition.contract,
            "file": self.name,
            "errors": errors,
            "doubts": [
                {
                    "line": line,
                    "kpi": doubt.kpi,
                    "field": doubt.field,
                    "kind": doubt.kind,
                    "sentence": f"{doubt.sentence}; {doubt.remedy}",
                    "settled_by": doubt.settled_by,
                    "bars_registering": doubt.bars,
                }
                for line, _, doubt in self.doubts
            ],
        }

    def tables(self) -> list[Table]:
        """Return the doubts as a table."""
        return [
            Table(
                title=f"Doubts about {self.name}",
                columns=("Line", "KPI", "Field", "Kind", "What was found", "Settled by"),
                rows=[
                    tuple(
                        map(
                            Text,
                            (
                                str(line),
                                doubt.kpi or "",
                                doubt.field,
                                doubt.kind,
                                doubt.sentence,
                                doubt.settled_by or f"Nothing yet: {doubt.remedy}",
                            ),
                        )
                    )
                    for line, _, doubt in self.doubts
                ],
                numeric=(0,),
                fixed=2,
            )
        ]

    def verdict(self) -> list[str]:
        """Say in sentences what was checked and what came of it."""
        errors = _counted(len(self.definition.faults), "error")
        found = f"{self.name}: {errors} and {_counted(len(self.doubts), 'doubt')} {self._places()}{self._settled()}."
        bars = sum(each.doubt.bars for each in self.doubts)
        refused = (
            [f"`register` refuses it until {_those(bars)} on which money rests {_is(bars)} settled."] if bars else []
        )
        return [found, *refused, f"Checked: {CHECKED}."]

    def _places(self) -> str:
        """Say where the doubts are: in how many KPIs, how many in the terms; without any, how many KPIs were read."""
        if not self.doubts:
            return f"in {_counted(sum(not kpi.reserved for _, kpi in self.definition.kpis), 'KPI')}"
        of_kpis = [each.doubt.kpi for each in self.doubts if each.doubt.kpi is not None]
        own, kpis = len(self.doubts) - len(of_kpis), f"in {_counted(len(set(of_kpis)), 'KPI')}"
        if not own:
            return kpis
        terms = "in the contract's own terms"
        return terms if not of_kpis else f"({len(of_kpis)} {kpis}, {own} {terms})"

    def _settled(self) -> str:
        settled = len(self.doubts) - len(self.unsettled)
        if not self.doubts:
            return ""
        return ", each of them settled" if not self.unsettled else f", {settled or 'none'} of them settled"


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _those(number: int) -> str:
    return "the doubt" if number == 1 else f"the {number} doubts"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
