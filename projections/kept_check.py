"""Comparing the kept tables with what the facts give, cell by cell."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger.clock import Clock
from ledger.store import Ledger
from projections.freshness import Freshness, how_they_are_kept
from projections.kept_engine import kept_tables
from projections.kept_rows import Row, about_everything, cell_rows, contract_rows, kpis_of
from projections.replay import Progress, silent
from projections.schema import LIVE


def check(ledger: Ledger, clock: Clock, contract: str | None = None, progress: Progress = silent) -> list[str]:
    """Compare what is kept, of all contracts or one, with what the facts give.

    Returns:
        A sentence for each cell that differs.
    """
    with kept_tables(ledger, writing=False) as connection:
        kept = how_they_are_kept(ledger, connection)
        if kept.freshness is Freshness.MISSING:
            return [f"the kept tables are {kept}; run `contract-ledger replay`"]
        found = [] if kept.freshness is Freshness.CURRENT else [f"the kept tables are {kept}"]
        known = ledger.contracts() if contract is None else [contract]
        there = _contracts_kept(connection) if contract is None else {contract}
        for done, each in enumerate(known, 1):
            question = about_everything(each, ledger.history(each), clock.now())
            rows = contract_rows(question)
            rows["cell_versions"] = [row for kpi in kpis_of(question) for row in cell_rows(question, kpi)]
            found += _differences(connection, each, rows)
            progress(done, len(known))
        for each in sorted(there - set(known)):
            found += _differences(connection, each, {})
        return found


def _contracts_kept(connection: Connection) -> set[str]:
    return {
        contract
        for table in LIVE.derived
        for contract in connection.execute(select(table.c.contract).distinct()).scalars()
    }


def _differences(connection: Connection, contract: str, rows: dict[str, list[Row]]) -> Iterable[str]:
    for table in LIVE.derived:
        yield from _compare(table, connection, contract, rows.get(table.name, []))


def _compare(table: Table, connection: Connection, contract: str, expected: Sequence[Row]) -> list[str]:
    keys = [column.name for column in table.primary_key]
    given = {tuple(row[key] for key in keys): row for row in expected}
    its = connection.execute(select(table).where(table.c.contract == contract)).mappings()
    kept = {tuple(row[key] for key in keys): dict(row) for row in its}
    found = []
    for key in sorted({*given, *kept}, key=str):
        named = f"{table.name}: {' '.join(map(str, key))}"
        if key not in kept:
            found.append(f"{named} is missing; the facts give {_gist(given[key])}")
        elif key not in given:
            found.append(f"{named} is kept ({_gist(kept[key])}); the facts give no such row")
        else:
            found += [
                f"{named}: kept {name} {_quoted(kept[key][name])}, the facts give {_quoted(given[key][name])}"
                for name in (column.name for column in table.c)
                if kept[key][name] != given[key][name]
            ]
    return found


def _gist(row: Row) -> str:
    telling = ("status", "value", "points", "net_points", "title", "name", "matter")
    return ", ".join(f"{name} {row[name]}" for name in telling if row.get(name) is not None)


def _quoted(value: Any) -> str:
    return "nothing" if value is None else f'"{value}"'
