"""What the benchmarks of a database share: loading the workload into a ledger, and timing."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.facts import any_fact
from ledger.judgement import Proposed, Reading
from ledger.recording import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger.store import Ledger
    from tests.benchmarks.workload import Fields


def load(ledger: Ledger, contracts: Iterable[list[Fields]]) -> int:
    """Record each contract's facts as one file, and return how many there were; the kept tables are not touched."""
    taken = 0
    for facts in contracts:
        taken += len(taken_in(ledger, facts))
    return taken


def taken_in(ledger: Ledger, facts: Iterable[Fields]) -> list[object]:
    """Record one file of facts, and return what was taken."""
    reading = Reading([Proposed(any_fact.validate_python(each)) for each in facts])
    return [*record(ledger, reading, Clock()).recorded]


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def typical(work: Callable[[], object], runs: int = 7) -> float:
    """Return the median of how long a piece of work takes, in milliseconds."""
    return round(median(seconds(work) for _ in range(runs)) * 1000, 2)


def alternating(runs: int, **works: Callable[[], object]) -> dict[str, float]:
    """Return the medians of several pieces of work, in milliseconds, done in turn so that all meet the same machine."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            found[name].append(seconds(work))
    return {f"{name}_ms": round(median(each) * 1000, 2) for name, each in found.items()}
