"""The ledgers of the estate benchmarks: filled with the workload once, and used by each of them in turn."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.facts import any_fact
from ledger.location import place_of
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.freshness import Freshness, how_kept
from projections.replay import replay
from projections.spread import processes
from tests.benchmarks.measured import say
from tests.benchmarks.workload import Size, contract_id, lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.benchmarks.workload import Fields

TAKEN = datetime(2030, 1, 7, 9, tzinfo=UTC)
TODAY = date(2030, 1, 7)
LONG_STANDING = Size(contracts=1, kpis=40, months=120)
_LONG_STANDING_NUMBER = 99_001
LONG_STANDING_ID = contract_id(_LONG_STANDING_NUMBER)


class AfterAll(Clock):
    """A clock that stands when all the workload's facts are past."""

    def now(self) -> datetime:
        return TAKEN


CLOCK = AfterAll()


def opened(location: Path | str, *, create: bool = False) -> Ledger:
    """Open a ledger, wherever it is kept; it can be handed to another process to do so."""
    return Ledger(place_of(str(location)), create=create, wait_seconds=120)


def append(ledger: Ledger, contracts: Iterable[list[Fields]]) -> int:
    """Append each contract's facts in a transaction of its own, unjudged; return how many there are."""
    position = first = ledger.head()
    for raw in contracts:
        facts = [any_fact.validate_python(each) for each in raw]
        ledger.append(facts, position, {facts[0].contract: 0}, TAKEN)
        position += len(facts)
    return position - first


def fill(location: Path | str, contracts: Iterable[list[Fields]]) -> int:
    """Make a ledger that holds some contracts; return how many facts there are."""
    with opened(location, create=True) as ledger:
        return append(ledger, contracts)


def keep(path: Path, workers: int = 1) -> None:
    """Replay a ledger into its kept tables."""
    with opened(path) as ledger, processes(workers) if workers > 1 else nullcontext() as spread:
        assert not replay(ledger, partial(opened, path), CLOCK, spread).faults


@dataclass(frozen=True)
class Estates:
    """The estates of one run: the base, and several times the base.

    Args:
        folder: where their ledgers are made; those that are there already are used again.
        base: the workload that is one estate.
        times: how many bases the estates have that are compared, from 1.
    """

    folder: Path
    base: Size
    times: tuple[int, ...]

    def path(self, times: int) -> Path:
        """Return a ledger of so many times the base; its tables may not be kept."""
        size = Size(self.base.contracts * times, self.base.kpis, self.base.months)
        path = self.folder / f"estate-{size.contracts}x{size.kpis}x{size.months}.db"
        if not path.exists():
            say(f"Filling {path.name} …")
            making = path.with_suffix(".making")
            making.unlink(missing_ok=True)
            fill(making, lines(size))
            making.rename(path)
        return path

    def with_long_standing(self, times: int) -> Path:
        """Return a copy of such a ledger with one contract more, of ten years, and its tables kept."""
        path = self.path(times)
        copy = path.with_name(f"{path.stem}-and-one-of-ten-years.db")
        if not copy.exists():
            making = path.with_suffix(".making")
            shutil.copyfile(path, making)
            with opened(making) as ledger:
                append(ledger, lines(LONG_STANDING, first=_LONG_STANDING_NUMBER))
            keep_up(making)
            making.rename(copy)
        return copy


def keep_up(path: Path) -> None:
    """Have the kept tables of a ledger be as its facts are."""
    with opened(path) as ledger:
        kept = how_kept(ledger).freshness
        if kept is Freshness.BEHIND:
            catch_up(ledger, CLOCK)
    if kept not in (Freshness.CURRENT, Freshness.BEHIND):
        keep(path)
