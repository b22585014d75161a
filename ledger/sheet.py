"""One sheet, row by row: what openpyxl makes of its cells, what is hidden, what is merged, and what cannot be taken."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import CELL_TAG, COL_TAG, FORMAT_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from ledger.grid import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS, Cell, Row, letter, odd_character
from ledger.number_format import Shown
from ledger.package import Flawed

_MERGED_TAG = f"{{{SHEET_MAIN_NS}}}mergeCell"
READ = (ROW_TAG, COL_TAG, FORMAT_TAG, _MERGED_TAG)
_MOST_CELLS = 1_000_000
_MOST_RANGES = 10_000
_LAST_ROW = 1_048_576
_NUMBER = re.compile(r"[+-]?\d{1,308}(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_NOT_CALCULATED = "is a formula that has not been calculated; open the file in a spreadsheet program and save it"
_NO_NUMBER = "says it is a number and is none; type it again"


class Book(NamedTuple):
    """What the cells of a workbook share: its texts, and how each style shows numbers and with how many decimals.

    `uncalculated` says that its results are to be made when it is opened.
    """

    texts: Sequence[str]
    shown: Sequence[tuple[Shown, int | None]]
    epoch: datetime
    uncalculated: bool


class TooLarge(Exception):  # noqa: N818 - what the sheet is
    """Why the whole of a sheet cannot be taken: the address of a cell, and a sentence."""


class Sheet:
    """A sheet as it is read."""

    def __init__(self, elements: Iterator[Element], book: Book) -> None:
        self.merged: list[tuple[str, range, range]] = []
        self._book = book
        self._elements = elements
        self._reader = WorkSheetParser(io.BytesIO(), book.texts, data_only=True)
        self._hidden: list[range] = []
        self._all_hidden = False
        self._cells = 0

    def hides(self, column: int) -> bool:
        """Say whether a column is hidden, or too narrow to see."""
        return any(column in hidden for hidden in self._hidden)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something.

        Raises:
            TooLarge: if a cell is too far out, or there are too many.
            Flawed: if rows or cells are not as they are in a workbook.
        """
        for element in self._elements:
            if element.tag == ROW_TAG:
                row = self._row(element)
                if row.cells:
                    yield row
            else:
                self._note(element)

    def _note(self, element: Element) -> None:
        """Note what is said outside the rows."""
        if len(self.merged) + len(self._hidden) > _MOST_RANGES:
            raise Flawed("has too many merged cells or hidden columns")
        if element.tag == COL_TAG and _hidden(element, "width"):
            self._hidden.append(range(int(element.get("min", 1)) - 1, int(element.get("max", 1))))
        elif element.tag == FORMAT_TAG:
            self._all_hidden = element.get("zeroHeight") in ("1", "true")
        elif element.tag == _MERGED_TAG:
            address = element.get("ref", "")
            left, top, right, bottom = (edge or 1 for edge in range_boundaries(address))
            self.merged.append((address, range(top, bottom + 1), range(left - 1, right)))

    def _row(self, element: Element) -> Row:
        above = self._reader.row_counter
        number = self._reader.row_counter = int(element.get("r", above + 1))
        if not above < number <= _LAST_ROW:
            raise Flawed("has rows out of order")
        self._reader.col_counter = 0
        cells = {}
        for each in element.iterfind(CELL_TAG):
            cell = self._cell(each)
            if cell is not None:
                self._refuse_outside()
                cells[self._reader.col_counter - 1] = cell
        unsaid = self._all_hidden and element.get("hidden") is element.get("ht") is None
        return Row(number, cells, unsaid or _hidden(element, "ht"))

    def _refuse_outside(self) -> None:
        number, column = self._reader.row_counter, self._reader.col_counter - 1
        if number > MOST_ROWS:
            raise TooLarge(f"{letter(column)}{number}", f"is below row {MOST_ROWS:,}; remove it")
        if column >= MOST_COLUMNS:
            beyond = f"is beyond column {letter(MOST_COLUMNS - 1)}, the {MOST_COLUMNS}th; remove it"
            raise TooLarge(f"{letter(column)}{number}", beyond)

    def _cell(self, element: Element) -> Cell | None:
        """Return what a cell holds; None if nothing."""
        self._cells += 1
        if self._cells > _MOST_CELLS:
            raise TooLarge("", f"has more than {_MOST_CELLS:,} cells; split it, or save the table alone")
        kind, stored = element.get("t", "n"), (element.findtext(VALUE_TAG) or "").strip()
        flaw = self._flaw(kind, stored, formula=element.find(FORMULA_TAG) is not None)
        if flaw or not (stored or kind == "inlineStr"):
            del element[:]
        elif kind == "b":
            element.find(VALUE_TAG).text = "1" if stored in ("1", "true") else "0"  # type: ignore[union-attr]  # the guard has seen it
        left = self._reader.col_counter
        found: dict[str, Any] = self._reader.parse_cell(element)
        if found["row"] != self._reader.row_counter or found["column"] <= left:
            raise Flawed("has cells out of order")
        if flaw:
            return Cell(stored, flaw=flaw)
        match found["value"]:
            case None:
                return None
            case str(text):
                return _text(text)
            case bool(value):
                return Cell(value)
            case int() | float() as number:
                return self._number(number, int(found["style_id"]))
            case other:
                return Cell(datetime.fromisoformat(other.isoformat()))

    def _flaw(self, kind: str, stored: str, *, formula: bool) -> str | None:
        """Return why a cell cannot be taken as it is stored, in a sentence, where openpyxl would not say it."""
        if formula and not stored and kind not in ("str", "inlineStr"):
            return _NOT_CALCULATED
        if formula and self._book.uncalculated and (kind, stored) == ("n", "0"):
            return _NOT_CALCULATED
        if not stored or kind in ("b", "str", "inlineStr"):
            return None
        match kind:
            case "s":
                there = stored.isdecimal() and len(stored) < 10 and int(stored) < len(self._book.texts)
                return None if there else "speaks of a text that is not there"
            case "e":
                return f"holds the error {stored}; give a value, or leave the cell empty"
            case "d":
                return None if _is_date(stored) else "says it is a date and is none; type it again"
            case _:
                return None if _NUMBER.fullmatch(stored) and isfinite(float(stored)) else _NO_NUMBER

    def _number(self, stored: float, style: int) -> Cell:
        number = as_shown(stored)
        if not 0 <= style < len(self._book.shown):
            return Cell(number, flaw="has a format that cannot be read; give it a plain one")
        shown, decimals = self._book.shown[style]
        match shown:
            case Shown.UNSEEN:
                return Cell(number, flaw="has a format that does not show its number; give it a plain one")
            case Shown.MIXED:
                return Cell(number, flaw="has a format that shows some numbers as percentages; give it a plain one")
            case Shown.DATE:
                return _date(stored, number, self._book.epoch)
            case Shown.PERCENT:
                return Cell(number.scaleb(2), percent=True, decimals=decimals)
            case _:
                return Cell(number, decimals=decimals)


