"""The ledger: facts kept for ever in an append-only file. With `recorder`, all that imports eventsourcing.

A stream holds the facts of one contract.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Mapper, PersistenceError, StoredEvent

from ledger import machine
from ledger.faults import LedgerUnusable
from ledger.keeping_facts import TextErased
from ledger.location import check_file, guarded
from ledger.proof import Frontier, Hash, leaf_hash, subtree_ends
from ledger.recorded import Recorded
from ledger.recorder import PAGE, FactMapper, FactRecorder, Row
from ledger.report_facts import ReportPublished
from ledger.sealing import Openings, as_text, erased, from_text
from ledger.state import canonical, read, written
from ledger.tables import FACTS, STATEMENTS, TEXTS, guard_faults

_IS_MADE = "SELECT 1 FROM sqlite_master WHERE name = ?"
_STREAMS = f"SELECT DISTINCT originator_id FROM {FACTS} ORDER BY originator_id"
_REGISTRATIONS = f"SELECT position FROM {FACTS} WHERE topic = 'ContractRegistered' ORDER BY position"
_ROWS = f"""
SELECT {FACTS}.*, opened FROM {FACTS} LEFT JOIN {TEXTS} ON {TEXTS}.position = {FACTS}.position
WHERE {FACTS}.position >= ? ORDER BY {FACTS}.position
"""
_TEXTS_OF_NONE = f"SELECT position FROM {TEXTS} WHERE position NOT IN (SELECT position FROM {FACTS})"
_MADE = "SELECT name, sql FROM sqlite_master WHERE lower(tbl_name) IN (?, ?) OR type = 'trigger'"


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at a ledger: its `head`, and what of some ids it has.

    Between two looks with equal `version`, nobody but the one who looked has changed anything in the file.
    """

    version: object
    head: int
    known: dict[str, Recorded]


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where the ledger ended when this process last wrote: all that the next fact is fastened to."""

    version: object
    head: int
    recorded_at: datetime | None
    frontier: Frontier


class Overtaken(Exception):  # noqa: N818 - not an error: the caller decides again
    """Another writer took the next position first."""


class _Facts(Application[str]):
    """The library's application over our recorder and mapper."""

    name = "contract_ledger"
    log_section_size = PAGE

    def construct_mapper(self) -> Mapper[str]:
        return FactMapper(self.construct_transcoder())


