"""Whether the ledger's facts are what was taken: every leaf is computed anew and held against the tree."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.faults import LedgerUnusable
from ledger.heads import Follower, Head
from ledger.proof import EMPTY, Frontier, Hash, leaf_hash
from ledger.row import Row
from ledger.sealing import as_kept, false_openings, mark_of, stands_for
from ledger.state import as_bytes, canonical
from ledger.store import Ledger

_LONGEST_GAP = 1_000_000
_REPORT_EVERY = 1000
_LOWEST = -(1 << 63) - 1
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Verification:
    """How many facts were read, the root over them, and a sentence for each problem found, the first place first.

    `checked` are the contracts whose terms ask for checks and balances, `signed` those with signed facts; `sealed` the
    commitments that stand for texts since erased, by position and field.
    """

    facts: int = 0
    root: Hash = EMPTY
    problems: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    sealed: dict[int, dict[str, str]] = field(default_factory=dict)


def silent(done: int, of: int) -> None:
    """Report no progress."""


def verify(
    ledger: Ledger,
    heads: Sequence[Head] = (),
    *,
    deep: bool = False,
    progress: Progress = silent,
) -> Verification:
    """Compute the tree anew from the facts, and hold what is kept against it.

    Args:
        ledger: the ledger.
        heads: heads that were kept elsewhere; the ledger must be an extension of each.
        deep: whether every fact must also read back as one.
        progress: is told how many facts of how many were read.
    """
    walk = _Walk([Follower(head) for head in heads])
    of, beside = ledger.head(), []
    try:
        for row in ledger.rows_since(_LOWEST):
            walk.take(row)
            if deep and not walk.bad_here:
                walk.read_back(ledger, row)
            if walk.found.facts % _REPORT_EVERY == 0:
                progress(walk.found.facts, of)
        beside = [f"position {at}: texts are kept, but no fact is there" for at in ledger.texts_of_none()]
        beside += ledger.damage()
    except LedgerUnusable as wrong:
        walk.found.problems.append(f"after {walk.found.facts} facts: the next rows cannot be read ({wrong})")
    found = walk.end()
    found.problems = [*ledger.guard_faults(), *found.problems, *beside]
    return found


class _Walk:
    """Takes the rows in order of position, and notes what is wrong with each."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self.found = Verification()
        self.bad_here = False
        self._followers = followers
        self._tree = Frontier()
        self._bad = 0
        self._versions: dict[str, int] = defaultdict(int)
        self._taken = ""
        self._erased: dict[tuple[str, str], int] = {}
        self._gone: dict[tuple[str, str], tuple[int, str, str]] = {}

    def _problem(self, position: int, sentence: str) -> None:
        self.found.problems.append(f"position {position}: {sentence}")

    def take(self, row: Row) -> None:
        """Check a row: its place, its leaf, its part of the tree, and what opens its commitments."""
        self.found.facts += 1
        if row.position < 1:
            self._problem(row.position, "the fact was added: positions count from 1")
            self.bad_here = True
            return
        self._pass_gap(row.position)
        if self._tree.size + 1 != row.position:
            self._problem(row.position, "so far from the others that it is not checked")
            self.bad_here = True
            return
        leaf = leaf_hash(row.content())
        self.bad_here = leaf != row.leaf or not isinstance(row.state, bytes)
        contract = str(row.contract)
        if self.bad_here:
            self._problem(row.position, self._changed(row))
        elif row.version != self._versions[contract] + 1:
            due = self._versions[contract] + 1
            self._problem(row.position, f"it is fact {row.version} of {contract}, where {due} is due")
        self._versions[contract] += 1
        before = self._tree.root() if row.kind == "ReportPublished" else EMPTY
        self._grow(row, leaf)
        envelope = _envelope(row)
        if envelope is None:
            if not self.bad_here:
                self._problem(row.position, "the fact does not read back")
            self._bad = row.position
        else:
            self._check_envelope(row, envelope, before)
        if self.bad_here:
            self._bad = row.position

    def _pass_gap(self, position: int) -> None:
        due = self._tree.size + 1
        if position == due:
            return
        missing = f"position {due}" if position == due + 1 else f"positions {due} to {position - 1}"
        self.found.problems.append(f"{missing}: no fact is there")
        self._bad = position - 1
        for _ in range(due, min(position, due + _LONGEST_GAP)):
            self._append(EMPTY)

    def _append(self, leaf: Hash) -> Hash:
        for follower in self._followers:
            follower.take(leaf)
        return self._tree.append(leaf)

    def _grow(self, row: Row, leaf: Hash) -> None:
        subtree = self._append(leaf)
        spans = row.position & -row.position
        bad = row.position if self.bad_here else self._bad
        if subtree != row.subtree and bad <= row.position - spans:
            over = "its leaf" if spans == 1 else f"positions {row.position - spans + 1} to {row.position}"
            self._problem(row.position, f"the tree has another node over {over} than the facts give")

    def _changed(self, row: Row) -> str:
        """Say what is known of a fact that is not the one its leaf was made of."""
        if not isinstance(row.leaf, bytes) or len(row.leaf) != len(EMPTY):
            return "the fact was added, or its leaf changed: it has no leaf in the tree"
        envelope = _envelope(row)
        if envelope is None:
            return "the fact was changed: it is not what the tree has a leaf of, and does not read back"
        fact, position = envelope["fact"], envelope["position"]
        kind, contract = str(fact.get("fact")), str(fact.get("contract"))
        version, due = row.version, self._versions[contract] + 1
        if row.leaf == _leaf(row, position, version, kind, contract):
            filed = f"{row.kind} of {row.contract}"
            here = row.position == position
            return (
                f"the fact is filed as {filed}, which it is not" if here else f"it was moved from position {position}"
            )
        if row.leaf == _leaf(row, row.position, due, row.kind, str(row.contract)):
            return f"the fact is filed as fact {version} of {row.contract}, and is fact {due}"
        if position != row.position:
            return f"the fact that was taken at position {position} is here; it was moved, or one before it removed"
        return f"the fact {fact.get('id')} was changed: it is not what the tree has a leaf of"

    def _check_envelope(self, row: Row, envelope: dict[str, Any], before: Hash) -> None:
        fact = envelope["fact"]
        if not self.bad_here:
            if envelope["position"] != row.position:
                self._problem(row.position, f"the fact says it was taken at position {envelope['position']}")
            if fact.get("id") != row.id:
                self._problem(row.position, f"the fact {fact.get('id')} is filed under the id {row.id}")
            if (fact.get("fact"), fact.get("contract")) != (row.kind, row.contract):
                filed = f"{row.kind} of {row.contract}"
                self._problem(row.position, f"the fact is filed as {filed}, which it is not")
            if str(envelope.get("recorded_at")) < self._taken:
                self._problem(row.position, "it was taken before the fact that it follows")
            if row.kind == "ReportPublished" and not self._bad and envelope.get("head") != before.hex():
                self._problem(row.position, f"the report {fact.get('report')} was published under another head")
            self._check_texts(row, fact)
        self._taken = max(self._taken, str(envelope.get("recorded_at")))
        if "signature" in fact:
            self.found.signed.add(str(row.contract))
        if row.kind == "ContractRegistered" and "checks" in fact:
            self.found.checked.add(str(row.contract))
        if row.kind == "TextErased":
            self._note_erasure(row.position, fact)

    def _note_erasure(self, position: int, fact: dict[str, Any]) -> None:
        try:
            self._erased |= {(each["id"], name): position for each in fact["erases"] for name in each["fields"]}
        except (KeyError, TypeError):
            if not self.bad_here:
                self._problem(position, "the fact does not read back")

    def _check_texts(self, row: Row, fact: dict[str, Any]) -> None:
        openings = as_kept(row.opened) if row.opened is not None else {}
        if openings is None:
            self._problem(
                row.position, f"the texts kept beside the fact {fact.get('id')} are not as the ledger keeps them"
            )
            return
        for name in false_openings(row.kind, fact, openings):
            self._problem(row.position, f"{name} of the fact {fact.get('id')} is not the text that was taken")
        gone = [name for name, opening in openings.items() if opening.salt is None]
        for name in gone:
            self._gone[str(fact.get("id")), name] = (row.position, row.kind, openings[name].text)
        if gone:
            self.found.sealed[row.position] = {name: str(fact.get(name)).rpartition("/")[2] for name in gone}

    def read_back(self, ledger: Ledger, row: Row) -> None:
        """Check that a row reads back as a fact."""
        try:
            ledger.read_row(row)
        except LedgerUnusable:
            self._problem(row.position, "the fact does not read back")

    def end(self) -> Verification:
        """Return what was found, once every row is taken."""
        for (named, name), (position, kind, text) in self._gone.items():
            erasure = self._erased.get((named, name))
            if erasure is None:
                self._problem(position, f"{name} of the fact {named} is gone, and no fact says that it was erased")
            elif not stands_for(mark_of(kind, name), text, erasure):
                self._problem(position, f"{name} of the fact {named} is not what stands for it since it was erased")
        for named, name in self._erased.keys() - self._gone.keys():
            erasure = self._erased[named, name]
            self._problem(erasure, f"{name} of the fact {named} was erased by this one, and is there all the same")
        for follower in self._followers:
            if problem := follower.problem():
                self.found.problems.append(problem)
        self.found.root = self._tree.root()
        return self.found


def _leaf(row: Row, position: int, version: int, kind: str, contract: str) -> Hash:
    """Return the leaf that a row's state would have had under other columns."""
    return leaf_hash(canonical(position, version, kind, contract, row.content().partition(b"\n")[2]))


def _envelope(row: Row) -> dict[str, Any] | None:
    """Return a row's state as JSON, if it has the shape of one and is written as the ledger writes it."""
    try:
        envelope = json.loads(row.state)
        if not isinstance(row.state, bytes) or as_bytes(envelope) != row.state:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("fact"), dict):
        return None
    told = (envelope.get("recorded_at"), envelope.get("recorded_by"))
    whole = isinstance(envelope.get("position"), int) and all(isinstance(each, str) for each in told)
    return envelope if whole else None
