"""The payroll contacts (Appendix C) and projects (Appendix B) of the 26 October 2017 report come out as printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from projections.expected import read_expected
from tests.given import contract, fact
from tests.sources.test_lincolnshire import rows

if TYPE_CHECKING:
    from tests.conftest import Program

PAYROLL = rows("lincolnshire-2017-10-26-payroll")
PROJECTS = rows("lincolnshire-2017-10-26-projects")
SERIES = "Payroll contacts"
OCTOBER = ("--as-at", "2017-10-26")
NUMBERS = ("received", "resolved", "outstanding")
BEGUN = contract().model_copy(update={"dated": date(2015, 4, 1), "commenced": "2015-04", "held_from": "2015-04"})


@pytest.fixture
def reported(program: Program) -> Program:
    """Return a ledger with the printed counts of each category and the printed projects."""
    counted = [
        fact(
            "CountsReported",
            "2017-10-03",
            series=SERIES,
            **{name: row[name] for name in ("period", "category")},
            **{name: int(row[name]) for name in NUMBERS},
        )
        for row in PAYROLL
        if row["category"] != "Total"
    ]
    names = ("service_area", "project", "outcome", "expected", "status")
    told = [fact("ProjectReported", "2017-10-26", **{name: row[name] for name in names}) for row in PROJECTS]
    assert program.record(BEGUN, *counted, *told).exit_code == 0
    return program


def test_the_36_printed_payroll_cells_and_the_12_rates_come_out(reported: Program) -> None:
    (series,) = reported.json("counts", "c", *OCTOBER, "--periods", "12")["series"]
    assert (series["series"], series["snapshot_dates"]) == (SERIES, ["2017-10-03"])
    found = {(cell["period"], row["category"]): cell for row in series["categories"] for cell in row["cells"]}
    found |= {(total["period"], "Total"): total for total in series["totals"]}
    assert len(PAYROLL) == len(found) == 36
    for row in PAYROLL:
        cell = found[row["period"], row["category"]]
        assert [cell[name] for name in NUMBERS] == [int(row[name]) for name in NUMBERS], row
    rates = {row["period"]: row["rate"] for row in PAYROLL if row["rate"]}
    assert len(rates) == 12
    assert rates["2017-06"] == "98.5%", "printed with one decimal"
    for period, printed in rates.items():
        assert Decimal(found[period, "Total"]["rate"]) == Decimal(printed.rstrip("%")), period


def test_exactly_four_months_do_not_add_up_and_each_says_by_how_much(reported: Program) -> None:
    document = reported.json("counts", "c", *OCTOBER, "--periods", "12")
    texts = {note["n"]: note["text"] for note in document["notes"]}
    odd = {
        (row["category"], cell["period"]): [texts[number] for number in cell["notes"]]
        for row in document["series"][0]["categories"]
        for cell in row["cells"]
        if cell["odd"]
    }
    assert set(odd) == {
        ("Corporate", "2017-01"),
        ("Corporate", "2017-03"),
        ("School", "2016-11"),
        ("School", "2017-02"),
    }
    assert all("1 received is neither resolved nor outstanding" in note for (note,) in odd.values())
    assert len(texts) == 4
    flagged = [total["period"] for total in document["series"][0]["totals"] if total["notes"]]
    assert flagged == ["2016-11", "2017-01", "2017-02", "2017-03"]


def test_table_3_prints_the_last_six_months_as_the_report_does(reported: Program) -> None:
    printed = reported.done("counts", "c", *OCTOBER, "--format", "md").stdout
    assert "correct as at 3 October 2017" in printed
    assert "| Mar-17 | Apr-17 | May-17 | Jun-17 | Jul-17 | Aug-17 |" in printed
    assert "| 143 (142/0) [note 1] | 153 (153/0) | 135 (134/1) | 126 (125/1) | 119 (117/2) | 99 (75/24) |" in printed
    assert "| 100.00% | 99.54% | 98.60% | 98.50% | 97.67% | 79.86% |" in printed


def test_the_expected_date_of_each_of_the_27_outcomes_is_read_as_it_should_be() -> None:
    assert len(PROJECTS) == 27
    for row in PROJECTS:
        read = [
            f"{each.printed} = {f'{each.first_day}..{each.last_day}' if each.last_day else each.meaning}"
            for each in read_expected(row["expected"])
        ]
        assert "; ".join(read) == row["read"]


def test_each_outcome_has_its_state_and_is_due_when_it_should_be(reported: Program) -> None:
    found = reported.json("projects", "c", *OCTOBER)["projects"]
    assert [(each["project"], each["state"], each["due"] or "") for each in found] == [
        (row["project"], row["state"], row["due"]) for row in PROJECTS
    ]


def test_the_review_counts_27_outcomes_nine_completed_three_of_them_with_parts_open(reported: Program) -> None:
    document = reported.json("projects", "c", *OCTOBER)
    assert document["review"] == {
        "outcomes": 27,
        "done": 9,
        "parts_open": 3,
        "ended": 2,
        "open": 16,
        "due_by": "2018-07-26",
        "due": 13,
        "parts_due": 2,
        "later": 0,
        "overdue": 1,
        "without_date": 2,
        "slipped": 0,
        "most_slipped_days": None,
        "no_baseline": 27,
        "not_comparable": 0,
    }
    assert {each["slippage"] for each in document["projects"]} == {"no baseline held"}
    assert any("calendar quarter" in each for each in document["assumptions"])
    assert any("two numerals" in each for each in document["assumptions"])
