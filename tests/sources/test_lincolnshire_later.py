"""What the addendum of August 2018 and the minutes of 2021 name comes out of the second sample, and nothing else."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cli.sample import contents_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

CONTRACT = "lincolnshire-css-later"
NAMED = ["PM_KPI_06", "IMT_KPI_14", "CSC_KPI_04", "CSC_KPI_11", "ACF_KPI_03", "ACF_KPI_10"]
FACTS = [json.loads(line) for line in contents_of("lincolnshire-2018-2021")["facts.jsonl"].decode().splitlines()]


@pytest.fixture
def later(program: Program, tmp_path: Path) -> Program:
    """Return a ledger that holds the second sample, loaded as a user would."""
    folder = tmp_path / "later"
    program.done("sample", "lincolnshire-2018-2021", "--to", str(folder))
    program.done("register", str(folder / "contract.toml"))
    program.done("record", str(folder / "facts.jsonl"))
    return program


def of(kind: str) -> list[dict[str, str]]:
    return [fact for fact in FACTS if fact["fact"] == kind]


def test_only_what_the_documents_name_is_a_fact() -> None:
    assert Counter(fact["fact"] for fact in FACTS) == {
        "MitigationGranted": 2,
        "ReportPublished": 1,
        "CreditsSuspended": 1,
        "CreditsResumed": 1,
        "HistoryNotHeld": 1,
        "KpiDiscontinued": 1,
        "FailureExplained": 3,
        "CommentaryWritten": 4,
        "BoardResolved": 1,
        "FindingRecorded": 1,
    }
    assert all("source" in fact for fact in FACTS)
    assert {fact["kpi"] for fact in FACTS if "kpi" in fact} == set(NAMED)


def test_no_kpi_is_rated_and_only_what_is_relieved_is_counted_as_no_target_is_printed(later: Program) -> None:
    document = later.json("rag", CONTRACT, "--last", "2021-12", "--periods", "47")
    assert [row["kpi"] for row in document["rows"]] == NAMED
    statuses = {row["kpi"]: {cell["status"] for cell in row["cells"]} - {"not_held"} for row in document["rows"]}
    assert statuses.pop("ACF_KPI_03") == {"mitigated", "awaiting"}
    assert statuses.pop("ACF_KPI_10") == {"mitigated"}
    assert all(found <= {"information", "not_started"} for found in statuses.values())
    cells = [cell for row in document["rows"] for cell in row["cells"]]
    assert all(cell["value"] is None and cell["points"] is None for cell in cells)


def test_two_kpis_had_mitigation_in_july_2018_as_the_addendum_counts_and_no_more_agrees(
    later: Program, tmp_path: Path
) -> None:
    july = later.json("summary", CONTRACT, "--last", "2018-07", "--periods", "1")["services"][-1]["periods"][0]
    assert july == {"period": "2018-07", "green": 0, "amber": 0, "red": 0, "mitigated": 2, "total": 2}
    document = json.loads(
        later.run("reconcile", CONTRACT, str(tmp_path / "later" / "published.csv"), "--format", "json").stdout
    )
    agreeing = document["checked"] - len(document["differences"])
    assert (document["checked"], agreeing, document["agree"]) == (30, 3, 3)
    differing = {(each["row"], each["ledger"]) for each in document["differences"] if each["period"] == "2018-07"}
    assert {row for row, _ in differing} == {"green", "total"}


def test_the_months_that_no_document_covers_are_not_held(later: Program) -> None:
    rows = later.json("rag", CONTRACT, "--last", "2021-12", "--periods", "47")["rows"]
    held = {cell["period"] for row in rows for cell in row["cells"] if cell["status"] != "not_held"}
    assert held == {"2018-07", "2021-08", "2021-09", "2021-10", "2021-11", "2021-12"}


def test_july_2018_has_two_mitigations_one_of_them_until_a_milestone_and_three_months_more(later: Program) -> None:
    granted = {each["kpi"]: each for each in of("MitigationGranted")}
    assert granted["ACF_KPI_03"]["last_period"] == granted["ACF_KPI_03"]["first_period"] == "2018-07"
    lasting = granted["ACF_KPI_10"]
    assert (lasting["until_milestone"], lasting["plus_months"]) == ("mosaic-full-integration", 3)
    told = later.json("trail", CONTRACT, "ACF_KPI_10")["entries"]
    assert any("until the milestone mosaic-full-integration and 3 months more" in each["sentence"] for each in told)


def test_three_kpis_were_below_tsl_in_months_that_are_not_said() -> None:
    explained = {(each["kpi"], each["first_period"], each["last_period"]) for each in of("FailureExplained")}
    assert explained == {(kpi, "2021-08", "2021-12") for kpi in ("CSC_KPI_04", "CSC_KPI_11", "PM_KPI_06")}


def test_the_addendum_keeps_its_as_at_apart_from_its_meeting() -> None:
    (report,) = of("ReportPublished")
    assert (report["as_at"], report["meeting_on"]) == ("2018-08-28", "2018-08-30")
    (suspended,), (resumed,) = of("CreditsSuspended"), of("CreditsResumed")
    assert suspended["first_period"].startswith("2020-")
    assert resumed["first_period"] <= "2021-08"


def test_what_is_assumed_is_said_under_the_tables(later: Program) -> None:
    said = " ".join(later.json("rag", CONTRACT)["assumptions"])
    for word in (
        "no targets",
        "no points",
        "April 2020",
        "December 2021 is taken",
        "24 January 2022",
        "30 August 2018",
    ):
        assert word in said
    assert all("assumed" in fact["source"] for fact in FACTS if fact["dated"] != "2018-08-28")


def test_what_the_addendum_only_counts_is_a_table_whose_columns_add_up_to_41() -> None:
    rows = list(csv.DictReader(contents_of("lincolnshire-2018-2021")["published.csv"].decode().splitlines()))
    assert len(rows) == 30
    total = Counter()
    for row in rows:
        total[row["period"], row["row"] == "total"] += int(row["published"])
    assert set(total.values()) == {41}
    assert len(total) == 12
