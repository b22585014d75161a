"""How long recording takes, beside what the raw driver takes for the same rows.

`bulk` is a file of facts read and recorded in one go, against its rows inserted in one transaction; `decisions` are
single scrutinies at a desk that holds the contract, against one row inserted durably, by the contract's years of
history. Microseconds are of processor time (`cpu`) and of waiting too (`wall`), and medians. In bulk, `least` has the
least of the repeats beside: rows alone take a fraction as long, and so are the first to find the machine at rest.
"""

from __future__ import annotations

import gc
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.clock import Clock
from ledger.desk import Desk
from ledger.facts import KINDS
from ledger.judgement import Proposed, Reading
from ledger.lines import read_lines
from ledger.recording import record
from ledger.row import FACTS, TEXTS
from ledger.sqlite_tables import TABLES
from ledger.store import Ledger
from ledger.uncollected import uncollected
from tests.benchmarks.workload import Size, contract_id, kpi_ref, lines, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

REPEATS, OF_THE_FLOOR = 5, 3
MOST_DECISIONS = 200
_INSERT_FACT = f"INSERT INTO {FACTS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TEXTS = f"INSERT INTO {TEXTS} VALUES (?, ?)"


class _Later(Clock):
    """A clock by which a contract of ten years has run its course."""

    def today(self) -> date:
        return date(2040, 1, 1)


@dataclass(frozen=True, slots=True)
class Took:
    """What something took, in microseconds."""

    cpu: float
    wall: float

    def per(self, count: int) -> Took:
        return Took(self.cpu / count, self.wall / count)

    def document(self) -> dict[str, float]:
        return {"cpu": round(self.cpu, 1), "wall": round(self.wall, 1)}


def took(act: Callable[[], object]) -> Took:
    """Do something and return what it took."""
    gc.collect()
    return timed(act)


def timed(act: Callable[[], object]) -> Took:
    cpu, wall = time.process_time(), time.perf_counter()
    act()
    return Took((time.process_time() - cpu) * 1e6, (time.perf_counter() - wall) * 1e6)


def median(tries: list[Took]) -> Took:
    return Took(statistics.median(each.cpu for each in tries), statistics.median(each.wall for each in tries))


def least(tries: list[Took]) -> Took:
    return Took(min(each.cpu for each in tries), min(each.wall for each in tries))


def ratios(ours: Took, floor: Took) -> dict[str, Any]:
    """Return two figures and their ratios."""
    return {
        "microseconds": ours.document(),
        "floor_microseconds": floor.document(),
        "ratio": {"cpu": round(ours.cpu / floor.cpu, 2), "wall": round(ours.wall / floor.wall, 2)},
    }


def bulk(folder: Path, size: Size, repeats: int) -> dict[str, Any]:
    """Read and record a workload, and insert the same rows with the raw driver, in turn."""
    content = text([fact for contract in lines(size) for fact in contract])
    reading_, recording_, floor = [], [], []
    for number in range(repeats):
        path = folder / f"bulk-{number}.db"
        read: list[Reading] = []
        with Ledger(path, create=True) as ledger:
            with uncollected():  # around both, as in the command
                reading_.append(took(lambda read=read: read.append(read_lines(content, "workload", Ledger.new_id))))
                recording_.append(took(lambda ledger=ledger, read=read: record(ledger, read[0], Clock())))
            read.clear()
            rows = list(ledger.rows_since(0))
        floor += [_inserted(folder / f"raw-{number}-{again}.db", rows) for again in range(OF_THE_FLOOR)]
    count = len(rows)
    whole = [Took(a.cpu + b.cpu, a.wall + b.wall) for a, b in zip(reading_, recording_, strict=True)]
    return {
        "contracts": size.contracts,
        "facts": count,
        **ratios(median(whole).per(count), median(floor).per(count)),
        "least": ratios(least(whole).per(count), least(floor).per(count)),
        "parts": {
            "reading": median(reading_).per(count).document(),
            "recording": median(recording_).per(count).document(),
        },
    }


def _raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *TABLES.values()):
        connection.execute(statement)
    return connection


def _inserted(path: Path, rows: list[Any]) -> Took:
    with closing(_raw(path)) as connection:
        return took(_insertion(connection, rows))


def _insertion(connection: sqlite3.Connection, rows: list[Any]) -> Callable[[], None]:
    """Return what inserts rows in one transaction, ready to be timed."""
    facts, texts = [tuple(row[:-1]) for row in rows], [(row.position, row.opened) for row in rows if row.opened]

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT_FACT, facts)
        connection.executemany(_INSERT_TEXTS, texts)
        connection.execute("COMMIT")

    return insert


def decisions(folder: Path, years: int, count: int) -> dict[str, Any]:
    """Record scrutinies one at a time at an open desk, and as many rows with the raw driver, in turn."""
    size = Size(contracts=1, kpis=20, months=12 * years)
    facts = next(lines(size))
    last = [fact for fact in facts if fact["fact"] == "PerformanceScrutinised"][-count:]
    left_out = {fact["id"] for fact in last}
    left_out |= {f["id"] for f in facts if f["fact"].startswith("Escalation") and _cell(f) in set(map(_cell, last))}
    with Ledger(folder / f"years-{years}.db", create=True) as ledger:
        desk = Desk(ledger, _Later())
        before = [fact for fact in facts if fact["id"] not in left_out]
        desk.record(read_lines(text(before), "workload", Ledger.new_id))
        latest = max(fact["dated"] for fact in facts)
        given = [KINDS[fact["fact"]].model_validate({**fact, "dated": latest}) for fact in last]
        random.Random(years).shuffle(given)
        for kpi in range(1, size.kpis + 1):  # a holder that holds the contract: each KPI's walk is walked
            desk.record(Reading([Proposed(_mitigation(kpi, latest), "")]))
        ours, floors = [], []
        with closing(_raw(folder / f"raw-years-{years}.db")) as raw:
            _insertion(raw, list(ledger.rows_since(0)))()
            for fact in given:
                ours.append(timed(partial(desk.record, Reading([Proposed(fact, "one")]))))
                floors.append(timed(_insertion(raw, [ledger.row(ledger.head())])))
    held = {"years": years, "facts_held": len(before), "decisions": len(given)}
    return {**held, **ratios(median(ours), median(floors))}


def _cell(fact: dict[str, Any]) -> tuple[str, str]:
    return (fact["kpi"], fact["period"])


def _mitigation(kpi: int, dated: str) -> Any:
    fields = {"contract": contract_id(1), "dated": dated, "by": "PROV/contract.manager", "reason": "An outage"}
    kind = KINDS["MitigationRequested"]
    return kind.model_validate({**fields, "id": f"warm-{kpi}", "kpi": kpi_ref(kpi), "first_period": "2018-04"})


def measure(asked: Asked) -> Figures:
    """Measure a file of the whole base, and single decisions with short, middling and long histories."""
    years = sorted({asked.years[0], asked.years[len(asked.years) // 2], asked.years[-1]})
    with tempfile.TemporaryDirectory(dir=asked.folder) as given:
        folder = Path(given)
        return {
            "bulk": bulk(folder, asked.estates.base, REPEATS),
            "decisions": [decisions(folder, each, min(MOST_DECISIONS, asked.times)) for each in years],
        }
