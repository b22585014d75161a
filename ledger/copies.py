"""Copies of a ledger: one taken while others write, and one checked.

A copy is a ledger in a single file, which opens from where nothing can be written.
"""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

from ledger.faults import BadInput, LedgerLocked, LedgerUnusable
from ledger.ledger_file import Guard
from ledger.sqlite_storage import SqliteStorage
from ledger.store import Ledger
from ledger.verify import verify

Progress = Callable[[int, int], None]
_PAGES_AT_A_TIME = 2000


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is in place.

    `size` is in bytes; `problems` are sentences, each a reason to look at it before relying on it; `path` is where
    it stands.
    """

    path: Path
    facts: int
    size: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Lacking:
    """What of one ledger another lacks: how many facts are not there as they were, and the first one's position."""

    facts: int
    first: int | None


def real(path: Path) -> Path:
    """Return the path with every link followed."""
    return Path(os.path.realpath(path))


def file_of(ledger: Ledger) -> SqliteStorage:
    """Return the file that a ledger is kept in.

    Raises:
        BadInput: if it is kept in a database.
    """
    if not isinstance(ledger.storage, SqliteStorage):
        raise BadInput.of(KEPT_IN_A_DATABASE, where=ledger.name)
    return ledger.storage


KEPT_IN_A_DATABASE = "is kept in a database: copy it with pg_dump, restore it with pg_restore, or `export` its facts"


def as_given(found: Path, given: Path) -> Path:
    """Return a path in the folder of one that somebody gave as that would be given."""
    named = given.with_name(found.name)
    return named if real(named.parent) == found.parent else found


def opened(path: Path, wait_seconds: int) -> Ledger:
    """Open a copy that somebody names.

    Raises:
        BadInput: if it is none, or cannot be read.
        LedgerUnusable: if it is one, and is damaged, or in use, or the disk does not give it.
    """
    if why := _why_not_read(path):
        raise BadInput.of(f"cannot be read ({why}); give the path of a copy of a ledger", where=str(path))
    try:
        return Ledger(path, wait_seconds=wait_seconds)
    except LedgerUnusable as wrong:
        if wrong.__cause__:
            raise
        raise BadInput.of("is not a ledger, nor a copy of one; give another file", where=str(path)) from None


def _why_not_read(path: Path) -> str | None:
    """Say in the system's words why a file cannot be read; it is not opened, as it may be a ledger that is in use."""
    try:
        path.stat()
    except OSError as wrong:
        return wrong.strerror
    return None if os.access(path, os.R_OK) else os.strerror(errno.EACCES)


def write_copy(ledger: Ledger, to: Path, progress: Progress) -> None:
    """Copy a ledger into an empty file; every fact taken before is in it, and writers need not wait.

    Args:
        ledger: what is copied.
        to: the empty file.
        progress: told how many pages are done, of how many.

    Raises:
        LedgerUnusable: if it cannot be read, or the copy cannot be written.
    """
    with Guard(to, sqlite3.Error):
        file = file_of(ledger)
        source = sqlite3.connect(file.uri, uri=True, timeout=file.wait_seconds, isolation_level=None)
        with closing(source):
            if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                source.execute("BEGIN")  # what is read now stays so to the end, whatever others write
                source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            copy_pages(source, to, progress)


def copy_pages(source: sqlite3.Connection, to: Path, progress: Progress) -> None:
    """Copy every page of a database into an empty file, and make that a file that needs no log beside it."""
    with closing(sqlite3.connect(to, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(
            copy, pages=_PAGES_AT_A_TIME, progress=lambda _, left, pages: progress(pages - left, pages), sleep=0.05
        )
    with closing(sqlite3.connect(to, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")


def problems_of(path: Path, wait_seconds: int) -> tuple[int, list[str]]:
    """Return how many facts a copy has, and a sentence for each problem that `verify` finds with them.

    The file may no longer be written then, so that nobody records in it what belongs in the ledger.

    Raises:
        LedgerLocked: if another program holds the folder for longer than one waits.
    """
    path.chmod(0o400)
    try:
        with Ledger(path, wait_seconds=wait_seconds) as copy:
            found = verify(copy)
    except LedgerLocked:
        raise
    except LedgerUnusable as wrong:
        return 0, [str(wrong)]
    return found.facts, found.problems


def lacking(earlier: Ledger, later: Ledger) -> Lacking:
    """Say what facts of one ledger another does not have, each at its position and as it was taken.

    Raises:
        LedgerUnusable: if one of them cannot be read.
    """
    facts, first = 0, None
    for position, (leaf, other) in enumerate(
        zip(earlier.leaves(), chain(later.leaves(), repeat(None)), strict=False), 1
    ):
        if leaf != other:
            facts += 1
            first = first or position
    return Lacking(facts, first)


def make_like(path: Path, model: Path, *, writable: bool) -> None:
    """Give a file the rights of another, with or without that to write, and its owner where that is allowed."""
    found = model.stat()
    path.chmod(found.st_mode & 0o777 | 0o200 if writable else found.st_mode & 0o444)
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(path, found.st_uid, found.st_gid)
