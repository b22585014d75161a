"""Keeping the kept tables up with the facts: after each recording, only what it moved is written.

Rows and position move together in one transaction, or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from ledger.clock import Clock
from ledger.facts import FactVoided, WeightsSet, kpi_of
from ledger.faults import LedgerUnusable
from ledger.keeping_facts import TextErased
from ledger.recorded import Recorded
from ledger.store import Ledger
from projections.freshness import Freshness, Kept, how_they_are_kept, set_position
from projections.kept_engine import kept_tables
from projections.kept_rows import Row, about_everything, cell_rows, contract_rows, kpis_of, relieved_ahead
from projections.movement import MOVE_NO_CELL
from projections.question import Question
from projections.schema import INDEXES, LIVE

Histories = Mapping[str, list[Recorded]]


def catch_up(ledger: Ledger, clock: Clock, held: Histories = MappingProxyType({})) -> Kept:
    """Bring the kept tables up to the last fact; from nothing, unless they only are behind.

    Args:
        ledger: the ledger.
        clock: what time it is.
        held: histories that have been read already, by contract; one that others have added to since is read again.

    Returns:
        How the tables stood before.

    Raises:
        LedgerUnusable: if they cannot be written; the facts are not touched.
    """
    with kept_tables(ledger) as connection:
        kept = how_they_are_kept(ledger, connection)
        if kept.freshness in (Freshness.CURRENT, Freshness.BEHIND):
            catch_up_from(kept.position, ledger, connection, clock, held)
        else:
            _fill_anew(ledger, connection, clock, held)
        return kept


def refill(ledger: Ledger, clock: Clock) -> None:
    """Make every row anew, in the tables that are there, in one transaction.

    Raises:
        LedgerUnusable: if they cannot be written.
    """
    with kept_tables(ledger) as connection:
        _fill_anew(ledger, connection, clock)


def _fill_anew(ledger: Ledger, connection: Connection, clock: Clock, held: Histories = MappingProxyType({})) -> None:
    """Make the kept tables anew, if whoever asks may make tables, else every row of those that are there."""
    if ledger.storage.makes_tables():
        LIVE.make_empty(connection)
        catch_up_from(0, ledger, connection, clock, held)
        for name in INDEXES:
            LIVE.add_index(connection, name)
    elif LIVE.are_there(connection):
        LIVE.empty(connection)
        catch_up_from(0, ledger, connection, clock, held)
    else:
        raise LedgerUnusable(f"{ledger.name}: only the owner of its tables can make them anew; ask for a `replay`")


def catch_up_from(
    position: int,
    ledger: Ledger,
    connection: Connection,
    clock: Clock,
    held: Histories = MappingProxyType({}),
) -> int:
    """Write what the facts after a position move in the tables that are read; return the last position."""
    touched: dict[str, set[str | None]] = {}
    ends: dict[str, int] = {}
    last = position
    for recorded in ledger.since(position):
        last = ends[recorded.fact.contract] = recorded.position
        touched.setdefault(recorded.fact.contract, set()).update(_subjects(recorded, ledger))
    for contract, kpis in touched.items():
        history = held.get(contract, [])
        if not history or history[-1].position != ends[contract]:
            history = ledger.history(contract)
        _rewrite(connection, about_everything(contract, history, clock.now()), kpis)
    set_position(connection, LIVE, ledger, last)
    return last


def _subjects(recorded: Recorded, ledger: Ledger) -> set[str | None]:
    """Return the KPIs whose cells a fact may change; None among them stands for all of the contract's."""
    fact = recorded.fact
    if isinstance(fact, FactVoided):
        voided = ledger.with_ids([fact.voids]).get(fact.voids)
        return _subjects(voided, ledger) if voided else {None}
    if isinstance(fact, (*MOVE_NO_CELL, TextErased)):
        return set()
    return set(fact.weights) if isinstance(fact, WeightsSet) else {kpi_of(fact)}


def _rewrite(connection: Connection, question: Question, kpis: Iterable[str | None]) -> None:
    """Write what differs of a contract: its totals and other matters, and the cells of some KPIs, or of all."""
    for name, rows in contract_rows(question).items():
        table = getattr(LIVE, name)
        _write_differences(connection, table, table.c.contract == question.contract, rows)
    table = LIVE.cell_versions
    touched = kpis_of(question) if None in kpis else sorted(filter(None, kpis))
    if touched:  # relief that lasts shows as far as the contract goes, which this may have moved
        touched += sorted(relieved_ahead(question).difference(touched))
    for kpi in touched:
        of_kpi = and_(table.c.contract == question.contract, table.c.kpi == kpi)
        _write_differences(connection, table, of_kpi, cell_rows(question, kpi))


def _write_differences(connection: Connection, table: Table, which: Any, rows: Sequence[Row]) -> None:
    """Make some rows of a table what they are to be, touching none that is so already."""
    keys = [column.name for column in table.primary_key]
    its = connection.execute(select(table).where(which)).mappings()
    there = {tuple(row[key] for key in keys): dict(row) for row in its}
    given = {tuple(row[key] for key in keys): row for row in rows}
    for key, row in there.items():
        if key not in given:
            connection.execute(delete(table).where(*_with_key(table, row, keys)))
    fresh = [row for key, row in given.items() if key not in there]
    if fresh:
        connection.execute(insert(table), fresh)
    for key, row in given.items():
        if key in there and there[key] != row:
            connection.execute(update(table).where(*_with_key(table, row, keys)).values(row))


def _with_key(table: Table, row: Row, keys: Sequence[str]) -> list[Any]:
    return [table.c[key] == row[key] for key in keys]


def replay_contract(ledger: Ledger, contract: str, clock: Clock) -> None:
    """Make the rows of one contract what its facts give.

    Raises:
        LedgerUnusable: if the tables cannot be written, or must be replayed as a whole.
    """
    with kept_tables(ledger) as connection:
        kept = how_they_are_kept(ledger, connection)
        if kept.freshness not in (Freshness.CURRENT, Freshness.BEHIND):
            raise LedgerUnusable(f"the kept tables are {kept}; replay them as a whole, without naming a contract")
        catch_up_from(kept.position, ledger, connection, clock)
        _rewrite(connection, about_everything(contract, ledger.history(contract), clock.now()), {None})


def replay_from(ledger: Ledger, position: int, clock: Clock) -> int:
    """Take in again every fact after a position; return how many that were.

    Raises:
        LedgerUnusable: if the tables cannot be written, or must be replayed as a whole.
    """
    with kept_tables(ledger) as connection:
        kept = how_they_are_kept(ledger, connection)
        if kept.freshness not in (Freshness.CURRENT, Freshness.BEHIND):
            raise LedgerUnusable(f"the kept tables are {kept}; replay them as a whole, from no position")
        start = min(position, kept.position)
        return catch_up_from(start, ledger, connection, clock) - start
