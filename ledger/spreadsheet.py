"""XLSX in, a grid of cells out: what a person who opens the workbook sees, or why that cannot be said."""

import re
import sys
from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from openpyxl.utils.escape import unescape

from ledger.faults import BadInput
from ledger.grid import LONGEST_TEXT, SHEET, Cell, Row, letter, odd_character
from ledger.number_format import Shown, shown_as
from ledger.package import Flawed, Listener, Package, Relations
from ledger.sheet import RawCell, Sheet

_MOST_STRINGS = 1_000_000
_MOST_FORMATS = 65_000
_MOST_TEXT = 48 << 20
_NUMBER = re.compile(r"[+-]?\d{1,310}(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_DIGITS = 15
_NOT_CALCULATED = "is a formula that has not been calculated; open the file in a spreadsheet program and save it"


class _Workbook(Listener):
    """The sheets of a workbook as (name, seen, id of its part), and how it counts days and keeps results."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool, str]] = []
        self.epoch: datetime = CALENDAR_WINDOWS_1900
        self.uncalculated = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            if len(self.sheets) > 1_000:
                raise Flawed("has more than 1,000 sheets")
            seen = attributes.get("state", "visible") == "visible"
            part = next((value for key, value in attributes.items() if key.rpartition("}")[2] == "id"), "")
            self.sheets.append((attributes.get("name", ""), seen, part))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904
        elif name == "calcPr":
            self.uncalculated = attributes.get("fullCalcOnLoad") in ("1", "true")


class _Styles(Listener):
    """How each style of a workbook shows numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}
        self._formats: list[str] = []
        self._inside = ""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("numFmts", "cellXfs"):
            self._inside = name
        elif (name, self._inside) == ("numFmt", "numFmts"):
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif (name, self._inside) == ("xf", "cellXfs"):
            self._formats.append(attributes.get("numFmtId", "0"))
        if len(self._codes) + len(self._formats) > _MOST_FORMATS:
            raise Flawed(f"has more than {_MOST_FORMATS:,} formats")

    def closed(self, name: str) -> None:
        if name == self._inside:
            self._inside = ""

    def shown(self) -> list[Shown]:
        """Return how each style shows numbers."""
        seen: dict[str, Shown] = {}
        for each in self._formats:
            if each not in seen:
                built_in = (
                    BUILTIN_FORMATS.get(int(each), "General") if each.isdecimal() and len(each) < 9 else "General"
                )
                seen[each] = shown_as(self._codes.get(each, built_in))
        return [seen[each] for each in self._formats]


