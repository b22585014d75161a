"""Returns of components on the command line and in tables: what is given is what is kept and shown."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.conftest import Program
from tests.given import contract, kpi

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--by", "P", "--dated", "2025-04-05")
TURNOVER = {
    "formula": "(A ÷ ((x+X)/2) x 100 = % Staff turnover",
    "formula_read_as": "(A ÷ ((x+X)/2)) x 100",
    "components": {"A": "left", "x": "at the start", "X": "at the end", "Note D": "of whom retired"},
    "assumptions": ["The formula lacks a bracket."],
}


@pytest.fixture
def begun(program: Program) -> Program:
    """Return a ledger of two KPIs: K with a formula, whose components differ by their case, and V without."""
    recorded = program.record(
        contract(None), kpi(weight="", decimals=1, **TURNOVER), kpi("V", "", unit="percent"),
    )  # fmt: skip
    assert recorded.exit_code == 0, recorded.output
    return program


def cell(program: Program, ref: str = "K") -> dict[str, Any]:
    rows = program.json("rag", "c", "--last", "2025-03", "--periods", "1")["rows"]
    return next(each for row in rows if row["kpi"] == ref for each in row["cells"])


def submit(program: Program, *arguments: str) -> Any:
    return program.run("submit", "c", "K", "2025-03", *arguments, *OPTIONS)


def test_components_are_submitted_one_by_one(begun: Program) -> None:
    result = submit(
        begun, "--component", "A=9", "--component", "x = 10", "--component", "X=8", "--component", "Note D=1"
    )
    assert (result.exit_code, result.stderr) == (0, "Recorded 1 fact at position 4.\n")
    assert (cell(begun)["value"], cell(begun)["components"]) == (
        "100", {"A": "9", "x": "10", "X": "8", "Note D": "1"},
    )  # fmt: skip
    entries = begun.json("trail", "c", "K")["entries"]
    assert "submitted A = 9, x = 10, X = 8, Note D = 1 for K, March 2025." in entries[-1]["sentence"]


def test_the_outturn_stated_stands_beside_the_components(begun: Program) -> None:
    result = submit(begun, "90", "--component", "A=9", "--component", "x=10", "--component", "X=8")
    assert "Warning: the outturn stated is 90, and A ÷ ((x + X) ÷ 2) × 100 comes to 100" in result.stderr
    assert cell(begun)["value"] == "100"
    told = begun.json("trail", "c", "K")["entries"][-1]["sentence"]
    assert "submitted A = 9, x = 10, X = 8, stating 90, for K, March 2025." in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--component", "A"), '--component: found "A"; give NAME=AMOUNT, such as A=12'),
        (("--component", "=1"), '--component: found "=1"; give NAME=AMOUNT'),
        (("--component", "A="), '--component: found "A="; give NAME=AMOUNT'),
        (("--component", "A=1", "--component", "A=2"), "--component: A is given twice; give it once"),
        (("--component", "A=1,5"), 'components.A: found "1,5"; give a number in plain digits'),
        (("--component", "A=NaN"), 'components.A: found "NaN"; give a number'),
        (("--component", "A=1"), "components: x, X is missing, which the formula A ÷ ((x + X) ÷ 2) × 100 needs"),
        (("--component", "A=1", "--unavailable"), "give one of value, components, unavailable: true, or status"),
    ],
)
def test_components_that_cannot_be_taken_are_refused(begun: Program, given: tuple[str, ...], said: str) -> None:
    result = submit(begun, *given)
    assert result.exit_code == 2
    assert said in result.stderr
    assert begun.json("verify")["facts"] == 3


def test_a_template_has_a_column_for_each_component_before_the_value(begun: Program) -> None:
    header, *rows = csv.reader(io.StringIO(begun.done("template", "c", "2025-03").stdout))
    assert header[9:] == [
        "component A", "component x", "component X", "component Note D", "value", "unavailable", "note",
    ]  # fmt: skip
    assert [row[2] for row in rows] == ["K", "V"]
    assert all(set(row[9:]) == {""} for row in rows)


def test_a_template_in_csv_comes_back_with_its_components(begun: Program, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(begun.done("template", "c", "2025-03").stdout)))
    rows[0] |= {"component A": "9", "component x": "10", "component X": "8"}
    rows[1] |= {"value": "91"}
    file = tmp_path / "march.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    begun.done("record", str(file), *OPTIONS)
    assert (cell(begun)["value"], cell(begun)["components"]) == ("100", {"A": "9", "x": "10", "X": "8"})
    assert cell(begun, "V")["value"] == "91"


def test_a_template_in_a_workbook_comes_back_with_its_components(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    begun.done("template", "c", "2025-03", "--output", str(file))
    book = openpyxl.load_workbook(file)
    page = book["Return"]
    assert [page[f"{letter}1"].value for letter in "JKLM"] == [
        "component A", "component x", "component X", "component Note D",
    ]  # fmt: skip
    assert page["J2"].fill.fgColor.rgb != page["J3"].fill.fgColor.rgb, "V has no components to fill in"
    page["J2"], page["K2"], page["L2"] = 9, 10.5, 7.5
    book.save(file)
    result = begun.done("record", str(file), *OPTIONS)
    assert "no value, component, unavailable or status is given for V" in result.stderr
    assert (cell(begun)["value"], cell(begun)["components"]) == ("100", {"A": "9", "x": "10.5", "X": "7.5"})
    page["K2"].number_format, page["J2"] = "0%", "nine"
    book.save(file)
    result = begun.run("record", str(file), *OPTIONS)
    assert result.exit_code == 2
    assert "Return!K2, components.x: is shown as the percentage 1050 %, but it is no percentage" in result.stderr
    page["K2"].number_format = "0.0"
    book.save(file)
    assert 'Return!J2, components.A: found "nine"' in begun.run("record", str(file), *OPTIONS).stderr


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("kpi,component A,Component  A\nK,1,2\n", "a column that is given twice"),
        ("kpi,components\nK,1\n", 'give a column for each, such as "component A"'),
        ("kpi,component B\nK,1\n", "components: B is no component of K; its components are A, x, X, Note D"),
        ("kpi,value,component A\nV,1,2\n", "components: V has no formula over components"),
    ],
)
def test_columns_of_components_that_cannot_be_taken(begun: Program, tmp_path: Path, table: str, said: str) -> None:
    file = tmp_path / "march.csv"
    file.write_text(table, encoding="utf-8")
    result = begun.run("record", str(file), "--contract", "c", "--period", "2025-03", *OPTIONS)
    assert result.exit_code == 2
    assert said in result.stderr


def test_components_come_out_as_lines_that_make_the_same_cell_elsewhere(begun: Program, tmp_path: Path) -> None:
    submit(begun, "99.9", "--component", "A=9.50", "--component", "x=10", "--component", "X=9")
    lines = begun.done("export").stdout
    last = json.loads(lines.splitlines()[-1])
    assert (last["components"], last["value"]) == ({"A": "9.50", "x": "10", "X": "9"}, "99.9")
    other = Program(tmp_path / "other.db")
    other.done("record", "-", given=lines.encode())
    assert cell(other) == cell(begun)
    assert other.done("export").stdout == lines
    assert "are what the facts give" in other.done("replay", "--check").stderr
