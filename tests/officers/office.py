"""An office: officers who record at once, some killed in the midst of it, and a reader who follows them all."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from random import Random
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.judgement import Proposed, Reading
from ledger.location import place_of
from ledger.recording import record
from ledger.store import Ledger
from ledger.verify import verify
from projections.catching_up import catch_up
from projections.kept_check import check
from tests.given import contract, kpi
from tests.officers.officer import ids

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact

_LONGEST = 1800.0


@dataclass
class Day:
    """What came of it: `slowest` is the longest call in milliseconds, `least` the calls of who had the fewest."""

    facts: int
    seconds: float
    killed: int
    slowest: int
    least: int
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Desk:
    """Where one officer sits, and those who took the place of who was killed there."""

    number: int
    came: int = 0
    files: list[Path] = field(default_factory=list)
    at_work: subprocess.Popen[bytes] | None = None


class Office:
    """Officers at desks over one ledger."""

    def __init__(self, location: str, folder: Path, *, officers: int, contracts: int, seed: int) -> None:
        self.location = location
        self.folder = folder
        self.contracts = contracts
        self.seed = seed
        self.desks = [_Desk(number) for number in range(officers)]

    def open(self) -> int:
        """Register the contracts; return how many facts the ledger then has."""
        registered: list[AnyFact] = [
            each.model_copy(update={"contract": f"c{number}", "id": f"c{number}:{each.kind}"})
            for number in range(self.contracts)
            for each in (contract(), kpi())
        ]
        with Ledger(place_of(self.location), create=True) as ledger:
            record(ledger, Reading([Proposed(each) for each in registered]), Clock())
            return ledger.head()

    def day(self, facts: int, *, kills: int) -> Day:
        """Let the officers record until there are so many facts more, kill some meanwhile, and look at what they left.

        The killed are killed at even intervals of the facts, each after a call of theirs was acknowledged.
        """
        before, killed = self.open(), 0
        enough, random = before + facts, Random(self.seed)
        read: list[tuple[int, str]] = []
        try:
            for desk in self.desks:
                self._sit(desk, enough)
            self._open_once_all_are_here()
            began = perf_counter()
            with Ledger(place_of(self.location)) as ledger:
                while any(desk.at_work is not None and desk.at_work.poll() is None for desk in self.desks):
                    read += [(each.position, each.fact.id) for each in ledger.since(read[-1][0] if read else 0)]
                    if killed < kills and len(read) - before > facts * (killed + 1) / (kills + 1):
                        sleep(random.uniform(0, 0.05))
                        killed += self._kill(random.choice(self.desks), enough)
                    assert perf_counter() - began < _LONGEST, "the officers do not come to an end"
                    sleep(0.001)
                seconds = perf_counter() - began
                read += [(each.position, each.fact.id) for each in ledger.since(read[-1][0] if read else 0)]
                return self._judged(ledger, read, seconds, killed)
        finally:
            for desk in self.desks:
                if desk.at_work is not None and desk.at_work.poll() is None:
                    desk.at_work.kill()
                    desk.at_work.wait()

    def _sit(self, desk: _Desk, enough: int) -> None:
        name = f"{desk.number}.{desk.came}"
        desk.came += 1
        desk.files.append(self.folder / f"officer-{name}")
        arguments = [self.location, name, str(self.contracts), str(enough), f"{self.seed}:{name}", str(self.folder)]
        with desk.files[-1].open("wb") as out:
            desk.at_work = subprocess.Popen([sys.executable, "-m", "tests.officers.officer", *arguments], stdout=out)

    def _open_once_all_are_here(self) -> None:
        """Have the officers begin together: on a busy machine one may come seconds after another."""
        began = perf_counter()
        while len(list(self.folder.glob("here-*"))) < len(self.desks):
            gone = [desk.number for desk in self.desks if desk.at_work is not None and desk.at_work.poll() is not None]
            assert not gone, f"officers {gone} went before the office opened"
            assert perf_counter() - began < _LONGEST, "the officers do not come"
            sleep(0.001)
        (self.folder / "open").touch()

    def _kill(self, desk: _Desk, enough: int) -> bool:
        """Kill who sits at a desk, in the midst of it, and let another come; say whether anybody there had begun."""
        assert desk.at_work is not None
        if desk.at_work.poll() is not None or not desk.files[-1].stat().st_size:
            return False
        desk.at_work.kill()
        desk.at_work.wait()
        self._sit(desk, enough)
        return True

    def _judged(self, ledger: Ledger, read: list[tuple[int, str]], seconds: float, killed: int) -> Day:
        there = [(each.position, each.fact.id) for each in ledger.since(0)]
        positions, known = [at for at, _ in there], {id_ for _, id_ in there}
        order = [id_ for _, id_ in there]
        wrong = [f"officer {desk.number} went wrong" for desk in self.desks if desk.at_work and desk.at_work.wait()]
        wrong += ["positions have gaps"] if positions != list(range(1, len(there) + 1)) else []
        wrong += ["a fact is there twice"] if len(known) != len(there) else []
        wrong += ["the reader did not read what is there"] if read != there else []
        calls: dict[int, int] = {desk.number: 0 for desk in self.desks}
        slowest = 0
        for desk in self.desks:
            for file in desk.files:
                for line in file.read_text().splitlines(keepends=True):
                    if not line.endswith("\n"):
                        continue
                    first, size, took = line.split()
                    name, call, _ = first.rsplit("-", 2)
                    calls[desk.number] += 1
                    slowest = max(slowest, int(took))
                    expected = ids(name, int(call), int(size))
                    if not set(expected) <= known:
                        wrong.append(f"{first} was acknowledged, and is not there")
                    elif order[(at := order.index(first)) : at + int(size)] != expected:
                        wrong.append(f"the facts of the call {first} do not stand together")
        wrong += verify(ledger).problems
        catch_up(ledger, Clock())
        wrong += check(ledger, Clock())
        return Day(len(there), seconds, killed, slowest, min(calls.values()), wrong)
