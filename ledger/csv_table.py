"""CSV in, a grid of text out. The separator is the one that makes a header of the first row."""

import csv
import io
from collections.abc import Iterator

from ledger.faults import BadInput
from ledger.grid import MOST_COLUMNS, MOST_ROWS, Cell, Row, odd_character
from ledger.inert import unguarded

_SEPARATORS = ",;\t"


class CsvTable:
    """A CSV file: UTF-8, with or without a byte order mark; comma, semicolon or tab between its cells.

    Args:
        content: the bytes of the file.
        name: the name of the file, for faults.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self._content = content

    def place(self, number: int, column: int | None = None) -> str:  # noqa: ARG002 - a cell is named by its field
        """Return the place of a line; a cell is named by the line and its field."""
        return f"{self.name}, line {number}"

    def letters(self) -> bool:
        """Say that columns have no letters."""
        return False

    def hides(self, column: int) -> bool:  # noqa: ARG002 - nothing can be hidden here
        """Say that no column is hidden."""
        return False

    def merged(self) -> list[tuple[str, range, range]]:
        """Return no merged range: there are none in CSV."""
        return []

    def rows(self) -> Iterator[Row]:
        """Yield the rows, the header first; lines without any text are passed over.

        Raises:
            BadInput: if the file is no CSV in UTF-8, or too large a table.
        """
        self._check()
        width = 0
        for number, texts in self._records(self._separator()):
            if not any(text.strip() for text in texts):
                continue
            width = width or len(texts)
            if number > MOST_ROWS:
                raise BadInput.of(f"has more than {MOST_ROWS:,} lines; split it", where=self.name)
            if width > MOST_COLUMNS:
                raise BadInput.of(f"has {width:,} columns; give at most {MOST_COLUMNS}", where=self.place(number))
            if len(texts) != width:
                flaw = f"has {len(texts)} cells where the header has {width}; give as many, with quotes where needed"
                yield Row(number, {}, flaw=flaw)
                continue
            cells = {column: _cell(text) for column, text in enumerate(texts) if text.strip()}
            yield Row(number, cells)

    def _check(self) -> None:
        if not self._content.strip():
            raise BadInput.of("is empty; give a header row, and the rows of a table", where=self.name)
        try:
            self._content.decode("utf-8")
        except UnicodeDecodeError as wrong:
            line = self._content[: wrong.start].count(b"\n") + 1
            raise BadInput.of("is not UTF-8; save the file as CSV UTF-8", where=self.place(line)) from None
        nul = self._content.find(b"\0")
        if nul >= 0:
            line = self._content[:nul].count(b"\n") + 1
            raise BadInput.of("holds a NUL character; save the file as CSV UTF-8", where=self.place(line))

    def _separator(self) -> str:
        """Return the separator that finds most cells in the header; of equals the comma."""

        def width(separator: str) -> int:
            try:
                return next((len(texts) for _, texts in self._records(separator) if any(map(str.strip, texts))), 0)
            except BadInput:
                return 0

        return max(_SEPARATORS, key=width)

    def _records(self, separator: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each record with the number of the line it begins on."""
        lines = io.TextIOWrapper(io.BytesIO(self._content), encoding="utf-8-sig", newline="")
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            begins = reader.line_num + 1
            try:
                texts = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                sentence = (
                    f"is not CSV ({wrong}); put text with quotes or line breaks in quotes, and double those in it"
                )
                raise BadInput.of(sentence, where=self.place(begins)) from None
            yield begins, texts


def _cell(text: str) -> Cell:
    found = odd_character(text)
    if found is not None:
        return Cell(text, flaw=f"holds the control character {found!a}; take it out")
    return Cell(unguarded(text.strip()))
