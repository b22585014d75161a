"""The social-care sample is what Annex 1 prints, KPI by KPI; its year comes to what plain arithmetic says."""

from __future__ import annotations

import json
import re
import tomllib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from cli.sample import contents_of
from tests.conftest import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTRACT = "social-care-annex"
FILES = contents_of(CONTRACT)
TERMS = tomllib.loads(FILES["contract.toml"].decode())
KPIS = {kpi["ref"]: kpi for kpi in TERMS["kpi"]}
FACTS = [json.loads(line) for line in FILES["facts.jsonl"].decode().splitlines()]
YEAR_END = ("--as-at", "2025-05-08", "--periods", "4")
Amounts = dict[str, Fraction]


class Printed(NamedTuple):
    """A KPI as the annex prints it; None where the copy at hand has lost it, in the KPI's own table.

    `formula` is without its label, and without what a scanner made of its signs.
    """

    components: str
    formula: str
    outturn: Callable[[Amounts], Fraction]
    listed: str
    interval: str | None
    level: str | None
    good: str | None


def _share(above: str, below: str) -> Callable[[Amounts], Fraction]:
    return lambda given: sum((given[name] for name in above), Fraction(0)) / given[below] * 100


PRINTED = {
    "KPI 1": Printed("AB", "(A÷B)x100", _share("A", "B"), "6 monthly", "6 monthly", "75%", "higher"),
    "KPI 2": Printed("AB", "(A÷B)x100", _share("A", "B"), "Quarterly", None, "50%", None),
    "KPI 3": Printed("ABC", "(A÷C)x100", _share("A", "C"), "Quarterly", "Quarterly", "80%", "higher"),
    "KPI 4": Printed("ABC", "(A+B)÷Cx100", _share("AB", "C"), "Annual", "12 monthly", "75%", "higher"),
    "KPI 5": Printed("ABCDEF", "(A÷F)x100", _share("A", "F"), "Quarterly", None, None, None),
    "KPI 6": Printed(
        "ABC", "(A÷((B+C)/2)x100", lambda given: given["A"] / ((given["B"] + given["C"]) / 2) * 100,
        "Quarterly", "Quarterly", "Less than 20%", "higher",
    ),
}  # fmt: skip
DISPLACED_LEVEL = "75%"
FREQUENCY = {
    "6 monthly": "six-monthly",
    "Quarterly": "quarterly",
    "Annual": "annual",
    "12 monthly": "annual",
}
LEVELS = {
    "50%": (">=50", "<50"),
    "75%": (">=75", "<75"),
    "80%": (">=80", "<80"),
    "Less than 20%": ("<20", ">=20"),
}


