"""The October 2017 report, printed from the facts, against the one that was published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sources.test_lincolnshire import CONTRACT, OCTOBER, rows

if TYPE_CHECKING:
    from tests.conftest import Program

SHOWN = {"green": "Target Service Level (TSL) achieved", "amber": "Minimum Service Level (MSL) achieved"}
SHOWN |= {"red": "Below Minimum Service Level (MSL)", "mitigated": "Mitigation Agreed", "total": "TOTAL"}
TITLES = {
    "1": "Overall (all services)", "2": "People Management", "4": "Information Management and Technology",
    "5": "Customer Service Centre", "6": "Adult Care Finance", "7": "Finance",
}  # fmt: skip
MONTHS = ["2017-03", "2017-04", "2017-05", "2017-06", "2017-07", "2017-08"]


@pytest.fixture
def printed(sample: Program) -> list[dict[str, Any]]:
    return sample.json("board-report", CONTRACT, *OCTOBER)["document"]


def tables(printed: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    found = [each for each in printed if "table" in each and each["table"].partition(": ")[2].startswith(title)]
    assert found, title
    return found


def test_the_counts_are_those_of_the_printed_tables_but_for_the_eight_that_are_known(printed: list[Any]) -> None:
    known = {
        (row["table"], row["row"], row["period"]): row["ledger"] for row in rows("lincolnshire-2017-10-26-differences")
    }
    for row in rows("lincolnshire-2017-10-26-tables"):
        table = tables(printed, TITLES[row["table"]])[0]
        shown = {line[1]: line[2:] for line in table["rows"]}[SHOWN[row["row"]]]
        expected = known.get((row["table"], row["row"], row["period"]), row["published"])
        assert shown[MONTHS.index(row["period"])].split()[0] == expected, row


def test_the_printed_order_of_the_tables_is_kept(printed: list[Any]) -> None:
    order = [
        "Overall (all services)", "Abatement points", "People Management", "Payroll contacts", "Information Management",
        "Customer Service Centre", "Adult Care Finance", "Finance", "KPIs that failed to meet MSL",
        "KPI mitigation relief",
    ]  # fmt: skip
    titles = [each["table"] for each in printed if "table" in each]
    places = [
        next(place for place, title in enumerate(titles) if title.partition(": ")[2].startswith(each)) for each in order
    ]
    assert places == sorted(places)


def test_table_8_names_the_four_kpis_below_msl_and_what_is_only_of_one_month(printed: list[Any]) -> None:
    (table,) = tables(printed, "KPIs that failed to meet MSL")
    recorded = {line[0]: line[3] for line in table["rows"]}
    assert set(recorded) == {"CSC_KPI_04", "ACF_KPI_07", "IMT_KPI_01", "IMT_KPI_07"}
    only = {kpi: re.findall(r"\((.*) only\)", shown) for kpi, shown in recorded.items()}
    assert only == {"CSC_KPI_04": [], "ACF_KPI_07": ["Jun-17"], "IMT_KPI_01": ["Aug-17"], "IMT_KPI_07": ["Aug-17"]}
    assert all("not explained" not in line[5] for line in table["rows"])
    assert all("In escalation" in line[6] for line in table["rows"] if line[0].startswith("IMT"))


def test_table_9_has_the_three_kpis_relieved_and_their_months(printed: list[Any]) -> None:
    (table,) = tables(printed, "KPI mitigation relief")
    periods = {line[0]: line[2] for line in table["rows"]}
    assert set(periods) == {"CSC_KPI_09", "ACF_KPI_03", "ACF_KPI_04"}
    assert periods["CSC_KPI_09"].startswith("Jun-17")
    assert periods["ACF_KPI_03"].startswith("Jun-17 and Jul-17")
    assert periods["ACF_KPI_04"].startswith("Aug-17")


def test_payroll_stands_in_people_management_with_its_six_months_and_twelve_in_the_appendix(printed: list[Any]) -> None:
    in_service, in_appendix = tables(printed, "Payroll contacts")
    assert in_service["columns"][-6:] == ["Mar-17", "Apr-17", "May-17", "Jun-17", "Jul-17", "Aug-17"]
    assert len(in_appendix["columns"]) - len(in_service["columns"]) == 6
    rates = next(line for line in in_service["rows"] if "resolution rate" in " ".join(line[:2]).lower())
    shown = [each.split()[0].rstrip("%") for each in rates[-6:]]
    assert shown == ["100.00", "99.54", "98.60", "98.50", "97.67", "79.86"]


def test_every_reference_in_the_report_leads_to_a_table_or_figure_that_is_there(printed: list[Any]) -> None:
    titles = [each.get("table") or each.get("chart") for each in printed if "table" in each or "chart" in each]
    numbered = {title.partition(":")[0] for title in titles}
    findings = next(place for place, each in enumerate(printed) if "What has changed" in each.get("heading", ""))
    told = " ".join(each.get("text") or each.get("item") or "" for each in printed[:findings])
    named = set(re.findall(r"(?:Table|Figure) \d+", told))
    assert len(named) > 3
    assert named <= numbered


def test_projects_are_listed_with_the_review_that_the_board_asked_for(printed: list[Any]) -> None:
    (projects,) = [each for each in tables(printed, "Projects") if len(each["rows"]) > 20]
    assert len(projects["rows"]) == 27
    (review,) = [each for each in printed if "table" in each and "eview" in each["table"]]
    figures = {line[0]: line[1] for line in review["rows"]}
    assert (figures["Outcomes reported"], figures["Done"], figures["of these with parts still open"]) == (
        "27",
        "9",
        "3",
    )
    assert figures["No baseline held"] == "27", "slippage needs a second snapshot"
