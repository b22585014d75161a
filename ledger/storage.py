"""What a ledger asks of where it is kept, and what is asked alike of every database."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from ledger.proof import Hash
from ledger.row import FACTS, TEXTS, Row

_CONTRACTS = f"""
WITH RECURSIVE found(contract) AS (
    SELECT MIN(originator_id) FROM {FACTS}
    UNION ALL
    SELECT (SELECT MIN(originator_id) FROM {FACTS} WHERE originator_id > contract) FROM found WHERE contract IS NOT NULL
)
SELECT contract FROM found WHERE contract IS NOT NULL
"""
"""A step from each contract to the next: there are far more facts than contracts."""


class Overtaken(Exception):  # noqa: N818 - not an error: the caller decides again
    """Another writer took the next position first."""


class Storage(ABC):
    """Where a ledger is kept, open.

    `name` is what messages call it; `recorder` is the library's way to the facts; `read_only` says that nothing can be
    recorded from here. Every method that reads or
    writes raises LedgerUnusable if that cannot be done.
    """

    name: str
    read_only: bool
    recorder: ApplicationRecorder
    PARAMETER: ClassVar[str]
    """How a statement marks the place of a parameter."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""

    @abstractmethod
    def guarded(self) -> AbstractContextManager[None]:
        """Turn what goes wrong with the database meanwhile into a sentence about the ledger."""

    @abstractmethod
    def select(self, statement: str, *parameters: object) -> list[Any]:
        """Return the rows that a statement selects."""

    @abstractmethod
    def each(self, statement: str, *parameters: object) -> Iterator[Any]:
        """Yield the rows that a statement selects, all as they are at one moment."""

    @abstractmethod
    def with_ids(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the stored facts that have one of these ids."""

    @abstractmethod
    def version(self) -> object:
        """Return what is equal only while no other writes."""

    @abstractmethod
    def look(self, ids: Sequence[str]) -> tuple[object, int, list[StoredEvent]]:
        """Return the version, the last position, and the facts that have one of these ids."""

    @abstractmethod
    def insert(self, rows: Iterable[Row], opened: Mapping[int, str]) -> None:
        """Take rows, as they come, and replace others' texts, in one transaction, on the disk when this returns.

        Raises:
            Overtaken: if another writer has taken one of the positions.
        """

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """Wait for the turn to judge and record, where writers can queue for it."""

    @abstractmethod
    def user(self) -> str:
        """Return who records: the user of the machine or of the database."""

    @abstractmethod
    def guard_faults(self) -> list[str]:
        """Return what is wrong with the tables of facts and texts, and with what guards them."""

    @abstractmethod
    def damage(self) -> list[str]:
        """Return what the database finds wrong inside the tables: an index that lacks a fact hides it."""

    @abstractmethod
    def scrub(self) -> str | None:
        """Leave no erased text behind in what the database keeps beside its tables; say where it is still, if it is."""

    @abstractmethod
    def tables_url(self) -> str:
        """Return the dialect that the kept tables speak, as SQLAlchemy writes it."""

    @abstractmethod
    def connect(self) -> Any:
        """Return a connection of its own for the kept tables, beside the facts; one thread at a time uses it."""

    @abstractmethod
    def makes_tables(self) -> bool:
        """Say whether whoever opened the ledger may drop the kept tables and make them anew."""

    @abstractmethod
    def begin(self, *, writing: bool) -> Sequence[str]:
        """Return the statements that begin a transaction over the kept tables; one that writes waits its turn."""

    @abstractmethod
    def reason(self, report: str) -> str:
        """Return the sentence for what the database reports."""

    def hold(self, tables: Sequence[str]) -> str | None:  # noqa: ARG002 - what a database may need
        """Return what keeps tables from being replaced while they are read; None where a reader never sees that."""
        return None

    def contracts(self) -> list[str]:
        """Return the ids of the contracts, in order."""
        return [row[0] for row in self.select(_CONTRACTS)]

    def last_of_each(self) -> list[tuple[str, int, int]]:
        """Return for each contract, in order, its id, how many facts there are of it, and the position of the last."""
        found = self.select(
            f"SELECT originator_id, COUNT(*), MAX(position) FROM {FACTS} GROUP BY originator_id ORDER BY originator_id"
        )
        return [tuple(row) for row in found]

    def of_kinds(self, kinds: Sequence[str]) -> list[int]:
        """Return the positions of the facts of some kinds, in order."""
        places = ", ".join([self.PARAMETER] * len(kinds))
        found = self.select(f"SELECT position FROM {FACTS} WHERE topic IN ({places}) ORDER BY position", *kinds)
        return [row[0] for row in found]

    def rows(self, first: int) -> Iterator[Row]:
        """Yield the rows from a position on, in order, all as they are at one moment."""
        statement = f"""
            SELECT {FACTS}.*, opened FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
            WHERE {FACTS}.position >= {self.PARAMETER} ORDER BY {FACTS}.position
        """
        return (Row(*row) for row in self.each(statement, first))

    def row(self, position: int) -> Row | None:
        """Return the row at a position; None if there is none."""
        statement = f"""
            SELECT {FACTS}.*, opened FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
            WHERE {FACTS}.position = {self.PARAMETER}
        """
        return next((Row(*row) for row in self.select(statement, position)), None)

    def texts_of_none(self) -> list[int]:
        """Return the positions for which texts are kept but no fact."""
        statement = f"SELECT position FROM {TEXTS} WHERE position NOT IN (SELECT position FROM {FACTS})"
        return [row[0] for row in self.select(statement)]

    def leaves(self) -> list[Hash]:
        """Return the leaves of the tree as it is kept, in order of position."""
        return [row[0] for row in self.select(f"SELECT leaf FROM {FACTS} ORDER BY position")]

    def subtrees(self, ends: Sequence[int]) -> list[Hash]:
        """Return the nodes of the tree that end at these positions, without those that are not there."""
        statement = f"SELECT subtree FROM {FACTS} WHERE position = {self.PARAMETER}"
        return [row[0] for end in ends for row in self.select(statement, end)]
