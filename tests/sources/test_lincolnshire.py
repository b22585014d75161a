"""The printed tables of the 26 October 2017 report come out of the sample, cell by cell."""

from __future__ import annotations

import csv
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Program

CONTRACT = "lincolnshire-css"
OCTOBER, JULY = ("--as-at", "2017-10-26"), ("--as-at", "2017-07-27")


def rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(program: Program, *asked: str) -> dict[tuple[str, str, str], int]:
    document = program.json("summary", CONTRACT, *asked)
    return {
        (service["service"], row, period["period"]): period[row]
        for service in document["services"]
        for period in service["periods"]
        for row in ("green", "amber", "red", "mitigated", "total")
    }


def cells(program: Program, *asked: str) -> dict[tuple[str, str], dict]:
    document = program.json("rag", CONTRACT, *asked)
    return {(row["kpi"], cell["period"]): cell for row in document["rows"] for cell in row["cells"]}


def test_172_of_the_180_printed_counts_come_out_and_the_other_eight_differ_as_known(sample: Program) -> None:
    found = counts(sample, *OCTOBER)
    printed = rows("lincolnshire-2017-10-26-tables")
    assert len(printed) == 180
    differing = {
        (
            row["table"],
            row["service"],
            row["row"],
            row["period"],
            row["published"],
            str(found[row["service"], row["row"], row["period"]]),
        )
        for row in printed
        if int(row["published"]) != found[row["service"], row["row"], row["period"]]
    }
    known = {tuple(row.values()) for row in rows("lincolnshire-2017-10-26-differences")}
    assert differing == known
    assert len(known) == 8


def test_every_status_and_value_of_appendix_a_comes_out(sample: Program) -> None:
    found = cells(sample, *OCTOBER)
    printed = rows("lincolnshire-2017-10-26-appendix-a")
    for row in printed:
        cell = found[row["kpi"], row["period"]]
        assert (row["kpi"], row["period"], cell["status"]) == (row["kpi"], row["period"], row["status"])
        assert (row["kpi"], row["period"], cell["value"] or "") == (row["kpi"], row["period"], row["value"])


def test_appendix_a_has_245_statuses_228_values_13_mitigated_and_4_not_available(sample: Program) -> None:
    found = cells(sample, *OCTOBER)
    statuses = Counter(cell["status"] for cell in found.values())
    assert sum(statuses[each] for each in ("green", "amber", "red", "mitigated")) == 245
    assert sum(cell["value"] is not None for cell in found.values()) == 228
    assert statuses["mitigated"] == 13
    assert sum(cell["basis"] == "data_not_available" for cell in found.values()) == 4
    assert statuses["not_started"] == 1
    assert statuses["not_in_use"] == 7 * 6


def test_tables_1_2_and_4_come_out_as_they_were_reported_in_july(sample: Program) -> None:
    found = counts(sample, *JULY, "--last", "2017-05", "--periods", "3")
    reported = rows("lincolnshire-2017-07-27-tables")
    assert len(reported) == 16
    for row in reported:
        assert found[row["service"], row["row"], row["period"]] == int(row["reported"]), row


def test_two_dates_give_two_answers_and_the_later_says_what_it_was(sample: Program) -> None:
    july, october = cells(sample, *JULY), cells(sample, *OCTOBER)
    was, now = july["PM_KPI_06", "2017-05"], october["PM_KPI_06", "2017-05"]
    assert (was["status"], was["value"]) == ("red", "6.00")
    assert (now["status"], now["value"], now["revised"]) == ("green", "1.00", True)
    was, now = july["IMT_KPI_11", "2017-04"], october["IMT_KPI_11", "2017-04"]
    assert (was["status"], was["value"], was["basis"]) == ("red", None, "status_only")
    assert (now["status"], now["value"], now["revised"]) == ("amber", "81.00", True)


def test_the_four_disputed_cells_of_august_are_provisional_and_so_are_its_points(sample: Program) -> None:
    found = cells(sample, *OCTOBER)
    disputed = {key for key, cell in found.items() if cell["provisional"]}
    assert disputed == {(f"IMT_KPI_{number}", "2017-08") for number in ("01", "02", "05", "07")}
    periods = sample.json("abatement", CONTRACT, *OCTOBER)["periods"]
    assert [period["period"] for period in periods if period["provisional"]] == ["2017-08"]


def test_the_marks_that_were_made_by_hand_come_out_but_for_the_one_that_is_known_to_be_wrong(sample: Program) -> None:
    """Marks 1 and 2 of the tables: r where an outcome changed what July's report showed, p where a dispute is open."""
    printed = {
        (row["service"], row["row"], row["period"], row["mark"]) for row in rows("lincolnshire-2017-10-26-marks")
    }
    summary = sample.json("summary", CONTRACT, *OCTOBER)
    found = {
        (each["service"], each["row"], each["period"], mark) for each in summary["noted"] for mark in each["marks"]
    }
    found |= {
        ({"P": "PM", "I": "IMT"}.get(kpi[0], kpi[0]), kpi, period, mark)
        for (kpi, period), cell in cells(sample, *OCTOBER).items()
        for mark in cell["marks"]
        if mark in ("r", "p")
    }
    assert printed - found == {("IMT", "IMT_KPI_11", "2017-03", "r")}, "its note speaks of April only"
    assert found - printed == set()


@pytest.mark.parametrize(("earlier", "later"), [("2017-07-27", "2017-10-26"), ("osmb-2017-07-27", "osmb-2017-10-26")])
def test_the_two_outcomes_are_named_as_what_moved_march_to_may(sample: Program, earlier: str, later: str) -> None:
    document = sample.json("diff", CONTRACT, "--from", earlier, "--to", later, "--last", "2017-05", "--periods", "3")
    because = {(moved["kpi"], moved["period"]): moved["because"] for moved in document["cells"]}
    assert because == {
        ("PM_KPI_06", "2017-05"): ["PM_KPI_06-2017-05-outcome"],
        ("IMT_KPI_11", "2017-04"): ["IMT_KPI_11-2017-04-outcome"],
    }


def test_nothing_in_the_sample_is_late_and_every_fact_says_where_it_is_from(sample: Program) -> None:
    assert not any(cell["late"] for cell in cells(sample, *OCTOBER).values())
    lines = (files("cli") / "samples" / "lincolnshire" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    assert all('"source"' in line for line in lines)
