"""Writing tables and charts as Markdown."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from cli.printable import clean
from ledger.values import plain
from projections.chart import NOT_HELD, Chart, Exhibit
from projections.table import Table

_EMPHASIS = re.compile(r"[*`]|(?<!\w)_|_(?!\w)")
_NO_QUOTES = str.maketrans({'"': "'", "`": "'"})


def as_markdown(exhibits: Sequence[Exhibit], level: int = 2) -> str:
    """Write tables with their notes and assumptions, and charts as Mermaid draws them, under titles of a level."""
    sign = "#" * level
    parts = (_table(each, sign) if isinstance(each, Table) else _chart(each, sign) for each in exhibits)
    return "\n".join("\n".join(lines) + "\n" for lines in parts)


def _table(table: Table, sign: str) -> Iterator[str]:
    yield f"{sign} {escaped(table.title)}"
    yield ""
    if told := table.shorthand_in_words():
        yield escaped(told)
        yield ""
    yield _row(table.columns)
    yield _row(["---:" if place in table.numeric else "---" for place in range(len(table.columns))])
    yield from (_row([cell.words for cell in row]) for row in table.rows)
    if table.notes:
        yield ""
        yield "Notes:"
        yield from (f"- [note {number}] {escaped(text)}" for number, text in table.notes)
    if table.assumptions:
        yield ""
        yield "Assumptions:"
        yield from (f"- {escaped(each)}" for each in table.assumptions)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(words: str) -> str:
    """Write text so that none of it is taken for a sign of Markdown's own."""
    return _EMPHASIS.sub(r"\\\g<0>", clean(words).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;"))


def _chart(chart: Chart, sign: str) -> Iterator[str]:
    """Yield the bars that are held; the others, and what is remarked on any, in sentences beneath."""
    held = {bar.label: bar.amount for bar in chart.bars if bar.amount is not None}
    yield f"{sign} {escaped(chart.title)}, in {escaped(chart.unit)}"
    if held:
        yield ""
        yield "```mermaid"
        yield "xychart-beta"
        yield f"    x-axis [{', '.join(map(_quoted, held))}]"
        yield f"    y-axis {_quoted(chart.unit)} 0 --> {plain(chart.longest() or Decimal(1))}"
        yield f"    bar [{', '.join(map(plain, held.values()))}]"
        yield "```"
    left_out = [bar.label for bar in chart.bars if bar.amount is None]
    remarks = [f"{bar.label}: {bar.remark}" for bar in chart.bars if bar.remark]
    if left_out or remarks:
        yield ""
    if left_out:
        yield f"- Left out, as {NOT_HELD}: {escaped(', '.join(left_out))}."
    yield from (f"- {escaped(each)}." for each in remarks)


def _quoted(words: str) -> str:
    """Quote text for Mermaid, which has no other sign for a quotation mark within it."""
    return f'"{clean(words).translate(_NO_QUOTES)}"'
