"""The XML of one sheet, heard as it comes: rows of raw cells, what is hidden, what is merged."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ledger.grid import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS, letter
from ledger.package import Flawed, Listener

_MOST_CELLS = 1_000_000
_LAST_ROW = 1_048_576
_MOST_RANGES = 10_000
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.ASCII)


class RawCell(NamedTuple):
    """A cell as it is stored: its kind, the number of its style, its text, and whether a formula made that."""

    kind: str
    style: int
    text: str
    formula: bool


class RawRow(NamedTuple):
    """A row as it is stored: its cells by column, from 0."""

    number: int
    cells: dict[int, RawCell]
    hidden: bool


class Sheet(Listener):
    """A sheet as it is heard. `wrong` is (address, sentence) of what makes the whole of it unreadable."""

    def __init__(self) -> None:
        super().__init__()
        self.merged: list[tuple[str, range, range]] = []
        self.wrong: tuple[str, str] | None = None
        self._hidden: list[range] = []
        self._all_hidden = False
        self._rows: list[RawRow] = []
        self._row = RawRow(0, {}, hidden=False)
        self._column = -1
        self._cell: tuple[str, int] | None = None
        self._texts: list[str] = []
        self._formula = self._speaking = self._silent = False
        self._cells = self._length = 0

    def hides(self, column: int) -> bool:
        """Say whether a column is hidden, or too narrow to see."""
        return any(column in hidden for hidden in self._hidden)

    def finished(self) -> list[RawRow]:
        """Return the rows heard since last asked."""
        rows, self._rows = self._rows, []
        return rows

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "c":
                self._open_cell(attributes)
            case "row":
                self._open_row(attributes)
            case "f" if self._cell:
                self._formula = True
            case "v" | "t" if self._cell:
                self._speaking = not self._silent
            case "rPh":
                self._silent = True
            case "col":
                self._note_column(attributes)
            case "mergeCell":
                self._note_merged(attributes.get("ref", ""))
            case "sheetFormatPr":
                self._all_hidden = _is(attributes.get("zeroHeight"))
            case _:
                pass

    def _open_row(self, attributes: Mapping[str, str]) -> None:
        number = _whole(attributes.get("r"), self._row.number + 1)
        if not self._row.number < number <= _LAST_ROW:
            raise Flawed("has rows out of order")
        shown = "hidden" not in attributes and "ht" not in attributes and self._all_hidden
        hidden = _is(attributes.get("hidden")) or _is_nought(attributes.get("ht")) or shown
        self._row, self._column = RawRow(number, {}, hidden), -1

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        self._cells += 1
        if self._cells > _MOST_CELLS:
            self._refuse("", f"has more than {_MOST_CELLS:,} cells; split it, or save the table alone")
        column = self._column + 1
        if "r" in attributes:
            address = _ADDRESS.fullmatch(attributes["r"])
            if not address or int(address[2]) != self._row.number or _column(address[1]) < column:
                raise Flawed("has cells out of order")
            column = _column(address[1])
        self._column = column
        self._cell = (attributes.get("t", ""), _whole(attributes.get("s"), 0))
        self._texts, self._length, self._formula = [], 0, False

    def said(self, text: str) -> None:
        if self._speaking:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise Flawed(f"has a text of more than {LONGEST_TEXT:,} characters")
            self._texts.append(text)

    def closed(self, name: str) -> None:
        self._speaking = False
        if name == "c" and self._cell:
            self._keep_cell(*self._cell)
            self._cell = None
        elif name == "rPh":
            self._silent = False
        elif name == "row" and self._row.cells:
            self._rows.append(self._row)

    def _keep_cell(self, kind: str, style: int) -> None:
        text = "".join(self._texts)
        if not (text.strip() or self._formula):
            return
        address = f"{letter(self._column)}{self._row.number}"
        if self._row.number > MOST_ROWS:
            self._refuse(address, f"is below row {MOST_ROWS:,}; remove it")
        elif self._column >= MOST_COLUMNS:
            self._refuse(address, f"is beyond column {letter(MOST_COLUMNS - 1)}, the {MOST_COLUMNS}th; remove it")
        else:
            self._row.cells[self._column] = RawCell(kind, style, text, self._formula)

    def _refuse(self, place: str, sentence: str) -> None:
        if self.wrong is None:
            self.wrong = (place, sentence)

    def _note_column(self, attributes: Mapping[str, str]) -> None:
        if not (_is(attributes.get("hidden")) or _is_nought(attributes.get("width"))):
            return
        if len(self._hidden) > _MOST_RANGES:
            raise Flawed("has too many hidden columns")
        self._hidden.append(range(_whole(attributes.get("min"), 1) - 1, _whole(attributes.get("max"), 1)))

    def _note_merged(self, address: str) -> None:
        corners = [_ADDRESS.fullmatch(part) for part in address.split(":")]
        if len(self.merged) > _MOST_RANGES or not all(corners):
            raise Flawed("has merged cells that cannot be read")
        first, last = (corners[0], corners[-1])
        assert first is not None
        assert last is not None
        rows = range(int(first[2]), int(last[2]) + 1)
        self.merged.append((address, rows, range(_column(first[1]), _column(last[1]) + 1)))


def _column(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number - 1


def _whole(given: str | None, missing: int) -> int:
    if given is None:
        return missing
    if not given.isdecimal() or len(given) > 9:
        raise Flawed("has a number that cannot be read")
    return int(given)


def _is(given: str | None) -> bool:
    return given in ("1", "true")


def _is_nought(given: str | None) -> bool:
    return given is not None and not given.strip("0.")
