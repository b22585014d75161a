"""Opening the kept tables of a ledger for one transaction, wherever it keeps them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from ledger.faults import LedgerUnusable
from ledger.store import Ledger


@contextmanager
def kept_tables(ledger: Ledger, *, writing: bool = True) -> Iterator[Connection]:
    """Open the kept tables for one transaction; one that writes waits its turn.

    Raises:
        LedgerUnusable: if they cannot be read or written.
    """
    if writing and ledger.storage.read_only:
        raise LedgerUnusable(f"{ledger.name} is read-only; its kept tables cannot be written")
    engine = _engine(ledger, writing=writing)
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError as wrong:
        raise LedgerUnusable(f"{ledger.name}: {ledger.storage.reason(str(wrong.orig))}") from wrong
    finally:
        engine.dispose()


def _engine(ledger: Ledger, *, writing: bool) -> Engine:
    storage = ledger.storage
    engine = create_engine(storage.tables_url(), creator=storage.connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        for statement in storage.begin(writing=writing):
            connection.exec_driver_sql(statement).close()

    return engine
