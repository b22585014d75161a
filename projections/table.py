"""Table: the one value that every renderer draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

STATUS_WORDS = {
    "green": "TSL achieved",
    "amber": "MSL achieved",
    "red": "Below MSL",
    "mitigated": "Mitigation Agreed",
    "glide": "Glide period",
    "awaiting": "Awaiting",
    "submitted": "Submitted",
    "information": "Information",
    "not_held": "Not held",
    "not_in_use": "Not in use",
    "not_started": "Not started",
    "discontinued": "Discontinued",
}


SAID_BY_WORDS = ("x", "z")
"""The marks that the words of a status say already: not available, not applicable."""


class Text(NamedTuple):
    """What stands in a cell; a status only adds colour to its words.

    `also` is the shorthand of what the words say already; only a form for machines adds it. `pinned` are the words
    without what other figures say too, a trend; the canonical form of a report holds these.
    """

    words: str
    status: str | None = None
    also: str = ""
    pinned: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: every row has a cell for each column; `numeric` columns align right; `shorthand` explains its marks.

    The first `fixed` columns name a row: where a wide table is broken into blocks of columns, each repeats them. Of a
    table whose rows have no such name, `fixed` is 0, and each row is a list of its columns where the table is too wide.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]
    numeric: Sequence[int] = ()
    fixed: int = 1
    shorthand: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[tuple[int, str]] = ()
    assumptions: Sequence[str] = field(default=())

    def shorthand_in_words(self) -> str:
        """Return the sentence that explains the marks that people see; empty if they see none."""
        told = [f"[{mark}] {meaning}" for mark, meaning in self.shorthand.items() if mark not in SAID_BY_WORDS]
        return f"{'; '.join(told)}." if told else ""
