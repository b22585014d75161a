"""A desk: an open ledger with the contracts judged at it, held ready for the next fact.

What others record meanwhile is read, by position, before anything is judged; on being overtaken that is all that is
read again. What is answered, and what is taken, is the same at a desk that has long been open and at a new one.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import NamedTuple

from ledger.clock import Clock
from ledger.erasure import breach_faults, erasure_faults, ids_named
from ledger.facts import AnyFact
from ledger.faults import BadInput, Fault, LedgerUnusable
from ledger.held import First, Held
from ledger.judgement import Proposed, Reading
from ledger.keeping_facts import TextErased
from ledger.recorded import Recorded
from ledger.storage import Overtaken
from ledger.store import Ledger, Seen
from ledger.uncollected import uncollected

_MOST_HELD = 100
_MOST_FOLLOWED = 10_000


class Receipt(NamedTuple):
    """What recording did, or would do in a dry run.

    `before` is each touched contract's history before; `recorded` the facts taken, in order of position.
    """

    before: Mapping[str, Sequence[Recorded]]
    recorded: list[Recorded]
    passed_over: list[str]
    warnings: list[Fault]

    @property
    def after(self) -> dict[str, list[Recorded]]:
        """Return each touched contract's history with what was recorded."""
        found = {contract: [*history] for contract, history in self.before.items()}
        for each in self.recorded:
            found[each.fact.contract].append(each)
        return found


class _Judged(NamedTuple):
    seen: Seen
    before: dict[str, Sequence[Recorded]]
    taken: list[AnyFact]
    passed_over: list[str]
    warnings: list[Fault]


class Desk:
    """An open ledger at which facts are recorded; one thread at a time uses it.

    Args:
        ledger: the ledger to record in.
        clock: what time it is.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._head = 0
        self._held: dict[str, Held] = {}

    def record(self, reading: Reading, *, dry_run: bool = False, expected_head: int | None = None) -> Receipt:
        """Take facts into the ledger, durably, or find every fault with them.

        Args:
            reading: the facts, in the order they take positions, and the faults found in reading them.
            dry_run: judge only; the receipt says what would be recorded.
            expected_head: the position after which the facts must be taken, if what they say hangs on it.

        Raises:
            BadInput: with every fault of the run; nothing is recorded.
            Overtaken: if the ledger's last position is not the expected one; nothing is recorded.
            LedgerUnusable: if the ledger cannot be read or written.
        """
        with uncollected(), nullcontext() if dry_run else self._ledger.turn():
            return self._record(reading, dry_run=dry_run, expected_head=expected_head)

    def _record(self, reading: Reading, *, dry_run: bool, expected_head: int | None) -> Receipt:
        glanced = None if dry_run or expected_head is not None else self._judge_at_a_glance(reading)
        while True:
            judged = glanced or self._judge(reading, self._look(reading))
            head = judged.seen.head
            if expected_head not in (None, head):
                raise Overtaken
            versions = {contract: len(history) for contract, history in judged.before.items()}
            if dry_run:
                recorded = _imagined(judged, versions, self._clock)
            elif judged.taken:
                try:
                    recorded = self._ledger.append(judged.taken, head, versions, self._clock.now(), judged.seen)
                except Overtaken:
                    if glanced is None and self._ledger.head() == head:
                        sentence = f"{self._ledger.name} refuses the next fact; run `contract-ledger verify`"
                        raise LedgerUnusable(sentence) from None
                    glanced = None
                    continue
                self._take(recorded)
            else:
                recorded = []
            return Receipt(judged.before, recorded, judged.passed_over, judged.warnings)

    def _judge_at_a_glance(self, reading: Reading) -> _Judged | None:
        """Judge a single fact as if its id were new, where nobody else has written since we did.

        None where others have, or where its id is found to be known. If it is to be taken, the ledger finds that out
        then.
        """
        if len(reading.proposed) != 1 or ids_named(reading.proposed) or (seen := self._ledger.glance()) is None:
            return None
        try:
            judged = self._judge(reading, seen)
        except BadInput:
            if self._look(reading).known:
                return None
            raise
        return judged if judged.taken else None

    def _look(self, reading: Reading) -> Seen:
        return self._ledger.look([each.fact.id for each in reading.proposed] + ids_named(reading.proposed))

    def _judge(self, reading: Reading, seen: Seen) -> _Judged:
        self._follow(seen.head)
        fresh, by_contract, passed_over, faults = _sort_out(seen.known, reading.proposed)
        faults += reading.faults
        faults += erasure_faults(fresh, seen.known)
        before: dict[str, Sequence[Recorded]] = {}
        warnings: list[Fault] = []
        already: set[str] = set()
        unread = reading.unread if reading.faults else None
        for contract, theirs in by_contract.items():
            held = self._hold(contract)
            before[contract] = First(held.history)
            faults += breach_faults(held.history, theirs)
            judgement = held.judge(theirs, self._clock.today(), unread=unread)
            faults += judgement.faults
            warnings += judgement.warnings
            passed_over += [each.fact.id for each in judgement.already]
            already |= {each.fact.id for each in judgement.already}
        if faults:
            once = dict.fromkeys(faults)  # what several contracts are drawn from is at fault once
            raise BadInput([reading.located(fault) for fault in sorted(once, key=lambda fault: _natural(fault.where))])
        taken = [each.fact for each in fresh if not already or each.fact.id not in already]
        return _Judged(seen, before, taken, passed_over, _told(reading, warnings))

    def _hold(self, contract: str) -> Held:
        """Return a contract with its facts up to the position that the desk has followed the ledger to."""
        held = self._held.pop(contract, None)
        if held is None:
            history = self._ledger.history(contract)
            while history and history[-1].position > self._head:
                history.pop()
            held = Held(history)
        self._held[contract] = held  # the last, so that the one longest unused is the first to go
        return held

    def _follow(self, head: int) -> None:
        """Learn what others have recorded since."""
        if head < self._head or head - self._head > _MOST_FOLLOWED:
            self._held.clear()
        if head > self._head and self._held:
            for recorded in self._ledger.since(self._head):
                if recorded.position > head:
                    break
                self._learn(recorded)
        self._head = head

    def _take(self, recorded: Sequence[Recorded]) -> None:
        """Learn what was recorded here; after very many facts, contracts are read again when they are asked for."""
        if len(recorded) > _MOST_FOLLOWED:
            self._held.clear()
        for each in recorded if self._held else ():
            self._learn(each)
        self._head = recorded[-1].position
        while len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]

    def _learn(self, recorded: Recorded) -> None:
        """Let a contract that is held learn of a fact; one that an interrupt leaves half taught is held no more."""
        contract = recorded.fact.contract
        held = self._held.pop(contract, None)
        if held is None or type(recorded.fact) is TextErased:  # earlier facts are not as they were
            return
        held.take(recorded)
        self._head = recorded.position
        self._held[contract] = held


def _natural(where: str) -> list[tuple[int, str]]:
    """Order places so that line 10 comes after line 9."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]{1,9})", where)]


