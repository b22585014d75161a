"""Opening the kept tables of a ledger for one transaction, wherever it keeps them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, MetaData, create_engine, delete, event, inspect
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


def empty(ledger: Ledger, connection: Connection, tables: MetaData) -> None:
    """Leave the kept tables there, empty: made anew by who may, else emptied."""
    there = inspect(connection)
    if not ledger.storage.makes_tables() and set(tables.tables) <= set(there.get_table_names()):
        for table in reversed(tables.sorted_tables):
            connection.execute(delete(table))
        return
    for view in set(there.get_view_names()) & set(tables.tables):
        connection.exec_driver_sql(f"DROP VIEW {view}")
    tables.drop_all(connection)
    tables.create_all(connection)


def _engine(ledger: Ledger, *, writing: bool) -> Engine:
    storage = ledger.storage
    engine = create_engine(storage.tables_url(), creator=storage.connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        for statement in storage.begin(writing=writing):
            connection.exec_driver_sql(statement).close()

    return engine
