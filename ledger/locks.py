"""Locks of the operating system: a file taken for oneself, and a ledger not opened while another takes its name.

SQLite finds the log of a database by its name. Whoever opened a ledger, and comes to its log when another ledger has
taken its name, would read the log of that other one into it, and remove it when closing. So a ledger is opened, and
replaced, under a lock of its folder; once open, it is held by SQLite's own locks.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

_PAUSE_SECONDS = 0.005


def taken_alone(descriptor: int) -> bool:
    """Take an open file for oneself until it is closed; say whether nobody else has it."""
    return _taken(descriptor, "LOCK_EX")


def _taken_together(descriptor: int) -> bool:
    return _taken(descriptor, "LOCK_SH")


def _taken(descriptor: int, kind: str) -> bool:
    try:
        fcntl = import_module("fcntl")
    except ImportError:  # not on every platform
        return True
    try:
        fcntl.flock(descriptor, getattr(fcntl, kind) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def opening(path: Path, wait_seconds: float) -> Iterator[None]:
    """Keep a ledger from being replaced, together with whoever else opens it.

    Raises:
        BlockingIOError: if it is being replaced for longer than one waits.
    """
    with _folder(path, _taken_together, wait_seconds):
        yield


@contextmanager
def replacing(path: Path, wait_seconds: float) -> Iterator[None]:
    """Keep every other program from opening a ledger, and from replacing it.

    Raises:
        BlockingIOError: if others open or replace it for longer than one waits.
    """
    with _folder(path, taken_alone, wait_seconds):
        yield


@contextmanager
def _folder(path: Path, taken: Callable[[int], bool], wait_seconds: float) -> Iterator[None]:
    """Hold the folder of a ledger; do without where it may not be read, or its file system has no such locks."""
    try:
        descriptor = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        _wait(descriptor, taken, wait_seconds)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, taken: Callable[[int], bool], wait_seconds: float) -> None:
    until = monotonic() + wait_seconds
    while not _taken_or_without(descriptor, taken):
        if monotonic() >= until:
            raise BlockingIOError(errno.EWOULDBLOCK, "the folder is locked")
        sleep(_PAUSE_SECONDS)


def _taken_or_without(descriptor: int, taken: Callable[[int], bool]) -> bool:
    try:
        return taken(descriptor)
    except OSError:
        return True
