"""What partitions by contract cost and give: the same bytes in tables with and without them, in one run.

The bytes are those of a ledger of the workload, copied under other contracts' names. Prints one JSON object: medians
in milliseconds, sizes in bytes. `python -m tests.benchmarks.partitions --contracts 8 --copies 16`.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

import psycopg

from ledger.clock import Clock
from ledger.location import place_of
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.schema import LIVE
from tests.benchmarks.loading import alternating, load, seconds
from tests.benchmarks.workload import Size, contract_id, lines
from tests.postgres import database, server

if TYPE_CHECKING:
    from collections.abc import Callable

PARTITIONS = 16
RUNS = 7
AS_AT = "2020-06-30"
_LIVE = "contract_ledger"
_FACTS = (
    'position bigint NOT NULL, id text COLLATE "C" NOT NULL, originator_id text COLLATE "C" NOT NULL, '
    'originator_version bigint NOT NULL, topic text COLLATE "C" NOT NULL, state bytea NOT NULL, leaf bytea NOT NULL, '
    "subtree bytea NOT NULL"
)
_COPIED = f"""
SELECT position + copy * (SELECT max(position) FROM {_LIVE}.facts) AS position, id || '-' || copy AS id,
       originator_id || '-' || copy AS originator_id, originator_version, topic, state, leaf, subtree
FROM {_LIVE}.facts CROSS JOIN generate_series(0, %s - 1) AS copy ORDER BY 1
"""
_OTHER_COLUMNS = ", ".join(each.name for each in LIVE.cell_versions.c if each.name != "contract")
_CELLS_COPIED = f"""
SELECT contract || '-' || copy AS contract, {_OTHER_COLUMNS}
FROM {_LIVE}.cell_versions CROSS JOIN generate_series(0, %s - 1) AS copy
"""
_PLAIN_FACTS = f"""
CREATE TABLE plain_facts ({_FACTS}, PRIMARY KEY (position), UNIQUE (id), UNIQUE (originator_id, originator_version))
"""
_HASHED_FACTS = f"""
CREATE TABLE hashed_facts ({_FACTS}, PRIMARY KEY (originator_id, originator_version)) PARTITION BY HASH (originator_id);
CREATE INDEX ON hashed_facts (position);
CREATE TABLE ids (position bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE,
                  originator_id text COLLATE "C" NOT NULL)
