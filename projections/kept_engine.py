"""Opening the kept tables of a ledger for one transaction, wherever it keeps them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from ledger.faults import LedgerUnusable
from ledger.store import Ledger
from projections.schema import LIVE


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
        if not writing:
            _hold(ledger, connection)

    return engine


def _hold(ledger: Ledger, connection: Connection) -> None:
    """Hold the tables that are there as they are, before anything is read of them."""
    hold = ledger.storage.hold([table.name for table in LIVE.every])
    if hold is None:
        return
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute("SAVEPOINT holding")
        try:
            cursor.execute(hold)
        except connection.dialect.loaded_dbapi.DatabaseError:  # they are not there yet
            cursor.execute("ROLLBACK TO SAVEPOINT holding")
