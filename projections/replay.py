"""Replaying: the kept tables made anew beside those that are read, checked, and put in their place at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain

from sqlalchemy import Connection, func, insert, select

from ledger.clock import Clock
from ledger.faults import LedgerUnusable
from ledger.store import Ledger
from ledger.uncollected import uncollected
from projections.catching_up import catch_up_from, refill
from projections.freshness import Freshness, how_they_are_kept, set_position
from projections.kept_engine import kept_tables
from projections.kept_rows import Row, about_everything, cell_rows, contract_rows, kpis_of
from projections.schema import INDEXES, SHADOW, switch
from projections.spread import Here, Spread

Progress = Callable[[int, int], None]


def silent(done: int, of: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: how many facts were taken in, of how many contracts, and how many of those were done before.

    `faults` are the contracts that could not be derived; then the tables that are read stay as they were.
    """

    facts: int
    contracts: int
    resumed: int
    faults: list[str]


def replay(
    ledger: Ledger,
    reopen: Callable[[], Ledger],
    clock: Clock,
    spread: Spread | None = None,
    progress: Progress = silent,
) -> Replayed:
    """Make the kept tables anew beside those that are read, check them, and put them in their place.

    One that was broken off is taken up where it was; several at once share the work. Who may not make tables fills
    those that are there, in one transaction.

    Args:
        ledger: the ledger.
        reopen: what opens it once more, in another process.
        clock: what time it is.
        spread: over what the deriving of rows is spread; this process, if over nothing.
        progress: told how many steps are done, of how many: one for each contract, then one for each index.

    Raises:
        LedgerUnusable: if the tables cannot be written; what was kept before stays.
    """
    if not ledger.storage.makes_tables():
        refill(ledger, clock)
        return Replayed(ledger.head(), len(ledger.contracts()), 0, [])
    with kept_tables(ledger) as connection:
        position, done = _begin(ledger, connection)
    contracts = ledger.contracts()
    left = [contract for contract in contracts if contract not in done]
    faults = []
    resumed = len(contracts) - len(left)
    reached, steps = resumed, len(contracts) + len(INDEXES)
    derive = partial(_rows_of, reopen if spread else partial(_open_already, ledger), clock.now(), position)
    for contract, rows, fault in (spread or Here()).over(derive, left):
        if fault is not None:
            faults.append(f"{contract}: {fault}")
            continue
        with kept_tables(ledger) as connection:
            _fill(connection, contract, rows)
        reached += 1
        progress(reached, steps)
    if not faults:
        for number, name in enumerate(INDEXES, 1):
            with kept_tables(ledger) as connection:
                if SHADOW.are_there(connection):  # else another replay has switched to them
                    SHADOW.add_index(connection, name)
            progress(reached + number, steps)
        with kept_tables(ledger) as connection:
            faults = _finish(ledger, connection, clock, position)
    return Replayed(ledger.head(), len(contracts), resumed, faults)


def _begin(ledger: Ledger, connection: Connection) -> tuple[int, set[str]]:
    """Make the shadow tables, or take up those of a replay that was broken off; say how far it is."""
    kept = how_they_are_kept(ledger, connection, SHADOW)
    if kept.freshness in (Freshness.CURRENT, Freshness.BEHIND):
        done = connection.execute(select(SHADOW.replayed.c.contract)).scalars()
        return kept.position, set(done)
    SHADOW.make_empty(connection)
    position = ledger.head()
    set_position(connection, SHADOW, ledger, position)
    return position, set()


Derived = tuple[str, dict[str, list[Row]], str | None]


def _open_already(ledger: Ledger) -> AbstractContextManager[Ledger]:
    """Lend a ledger: a process that opens a file twice gives up the locks of both when it closes one."""
    return nullcontext(ledger)


def _rows_of(
    opened: Callable[[], AbstractContextManager[Ledger]], now: datetime, position: int, contract: str
) -> Derived:
    try:
        with opened() as ledger:
            history = [each for each in ledger.history(contract) if each.position <= position]
        if not history:
            return contract, {}, None  # it has come since, and is caught up with at the end
        with uncollected():
            question = about_everything(contract, history, now)
            rows = contract_rows(question)
            rows["cell_versions"] = list(chain.from_iterable(cell_rows(question, kpi) for kpi in kpis_of(question)))
    except LedgerUnusable as wrong:
        return contract, {}, str(wrong)
    return contract, rows, None


def _fill(connection: Connection, contract: str, rows: dict[str, list[Row]]) -> None:
    """Put a contract's rows into the shadow tables, unless another replay has done so or they are no longer there."""
    table = SHADOW.replayed
    if not SHADOW.are_there(connection):
        return
    if connection.execute(select(table).where(table.c.contract == contract)).first():
        return
    for name, its in rows.items():
        if its:
            connection.execute(insert(getattr(SHADOW, name)), its)
    connection.execute(insert(table).values(contract=contract, rows=sum(map(len, rows.values()))))


def _finish(ledger: Ledger, connection: Connection, clock: Clock, position: int) -> list[str]:
    """Check the shadow tables, switch to them, and take in what was recorded meanwhile; return what is wrong."""
    if not SHADOW.are_there(connection):
        return []  # another replay has switched to them
    faults = _incomplete(connection)
    if not faults:
        switch(connection)
        catch_up_from(position, ledger, connection, clock)
    return faults


def _incomplete(connection: Connection) -> list[str]:
    """Return the contracts whose rows in the shadow tables are not as many as were derived."""
    counted: dict[str, int] = {}
    for table in SHADOW.derived:
        found = connection.execute(select(table.c.contract, func.count()).group_by(table.c.contract))
        for contract, rows in found:
            counted[contract] = counted.get(contract, 0) + rows
    return [
        f"{row.contract}: {counted.get(row.contract, 0)} rows are there of {row.rows}; replay again"
        for row in connection.execute(select(SHADOW.replayed))
        if counted.get(row.contract, 0) != row.rows
    ]
