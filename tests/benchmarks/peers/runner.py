"""The peer of a replay: the library's own ProjectionRunner on PostgreSQL, over the same facts and by the same rules.

Its projection keeps the cells as they stand now, with a tracking recorder of its own: for each fact, one transaction
that takes the fact's position, notes the fact, folds what is noted of its KPI, and writes the cells that moved. Nothing
is held in memory between facts, so that it goes on where it was stopped, as a projection of the library is to.

Run as a process of its own: `python -m tests.benchmarks.peers.runner URL CONTRACTS KPIS MONTHS`.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from ledger.facts import ContractRegistered, any_fact, kpi_of
from ledger.recorded import Recorded
from projections.abatement import amount
from projections.movement import Walker, seen
from tests.benchmarks.changes import COLUMNS, KEYS, digest, shows
from tests.benchmarks.estates import TAKEN
from tests.benchmarks.workload import Size, lines

if TYPE_CHECKING:
    from eventsourcing.persistence import Tracking

    from projections.cells import Cell
    from tests.benchmarks.changes import CellRow

A_CALL = 250
LIMIT_SECONDS = 3600.0


class FactAsJson(Mapper[str]):
    """Between a recorded fact and a stored event: the state is the fact's JSON."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        recorded = domain_event
        state = recorded.fact.model_dump_json(by_alias=True, exclude_none=True).encode()
        return StoredEvent(recorded.fact.contract, recorded.version, recorded.fact.kind, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        position = getattr(stored_event, "id", 0)
        fact = any_fact.validate_json(stored_event.state)
        return Recorded(position, stored_event.originator_version, TAKEN, "user", fact)


class Facts(Application[str]):
    """The application whose facts are projected."""

    name = "facts"

    def construct_mapper(self) -> Mapper[str]:
        return FactAsJson(self.construct_transcoder())


class KeptCells(PostgresTrackingRecorder):
    """A table of cells that moves together with the position it is kept to."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cells = self.tracking_table_name.replace("tracking", "cells")
        columns = ", ".join(f"{name} TEXT{' NOT NULL' if name in KEYS else ''}" for name in COLUMNS[:-1])
        made = f"CREATE TABLE IF NOT EXISTS {{}} ({columns}, run INTEGER, PRIMARY KEY ({', '.join(KEYS)}))"
        self.sql_create_statements.append(SQL(made).format(Identifier(self.cells)))
        self.noted = self.tracking_table_name.replace("tracking", "noted")
        noted = "contract TEXT, kpi TEXT, position BIGINT, state BYTEA, PRIMARY KEY (contract, kpi, position)"
        self.sql_create_statements.append(
            SQL(f"CREATE TABLE IF NOT EXISTS {{}} ({noted})").format(Identifier(self.noted))
        )
        set_to = ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS if name not in KEYS)
        places = ", ".join(["%s"] * len(COLUMNS))
        put = f"INSERT INTO {{}} VALUES ({places}) ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET {set_to}"
        self.put = SQL(put).format(Identifier(self.cells))
        gone = " AND ".join(f"{name} = %s" for name in KEYS)
        self.take_out = SQL(f"DELETE FROM {{}} WHERE {gone}").format(Identifier(self.cells))

    def take_in(self, recorded: Recorded, tracking: Tracking) -> None:
        """Note a fact, and write what it moves, and that it is taken in."""
        fact = recorded.fact
        state = fact.model_dump_json(by_alias=True, exclude_none=True).encode()
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            note = SQL("INSERT INTO {} VALUES (%s, %s, %s, %s)").format(Identifier(self.noted))
            cursor.execute(note, (fact.contract, kpi_of(fact) or "", recorded.position, state))
            for kpi in [kpi_of(fact)] if kpi_of(fact) else self._kpis(cursor, fact.contract):
                self._refold(cursor, fact.contract, str(kpi))

    def _kpis(self, cursor: Any, contract: str) -> list[str]:
        asked = SQL("SELECT DISTINCT kpi FROM {} WHERE contract = %s AND kpi <> ''").format(Identifier(self.noted))
        cursor.execute(asked, (contract,))
        return [row["kpi"] for row in cursor.fetchall()]

    def _refold(self, cursor: Any, contract: str, kpi: str) -> None:
        asked = SQL("SELECT position, state FROM {} WHERE contract = %s AND kpi IN (%s, '')").format(
            Identifier(self.noted)
        )
        cursor.execute(asked, (contract, kpi))
        facts = [
            Recorded(row["position"], 0, TAKEN, "user", any_fact.validate_json(row["state"]))
            for row in cursor.fetchall()
        ]
        held_from = next((each.fact.held_from for each in facts if isinstance(each.fact, ContractRegistered)), "")
        cells = Walker(kpi, facts, None).cells
        given = {period: _row(contract, cell) for period, cell in cells.items() if period >= held_from}
        names = SQL(", ").join(map(Identifier, COLUMNS))
        asked = SQL("SELECT {} FROM {} WHERE contract = %s AND kpi = %s").format(names, Identifier(self.cells))
        cursor.execute(asked, (contract, kpi))
        there = {row["period"]: tuple(row[name] for name in COLUMNS) for row in cursor.fetchall()}
        for period in there.keys() - given.keys():
            cursor.execute(self.take_out, there[period][: len(KEYS)])
        come = [row for period, row in given.items() if there.get(period) != row]
        if come:
            cursor.executemany(self.put, come)

    def rows(self) -> list[CellRow]:
        """Return the table."""
        names = SQL(", ").join(map(Identifier, COLUMNS))
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(SQL("SELECT {} FROM {}").format(names, Identifier(self.cells)))
            return [tuple(row[name] for name in COLUMNS) for row in cursor.fetchall()]


def _row(contract: str, cell: Cell) -> CellRow:
    shown = seen(cell)
    value = None if shown["value"] is None else f"{shown['value']:f}"
    points, multiplier = amount(shown["points"]), amount(shown["multiplier"])
    return (contract, cell.kpi, cell.period, cell.status.value, value, points, multiplier, shown["run"])


class CellsAsTheyStand(Projection[KeptCells]):
    """The cells, folded fact by fact."""

    name = "cells"
    topics: ClassVar[tuple[str, ...]] = ()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take_in(domain_event, tracking)


def environment(url: str) -> dict[str, str]:
    """Return how the library is to find the database."""
    from psycopg.conninfo import conninfo_to_dict

    found = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(found["dbname"]),
        "POSTGRES_HOST": str(found["host"]),
        "POSTGRES_PORT": str(found.get("port", "5432")),
        "POSTGRES_USER": str(found["user"]),
        "POSTGRES_PASSWORD": str(found.get("password", "none")),
        "ORIGINATOR_ID_TYPE": "text",
        "CIPHER_KEY": "",
        "COMPRESSOR_TOPIC": "",
    }


def store(env: dict[str, str], size: Size) -> int:
    """Store a workload's facts with the library's own recorder; return how many there are."""
    position = 0
    application = Facts(env)
    for raw in lines(size):
        recorded = []
        for version, each in enumerate(raw, 1):
            position += 1
            recorded.append(Recorded(position, version, TAKEN, "user", any_fact.validate_python(each)))
        stored = [application.mapper.to_stored_event(each) for each in recorded]
        for first in range(0, len(stored), A_CALL):
            application.recorder.insert_events(stored[first : first + A_CALL])
    application.close()
    return position


def run(url: str, size: Size) -> dict[str, Any]:
    """Store a workload in an empty database and project it; say how long projecting took, and what came out."""
    env = environment(url)
    last = store(env, size)
    began = perf_counter()
    with ProjectionRunner(
        application_class=Facts, projection_class=CellsAsTheyStand, view_class=KeptCells, env=env
    ) as runner:
        runner.wait(last, LIMIT_SECONDS)
        taken = perf_counter() - began
        rows = runner.projection.view.rows()
    return {"facts": last, "seconds": round(taken, 3), "table": digest(filter(shows, rows))}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], Size(*map(int, sys.argv[2:])))))
