"""Recording: proposed facts are judged, and all of them are taken or none."""

from ledger.clock import Clock
from ledger.desk import Desk, Receipt
from ledger.judgement import Reading
from ledger.store import Ledger

__all__ = ["Receipt", "record"]


def record(
    ledger: Ledger,
    reading: Reading,
    clock: Clock,
    *,
    dry_run: bool = False,
    expected_head: int | None = None,
) -> Receipt:
    """Take facts into the ledger at a desk of one use; arguments, and what is raised, are those of `Desk.record`."""
    return Desk(ledger, clock).record(reading, dry_run=dry_run, expected_head=expected_head)
