"""The kept tables when they say what the facts say, and only then."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, select

from ledger.clock import Clock
from ledger.faults import LedgerUnusable
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.freshness import Freshness, how_kept, how_they_are_kept
from projections.kept_engine import kept_tables
from projections.schema import LIVE

KeptTables = Connection
"""A connection to the kept tables of a ledger."""


def why_not_current(ledger: Ledger, clock: Clock) -> str | None:
    """Bring the kept tables up to the facts if they are not; return why that cannot be done, if it cannot."""
    try:
        kept = how_kept(ledger)
        if kept.freshness is Freshness.CURRENT:
            return None
        if ledger.storage.read_only:
            return f"the kept tables are {kept}, and the ledger is read-only"
        catch_up(ledger, clock)
    except LedgerUnusable as wrong:
        return str(wrong)
    return None


def list_every(tables: KeptTables, contracts: Sequence[str]) -> bool:
    """Say whether the kept tables list every contract: one whose registration was voided since is not among them."""
    return set(contracts) <= set(tables.execute(select(LIVE.contracts.c.contract)).scalars())


@contextmanager
def current_tables(ledger: Ledger) -> Iterator[tuple[KeptTables, int] | None]:
    """Open the kept tables for reading: a connection, and the position of the last fact they hold.

    None, if they are not current: then they are not to be read.
    """
    with kept_tables(ledger, writing=False) as connection:
        kept = how_they_are_kept(ledger, connection)
        yield (connection, kept.position) if kept.freshness is Freshness.CURRENT else None
