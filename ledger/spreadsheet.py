"""XLSX in, a grid of cells out: what a person who opens the workbook sees, or why that cannot be said."""

import posixpath
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.packaging.relationship import RelationshipList
from openpyxl.packaging.workbook import WorkbookPackage
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import Stylesheet
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
from openpyxl.xml.constants import SHEET_MAIN_NS

from ledger.faults import BadInput
from ledger.grid import SHEET, Row, letter
from ledger.number_format import Shown, decimals_of, shown_as
from ledger.package import Flawed, Package
from ledger.sheet import READ, Book, Sheet, TooLarge

_MOST_TEXT = 40 << 20
_TEXT_TAG = f"{{{SHEET_MAIN_NS}}}si"
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Spreadsheet:
    """The sheet of a workbook that holds the table.

    Args:
        content: the bytes of the file.
        name: the name of the file, for faults.
        sheet: what the sheet is named, where there are several.

    Raises:
        BadInput: if it is no workbook that can be taken, or does not say which sheet is meant.
    """

    def __init__(self, content: bytes, name: str, sheet: str = SHEET) -> None:
        self._file = name
        self._named = sheet
        self._package = Package(content, name)
        self._text_taken = 0
        with self._refusing():
            part = (*self._parts("officeDocument", self._relations("")), "xl/workbook.xml")[0]
            relations = self._relations(part)
            book: Any = WorkbookPackage.from_tree(self._only(part, "workbookPr", "sheets", "calcPr"))
            title, self._part = self._chosen(book, relations)
            self.name = f"{name}, {title}"
            self._sheet = Sheet(
                self._package.elements(self._part, READ),
                Book(
                    texts=self._texts(relations),
                    shown=self._formats(relations),
                    epoch=CALENDAR_MAC_1904 if book.workbookPr.date1904 else CALENDAR_WINDOWS_1900,
                    uncalculated=book.calcPr is not None and bool(book.calcPr.fullCalcOnLoad),
                ),
            )

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Refuse in a sentence what openpyxl cannot read."""
        try:
            yield
        except _UNREADABLE:
            raise self._package.cut_off() from None

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the parts that a part speaks of, by id, as (kind, part); of the whole file for an empty name."""
        folder, name = posixpath.split(part)
        relations: Any = RelationshipList.from_tree(self._package.root(posixpath.join(folder, "_rels", f"{name}.rels")))
        return {
            each.Id: (each.Type.rpartition("/")[2], posixpath.normpath(posixpath.join("/", folder, each.Target))[1:])
            for each in relations
            if each.TargetMode != "External"
        }

    def _chosen(self, book: Any, relations: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        """Return the title and part of the sheet that is named so, else of the only one that is seen."""
        sheets = [
            (sheet.name, sheet.state == "visible", relations[sheet.id][1])
            for sheet in book.sheets
            if relations.get(sheet.id, ("", ""))[0] == "worksheet"
        ]
        named = [each for each in sheets if each[0].casefold() == self._named.casefold()]
        chosen = named or [each for each in sheets if each[1]]
        if len(chosen) != 1:
            titles = ", ".join(title for title, _, _ in chosen[:20]) or "none that is seen"
            raise BadInput.of(f'has several sheets ({titles}); name the one to take "{self._named}"', where=self._file)
        title, seen, part = chosen[0]
        if not seen:
            sentence = "is a hidden sheet, and figures that nobody sees are not taken; show it"
            raise BadInput.of(sentence, where=f"{self._file}, {title}")
        return title, part

    def _texts(self, relations: Mapping[str, tuple[str, str]]) -> list[str]:
        """Return the texts that cells share."""
        texts: list[str] = []
        for part in self._parts("sharedStrings", relations):
            for element in self._package.elements(part, (_TEXT_TAG,)):
                text: Any = Text.from_tree(element)
                self._count_text(text.content)
                texts.append(text.content)
        return texts

    def _formats(self, relations: Mapping[str, tuple[str, str]]) -> list[tuple[Shown, int | None]]:
        """Return how each style shows numbers, and with how many decimals; the first is that of cells without one."""
        shown = cache(lambda code: (shown_as(code), decimals_of(code)))
        plain: list[tuple[Shown, int | None]] = [(Shown.PLAIN, None)]
        for part in self._parts("styles", relations):
            styles: Any = Stylesheet.from_tree(self._only(part, "numFmts", "cellXfs"))
            codes = BUILTIN_FORMATS | dict(enumerate(styles.number_formats, BUILTIN_FORMATS_MAX_SIZE))
            return [shown(codes.get(style.numFmtId, "General")) for style in styles.cell_styles] or plain
        return plain

    def _only(self, part: str, *names: str) -> Any:
        """Return a part with nothing in it but these; in what else it may hold, files are less exact."""
        root = self._package.root(part)
        root[:] = [each for each in root if each.tag in {f"{{{SHEET_MAIN_NS}}}{name}" for name in names}]
        return root

    def _parts(self, kind: str, relations: Mapping[str, tuple[str, str]]) -> list[str]:
        return [part for each, part in relations.values() if each == kind and part in self._package][:1]

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
        rows = self._sheet.rows()
        while (row := self._next(rows)) is not None:
            for cell in row.cells.values():
                if isinstance(cell.value, str):
                    self._count_text(cell.value)
            yield row

    def _next(self, rows: Iterator[Row]) -> Row | None:
        try:
            with self._refusing():
                return next(rows, None)
        except Flawed as wrong:
            raise self._package.flawed(self._part, str(wrong)) from None
        except TooLarge as wrong:
            place, sentence = wrong.args
            raise BadInput.of(sentence, where=f"{self.name}!{place}" if place else self.name) from None

    def _count_text(self, text: str) -> None:
        """Refuse a workbook that says more than can be held, or far more than it holds, as many cells share a text."""
        self._text_taken += sys.getsizeof(text)
        if self._text_taken > _MOST_TEXT:
            raise BadInput.of(f"holds more than {_MOST_TEXT >> 20} MiB of text; split it", where=self.name)
