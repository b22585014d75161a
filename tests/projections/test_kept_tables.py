"""The kept tables: caught up, disposable, checked against the facts, never trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact
    from tests.conftest import Program


EVERY_TABLE = (
    "contracts", "parties", "kpis", "cell_versions", "period_totals", "open_matters", "stretches", "kept",
)  # fmt: skip


def changed(program: Program, *statements: str) -> None:
    with closing(sqlite3.connect(program.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(program: Program, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(program.path)) as connection:
        return connection.execute(query).fetchall()


def everything(program: Program) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows(program, f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in EVERY_TABLE}


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
        "UPDATE cell_versions SET status = 'green' WHERE kpi = 'CSC_KPI_04' AND period = '2017-06' AND until > '9999'",
        "DELETE FROM cell_versions WHERE kpi = 'PM_KPI_06' AND period = '2017-05'",
    )
    result = own_sample.run("replay", "--check")
    assert result.exit_code == 1
    found = result.stdout.splitlines()
    version = "cell_versions: lincolnshire-css"
    assert f'{version} 2017-06 CSC_KPI_04 2017-07-21: kept status "green", the facts give "red"' in found
    missing = [line for line in found if line.startswith(f"{version} 2017-05 PM_KPI_06") and " is missing; " in line]
    assert "the facts give status green, value 1.00" in missing[-1]
    assert len(found) == len(missing) + 1
    own_sample.done("replay")
    assert own_sample.run("replay", "--check").exit_code == 0
    assert everything(own_sample) == before


def test_a_row_that_the_facts_do_not_give_is_named(own_sample: Program) -> None:
    changed(own_sample, "INSERT INTO period_totals VALUES ('lincolnshire-css', '2031-01', '1', '0', '1', NULL, 0)")
    assert "2031-01 is kept (net_points 1); the facts give no such row" in own_sample.run("replay", "--check").stdout


def test_no_view_trusts_them(own_sample: Program) -> None:
    before = own_sample.json("rag", "lincolnshire-css")
    changed(own_sample, "UPDATE cell_versions SET status = 'green'", "DROP TABLE period_totals")
    after = own_sample.json("rag", "lincolnshire-css")
    assert after["rows"] == before["rows"]


def test_recording_makes_dropped_tables_whole(own_sample: Program) -> None:
    changed(own_sample, "DROP VIEW cells", "DROP TABLE cell_versions", "DROP TABLE kept")
    assert own_sample.run("replay", "--check").exit_code == 1
    own_sample.record(
        submitted("2017-09", "1").model_copy(update={"contract": "lincolnshire-css", "kpi": "PM_KPI_06", "by": "SERCO"})
    )
    assert own_sample.run("replay", "--check").exit_code == 0


def kept_aside(program: Program) -> Path:
    """Copy the ledger's file, which no program has open."""
    aside = program.path.with_name("aside.db")
    aside.write_bytes(program.path.read_bytes())
    return aside


def put_in(program: Program, other: Path, *names: str) -> None:
    """Replace kept tables by those of another ledger file."""
    changed(
        program,
        f"ATTACH '{other}' AS other",
        *(
            statement
            for name in names
            for statement in (f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM other.{name}")
        ),
    )


def checked(program: Program) -> str:
    result = program.run("replay", "--check")
    assert result.exit_code == 1
    return result.stdout.splitlines()[0]


def test_tables_behind_the_facts_are_noticed(program: Program) -> None:
    program.record(contract(), kpi(), *results(("2025-01", "70")))
    older = kept_aside(program)
    program.record(*results(("2025-02", "70")))
    put_in(program, older, *EVERY_TABLE)
    assert checked(program) == "the kept tables are behind the facts (at position 4, the facts at 6)"
    assert "kept tables: behind the facts (at position 4" in program.done("status").stdout
    after = program.record(*results(("2025-03", "70")))
    assert "rebuilt" not in after.stderr
    assert "kept tables: current (at position 8, as the facts are)" in program.done("status").stdout
    program.done("replay", "--check")


def test_tables_of_a_newer_copy_in_an_older_ledger_are_ahead_and_rebuilt(program: Program) -> None:
    program.record(contract(), kpi(), *results(("2025-01", "70")))
    older = kept_aside(program)
    program.record(*results(("2025-02", "70"), ("2025-03", "70")))
    ledger_of_old = type(program)(older, program.clock)
    put_in(ledger_of_old, program.path, *EVERY_TABLE)
    said = "ahead of the facts (at position 8, the facts at 4)"
    assert checked(ledger_of_old) == f"the kept tables are {said}"
    assert f"kept tables: {said}" in ledger_of_old.done("status").stdout
    after = ledger_of_old.record(submitted("2025-02", "95"))
    said = "ahead of the facts (at position 8, the facts at 5)"
    assert f"The kept tables were {said}. They were rebuilt." in after.stderr
    assert rows(ledger_of_old, "SELECT period, status FROM cells") == [("2025-01", "red"), ("2025-02", "submitted")]
    ledger_of_old.done("replay", "--check")


@pytest.mark.parametrize("more", [0, 1])
def test_tables_of_another_history_are_noticed_and_rebuilt_by_the_next_fact(program: Program, more: int) -> None:
    program.record(contract(), kpi(), *results(("2025-01", "70")))
    older = kept_aside(program)
    program.record(*results(("2025-02", "70")))
    other = type(program)(older, program.clock)
    other.record(*results(("2025-02", "95")), *[submitted("2025-03", "95")] * more)
    put_in(other, program.path, *EVERY_TABLE)
    said = "of another history (another fact was at position 6 when they were made)"
    assert checked(other) == f"the kept tables are {said}"
    assert f"kept tables: {said}" in other.done("status").stdout
    after = other.record(submitted("2025-04", "95"))
    assert f"The kept tables were {said}. They were rebuilt." in after.stderr
    other.done("replay", "--check")
    assert rows(other, "SELECT status FROM cells WHERE period = '2025-02'") == [("green",)]


def test_tables_of_another_version_are_made_anew_without_a_word(own_sample: Program) -> None:
    changed(own_sample, "ALTER TABLE kept DROP COLUMN head")
    assert "kept tables: missing or of another version" in own_sample.done("status").stdout
    assert "run `contract-ledger replay`" in checked(own_sample)
    after = own_sample.record(
        submitted("2017-09", "1").model_copy(update={"contract": "lincolnshire-css", "kpi": "PM_KPI_06", "by": "SERCO"})
    )
    assert "rebuilt" not in after.stderr
    own_sample.done("replay", "--check")


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
