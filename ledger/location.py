"""Where a ledger is: from `--ledger` to a file or a database, or a sentence why not."""

from pathlib import Path
from typing import TYPE_CHECKING, Union

from ledger import ledger_file
from ledger.faults import LedgerUnusable
from ledger.sqlite_storage import SqliteStorage
from ledger.storage import Storage

if TYPE_CHECKING:
    from ledger.ledger_database import Database

Place = Union[Path, "Database"]
_SCHEMES = ("sqlite", "postgresql", "postgres")
_OF_POSTGRES = ("postgresql:", "postgres:")


def place_of(location: str) -> Place:
    """Return where `--ledger` says the ledger is: a path, `sqlite:///PATH` or `postgresql://…`.

    Raises:
        LedgerUnusable: if it names something else.
    """
    scheme, colon, rest = location.partition(":")
    if rest.startswith("//") or scheme.lower() in _SCHEMES:
        location = f"{scheme.lower()}{colon}{rest}"
    if location.startswith(_OF_POSTGRES):
        from ledger.ledger_database import database_of

        return database_of(location)
    if rest.startswith("//") and not location.startswith("sqlite:"):  # it is not repeated: it may hold a password
        raise LedgerUnusable("--ledger: no such kind of place; give a file path, sqlite:///PATH or postgresql://…")
    if location.startswith("sqlite:"):
        if not location.startswith("sqlite:///") or location == "sqlite:///":
            raise LedgerUnusable(f"{location}: give sqlite:///PATH, with four slashes when the path is absolute")
        location = location.removeprefix("sqlite:///")
    if location == ":memory:" or not location:
        raise LedgerUnusable("a ledger is kept on disk; give a file path")
    return Path(location)


def is_there(place: Place) -> bool:
    """Say whether a ledger may be at a place; an empty file, or an empty database, is none yet.

    Raises:
        LedgerUnusable: if the server of a database cannot be asked.
    """
    if isinstance(place, Path):
        return ledger_file.is_there(place)
    from ledger import ledger_database

    return ledger_database.is_there(place)


def refuse_new(place: Place) -> None:
    """Refuse a place at which no ledger can be made.

    Raises:
        LedgerUnusable: saying why.
    """
    if isinstance(place, Path):
        ledger_file.refuse_new(place)
        return
    from ledger import ledger_database

    ledger_database.refuse_new(place)


def storage_at(place: Place, *, create: bool, wait_seconds: int) -> Storage:
    """Open what is at a place.

    Raises:
        LedgerUnusable: if it cannot be opened.
    """
    if isinstance(place, Path):
        return SqliteStorage(place, create=create, wait_seconds=wait_seconds)
    from ledger.postgres_storage import PostgresStorage

    return PostgresStorage(place, create=create, wait_seconds=wait_seconds)
