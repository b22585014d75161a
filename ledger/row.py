"""A fact as its row keeps it, wherever the ledger is kept. Pure."""

from typing import NamedTuple

from ledger.proof import Hash
from ledger.state import canonical

FACTS = "facts"
TEXTS = "texts"


class Row(NamedTuple):
    """A fact as its row keeps it, with its place in the tree: the columns of the table, and what opens its commitments.

    What is found may be of other types where somebody has tampered with it.
    """

    position: int
    id: str
    contract: str
    version: int
    kind: str
    state: bytes
    leaf: Hash
    subtree: Hash
    opened: str | None

    def content(self) -> bytes:
        """Return the bytes whose hash is the leaf."""
        return canonical(self.position, self.version, self.kind, self.contract, _as_bytes(self.state))


def _as_bytes(state: object) -> bytes:
    """Return the bytes of a column as it was found: tampering may have left text in it."""
    return state if isinstance(state, bytes) else str(state).encode()
