"""The Merkle tree over recorded facts: heads, inclusion and consistency, as in RFC 9162, section 2.1.

A leaf is the hash of a fact's canonical bytes. Positions count from 1, as the ledger's do; the RFC's indexes
count from 0, and only the proofs written for others use them.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

Hash = bytes
HASH_BYTES = 32
EMPTY: Hash = sha256(b"").digest()


def leaf_hash(content: bytes) -> Hash:
    """Return the leaf for the canonical bytes of one fact.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + content).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """Return the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its perfect subtrees, largest first."""

    def __init__(self, size: int = 0, subtrees: Sequence[Hash] = ()) -> None:
        if size < 0 or len(subtrees) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(subtrees)}")
        self.size = size
        self.subtrees = list(subtrees)

    def append(self, leaf: Hash) -> Hash:
        """Add a leaf; return the root of the largest perfect subtree that ends with it."""
        whole = leaf
        size = self.size
        while size & 1:
            whole = node_hash(self.subtrees.pop(), whole)
            size >>= 1
        self.subtrees.append(whole)
        self.size += 1
        return whole

    def root(self) -> Hash:
        """Return the head of the tree as it is."""
        if not self.subtrees:
            return EMPTY
        *rest, root = self.subtrees
        for subtree in reversed(rest):
            root = node_hash(subtree, root)
        return root


def subtree_ends(size: int) -> list[int]:
    """Return the positions at which the perfect subtrees of a tree end, the largest subtree first.

    >>> subtree_ends(7), subtree_ends(8), subtree_ends(0)
    ([4, 6, 7], [8], [])
    """
    ends = []
    while size:
        ends.append(size)
        size &= size - 1
    return ends[::-1]


def root_of(leaves: Iterable[Hash]) -> Hash:
    """Return the head over leaves in order of position."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion(leaves: Sequence[Hash], index: int) -> list[Hash]:
    """Return the inclusion proof of a leaf, from its sibling up to the root (RFC 9162, 2.1.3.1).

    Args:
        leaves: all leaves of the tree.
        index: the leaf's place, from 0.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"a tree of {len(leaves)} leaves has no leaf of index {index}")
    path = []
    first, size = 0, len(leaves)
    while size > 1:
        split = _split(size)
        if index - first < split:
            path.append(root_of(leaves[first + split : first + size]))
            size = split
        else:
            path.append(root_of(leaves[first : first + split]))
            first, size = first + split, size - split
    return path[::-1]


def consistency(leaves: Sequence[Hash], first_size: int) -> list[Hash]:
    """Return the proof that a tree is an extension of its first leaves (RFC 9162, 2.1.4.1).

    Args:
        leaves: all leaves of the later tree.
        first_size: how many of them the earlier tree had, at least one.
    """
    if not 0 < first_size <= len(leaves):
        raise ValueError(f"a tree of {len(leaves)} leaves is no extension of one of {first_size}")
    path = []
    first, size, whole = 0, len(leaves), True
    while first_size - first != size:
        split = _split(size)
        if first_size - first <= split:
            path.append(root_of(leaves[first + split : first + size]))
            size = split
        else:
            path.append(root_of(leaves[first : first + split]))
            first, size, whole = first + split, size - split, False
    if not whole:
        path.append(root_of(leaves[first : first + size]))
    return path[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least two."""
    return 1 << (size - 1).bit_length() - 1