@pytest.fixture(scope="module")
def annex(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("annex")
    program = Program(folder / "annex.db")
    program.done("sample", CONTRACT, "--to", str(folder))
    program.done("register", str(folder / "contract.toml"))
    program.done("record", str(folder / "facts.jsonl"))
    return program


def read(ref: str) -> list[str]:
    """Return the kinds of doubt that are read in some way."""
    return [doubt["of"] for doubt in KPIS[ref].get("doubts", []) if doubt["read_as"]]


# --- the annex -------------------------------------------------------------------------------------------------------


def test_there_are_the_six_kpis_of_the_list_at_its_head() -> None:
    assert list(KPIS) == list(PRINTED)


@pytest.mark.parametrize("ref", PRINTED)
def test_a_kpi_has_the_components_and_the_formula_that_are_printed(ref: str) -> None:
    assert "".join(KPIS[ref]["components"]) == PRINTED[ref].components
    worked_out, _, label = KPIS[ref]["formula"].partition("=")
    assert re.sub(r"\s", "", worked_out).replace("×", "x") == PRINTED[ref].formula
    assert "%" in label
    unused = [name for name in PRINTED[ref].components if name not in PRINTED[ref].formula]
    assert unused == {"KPI 3": ["B"], "KPI 5": ["B", "C", "D", "E"]}.get(ref, [])
    assert ("component" in read(ref)) == bool(unused)


def test_the_bracket_that_is_lacking_is_put_where_an_assumption_says() -> None:
    assert KPIS["KPI 6"]["formula_read_as"].partition("=")[0].replace(" ", "") == "(A÷((B+C)/2))x100"
    assert any("bracket" in each for each in KPIS["KPI 6"]["assumptions"])
    assert [ref for ref, kpi in KPIS.items() if "formula_read_as" in kpi] == ["KPI 6"]


@pytest.mark.parametrize("ref", PRINTED)
def test_a_kpi_has_the_interval_that_is_printed_and_the_head_of_the_annex_agrees(ref: str) -> None:
    printed, frequency = PRINTED[ref], KPIS[ref]["frequency"]
    assert frequency == FREQUENCY[printed.listed]
    assert printed.interval is None or frequency == FREQUENCY[printed.interval]
    assert ("frequency" in read(ref)) == (printed.interval is None)


@pytest.mark.parametrize("ref", PRINTED)
def test_a_kpi_has_the_level_that_is_printed_or_a_reading_of_where_it_went(ref: str) -> None:
    printed = PRINTED[ref].level or DISPLACED_LEVEL
    (step,) = KPIS[ref]["bands"]
    assert (step["green"], step["red"]) == LEVELS[printed]
    assert "amber" not in step
    assert ("level" in read(ref)) == (ref in {"KPI 5", "KPI 6"})


@pytest.mark.parametrize("ref", PRINTED)
def test_good_performance_is_what_is_printed_where_the_level_does_not_contradict_it(ref: str) -> None:
    lower = LEVELS[PRINTED[ref].level or DISPLACED_LEVEL][0].startswith("<")
    assert KPIS[ref]["better"] == ("lower" if lower else "higher")
    assert ("direction" in read(ref)) == (PRINTED[ref].good != KPIS[ref]["better"])


def test_what_else_contradicts_itself_is_read_in_some_way() -> None:
    odd = {ref: sorted(set(read(ref)) & {"formula", "wording"}) for ref in KPIS}
    assert odd == {
        "KPI 1": [],
        "KPI 2": ["formula"],
        "KPI 3": ["formula", "wording"],
        "KPI 4": ["formula", "wording"],
        "KPI 5": ["wording"],
        "KPI 6": ["wording"],
    }


def test_every_doubt_that_check_finds_is_settled(program: Program, tmp_path: Path) -> None:
    program.done("sample", CONTRACT, "--to", str(tmp_path))
    found = program.json("check", str(tmp_path / "contract.toml"))
    assert (found["errors"], len(found["doubts"])) == ([], 17)
    assert all(each["settled_by"] for each in found["doubts"])
    by_rule = {(each["kpi"], each["kind"]) for each in found["doubts"] if each["field"] != "doubts"}
    assert by_rule == {("KPI 3", "component"), ("KPI 5", "component"), ("KPI 6", "formula")}


# --- the year --------------------------------------------------------------------------------------------------------


def test_everything_in_the_year_is_said_to_be_invented_and_nothing_is_dated_after_it_was_made() -> None:
    assert {fact["source"] for fact in FACTS} == {"Invented for this sample"}
    assert all("2024-04-01" <= fact["dated"] <= "2026-01-05" for fact in FACTS)
    returned = {fact["period"] for fact in FACTS if fact["fact"] == "PerformanceSubmitted"}
    assert returned == {"2024-04", "2024-07", "2024-10", "2025-01"}


def test_every_return_comes_to_what_the_printed_formula_and_level_say(annex: Program) -> None:
    found = annex.json("rag", CONTRACT, *YEAR_END)
    shown = {(row["kpi"], cell["period"]): cell for row in found["rows"] for cell in row["cells"] if cell}
    returns = [fact for fact in FACTS if fact["fact"] == "PerformanceSubmitted"]
    assert len(returns) == 2 + 4 + 4 + 1 + 4 + 4
    without = []
    for fact in returns:
        cell, given = shown[fact["kpi"], fact["period"]], {k: Fraction(v) for k, v in fact["components"].items()}
        try:
            outturn = PRINTED[fact["kpi"]].outturn(given)
        except ZeroDivisionError:
            without.append((fact["kpi"], fact["period"], cell["status"], cell["value"]))
            continue
        lower = KPIS[fact["kpi"]]["better"] == "lower"
        level = Fraction(re.sub(r"\D", "", PRINTED[fact["kpi"]].level or DISPLACED_LEVEL))
        assert cell["status"] == ("green" if (outturn < level if lower else outturn >= level) else "red"), fact
        assert abs(Fraction(cell["value"]) - outturn) < Fraction(1, 10**20)
    assert without == [("KPI 3", "2025-01", "information", None)]


def test_the_red_ones_are_five_and_none_is_amber(annex: Program) -> None:
    found = annex.json("rag", CONTRACT, *YEAR_END)
    red = [(row["kpi"], cell["period"]) for row in found["rows"] for cell in row["cells"] if cell["status"] == "red"]
    assert sorted(red) == [
        ("KPI 1", "2024-10"),
        ("KPI 2", "2024-07"),
        ("KPI 3", "2024-07"),
        ("KPI 5", "2024-10"),
        ("KPI 6", "2024-10"),
    ]
    assert not any(cell["status"] == "amber" for row in found["rows"] for cell in row["cells"])


def test_three_notes_say_what_is_odd_and_the_trail_what_was_done_about_the_hours(annex: Program) -> None:
    notes = [note["text"] for note in annex.json("rag", CONTRACT, *YEAR_END)["notes"]]
    assert len(notes) == 3
    assert any("the outturn stated is 70, and A ÷ B × 100 comes to 71" in each for each in notes)
    assert any("no denominator: C is 0" in each for each in notes)
    assert any("is 120, carried over" in each and "Jul–Sep 2024 (Q2 2024/25) is 155" in each for each in notes)
    entries: Any = annex.json("trail", CONTRACT, "KPI 5", "2024-10")["entries"]
    assert any("35 banked hours" in each["sentence"] for each in entries)


def test_the_hours_of_a_quarter_are_delivered_banked_or_not_delivered() -> None:
    hours = [
        {name: Fraction(amount) for name, amount in fact["components"].items()}
        for fact in FACTS
        if (fact["fact"], fact.get("kpi")) == ("PerformanceSubmitted", "KPI 5")
    ]
    for given in hours:
        assert given["A"] + given["B"] + given["D"] + given["E"] == given["F"]
