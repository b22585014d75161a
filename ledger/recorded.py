"""A fact in its envelope: what the ledger adds when it takes a fact."""

from datetime import date, datetime
from typing import Any, NamedTuple

from ledger.facts import AnyFact, as_given


class Recorded(NamedTuple):
    """A fact as the ledger took it.

    `position` counts every fact of the ledger from 1 without a gap; `version` those of its contract;
    `recorded_at` is UTC and never goes back; `recorded_by` is the user of the machine or database.
    A published report also carries `head`, that of the tree of all facts before it, in hexadecimal.
    `erased` names the fields whose text was erased since.
    """

    position: int
    version: int
    recorded_at: datetime
    recorded_by: str
    fact: AnyFact
    head: str | None = None
    erased: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[date, int]:
        """Return where the fact stands on its timeline: by its date, then by position."""
        return (self.fact.dated, self.position)


def as_line(recorded: Recorded) -> dict[str, Any]:
    """Return a fact as a line that another ledger takes.

    A signature that rests on a text since erased is left out: where the line goes it could not be checked.
    """
    fact = recorded.fact
    return as_given(fact.model_copy(update={"signature": None}) if recorded.erased else fact)
