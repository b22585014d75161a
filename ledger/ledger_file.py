"""A ledger file: whether it may be opened, or a sentence why not.

It is read through SQLite alone. When a program closes a file that it opened itself, the system takes away every lock
that the program has on it, those of its open ledgers too: others would believe that nobody uses the log.
"""

import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

from ledger.faults import LedgerLocked, LedgerUnusable
from ledger.sqlite_tables import APPLICATION_ID, FORMAT

_MARKS = ("application_id", "schema_version", "user_version")
_OF_AN_EMPTY_ONE = (0, 0)
_ALONE = "mode=ro&immutable=1"


def is_there(path: Path) -> bool:
    """Say whether a path has a file that may be a ledger; an empty file, or an empty database, is none yet."""
    try:
        return path.exists() and (not path.is_file() or _marks(path)[:2] != _OF_AN_EMPTY_ONE)
    except (OSError, RuntimeError, ValueError, sqlite3.Error, LedgerUnusable):
        return True


def refuse_new(path: Path) -> None:
    """Refuse a path at which no ledger can be made.

    Raises:
        LedgerUnusable: if there is no folder for it.
    """
    if not path.absolute().parent.is_dir():
        raise LedgerUnusable(f"there is no folder {path.parent} for the ledger; make it first")


def check_file(path: Path, *, create: bool) -> str:
    """Return the mode to open a ledger file in, as a part of SQLite's URI.

    Raises:
        LedgerUnusable: if there is no ledger at the path, or it is something else, or may not be written.
        sqlite3.DatabaseError: if it is damaged, or locked.
    """
    try:
        return _checked_mode(path, create=create)
    except (OSError, RuntimeError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or wrong
        raise LedgerUnusable(f"{path} cannot be opened ({why}); give the path of a ledger file") from None


def _checked_mode(path: Path, *, create: bool) -> str:
    if path.is_dir():
        raise LedgerUnusable(f"{path} is a folder; give the path of a ledger file")
    if not path.exists():
        if not create:
            raise LedgerUnusable(f"there is no ledger at {path}; `register` makes one, or name yours with --ledger")
        refuse_new(path)
        return "mode=rwc"
    if not stat.S_ISREG(path.stat().st_mode):
        raise LedgerUnusable(f"{path} is not a file; give the path of a ledger file")
    _check_is_ledger(path, create=create)
    if not _writable(path):
        if create:
            raise LedgerUnusable(f"{path} is read-only; nothing can be recorded in it")
        return "mode=ro" if _has_log(path) else _ALONE
    return "mode=rw"


def _writable(path: Path) -> bool:
    marked = path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    return bool(marked) and os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _has_log(path: Path) -> bool:
    """Say whether there is a log with something in it; whoever closes the ledger last removes it, at any moment."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _check_is_ledger(path: Path, *, create: bool) -> None:
    if not os.access(path, os.R_OK):
        raise LedgerUnusable(f"{path} cannot be read (Permission denied); ask for the right to read it")
    application, changes, form = _marks(path)
    if (application, changes) == _OF_AN_EMPTY_ONE:
        if _has_log(path) and not path.stat().st_size:
            raise LedgerUnusable(
                f"{path} is empty, and its log is not; `restore` a copy, which keeps the log beside it"
            )
        if create:
            return
        raise LedgerUnusable(f"{path} is empty; `register` makes a ledger of it, or name yours with --ledger")
    if application != APPLICATION_ID:
        raise LedgerUnusable(f"{path} is a database of another program, not a ledger; name a ledger file with --ledger")
    if form != FORMAT:
        raise LedgerUnusable(
            f"{path} was made by another version of this program (format {form}, not {FORMAT}); "
            "`export` it with that version, and `record` the lines in a new ledger"
        )


def _marks(path: Path) -> tuple[int, int, int]:
    """Return the mark of the program that made a database, how often its tables were changed, and their format.

    In an empty file nothing was made yet, as in one whose maker was killed. SQLite is not asked about that: it would
    remove a log beside it.

    Raises:
        LedgerUnusable: if it is no database.
        sqlite3.DatabaseError: if it is a damaged one, or locked.
    """
    if not path.stat().st_size:
        return 0, 0, 0
    try:
        return _asked(path, "mode=ro" if _has_log(path) else _ALONE)
    except sqlite3.DatabaseError as wrong:
        if "not a database" in str(wrong):
            raise LedgerUnusable(f"{path} is not a ledger; name a ledger file with --ledger") from None
        with suppress(sqlite3.DatabaseError):  # others may have begun to write it, and alone one does not wait for them
            return _asked(path, "mode=ro")
        raise


def _asked(path: Path, mode: str) -> tuple[int, int, int]:
    uri = f"{Path(os.path.realpath(path)).as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")  # it may be made meanwhile
        application, changes, form = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in _MARKS)
        return application, changes, form


class Guard:
    """Turns what goes wrong inside, below the ledger, into a sentence about it. It can be entered again and again.

    Raises:
        LedgerLocked: if another program has it.
        LedgerUnusable: for whatever else the database or the file system reports.
    """

    def __init__(self, path: Path, faults_of_library: type[Exception]) -> None:
        self._path = path
        self._faults = (faults_of_library, sqlite3.Error, OSError)

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, wrong: BaseException | None, _trace: object) -> None:
        if isinstance(wrong, self._faults):
            report = getattr(wrong, "strerror", None) or str(wrong)  # without the path, which may be any
            kind = LedgerLocked if "locked" in report else LedgerUnusable
            raise kind(f"{self._path}: {reason(report)}") from wrong


_FULL = "the disk is full; make room and try again"


def reason(report: str) -> str:
    """Return the sentence for what a database reports."""
    known = {
        "locked": "the ledger is locked by another program; try again when it is done",
        "readonly": "the ledger is read-only; nothing can be recorded in it",
        "not a database": "this is not a ledger; name a ledger file with --ledger",
        "malformed": "the ledger file is damaged; restore a copy of it",
        "no such table": "this is not a ledger; name a ledger file with --ledger",
        "disk is full": _FULL,
        "No space left": _FULL,
        "disk I/O error": "the disk cannot be read or written; see whether it is full, and try again",
        "File too large": "the disk takes no larger file; see what limits it, and try again",
        "unable to open": "the ledger cannot be opened; check the path and the right to write there",
    }
    return next((sentence for sign, sentence in known.items() if sign in report), report)
