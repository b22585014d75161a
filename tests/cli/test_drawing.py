"""Tables and charts keep every word, at any width, in any encoding, with and without colour."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import unicodedata
from contextlib import redirect_stdout, suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.printable import IN_OTHER_WORDS, sayable
from cli.render import as_csv, as_markdown, draw
from ledger.values import plain
from projections.chart import Bar, Chart, Exhibit
from projections.table import Table, Text
from tests.cli.test_streams import shell
from tests.given import agreed, contract, kpi, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

CORNERS = "┌├└+"
LETTERS = "aZ09-_/.£×–→é日本契約😀🚀"
GAPS = [" ", "  ", "\n", "\t", "\r\n", "\x00", "\x1b", "\u202e", "\u200b"]


def drawn(exhibit: Exhibit, width: int, encoding: str = "utf-8") -> list[str]:
    """Return the lines that are drawn, less what stands before the first row."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=IN_OTHER_WORDS, newline="\n")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setenv("COLUMNS", str(width))
        draw([exhibit])
    out.seek(0)
    return out.read().removesuffix("\n").split("\n")


def cells_of(line: str) -> int:
    """Count the cells that a line takes, without the library that the program asks."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in line
    )


def words_of(text: str, encoding: str = "utf-8") -> list[str]:
    apart = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(sayable(word, encoding) for word in apart.split()).split()


@st.composite
def texts(draw: st.DrawFn, longest: int = 8, most: int = 4) -> str:
    words = draw(st.lists(st.text(LETTERS, min_size=1, max_size=longest), max_size=most))
    return "".join(word + draw(st.sampled_from(GAPS)) for word in words)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    count = draw(st.integers(1, 9))
    cell = st.builds(Text, texts(draw(st.sampled_from([8, 16, 60])), draw(st.sampled_from([2, 5, 60]))))
    return Table(
        title="T",
        columns=[f"c{place}" for place in range(count)],
        rows=draw(st.lists(st.tuples(*[cell] * count), min_size=1, max_size=4)),
        numeric=tuple(draw(st.sets(st.integers(0, count - 1)))),
        fixed=draw(st.integers(0, min(count, 3))),
    )


def columns_in(block: list[str]) -> list[list[str]]:
    """Return the words of each column of a block, heading and rows, read downwards."""
    rows = [line[1:-1].split(line[0]) for line in block if line[0] not in CORNERS]
    return [" ".join(parts).split() for parts in zip(*rows, strict=True)]


@settings(max_examples=300, deadline=None)
@given(
    table=tables(),
    width=st.integers(40, 200),
    encoding=st.sampled_from(["utf-8", "ascii", "cp1252", "cp437"]),
)
def test_no_word_is_lost_and_no_line_is_too_long(table: Table, width: int, encoding: str) -> None:
    lines = drawn(table, width, encoding)[1:]
    assert max(map(cells_of, lines), default=0) <= width
    assert all(line.isprintable() for line in lines)
    starts = [number for number, line in enumerate(lines) if line[:1] in ("┌", "+") and lines[number - 1][:1] != "|"]
    columns = [
        [heading, *(word for row in table.rows for word in words_of(row[place].words, encoding))]
        for place, heading in enumerate(table.columns)
    ]
    if not starts:
        records = [
            [f"{heading}:", *words_of(cell.words, encoding)]
            for row in table.rows
            for heading, cell in zip(table.columns, row, strict=True)
            if words_of(cell.words)
        ]
        assert "".join("".join(lines).split()) == "".join(word for each in records for word in each)
        return
    repeated = table.fixed if len(starts) > 1 else 0
    rest = columns[repeated:]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = columns_in(lines[start:end])
        assert found[:repeated] == columns[:repeated], "every block repeats the columns that name a row"
        own = len(found) - repeated
        assert found[repeated:] == rest[:own], "no word is broken in a ruled table"
        rest = rest[own:]
    assert not rest, "every column is in a block"


@settings(max_examples=200, deadline=None)
@given(
    bars=st.lists(
        st.builds(Bar, texts(), st.none() | st.decimals(0, 10**6, places=2), texts()), min_size=1, max_size=6
    ),
    width=st.integers(40, 200),
)
def test_a_chart_says_every_figure_and_draws_none_that_is_not_held(bars: list[Bar], width: int) -> None:
    lines = drawn(Chart("Costs", "points", bars), width)
    assert max(map(cells_of, lines)) <= width
    said = " ".join(lines[1:]).replace("(", " ").replace(")", " ").replace(":", " ").split()
    for bar in bars:
        figure = [] if bar.amount is None else [plain(bar.amount)]
        assert {*words_of(bar.label), *figure, *words_of(bar.remark)} <= set(said)
    assert said.count("held") == sum(bar.amount is None for bar in bars)
    if lengths := [len(word) for word in said if set(word) == {"█"}]:
        amounts = [bar.amount for bar in bars if bar.amount]
        assert [length == max(lengths) for length in lengths][amounts.index(max(amounts))]
        assert len(lengths) == len(amounts)


def test_a_chart_reads_well_in_both_encodings_and_says_what_is_not_held() -> None:
    bars = [
        Bar("Mar–17", None),
        Bar("Apr–17", Decimal("12.50")),
        Bar("May–17", Decimal(0)),
        Bar("Jun–17", Decimal(25), "provisional"),
    ]
    assert drawn(Chart("What it costs", "£", bars), 60) == [
        "What it costs, in £",
        "Mar–17        not held",
        "Apr–17  12.5  ████████████████",
        "May–17     0",
        "Jun–17    25  █████████████████████████████████  provisional",
    ]
    assert drawn(Chart("What it costs", "£", bars), 60, "ascii")[0::2] == [
        "What it costs, in GBP",
        "Apr-17  12.5  ################",
        "Jun-17    25  #################################  provisional",
    ]


def test_markdown_draws_what_is_held_and_says_the_rest() -> None:
    bars = [Bar("Mar-17", None), Bar('A "B"', Decimal("12.50")), Bar("May|17", Decimal(25), "provisional")]
    assert as_markdown([Chart("Costs", "points", bars)]).splitlines() == [
        "## Costs, in points",
        "",
        "```mermaid",
        "xychart-beta",
        """    x-axis ["A 'B'", "May|17"]""",
        '    y-axis "points" 0 --> 25',
        "    bar [12.5, 25]",
        "```",
        "",
        "- Left out, as not held: Mar-17.",
        "- May\\|17: provisional.",
    ]
    nothing = as_markdown([Chart("Costs", "points", [Bar("Mar-17", None)])])
    assert "mermaid" not in nothing
    assert "not held: Mar-17." in nothing


@pytest.mark.parametrize("hidden", ["=1", "\t=1", "\r\n@x", " +44 1", "-x", "\u200b=1", "＝1"])
def test_no_text_or_heading_leaves_as_a_formula_in_csv(hidden: str) -> None:
    heading, cell = as_csv([Table("t", [hidden], [[Text(hidden)]])]).splitlines()
    assert heading[0] == cell[0] == "'"


def test_a_figure_stays_a_figure_in_csv_and_an_encoding_makes_no_formula() -> None:
    table = Table("t", ["c"], [[Text("-5.25")], [Text("+3")], [Text("– → 50")]])
    assert as_csv([table, Chart("x", "y", [])]).splitlines() == ["c", "-5.25", "+3", "– → 50"]
    assert as_csv([table], "ascii").splitlines()[-1] == "'- -> 50"


SAMPLE = [
    ("rag", "lincolnshire-css", "--as-at", "2017-10-26"),
    ("summary", "lincolnshire-css", "--as-at", "2017-10-26"),
    ("abatement", "lincolnshire-css", "--as-at", "2017-10-26"),
    ("trail", "lincolnshire-css", "PM_KPI_06", "2017-05"),
    ("trail", "lincolnshire-css", "PM_KPI_06"),
    ("diff", "lincolnshire-css", "--from", "2017-07-27", "--to", "2017-10-26"),
    *(
        (view, "lincolnshire-css", "--as-at", "2017-10-26")
        for view in (
            "failures", "mitigations", "escalations", "incidents", "counts", "projects", "month", "actions", "findings",
            "board-report",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("command", SAMPLE, ids=lambda command: " ".join(command[::2]))
def test_the_sample_fits_every_width(
    sample: Program, command: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(cells_of, sample.done(*command).stdout.splitlines())) <= width


def test_the_demo_fits_but_for_the_commands_that_are_to_be_copied(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = [line for line in program.done("demo").stdout.splitlines() if not line.startswith("  ") or "─" in line]
    assert max(map(cells_of, lines)) == 60


SUMMARY = {
    60: """\
