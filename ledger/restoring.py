"""Restoring: a checked copy becomes the ledger; one that was there is kept beside it.

At any moment there is the old ledger or the new one at the path. The old one is taken out of use first: nobody else
has it open, it needs no log beside it, and SQLite refuses to write to it once another file has its name.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from ledger.copies import (
    Lacking,
    Progress,
    as_given,
    copy_pages,
    lacking,
    make_like,
    opened,
    problems_of,
    real,
    write_copy,
)
from ledger.faults import BadInput, LedgerUnusable
from ledger.ledger_file import Guard, is_there, refuse_new
from ledger.locks import replacing
from ledger.placing import LOGS, beside, free_name, put
from ledger.store import Ledger

_ATTEMPT_SECONDS = 0.02
_PAUSE_SECONDS = 0.1
_MOMENT_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring did.

    `problems` are sentences: with any, nothing was restored. `kept` is where the ledger that was there now stands;
    `lacking` what of it the restored one does not have, or None if it could not be read.
    """

    facts: int
    problems: list[str]
    kept: Path | None = None
    lacking: Lacking | None = None


def restore(
    copy: Path, path: Path, now: datetime, progress: Progress, *, replace: bool = False, wait_seconds: int = 15
) -> Restored:
    """Make the ledger at a path from a copy, whole or not at all.

    Args:
        copy: the copy, or any ledger.
        path: the ledger to be.
        now: the instant, for the name of the ledger that is replaced.
        progress: told how many pages are done, of how many.
        replace: whether a ledger that is there may be replaced.
        wait_seconds: how long to wait until nobody else has that ledger open.

    Raises:
        BadInput: if the copy is none, or a ledger is there that may not be replaced; nothing was changed.
        LedgerUnusable: if the ledger is in use or cannot be written; it is as it was.
    """
    place = real(path)
    _check(copy, path, replace=replace)
    with Guard(path, sqlite3.Error), beside(place) as unfinished:
        try:
            with opened(copy, wait_seconds) as given:
                write_copy(given, unfinished, progress)
        except LedgerUnusable as wrong:
            if isinstance(wrong.__cause__, sqlite3.OperationalError | OSError):
                raise
            return Restored(0, [f"{copy}: the file is damaged"])
        facts, problems = problems_of(unfinished, wait_seconds)
        if problems:
            return Restored(facts, [problem.replace(f"{unfinished}", str(copy)) for problem in problems])
        with _held_off(place, wait_seconds) as old:
            if old.there and not replace:  # it was made since
                raise BadInput.of(_THERE, where=str(path))
            kept = free_name(place, f"replaced-{now:%Y%m%dT%H%M%SZ}")
            make_like(unfinished, place if old.there else copy, writable=True)
            with _out_of_use(old, place, kept):
                _put(unfinished, place, path)
    return Restored(facts, [], as_given(kept, path), _lost(kept, place)) if old.there else Restored(facts, [])


def _check(copy: Path, path: Path, *, replace: bool) -> None:
    """Refuse what cannot be restored there.

    Raises:
        BadInput: if it is the same file, or a ledger is there.
        LedgerUnusable: if no ledger can be made there.
    """
    refuse_new(path)
    if path.is_dir():
        raise LedgerUnusable(f"{path} is a folder; give the path of a ledger file")
    if real(copy) == real(path):
        raise BadInput.of("is the ledger itself; give the path of a copy of it", where=str(copy))
    if is_there(path) and not replace:
        raise BadInput.of(_THERE, where=str(path))


_THERE = "is already there; name another ledger, or give --replace to put the copy in its place and keep it beside"


def _put(unfinished: Path, place: Path, path: Path) -> None:
    try:
        put(unfinished, place, replace=place.exists())
    except FileExistsError:
        raise BadInput.of(_THERE, where=str(path)) from None


@dataclass(frozen=True, slots=True)
class _Old:
    """What is at a path that every other program is held off.

    `there` says whether it may be a ledger, `readable` whether it can be read; `connection` is the only one to it, None
    if there is no file, or an empty one.
    """

    there: bool
    readable: bool
    connection: sqlite3.Connection | None


