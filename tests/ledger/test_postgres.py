"""A ledger in a database is the ledger that a file would be, and its database takes nothing but the next fact."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from cli.demo import load_sample
from cli.main import Settings
from ledger import machine
from ledger.faults import LedgerUnusable
from ledger.judgement import Proposed, Reading
from ledger.ledger_database import database_of
from ledger.location import place_of
from ledger.recording import record
from ledger.store import Ledger
from ledger.verify import verify
from tests.conftest import Program
from tests.given import contract, kpi, submitted
from tests.postgres import client_programs
from tests.postgres import database as new_database
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.row import Row

_HASH = "decode(repeat('00', 32), 'hex')"
_NEXT = '{"position":4,"fact":{"id":"n","contract":"c"}}'


@pytest.fixture
def begun(database: str) -> Iterator[Ledger]:
    """A ledger in a database, with three facts."""
    with Ledger(place_of(database), create=True, wait_seconds=5) as ledger:
        facts = [contract(), kpi(), submitted("2025-01", "95", id="mine", note="as told")]
        record(ledger, Reading([Proposed(each) for each in facts]), TickingClock())
        yield ledger


def as_owner(database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(database, autocommit=True)


def insert(position: int = 4, id_: str = "n", version: int = 3, state: str = _NEXT, leaf: str = _HASH) -> str:
    """Return the statement that takes a fact past the program."""
    state = state.replace("'", "''")
    return (
        "INSERT INTO contract_ledger.facts VALUES "
        f"({position}, '{id_}', 'c', {version}, 't', convert_to('{state}', 'UTF8'), {leaf}, {_HASH})"
    )


TAMPERING = [
    "UPDATE contract_ledger.facts SET state = 'x' WHERE position = 1",
    "UPDATE contract_ledger.facts SET state = 'x' WHERE position = 99",
    "DELETE FROM contract_ledger.facts",
    "TRUNCATE contract_ledger.facts CASCADE",
    "TRUNCATE contract_ledger.head",
    "DELETE FROM contract_ledger.head",
    "INSERT INTO contract_ledger.head VALUES (9)",
    "UPDATE contract_ledger.head SET position = 9",
    insert(position=9),
    insert(position=3),
    insert(),
    insert(id_="mine", version=4, state=_NEXT.replace('"n"', '"mine"')),
    insert(version=4, state=_NEXT.replace("4", '"4"')),
    insert(version=4, state=_NEXT.replace('"c"', '"d"')),
    insert(version=4, state="[]"),
    insert(version=4, leaf="'\\x00'"),
    f"{insert(position=1, version=1)} ON CONFLICT DO NOTHING",
    f"{insert(version=4)} ON CONFLICT (id) DO UPDATE SET state = 'x'",
]


def test_a_database_refuses_every_change_but_the_next_fact(begun: Ledger, database: str) -> None:
    before = begun.history("c")
    refusals = r"only the next fact|never edited|never deleted|the head follows the facts"
    with as_owner(database) as connection:
        for statement in TAMPERING:
            with pytest.raises(psycopg.Error, match=refusals):
                connection.execute(statement.encode())
    assert begun.history("c") == before
    assert verify(begun).problems == []


def test_what_is_taken_past_the_program_moves_the_head_and_is_found(begun: Ledger, database: str) -> None:
    with as_owner(database) as connection:
        connection.execute(insert(version=4).encode())
        assert connection.execute("SELECT position FROM contract_ledger.head").fetchone() == (4,)
    assert "position 4: the fact was changed: it is not what the tree has a leaf of, and does not read back" in (
        verify(begun).problems
    )


UNGUARDED = {
    "DROP TRIGGER facts_no_update ON contract_ledger.facts": "facts_no_update no longer guards the facts",
    "ALTER TABLE contract_ledger.facts DISABLE TRIGGER facts_no_delete": "facts_no_delete no longer guards the facts",
    "ALTER TABLE contract_ledger.facts ENABLE TRIGGER facts_next_only": "facts_next_only no longer guards the facts",
    "CREATE OR REPLACE FUNCTION contract_ledger.facts_next_only() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NEW; END'": "facts_next_only no longer guards the facts",
    "ALTER FUNCTION contract_ledger.next_position() SECURITY INVOKER": "next_position no longer guards the facts",
    "DROP TRIGGER head_stays ON contract_ledger.head": "head_stays no longer guards the facts",
    "CREATE RULE gone AS ON INSERT TO contract_ledger.texts DO INSTEAD NOTHING": (
        "the table texts is not as the ledger makes it"
    ),
    "ALTER TABLE contract_ledger.facts ENABLE ROW LEVEL SECURITY": "the table facts is not as the ledger makes it",
    "ALTER TABLE contract_ledger.facts ALTER topic DROP NOT NULL": "the table facts is not as the ledger makes it",
    "ALTER TABLE contract_ledger.facts DROP CONSTRAINT facts_id_key": (
        "the index facts_id_key is not as the ledger makes it"
    ),
    "ALTER TABLE contract_ledger.texts DISABLE TRIGGER ALL": (
        "the link between the tables is not as the ledger makes it"
    ),
    "CREATE TABLE contract_ledger.more () INHERITS (contract_ledger.facts)": (
        "child more, which the ledger did not make, stands over the facts"
    ),
    "CREATE TRIGGER more BEFORE INSERT ON contract_ledger.facts EXECUTE FUNCTION contract_ledger.facts_no_update()": (
        "more, which the ledger did not make, stands over the facts"
    ),
    "CREATE INDEX more ON contract_ledger.facts (topic)": (
        "index more, which the ledger did not make, stands over the facts"
    ),
    "CREATE FUNCTION contract_ledger.more() RETURNS int LANGUAGE sql AS 'SELECT 1'": (
        "function more, which the ledger did not make, stands over the facts"
    ),
    "ALTER TABLE contract_ledger.facts SET UNLOGGED": "the table facts is not as the ledger makes it",
}


@pytest.mark.parametrize("statement", UNGUARDED)
def test_a_guard_that_is_gone_is_named_and_nothing_is_recorded(begun: Ledger, database: str, statement: str) -> None:
    with as_owner(database) as connection:
        if "UNLOGGED" in statement:
            connection.execute("ALTER TABLE contract_ledger.texts SET UNLOGGED")
        connection.execute(statement.encode())
    assert UNGUARDED[statement] in verify(begun).problems
    with pytest.raises(LedgerUnusable, match="run `contract-ledger verify`"):
        record(begun, Reading([Proposed(submitted("2025-02", "1"))]), TickingClock())
    assert begun.head() == 3


def test_an_index_that_lacks_a_fact_is_named(begun: Ledger, database: str) -> None:
    of_index = "UPDATE pg_index SET indisready = %s WHERE indexrelid = 'contract_ledger.facts_id_key'::regclass"
    with as_owner(database) as connection:
        connection.execute("ALTER TABLE contract_ledger.facts DISABLE TRIGGER facts_no_update")
        connection.execute(of_index, (False,))
        connection.execute("UPDATE contract_ledger.facts SET id = 'other' WHERE position = 2")
        connection.execute(of_index, (True,))
        connection.execute("ALTER TABLE contract_ledger.facts ENABLE ALWAYS TRIGGER facts_no_update")
    lacks = "the index facts_id_key does not have each fact as the table has it; see REINDEX"
    assert verify(begun).problems == ["position 2: the fact c:K is filed under the id other", lacks]


def test_a_call_of_many_large_facts_is_taken_at_once(database: str) -> None:
    with Ledger(place_of(database), create=True) as ledger:
        facts = [
            contract(),
            kpi(),
            *(submitted("2025-01", "95", id=f"f{each}", note="x" * 500) for each in range(20_000)),
        ]
        taken = ledger.append(facts, 0, {}, datetime(2026, 1, 5, tzinfo=UTC))
        assert (ledger.head(), len(taken)) == (20_002, 20_002)
        sizes = [len(row.state) + len(row.opened or "") for row in ledger.rows_since(2)]
        assert min(sizes) > 600
        assert len(set(ledger.leaves())) == 20_002


_MAKES = "import sys; from ledger.location import place_of; from ledger.store import Ledger\n"
_MAKES += "with Ledger(place_of(sys.argv[1]), create=True) as ledger: print(ledger.head())"


def test_many_programs_that_start_at_once_make_one_ledger(database: str) -> None:
    command = [sys.executable, "-c", _MAKES, database]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert [each.communicate(timeout=60)[0] for each in started] == ["0\n"] * 8
    with Ledger(place_of(database)) as ledger:
        assert verify(ledger).problems == []


def test_no_connection_is_left_open(database: str) -> None:
    program = Program(database)
    program.record(contract(), kpi(), submitted("2025-01", "95"))
    assert program.record(submitted("2025-01", "94").model_copy(update={"kpi": "nothing"})).exit_code == 2
    for command in (("status",), ("replay",), ("replay", "--check"), ("verify",), ("rag", "c"), ("rag", "nothing")):
        program.run(*command)
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contract-ledger' AND datname = %s"
        assert connection.execute(asked, (connection.info.dbname,)).fetchone() == (0,)


def test_a_server_that_does_not_wait_for_the_disk_is_made_to(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET synchronous_commit = off'.encode())
    with Ledger(place_of(database), create=True) as ledger:
        assert ledger.storage.select("SHOW synchronous_commit") == [("on",)]


def test_the_same_requests_give_the_same_ledger_in_a_file_and_in_a_database(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "new_salts", lambda: repeat(bytes(16)))
    with psycopg.connect(database) as connection:
        user = connection.info.user
    monkeypatch.setattr(machine, "user", lambda: user)
    monkeypatch.setattr(Ledger, "new_id", staticmethod(lambda: "f-october"))
    file, base = Program(tmp_path / "ledger.db"), Program(database)
    css = "lincolnshire-css"
    requests = (
        ("publish", css, "--as-at", "2017-10-26", "--meeting", "2017-11-02", "--report", "october", "--by", "LCC"),
        ("rag", css, "--format", "json"),
        ("summary", css, "--format", "json"),
        ("abatement", css, "--format", "json", "--as-at", "2017-07-27"),
        ("trail", css, "PM_KPI_06", "--format", "json"),
        ("diff", css, "--from", "2017-07-27", "--to", "2017-10-26", "--format", "json"),
        ("reports", css, "--format", "json"),
        ("report", css, "october", "--format", "json"),
        ("head",),
        ("export",),
        ("replay", "--check"),
        ("verify", "--deep"),
    )
    for program in (file, base):
        load_sample(Settings(location=program.location, clock=program.clock))
    for request in requests:
        told = [program.run(*request) for program in (file, base)]
        assert told[0].stdout == told[1].stdout, request
        assert told[0].exit_code == told[1].exit_code == 0, told[1].output
    with Ledger(place_of(file.location)) as one, Ledger(place_of(base.location)) as other:
        rows: list[list[Row]] = [list(each.rows_since(0)) for each in (one, other)]
    assert rows[0] == rows[1]


def test_erased_text_is_gone_from_the_database_and_nothing_else_changes(database: str) -> None:
    program = Program(database)
    program.record(contract(), kpi(), submitted("2025-01", "95", id="told", note="Jane Doe told us"))
    head = program.done("head").stdout
    result = program.done("erase", "c", "--text", "told=note", "--reason", "asked", "--by", "A")
    assert "The server's own log" in result.stderr
    program.done("verify", "--head", head.strip())
    with psycopg.connect(database) as connection:
        texts = connection.execute("SELECT opened FROM contract_ledger.texts").fetchall()
    assert "Jane Doe" not in str(texts)


UNUSABLE = {
    "postgresql://officer:hush@127.0.0.1:1/team": "no server answers there",
    "postgresql://officer:hush@no.such.host.invalid/team": "no such host is known",
    "postgresql://officer:hu@sh@127.0.0.1:1/team": "write @ as %40",
    "postgresql://officer:hu/sh@127.0.0.1:1/team": "write @ as %40",
    "postgresql://officer:hu#sh@127.0.0.1:1/team": "write @ as %40",
    "postgresql://officer:hush@127.0.0.1:1/": "names no database",
    "postgresql://127.0.0.1:1/team?password=hush&connect_timeout=1": "no server answers there",
    "postgresql://officer:hush@127.0.0.1:1/team?nonsense=hush": "",
}


@pytest.mark.parametrize("url", UNUSABLE)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence_without_the_password(url: str) -> None:
    for command in (("status",), ("record", "-")):
        result = Program(url).run(*command, given=b"")
        assert result.exit_code == 3
        assert UNUSABLE[url] in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert "hush" not in result.output.replace("nonsense=hush", "")
        assert "hu@sh" not in result.output


def test_a_database_without_a_ledger_and_one_of_another_program_are_told_apart(database: str) -> None:
    program = Program(database)
    assert "there is no ledger in" in program.run("status").stderr
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA contract_ledger")
    for command in (("status",), ("record", "-")):
        assert "the schema contract_ledger is another program's" in program.run(*command, given=b"").stderr
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("COMMENT ON SCHEMA contract_ledger IS 'contract-ledger, format 1'")
    assert "made by another version of this program (format 1, not 2)" in program.run("status").stderr


def test_a_database_or_a_user_that_is_not_there_is_named(database: str) -> None:
    nowhere = database.replace("/test-", "/nowhere-")
    assert "the server has no such database; make it first, with createdb" in Program(nowhere).run("status").stderr


def test_a_database_prints_without_its_password() -> None:
    place = database_of("postgresql://officer:hush@db.example/team?sslmode=require&password=hush")
    assert str(place) == "postgresql://officer@db.example/team?sslmode=require"
    assert "hush" not in repr(place)


def test_copies_of_a_database_are_left_to_its_own_tools(database: str, tmp_path: Path) -> None:
    program = Program(database)
    program.record(contract(), kpi())
    for command in ("backup", "restore"):
        result = program.run(command, str(tmp_path / "copy.db"))
        assert (result.exit_code, "copy it with pg_dump" in result.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_dump_brings_the_same_ledger_back_with_its_guards(database: str, postgres: str, tmp_path: Path) -> None:
    program = Program(database)
    program.record(contract(), kpi(), submitted("2025-01", "95", note="as told"))
    tools, dump = client_programs(), str(tmp_path / "ledger.dump")
    asked = ["--format", "custom", "--schema", "contract_ledger", "--file", dump, database]
    subprocess.run([tools / "pg_dump", *asked], check=True)
    with new_database(postgres, f"test-{uuid4()}") as elsewhere:
        subprocess.run([tools / "pg_restore", "--exit-on-error", "--dbname", elsewhere, dump], check=True)
        copy = Program(elsewhere, program.clock)
        assert copy.done("verify").stdout == program.done("verify").stdout
        copy.done("replay", "--check")
        assert copy.record(submitted("2025-02", "96")).exit_code == 0
        copy.done("verify")


def test_a_ledger_in_a_file_needs_nothing_of_postgresql() -> None:
    script = "import sys, cli.main, ledger.store, projections.replay; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
