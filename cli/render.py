"""Showing a view: on a terminal, as JSON, CSV or Markdown."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from cli.markdown import as_markdown
from cli.printable import clean, sayable
from cli.terminal import draw, tell
from ledger.inert import guarded
from projections.chart import Exhibit
from projections.table import Table

__all__ = ["View", "as_csv", "as_markdown", "clean", "draw", "show", "tell", "working"]


class View(Protocol):
    """What can be shown: as one JSON object, and as tables and charts for people."""

    def document(self) -> dict[str, Any]: ...

    def tables(self) -> Sequence[Exhibit]: ...


def show(view: View, output: str) -> None:
    """Print a view to standard output in one of the formats."""
    encoding = sys.stdout.encoding or "utf-8"
    match output:
        case "json":
            plain = not encoding.lower().startswith("utf")
            print(json.dumps(view.document(), ensure_ascii=plain, indent=2))
        case "csv":
            print(as_csv(view.tables(), encoding), end="")
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

    with Console(stderr=True).status(f"{doing} …", spinner="line"):
        yield


def as_csv(exhibits: Sequence[Exhibit], encoding: str = "utf-8") -> str:
    """Write tables as CSV, a blank line between two, notes and assumptions beneath; a chart's figures are in a table.

    Text that a spreadsheet would run as a formula, as the encoding prints it, is quoted with '.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, table in enumerate(each for each in exhibits if isinstance(each, Table)):
        if number:
            out.write("\n")
        writer.writerow([inert(heading, encoding) for heading in table.columns])
        writer.writerows([inert(f"{cell.words} {cell.also}".rstrip(), encoding) for cell in row] for row in table.rows)
        if table.shorthand or table.notes or table.assumptions:
            out.write("\n")
        writer.writerows(["shorthand", f"[{mark}]", meaning] for mark, meaning in table.shorthand.items())
        writer.writerows(["note", number, inert(text, encoding)] for number, text in table.notes)
        writer.writerows(
            ["assumption", number, inert(text, encoding)] for number, text in enumerate(table.assumptions, 1)
        )
    return out.getvalue()


def inert(text: str, encoding: str) -> str:
    """Quote what would be a formula as the encoding prints it."""
    return guarded(sayable(clean(text), encoding))
