"""What the steps past one machine cost: bytes, writers at once, a standby, replay over processes, as-at questions.

Prints one JSON object; the server is ours, on this machine. `python -m tests.benchmarks.past_one_machine`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

import psycopg
from distributed import LocalCluster

from ledger.clock import Clock
from ledger.location import place_of
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.replay import replay
from projections.schema import LIVE
from projections.spread import Spread, dask_cluster, processes
from tests.benchmarks.loading import alternating, load, seconds, taken_in
from tests.benchmarks.workload import Size, lines
from tests.postgres import database, server
from tests.standby import Server, server_at, standby, value, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Barrier

    from tests.benchmarks.workload import Fields

AS_AT = "2020-06-30"
_ONE = "SELECT * FROM {table} WHERE contract = %(one)s AND since <= %(day)s AND until > %(day)s"
_ESTATE = "SELECT status, count(*) FROM {table} WHERE since <= %(day)s AND until > %(day)s GROUP BY status"


def loaded(location: str, size: Size) -> dict[str, float]:
    """Load a ledger, and return what it takes."""
    with Ledger(place_of(location), create=True) as ledger:
        began = perf_counter()
        facts = load(ledger, lines(size))
        recorded = perf_counter()
        catch_up(ledger, Clock())
        kept = perf_counter()
        read = [facts / seconds(lambda: sum(1 for _ in ledger.since(0))) for _ in range(3)]
        rows = [facts / seconds(lambda: sum(1 for _ in ledger.rows_since(0))) for _ in range(3)]
    return {
        "facts": facts,
        "recorded_a_second_in_files_of_a_contract": round(facts / (recorded - began)),
        "caught_up_a_second": round(facts / (kept - recorded)),
        "read_by_position_a_second": round(median(read)),
        "rows_by_position_a_second": round(median(rows)),
    }


def in_a_file(folder: str, size: Size) -> dict[str, float]:
    """Measure a ledger in a file: its bytes a fact and a version of a cell."""
    path = Path(folder) / "ledger.db"
    with Ledger(path, create=True) as ledger:
        load(ledger, lines(size))
    facts_bytes = path.stat().st_size
    path.unlink()
    found = loaded(str(path), size)
    with Ledger(path) as ledger:
        ((versions,),) = ledger.storage.select("SELECT count(*) FROM cell_versions")
    kept_bytes = path.stat().st_size - facts_bytes
    return found | {
        "bytes_a_fact": round(facts_bytes / found["facts"]),
        "cell_versions": versions,
        "bytes_a_cell_version_with_the_other_kept_tables": round(kept_bytes / versions),
    }


def in_a_database(location: str, size: Size) -> dict[str, float]:
    """Measure a ledger in a database: its bytes, and those that it writes in the server's log for a standby."""
    before = value(location, "SELECT pg_current_wal_lsn()::text")
    found = loaded(location, size)
    logged = int(value(location, f"SELECT pg_current_wal_lsn() - '{before}'"))
    with psycopg.connect(location, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    sizes = {
        name: int(value(location, f"SELECT pg_total_relation_size('contract_ledger.{name}')"))
        for name in ("facts", "texts", "cell_versions")
    }
    versions = value(location, "SELECT count(*) FROM contract_ledger.cell_versions")
    return found | {
        "bytes_a_fact": round((sizes["facts"] + sizes["texts"]) / found["facts"]),
        "cell_versions": versions,
        "bytes_a_cell_version": round(sizes["cell_versions"] / versions),
        "server_log_bytes_a_fact": round(logged / found["facts"]),
    }


def files_of(number: int, months: int) -> list[list[Fields]]:
    """Return what one writer records of a contract: its terms, then one file for each month of dates."""
    (facts,) = lines(Size(1, kpis=10, months=months), first=number)
    by_month: dict[str, list[Fields]] = {}
    for each in facts:
        by_month.setdefault(each["dated"][:7], []).append(each)
    return [by_month[month] for month in sorted(by_month)]


def write(location: str, number: int, months: int, ready: Barrier, told: Any) -> None:
    """Record one contract's files, one after another, as `record` does, and tell when and how many facts."""
    terms, *files = files_of(number, months)
    with Ledger(place_of(location), create=True, wait_seconds=120) as ledger:
        taken_in(ledger, terms)
        ready.wait()
        began = perf_counter()
        facts = waits = 0.0
        for file in files:
            asked = perf_counter()
            facts += len(taken_in(ledger, file))
            catch_up(ledger, Clock())
            waits = max(waits, perf_counter() - asked)
        told.put((began, perf_counter(), facts, waits))


def writers(url: str, name: str, count: int, months: int) -> dict[str, float]:
    """Measure several processes that record, each into a contract of its own."""
    context = get_context("spawn")
    with database(url, name) as location:
        with Ledger(place_of(location), create=True):
            pass
        ready, told = context.Barrier(count), context.Queue()
        started = [
            context.Process(target=write, args=(location, number, months, ready, told))
            for number in range(1, count + 1)
        ]
        for each in started:
            each.start()
        found = [told.get(timeout=300) for _ in started]
        for each in started:
            each.join()
    took = max(end for _, end, _, _ in found) - min(began for began, _, _, _ in found)
    facts = sum(facts for _, _, facts, _ in found)
    return {
        "writers": count,
        "facts_a_second": round(facts / took, 1),
        "longest_file_ms": round(max(found, key=lambda each: each[3])[3] * 1000),
    }


def behind(primary: Server, location: str, months: int) -> dict[str, float]:
    """Measure how long after it is acknowledged a file is to be seen at a standby, and what waiting for one costs."""
    terms, *files = files_of(900, months)
    with standby(primary) as follower, Ledger(place_of(location)) as ledger:
        taken_in(ledger, terms)
        wait_for(follower, primary)
        lags, alone, waiting = [], [], []
        with psycopg.connect(follower.of(location), autocommit=True) as seen:
            for at, file in enumerate(files):
                synchronous = at % 2 == 1
                _wait_for_standby(primary, on=synchronous)
                took = seconds(partial(taken_in, ledger, file))
                (waiting if synchronous else alone).append(took / len(file))
                acknowledged, last = perf_counter(), ledger.head()
                while (seen.execute("SELECT max(position) FROM contract_ledger.facts").fetchone() or (0,))[0] < last:
                    sleep(0.001)
                if not synchronous:
                    lags.append(perf_counter() - acknowledged)
        _wait_for_standby(primary, on=False)
    return {
        "files": len(files),
        "seen_after_ms_median": round(median(lags) * 1000, 1),
        "seen_after_ms_most": round(max(lags) * 1000, 1),
        "seen_after_ms_9_of_10": round(quantiles(lags, n=10)[-1] * 1000, 1),
        "record_waiting_for_the_standby_to_not_waiting": round(median(waiting) / median(alone), 2),
    }


def _wait_for_standby(primary: Server, *, on: bool) -> None:
    with psycopg.connect(primary.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{'*' if on else ''}'".encode())
        connection.execute("SELECT pg_reload_conf()")
    sleep(0.1)


def replays(location: str, runs: int) -> dict[str, float]:
    """Measure a replay in one process, over two, and over two workers of a Dask cluster, in turn."""
    place = place_of(location)

    def again(spread: Spread | None = None) -> None:
        with Ledger(place) as ledger:
            assert replay(ledger, partial(Ledger, place), Clock(), spread).faults == []

    def pooled(count: int) -> None:
        with processes(count) as spread:
            again(spread)

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:

        def dasked() -> None:
            with dask_cluster(cluster.scheduler_address) as spread:
                again(spread)

        dasked()
        found = alternating(
            runs, here=again, one_worker=partial(pooled, 1), two_workers=partial(pooled, 2), dask_of_two=dasked
        )
    with Ledger(place) as ledger:
        facts = ledger.head()
    return (
        {"facts": facts}
        | found
        | {name.replace("_ms", "_facts_a_second"): round(facts / took * 1000) for name, took in found.items()}
        | {f"{name.removesuffix('_ms')}_to_here": round(took / found["here_ms"], 2) for name, took in found.items()}
    )


def as_at(location: str, runs: int) -> list[dict[str, float]]:
    """Measure questions as at a date over the versions of cells, and over 4 and 16 times as many under other names."""
    found = []
    with psycopg.connect(location, autocommit=True) as connection:
        connection.execute("SET search_path = contract_ledger")
        columns = ", ".join(each.name for each in LIVE.cell_versions.c if each.name != "contract")

        def asking(statement: str) -> Callable[[], object]:
            given = {"one": "contract-00001-0", "day": AS_AT}
            return lambda: connection.execute(statement.encode(), given).fetchall()

        for times in (1, 4, 16):
            table = f"versions_{times}"
            connection.execute(f"CREATE TABLE {table} (LIKE cell_versions INCLUDING ALL)".encode())
            connection.execute(
                f"INSERT INTO {table} (contract, {columns}) SELECT contract || '-' || copy, {columns} "
                f"FROM cell_versions CROSS JOIN generate_series(0, {times - 1}) AS copy".encode()
            )
            connection.execute(f"VACUUM ANALYZE {table}".encode())
            (rows,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
            works = {"one_contract": asking(_ONE.format(table=table)), "estate": asking(_ESTATE.format(table=table))}
            found.append({"times": times, "rows": rows} | alternating(runs, **works))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=12)
    parser.add_argument("--months", type=int, default=12, help="how many months each writer records")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    size = Size(asked.contracts, kpis=10, months=48)
    told: dict[str, Any] = {"contracts": size.contracts, "kpis": size.kpis, "months": size.months}

    def note(name: str, found: object) -> None:
        told[name] = found
        print(f"{name}: {json.dumps(found)}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder, server(durable=True) as url:
        settings = {name: value(url, f"SHOW {name}") for name in ("server_version", "fsync", "shared_buffers")}
        note("machine", {**settings, "cores": os.cpu_count(), "load": [round(each, 1) for each in os.getloadavg()]})
        note("sqlite", in_a_file(folder, size))
        with database(url, "estate") as location:
            note("postgresql", in_a_database(location, size))
            note("replay", replays(location, asked.runs))
            note("as_at", as_at(location, 7))
            note("standby", behind(server_at(url), location, 24))
        note("writing", [writers(url, f"by{count}", count, asked.months) for count in (1, 2, 4, 8)])
        note("load_after", round(os.getloadavg()[0], 1))
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
