"""Drawing on a terminal: tables whole in its width, charts of bars, and words for all that colour says."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from shutil import get_terminal_size

from cli.layout import Column, column, padded, room_in, ways, wide, widths, wrapped
from cli.printable import clean, sayable
from ledger.values import plain
from projections.chart import NOT_HELD, Bar, Chart, Exhibit
from projections.table import Table

Line = list[tuple[str, str]]
"""Pieces of text, each with its style."""

_COLOURS = {
    "green": "green",
    "amber": "yellow",
    "red": "red",
    "mitigated": "blue",
    "glide": "blue",
}
_BETWEEN_WORDS = re.compile(r"(?<!\[note) +")
_WIDTH_OF_A_FILE = 200
_LEAST_WIDTH = 20
_LONGEST_BAR, _SHORTEST_BAR = 50, 10


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on: its width in cells, whether sentences are wrapped there, and what its encoding can say."""

    width: int
    wraps: bool
    encoding: str

    def words(self, text: str) -> list[str]:
        """Return the words of a text as they are printed; the number of a note stays with its mark."""
        return [self.letters(word) for word in _BETWEEN_WORDS.split(clean(text).strip()) if word]

    def letters(self, text: str) -> str:
        """Return letters as they are printed."""
        return sayable(text, self.encoding)

    def paragraph(self, lead: str, text: str, hang: int, style: str = "") -> Iterator[Line]:
        """Yield a sentence, later lines indented; in a file it is one line, so that it can be searched for."""
        words = self.words(text)
        first, *rest = wrapped(words, self.width - hang) if self.wraps else [" ".join(words)]
        yield [(lead + first, style)]
        yield from ([(" " * hang + each, style)] for each in rest)


def paper() -> Paper:
    """Return what standard output is: COLUMNS wide, or as the terminal, or a file."""
    asked = os.environ.get("COLUMNS", "").strip()
    wraps = sys.stdout.isatty() or (asked.isdecimal() and int(asked) > 0)
    width = get_terminal_size().columns if wraps else _WIDTH_OF_A_FILE
    return Paper(max(width, _LEAST_WIDTH), wraps, sys.stdout.encoding or "utf-8")


def draw(exhibits: Sequence[Exhibit]) -> None:
    """Draw tables and charts on standard output."""
    on = paper()
    lines: list[Line] = []
    for number, exhibit in enumerate(exhibits):
        lines += [[]] if number else []
        lines += _table(exhibit, on) if isinstance(exhibit, Table) else _chart(exhibit, on)
    _print(lines)


def tell_item(sentence: str) -> None:
    """Print a sentence as an item of a list."""
    _print(paper().paragraph("- ", sentence, 2))


def tell(sentence: str, indent: int) -> None:
    """Print a sentence of its own, indented, and wrapped as those of a table."""
    _print(paper().paragraph(" " * indent, sentence, indent))


