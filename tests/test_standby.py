"""Auditors read a standby of the database: what they see is the ledger up to a fact, and nothing of theirs is written.

When the standby takes the primary's place, a head that was kept tells whether anything acknowledged was lost.
"""

from __future__ import annotations

import json
from copy import copy
from threading import Thread
from typing import TYPE_CHECKING

import psycopg
import pytest

from ledger.judgement import Proposed, Reading
from ledger.location import place_of
from ledger.proof import Frontier, Hash, leaf_hash
from ledger.recording import record
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.freshness import Freshness, how_kept
from tests.conftest import Program
from tests.given import contract, fact, kpi, results
from tests.postgres import NAMED_BY, database, server
from tests.standby import Server, server_at, standby, value, wait_for
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.facts import AnyFact

BEGUN, FILES, FACTS_OF_ONE = 6, 16, 10


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    """Return a server of our own: one that somebody named has standbys that are not ours to promote."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv(NAMED_BY, raising=False)
        with server() as url:
            yield server_at(url)


@pytest.fixture
def office(primary: Server) -> Iterator[Program]:
    """Return the command line of those who record, over a ledger of one contract."""
    with database(primary.url, "office") as url:
        program = Program(url)
        assert program.record(contract(), kpi(), *results(("2025-01", "70"), ("2025-02", "95"))).exit_code == 0
        yield program


@pytest.fixture(scope="module")
def follower(primary: Server) -> Iterator[Server]:
    """Return a standby that follows the server."""
    with standby(primary) as found:
        yield found


@pytest.fixture
def auditor(office: Program, primary: Server, follower: Server) -> Program:
    """Return the command line of an auditor at the standby, which has caught up."""
    wait_for(follower, primary)
    return Program(follower.of(office.location), copy(office.clock))


def refusals(follower: Server) -> list[str]:
    """Return what a standby has refused, from its log: it refuses whatever would write."""
    return [line for line in (follower.folder / "standby.log").read_text().splitlines() if "ERROR" in line]


READ = (
    ("contracts",),
    ("rag",),
    ("rag", "c"),
    ("summary", "c"),
    ("abatement", "c"),
    ("credits", "c"),
    ("trail", "c", "K", "2025-01"),
    ("explain", "c", "K", "2025-01"),
    ("diff", "c", "--from", "2025-02-10", "--to", "2025-02-28"),
    ("month", "c"),
    ("late", "c"),
)


def test_an_auditor_reads_and_checks_at_the_standby_and_nothing_there_tries_to_write(
    office: Program, auditor: Program, follower: Server
) -> None:
    for asked in READ:
        assert auditor.json(*asked) == office.json(*asked), asked
    for asked in (("verify", "--deep"), ("replay", "--check"), ("export",), ("head",)):
        here, there = auditor.done(*asked), office.done(*asked)
        assert (here.stdout, here.stderr) == (there.stdout, there.stderr)
    assert "kept tables: current (at position 6, as the facts are)" in auditor.done("status").stdout
    for asked in (("replay",), ("replay", "c"), ("replay", "--workers", "2")):
        refused = auditor.run(*asked)
        assert refused.exit_code == 3
        assert "is read-only; its kept tables cannot be written" in refused.stderr
    more = json.dumps(file_of(0)[0].model_dump(mode="json", by_alias=True, exclude_none=True)).encode()
    refused = auditor.run("record", "-", given=more)
    assert refused.exit_code == 3
    assert "this is a standby, which is only read; record at its primary" in refused.stderr
    assert refusals(follower) == [], "what would write says so without asking the server"


def file_of(number: int) -> list[AnyFact]:
    """Return one file of facts; every other moves a cell."""
    moving = results((f"2025-{number // 2 + 3:02d}", "70")) if number % 2 else []
    counted = {"series": "calls", "period": "2025-01", "received": 9, "resolved": 8, "outstanding": 1}
    rest = FACTS_OF_ONE - len(moving)
    return moving + [fact("CountsReported", category=f"{number}-{each}", **counted) for each in range(rest)]


def walked(ledger: Ledger) -> tuple[int, Hash]:
    """Return how many facts a ledger has without a gap, and the root of the tree that they give."""
    tree = Frontier()
    for row in ledger.rows_since(0):
        assert (row.position, leaf_hash(row.content())) == (tree.size + 1, row.leaf)
        tree.append(row.leaf)
    return tree.size, tree.root()


def test_what_an_auditor_sees_while_others_record_is_whole_files_up_to_a_position(
    office: Program, auditor: Program, primary: Server, follower: Server
) -> None:
    def record_all() -> None:
        with Ledger(place_of(office.location)) as ledger:
            for number in range(FILES):
                record(ledger, Reading([Proposed(each) for each in file_of(number)]), TickingClock())
                catch_up(ledger, TickingClock())

    seen = {}
    recording = Thread(target=record_all)
    recording.start()
    try:
        while recording.is_alive():
            with Ledger(place_of(auditor.location)) as ledger:
                facts, root = walked(ledger)
                assert (facts - BEGUN) % FACTS_OF_ONE == 0
                seen[facts] = root
                assert how_kept(ledger).freshness in (Freshness.CURRENT, Freshness.BEHIND)
    finally:
        recording.join()
    assert list(seen) == sorted(seen)
    assert len(seen) > 1, "the auditor looked while others recorded"
    with Ledger(place_of(office.location)) as ledger:
        assert {facts: ledger.root_at(facts) for facts in seen} == seen
    wait_for(follower, primary)
    assert auditor.done("head").stdout == office.done("head").stdout
    assert f"{BEGUN + FILES * FACTS_OF_ONE} facts" in auditor.done("verify").stderr
    assert refusals(follower) == []


def cut_off(follower: Server) -> None:
    """Let a standby hear no more of its primary, as when the line between them is down."""
    with psycopg.connect(follower.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
        connection.execute("SELECT pg_reload_conf()")
    while value(follower.url, "SELECT count(*) FROM pg_stat_wal_receiver"):
        pass


def test_heads_that_were_kept_tell_what_a_standby_that_takes_over_has_and_what_it_lost(
    office: Program, primary: Server, tmp_path: Path
) -> None:
    earlier, later = tmp_path / "earlier.txt", tmp_path / "later.txt"
    assert office.record(*file_of(1)).exit_code == 0
    earlier.write_text(office.done("head").stdout)
    with standby(primary) as successor:
        wait_for(successor, primary)
        cut_off(successor)
        assert office.record(*file_of(2)).exit_code == 0
        later.write_text(office.done("head").stdout)
        successor.control("promote")
        promoted = Program(successor.of(office.location), office.clock)

        assert promoted.done("verify", "--head", str(earlier)).stderr
        lost = promoted.run("verify", "--head", str(later))
        assert lost.exit_code == 1
        assert "26" in lost.stdout

        assert promoted.record(*file_of(3), *file_of(5)).exit_code == 0
        verified = promoted.done("verify", "--deep", "--head", str(earlier))
        assert "An extension of the kept head of 16 facts; 20 facts taken since." in verified.stderr
        other = promoted.run("verify", "--head", str(later))
        assert other.exit_code == 1
        assert "not what they were under the kept head of 26 facts" in other.stdout
        promoted.done("replay", "--check")
        promoted.done("replay")
