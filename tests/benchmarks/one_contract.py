"""Six months of one contract as at a date, from the kept tables of ever larger estates, in a process that is warm."""

from __future__ import annotations

import random
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

from ledger.period import shift
from projections.estate_cells import cells_of
from projections.kept_engine import kept_tables
from tests.benchmarks.changes import last_of_month
from tests.benchmarks.estates import LONG_STANDING, LONG_STANDING_ID, opened
from tests.benchmarks.measured import ratio, say, spread
from tests.benchmarks.workload import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

MONTHS = 6


def measure(asked: Asked) -> Figures:
    """Ask each estate the same questions; compare the largest with the first."""
    found = []
    for times in asked.estates.times:
        path = asked.estates.with_long_standing(times)
        say(f"Asking {path.name} …")
        found.append({"times_the_base": times, "contract_of_ten_years": of_estate(path, asked.times)})
    medians = [each["contract_of_ten_years"]["warm"]["median_ms"] for each in found]
    return {"of_estates": found, "largest_to_first": ratio(medians[-1], medians[0])}


def of_estate(path: Path, times: int) -> Figures:
    """Ask for random six months as at random later dates, over one connection, and over one opened each time."""
    drawn = random.Random(6)
    warm, opening, rows = [], [], set()
    with opened(path) as ledger:
        with kept_tables(ledger, writing=False) as connection:
            for each in range(times + 20):
                asked = a_question(drawn)
                began = perf_counter()
                found = cells_of(connection, *asked)
                if each >= 20:
                    warm.append(perf_counter() - began)
                rows.add(len(found))
        for _ in range(max(10, times // 10)):
            asked = a_question(drawn)
            began = perf_counter()
            with kept_tables(ledger, writing=False) as connection:
                cells_of(connection, *asked)
            opening.append(perf_counter() - began)
    return {"cells": sorted(rows), "warm": spread(warm), "with_opening": spread(opening)}


def a_question(drawn: random.Random) -> tuple[str, str, str, date]:
    """Draw a contract of ten years, the first and last of six months, and a date by which all have a result."""
    place = drawn.randrange(LONG_STANDING.months - MONTHS)
    first = shift(FIRST, place)
    last = shift(first, MONTHS - 1)
    day = last_of_month(shift(last, drawn.randint(1, 12)))
    return LONG_STANDING_ID, first, last, date.fromisoformat(day)