def as_shown(stored: float) -> Decimal:
    """Return a stored number with the 15 significant digits that a spreadsheet shows.

    >>> as_shown(0.30000000000000004), as_shown(0.97499999999999998), as_shown(100)
    (Decimal('0.3'), Decimal('0.975'), Decimal('100'))
    """
    return Decimal(f"{stored:.15g}")


def _date(stored: float, number: Decimal, epoch: datetime) -> Cell:
    try:
        found: Any = from_excel(stored, epoch)
    except (ValueError, OverflowError):
        found = None
    if not isinstance(found, datetime):
        return Cell(number, flaw="is shown as a date or time and is no date; type it again")
    return Cell(found)


def _is_date(stored: str) -> bool:
    try:
        datetime.fromisoformat(stored)
    except ValueError:
        return False
    return True


def _text(raw: str) -> Cell | None:
    text = unescape(raw).replace("\r\n", "\n").strip() if "_x" in raw else raw.strip()
    if len(text) > LONGEST_TEXT:
        return Cell("", flaw=f"has a text of more than {LONGEST_TEXT:,} characters; shorten it")
    found = odd_character(text)
    if found is not None:
        return Cell(text, flaw=f"holds the control character {found!a}; take it out")
    return Cell(text) if text else None


def _hidden(element: Element, size: str) -> bool:
    return element.get("hidden") in ("1", "true") or not element.get(size, "1").strip("0.")