"""
_CELL_KEYS = "PRIMARY KEY (contract, period, kpi, since)"
_ONE = "SELECT * FROM {table} WHERE contract = %(one)s AND since <= %(day)s AND until > %(day)s"
_ESTATE = "SELECT status, count(*) FROM {table} WHERE since <= %(day)s AND until > %(day)s GROUP BY status"


def _of(table: str, kind: str, names: list[str]) -> list[str]:
    """Return the statements that make the partitions of a table: so many by hash, or one for each contract."""
    if kind == "hashed":
        return [
            f"CREATE TABLE {table}_{at} PARTITION OF {table} FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {at})"
            for at in range(PARTITIONS)
        ]
    return [f"CREATE TABLE {table}_{at} PARTITION OF {table} FOR VALUES IN ('{each}')" for at, each in enumerate(names)]


class _Tables:
    """The tables under comparison, in one database."""

    def __init__(self, connection: psycopg.Connection[Any], copies: int) -> None:
        self._connection = connection
        self._copies = copies

    def ask(self, statement: str, **given: object) -> list[Any]:
        return self._connection.execute(statement.encode(), given or None).fetchall()

    def asking(self, statement: str, **given: object) -> Callable[[], object]:
        return lambda: self.ask(statement, **given)

    def do(self, statement: str, *given: object) -> float:
        """Run a statement, and return how many milliseconds it took."""
        return round(seconds(lambda: self._connection.execute(statement.encode(), given or None)) * 1000, 1)

    def bytes_of(self, *tables: str) -> int:
        """Return the bytes of tables with their partitions and indexes."""
        asked = (
            "SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size('{0}')) "
            "FROM pg_partition_tree('{0}')"
        )
        return sum(int(self.ask(asked.format(table))[0][0]) for table in tables)

    def facts(self) -> dict[str, Any]:
        """Compare the facts in one table with the facts in partitions beside a narrow table of ids."""
        self.do(_PLAIN_FACTS)
        self.do(_HASHED_FACTS)
        for statement in _of("hashed_facts", "hashed", []):
            self.do(statement)
        self.do(f"CREATE TABLE source AS {_COPIED}", self._copies)
        found: dict[str, Any] = {"facts": self.ask("SELECT count(*) FROM source")[0][0]}
        found["insert_plain_ms"] = self.do("INSERT INTO plain_facts SELECT * FROM source ORDER BY position")
        found["insert_ids_ms"] = self.do(
            "INSERT INTO ids SELECT position, id, originator_id FROM source ORDER BY position"
        )
        found["insert_hashed_ms"] = self.do("INSERT INTO hashed_facts SELECT * FROM source ORDER BY position")
        self.do("VACUUM ANALYZE")
        found |= {"bytes_plain": self.bytes_of("plain_facts"), "bytes_hashed": self.bytes_of("hashed_facts")}
        found["bytes_ids"] = self.bytes_of("ids")
        id_, contract, last = self.ask("SELECT id, originator_id, position FROM source OFFSET 1000 LIMIT 1")[0]
        found |= alternating(
            RUNS,
            **{
                f"{name}_{table}": self.asking(asked.format(table=f"{table}_facts"), id=id_, one=contract, at=last)
                for name, asked in {
                    "history_of_one": "SELECT * FROM {table} WHERE originator_id = %(one)s ORDER BY originator_version",
                    "row_at_position": "SELECT * FROM {table} WHERE position = %(at)s",
                    "row_with_id": "SELECT * FROM {table} WHERE id = %(id)s",
                    "last_position": "SELECT max(position) FROM {table}",
                    "next_5000": "SELECT * FROM {table} WHERE position > %(at)s ORDER BY position LIMIT 5000",
                    "leaves_by_position": "SELECT leaf FROM {table} ORDER BY position",
                }.items()
                for table in ("plain", "hashed")
                if (name, table) != ("row_with_id", "hashed")
            },
        )
        by_ids = "SELECT f.* FROM ids JOIN hashed_facts f USING (originator_id, position) WHERE ids.id = %(id)s"
        found |= alternating(
            RUNS,
            row_with_id_by_ids=self.asking(by_ids, id=id_),
            row_at_position_by_ids=self.asking(by_ids.replace("ids.id = %(id)s", "ids.position = %(at)s"), at=last),
            last_position_by_ids=self.asking("SELECT max(position) FROM ids"),
        )
        return found

    def cells(self) -> dict[str, Any]:
        """Compare the versions of cells in one table, in partitions by hash, and in one partition a contract."""
        self.do(f"CREATE TABLE cells_source AS {_CELLS_COPIED}", self._copies)
        names = [row[0] for row in self.ask("SELECT DISTINCT contract FROM cells_source ORDER BY 1")]
        found: dict[str, Any] = {"contracts": len(names)}
        found["rows"] = self.ask("SELECT count(*) FROM cells_source")[0][0]
        for kind, by in (
            ("plain", ""),
            ("hashed", "PARTITION BY HASH (contract)"),
            ("listed", "PARTITION BY LIST (contract)"),
        ):
            table = f"{kind}_cells"
            self.do(f"CREATE TABLE {table} (LIKE {_LIVE}.cell_versions, {_CELL_KEYS}) {by}")
            self.do(f"CREATE INDEX ON {table} (since)")
            for statement in _of(table, kind, names) if by else []:
                self.do(statement)
            found[f"insert_{kind}_ms"] = self.do(f"INSERT INTO {table} SELECT * FROM cells_source")
        self.do("VACUUM ANALYZE")
        for kind in ("plain", "hashed", "listed"):
            found[f"bytes_{kind}"] = self.bytes_of(f"{kind}_cells")
        given = {"one": names[len(names) // 2], "day": AS_AT}
        for name, asked in (("one_contract", _ONE), ("estate", _ESTATE)):
            works = {
                f"{name}_{kind}": self.asking(asked.format(table=f"{kind}_cells"), **given)
                for kind in ("plain", "hashed", "listed")
            }
            found |= alternating(RUNS, **works)
        found["delete_one_plain_ms"] = self.do("DELETE FROM plain_cells WHERE contract = %s", names[0])
        found["delete_one_hashed_ms"] = self.do("DELETE FROM hashed_cells WHERE contract = %s", names[0])
        found["detach_one_listed_ms"] = self.do("ALTER TABLE listed_cells DETACH PARTITION listed_cells_0")
        found["drop_detached_ms"] = self.do("DROP TABLE listed_cells_0")
        return found


def compared(location: str, copies: int) -> dict[str, Any]:
    """Copy a ledger's rows into tables with partitions and without, and compare them."""
    with psycopg.connect(location, autocommit=True) as connection:
        tables = _Tables(connection, copies)
        settings = {name: tables.ask(f"SHOW {name}")[0][0] for name in ("server_version", "fsync", "shared_buffers")}
        first = {"first": contract_id(1), "partitions": PARTITIONS, **settings}
        return first | {"facts": tables.facts(), "cell_versions": tables.cells()}


def main() -> None:
    """Load, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=8)
    parser.add_argument("--copies", type=int, default=16)
    asked = parser.parse_args()
    size = Size(asked.contracts, kpis=10, months=48)
    with server(durable=True) as url, database(url, "partitions") as location:
        with Ledger(place_of(location), create=True) as ledger:
            load(ledger, lines(size))
            catch_up(ledger, Clock())
        print(json.dumps(compared(location, asked.copies), indent=2))


if __name__ == "__main__":
    main()
