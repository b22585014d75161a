"""The ledger: facts kept for ever in an append-only file. The only module that imports eventsourcing.

A stream holds the facts of one contract. The table refuses every change but the next fact: its
triggers bind whoever opens the file, not only this program.
"""

import getpass
import json
import operator
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Mapper, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)
from eventsourcing.utils import Environment

from ledger.facts import any_fact
from ledger.faults import LedgerUnusable
from ledger.location import check_file, guarded
from ledger.recorded import Recorded

TABLE = "facts"
APPLICATION_ID = 0x436C6564
_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
_PAGE = 5000
_ID_OF = "json_extract(CAST(state AS TEXT), '$.fact.id')"
_IS_MADE = "SELECT 1 FROM sqlite_master WHERE name = ?"
_MARK = f"PRAGMA application_id = {APPLICATION_ID}"
_TABLE_OF_FACTS = f"""
CREATE TABLE {TABLE} (
    originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,
    PRIMARY KEY (originator_id, originator_version)
)
"""
_NEXT_ONLY = f"""
CREATE TRIGGER facts_next_only BEFORE INSERT ON {TABLE}
WHEN NEW.rowid IS NOT (SELECT COALESCE(MAX(rowid), 0) + 1 FROM {TABLE})
  OR NEW.rowid IS NOT json_extract(CAST(NEW.state AS TEXT), '$.position')
  OR NEW.originator_id IS NOT json_extract(CAST(NEW.state AS TEXT), '$.fact.contract')
  OR NEW.originator_version IS NOT
     (SELECT COALESCE(MAX(originator_version), 0) + 1 FROM {TABLE} WHERE originator_id = NEW.originator_id)
  OR EXISTS (SELECT 1 FROM {TABLE} WHERE {_ID_OF} = json_extract(CAST(NEW.state AS TEXT), '$.fact.id'))
BEGIN SELECT RAISE(ABORT, 'a ledger takes only the next fact'); END
"""
_NO_UPDATE = f"""
CREATE TRIGGER facts_no_update BEFORE UPDATE ON {TABLE}
BEGIN SELECT RAISE(ABORT, 'a fact is never edited; record a void'); END
"""
_NO_DELETE = f"""
CREATE TRIGGER facts_no_delete BEFORE DELETE ON {TABLE}
BEGIN SELECT RAISE(ABORT, 'a fact is never deleted; record a void'); END
"""


GUARDS = {
    "facts_by_id": f"CREATE UNIQUE INDEX facts_by_id ON {TABLE} ({_ID_OF})",
    "facts_next_only": _NEXT_ONLY.strip(),
    "facts_no_update": _NO_UPDATE.strip(),
    "facts_no_delete": _NO_DELETE.strip(),
}


class Overtaken(Exception):  # noqa: N818 - not an error: the caller decides again
    """Another writer took the next position first."""


