"""The library's SQLite recorder over the ledger's own tables."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, islice
from time import monotonic, sleep
from typing import Any

from eventsourcing.persistence import PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
)

from ledger.row import FACTS, TEXTS, Row
from ledger.sqlite_tables import STATEMENTS

_OPENED = f"""(
    SELECT {FACTS}.position AS rowid, originator_id, originator_version, topic,
           CASE WHEN opened IS NULL THEN state ELSE CAST(state || char(10) || opened AS BLOB) END AS state
    FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
)"""
_MOST_ASKED = 500
_CACHE_KIB = 65_536
_PAUSE_SECONDS = 0.002
_ROWS_AT_ONCE = 100  # eight values a row: SQLite may have been built to take 999 in a statement


class SqliteFactRecorder(SQLiteApplicationRecorder):
    """The library's SQLite recorder over a table that only grows, with explicit positions and a tree."""

    def __init__(self, uri: str, wait_seconds: int) -> None:
        self._wait_seconds = wait_seconds
        self._pool = DurablePool(db_name=uri, lock_timeout=wait_seconds)
        datastore = SQLiteDatastore(uri, originator_id_type="text")
        datastore.pool = self._pool
        super().__init__(datastore, events_table_name=_OPENED)
        self.select_max_notification_id_statement = f"SELECT MAX(position) FROM {FACTS}"
        self._own = self._pool.connect()  # to look and record on: fetching one from the pool takes longer than a look
        self._own.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._own.execute("PRAGMA temp_store = MEMORY")  # what takes back half a statement, else kept in a file

    def close(self) -> None:
        """Close every connection."""
        self._own.close()
        self.datastore.close()

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the tables and what guards them."""
        return list(STATEMENTS)

    def select_by_fact_id(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the stored facts that have one of these ids."""
        with self.datastore.transaction(commit=False) as cursor:
            return _with_ids(cursor.sqlite_cursor, ids)

    def version(self) -> int:
        """Return what tells whether others write meanwhile.

        SQLite gives a connection another version of the data whenever another connection has changed the file.
        """
        return self._own.execute("PRAGMA data_version").fetchone()[0]  # type: ignore[no-any-return]  # a number

    def look(self, ids: Sequence[str]) -> tuple[int, int, list[StoredEvent]]:
        """Return the version, the last position, and the facts with one of these ids.

        What others record during the look itself changes the version for the next one.
        """
        version = self.version()
        (head,) = self._own.execute(self.select_max_notification_id_statement).fetchone()
        return version, head or 0, _with_ids(self._own.cursor(), ids) if head else []

    def begin(self) -> None:
        """Keep all others from writing until rows are taken, or that is given up.

        A transaction that an interrupt has left behind is taken back. SQLite looks whether it is its turn ten times a
        second, and is passed by those who write one fact after another; here it is asked more often.
        """
        self._own.rollback()
        self._own.execute("PRAGMA busy_timeout = 0")
        try:
            _wait_for(partial(self._own.execute, "BEGIN IMMEDIATE"), self._wait_seconds)
        finally:
            self._own.execute(f"PRAGMA busy_timeout = {self._wait_seconds * 1000}")

    def give_up(self) -> None:
        """Let others write; what was taken stays."""
        self._own.rollback()

    def take(self, rows: Iterable[Row], opened: Mapping[int, str]) -> None:
        """Take rows, and replace the texts of others, in one transaction that is on the disk when this returns."""
        if not self._own.in_transaction:
            self.begin()
        try:
            coming = iter(rows)
            while some := list(islice(coming, _ROWS_AT_ONCE)):
                _insert(self._own, some)
            if opened:
                replacing = f"UPDATE {TEXTS} SET opened = ? WHERE position = ?"
                self._own.executemany(replacing, [(text, at) for at, text in opened.items()])
            self._own.execute("COMMIT")  # which is kept prepared, as what `with` commits by is not
        except BaseException:
            self._own.rollback()
            raise

    def select(self, statement: str, *parameters: object) -> list[Any]:
        """Return what a statement selects."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()  # type: ignore[no-any-return]  # the library does not say

    def each(self, statement: str, *parameters: object) -> Iterator[Any]:
        """Yield what a statement selects, one after another, all as it is at one moment."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            while (row := cursor.fetchone()) is not None:
                yield row


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert rows, those of a table with one statement.

    The driver seeks an adapter for each value of bytes, which takes longer than to copy it to an array of bytes.
    """
    values = [
        value
        for position, id_, contract, version, kind, state, leaf, subtree, _ in rows
        for value in (position, id_, contract, version, kind, bytearray(state), bytearray(leaf), bytearray(subtree))
    ]
    if connection.execute(_insertion(FACTS, 8, len(rows)), values).rowcount != len(rows):
        raise PersistenceError("the ledger did not take the facts; run `contract-ledger verify`")
    if texts := [(row.position, row.opened) for row in rows if row.opened]:
        connection.execute(_insertion(TEXTS, 2, len(texts)), list(chain.from_iterable(texts)))


@lru_cache
def _insertion(table: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * rows)}"


def _with_ids(cursor: sqlite3.Cursor, ids: Sequence[str]) -> list[StoredEvent]:
    found = []
    for first in range(0, len(ids), _MOST_ASKED):
        some = ids[first : first + _MOST_ASKED]
        cursor.execute(f"SELECT position FROM {FACTS} WHERE id IN ({', '.join('?' * len(some))})", some)
        for (position,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {_OPENED} WHERE rowid = ?", (position,))
            row = cursor.fetchone()
            found.append(StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"]))
    return found


class DurablePool(SQLiteConnectionPool):
    """Connections that wait for the disk before they acknowledge.

    They keep what they have prepared: the library's keep one statement, and an insertion is prepared with its guards.
    """

    def connect(self) -> sqlite3.Connection:
        """Return a connection that the pool does not have."""
        connection = sqlite3.connect(
            self.db_name, uri=True, timeout=self.lock_timeout or 0, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # a copy has no log until it is used
            keep_a_log(connection, self.lock_timeout or 0)
        for each in ("synchronous = FULL", "recursive_triggers = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {each}")
        return connection

    def _create_connection(self) -> SQLiteConnection:
        return SQLiteConnection(self.connect(), self.max_age)


def keep_a_log(connection: sqlite3.Connection, wait_seconds: float) -> None:
    """Let a database have a log beside it. SQLite does not wait for others who do the same; here they are waited for.

    Raises:
        sqlite3.OperationalError: if others have it for longer than one waits.
    """
    _wait_for(partial(connection.execute, "PRAGMA journal_mode = WAL"), wait_seconds)


def _wait_for(act: Callable[[], object], seconds: float) -> None:
    """Do what SQLite refuses while others have the database, as soon as they do not."""
    until = monotonic() + seconds
    while True:
        try:
            act()
        except sqlite3.OperationalError as wrong:
            if "locked" not in str(wrong) or monotonic() >= until:
                raise
            sleep(_PAUSE_SECONDS)
        else:
            return
