"""Processes that are asked in turn, each the same questions: what slows the machine for a while slows all of them.

Such a process tells what it is about as a line of JSON; then, for each line that it is sent, how many seconds each of
its questions took, asked again at once: the other processes have had the machine since it was last asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from ledger.uncollected import uncollected
from tests.benchmarks.measured import MISSING, Unavailable, several, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.measured import Figures


class Asked:
    """A running process, from outside."""

    def __init__(self, running: subprocess.Popen[str], told: IO[str]) -> None:
        self._running = running
        self._told = told
        self.about: Figures = json.loads(self._line())

    def ask(self) -> list[float]:
        """Have every question asked once; return how many seconds each took."""
        assert self._running.stdin is not None
        print(file=self._running.stdin, flush=True)
        return [float(each) for each in json.loads(self._line())]

    def _line(self) -> str:
        assert self._running.stdout is not None
        if line := self._running.stdout.readline():
            return line
        status = self._running.wait()
        self._told.seek(0)
        told = self._told.read()
        if status == MISSING:
            raise Unavailable(told.strip().splitlines()[-1])
        raise RuntimeError(f"{self._running.args}:\n{told}")


@contextmanager
def started(module: str, *arguments: object) -> Iterator[Asked]:
    """Start a module of the benchmarks in a Python process of its own.

    Raises:
        Unavailable: with what the process said last, if it exits with status 3.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    with (
        TemporaryFile("w+", encoding="utf-8") as told,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True) as running,
    ):
        yield Asked(running, told)


def in_turn(processes: Sequence[Asked], times: int) -> list[list[Figures]]:
    """Ask processes in turn; return each one's spread for each question."""
    rounds = [[each.ask() for each in processes] for _ in range(times)]
    return [
        [spread(taken) for taken in zip(*(each[number] for each in rounds), strict=True)]
        for number in range(len(processes))
    ]


def answer(about: Figures, questions: Sequence[Callable[[], object]]) -> None:
    """Tell what this process is about, and ask its questions each time that it is told to.

    No process's answers are looked through by the garbage collector while they are timed.
    """
    print(json.dumps(about), flush=True)
    for _ in sys.stdin:
        with uncollected():
            taken = [several(each, 1)[0] for each in questions]
        print(json.dumps(taken), flush=True)
