"""Whether the ledger's facts are all there and read back."""

from collections import defaultdict
from dataclasses import dataclass

from ledger.faults import LedgerUnusable
from ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Verification:
    """How many facts were read, and a sentence for each problem found."""

    facts: int
    problems: list[str]


def verify(ledger: Ledger) -> Verification:
    """Read every fact; positions and each contract's versions must count up from 1 without a gap."""
    problems = [f"{name} no longer guards the facts" for name in ledger.missing_guards()]
    versions: dict[str, int] = defaultdict(int)
    expected = count = 0
    last_taken = None
    for position, row in ledger.rows_since(0):
        expected, count = expected + 1, count + 1
        if position != expected:
            missing = f"position {expected}" if position == expected + 1 else f"positions {expected} to {position - 1}"
            problems.append(f"{missing}: no fact is there")
            expected = position
        versions[str(row.originator_id)] += 1
        if row.originator_version != versions[str(row.originator_id)]:
            found = f"it is fact {row.originator_version} of {row.originator_id}"
            problems.append(f"position {position}: {found}, where {versions[str(row.originator_id)]} is due")
            versions[str(row.originator_id)] = row.originator_version
        try:
            recorded = ledger.read(row)
        except LedgerUnusable:
            problems.append(f"position {position}: the fact does not read back")
            continue
        if recorded.position != position:
            problems.append(f"position {position}: the fact says it was taken at position {recorded.position}")
        if recorded.fact.kind != row.topic or recorded.fact.contract != row.originator_id:
            problems.append(
                f"position {position}: the fact is filed as {row.topic} of {row.originator_id}, which it is not"
            )
        if last_taken is not None and recorded.recorded_at < last_taken:
            problems.append(f"position {position}: it was taken before the fact that it follows")
        last_taken = recorded.recorded_at
    return Verification(count, problems)
