"""A ledger kept in a SQLite file."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent

from ledger import machine
from ledger.faults import LedgerUnusable
from ledger.ledger_file import Guard, check_file, reason
from ledger.locks import opening
from ledger.row import FACTS, TEXTS, Row
from ledger.sqlite_recorder import SqliteFactRecorder, keep_a_log
from ledger.sqlite_tables import STATEMENTS, guard_faults
from ledger.storage import Overtaken, Storage

_IS_MADE = "SELECT 1 FROM sqlite_master WHERE name = ?"
_MADE = "SELECT name, sql FROM sqlite_master WHERE lower(tbl_name) IN (?, ?) OR type = 'trigger'"
_STILL_READ = (
    "Somebody is reading the ledger, and for as long as they do the text is still in its file: "
    "it goes with the next recording after that."
)


class SqliteStorage(Storage):
    """A ledger file, open."""

    PARAMETER = "?"

    def __init__(self, path: Path, *, create: bool, wait_seconds: int) -> None:
        self.path = path
        self.name = str(path)
        self._guard = Guard(path, PersistenceError)
        self.wait_seconds = wait_seconds
        with self.guarded(), opening(path, wait_seconds):
            mode = check_file(path, create=create)
            self.read_only = mode.startswith("mode=ro")
            self.uri = f"{Path(os.path.realpath(path)).as_uri()}?{mode}"
            if create:
                self._make()
            self.recorder: SqliteFactRecorder = SqliteFactRecorder(self.uri, wait_seconds)
            self._opened = _identity(self.name)

    def _make(self) -> None:
        """Make the tables of a new ledger; leave those of one that is there."""
        connection = sqlite3.connect(self.uri, uri=True, timeout=self.wait_seconds, isolation_level=None)
        try:
            if not connection.execute(_IS_MADE, (FACTS,)).fetchone():
                keep_a_log(connection, self.wait_seconds)
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute(_IS_MADE, (FACTS,)).fetchone():
                    for statement in STATEMENTS:
                        connection.execute(statement)
                connection.execute("COMMIT")
        finally:
            connection.close()

    def close(self) -> None:
        self.recorder.close()

    def guarded(self) -> AbstractContextManager[None]:
        return self._guard

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
        with self.guarded():
            return self.recorder.version()

    def look(self, ids: Sequence[str]) -> tuple[object, int, list[StoredEvent]]:
        with self.guarded():
            self._check_place()
            return self.recorder.look(ids)

    def insert(self, rows: Iterable[Row], opened: Mapping[int, str]) -> None:
        with self.guarded():
            self._check_place()
            try:
                self.recorder.take(rows, opened)
            except (IntegrityError, sqlite3.IntegrityError) as overtaken:
                raise Overtaken from overtaken

    def _check_place(self) -> None:
        """Refuse to go on where the file that is open is no longer the one that others would open."""
        if _identity(self.name) != self._opened:
            raise LedgerUnusable(f"{self.path} cannot be opened any more: it was moved, removed or replaced")

    def turn(self) -> AbstractContextManager[None]:
        return _Turn(self.recorder, self._guard)

    def user(self) -> str:
        return machine.user()

    def guard_faults(self) -> list[str]:
        return guard_faults({row["name"]: row["sql"] for row in self.select(_MADE, FACTS, TEXTS)})

    def damage(self) -> list[str]:
        found = [row[0] for table in (FACTS, TEXTS) for row in self.select(f"PRAGMA integrity_check({table})")]
        return [f"the file is damaged, or its indexes were changed: {each}" for each in found if each != "ok"]

    def scrub(self) -> str | None:
        """Write what is in the log beside the file into it and empty the log.

        A reader at work keeps the log, and what it reads, for as long as it reads.
        """
        ((busy, _, _),) = self.select("PRAGMA wal_checkpoint(TRUNCATE)")
        return _STILL_READ if busy else None

    def tables_url(self) -> str:
        return "sqlite://"

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.uri, uri=True, timeout=self.wait_seconds, isolation_level=None)
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def makes_tables(self) -> bool:
        return True

    def begin(self, *, writing: bool) -> Sequence[str]:
        return ["BEGIN IMMEDIATE" if writing else "BEGIN"]

    def reason(self, report: str) -> str:
        return reason(report)


class _Turn:
    """The one right to write, held inside; the system takes it back from a program that dies."""

    def __init__(self, recorder: SqliteFactRecorder, guard: Guard) -> None:
        self._recorder = recorder
        self._guard = guard

    def __enter__(self) -> None:
        with self._guard:
            self._recorder.begin()

    def __exit__(self, *_: object) -> None:
        self._recorder.give_up()


def _identity(name: str) -> tuple[int, int] | None:
    """Return what tells a file from any other, whatever its name; None if there is none."""
    try:
        found = os.stat(name)  # noqa: PTH116 - asked at every fact, and a Path takes longer over it than the system
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
