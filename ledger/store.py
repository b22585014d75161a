"""The ledger: facts kept for ever, in a file or a database.

A stream holds the facts of one contract.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Self

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Mapper, StoredEvent

from ledger import machine
from ledger.facts import KINDS
from ledger.faults import LedgerUnusable
from ledger.keeping_facts import TextErased
from ledger.location import Place, storage_at
from ledger.mapper import FactMapper
from ledger.proof import HASH_BYTES, Frontier, Hash, leaf_hash, subtree_ends
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from ledger.row import Row
from ledger.sealing import Openings, as_text, erased, from_text
from ledger.state import as_instant, canonical, read, written

_PAGE = 5000


class _Facts(Application[str]):
    """The library's application over a storage's recorder and our mapper; its own factory keeps nothing."""

    name = "contract_ledger"
    log_section_size = _PAGE

    def __init__(self, recorder: ApplicationRecorder) -> None:
        self._given = recorder
        own = {"PERSISTENCE_MODULE": "eventsourcing.popo", "CIPHER_KEY": "", "COMPRESSOR_TOPIC": ""}
        super().__init__(env=own)

    def construct_recorder(self) -> ApplicationRecorder:
        return self._given

    def construct_mapper(self) -> Mapper[str]:
        return FactMapper(self.construct_transcoder())


class Seen(NamedTuple):
    """A look at a ledger: its `head`, and what of some ids it has.

    Between two looks with equal `version`, nobody but the one who looked has changed anything in the ledger.
    """

    version: object
    head: int
    known: dict[str, Recorded]


class _Edge(NamedTuple):
    """Where the ledger ended when this process last wrote: all that the next fact is fastened to."""

    version: object
    head: int
    recorded_at: datetime | None
    frontier: Frontier


class Ledger:
    """A ledger, open. Use it as a context manager.

    `name` is what messages call it.

    Raises:
        LedgerUnusable: wherever it cannot be opened, read or written.
    """

    def __init__(self, place: Place, *, create: bool = False, wait_seconds: int = 15) -> None:
        self.storage = storage_at(place, create=create, wait_seconds=wait_seconds)
        self.name = self.storage.name
        self._app = _Facts(self.storage.recorder)
        self._edge: _Edge | None = None
        self._salts = machine.new_salts()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._app.close()
        self.storage.close()

    def guard_faults(self) -> list[str]:
        """Return what is wrong with the tables of facts and texts, and with what guards them."""
        return self.storage.guard_faults()

    @staticmethod
    def new_id() -> str:
        """Return an id for a fact that was given none."""
        return f"f-{secrets.token_hex(6)}"

    def head(self) -> int:
        """Return the position of the last fact; 0 if there is none."""
        with self.storage.guarded():
            return self.storage.recorder.max_notification_id() or 0

    def contracts(self) -> list[str]:
        """Return the ids of the contracts, in order."""
        return self.storage.contracts()

    def history(self, contract: str) -> list[Recorded]:
        """Return a contract's facts in order of position."""
        with self.storage.guarded():
            return list(self._app.events.get(contract))  # type: ignore[arg-type]  # the mapper makes ours

    def registrations(self) -> list[Recorded]:
        """Return the facts that registered contracts, in order of position; one may be void."""
        return self._of_kinds("ContractRegistered")

    def registrations_and_voids(self) -> list[Recorded]:
        """Return the facts that registered contracts, and those that voided any fact, in order of position."""
        return self._of_kinds("ContractRegistered", "FactVoided")

    def _of_kinds(self, *kinds: str) -> list[Recorded]:
        return [self.read_row(row) for position in self.storage.of_kinds(kinds) if (row := self.row(position))]

    def last_of_each(self) -> dict[str, tuple[int, Recorded]]:
        """Return for each contract, in order, how many facts there are of it, and the last."""
        found = self.storage.last_of_each()
        return {contract: (count, self.read_row(self._row_at(last))) for contract, count, last in found}

    def since(self, position: int) -> Iterator[Recorded]:
        """Return the facts of every contract after a position, in order of position."""
        while page := self._page(position):
            for row in page:
                position = row.id
                yield self.read(row)

    def _page(self, position: int) -> Sequence[Any]:
        with self.storage.guarded():
            return self._app.notification_log.select(start=position + 1, limit=_PAGE)

    def rows_since(self, position: int) -> Iterator[Row]:
        """Return the rows of the facts after a position, in order of position, as they are found.

        All are of one moment, whatever others record or erase meanwhile.
        """
        return self.storage.rows(position + 1)

    def damage(self) -> list[str]:
        """Return what the database finds wrong inside the tables: an index that lacks a fact hides it."""
        return self.storage.damage()

    def texts_of_none(self) -> list[int]:
        """Return the positions for which texts are kept but no fact."""
        return self.storage.texts_of_none()

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
        return {recorded.fact.id: recorded for recorded in map(self.read, self.storage.with_ids(ids))}

    def glance(self) -> Seen | None:
        """Return where the ledger ends, with no ids looked up, if nobody has written since this process last did.

        A fact whose id is known is refused on being taken all the same, as if another writer had been first.
        """
        edge = self._edge
        if edge is None or edge.version != self.storage.version():
            return None
        return Seen(edge.version, edge.head, {})

    def look(self, ids: Sequence[str]) -> Seen:
        """Return where the ledger ends, and the recorded facts that have one of these ids."""
        version, head, found = self.storage.look(ids)
        return Seen(version, head, {recorded.fact.id: recorded for recorded in map(self.read, found)})

    def position_at(self, instant: datetime) -> int:
        """Return the position of the last fact taken by an instant; `recorded_at` never goes back."""
        low, high = 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._at(middle).recorded_at <= instant else (low, middle - 1)
        return low

    def _at(self, position: int) -> Recorded:
        with self.storage.guarded():
            (stored,) = self._app.notification_log.select(start=position, limit=1)
            return self.read(stored)

    def leaves(self) -> list[Hash]:
        """Return the leaves of the tree as it is kept, in order of position."""
        return self._hashes(self.storage.leaves())

    def root_at(self, size: int) -> Hash:
        """Return the head of the tree as it is kept, over the first facts."""
        return self._frontier(size).root()

    def _frontier(self, size: int) -> Frontier:
        ends = subtree_ends(size)
        found = self._hashes(self.storage.subtrees(ends))
        if len(found) != len(ends):
            raise LedgerUnusable(f"{self.name} has no tree over its first {size} facts; run `contract-ledger verify`")
        return Frontier(size, found)

    def _hashes(self, found: list[Hash]) -> list[Hash]:
        if all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in found):
            return found
        raise LedgerUnusable(f"{self.name} has no tree over its facts; run `contract-ledger verify`")

    def row(self, position: int) -> Row | None:
        """Return the row of one fact as it is found; None if there is none."""
        return self.storage.row(position)

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

    def _row_of(self, fact: str, position: int) -> Row:
        """Return the row at which a fact says it is, once it is found to be the fact's own."""
        row = self.row(position) if 0 < position <= self.head() else None
        if row is None or row.id != fact or row.kind not in KINDS:
            raise LedgerUnusable(f"{self.name}: {fact} is not where it says it is; run `contract-ledger verify`")
        return row

    def _row_at(self, position: int) -> Row:
        if row := self.row(position):
            return row
        raise LedgerUnusable(f"{self.name}: no fact is at position {position}; run `contract-ledger verify`")

    def turn(self) -> AbstractContextManager[None]:
        """Wait for the turn to judge and record, so that a long judgement is not overtaken for ever by short ones."""
        return self.storage.turn()

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
        recorded = _in_envelopes(facts, head, versions, recorded_at, self.storage.user())
        rows: Iterable[Row] = _grow(edge.frontier, recorded, self._salts)
        opened: Mapping[int, str] = {}
        if TextErased in map(type, facts):
            rows = list(rows)
            opened = self._without_erased(recorded, {row.position: row for row in rows})
        self.storage.insert(rows, opened)
        self._edge = _Edge(edge.version, recorded[-1].position, recorded_at, edge.frontier)
        return recorded

    def _edge_at(self, head: int, seen: Seen | None) -> _Edge:
        """Return what the next fact is fastened to, once the guards are found in place.

        After a write of our own that is known, and so are the guards, as long as no other has written.
        """
        edge = self._edge
        if edge is not None and seen is not None and (edge.version, edge.head) == (seen.version, head):
            return edge
        if gone := self.guard_faults():
            raise LedgerUnusable(f"{self.name}: {'; '.join(gone)}; run `contract-ledger verify`")
        return _Edge(
            seen.version if seen else None, head, self._at(head).recorded_at if head else None, self._frontier(head)
        )

    def scrub(self) -> str | None:
        """Leave no erased text behind in what the database keeps beside its tables; say where it is still, if it is."""
        return self.storage.scrub()

    def _without_erased(self, recorded: Sequence[Recorded], rows: Mapping[int, Row]) -> dict[int, str]:
        """Return what still opens the commitments of the facts whose texts are erased, by position."""
        found: dict[int, Openings] = {}
        for each in recorded:
            if type(each.fact) is not TextErased:
                continue
            positions = {id_: one.position for id_, one in self.with_ids([e.id for e in each.fact.erases]).items()}
            positions |= {one.fact.id: one.position for one in recorded}
            persons: dict[str, str] = {}
            for erasing in each.fact.erases:
                at = positions[erasing.id]
                row = rows.get(at) or self._row_of(erasing.id, at)
                openings = found.get(at) or from_text(row.opened or "{}")
                found[at] = erased(openings, erasing.fields, row.kind, persons, each.position)
        return {at: as_text(openings) for at, openings in found.items()}


def _in_envelopes(
    facts: Sequence[Any], head: int, versions: Mapping[str, int], recorded_at: datetime, user: str
) -> list[Recorded]:
    versions = dict(versions)
    recorded = []
    for position, fact in enumerate(facts, head + 1):
        contract = fact.contract
        version = versions[contract] = versions.get(contract, 0) + 1
        recorded.append(Recorded(position, version, recorded_at, user, fact))
    return recorded


def _grow(frontier: Frontier, recorded: list[Recorded], salts: Iterator[bytes]) -> Iterator[Row]:
    """Yield the rows of facts, each with its place in the tree; a report in the list is given the head before it."""
    recorded_at = as_instant(recorded[0].recorded_at)
    for number, each in enumerate(recorded):
        fact = each.fact
        if type(fact) is ReportPublished:
            each = recorded[number] = each._replace(head=frontier.root().hex())  # noqa: PLW2901 - from here on
        state, opened = written(each, recorded_at, salts)
        position, version, kind, contract = each.position, each.version, fact.kind, fact.contract
        leaf = leaf_hash(canonical(position, version, kind, contract, state))
        yield Row(position, fact.id, contract, version, kind, state, leaf, frontier.append(leaf), opened)
