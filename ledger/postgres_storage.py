"""A ledger kept in a PostgreSQL database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger import ledger_database
from ledger.faults import LedgerUnusable
from ledger.ledger_database import Database, check_mark, mark
from ledger.postgres_connections import SCHEMA, Connection, Connections, connect
from ledger.postgres_recorder import PostgresFactRecorder
from ledger.postgres_tables import HEAD, MADE, STATEMENTS, guard_faults
from ledger.row import FACTS, TEXTS, Row
from ledger.storage import Overtaken, Storage

_MAKING, _TURN, _KEEPING = 0x436C6564_00, 0x436C6564_01, 0x436C6564_02  # advisory locks of a database
_MAY_RECORD = f"""
SELECT NOT current_setting('transaction_read_only')::boolean
       AND has_table_privilege('{SCHEMA}.{FACTS}', 'INSERT') AND has_table_privilege('{SCHEMA}.{TEXTS}', 'INSERT'),
       pg_is_in_recovery()
"""
_OWNS = f"SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = '{SCHEMA}'"
_INDEXES = {
    "facts_pkey": "position",
    "facts_id_key": "id",
    "facts_originator_id_originator_version_key": "originator_id, originator_version",
}
_SUM = "SELECT count(*), sum(hashtextextended(ROW({columns})::text, 0)) FROM"
_BY_TABLE = "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off"
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"


class PostgresStorage(Storage):
    """A ledger's schema in a database, open."""

    PARAMETER = "%s"

    def __init__(self, database: Database, *, create: bool, wait_seconds: int) -> None:
        self.database = database
        self.name = str(database)
        self.wait_seconds = wait_seconds
        self._connections = Connections(database.url, wait_seconds)
        self.recorder: PostgresFactRecorder = PostgresFactRecorder(self._connections)
        try:
            with self.guarded(), self._connections.one() as connection:
                if create:
                    self._make(connection)
                check_mark(database, mark(connection))
                may_record, standby = connection.execute(_MAY_RECORD).fetchone() or (False, False)
                (user,) = connection.execute("SELECT session_user::text").fetchone() or ("",)
        except BaseException:
            self.close()
            raise
        self.read_only, self._user = not may_record, user
        if create and not may_record:
            self.close()
            if standby:
                raise LedgerUnusable(f"{self.name}: this is a standby, which is only read; record at its primary")
            raise LedgerUnusable(f"{self.name}: {user} may not record in this ledger; ask its owner to `admit` {user}")

    def _make(self, connection: Connection) -> None:
        """Make the tables of a new ledger; leave those of one that is there. Others who come at once wait."""
        if mark(connection) is not None:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            if mark(connection) is None:
                for statement in STATEMENTS:
                    connection.execute(statement.encode())

    def close(self) -> None:
        self._connections.close()

    def guarded(self) -> AbstractContextManager[None]:
        return ledger_database.guarded(self.database)

    def lent(self) -> AbstractContextManager[Connection]:
        """Lend a connection, as the user of the ledger."""
        return self._connections.one()

    def select(self, statement: str, *parameters: object) -> list[Any]:
        with self.guarded():
            return self.recorder.select(statement, *parameters)

    def each(self, statement: str, *parameters: object) -> Iterator[Any]:
        with self.guarded():
            yield from self.recorder.each(statement, *parameters)

    def with_ids(self, ids: Sequence[str]) -> list[StoredEvent]:
        with self.guarded():
            return self.recorder.select_by_fact_id(ids)

    def version(self) -> object:
        return object()

    def look(self, ids: Sequence[str]) -> tuple[object, int, list[StoredEvent]]:
        with self.guarded():
            return self.version(), self.recorder.max_notification_id() or 0, self.recorder.select_by_fact_id(ids)

    def insert(self, rows: Iterable[Row], opened: Mapping[int, str]) -> None:
        with self.guarded():
            try:
                self.recorder.insert_events(list(rows), opened=opened)  # type: ignore[arg-type]  # our recorder takes rows
            except IntegrityError as overtaken:
                raise Overtaken from overtaken

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the one turn of the database; the server takes it back from a program that dies."""
        with self._connections.one() as connection:
            with self.guarded():
                connection.execute("SELECT pg_advisory_lock(%s)", (_TURN,))
            try:
                yield
            finally:
                with self.guarded():
                    connection.execute("SELECT pg_advisory_unlock(%s)", (_TURN,))

    def user(self) -> str:
        return self._user

    def guard_faults(self) -> list[str]:
        faults = guard_faults(dict(self.select(MADE)))
        ((head, last),) = self.select(f"SELECT (SELECT max(position) FROM {HEAD}), (SELECT max(position) FROM {FACTS})")
        return faults if head == (last or 0) else [*faults, f"the head is at {head}, and the last fact at {last or 0}"]

    def damage(self) -> list[str]:
        faults = []
        with self.guarded(), self.lent() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")  # others may record
            for index, columns in _INDEXES.items():
                summed = _SUM.format(columns=columns)
                table = _found(connection, _BY_TABLE, f"{summed} {FACTS}")
                ordered = f"{summed} (SELECT * FROM {FACTS} ORDER BY {columns}) AS ordered"
                if table != _found(connection, _BY_INDEX, ordered):
                    faults.append(f"the index {index} does not have each fact as the table has it; see REINDEX")
        return faults

    def scrub(self) -> str | None:
        """Write the table of texts anew, if we may: the server keeps what was replaced until then."""
        elsewhere = "The server's own log, its standbys and copies of it keep the text until they are renewed."
        if not self.makes_tables():
            return f"The owner of the ledger empties its tables of the text: VACUUM FULL {SCHEMA}.{TEXTS}. {elsewhere}"
        try:
            with self._connections.one() as connection:
                connection.execute(f"VACUUM (FULL) {TEXTS}".encode())
        except psycopg.Error:
            return f"Somebody is reading the ledger: run VACUUM FULL {SCHEMA}.{TEXTS} when they are done. {elsewhere}"
        return elsewhere

    def tables_url(self) -> str:
        return "postgresql+psycopg://"

    def connect(self) -> Connection:
        with self.guarded():
            connection = connect(self.database.url, self.wait_seconds)
            connection.autocommit = False
            return connection

    def makes_tables(self) -> bool:
        return bool(self.select(_OWNS)[0][0])

    def begin(self, *, writing: bool) -> Sequence[str]:
        if writing:
            return [f"SELECT pg_advisory_xact_lock({_KEEPING})"]
        return ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"]

    def hold(self, tables: Sequence[str]) -> str | None:
        """Return the lock that comes before the snapshot, which would not show the rows of a table put there since."""
        return f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE"

    def reason(self, report: str) -> str:
        return ledger_database.reason(report, self.database)


def _found(connection: Connection, by: str, statement: str) -> object:
    """Return the one row that a statement selects in a way of its own."""
    with connection.transaction(force_rollback=True):  # what is set is for this statement
        connection.execute(by.encode())
        return connection.execute(statement.encode()).fetchone()
