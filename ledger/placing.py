"""Files that are whole or absent: written beside their name, on the disk, then put in place in one step.

What is being written is `NAME.unfinished`. A killed program may leave it; the next to write there throws it away.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.faults import LedgerUnusable
from ledger.locks import taken_alone

LOGS = ("-wal", "-journal", "-shm")
"""What SQLite puts beside a database, after its name."""


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty file beside a target to write to; unless it is put in place, nothing of it stays.

    Raises:
        LedgerUnusable: if another program is writing there.
        OSError: if none can be made.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    descriptor = _taken(unfinished)
    try:
        yield unfinished
    finally:
        if _is_at(descriptor, unfinished):
            _throw_away(unfinished)
        os.close(descriptor)


def _taken(unfinished: Path) -> int:
    """Return a descriptor of a new file that no other program has; what was left there is thrown away."""
    while True:
        descriptor = os.open(unfinished, os.O_RDONLY | os.O_CREAT, 0o600)
        if not taken_alone(descriptor):
            os.close(descriptor)
            raise LedgerUnusable(f"{unfinished}: another program is writing there; try again when it is done")
        if not _is_at(descriptor, unfinished):
            os.close(descriptor)
            continue
        found = os.fstat(descriptor)
        if not found.st_size and found.st_nlink == 1:
            return descriptor
        _throw_away(unfinished)
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _throw_away(unfinished: Path) -> None:
    for name in (*(f"{unfinished.name}{log}" for log in LOGS), unfinished.name):
        unfinished.with_name(name).unlink(missing_ok=True)


def put(unfinished: Path, target: Path, *, replace: bool = False) -> None:
    """Put a finished file in place; it and its name are on the disk when this returns.

    Raises:
        FileExistsError: if there is a file, and it is not to be replaced.
        OSError: if it cannot be written.
    """
    _sync(unfinished)
    if replace:
        unfinished.replace(target)
    else:
        _put_where_nothing_is(unfinished, target)
    if os.name == "posix":
        _sync(target.parent)


def _put_where_nothing_is(unfinished: Path, target: Path) -> None:
    try:
        target.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError from None
        unfinished.rename(target)
    else:
        unfinished.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_name(path: Path, sign: str) -> Path:
    """Return a name beside a file that nothing has yet: `NAME.SIGN`, or with a number after it."""
    number, found = 1, path.with_name(f"{path.name}.{sign}")
    while os.path.lexists(found):
        number, found = number + 1, path.with_name(f"{path.name}.{sign}-{number + 1}")
    return found
