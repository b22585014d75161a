"""Six months of one contract as at a date, from the kept tables of ever larger estates, in a process that is warm."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field
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
    from collections.abc import Sequence

    from ledger.store import Ledger
    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

MONTHS = 6
UNMEASURED = 20


def measure(asked: Asked) -> Figures:
    """Ask the estates in turn, each the same questions; compare the largest with the first."""
    paths = [asked.estates.with_long_standing(times) for times in asked.estates.times]
    say(f"Asking {', '.join(path.name for path in paths)} in turn …")
    with ExitStack() as open_:
        answers = asked_in_turn([open_.enter_context(opened(path)) for path in paths], asked.times)
    found = [
        {"times_the_base": times, "contract_of_ten_years": each.document()}
        for times, each in zip(asked.estates.times, answers, strict=True)
    ]
    medians = [each["contract_of_ten_years"]["warm"]["median_ms"] for each in found]
    return {"of_estates": found, "largest_to_first": ratio(medians[-1], medians[0])}


@dataclass(slots=True)
class Answers:
    """How many rows an estate answered with, and the seconds: over one connection, and over one opened each time."""

    cells: set[int] = field(default_factory=set)
    warm: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)

    def document(self) -> Figures:
        return {"cells": sorted(self.cells), "warm": spread(self.warm), "with_opening": spread(self.opening)}


def asked_in_turn(ledgers: Sequence[Ledger], times: int) -> list[Answers]:
    """Ask for random six months as at random later dates, each estate before the next question comes."""
    drawn = random.Random(6)
    found = [Answers() for _ in ledgers]
    with ExitStack() as open_:
        connections = [open_.enter_context(kept_tables(ledger, writing=False)) for ledger in ledgers]
        for each in range(UNMEASURED + times):
            asked = a_question(drawn)
            for connection, answers in zip(connections, found, strict=True):
                began = perf_counter()
                rows = cells_of(connection, *asked)
                if each >= UNMEASURED:
                    answers.warm.append(perf_counter() - began)
                answers.cells.add(len(rows))
    for _ in range(max(10, times // 10)):
        asked = a_question(drawn)
        for ledger, answers in zip(ledgers, found, strict=True):
            began = perf_counter()
            with kept_tables(ledger, writing=False) as connection:
                cells_of(connection, *asked)
            answers.opening.append(perf_counter() - began)
    return found


def a_question(drawn: random.Random) -> tuple[str, str, str, date]:
    """Draw a contract of ten years, the first and last of six months, and a date by which all have a result."""
    place = drawn.randrange(LONG_STANDING.months - MONTHS)
    first = shift(FIRST, place)
    last = shift(first, MONTHS - 1)
    day = last_of_month(shift(last, drawn.randint(1, 12)))
    return LONG_STANDING_ID, first, last, date.fromisoformat(day)
