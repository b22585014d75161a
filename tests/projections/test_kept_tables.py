"""The kept tables: caught up, disposable, checked against the facts, never trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from tests.conftest import Program


def changed(program: Program, *statements: str) -> None:
    with closing(sqlite3.connect(program.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(program: Program, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(program.path)) as connection:
        return connection.execute(query).fetchall()


def everything(program: Program) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: rows(program, f"SELECT * FROM {name} ORDER BY 1, 2, 3")
        for name in ("cells", "period_totals", "trail", "kept")
    }


def test_they_are_caught_up_after_each_recording(program: Program) -> None:
    program.record(contract(), kpi())
    program.record(*results(("2025-01", "70"), ("2025-02", "70")))
    assert rows(program, "SELECT period, status, points FROM cells") == [
        ("2025-01", "red", "100"),
        ("2025-02", "red", "150"),
    ]
    assert rows(program, "SELECT period, net_points FROM period_totals") == [
        ("2025-01", "100"),
        ("2025-02", "150"),
    ]
    program.record(fact("MitigationGranted", "2025-06-01", kpi="K", first_period="2025-01", last_period="2025-01"))
    assert rows(program, "SELECT status, points FROM cells") == [("mitigated", "0"), ("red", "100")]
    assert rows(program, "SELECT position FROM kept") == [(7,)]
    assert "what the facts give" in program.done("replay", "--check").stderr


def test_catching_up_often_equals_once_equals_rebuilt(own_sample: Program) -> None:
    own_sample.record(
        submitted("2017-09", "1").model_copy(update={"contract": "lincolnshire-css", "kpi": "PM_KPI_06", "by": "SERCO"})
    )
    own_sample.record(
        agreed("2017-09").model_copy(update={"contract": "lincolnshire-css", "kpi": "PM_KPI_06", "by": "LCC"})
    )
    caught_up = everything(own_sample)
    own_sample.done("replay")
    assert everything(own_sample) == caught_up


def test_they_follow_every_kind_of_fact(program: Program) -> None:
    program.record(contract(held_from="2025-02"), kpi(weight="60"), kpi("L", weight="40"))
    program.record(*results(("2025-02", "70"), ("2025-03", "70")), *results(("2025-02", "70"), ref="L"))
    for each in (
        fact("WeightsSet", first_period="2025-03", weights={"K": "50", "L": "50"}),
        fact("CreditsSuspended", id="suspended", first_period="2025-03"),
        fact("ChargesSet", first_period="2025-02", amount="100"),
        fact("TargetRebased", id="rebased", kpi="K", first_period="2025-03", tsl="60", msl="50"),
        fact("HistoryNotHeld", first_period="2025-02", last_period="2025-02"),
        fact("KpiDiscontinued", kpi="L", last_period="2025-02"),
        fact("FactVoided", voids="suspended"),
        fact("FactVoided", voids="rebased"),
    ):
        assert program.record(each).exit_code == 0
        assert program.run("replay", "--check").exit_code == 0, each.kind


def test_a_falsified_and_a_deleted_row_are_named_and_made_whole(own_sample: Program) -> None:
    before = everything(own_sample)
    changed(
        own_sample,
        "UPDATE cells SET status = 'green' WHERE kpi = 'CSC_KPI_04' AND period = '2017-06'",
        "DELETE FROM cells WHERE kpi = 'PM_KPI_06' AND period = '2017-05'",
    )
    result = own_sample.run("replay", "--check")
    assert result.exit_code == 1
    assert 'cells: lincolnshire-css CSC_KPI_04 2017-06: kept status "green", the facts give "red"' in result.stdout
    assert (
        "cells: lincolnshire-css PM_KPI_06 2017-05 is missing; the facts give status green, value 1.00" in result.stdout
    )
    assert len(result.stdout.splitlines()) == 2
    own_sample.done("replay")
    assert own_sample.run("replay", "--check").exit_code == 0
    assert everything(own_sample) == before


def test_a_row_that_the_facts_do_not_give_is_named(own_sample: Program) -> None:
    changed(own_sample, "INSERT INTO period_totals VALUES ('lincolnshire-css', '2031-01', '1', '0', '1', NULL, 0)")
    assert "2031-01 is kept (net_points 1); the facts give no such row" in own_sample.run("replay", "--check").stdout


def test_no_view_trusts_them(own_sample: Program) -> None:
    before = own_sample.json("rag", "lincolnshire-css")
    changed(own_sample, "UPDATE cells SET status = 'green'", "DROP TABLE trail")
    after = own_sample.json("rag", "lincolnshire-css")
    assert after["rows"] == before["rows"]


def test_recording_makes_dropped_tables_whole(own_sample: Program) -> None:
    changed(own_sample, "DROP TABLE cells", "DROP TABLE kept")
    assert own_sample.run("replay", "--check").exit_code == 1
    own_sample.record(
        submitted("2017-09", "1").model_copy(update={"contract": "lincolnshire-css", "kpi": "PM_KPI_06", "by": "SERCO"})
    )
    assert own_sample.run("replay", "--check").exit_code == 0


def test_tables_behind_the_facts_are_noticed(own_sample: Program) -> None:
    changed(own_sample, "UPDATE kept SET position = 500")
    assert "at position 500, the facts at 631" in own_sample.run("replay", "--check").stdout


@pytest.mark.parametrize(
    "beside",
    [
        fact("FailureExplained", kpi="K", first_period="2025-01", last_period="2025-01", effect="e", resolution="r"),
        fact("MeasureRedefined", kpi="K", first_period="2025-02", change="Anew."),
        fact("FindingRecorded", document="d", place="p", printed="1", found="2", kpi="K", period="2025-01"),
        fact("ReportCorrected", report="R", table="1", row="K", period="2025-01", printed="1", corrected="2"),
        fact("MilestoneReached", milestone="m", reached_on="2025-05-01"),
        fact("CommentaryWritten", first_period="2025-01", last_period="2025-01", text="Steady."),
    ],
    ids=lambda each: each.kind,
)
def test_a_fact_that_moves_no_cell_is_in_the_trail_all_the_same(program: Program, beside: AnyFact) -> None:
    assert program.record(contract(), kpi(), *results(("2025-01", "70"))).exit_code == 0
    assert program.record(beside).exit_code == 0
    assert program.run("replay", "--check").exit_code == 0, program.run("replay", "--check").stdout
