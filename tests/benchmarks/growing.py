"""How replays, questions and recording grow: with years of history, with contracts, and with writers at once.

A writer is a process of its own: `python -m tests.benchmarks.growing LEDGER CONTRACT COUNT`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ledger.faults import LedgerUnusable
from ledger.lines import read_lines
from ledger.period import shift
from ledger.recording import record
from projections.estate_cells import cells_of
from projections.kept_engine import kept_tables
from tests.benchmarks.changes import last_of_month
from tests.benchmarks.estates import CLOCK, fill, opened
from tests.benchmarks.measured import in_a_fresh_process, say, several, spread
from tests.benchmarks.one_contract import MONTHS
from tests.benchmarks.workload import FIRST, Size, contract_id, kpi_ref, lines, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

OF_YEARS = 5


def measure(asked: Asked) -> Figures:
    """Measure along each of the three."""
    base = asked.estates.base
    return {
        "years": [
            {"years": years, **of_size(asked, Size(min(OF_YEARS, base.contracts), base.kpis, 12 * years))}
            for years in asked.years
        ],
        "contracts": [
            {"contracts": contracts, **of_size(asked, Size(contracts, base.kpis, base.months))}
            for contracts in asked.contracts
        ],
        "writers_sqlite": list(on_one_file(asked)),
        "writers_postgresql": on_postgresql(asked),
    }


def of_size(asked: Asked, size: Size) -> Figures:
    """Replay an estate, and ask for the last six months of its first contract as at their end and a month."""
    say(f"Growing: {size} …")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        path = Path(folder) / "growing.db"
        fill(path, lines(size))
        done = in_a_fresh_process("replaying", path, 1)
        last = shift(FIRST, size.months - 1)
        question = (contract_id(1), shift(last, 1 - MONTHS), last, date.fromisoformat(last_of_month(shift(last, 1))))
        with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
            taken = several(lambda: cells_of(connection, *question), asked.times)
        return {
            "facts": done["facts"],
            "replay_seconds": done["seconds"],
            "replay_mb": done["process_mb"],
            "six_months": spread(taken),
            "file_mb": round(path.stat().st_size / 1e6, 1),
        }


def on_one_file(asked: Asked) -> Iterator[Figures]:
    """Have more and more writers record in one file."""
    for writers in asked.writers:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            yield recorded_by(str(Path(folder) / "writers.db"), writers, asked.facts_a_writer)


def on_postgresql(asked: Asked) -> list[Figures] | Figures:
    """Have more and more writers record in one database."""
    try:
        from tests import postgres
    except ImportError as missing:
        return {"skipped": f"no PostgreSQL here: {missing}"}
    found = []
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.server(durable=True))
        except (AssertionError, OSError, subprocess.CalledProcessError) as missing:
            return {"skipped": f"no PostgreSQL here: {missing}"}
        for writers in asked.writers:
            with postgres.database(server, f"writers-{writers}") as url:
                try:
                    found.append(recorded_by(url, writers, asked.facts_a_writer))
                except LedgerUnusable as wrong:
                    return {"skipped": str(wrong).removeprefix(f"{url}: ")}
    return found


def recorded_by(location: str, writers: int, each: int) -> Figures:
    """Have writers record single facts at once, each about a contract of its own; every fact is on the disk."""
    say(f"Recording with {writers} at once …")
    fill(location, lines(Size(writers, 1, 0)))
    command = [sys.executable, "-m", "tests.benchmarks.growing", location]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, contract_id(number), str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for number in range(1, writers + 1)
        ]
        for writer in running:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        began = perf_counter()
        for writer in running:
            assert writer.stdin is not None
            writer.stdin.close()
        told = [json.load(writer.stdout) for writer in running if writer.stdout]
        taken = perf_counter() - began
    with opened(location) as ledger:
        facts = sum(1 for recorded in ledger.since(0) if recorded.fact.kind == "PerformanceSubmitted")
    assert facts == writers * each, f"{facts} facts are there of {writers * each}"
    waits = [seconds for its in told for seconds in its]
    return {"writers": writers, "facts": facts, "facts_a_second": round(facts / taken, 1), "fact": spread(waits)}


def write_in_turn(location: str, contract: str, count: int) -> list[float]:
    """Record so many returns, each on its own, once standard input is closed; return the seconds of each."""
    taken = []
    with opened(location) as ledger:
        readings = [read_lines(text([_returned(contract, number)]), "return", ledger.new_id) for number in range(count)]
        ledger.history(contract)
        print("ready", flush=True)
        sys.stdin.read()
        for reading in readings:
            began = perf_counter()
            record(ledger, reading, CLOCK)
            taken.append(perf_counter() - began)
    return taken


def _returned(contract: str, number: int) -> dict[str, Any]:
    month = shift(FIRST, number % 120)
    return {
        "fact": "PerformanceSubmitted",
        "id": f"{contract}-{number}",
        "contract": contract,
        "dated": date.fromisoformat(f"{shift(month, 1)}-05").isoformat(),
        "by": "PROV/contract.manager",
        "source": "The provider's return for the month",
        "kpi": kpi_ref(1),
        "period": month,
        "value": f"{90 + number // 120}.25",
    }


if __name__ == "__main__":
    print(json.dumps(write_in_turn(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
