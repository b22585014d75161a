"""What may be wrong: with what somebody gave us, or with the ledger itself. Each is a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is, which field, and a sentence.

    The sentence says what was found and what would do.
    """

    where: str
    field: str | None
    sentence: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.where, self.field) if part)
        return one_line(f"{place}: {self.sentence}" if place else self.sentence)


def one_line(text: str) -> str:
    """Write control and bidirectional characters as escapes, so that no input can disguise a sentence."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class Refused(Exception):  # noqa: N818 - the field's word
    """A fact that is impossible where it stands on the timeline, in a sentence.

    `groundless` if what it lacks is a fact of the same cell before it.
    """

    def __init__(self, sentence: str, field: str | None = None, *, groundless: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.groundless = groundless


class BadInput(Exception):  # noqa: N818 - the field's word
    """Every fault of a run. Nothing was recorded."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)

    @classmethod
    def of(cls, sentence: str, field: str | None = None, where: str = "") -> "BadInput":
        """Return the error of a run with one fault."""
        return cls([Fault(where, field, sentence)])


class LedgerUnusable(Exception):  # noqa: N818 - the field's word
    """The ledger cannot be opened, read or written, in a sentence."""


class LedgerLocked(LedgerUnusable):
    """Another program has the ledger for longer than one waits."""
