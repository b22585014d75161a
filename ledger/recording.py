"""Recording: proposed facts are judged, and all of them are taken or none."""

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from ledger.clock import Clock
from ledger.erasure import breach_faults, erasure_faults, ids_named
from ledger.facts import AnyFact
from ledger.faults import BadInput, Fault, LedgerUnusable
from ledger.judgement import Proposed, Reading
from ledger.recorded import Recorded
from ledger.storage import Overtaken
from ledger.store import Ledger
from ledger.timeline import judge


@dataclass(frozen=True, slots=True)
class Receipt:
    """What recording did, or would do in a dry run.

    `before` is each touched contract's history before; `recorded` the facts taken, in order of position.
    """

    before: dict[str, list[Recorded]]
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


@dataclass(frozen=True, slots=True)
class _Judged:
    head: int
    before: dict[str, list[Recorded]]
    taken: list[AnyFact]
    passed_over: list[str]
    warnings: list[Fault]


def record(
    ledger: Ledger,
    reading: Reading,
    clock: Clock,
    *,
    dry_run: bool = False,
    expected_head: int | None = None,
) -> Receipt:
    """Take facts into the ledger, durably, or find every fault with them.

    Args:
        ledger: the ledger to record in.
        reading: the facts, in the order they take positions, and the faults found in reading them.
        clock: what time it is.
        dry_run: judge only; the receipt says what would be recorded.
        expected_head: the position after which the facts must be taken, if what they say hangs on it.

    Raises:
        BadInput: with every fault of the run; nothing is recorded.
        Overtaken: if the ledger's last position is not the expected one; nothing is recorded.
        LedgerUnusable: if the ledger cannot be read or written.
    """
    with nullcontext() if dry_run else ledger.turn():
        return _recorded(ledger, reading, clock, dry_run=dry_run, expected_head=expected_head)


def _recorded(ledger: Ledger, reading: Reading, clock: Clock, *, dry_run: bool, expected_head: int | None) -> Receipt:
    while True:
        judged = _judge(ledger, reading, clock)
        if expected_head not in (None, judged.head):
            raise Overtaken
        versions = {contract: len(history) for contract, history in judged.before.items()}
        if dry_run:
            recorded = _imagined(judged, versions, clock)
        elif judged.taken:
            try:
                recorded = ledger.append(judged.taken, judged.head, versions, clock.now())
            except Overtaken:
                if ledger.head() == judged.head:
                    raise LedgerUnusable(f"{ledger.name} refuses the next fact; run `contract-ledger verify`") from None
                continue
        else:
            recorded = []
        return Receipt(judged.before, recorded, judged.passed_over, judged.warnings)


def _judge(ledger: Ledger, reading: Reading, clock: Clock) -> _Judged:
    head = ledger.head()
    fresh, passed_over, faults = _sort_out(ledger, reading.proposed)
    faults += reading.faults
    faults += erasure_faults(fresh, ledger.with_ids(ids_named(fresh)))
    by_contract: dict[str, list[Proposed]] = defaultdict(list)
    for each in fresh:
        by_contract[each.fact.contract].append(each)
    before = {contract: ledger.history(contract) for contract in by_contract}
    warnings = [*reading.doubts]
    told = {doubt.sentence for doubt in reading.doubts}
    unread = reading.unread if reading.faults else None
    already: set[str] = set()
    for contract, theirs in by_contract.items():
        faults += breach_faults(before[contract], theirs)
        judgement = judge(before[contract], theirs, clock.today(), unread=unread)
        faults += judgement.faults
        warnings += [warning for warning in judgement.warnings if warning.sentence not in told]
        passed_over += [each.fact.id for each in judgement.already]
        already |= {each.fact.id for each in judgement.already}
    if once := dict.fromkeys(faults):  # what several contracts are drawn from is at fault once
        raise BadInput([reading.located(fault) for fault in sorted(once, key=lambda fault: _natural(fault.where))])
    warnings = [reading.located(warning) for warning in dict.fromkeys(warnings)]
    return _Judged(head, before, [each.fact for each in fresh if each.fact.id not in already], passed_over, warnings)


def _natural(where: str) -> list[tuple[int, str]]:
    """Order places so that line 10 comes after line 9."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]{1,9})", where)]


def _sort_out(ledger: Ledger, proposed: Sequence[Proposed]) -> tuple[list[Proposed], list[str], list[Fault]]:
    """Return the facts that are new, the ids of those already taken, and ids used for something else."""
    there = ledger.with_ids([each.fact.id for each in proposed])
    taken = {key: recorded.fact for key, recorded in there.items()}
    erased = {key: recorded.erased for key, recorded in there.items()}
    fresh: list[Proposed] = []
    passed_over: list[str] = []
    faults: list[Fault] = []
    for each in proposed:
        known = taken.get(each.fact.id)
        if known is None:
            taken[each.fact.id] = each.fact
            fresh.append(each)
        elif known == each.fact or _before_erasure(each.fact, erased.get(each.fact.id, ()), known) == known:
            passed_over.append(each.fact.id)
        else:
            other = f"another {known.kind}, dated {known.dated}"
            sentence = f'"{each.fact.id}" is already the id of {other}; give this fact its own'
            faults.append(Fault(each.where, "id", sentence))
    return fresh, passed_over, faults


def _before_erasure(fact: AnyFact, erased: Sequence[str], known: AnyFact) -> AnyFact:
    """Return a fact sent again with what was since erased of it in the ledger."""
    return fact.model_copy(update={name: getattr(known, name, None) for name in erased})


def _imagined(judged: _Judged, versions: dict[str, int], clock: Clock) -> list[Recorded]:
    """Return the facts in envelopes that they would get, for a dry run."""
    now = clock.now()
    imagined = []
    for position, fact in enumerate(judged.taken, judged.head + 1):
        versions[fact.contract] += 1
        imagined.append(Recorded(position, versions[fact.contract], now, "", fact))
    return imagined
