"""The Model Services example in one file of facts: severities, a correction, a trigger that it undoes, a cap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

BEFORE = ("--as-at", "2024-09-15")


@pytest.fixture
def sample(program: Program, tmp_path: Path) -> Program:
    program.done("sample", "model-services", "--to", str(tmp_path / "model"))
    program.done("register", str(tmp_path / "model" / "contract.toml"))
    assert "Warning" not in program.done("record", str(tmp_path / "model" / "facts.jsonl")).stderr
    return program


def points(program: Program, kpi: str, *options: str) -> list[str]:
    found = program.json("rag", "model-services", "--last", "2024-07", "--periods", "4", *options)
    (row,) = [row for row in found["rows"] if row["kpi"] == kpi]
    return [cell["points"] for cell in row["cells"]]


def statement(program: Program, *options: str) -> Any:
    return program.json("credits", "model-services", "--last", "2024-10", "--periods", "7", *options)


def reached(found: Any) -> list[str]:
    return [each["period"] for trigger in found["triggers"] for each in trigger["periods"] if each["reached"]]


def test_three_months_cost_3_2_and_6_points(sample: Program) -> None:
    assert points(sample, "AVAILABILITY", *BEFORE) == ["3", "2", "6", "0"]


def test_correcting_the_first_month_moves_the_second_and_leaves_the_third(sample: Program) -> None:
    assert points(sample, "AVAILABILITY") == ["0", "1", "6", "0"]


def test_the_correction_undoes_the_trigger_and_says_so(sample: Program) -> None:
    assert reached(statement(sample, *BEFORE)) == ["2024-07"]
    assert reached(statement(sample)) == []
    shown = sample.done("credits", "model-services", "--periods", "7", "--format", "md").stdout
    assert "| reached, 50 points | not reached, 49 points | dispute-upheld |" in shown


def test_what_was_invoiced_stays_and_its_difference_is_posted_in_the_current_month(sample: Program) -> None:
    rows = {row["period"]: row for row in statement(sample)["periods"]}
    assert rows["2024-04"]["invoiced"] == "1500"
    shown = sample.done("credits", "model-services", "--periods", "7", "--format", "md").stdout
    assert "| Aug-24 | the next | Apr-24 | £1,500.00 | £0.00 | −£1,500.00 | dispute-upheld |" in shown
    assert "| Aug-24 | the next | May-24 | £1,000.00 | £500.00 | −£500.00 | dispute-upheld |" in shown


def test_the_cap_over_twelve_months_is_reached_and_said(sample: Program) -> None:
    shown = sample.done("credits", "model-services", "--periods", "7", "--format", "md").stdout
    assert "the cap of £30,000.00 over 12 months is reached: £7,000.00 before, £1,500.00 cut" in shown
    abatement = sample.json("abatement", "model-services", "--last", "2024-10", "--periods", "1")
    assert abatement["periods"][0]["service_credit"] == "5500"


def test_a_figure_is_explained_to_the_cap(sample: Program) -> None:
    steps = sample.json("explain", "model-services", "RESOLUTION", "2024-10")["steps"]
    assert [each["result"] for each in steps][-3:] == ["14 net", "£7,000.00", "£5,500.00"]
    assert steps[-1]["term"] == "[scheme] rolling_cap"
