"""What the proof costs: recording with tree and guards beside recording without, verifying beside reading.

Prints one JSON object: medians in seconds, and ratios. `make bench` runs a short form; the figures of the README's
claims are those of `python -m tests.benchmarks.proof --facts 100000 --verify 1000000`.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from ledger import machine
from ledger.facts import any_fact
from ledger.recorded import Recorded
from ledger.state import as_instant, written
from ledger.store import Ledger
from ledger.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.facts import AnyFact

BATCH = 1000
RUNS = 3
TAKEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def facts(count: int) -> Iterator[list[AnyFact]]:
    """Yield batches of returns, each with the texts that returns have."""
    for first in range(0, count, BATCH):
        yield [
            any_fact.validate_python(
                {
                    "fact": "PerformanceSubmitted",
                    "id": f"f-{number:09d}",
                    "contract": "c",
                    "dated": "2025-06-01",
                    "by": "P/an.officer",
                    "source": "The provider's return for the month",
                    "kpi": f"K{number % 40}",
                    "period": "2025-05",
                    "value": f"{number % 10000}.25",
                }
            )
            for number in range(first, min(first + BATCH, count))
        ]


def with_proof(path: Path, batches: list[list[AnyFact]]) -> float:
    """Return how long the ledger takes to append batches."""
    position = 0
    with Ledger(path, create=True) as ledger:
        began = perf_counter()
        for batch in batches:
            ledger.append(batch, position, {"c": position}, TAKEN)
            position += len(batch)
        return perf_counter() - began


def without_proof(path: Path, batches: list[list[AnyFact]]) -> float:
    """Return how long the same facts take into the same tables without tree and triggers, as durably."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE facts (position INTEGER PRIMARY KEY, id TEXT UNIQUE, contract TEXT, version INTEGER, kind TEXT, "
        "state BLOB, UNIQUE (contract, version))"
    )
    connection.execute("CREATE TABLE texts (position INTEGER PRIMARY KEY, opened TEXT)")
    position = 0
    began = perf_counter()
    for batch in batches:
        taken = [Recorded(at, at, TAKEN, "user", fact) for at, fact in enumerate(batch, position + 1)]
        salts = machine.new_salts()
        kept = [(each, *written(each, as_instant(each.recorded_at), salts)) for each in taken]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)",
            [
                (each.position, each.fact.id, each.fact.contract, each.version, each.fact.kind, state)
                for each, state, _ in kept
            ],
        )
        connection.executemany(
            "INSERT INTO texts VALUES (?, ?)", [(each.position, opened) for each, _, opened in kept if opened]
        )
        connection.execute("COMMIT")
        position += len(batch)
    taken_seconds = perf_counter() - began
    connection.close()
    return taken_seconds


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def recording(count: int) -> dict[str, float]:
    """Measure recording, both ways in turn."""
    batches = list(facts(count))
    ours, bare = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            bare.append(without_proof(Path(folder) / "bare.db", batches))
            ours.append(with_proof(Path(folder) / "ledger.db", batches))
    return {
        "record_seconds": round(median(ours), 3),
        "record_without_seconds": round(median(bare), 3),
        "record_to_without": round(median(ours) / median(bare), 2),
    }


def verifying(count: int) -> dict[str, float]:
    """Measure verifying beside reading every fact, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        position = 0
        with Ledger(path, create=True) as ledger:
            for batch in facts(count):
                ledger.append(batch, position, {"c": position}, TAKEN)
                position += len(batch)
            verified, read, rows = [], [], []
            for _ in range(RUNS):
                rows.append(seconds(lambda: sum(1 for _ in ledger.rows_since(0))))
                read.append(seconds(lambda: sum(1 for _ in ledger.since(0))))
                verified.append(seconds(lambda: verify(ledger)))
    return {
        "verify_seconds": round(median(verified), 3),
        "read_facts_seconds": round(median(read), 3),
        "read_rows_seconds": round(median(rows), 3),
        "verify_speed_to_reading_facts": round(median(read) / median(verified), 2),
        "verify_speed_to_reading_rows": round(median(rows) / median(verified), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--verify", type=int, default=20_000)
    asked = parser.parse_args()
    found = {"facts": asked.facts, **recording(asked.facts), "verified": asked.verify, **verifying(asked.verify)}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
