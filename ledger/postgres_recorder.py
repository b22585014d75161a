"""A recorder under the library's interface, over the ledger's own tables in PostgreSQL.

Positions have no gaps and are committed in their order: whoever takes facts first takes the turn of the one head row
and keeps it to the end of the transaction, so that a reader who follows by position misses none.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    PersistenceError,
    StoredEvent,
    Subscription,
)
from psycopg.rows import tuple_row

from ledger.postgres_connections import Connection, Connections
from ledger.row import FACTS, TEXTS, Row

CHANNEL = "contract_ledger_facts"
_STORED = f"""
SELECT {FACTS}.position, originator_id, originator_version, topic,
       CASE WHEN opened IS NULL THEN state ELSE state || '\\x0a'::bytea || convert_to(opened, 'UTF8') END
FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
"""
_COPY_FACTS = f"COPY {FACTS} FROM STDIN (FORMAT BINARY)"
_COPY_TEXTS = f"COPY {TEXTS} FROM STDIN (FORMAT BINARY)"
_FACT_TYPES = ("int8", "text", "text", "int8", "text", "bytea", "bytea", "bytea")
_TEXT_TYPES = ("int8", "text")
_ROWS_AT_A_TIME = 5000


@contextmanager
def in_the_librarys_words() -> Iterator[None]:
    """Turn what psycopg raises into what the library has for it."""
    try:
        yield
    except psycopg.Error as wrong:
        name = next(each.__name__ for each in type(wrong).__mro__ if hasattr(persistence, each.__name__))
        meant = getattr(persistence, name) if name.endswith("Error") else PersistenceError
        raise meant(str(wrong)) from wrong


class PostgresFactRecorder(ApplicationRecorder):
    """Takes rows, and gives stored events, through connections that are lent to it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        with in_the_librarys_words(), self._connections.one() as connection:
            yield connection

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Take rows in one transaction that is on the disk when this returns, and replace the texts of others.

        Raises:
            IntegrityError: if their positions are not the next ones.
        """
        if not stored_events:
            return []
        opened: Mapping[int, str] = kwargs.get("opened") or {}
        with self._lent() as connection, connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute("SELECT next_position()")
            next_position = (cursor.fetchone() or (None,))[0]
            rows = self._rows(stored_events, next_position)
            if rows[0].position != next_position:
                raise IntegrityError(f"position {next_position} is due, not {rows[0].position}")
            _copy(cursor, _COPY_FACTS, _FACT_TYPES, [row[:-1] for row in rows])
            _copy(cursor, _COPY_TEXTS, _TEXT_TYPES, [(row.position, row.opened) for row in rows if row.opened])
            cursor.executemany(
                f"UPDATE {TEXTS} SET opened = %s WHERE position = %s", [(text, at) for at, text in opened.items()]
            ) if opened else None
            cursor.execute(f"SELECT max(position) FROM {FACTS}")
            if cursor.fetchone() != (rows[-1].position,):
                raise PersistenceError("the ledger did not take the facts; run `contract-ledger verify`")
            cursor.execute(f"NOTIFY {CHANNEL}")
        return [row.position for row in rows]

    def _rows(self, stored_events: Sequence[Any], _next_position: int) -> Sequence[Row]:
        """Return the rows to take: the ledger gives its own."""
        return stored_events

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the stored events of a stream, in order of version."""
        statement = f"""
            {_STORED} WHERE originator_id = %s
            AND (%s::bigint IS NULL OR originator_version > %s) AND (%s::bigint IS NULL OR originator_version <= %s)
            ORDER BY originator_version {"DESC" if desc else "ASC"} LIMIT %s
        """
        found = self.select(statement, str(originator_id), gt, gt, lte, lte, limit)
        return [self._stored(row) for row in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return stored events with their positions, in order of position."""
        after = (start or 0) - (1 if inclusive_of_start and start is not None else 0)
        statement = f"""
            {_STORED} WHERE {FACTS}.position > %s AND (%s::bigint IS NULL OR {FACTS}.position <= %s)
            AND (%s::text[] = '{{}}' OR topic = ANY(%s)) ORDER BY {FACTS}.position LIMIT %s
        """
        kinds = list(topics)
        found = self.select(statement, after, stop, stop, kinds, kinds, limit)
        return [Notification(id=row[0], **vars(self._stored(row))) for row in found]

    def _stored(self, row: Sequence[Any]) -> StoredEvent:
        return StoredEvent(row[1], row[2], row[3], row[4])

    def select_by_fact_id(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the stored facts that have one of these ids, in order of position."""
        found = self.select(f"{_STORED} WHERE id = ANY(%s) ORDER BY {FACTS}.position", list(ids)) if ids else []
        return [self._stored(row) for row in found]

    def max_notification_id(self) -> int | None:
        """Return the last position; None if there is none."""
        return self.select(f"SELECT max(position) FROM {FACTS}")[0][0]  # type: ignore[no-any-return]  # a position

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription["PostgresFactRecorder"]:
        """Return stored events with their positions as they come, and wait for more."""
        return _Listening(self, gt, topics)

    @contextmanager
    def listening(self) -> Iterator[Connection]:
        """Lend a connection that hears when facts are taken."""
        with self._lent() as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            try:
                yield connection
            finally:
                connection.execute(f"UNLISTEN {CHANNEL}")

    def select(self, statement: str, *parameters: object) -> list[Any]:
        """Return what a statement selects, as tuples."""
        with self._lent() as connection, connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            return cursor.execute(statement, parameters or None).fetchall()

    def each(self, statement: str, *parameters: object) -> Iterator[Any]:
        """Yield what a statement selects, one after another, all as it is at one moment."""
        with self._lent() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            with connection.cursor("rows", row_factory=tuple_row) as cursor:
                cursor.itersize = _ROWS_AT_A_TIME
                yield from cursor.execute(statement, parameters or None, binary=True)


def _copy(cursor: psycopg.Cursor[Any], statement: str, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


class _Listening(ListenNotifySubscription[PostgresFactRecorder]):
    """Wakes a subscription when facts are taken."""

    def __init__(self, recorder: PostgresFactRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def __exit__(self, *arguments: object, **named: Any) -> None:
        try:
            super().__exit__(*arguments, **named)
        finally:
            self._listener.join()

    def _listen(self) -> None:
        try:
            with self._recorder.listening() as connection:
                self._has_been_notified.set()  # what was taken before we listened
                while not self._has_been_stopped and not self._thread_error:
                    for _ in connection.notifies(timeout=0.1, stop_after=1):
                        self._has_been_notified.set()
        except BaseException as wrong:  # noqa: BLE001 - it is raised where the subscription is read
            self._thread_error = self._thread_error or wrong
            self.stop()
