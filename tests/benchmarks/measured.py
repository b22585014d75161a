"""How the estate benchmarks measure: seconds of a piece of work, alone or in a fresh process, and on what machine."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import subprocess
import sys
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Figures = dict[str, Any]


class Unavailable(Exception):  # noqa: N818 - not an error: what is measured goes on without
    """A peer that is not installed here, or cannot be started; the message says why."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def several(work: Callable[[], object], times: int) -> list[float]:
    """Return how long a piece of work takes, each time of several, after one that is not counted."""
    work()
    return [seconds(work) for _ in range(times)]


def spread(taken: Sequence[float]) -> Figures:
    """Return the median and the 95th percentile of some seconds, in milliseconds."""
    at_95 = sorted(taken)[ceil(len(taken) * 0.95) - 1]
    return {"median_ms": round(median(taken) * 1000, 3), "p95_ms": round(at_95 * 1000, 3), "times": len(taken)}


def ratio(one: float, other: float) -> float:
    """Return how many times another a figure is."""
    return round(one / other, 2)


def peak_megabytes() -> Figures:
    """Return the most memory that this process has held, and the largest of those it started.

    The kernel counts for a process what the one that started it held then, but not in `VmHWM`; for those that this one
    started there is no other count.
    """
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return {
        "process_mb": round(int(told["VmHWM"].split()[0]) / 1024, 1),
        "largest_child_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }


def in_a_fresh_process(module: str, *arguments: object) -> Any:
    """Run a module of the benchmarks in a Python process of its own; return the JSON that it prints.

    Raises:
        Unavailable: with what the process said last, if it exits with status 3.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode == MISSING:
        raise Unavailable(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr}")
    return json.loads(done.stdout)


MISSING = 3
"""The exit status of a peer's process that cannot do its work here."""


def say(sentence: str) -> None:
    """Tell whoever waits how far the benchmarks are."""
    print(sentence, file=sys.stderr, flush=True)


def machine() -> Figures:
    """Describe the machine in neutral words."""
    return {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
