"""Replaying: made beside the tables that are read, taken up where it was broken off, and put in their place at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest
from distributed import LocalCluster

from ledger.judgement import Proposed, Reading
from ledger.recording import record
from ledger.sqlite_tables import GUARDS
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.kept_check import check
from projections.kept_engine import kept_tables
from projections.replay import Replayed, replay, silent
from projections.schema import INDEXES, SHADOW
from projections.spread import Spread, processes
from tests.given import contract, fact, kpi, results

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.facts import AnyFact
    from tests.conftest import Program

CONTRACTS = ("c1", "c2", "c3", "c4")


class BrokenOff(Exception):  # noqa: N818 - the power goes, in a test
    """The replay is broken off."""


@pytest.fixture
def estate(program: Program) -> Program:
    """Return a ledger of four contracts."""
    for each in CONTRACTS:
        assert (
            program.record(*(of(each, one) for one in (contract(), kpi(), *results(("2025-01", "70"))))).exit_code == 0
        )
    return program


def of(name: str, given: AnyFact) -> AnyFact:
    return given.model_copy(update={"contract": name, "id": f"{name}:{given.id}"})


def replayed(program: Program, told: Callable[[int, int], None] = silent, spread: Spread | None = None) -> Replayed:
    with Ledger(program.path) as ledger:
        return replay(ledger, partial(Ledger, program.path), program.clock, spread, told)


def query(program: Program, asked: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(program.path)) as connection:
        return connection.execute(asked).fetchall()


def change(program: Program, *statements: str) -> None:
    with closing(sqlite3.connect(program.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def make_unreadable(program: Program, position: int) -> None:
    """Tamper with a fact, so that it does not read back."""
    change(
        program,
        "DROP TRIGGER facts_no_update",
        f"UPDATE facts SET state = replace(state, '\"recorded_at\"', '\"recorded_on\"') WHERE position = {position}",
        GUARDS["facts_no_update"],
    )


def break_off_after(contracts: int) -> Callable[[int, int], None]:
    def told(done: int, _of: int) -> None:
        if done == contracts:
            raise BrokenOff

    return told


def is_whole(program: Program) -> bool:
    with Ledger(program.path) as ledger:
        return check(ledger, program.clock) == []


def test_one_that_was_broken_off_goes_on_where_it_was(estate: Program) -> None:
    change(estate, "UPDATE cell_versions SET status = 'green'")
    with pytest.raises(BrokenOff):
        replayed(estate, break_off_after(3))
    assert query(estate, "SELECT DISTINCT status FROM cell_versions") == [("green",)]
    told: list[tuple[int, int]] = []
    done = replayed(estate, lambda reached, every: told.append((reached, every)))
    assert (done.contracts, done.resumed, told) == (4, 3, [(step, 7) for step in (4, 5, 6, 7)])
    assert is_whole(estate)
    assert query(estate, "SELECT name FROM sqlite_master WHERE name LIKE 'replaying%'") == []


def indexes(program: Program) -> list[str]:
    """Return the indexes of the versions of cells, without what makes their names unique."""
    asked = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'cell_versions' AND sql IS NOT NULL"
    return sorted(str(name).removeprefix("cell_versions_").rpartition("_")[0] for (name,) in query(program, asked))


def test_tables_have_each_index_once_however_they_were_made(estate: Program) -> None:
    assert indexes(estate) == sorted(INDEXES)
    with pytest.raises(BrokenOff):
        replayed(estate, break_off_after(3))
    with Ledger(estate.path) as ledger, kept_tables(ledger) as connection:  # another that shares the work is further
        SHADOW.add_index(connection, INDEXES[0])
    replayed(estate)
    assert indexes(estate) == sorted(INDEXES)
    change(estate, "UPDATE kept SET version = 1")
    with Ledger(estate.path) as ledger:
        catch_up(ledger, estate.clock)
    assert indexes(estate) == sorted(INDEXES)


def test_one_that_goes_on_takes_in_contracts_that_have_come_since(estate: Program) -> None:
    with pytest.raises(BrokenOff):
        replayed(estate, break_off_after(3))
    assert estate.record(*(of("c5", each) for each in (contract(), kpi(), *results(("2025-01", "70"))))).exit_code == 0
    assert replayed(estate).faults == []
    assert is_whole(estate)


def test_one_that_was_broken_off_in_another_history_begins_anew(estate: Program) -> None:
    with pytest.raises(BrokenOff):
        replayed(estate, break_off_after(3))
    change(estate, "UPDATE replaying_kept SET head = 'another'")
    assert replayed(estate).resumed == 0
    assert is_whole(estate)


def test_tables_are_read_whole_while_others_are_made_and_what_comes_meanwhile_is_in_them(estate: Program) -> None:
    seen = []

    def told(done: int, _of: int) -> None:
        seen.append(query(estate, "SELECT contract, count(*) FROM cell_versions GROUP BY contract"))
        if done == 2:
            more = [of("c1", each) for each in results(("2025-02", "70"))]
            assert estate.record(*more).exit_code == 0

    before = query(estate, "SELECT contract, count(*) FROM cell_versions GROUP BY contract")
    replayed(estate, told)
    assert [len(each) for each in seen] == [4] * 7
    assert seen[0] == seen[1] == before
    assert query(estate, "SELECT period, points FROM cells WHERE contract = 'c1'") == [
        ("2025-01", "100"),
        ("2025-02", "150"),
    ]
    assert is_whole(estate)


def test_two_at_once_share_the_work(estate: Program) -> None:
    others: list[Replayed] = []

    def told(done: int, _of: int) -> None:
        if done == 2:
            others.append(replayed(estate))

    mine = replayed(estate, told)
    assert (mine.faults, [each.resumed for each in others]) == ([], [2])
    assert is_whole(estate)


def test_several_workers_make_the_same_tables(estate: Program) -> None:
    change(estate, "DELETE FROM cell_versions")
    with processes(2) as spread:
        assert replayed(estate, spread=spread).faults == []
    assert is_whole(estate)


def test_a_dask_cluster_makes_the_same_tables(estate: Program) -> None:
    change(estate, "DELETE FROM cell_versions")
    with LocalCluster(n_workers=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        assert "of 4 contracts" in estate.done("replay", "--dask", cluster.scheduler_address).stderr
    assert is_whole(estate)


def test_a_cluster_that_does_not_answer_is_said_so(estate: Program) -> None:
    result = estate.run("replay", "--dask", "tcp://127.0.0.1:9")
    assert result.exit_code == 3
    assert result.stderr.startswith("no Dask scheduler answers at tcp://127.0.0.1:9")


def test_every_contract_that_does_not_read_back_is_named_and_the_tables_stay(estate: Program) -> None:
    before = query(estate, "SELECT * FROM cell_versions")
    for position in (6, 14):
        make_unreadable(estate, position)
    result = estate.run("replay")
    assert result.exit_code == 3
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        "c2",
        "c4",
        "the kept tables stay as they were; mend what is named, and `replay` again",
    ]
    assert query(estate, "SELECT * FROM cell_versions") == before


def test_shadows_that_lack_rows_are_not_switched_to(estate: Program) -> None:
    with pytest.raises(BrokenOff):
        replayed(estate, break_off_after(3))
    change(estate, "DELETE FROM replaying_cell_versions WHERE contract = 'c1'")
    (fault,) = replayed(estate).faults
    assert fault.startswith("c1: ")
    assert is_whole(estate)


def test_one_contract_is_replayed_alone(estate: Program) -> None:
    change(estate, "UPDATE cell_versions SET status = 'amber'")
    estate.done("replay", "c2")
    assert query(estate, "SELECT DISTINCT status FROM cell_versions WHERE contract <> 'c2'") == [("amber",)]
    assert estate.done("replay", "--check", "c2").stderr == "The kept tables are what the facts give.\n"
    assert estate.run("replay", "--check").exit_code == 1


def test_facts_after_a_position_are_taken_in_again(estate: Program) -> None:
    change(estate, "UPDATE cell_versions SET status = 'amber'")
    assert "4 facts after position 12" in estate.done("replay", "--from", "12").stderr
    assert query(estate, "SELECT DISTINCT contract FROM cell_versions WHERE status <> 'amber'") == [("c4",)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "c9"), 'CONTRACT: the ledger has no contract "c9"'),
        (("replay", "c1", "--from", "3"), "--from: goes with neither a contract nor --check"),
        (("replay", "c1", "--dask", "tcp://127.0.0.1:1"), "--dask: is for a replay of all contracts"),
        (("replay", "--workers", "2", "--dask", "tcp://127.0.0.1:1"), "--workers: the cluster has workers of its own"),
        (("replay", "--check", "--workers", "2"), "--workers: is for a replay of all contracts"),
    ],
)
def test_what_makes_no_sense_is_refused(estate: Program, arguments: tuple[str, ...], said: str) -> None:
    result = estate.run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_one_contract_alone_needs_tables_that_are_there(estate: Program) -> None:
    change(estate, "DROP TABLE kept")
    result = estate.run("replay", "c1")
    assert result.exit_code == 3
    assert "replay them as a whole" in result.stderr


def test_a_late_fact_writes_only_the_rows_it_moves(estate: Program) -> None:
    months = [(f"2025-{month:02}", "70") for month in range(2, 8)]
    assert estate.record(*(of("c1", each) for each in results(*months))).exit_code == 0
    late = fact("MitigationGranted", "2025-09-01", kpi="K", first_period="2025-06", last_period="2025-06")
    with Ledger(estate.path) as ledger:
        record(ledger, Reading([Proposed(of("c1", late))]), estate.clock)
        change(estate, "CREATE TABLE written (period TEXT)", *map(noting, ("insert", "update", "delete")))
        catch_up(ledger, estate.clock)
    assert query(estate, "SELECT DISTINCT period FROM written ORDER BY 1") == [("2025-06",), ("2025-07",)]
    assert is_whole(estate)


def noting(act: str) -> str:
    """Return what makes a trigger that notes the period of each row written."""
    row = "OLD" if act == "delete" else "NEW"
    return (
        f"CREATE TRIGGER noted_{act} AFTER {act} ON cell_versions BEGIN INSERT INTO written VALUES ({row}.period); END"
    )