class FactRecorder(SQLiteApplicationRecorder):
    """The library's SQLite recorder, with explicit positions and a table that only grows."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        super().__init__(datastore, events_table_name=TABLE)
        self.insert_events_statement = (
            f"INSERT INTO {TABLE} (originator_id, originator_version, topic, state, rowid) VALUES (?, ?, ?, ?, ?)"
        )

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the table and what guards it."""
        return [_TABLE_OF_FACTS, *GUARDS.values(), _MARK]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], *, first_position: int = 1, **_: Any
    ) -> Sequence[int]:
        positions = range(first_position, first_position + len(stored_events))
        c.executemany(
            self.insert_events_statement,
            [
                (event.originator_id, event.originator_version, event.topic, event.state, position)
                for event, position in zip(stored_events, positions, strict=True)
            ],
        )
        return positions

    def select_by_fact_id(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the stored facts that have one of these ids."""
        found = []
        with self.datastore.transaction(commit=False) as cursor:
            for each in ids:
                cursor.execute(f"SELECT * FROM {TABLE} WHERE {_ID_OF} = ?", (each,))
                found += [
                    StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"])
                    for row in cursor.fetchall()
                ]
        return found

    def select_streams(self) -> list[str]:
        """Return the ids of the contracts that have facts, in order."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(f"SELECT DISTINCT originator_id FROM {TABLE} ORDER BY originator_id")
            return [row[0] for row in cursor.fetchall()]


class DurablePool(SQLiteConnectionPool):
    """Connections that wait for the disk before they acknowledge."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA recursive_triggers = ON")
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

    An old shape of a fact would be lifted to today's here, and nowhere else.
    """

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the row for a recorded fact."""
        recorded: Recorded = domain_event
        envelope = {
            "position": recorded.position,
            "recorded_at": _written(recorded.recorded_at),
            "recorded_by": recorded.recorded_by,
        }
        fact = any_fact.dump_json(recorded.fact, exclude_none=True, by_alias=True)
        state = json.dumps(envelope).encode()[:-1] + b', "fact": ' + fact + b"}"
        return StoredEvent(recorded.fact.contract, recorded.version, recorded.fact.kind, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the recorded fact of a row.

        Raises:
            LedgerUnusable: if the row does not read back as a fact.
        """
        try:
            state = json.loads(stored_event.state)
            return Recorded(
                operator.index(state["position"]),
                stored_event.originator_version,
                datetime.strptime(state["recorded_at"], _INSTANT).replace(tzinfo=UTC),
                state["recorded_by"],
                any_fact.validate_python(state["fact"]),
            )
        except (ValueError, KeyError, TypeError) as wrong:
            named = f"fact {stored_event.originator_version} of {stored_event.originator_id}"
            raise LedgerUnusable(f"{named} does not read back; run `contract-ledger verify`") from wrong


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_INSTANT)


class _Facts(Application[str]):
    """The library's application over our recorder and mapper."""

    name = "contract_ledger"
    log_section_size = _PAGE

    def construct_mapper(self) -> Mapper[str]:
        return FactMapper(self.construct_transcoder())


