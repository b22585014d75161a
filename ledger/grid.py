"""A table as it was given: rows of cells, each with its place. What CSV and XLSX have in common."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

SHEET = "Return"
LARGEST_FILE = 20 << 20
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_TEXT = 32_767


class Cell(NamedTuple):
    """What a cell holds, as it is shown.

    `percent` says that a number is shown with a percent sign: 97.5 for what is stored as 0.975. `flaw` is why
    the cell cannot be taken, a sentence that says what would do. `decimals` is how many a number is shown with,
    None where it is shown with those it has.
    """

    value: str | Decimal | bool | datetime
    percent: bool = False
    flaw: str | None = None
    decimals: int | None = None


class Row(NamedTuple):
    """A row's number, from 1, and the cells that hold something, by their column, from 0.

    `flaw` is why the row as a whole cannot be taken, a sentence that says what would do.
    """

    number: int
    cells: dict[int, Cell]
    hidden: bool = False
    flaw: str | None = None


class Grid(Protocol):
    """A table to be read once, from top to bottom.

    Raises:
        BadInput: from `rows`, if the table as a whole cannot be read.
    """

    name: str

    def rows(self) -> Iterator[Row]: ...

    def place(self, number: int, column: int | None = None) -> str:
        """Return the place of a row, or of a cell, for a fault."""

    def letters(self) -> bool:
        """Say whether columns have letters, so that a cell has an address."""

    def hides(self, column: int) -> bool:
        """Say whether a column is hidden."""

    def merged(self) -> list[tuple[str, range, range]]:
        """Return the merged ranges as (address, rows, columns), once every row has been read."""


def letter(column: int) -> str:
    """Return the letters of a column, from 0.

    >>> letter(0), letter(25), letter(26), letter(701), letter(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def odd_character(text: str) -> str | None:
    """Return the first control character of a text, save tabs and line breaks.

    >>> odd_character("one line"), odd_character(f"a{chr(7)}b") == chr(7)
    (None, True)
    """
    return next((each for each in text if (each < " " and each not in "\t\n\r") or "\x7f" <= each <= "\x9f"), None)
