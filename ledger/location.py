"""Where a ledger is: from `--ledger` to a file, or a sentence why not."""

from pathlib import Path

from ledger import ledger_file
from ledger.faults import LedgerUnusable
from ledger.sqlite_storage import SqliteStorage
from ledger.storage import Storage

Place = Path


def place_of(location: str) -> Place:
    """Return where `--ledger` says the ledger is: a path, or `sqlite:///PATH`.

    Raises:
        LedgerUnusable: if it names something else.
    """
    if location.startswith(("postgresql:", "postgres:")):
        raise LedgerUnusable(f"{location}: this version keeps ledgers in SQLite files only; give a file path")
    if location.startswith("sqlite:"):
        if not location.startswith("sqlite:///") or location == "sqlite:///":
            raise LedgerUnusable(f"{location}: give sqlite:///PATH, with four slashes when the path is absolute")
        location = location.removeprefix("sqlite:///")
    if location == ":memory:" or not location:
        raise LedgerUnusable("a ledger is kept on disk; give a file path")
    return Path(location)


def is_there(place: Place) -> bool:
    """Say whether a ledger may be at a place; an empty file, or an empty database, is none yet."""
    return ledger_file.is_there(place)


def refuse_new(place: Place) -> None:
    """Refuse a place at which no ledger can be made.

    Raises:
        LedgerUnusable: saying why.
    """
    ledger_file.refuse_new(place)


def storage_at(place: Place, *, create: bool, wait_seconds: int) -> Storage:
    """Open what is at a place.

    Raises:
        LedgerUnusable: if it cannot be opened.
    """
    return SqliteStorage(place, create=create, wait_seconds=wait_seconds)
