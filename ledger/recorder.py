"""The library's SQLite recorder over the ledger's own tables; with `store`, all that imports eventsourcing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from eventsourcing.persistence import Mapper, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)
from eventsourcing.utils import Environment

from ledger import machine
from ledger.faults import LedgerUnusable
from ledger.proof import Hash
from ledger.state import canonical, read, written
from ledger.tables import FACTS, STATEMENTS, TEXTS

PAGE = 5000
_MOST_ASKED = 500
_OPENED = f"""(
    SELECT {FACTS}.position AS rowid, originator_id, originator_version, topic,
           CASE WHEN opened IS NULL THEN state ELSE CAST(state || char(10) || opened AS BLOB) END AS state
    FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
)"""
_INSERT_FACT = f"INSERT INTO {FACTS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TEXTS = f"INSERT INTO {TEXTS} VALUES (?, ?)"


class Row(NamedTuple):
    """A fact as its row keeps it, with its place in the tree: the columns of the table, and what opens its commitments.

    What is found may be of other types where somebody has tampered with it.
    """

    position: int
    id: str
    contract: str
    version: int
    kind: str
    state: bytes
    leaf: Hash
    subtree: Hash
    opened: str | None

    def content(self) -> bytes:
        """Return the bytes whose hash is the leaf."""
        return canonical(self.position, self.version, self.kind, self.contract, _as_bytes(self.state))


def _as_bytes(state: object) -> bytes:
    """Return the bytes of a column as it was found: tampering may have left text in it."""
    return state if isinstance(state, bytes) else str(state).encode()


class FactRecorder(SQLiteApplicationRecorder):
    """The library's SQLite recorder over a table that only grows, with explicit positions and a tree."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        super().__init__(datastore, events_table_name=_OPENED)
        self.select_max_notification_id_statement = f"SELECT MAX(position) FROM {FACTS}"

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the tables and what guards them."""
        return list(STATEMENTS)

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        opened: Mapping[int, str] | None = None,
        **_: Any,
    ) -> Sequence[int]:
        rows: Sequence[Row] = stored_events  # type: ignore[assignment]  # the ledger gives its own
        c.executemany(_INSERT_FACT, [row[:-1] for row in rows])
        c.execute(self.select_max_notification_id_statement)
        if c.fetchone()[0] != rows[-1].position:
            raise PersistenceError("the ledger did not take the facts; run `contract-ledger verify`")
        c.executemany(_INSERT_TEXTS, [(row.position, row.opened) for row in rows if row.opened])
        if opened:
            c.executemany(
                f"UPDATE {TEXTS} SET opened = ? WHERE position = ?", [(text, at) for at, text in opened.items()]
            )
        return [row.position for row in rows]

    def select_by_fact_id(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the stored facts that have one of these ids."""
        with self.datastore.transaction(commit=False) as cursor:
            return _with_ids(cursor, ids)

    def look(self, ids: Sequence[str]) -> tuple[object, int, list[StoredEvent]]:
        """Return what tells whether others write meanwhile, the last position, and the facts with one of these ids.

        SQLite gives a connection another version of the data whenever another connection has changed the file.
        """
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA data_version")
            version = (cursor.sqlite_cursor.connection, cursor.fetchone()[0])
            cursor.execute(self.select_max_notification_id_statement)
            return version, cursor.fetchone()[0] or 0, _with_ids(cursor, ids)

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


def _with_ids(cursor: SQLiteCursor, ids: Sequence[str]) -> list[StoredEvent]:
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
    """Connections that wait for the disk before they acknowledge."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        return connection


class LedgerFactory(SQLiteFactory):
    """The library's SQLite persistence over durable connections."""

    application_recorder_class: type[SQLiteApplicationRecorder] = FactRecorder

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        self.datastore.pool = DurablePool(
            db_name=self.datastore.pool.db_name, lock_timeout=self.datastore.pool.lock_timeout
        )


class FactMapper(Mapper[str]):
    """Between a fact in its envelope and a stored event; the stored topic is the kind of fact.

    A stored event's state is what is kept of a fact, then a line break and what opens its commitments.
    """

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored event of a recorded fact."""
        recorded = domain_event
        kept = written(recorded, machine.new_salt)
        opened = f"\n{kept.opened}".encode() if kept.opened else b""
        return StoredEvent(recorded.fact.contract, recorded.version, recorded.fact.kind, kept.state + opened)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the recorded fact of a stored event.

        Raises:
            LedgerUnusable: if it does not read back as a fact.
        """
        try:
            state, _, opened = stored_event.state.partition(b"\n")
            return read(state, opened.decode(), stored_event.originator_version)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            named = f"fact {stored_event.originator_version} of {stored_event.originator_id}"
            raise LedgerUnusable(f"{named} does not read back; run `contract-ledger verify`") from wrong
