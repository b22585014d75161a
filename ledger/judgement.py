"""What is proposed to a contract's timeline, and what became of it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, Self

from ledger.facts import AnyFact
from ledger.faults import Fault
from ledger.period import Month

Cell = tuple[str, Month]


class Proposed(NamedTuple):
    """A well-formed fact that somebody asks the ledger to take, and where it was read."""

    fact: AnyFact
    where: str = ""


@dataclass(slots=True)
class Reading:
    """What reading input found: facts to propose, faults, and what is doubtful but taken.

    `unread` are the cells that lines which could not be read are about. `sheets` are the letters of the columns that
    fields were read from, by the name of their sheet.
    """

    proposed: list[Proposed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    unread: set[Cell] = field(default_factory=set)
    sheets: dict[str, dict[str, str]] = field(default_factory=dict)

    def located(self, fault: Fault) -> Fault:
        """Return a fault of a sheet's row and field with the address of its cell; any other as it is."""
        sheet, _, row = fault.where.rpartition(" row ")
        column = self.sheets.get(sheet, {}).get(fault.field or "")
        return replace(fault, where=f"{sheet}!{column}{row}") if column else fault

    def __iadd__(self, other: "Reading") -> Self:
        self.proposed += other.proposed
        self.faults += other.faults
        self.doubts += other.doubts
        self.unread |= other.unread
        self.sheets |= other.sheets
        return self


class Placed(NamedTuple):
    """A fact at its place on the timeline; `proposed` if it is not yet taken."""

    fact: AnyFact
    position: int
    proposed: Proposed | None = None

    @property
    def place(self) -> tuple[date, int]:
        """Return where the fact stands: by its date, then by position."""
        return (self.fact.dated, self.position)


@dataclass(slots=True)
class Judgement:
    """What became of the proposed facts: those to be taken, those that are already so, faults, and what is odd."""

    taken: list[Proposed] = field(default_factory=list)
    already: list[Proposed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