class Ledger:
    """A ledger file, open. Use it as a context manager.

    Raises:
        LedgerUnusable: wherever the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, *, create: bool = False, wait_seconds: int = 15) -> None:
        self.path = path
        self.wait_seconds = wait_seconds
        mode = check_file(path, APPLICATION_ID, create=create)
        self.read_only = mode.startswith("mode=ro")
        self.uri = f"{Path(os.path.realpath(path)).as_uri()}?{mode}"
        with self._guard():
            if create:
                self._make()
            self._app = _Facts(
                env={
                    "PERSISTENCE_MODULE": "ledger.store:LedgerFactory",
                    "SQLITE_DBNAME": self.uri,
                    "SQLITE_LOCK_TIMEOUT": str(wait_seconds),
                    "ORIGINATOR_ID_TYPE": "text",
                    "CREATE_TABLE": "n",
                    "CIPHER_KEY": "",
                    "COMPRESSOR_TOPIC": "",
                }
            )
        self._recorder: FactRecorder = self._app.recorder  # type: ignore[assignment]  # the factory makes ours

    def _make(self) -> None:
        """Make the tables of a new ledger; leave those of one that is there."""
        connection = sqlite3.connect(self.uri, uri=True, timeout=self.wait_seconds, isolation_level=None)
        try:
            if not connection.execute(_IS_MADE, (TABLE,)).fetchone():
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute(_IS_MADE, (TABLE,)).fetchone():
                    for statement in (_TABLE_OF_FACTS, *GUARDS.values(), _MARK):
                        connection.execute(statement)
                connection.execute("COMMIT")
        finally:
            connection.close()

    def missing_guards(self) -> list[str]:
        """Return the names of the triggers and indexes over the facts that are not as they were made."""
        with self._guard(), self._recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = ?", (TABLE,))
            found = {row["name"]: row["sql"] for row in cursor.fetchall()}
        return [name for name, made in GUARDS.items() if found.get(name) != made]

    def _guard(self) -> AbstractContextManager[None]:
        return guarded(self.path, PersistenceError)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._app.close()

    @staticmethod
    def new_id() -> str:
        """Return an id for a fact that was given none."""
        return f"f-{secrets.token_hex(6)}"

    def head(self) -> int:
        """Return the position of the last fact; 0 if there is none."""
        with self._guard():
            return self._recorder.max_notification_id() or 0

    def contracts(self) -> list[str]:
        """Return the ids of the contracts, in order."""
        with self._guard():
            return self._recorder.select_streams()

    def history(self, contract: str) -> list[Recorded]:
        """Return a contract's facts in order of position."""
        with self._guard():
            return list(self._app.events.get(contract))  # type: ignore[arg-type]  # the mapper makes ours

    def since(self, position: int) -> Iterator[Recorded]:
        """Return the facts of every contract after a position, in order of position."""
        return (self.read(row) for _, row in self.rows_since(position))

    def rows_since(self, position: int) -> Iterator[tuple[int, StoredEvent]]:
        """Yield the stored rows after a position, unread, each with the position of its row."""
        while page := self._page(position):
            for row in page:
                position = row.id
                yield row.id, row

    def _page(self, position: int) -> Sequence[Any]:
        with self._guard():
            return self._app.notification_log.select(start=position + 1, limit=_PAGE)

    def read(self, row: StoredEvent) -> Recorded:
        """Return the recorded fact of a stored row."""
        return self._app.mapper.to_domain_event(row)  # type: ignore[return-value]  # the mapper makes ours

    def with_ids(self, ids: Sequence[str]) -> dict[str, Recorded]:
        """Return the recorded facts that have one of these ids, by id."""
        with self._guard():
            found = map(self.read, self._recorder.select_by_fact_id(ids))
            return {recorded.fact.id: recorded for recorded in found}

    def position_at(self, instant: datetime) -> int:
        """Return the position of the last fact taken by an instant; `recorded_at` never goes back."""
        low, high = 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._at(middle).recorded_at <= instant else (low, middle - 1)
        return low

    def _at(self, position: int) -> Recorded:
        with self._guard():
            (stored,) = self._app.notification_log.select(start=position, limit=1)
            return self.read(stored)

    def append(self, facts: Sequence[Any], head: int, versions: dict[str, int], now: datetime) -> list[Recorded]:
        """Take facts in one transaction that is on the disk when this returns.

        Args:
            facts: the facts, in the order they take positions.
            head: the position after which they were judged.
            versions: the last version of each contract they were judged on.
            now: the instant; if the ledger has seen a later one, that is used.

        Raises:
            Overtaken: if another writer has taken a fact since.
        """
        recorded_at = max(now, self._at(head).recorded_at) if head else now
        versions = dict(versions)
        recorded = []
        for position, fact in enumerate(facts, head + 1):
            version = versions[fact.contract] = versions.get(fact.contract, 0) + 1
            recorded.append(Recorded(position, version, recorded_at, _user(), fact))
        if gone := self.missing_guards():
            raise LedgerUnusable(
                f"{self.path}: {', '.join(gone)} no longer guards the facts; run `contract-ledger verify`"
            )
        with self._guard():
            try:
                self._app.events.put(recorded, first_position=head + 1)  # type: ignore[arg-type]  # no aggregates
            except (IntegrityError, sqlite3.IntegrityError) as overtaken:
                raise Overtaken from overtaken
        return recorded


def _user() -> str:
    """Return the user the machine knows; environment variables are not believed where it can be asked."""
    try:
        return import_module("pwd").getpwuid(os.getuid()).pw_name  # type: ignore[no-any-return]  # not on every platform
    except (ImportError, KeyError):
        return getpass.getuser()
