"""What a run of the estate benchmarks was asked for: how large, how often, over which ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.estates import Estates
from tests.benchmarks.workload import Size, W

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """How a run measures.

    Args:
        estates: the ledgers, and how many times the base they go.
        of_runner: the part of the base that the library's runner projects.
        times: how often a question is asked.
        years: the lengths of history that curves go over.
        contracts: the numbers of contracts that curves go over, each of the size of the base.
        writers: how many processes record at once, one number after another.
        facts_a_writer: how many facts each of them records.
    """

    estates: Estates
    of_runner: Size
    times: int
    years: tuple[int, ...]
    contracts: tuple[int, ...]
    writers: tuple[int, ...]
    facts_a_writer: int

    @property
    def folder(self) -> Path:
        """Return where files are made."""
        return self.estates.folder


def short(folder: Path) -> Asked:
    """Ask for what takes less than a minute: it shows that everything works, and ratios of little worth."""
    estates = Estates(folder, Size(contracts=3, kpis=10, months=24), (1, 2))
    return Asked(estates, Size(1, 5, 12), 50, (1, 2), (1, 2), (1, 2), 10)


def usual(folder: Path) -> Asked:
    """Ask for W, and four times W."""
    return Asked(
        Estates(folder, W, (1, 4)),
        Size(5, W.kpis, W.months),
        300,
        tuple(range(1, 11)),
        (5, 10, 20, 40),
        (1, 2, 4, 8),
        100,
    )


def long(folder: Path) -> Asked:
    """Ask for all of W of the library's runner too, and for forty times W."""
    return Asked(
        Estates(folder, W, (1, 4, 40)), W, 1000, tuple(range(1, 11)), (5, 10, 20, 40, 80, 160), (1, 2, 4, 8), 200
    )
