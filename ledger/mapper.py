"""Between a fact in its envelope and the library's stored event."""

from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent

from ledger import machine
from ledger.faults import LedgerUnusable
from ledger.state import as_instant, read, written


class FactMapper(Mapper[str]):
    """Between a fact in its envelope and a stored event; the stored topic is the kind of fact.

    A stored event's state is what is kept of a fact, then a line break and what opens its commitments.
    """

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored event of a recorded fact."""
        recorded = domain_event
        state, opened = written(recorded, as_instant(recorded.recorded_at), machine.new_salts())
        texts = f"\n{opened}".encode() if opened else b""
        return StoredEvent(recorded.fact.contract, recorded.version, recorded.fact.kind, state + texts)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the recorded fact of a stored event.

        Raises:
            LedgerUnusable: if it does not read back as a fact.
        """
        try:
            state, _, opened = stored_event.state.partition(b"\n")
            return read(state, opened.decode(), stored_event.originator_version)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            named = f"fact {stored_event.originator_version} of {stored_event.originator_id}"
            raise LedgerUnusable(f"{named} does not read back; run `contract-ledger verify`") from wrong
