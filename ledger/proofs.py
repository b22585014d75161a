"""Proofs as documents, for people who have not the ledger; `check_proof.py` checks them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.faults import LedgerUnusable
from ledger.proof import Hash, consistency, inclusion, leaf_hash, root_of

TREE = "RFC 9162 SHA-256"


def inclusion_document(
    leaves: Sequence[Hash], position: int, content: bytes, opened: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Return the proof that a fact is in the tree of facts.

    Args:
        leaves: all leaves of the tree, in order of position.
        position: the fact's, from 1.
        content: its canonical bytes.
        opened: of the fields whose texts are shown, the salt (hexadecimal) and the text; others are withheld.

    Raises:
        LedgerUnusable: if the content is not that of the leaf.
        ValueError: if there is no such position.
    """
    path = inclusion(leaves, position - 1)
    leaf = leaves[position - 1]
    if leaf_hash(content) != leaf:
        raise LedgerUnusable(f"fact {position} is not the one its leaf was made of; run `contract-ledger verify`")
    return {
        "proof": "inclusion",
        "tree": TREE,
        "position": position,
        "size": len(leaves),
        "root": root_of(leaves).hex(),
        "content": content.decode(),
        "leaf": leaf.hex(),
        "path": [each.hex() for each in path],
        **({"opened": {field: list(pair) for field, pair in opened.items()}} if opened else {}),
    }


def consistency_document(leaves: Sequence[Hash], first_size: int) -> dict[str, Any]:
    """Return the proof that the tree of facts extends the tree of its first ones.

    Raises:
        ValueError: if there are not as many facts, or none.
    """
    return {
        "proof": "consistency",
        "tree": TREE,
        "first_size": first_size,
        "first_root": root_of(leaves[:first_size]).hex(),
        "size": len(leaves),
        "root": root_of(leaves).hex(),
        "path": [each.hex() for each in consistency(leaves, first_size)],
    }