@contextmanager
def _held_off(path: Path, wait_seconds: int) -> Iterator[_Old]:
    """Keep every other program from opening what is at a path, once none has it open.

    Attempts are short, with longer pauses in which others may open it: they wait for no more than the attempt.

    Raises:
        sqlite3.OperationalError, BlockingIOError: if another program has it for longer than one waits.
    """
    uri, until = f"{path.as_uri()}?mode=rw", monotonic() + wait_seconds
    while True:
        with replacing(path, until - monotonic()):
            if not path.exists() or not path.stat().st_size:
                yield _Old(there=False, readable=False, connection=None)
                return
            there = is_there(path)
            with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as connection:
                readable = _readable_alone(connection)
                if readable is not None:
                    yield _Old(there, readable, connection)
                    return
        if monotonic() >= until:
            raise sqlite3.OperationalError("database is locked")
        sleep(_PAUSE_SECONDS)


@contextmanager
def _out_of_use(old: _Old, path: Path, kept: Path) -> Iterator[None]:
    """Keep what is at a path beside it, if it may be a ledger, and its logs; it is as it was if replacing it fails."""
    if old.connection is None:
        _keep_logs(path, kept)
        yield
        return
    try:
        if old.there and old.readable:
            with beside(path.with_name(f"{path.name}.replaced")) as unfinished:
                copy_pages(old.connection, unfinished, lambda _, __: None)
                make_like(unfinished, path, writable=False)
                put(unfinished, kept)
        elif old.there:
            _keep_bytes(path, kept)
            old.connection.close()  # it would take away the log of its name, which is then another's
            _remove_logs(path)
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            old.connection.execute("PRAGMA locking_mode = NORMAL")
            old.connection.execute("PRAGMA journal_mode = WAL")
        raise


def _readable_alone(old: sqlite3.Connection) -> bool | None:
    """Take a ledger for oneself, and say whether it can be read; None if others do not close it in a moment.

    Leaving the log asks once and does not wait, whatever the connection is told.
    """
    until = monotonic() + _ATTEMPT_SECONDS
    while monotonic() < until:
        try:
            return _is_readable_alone(old)
        except sqlite3.OperationalError as in_use:
            if "locked" not in str(in_use):
                raise
        sleep(_MOMENT_SECONDS)
    return None


def _is_readable_alone(old: sqlite3.Connection) -> bool:
    """Take a ledger for oneself, until the connection is closed, without a log beside it; say whether it can be read.

    Raises:
        sqlite3.OperationalError: if another program has it open.
    """
    try:
        old.execute("PRAGMA journal_mode = DELETE")
        old.execute("PRAGMA locking_mode = EXCLUSIVE")
        old.execute("PRAGMA journal_mode = MEMORY")
        old.execute("BEGIN EXCLUSIVE")
        old.execute("COMMIT")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False
    return True


def _keep_bytes(path: Path, kept: Path) -> None:
    """Keep the bytes of a file that SQLite cannot read, and of the logs beside it."""
    for log in ("", "-wal", "-journal"):
        if Path(f"{path}{log}").exists():
            with beside(path.with_name(f"{path.name}.replaced")) as unfinished:
                shutil.copyfile(f"{path}{log}", unfinished)
                make_like(unfinished, path, writable=False)
                put(unfinished, Path(f"{kept}{log}"))


def _keep_logs(path: Path, kept: Path) -> None:
    """Keep the logs of a ledger that is gone, and take them away from its name."""
    for log in ("-wal", "-journal"):
        if Path(f"{path}{log}").exists():
            Path(f"{path}{log}").replace(f"{kept}{log}")
    _remove_logs(path)


def _remove_logs(path: Path) -> None:
    """Take logs away from a name: they would be read into the next database there."""
    for log in LOGS:
        Path(f"{path}{log}").unlink(missing_ok=True)


def _lost(kept: Path, path: Path) -> Lacking | None:
    try:
        with Ledger(kept) as old, Ledger(path) as new:
            return lacking(old, new)
    except LedgerUnusable:
        return None
