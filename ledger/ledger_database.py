"""A ledger in a PostgreSQL database: where it is, without its password, and sentences for what the server says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from eventsourcing.persistence import PersistenceError

from ledger.faults import LedgerUnusable
from ledger.postgres_connections import SCHEMA, Connection, connect
from ledger.postgres_tables import FORMAT, MARK

_ASK_MARK = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
_NOT_A_URL = "give postgresql://USER@HOST/DATABASE; write @ as %40, / as %2F and : as %3A in a user or a password"


@dataclass(frozen=True, slots=True)
class Database:
    """Where a ledger is in a server. It prints as its URL without the password."""

    url: str = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name


def database_of(location: str) -> Database:
    """Return the database that a URL names.

    Raises:
        LedgerUnusable: if it is not the URL of one. The sentence repeats nothing that might be a part of a password.
    """
    try:
        parts = urlsplit(location)
        _ = parts.port
    except ValueError:
        raise LedgerUnusable(f"the URL of the ledger cannot be read; {_NOT_A_URL}") from None
    user, _, _ = parts.netloc.rpartition("@")[0].partition(":")
    asked = parse_qsl(parts.query, keep_blank_values=True)
    told = [(key, value) for key, value in asked if "password" not in key]
    if parts.netloc.count("@") > 1 or "@" in parts.path or parts.fragment or not parts.path.strip("/"):
        raise LedgerUnusable(f"the URL of the ledger names no database; {_NOT_A_URL}")
    netloc = f"{user}@{parts.netloc.rpartition('@')[2]}" if user else parts.netloc.rpartition("@")[2]
    name = urlunsplit(("postgresql", netloc, parts.path, urlencode(told, safe="/"), ""))
    return Database(location, name if netloc else name.replace("postgresql:", "postgresql://", 1))


def opened(database: Database, wait_seconds: int) -> Connection:
    """Open a connection to a database.

    Raises:
        LedgerUnusable: if the server cannot be reached, or does not let us in.
    """
    with guarded(database):
        return connect(database.url, wait_seconds)


def mark(connection: Connection) -> str | None:
    """Return the mark of what made the schema of a ledger: empty if it has none, None if there is no such schema."""
    found = connection.execute(_ASK_MARK, (SCHEMA,)).fetchone()
    return (found[0] or "") if found else None


def check_mark(database: Database, found: str | None) -> None:
    """Refuse a database without a ledger, or with one of another program or format.

    Raises:
        LedgerUnusable: saying which.
    """
    if found is None:
        raise LedgerUnusable(f"there is no ledger in {database} yet; `register` makes one, or name yours with --ledger")
    if not found.startswith(MARK):
        raise LedgerUnusable(
            f"{database}: the schema {SCHEMA} is another program's, not a ledger; name another database with --ledger"
        )
    if found != f"{MARK}{FORMAT}":
        form = found.removeprefix(MARK)
        raise LedgerUnusable(
            f"{database} was made by another version of this program (format {form}, not {FORMAT}); "
            "`export` it with that version, and `record` the lines in a new ledger"
        )


def is_there(database: Database) -> bool:
    """Say whether a database has something that may be a ledger."""
    connection = opened(database, 10)
    with guarded(database), connection:
        return mark(connection) is not None


def refuse_new(database: Database) -> None:
    """Refuse a database in which no ledger can be made.

    Raises:
        LedgerUnusable: if its user may not make one, or it does not keep Unicode.
    """
    connection = opened(database, 10)
    with guarded(database), connection:
        may, encoding, user = connection.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'), current_setting('server_encoding'), "
            "session_user"
        ).fetchone() or (False, "", "")
    if not may:
        raise LedgerUnusable(f"{database}: {user} may not make a ledger there; its owner registers the first contract")
    if encoding != "UTF8":
        raise LedgerUnusable(f"{database} keeps its text as {encoding}; make the database with ENCODING 'UTF8'")


@contextmanager
def guarded(database: Database) -> Iterator[None]:
    """Turn what goes wrong below into a sentence about the ledger.

    Raises:
        LedgerUnusable: for whatever the database reports. No password is in it.
    """
    try:
        yield
    except (psycopg.Error, PersistenceError) as wrong:
        raise LedgerUnusable(f"{database}: {reason(str(wrong), database)}") from None


_SENTENCES = {
    "password authentication failed": "the server does not take this user and password; see that both are right",
    "no password supplied": "the server asks for a password; put it in the URL, in PGPASSWORD or in ~/.pgpass",
    "no pg_hba.conf entry": "the server lets nobody in from here; ask who runs it",
    "Peer authentication failed": "the server does not take you for this user; see that the user is right",
    "Connection refused": "no server answers there; see that it runs, and that the host and port are right",
    "No such file or directory": "no server answers there; see that it runs, and that the host and port are right",
    "could not translate host name": "no such host is known; see that the host is right",
    "failed to resolve host": "no such host is known; see that the host is right",
    "timeout expired": "no server answers there in time; see that it runs, and that the host and port are right",
    "connection is bad": "no server answers there; see that it runs, and that the host and port are right",
    "too many clients": "the server has as many users as it takes; try again when some are done",
    "remaining connection slots": "the server has as many users as it takes; try again when some are done",
    "lock timeout": "the ledger is locked by another program; try again when it is done",
    "permission denied": "you have no right to do this; ask its owner to `admit` you",
    "must be owner": "only its owner may do this",
    "read-only transaction": "the ledger is read-only; nothing can be recorded in it",
    "conflict with recovery": "the standby had to drop what was being read, to keep up with its primary; ask again",
    "server closed the connection": "the server went away; see that it runs, and try again",
    "terminating connection": "the server went away; see that it runs, and try again",
    "connection is closed": "the server went away; see that it runs, and try again",
    "No space left": "the server's disk is full; make room and try again",
    "could not extend file": "the server's disk is full; make room and try again",
}


def reason(report: str, database: Database) -> str:
    """Return the sentence for what a server reports."""
    if 'database "' in report and "does not exist" in report:
        return "the server has no such database; make it first, with createdb"
    if 'role "' in report and "does not exist" in report:
        return "the server has no such user; see that the user is right"
    if 'relation "' in report and "does not exist" in report:
        return "the ledger's tables are not all there; run `contract-ledger verify`"
    known = next((sentence for sign, sentence in _SENTENCES.items() if sign in report), None)
    return known or _without_password(report.partition("\n")[0], database)


def _without_password(report: str, database: Database) -> str:
    parts = urlsplit(database.url)
    secret = [value for key, value in parse_qsl(parts.query) if "password" in key]
    secret += [each for each in (parts.password, unquote(parts.password or "")) if each]
    for each in secret:
        report = report.replace(each, "***")
    return report
