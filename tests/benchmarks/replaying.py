"""A replay of the whole estate: beside reading its facts, and beside the library's own ProjectionRunner.

Each replay runs in a process of its own, so that its memory can be told, while another process counts the rows of the
tables that are read. Such a process is `python -m tests.benchmarks.replaying LEDGER WORKERS`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from projections.kept_engine import kept_tables
from projections.replay import replay
from projections.schema import LIVE
from projections.spread import processes
from tests.benchmarks.cell_table import now_standing
from tests.benchmarks.changes import digest
from tests.benchmarks.estates import CLOCK, append, fill, keep, opened
from tests.benchmarks.measured import (
    Unavailable,
    in_a_fresh_process,
    peak_megabytes,
    ratio,
    say,
    seconds,
)
from tests.benchmarks.workload import Size, lines

if TYPE_CHECKING:
    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

_COUNTS_IN_TURN = """
import json, sys
from pathlib import Path
from tests.benchmarks.replaying import count_until_told
print(json.dumps(count_until_told(Path(sys.argv[1]))))
"""


def measure(asked: Asked) -> Figures:
    """Measure replays of growing estates, the floors of the first in turn with its replays, and the peer."""
    first = asked.estates.path(asked.estates.times[0])
    floors = [floor(first)]
    found: Figures = {"of_estates": []}
    for times in asked.estates.times:
        path = asked.estates.path(times)
        for workers in sorted({1, min(2, os.cpu_count() or 1)}):
            say(f"Replaying {path.name} with {workers} at work …")
            done = in_a_fresh_process("replaying", path, workers)
            found["of_estates"].append({"times_the_base": times, "workers": workers, **done})
            if path == first:
                floors.append(floor(first))
    found["floors"] = {name: median(each[name] for each in floors) for name in floors[0]}
    base = {each["workers"]: each["seconds_a_fact"] for each in found["of_estates"] if each["times_the_base"] == 1}
    found["replay_to_reading_facts"] = ratio(base[1], found["floors"]["facts_seconds_a_fact"])
    found["replay_to_reading_rows"] = ratio(base[1], found["floors"]["rows_seconds_a_fact"])
    found["peak_of_largest_to_first"] = _memory_grown(found["of_estates"])
    found["readers"] = watched(asked)
    found["runner"] = beside_the_runner(asked)
    return found


def _memory_grown(done: list[Figures]) -> float:
    alone = [each for each in done if each["workers"] == 1]
    return ratio(alone[-1]["process_mb"], alone[0]["process_mb"])


def floor(path: Path) -> Figures:
    """Measure reading every stored row with the driver alone, and reading every fact back as the ledger does."""
    rows = _reading_rows(path)
    with opened(path) as ledger:
        facts, count = seconds(lambda: sum(1 for _ in ledger.since(0))), ledger.head()
    return {
        "facts": count,
        "rows_seconds": round(rows, 3),
        "facts_seconds": round(facts, 3),
        "rows_seconds_a_fact": rows / count,
        "facts_seconds_a_fact": facts / count,
    }


def _reading_rows(path: Path) -> float:
    connection = sqlite3.connect(path)
    taken = seconds(lambda: sum(1 for _ in connection.execute("SELECT * FROM facts ORDER BY position")))
    connection.close()
    return taken


def replayed(path: Path, workers: int) -> Figures:
    """Replay a ledger; say how long it took, what memory it took, and what came out."""
    with opened(path) as ledger, processes(workers) if workers > 1 else nullcontext() as spread:
        began = perf_counter()
        done = replay(ledger, partial(opened, path), CLOCK, spread)
        taken = perf_counter() - began
        assert not done.faults, done.faults
    return {
        "facts": done.facts,
        "contracts": done.contracts,
        "seconds": round(taken, 3),
        "seconds_a_fact": taken / done.facts,
        **peak_megabytes(),
    }


def watched(asked: Asked) -> Figures:
    """Replay while another process counts rows: it must see all of the tables before, or all of those after."""
    base = asked.estates.base
    some = Size(max(2, base.contracts // 10), base.kpis, base.months)
    path = asked.folder / "watched.db"
    path.unlink(missing_ok=True)
    fill(path, lines(some))
    keep(path)
    with opened(path) as ledger:
        append(ledger, lines(some, first=some.contracts + 1))
    before = counted(path)
    command = [sys.executable, "-c", _COUNTS_IN_TURN, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        in_a_fresh_process("replaying", path, 1)
        told, _ = watching.communicate("")
    after = counted(path)
    seen = json.loads(told)
    others = [each for each in seen["counts"] if each not in (before, after)]
    return {
        "times_looked": seen["times"],
        "before": before,
        "after": after,
        "saw_before": before in seen["counts"],
        "saw_after": after in seen["counts"],
        "saw_anything_else": others,
    }


def counted(path: Path) -> dict[str, int]:
    """Return how many rows each of the tables that are read has, all at one moment."""
    with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
        found = {table.name: connection.execute(select(func.count()).select_from(table)) for table in LIVE.derived}
        return {name: rows.scalar_one() for name, rows in found.items()}


def count_until_told(path: Path) -> Figures:
    """Count rows again and again until standard input is closed; return each different count, and how many times."""
    import threading

    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    counts: list[dict[str, int]] = [counted(path)]
    print("counting", flush=True)
    times = 1
    while True:
        last = over.is_set()
        found = counted(path)
        times += 1
        if found != counts[-1]:
            counts.append(found)
        if last:
            return {"times": times, "counts": counts}


def beside_the_runner(asked: Asked) -> Figures:
    """Have the library's runner project a part of the base, or all, between two replays of the same facts."""
    size = asked.of_runner
    try:
        import psycopg_pool  # noqa: F401 - the library needs it

        from tests import postgres
    except ImportError as missing:
        return {"skipped": f"no PostgreSQL for the peer: {missing}"}
    path = asked.folder / "of-runner.db"
    path.unlink(missing_ok=True)
    fill(path, lines(size))
    before = in_a_fresh_process("replaying", path, 1)["seconds"]
    with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
        table = digest(now_standing(connection))
    say(f"Projecting {size.cells:,} cells with the library's runner …")
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.database(stack.enter_context(postgres.server(durable=True)), "peer"))
            done = in_a_fresh_process("peers.runner", url, size.contracts, size.kpis, size.months)
        except (Unavailable, OSError, AssertionError, subprocess.CalledProcessError) as missing:
            return {"skipped": f"no PostgreSQL for the peer: {missing}"}
    after = in_a_fresh_process("replaying", path, 1)["seconds"]
    return {
        **done,
        "part_of_base": round(size.cells / asked.estates.base.cells, 3),
        "replays_seconds": [before, after],
        "same_table": done["table"] == table,
        "replay_speed_to_runner": ratio(done["seconds"], (before + after) / 2),
    }


if __name__ == "__main__":
    print(json.dumps(replayed(Path(sys.argv[1]), int(sys.argv[2]))))