Overall (all services), as at 27 July 2017
┌─────────┬─────────────────────┬────────┬────────┬────────┐
│ Service │ Number of KPIs      │ Mar-17 │ Apr-17 │ May-17 │
├─────────┼─────────────────────┼────────┼────────┼────────┤
│ ALL     │ Target Service      │     33 │     29 │     30 │
│         │ Level (TSL)         │        │        │        │
│         │ achieved            │        │        │        │
""",
    80: """\
Overall (all services), as at 27 July 2017
┌─────────┬──────────────┬────────┬────────┬────────┬────────┬────────┬────────┐
│ Service │ Number of    │ Mar-17 │ Apr-17 │ May-17 │ Jun-17 │ Jul-17 │ Aug-17 │
│         │ KPIs         │        │        │        │        │        │        │
├─────────┼──────────────┼────────┼────────┼────────┼────────┼────────┼────────┤
│ ALL     │ Target       │     33 │     29 │     30 │     33 │      0 │      0 │
│         │ Service      │        │        │        │        │        │        │
│         │ Level (TSL)  │        │        │        │        │        │        │
│         │ achieved     │        │        │        │        │        │        │
""",
    200: """\
Overall (all services), as at 27 July 2017
┌─────────┬──────────────────────────────────────┬────────┬────────┬────────┬────────┬────────┬────────┐
│ Service │ Number of KPIs                       │ Mar-17 │ Apr-17 │ May-17 │ Jun-17 │ Jul-17 │ Aug-17 │
├─────────┼──────────────────────────────────────┼────────┼────────┼────────┼────────┼────────┼────────┤
│ ALL     │ Target Service Level (TSL) achieved  │     33 │     29 │     30 │     33 │      0 │      0 │
""",
}
IN_ASCII = str.maketrans({**dict.fromkeys("┌┬┐├┼┤└┴┘", "+"), "│": "|", "─": "-"})


@pytest.mark.parametrize("width", SUMMARY)
@pytest.mark.parametrize("ascii_only", [False, True], ids=["utf-8", "ascii"])
def test_the_program_draws_the_sample(sample: Program, width: int, *, ascii_only: bool) -> None:
    locale = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"} if ascii_only else {"PYTHONUTF8": "1"}
    command = "CL summary lincolnshire-css --as-at 2017-07-27 --last 2017-08"
    printed = shell(command, sample.path, COLUMNS=str(width), **locale).stdout
    assert printed.startswith(SUMMARY[width].translate(IN_ASCII) if ascii_only else SUMMARY[width])


def test_what_the_program_says_itself_reads_well_in_ascii(program: Program) -> None:
    result = (submitted("2025-01", "70", dated="2025-04-05"), agreed("2025-01", dated="2025-04-20"))
    program.record(contract(title="Café – £9", frequency="quarterly"), kpi(), *result)
    commands = ("rag c", "abatement c", "abatement c --format md", "diff c --from 2025-01-02", "record --help")
    told = shell(" && ".join(f"CL {each}" for each in commands), program.path, PYTHONIOENCODING="ascii")
    assert told.returncode == 0, told.stderr
    assert told.stdout.isascii()
    assert "\\u" not in told.stdout
    for words in (r"Caf\xe9 - GBP 9", "Jan-Mar 2025", "GBP 1,000.00", "weight x share", "- -> 100", "####", "FILE..."):
        assert words in told.stdout


def test_no_view_of_the_sample_has_an_escape_in_ascii(sample: Program) -> None:
    commands = " && ".join(f"CL {' '.join(each)}" for each in SAMPLE)
    told = shell(commands, sample.path, PYTHONIOENCODING="ascii", COLUMNS="80")
    assert told.returncode == 0, told.stderr
    assert told.stdout.isascii()
    assert "\\x" not in told.stdout
    assert "\\u" not in told.stdout


def on_a_terminal(command: tuple[str, ...], path: object, **environment: str) -> str:
    """Return what the program writes to a terminal of 80 columns."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, 80))
    surroundings = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "TERM": "xterm", "PYTHONUTF8": "1", **environment}
    start = [sys.executable, "-c", "from cli.main import run; run()", "--ledger", str(path), *command]
    with subprocess.Popen(start, stdout=theirs, env=surroundings) as program:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # the terminal is gone when the program is
            while part := os.read(ours, 65536):
                written += part
    os.close(ours)
    assert program.returncode == 0
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_has_colour_unless_its_reader_wants_none_and_the_same_words(sample: Program) -> None:
    coloured = on_a_terminal(SAMPLE[0], sample.path)
    plain_words = on_a_terminal(SAMPLE[0], sample.path, NO_COLOR="1")
    assert "\x1b[31m" in coloured
    assert "\x1b" not in plain_words
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain_words
    assert max(map(cells_of, plain_words.splitlines())) == 80


def test_there_is_no_colour_in_a_file(sample: Program) -> None:
    assert "\x1b" not in shell("CL rag lincolnshire-css", sample.path, TERM="xterm", FORCE_COLOR="1").stdout


def test_sentences_wrap_at_a_width_and_are_whole_in_a_file(sample: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_file = sample.done(*SAMPLE[0]).stdout
    note = next(line for line in in_a_file.splitlines() if line.startswith("[note 1] "))
    assert len(note) > 100
    monkeypatch.setenv("COLUMNS", "60")
    wrapped = sample.done(*SAMPLE[0]).stdout
    lines = wrapped[wrapped.index("\n[note 1] ") : wrapped.index("\n[note 2] ")].splitlines()[1:]
    assert all(line.startswith(" " * len("[note 1] ")) for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == note
