"""Over what the work of a replay is spread: this process, several here, or a Dask cluster over several hosts."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from typing import Protocol, TypeVar

from ledger.faults import LedgerUnusable

Piece = TypeVar("Piece")
Done = TypeVar("Done")


class Spread(Protocol):
    """What does pieces of work, and yields what each came to in the order they were given."""

    def over(self, work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> Iterator[Done]: ...


class Here:
    """This process does all the work itself."""

    def over(self, work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> Iterator[Done]:
        """Yield what each piece comes to."""
        yield from map(work, pieces)


@dataclass(frozen=True, slots=True)
class Pool:
    """Other processes do the work; at most `at_once` pieces are given out and not yet asked for."""

    executor: Executor
    at_once: int
    broken: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    """What is raised for the work of a process that was ended."""

    def over(self, work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> Iterator[Done]:
        """Yield what each piece comes to.

        Raises:
            LedgerUnusable: if a process was ended at its work.
        """
        waiting: deque[Future[Done]] = deque()
        try:
            for piece in pieces:
                waiting.append(self.executor.submit(work, piece))
                if len(waiting) >= self.at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except self.broken:
            raise LedgerUnusable("a worker of the replay was ended; `replay` again goes on where it was") from None


@contextmanager
def processes(count: int) -> Iterator[Spread]:
    """Spread work over processes of this machine."""
    with ProcessPoolExecutor(count, get_context("spawn")) as executor:
        yield Pool(executor, 3 * count)


@contextmanager
def dask_cluster(scheduler: str) -> Iterator[Spread]:
    """Spread work over the workers of a Dask cluster; each must have this program, and reach the ledger by its URL.

    Raises:
        LedgerUnusable: if Dask is not installed, or no scheduler answers.
    """
    try:
        distributed = import_module("distributed")  # it loads slowly, and few have it
    except ImportError:
        raise LedgerUnusable("Dask is not installed; `pip install contract-ledger[dask]`, or give --workers") from None
    try:
        client = distributed.Client(scheduler, timeout=5)
    except (OSError, ValueError) as wrong:
        raise LedgerUnusable(f"no Dask scheduler answers at {scheduler} ({wrong})") from None
    with client:
        at_once = 3 * max(1, sum(client.nthreads().values()))
        yield Pool(client.get_executor(pure=False), at_once, (distributed.KilledWorker, CancelledError))
