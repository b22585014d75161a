"""Opening the kept tables of a ledger for one transaction, wherever it keeps them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from ledger.faults import LedgerUnusable
from ledger.location import reason
from ledger.store import Ledger


@contextmanager
def kept_tables(ledger: Ledger, *, writing: bool = True) -> Iterator[Connection]:
    """Open the kept tables for one transaction; one that writes waits its turn.

    Raises:
        LedgerUnusable: if they cannot be read or written.
    """
    if writing and ledger.read_only:
        raise LedgerUnusable(f"{ledger.path} is read-only; its kept tables cannot be written")
    engine = _engine(ledger, writing=writing)
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError as wrong:
        raise LedgerUnusable(f"{ledger.path}: {reason(str(wrong.orig))}") from wrong
    finally:
        engine.dispose()


def _engine(ledger: Ledger, *, writing: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(ledger.uri, uri=True, timeout=ledger.wait_seconds, isolation_level=None)
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