def _print(lines: Iterable[Line]) -> None:
    """Print lines; in colour only on a terminal whose reader has not asked for none."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        sys.stdout.write("".join("".join(words for words, _ in (*line, ("\n", ""))) for line in lines))
        return
    from rich.console import Console
    from rich.segment import Segment, Segments
    from rich.style import Style

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    segments = [Segment(words, Style.parse(style)) for line in lines for words, style in (*line, ("\n", ""))]
    Quiet(highlight=False).print(Segments(segments), soft_wrap=True, end="")


def _table(table: Table, on: Paper) -> Iterator[Line]:
    yield from on.paragraph("", table.title, 2, "bold")
    if told := table.shorthand_in_words():
        yield from on.paragraph("", told, 2)
    yield from _rows(table, on) if table.rows else [[("None.", "")]]
    yield from _footer(table, on)


def _footer(table: Table, on: Paper) -> Iterator[Line]:
    if table.notes:
        yield []
        yield [("Notes:", "")]
        for number, text in table.notes:
            lead = f"[note {number}] "
            yield from on.paragraph(lead, text, len(lead))
    if table.assumptions:
        yield []
        yield [("Assumptions:", "")]
        for text in table.assumptions:
            yield from on.paragraph("- ", text, 2)


def _rows(table: Table, on: Paper) -> list[Line]:
    """Return the rows ruled, whole if they fit; else in blocks of columns or as records, whichever is shorter."""
    columns = [
        column([on.words(heading), *(on.words(row[place].words) for row in table.rows)], right=place in table.numeric)
        for place, heading in enumerate(table.columns)
    ]
    styles = [["bold"] * len(columns), *([_COLOURS.get(cell.status or "", "") for cell in row] for row in table.rows)]
    found = ways(columns, table.fixed, on.width)
    ruled = [[line for block in blocks for line in _ruled(columns, styles, block, on)] for blocks in found]
    whole = any(len(blocks) == 1 for blocks in found)
    return ruled[0] if whole else min([*ruled, list(_records(columns, styles, on))], key=len)


def _ruled(
    columns: Sequence[Column], styles: Sequence[Sequence[str]], block: Sequence[int], on: Paper
) -> Iterator[Line]:
    shown = [columns[place] for place in block]
    given = widths(shown, room_in(on.width, len(block)))
    edges = [("│ ", ""), *[(" │ ", "")] * (len(block) - 1), (" │", "")]
    edges = [(on.letters(edge), style) for edge, style in edges]
    rules = [
        on.letters(left + joint.join("─" * (width + 2) for width in given) + right)
        for left, joint, right in ("┌┬┐", "├┼┤", "└┴┘")
    ]
    yield [(rules[0], "")]
    for number, row_styles in enumerate(styles):
        cells = [wrapped(each.cells[number], width) for each, width in zip(shown, given, strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            pieces: Line = []
            for edge, words, place, width in zip(edges, line, block, given, strict=False):
                pieces += [edge, (padded(words, width, right=columns[place].right), row_styles[place])]
            yield [*pieces, edges[-1]]
        if not number:
            yield [(rules[1], "")]
    yield [(rules[2], "")]


def _records(columns: Sequence[Column], styles: Sequence[Sequence[str]], on: Paper) -> Iterator[Line]:
    """Yield each row as lines of `column: text`, a blank line between two rows; an empty cell has no line."""
    labels = [" ".join(each.cells[0]) for each in columns]
    hang = 2 + max(map(wide, labels))
    beside = hang <= on.width // 3
    for number, row_styles in enumerate(styles[1:], 1):
        if number > 1:
            yield []
        for label, each, style in zip(labels, columns, row_styles, strict=True):
            words = each.cells[number]
            if not any(words):
                continue
            named = f"{label}:" if label else ""
            if beside:
                first, *rest = wrapped(words, on.width - hang)
                yield [(padded(named, hang), ""), (first, style)]
                yield from ([(" " * hang, ""), (line, style)] for line in rest)
            else:
                first, *rest = wrapped([*named.split(), *words], on.width - 2)
                yield [(first, "")]
                yield from ([(f"  {line}", "")] for line in rest)


def _chart(chart: Chart, on: Paper) -> Iterator[Line]:
    """Yield a line for each bar, or a sentence for each where there is no room for bars."""
    yield from on.paragraph("", f"{chart.title}, in {chart.unit}", 2, "bold")
    if not chart.bars:
        yield [("None.", "")]
        return
    texts = [
        column([on.words(bar.label) for bar in chart.bars]),
        column([on.words(_figure(bar)) for bar in chart.bars], right=True),
        column([on.words(bar.remark) for bar in chart.bars]),
    ]
    room = on.width - 2 * len(texts)
    longest = min(_LONGEST_BAR, max(_SHORTEST_BAR, room - sum(each.most for each in texts)))
    if sum(each.least for each in texts) <= room - longest:
        yield from _bars(chart, texts, widths(texts, room - longest), longest, on)
        return
    for bar in chart.bars:
        said = f"{bar.label}: {_figure(bar) or NOT_HELD}"
        yield from on.paragraph("", f"{said} ({bar.remark})" if bar.remark else said, 2)


def _bars(chart: Chart, texts: Sequence[Column], given: Sequence[int], longest: int, on: Paper) -> Iterator[Line]:
    """Yield label, figure, bar and remark; a period that is not held has words in place of its bar."""
    for number, bar in enumerate(chart.bars):
        drawn = NOT_HELD if bar.amount is None else on.letters("█") * _length(bar.amount, chart.longest(), longest)
        label, figure, remark = (wrapped(each.cells[number], width) for each, width in zip(texts, given, strict=True))
        for line in zip_longest(label, figure, [drawn], remark, fillvalue=""):
            pieces = (
                padded(line[0], given[0]),
                padded(line[1], given[1], right=True),
                padded(line[2], longest),
                line[3],
            )
            yield [("  ".join(pieces).rstrip(), "")]


def _figure(bar: Bar) -> str:
    return "" if bar.amount is None else plain(bar.amount)


def _length(amount: Decimal, longest: Decimal, cells: int) -> int:
    """Return how many cells of a bar stand for an amount; at least one for any but 0."""
    return max(1, int((amount * cells / longest).to_integral_value())) if amount > 0 else 0
