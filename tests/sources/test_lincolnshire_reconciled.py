"""The printed Tables 1, 2 and 4 to 7 of October 2017 against the ledger: 180 cells, and just eight that differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Program

TABLES = Path(__file__).parent / "lincolnshire-2017-10-26-tables.csv"
EIGHT = {
    ("6", "ACF", "green", "2017-06"): (6, 7),
    ("1", "ALL", "green", "2017-06"): (32, 33),
    ("6", "ACF", "mitigated", "2017-06"): (2, 1),
    ("1", "ALL", "mitigated", "2017-06"): (3, 2),
    ("6", "ACF", "green", "2017-07"): (7, 8),
    ("1", "ALL", "green", "2017-07"): (34, 35),
    ("6", "ACF", "mitigated", "2017-07"): (2, 1),
    ("1", "ALL", "mitigated", "2017-07"): (2, 1),
}


@pytest.fixture
def found(sample: Program) -> dict[str, Any]:
    result = sample.run("reconcile", "lincolnshire-css", str(TABLES), "--as-at", "2017-10-26", "--format", "json")
    assert result.exit_code == 1, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_of_180_cells_just_the_eight_differ(found: dict[str, Any]) -> None:
    assert (found["checked"], found["agree"]) == (180, 172)
    differing = {
        (each["table"], each["service"], each["row"], each["period"]): (each["published"], each["ledger"])
        for each in found["differences"]
    }
    assert differing == EIGHT
    assert len(found["differences"]) == 8


@pytest.mark.parametrize(("period", "month"), [("2017-06", "June 2017"), ("2017-07", "July 2017")])
def test_each_is_explained_by_one_mitigation_whose_value_is_printed(
    found: dict[str, Any], period: str, month: str
) -> None:
    for each in [one for one in found["differences"] if one["period"] == period]:
        told = " ".join(each["explanations"])
        assert f"{month}, ACF: one KPI is mitigated in print and green in the ledger." in told
        likely = told[: told.index("would explain it")]
        assert "ACF_KPI_10 (relieved in" in likely
        assert "ACF_KPI_04 (relieved in May-17, Aug-17)" in likely
        assert f"holds no grant of relief for any of them in {month}" in told
        assert "its table of mitigations (Table 9) lists none" in told
        assert "a KPI that is relieved may still be printed with its value" in told


def test_the_ledgers_table_9_names_neither_candidate_in_those_months(sample: Program) -> None:
    asked = ("mitigations", "lincolnshire-css", "--as-at", "2017-10-26", "--last", "2017-07", "--periods", "2")
    lines = sample.done(*asked, "--format", "csv").stdout.splitlines()
    relieved = [line for line in lines if line.startswith("ACF_")]
    assert [line.partition(",")[0] for line in relieved] == ["ACF_KPI_03"]