class _Strings(Listener):
    """The texts that cells share, kept as one run of bytes: many small strings would take several times as much."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = bytearray()
        self._ends = array("L")
        self._speaking = self._silent = False
        self._length = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - as every listener
        if name == "si":
            self._length = 0
        elif name == "rPh":
            self._silent = True
        self._speaking = name == "t" and not self._silent

    def said(self, text: str) -> None:
        if self._speaking:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise Flawed(f"has a text of more than {LONGEST_TEXT:,} characters")
            self._bytes += text.encode("utf-8", "surrogatepass")

    def closed(self, name: str) -> None:
        self._speaking = False
        if name == "rPh":
            self._silent = False
        elif name == "si":
            if len(self._ends) >= _MOST_STRINGS:
                raise Flawed(f"has more than {_MOST_STRINGS:,} texts")
            self._ends.append(len(self._bytes))

    def size(self) -> int:
        """Return how much memory the texts take, in bytes."""
        return len(self._bytes)

    def text(self, place: str) -> str | None:
        """Return a text by its place, as a cell writes it; None if there is none there."""
        if not place.isdecimal() or len(place) > 9 or int(place) >= len(self._ends):
            return None
        number = int(place)
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode("utf-8", "surrogatepass")


class Spreadsheet:
    """The sheet of a workbook that holds the return or the facts.

    Args:
        content: the bytes of the file.
        name: the name of the file, for faults.

    Raises:
        BadInput: if it is no workbook that can be taken, or does not say which sheet is meant.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self._file = name
        self._package = Package(content, name)
        book = Relations.of(self._package, "").path("officeDocument") or "xl/workbook.xml"
        relations = Relations.of(self._package, book)
        self._workbook = _Workbook()
        self._package.hear(book, self._workbook)
        self._title, self._part = self._chosen(relations)
        self.name = f"{name}, {self._title}"
        self._strings, styles = _Strings(), _Styles()
        for kind, listener in (("sharedStrings", self._strings), ("styles", styles)):
            part = relations.path(kind)
            if part is not None and part in self._package:
                self._package.hear(part, listener)
        self._shown = styles.shown()
        self._sheet = Sheet()
        self._text_taken = self._strings.size()

    def _chosen(self, relations: Relations) -> tuple[str, str]:
        """Return the title and part of the sheet named Return, else of the only one that is seen."""
        sheets = [
            (title, seen, relations.by_id[part][1])
            for title, seen, part in self._workbook.sheets
            if relations.by_id.get(part, ("", ""))[0] == "worksheet"
        ]
        named = [each for each in sheets if each[0].casefold() == SHEET.casefold()]
        chosen = named or [each for each in sheets if each[1]]
        if len(chosen) != 1:
            titles = ", ".join(title for title, _, _ in chosen[:20]) or "none that is seen"
            raise BadInput.of(f'has several sheets ({titles}); name the one to take "{SHEET}"', where=self._file)
        title, seen, part = chosen[0]
        if not seen:
            sentence = "is a hidden sheet, and figures that nobody sees are not recorded; show it"
            raise BadInput.of(sentence, where=f"{self._file}, {title}")
        return title, part

    def place(self, number: int, column: int | None = None) -> str:
        """Return the place of a row, or the address of a cell."""
        if column is None:
            return f"{self.name} row {number}"
        return f"{self.name}!{letter(column)}{number}"

    def letters(self) -> bool:
        """Say that columns have letters."""
        return True

    def hides(self, column: int) -> bool:
        """Say whether a column is hidden."""
        return self._sheet.hides(column)

    def merged(self) -> list[tuple[str, range, range]]:
        """Return the merged ranges as (address, rows, columns), once every row has been read."""
        return self._sheet.merged

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something.

        Raises:
            BadInput: if the sheet cannot be read, or is too large a table.
        """
        for _ in self._package.pieces(self._part, self._sheet):
            for row in self._sheet.finished():
                cells = {column: cell for column, raw in row.cells.items() if (cell := self._cell(raw)) is not None}
                if cells:
                    self._count_text(cells)
                    yield Row(row.number, cells, row.hidden)
            if self._sheet.wrong is not None:
                place, sentence = self._sheet.wrong
                raise BadInput.of(sentence, where=f"{self.name}!{place}" if place else self.name)

    def _count_text(self, cells: Mapping[int, Cell]) -> None:
        """Refuse a sheet that says far more than its file holds, because many cells share a long text."""
        self._text_taken += sum(sys.getsizeof(cell.value) for cell in cells.values() if isinstance(cell.value, str))
        if self._text_taken > _MOST_TEXT:
            raise BadInput.of(f"holds more than {_MOST_TEXT >> 20} MiB of text; split it", where=self.name)

    def _cell(self, raw: RawCell) -> Cell | None:
        """Return what a cell holds; None if nothing."""
        if raw.formula and self._stale(raw):
            return Cell("", flaw=_NOT_CALCULATED)
        match raw.kind:
            case "s" if raw.text:
                text = self._strings.text(raw.text)
                return _text(text) if text is not None else Cell("", flaw="speaks of a text that is not there")
            case "str" | "inlineStr":
                return _text(raw.text)
            case _ if not raw.text.strip():
                return None
            case "b":
                return Cell(raw.text.strip() in ("1", "true"))
            case "e":
                return Cell(raw.text, flaw=f"holds the error {raw.text}; give a value, or leave the cell empty")
            case "d":
                return _iso(raw.text)
            case _:
                return self._number(raw)

    def _stale(self, raw: RawCell) -> bool:
        """Say whether a formula has no result; programs that do not calculate leave nothing, or a 0 to be replaced."""
        if not raw.text:
            return raw.kind != "str"
        return self._workbook.uncalculated and raw.kind in ("", "n") and raw.text.strip() == "0"

    def _number(self, raw: RawCell) -> Cell:
        if not _NUMBER.fullmatch(raw.text.strip()):
            return Cell(raw.text, flaw="says it is a number and is none; type it again")
        number = _as_shown(raw.text)
        match self._shown[raw.style] if raw.style < len(self._shown) else Shown.PLAIN:
            case Shown.UNSEEN:
                return Cell(number, flaw="has a format that does not show its number; give it a plain one")
            case Shown.MIXED:
                return Cell(number, flaw="has a format that shows some numbers as percentages; give it a plain one")
            case Shown.DATE:
                return _date(number, self._workbook.epoch)
            case Shown.PERCENT:
                return Cell(number.scaleb(2), percent=True)
            case _:
                return Cell(number)


def _as_shown(text: str) -> Decimal:
    """Return a stored number with the 15 significant digits that a spreadsheet shows.

    >>> _as_shown("0.30000000000000004"), _as_shown("0.97499999999999998"), _as_shown("100")
    (Decimal('0.3'), Decimal('0.975'), Decimal('100'))
    """
    number = Decimal(f"{float(text):.{_DIGITS}g}")
    return number if number.is_finite() else Decimal(text)


def _date(number: Decimal, epoch: datetime) -> Cell:
    try:
        found: Any = from_excel(float(number), epoch)
    except (ValueError, OverflowError, TypeError):
        found = None
    if not isinstance(found, datetime):
        return Cell(number, flaw="is shown as a date or time and is no date; type it again")
    return Cell(found)


def _iso(text: str) -> Cell:
    try:
        return Cell(datetime.fromisoformat(text).replace(tzinfo=None))
    except ValueError:
        return Cell(text, flaw="says it is a date and is none; type it again")


def _text(raw: str) -> Cell | None:
    text = unescape(raw).replace("\r\n", "\n").strip() if "_x" in raw else raw.strip()
    found = odd_character(text)
    if found is not None:
        return Cell(text, flaw=f"holds the control character {found!a}; take it out")
    return Cell(text) if text else None
