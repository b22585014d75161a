"""Drawing tables: for a terminal, as JSON, CSV or Markdown."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ledger.inert import guarded
from projections.table import Table, Text

_COLOURS = {
    "green": "green",
    "amber": "yellow",
    "red": "red",
    "mitigated": "blue",
    "glide": "blue",
}
_WIDTH_OF_A_FILE = 200


class View(Protocol):
    """What can be shown: as one JSON object, and as tables."""

    def document(self) -> dict[str, Any]: ...

    def tables(self) -> list[Table]: ...


def show(view: View, output: str) -> None:
    """Print a view to standard output in one of the formats."""
    match output:
        case "json":
            plain = not (sys.stdout.encoding or "").lower().startswith("utf")
            print(json.dumps(view.document(), ensure_ascii=plain, indent=2))
        case "csv":
            print(as_csv(view.tables()), end="")
        case "md":
            print(as_markdown(view.tables()), end="")
        case _:
            draw(view.tables())


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Show on a terminal's standard error that work goes on."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{doing} …"):
        yield


def as_csv(tables: Sequence[Table]) -> str:
    """Write tables as CSV, a blank line between two, notes and assumptions beneath.

    Text that a spreadsheet would run as a formula is quoted with '.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, table in enumerate(tables):
        if number:
            out.write("\n")
        writer.writerow(map(_inert, table.columns))
        writer.writerows([_inert(cell.words) for cell in row] for row in table.rows)
        if table.notes or table.assumptions:
            out.write("\n")
        writer.writerows(["note", number, _inert(text)] for number, text in table.notes)
        writer.writerows(["assumption", number, _inert(text)] for number, text in enumerate(table.assumptions, 1))
    return out.getvalue()


def _inert(words: str) -> str:
    return guarded(clean(words))


def as_markdown(tables: Sequence[Table]) -> str:
    """Write tables as Markdown, with title, notes and assumptions."""
    parts = []
    for table in tables:
        lines = [f"## {_escaped(table.title)}", "", _markdown_row(table.columns)]
        lines.append(
            _markdown_row(["---:" if place in table.numeric else "---" for place in range(len(table.columns))])
        )
        lines += [_markdown_row([_escaped(cell.words) for cell in row]) for row in table.rows]
        lines += _footer(table, _escaped)
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(words: str) -> str:
    return clean(words).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def clean(words: str) -> str:
    """Leave out control and bidirectional characters, which could make a table lie."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _footer(table: Table, written: Any) -> Iterator[str]:
    if table.notes:
        yield ""
        yield "Notes:"
        yield from (f"[note {number}] {written(text)}" for number, text in table.notes)
    if table.assumptions:
        yield ""
        yield "Assumptions:"
        yield from (f"- {written(each)}" for each in table.assumptions)


def draw(tables: Sequence[Table]) -> None:
    """Draw tables on a terminal, broken into blocks of columns where it is narrow; statuses stay words."""
    asked = sys.stdout.isatty() or os.environ.get("COLUMNS", "0").strip() not in ("", "0")
    console = _console(None if asked else _WIDTH_OF_A_FILE)
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(clean(table.title), style="bold", markup=False, soft_wrap=True)
        if not table.rows:
            console.print("None.")
        for block in _blocks(table, console):
            console.print(block)
        for line in _footer(table, clean):
            console.print(line, markup=False, soft_wrap=not sys.stdout.isatty())


def _console(width: int | None) -> Any:
    """Return rich's console; a reader that leaves is not an error to exit with."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Quiet(highlight=False, width=width)


def _blocks(table: Table, console: Any) -> Iterator[Any]:
    """Yield the table whole, or as blocks that each repeat its fixed columns and fit the width."""
    rest = list(range(table.fixed, len(table.columns)))
    if not table.rows:
        return
    while True:
        taken = len(rest)
        while taken > 1 and _least_width(table, [*range(table.fixed), *rest[:taken]]) > console.width:
            taken -= 1
        yield _drawn(table, [*range(table.fixed), *rest[:taken]], console)
        rest = rest[taken:]
        if not rest:
            return


def _least_width(table: Table, places: Sequence[int]) -> int:
    """Return the width in which no word has to be broken, borders included."""
    return 1 + sum(3 + _longest_word(table, place) for place in places)


def _widths(table: Table, places: Sequence[int], whole: int) -> list[int]:
    """Share a width out: each column its longest word, then what is left to those with longer lines."""
    widths = [_longest_word(table, place) for place in places]
    wanted = [max(len(text) for text in _texts(table, place)) for place in places]
    left = whole - 1 - sum(3 + width for width in widths)
    while left > 0 and (short := [each for each, width in enumerate(widths) if width < wanted[each]]):
        for each in short[:left]:
            widths[each] += 1
            left -= 1
    while left < 0 and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
        left += 1
    return widths


def _texts(table: Table, place: int) -> list[str]:
    return [table.columns[place], *(row[place].words for row in table.rows)]


def _longest_word(table: Table, place: int) -> int:
    return max((len(word) for text in _texts(table, place) for word in text.split()), default=1)


def _drawn(table: Table, places: Sequence[int], console: Any) -> Any:
    from rich import box
    from rich.table import Table as Drawing
    from rich.text import Text as Written

    safe = box.SQUARE if (console.encoding or "").lower().startswith("utf") else box.ASCII
    drawing = Drawing(box=safe, header_style="bold", show_lines=False)
    for place, width in zip(places, _widths(table, places, console.width), strict=True):
        justify: Any = "right" if place in table.numeric else "left"
        drawing.add_column(Written(clean(table.columns[place])), justify=justify, width=width, overflow="fold")
    for row in table.rows:
        drawing.add_row(*(_written(row[place]) for place in places))
    return drawing


def _written(cell: Text) -> Any:
    from rich.text import Text as Written

    return Written(clean(cell.words), style=_COLOURS.get(cell.status or "", ""))