class Ledger:
    """A ledger file, open. Use it as a context manager.

    Raises:
        LedgerUnusable: wherever the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, *, create: bool = False, wait_seconds: int = 15) -> None:
        self.path = path
        self.wait_seconds = wait_seconds
        mode = check_file(path, create=create)
        self.read_only = mode.startswith("mode=ro")
        self.uri = f"{Path(os.path.realpath(path)).as_uri()}?{mode}"
        with self._guard():
            if create:
                self._make()
            self._app = _Facts(
                env={
                    "PERSISTENCE_MODULE": "ledger.recorder:LedgerFactory",
                    "SQLITE_DBNAME": self.uri,
                    "SQLITE_LOCK_TIMEOUT": str(wait_seconds),
                    "ORIGINATOR_ID_TYPE": "text",
                    "CREATE_TABLE": "n",
                    "CIPHER_KEY": "",
                    "COMPRESSOR_TOPIC": "",
                }
            )
        self._edge: _Edge | None = None
        self._recorder: FactRecorder = self._app.recorder  # type: ignore[assignment]  # the factory makes ours

    def _make(self) -> None:
        """Make the tables of a new ledger; leave those of one that is there."""
        connection = sqlite3.connect(self.uri, uri=True, timeout=self.wait_seconds, isolation_level=None)
        try:
            if not connection.execute(_IS_MADE, (FACTS,)).fetchone():
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute(_IS_MADE, (FACTS,)).fetchone():
                    for statement in STATEMENTS:
                        connection.execute(statement)
                connection.execute("COMMIT")
        finally:
            connection.close()

    def guard_faults(self) -> list[str]:
        """Return what is wrong with the tables of facts and texts, their triggers and indexes."""
        with self._guard():
            return guard_faults({row["name"]: row["sql"] for row in self._recorder.select(_MADE, FACTS, TEXTS)})

    def _guard(self) -> AbstractContextManager[None]:
        return guarded(self.path, PersistenceError)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._app.close()

    @staticmethod
    def new_id() -> str:
        """Return an id for a fact that was given none."""
        return f"f-{secrets.token_hex(6)}"

    def head(self) -> int:
        """Return the position of the last fact; 0 if there is none."""
        with self._guard():
            return self._recorder.max_notification_id() or 0

    def contracts(self) -> list[str]:
        """Return the ids of the contracts, in order."""
        with self._guard():
            return [row[0] for row in self._recorder.select(_STREAMS)]

    def history(self, contract: str) -> list[Recorded]:
        """Return a contract's facts in order of position."""
        with self._guard():
            return list(self._app.events.get(contract))  # type: ignore[arg-type]  # the mapper makes ours

    def registrations(self) -> list[Recorded]:
        """Return the facts that registered contracts, in order of position; one may be void."""
        with self._guard():
            found = self._recorder.select(_REGISTRATIONS)
        return [self.read_row(row) for (position,) in found if (row := self.row(position))]

    def since(self, position: int) -> Iterator[Recorded]:
        """Return the facts of every contract after a position, in order of position."""
        while page := self._page(position):
            for row in page:
                position = row.id
                yield self.read(row)

    def _page(self, position: int) -> Sequence[Any]:
        with self._guard():
            return self._app.notification_log.select(start=position + 1, limit=PAGE)

    def rows_since(self, position: int) -> Iterator[Row]:
        """Yield the rows of the facts after a position, in order of position, as they are found.

        All are of one moment, whatever others record or erase meanwhile.
        """
        with self._guard():
            yield from (Row(*row) for row in self._recorder.each(_ROWS, position + 1))

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong inside the tables of facts and texts: an index that lacks a fact hides it."""
        with self._guard():
            found = [
                row[0] for table in (FACTS, TEXTS) for row in self._recorder.select(f"PRAGMA integrity_check({table})")
            ]
        return [f"the file is damaged, or its indexes were changed: {each}" for each in found if each != "ok"]

    def texts_of_none(self) -> list[int]:
        """Return the positions for which texts are kept but no fact."""
        with self._guard():
            return [row["position"] for row in self._recorder.select(_TEXTS_OF_NONE)]

    def read(self, row: StoredEvent) -> Recorded:
        """Return the recorded fact of a stored event."""
        return self._app.mapper.to_domain_event(row)  # type: ignore[return-value]  # the mapper makes ours

    def read_row(self, row: Row) -> Recorded:
        """Return the recorded fact of a row.

        Raises:
            LedgerUnusable: if it does not read back as a fact.
        """
        try:
            return read(row.state, row.opened, row.version)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            raise LedgerUnusable(f"position {row.position}: the fact does not read back") from wrong

    def with_ids(self, ids: Sequence[str]) -> dict[str, Recorded]:
        """Return the recorded facts that have one of these ids, by id."""
        with self._guard():
            found = map(self.read, self._recorder.select_by_fact_id(ids))
            return {recorded.fact.id: recorded for recorded in found}

    def look(self, ids: Sequence[str]) -> Seen:
        """Return where the ledger ends, and the recorded facts that have one of these ids."""
        with self._guard():
            version, head, found = self._recorder.look(ids)
            return Seen(version, head, {recorded.fact.id: recorded for recorded in map(self.read, found)})

    def position_at(self, instant: datetime) -> int:
        """Return the position of the last fact taken by an instant; `recorded_at` never goes back."""
        low, high = 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._at(middle).recorded_at <= instant else (low, middle - 1)
        return low

    def _at(self, position: int) -> Recorded:
        with self._guard():
            (stored,) = self._app.notification_log.select(start=position, limit=1)
            return self.read(stored)

    def leaves(self) -> list[Hash]:
        """Return the leaves of the tree as it is kept, in order of position."""
        with self._guard():
            return [row[0] for row in self._recorder.select(f"SELECT leaf FROM {FACTS} ORDER BY position")]

    def root_at(self, size: int) -> Hash:
        """Return the head of the tree as it is kept, over the first facts."""
        return self._frontier(size).root()

    def _frontier(self, size: int) -> Frontier:
        ends = subtree_ends(size)
        with self._guard():
            found = [self._recorder.select(f"SELECT subtree FROM {FACTS} WHERE position = ?", end) for end in ends]
        if not all(found):
            raise LedgerUnusable(f"{self.path} has no tree over its first {size} facts; run `contract-ledger verify`")
        return Frontier(size, [subtree for ((subtree,),) in found])

    def row(self, position: int) -> Row | None:
        """Return the row of one fact as it is found; None if there is none."""
        with self._guard():
            found = next(self._recorder.each(_ROWS, position), None)
        return Row(*found) if found and found["position"] == position else None

    def canonical(self, position: int) -> bytes:
        """Return the bytes whose hash is the leaf of a fact.

        Raises:
            LedgerUnusable: if there is no fact at the position.
        """
        return self._row_at(position).content()

    def openings(self, position: int) -> Openings:
        """Return what opens the commitments of a fact, without the texts that were erased.

        Raises:
            LedgerUnusable: if there is no fact at the position.
        """
        opened = self._row_at(position).opened
        found = from_text(opened) if opened else {}
        return {name: opening for name, opening in found.items() if opening.salt is not None}

    def _row_at(self, position: int) -> Row:
        if row := self.row(position):
            return row
        raise LedgerUnusable(f"{self.path}: no fact is at position {position}; run `contract-ledger verify`")

    def append(
        self, facts: Sequence[Any], head: int, versions: dict[str, int], now: datetime, seen: Seen | None = None
    ) -> list[Recorded]:
        """Take facts in one transaction that is on the disk when this returns.

        Args:
            facts: the facts, in the order they take positions.
            head: the position after which they were judged.
            versions: the last version of each contract they were judged on.
            now: the instant; if the ledger has seen a later one, that is used.
            seen: the look at the ledger that they were judged after, just before.

        Raises:
            Overtaken: if another writer has taken a fact since.
        """
        edge, self._edge = self._edge_at(head, seen), None
        recorded_at = max(now, edge.recorded_at) if edge.recorded_at else now
        recorded = _in_envelopes(facts, head, versions, recorded_at)
        rows, recorded = _grow(edge.frontier, recorded)
        opened = self._without_erased(recorded, {row.position: row for row in rows})
        with self._guard():
            try:
                self._recorder.insert_events(rows, opened=opened)  # type: ignore[arg-type]  # our recorder takes rows
            except (IntegrityError, sqlite3.IntegrityError) as overtaken:
                raise Overtaken from overtaken
        self._edge = _Edge(edge.version, rows[-1].position, recorded_at, edge.frontier)
        return recorded

    def _edge_at(self, head: int, seen: Seen | None) -> _Edge:
        """Return what the next fact is fastened to, once the guards are found in place.

        After a write of our own that is known, and so are the guards, as long as no other has written.
        """
        edge = self._edge
        if edge is not None and seen is not None and (edge.version, edge.head) == (seen.version, head):
            return edge
        if gone := self.guard_faults():
            raise LedgerUnusable(f"{self.path}: {'; '.join(gone)}; run `contract-ledger verify`")
        return _Edge(
            seen.version if seen else None, head, self._at(head).recorded_at if head else None, self._frontier(head)
        )

    def scrub(self) -> bool:
        """Write what is in the log beside the file into it and empty the log, so that no erased text is left there.

        Returns:
            whether that was done; a reader at work keeps the log, and what it reads, for as long as it reads.
        """
        with self._guard():
            ((busy, _, _),) = self._recorder.select("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    def _without_erased(self, recorded: Sequence[Recorded], rows: Mapping[int, Row]) -> dict[int, str]:
        """Return what still opens the commitments of the facts whose texts are erased, by position."""
        found: dict[int, Openings] = {}
        for each in recorded:
            if not isinstance(each.fact, TextErased):
                continue
            positions = {id_: one.position for id_, one in self.with_ids([e.id for e in each.fact.erases]).items()}
            positions |= {one.fact.id: one.position for one in recorded}
            persons: dict[str, str] = {}
            for erasing in each.fact.erases:
                at = positions[erasing.id]
                row = rows.get(at) or self.row(at)
                assert row is not None
                openings = found.get(at) or from_text(row.opened or "{}")
                found[at] = erased(openings, erasing.fields, row.kind, persons, each.position)
        return {at: as_text(openings) for at, openings in found.items()}


def _in_envelopes(
    facts: Sequence[Any], head: int, versions: Mapping[str, int], recorded_at: datetime
) -> list[Recorded]:
    versions, user = dict(versions), machine.user()
    recorded = []
    for position, fact in enumerate(facts, head + 1):
        version = versions[fact.contract] = versions.get(fact.contract, 0) + 1
        recorded.append(Recorded(position, version, recorded_at, user, fact))
    return recorded


def _grow(frontier: Frontier, recorded: Sequence[Recorded]) -> tuple[list[Row], list[Recorded]]:
    """Return the rows of facts, each with its place in the tree, and the facts; a report with the head before it."""
    rows, headed = [], []
    for each in recorded:
        fact = each.fact
        taken = replace(each, head=frontier.root().hex()) if isinstance(fact, ReportPublished) else each
        kept = written(taken, machine.new_salt)
        leaf = leaf_hash(canonical(each.position, each.version, fact.kind, fact.contract, kept.state))
        place = (each.position, fact.id, fact.contract, each.version, fact.kind)
        rows.append(Row(*place, kept.state, leaf, frontier.append(leaf), kept.opened))
        headed.append(taken)
    return rows, headed
