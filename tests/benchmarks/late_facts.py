"""A decision about a month ten years back that moves 120 cells, recorded and projected, beside one that moves one cell.

The KPI it is about was red in every month of ten years; its first result is found to have been green, so that the run
of every later month is one shorter.
"""

from __future__ import annotations

import shutil
from time import perf_counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ledger.lines import read_lines
from ledger.period import shift
from ledger.recording import record
from projections.catching_up import catch_up
from projections.kept_engine import kept_tables
from projections.schema import LIVE
from tests.benchmarks.estates import CLOCK, TODAY, fill, keep, opened
from tests.benchmarks.measured import ratio, spread
from tests.benchmarks.workload import FIRST, Size, contract_id, kpi_ref, lines, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures
    from tests.benchmarks.workload import Fields

TEN_YEARS = Size(contracts=1, kpis=20, months=120)
RED = "61.50"
GREEN = "97.25"
_OF_ONE_CELL = frozenset({"EscalationRaised", "EscalationDecided", "MitigationGranted", "TargetRebased"})


def measure(asked: Asked) -> Figures:
    """Measure each on copies of the same ledger, in turn."""
    path = asked.folder / "red-for-ten-years.db"
    path.unlink(missing_ok=True)
    fill(path, [red_throughout(TEN_YEARS)])
    keep(path)
    months = [shift(FIRST, place) for place in range(TEN_YEARS.months)]
    found: dict[str, list[Figures]] = {"moves_one": [], "moves_all": []}
    for _ in range(max(3, min(25, asked.times // 20))):
        found["moves_one"].append(decided(path, months[-1]))
        found["moves_all"].append(decided(path, months[0]))
    told: Figures = {
        name: {
            "cells": sorted({each["cells"] for each in its}),
            "record": spread([each["record"] for each in its]),
            "project": spread([each["project"] for each in its]),
            "both": spread([each["record"] + each["project"] for each in its]),
        }
        for name, its in found.items()
    }
    return told | {
        "moving_all_to_moving_one": ratio(*(told[name]["both"]["median_ms"] for name in ("moves_all", "moves_one")))
    }


def red_throughout(size: Size) -> list[Fields]:
    """Return a contract whose first KPI was red in every month, undisputed."""
    (its,) = lines(size)
    first = kpi_ref(1)
    return [
        each | {"value": RED} if each.get("kpi") == first and each["fact"] == "PerformanceSubmitted" else each
        for each in its
        if not (each.get("kpi") == first and each["fact"] in _OF_ONE_CELL)
    ]


def decided(path: Path, month: str) -> Figures:
    """Uphold a dispute of a month in a copy of a ledger; say how long recording and projecting took, and what moved."""
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    every = {"contract": contract_id(1), "kpi": kpi_ref(1), "period": month, "ref": "late"}
    raised = {
        "fact": "EscalationRaised",
        "id": "late-raised",
        "dated": TODAY.isoformat(),
        "by": "PROV/contract.manager",
        "against": "score",
        "reason": "The log of requests was found",
    }
    upheld = {
        "fact": "EscalationDecided",
        "id": "late-upheld",
        "dated": TODAY.isoformat(),
        "by": "CC/board",
        "outcome": "upheld",
        "value": GREEN,
        "reason": "The board read the log of requests",
    }
    with opened(copy) as ledger:
        record(ledger, read_lines(text([every | raised]), "raised", ledger.new_id), CLOCK)
        catch_up(ledger, CLOCK)
        reading = read_lines(text([every | upheld]), "upheld", ledger.new_id)
        began = perf_counter()
        record(ledger, reading, CLOCK)
        recorded = perf_counter()
        catch_up(ledger, CLOCK)
        projected = perf_counter()
        with kept_tables(ledger, writing=False) as connection:
            its = LIVE.cell_versions.c
            moved = select(func.count()).where(its.since == TODAY.isoformat(), its.because.contains("late-upheld"))
            cells = connection.execute(moved).scalar_one()
    return {"record": recorded - began, "project": projected - recorded, "cells": cells}