def _told(reading: Reading, warnings: list[Fault]) -> list[Fault]:
    """Return what is doubtful about what was read, then what is odd about the facts and not yet said."""
    told = [*reading.doubts]
    if warnings:
        said = {doubt.sentence for doubt in told}
        told += [warning for warning in warnings if warning.sentence not in said]
    return [reading.located(warning) for warning in dict.fromkeys(told)]


def _sort_out(
    there: Mapping[str, Recorded], proposed: Sequence[Proposed]
) -> tuple[list[Proposed], dict[str, list[Proposed]], list[str], list[Fault]]:
    """Return the facts that are new, and those of each contract; ids already taken, and ids used for something else."""
    taken: dict[str, AnyFact] = {}
    fresh: list[Proposed] = []
    by_contract: dict[str, list[Proposed]] = defaultdict(list)
    passed_over: list[str] = []
    faults: list[Fault] = []
    for each in proposed:
        fact = each.fact
        id_ = fact.id
        recorded = there.get(id_)
        known = recorded.fact if recorded else taken.get(id_)
        if known is None:
            taken[id_] = fact
            fresh.append(each)
            by_contract[fact.contract].append(each)
        elif known == fact or (recorded and _before_erasure(fact, recorded) == known):
            passed_over.append(id_)
        else:
            other = f"another {known.kind}, dated {known.dated}"
            sentence = f'"{id_}" is already the id of {other}; give this fact its own'
            faults.append(Fault(each.where, "id", sentence))
    return fresh, by_contract, passed_over, faults


def _before_erasure(fact: AnyFact, recorded: Recorded) -> AnyFact:
    """Return a fact sent again with what was since erased of it in the ledger."""
    return fact.model_copy(update={name: getattr(recorded.fact, name, None) for name in recorded.erased})


def _imagined(judged: _Judged, versions: dict[str, int], clock: Clock) -> list[Recorded]:
    """Return the facts in envelopes that they would get, for a dry run."""
    now = clock.now()
    imagined = []
    for position, fact in enumerate(judged.taken, judged.seen.head + 1):
        versions[fact.contract] += 1
        imagined.append(Recorded(position, versions[fact.contract], now, "", fact))
    return imagined
