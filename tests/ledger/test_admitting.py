"""Who is admitted to a ledger in a database may do what they were admitted to, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.conftest import Program
from tests.given import contract, kpi, submitted

if TYPE_CHECKING:
    from collections.abc import Iterator

_HASHES = "decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')"


def as_user(url: str, user: str) -> str:
    """Return the URL of a database as another user, with the password that is theirs."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:hush@{parts.netloc.rpartition('@')[2]}"))


@pytest.fixture
def owner(database: str) -> Program:
    """The command line of who made the ledger."""
    program = Program(database)
    program.record(contract(), kpi(), submitted("2025-01", "95", note="as told"))
    return program


@pytest.fixture
def user(database: str) -> Iterator[str]:
    """A role that may log in, and nothing else."""
    name = f"clerk-{uuid4()}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'hush'").format(Identifier(name)))
        yield name
        connection.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
        connection.execute(SQL("DROP ROLE {}").format(Identifier(name)))


@pytest.fixture
def clerk(owner: Program, user: str) -> Program:
    """The command line of another user of the database."""
    return Program(as_user(owner.location, user), owner.clock)


def test_nobody_else_may_read_or_record_before_they_are_admitted(clerk: Program) -> None:
    for command in (("status",), ("record", "-")):
        result = clerk.run(*command, given=b"")
        assert result.exit_code == 3
        assert "you have no right to do this; ask its owner to `admit` you" in result.stderr
        assert "hush" not in result.output


def test_who_is_admitted_to_record_records_under_their_own_name(owner: Program, clerk: Program, user: str) -> None:
    owner.done("admit", user, "--to", "record")
    assert clerk.record(submitted("2025-02", "90", note="theirs")).exit_code == 0
    clerk.done("verify")
    clerk.done("replay", "--check")
    clerk.done("replay")
    with psycopg.connect(owner.location) as connection:
        (state,) = connection.execute("SELECT state FROM contract_ledger.facts WHERE position = 4").fetchone() or (b"",)
    assert json.loads(state)["recorded_by"] == user
    owner.done("replay", "--check")
    owner.done("replay")
    assert clerk.record(submitted("2025-03", "91")).exit_code == 0
    clerk.done("replay", "--check")


def test_who_is_admitted_to_read_reads_and_cannot_record(owner: Program, clerk: Program, user: str) -> None:
    owner.done("admit", user, "--to", "read")
    clerk.done("verify")
    clerk.done("replay", "--check")
    assert clerk.json("rag", "c")["rows"] == owner.json("rag", "c")["rows"]
    result = clerk.record(submitted("2025-02", "90"))
    assert result.exit_code == 3
    assert f"{user} may not record in this ledger; ask its owner to `admit` {user}" in result.stderr
    result = clerk.run("replay")
    assert (result.exit_code, "read-only" in result.stderr) == (3, True)
    with psycopg.connect(clerk.location) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"INSERT INTO contract_ledger.facts VALUES (4, 'n', 'c', 4, 't', '{{}}', {_HASHES})")
    with psycopg.connect(clerk.location) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT contract_ledger.next_position()")


_FORBIDDEN = [
    "UPDATE contract_ledger.facts SET state = 'x'",
    "DELETE FROM contract_ledger.facts",
    "TRUNCATE contract_ledger.facts CASCADE",
    "DELETE FROM contract_ledger.texts",
    "TRUNCATE contract_ledger.texts",
    "UPDATE contract_ledger.head SET position = 0",
    "DELETE FROM contract_ledger.head",
    "ALTER TABLE contract_ledger.facts ADD COLUMN more text",
    "ALTER TABLE contract_ledger.facts DISABLE TRIGGER ALL",
    "ALTER TABLE contract_ledger.facts DISABLE TRIGGER facts_no_update",
    "DROP TRIGGER facts_no_update ON contract_ledger.facts",
    "DROP TABLE contract_ledger.facts CASCADE",
    "CREATE TABLE contract_ledger.more (one int)",
    "CREATE TRIGGER more BEFORE INSERT ON contract_ledger.facts EXECUTE FUNCTION contract_ledger.facts_no_update()",
    "CREATE OR REPLACE FUNCTION contract_ledger.next_position() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION contract_ledger.facts_next_only() SECURITY DEFINER",
    "SET session_replication_role = replica",
    "COMMENT ON SCHEMA contract_ledger IS 'mine'",
    "INSERT INTO contract_ledger.facts SELECT * FROM contract_ledger.facts ON CONFLICT DO NOTHING",
    f"INSERT INTO contract_ledger.facts VALUES (9, 'n', 'c', 4, 't', '{{}}', {_HASHES})",
]


def test_who_records_cannot_get_round_the_guards(owner: Program, clerk: Program, user: str) -> None:
    owner.done("admit", user, "--to", "record")
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UniqueViolation)
    with psycopg.connect(clerk.location, autocommit=True) as connection:
        for statement in _FORBIDDEN:
            with pytest.raises(refused):
                connection.execute(statement.encode())
        connection.execute("GRANT DELETE ON contract_ledger.facts TO PUBLIC")  # the server warns, and grants nothing
        with pytest.raises(refused):
            connection.execute("DELETE FROM contract_ledger.facts")
    owner.done("verify")


def test_what_was_given_can_be_withdrawn(owner: Program, clerk: Program, user: str) -> None:
    owner.done("admit", user, "--to", "record")
    owner.done("admit", user, "--to", "read")
    assert clerk.record(submitted("2025-02", "90")).exit_code == 3
    clerk.done("status")
    owner.done("admit", user, "--to", "nothing")
    assert clerk.run("status").exit_code == 3


def test_only_the_owner_admits_and_only_to_what_there_is(owner: Program, clerk: Program, user: str) -> None:
    owner.done("admit", user, "--to", "record")
    result = clerk.run("admit", user, "--to", "read")
    assert (result.exit_code, "only its owner may admit others" in result.stderr) == (3, True)
    assert (
        owner.run("admit", user, "--to", "write").stderr == '--to: found "write"; give one of record, read, nothing\n'
    )
    result = owner.run("admit", "nobody-there", "--to", "read")
    assert result.stderr == 'ROLE: the server has no role "nobody-there"; make it first, with createuser\n'
    named = urlsplit(owner.location).username or ""
    assert "may do everything" in owner.run("admit", named, "--to", "read").stderr


def test_a_file_admits_by_its_own_rights(program: Program) -> None:
    program.record(contract(), kpi())
    result = program.run("admit", "clerk", "--to", "read")
    assert (result.exit_code, "whoever may write the file may record in it" in result.stderr) == (2, True)
