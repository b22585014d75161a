"""Verification as RFC 9162 words it, step by step: what proofs, and the program that checks them, are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.proof import HASH_BYTES, node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.proof import Hash


def _full_length(*hashes: Hash) -> bool:
    """Say whether hashes have their full length; a node over two of other lengths could be read as another's."""
    return all(len(each) == HASH_BYTES for each in hashes)


def is_included(leaf: Hash, index: int, size: int, path: Sequence[Hash], root: Hash) -> bool:
    """Say whether a proof shows that a leaf is in the tree with a head (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _full_length(leaf, root, *path):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_extension(first_size: int, first_root: Hash, size: int, root: Hash, path: Sequence[Hash]) -> bool:
    """Say whether a proof shows that one head's tree extends another's (RFC 9162, 2.1.4.2)."""
    if not 0 < first_size <= size or not _full_length(first_root, root, *path):
        return False
    if first_size == size:
        return not path and first_root == root
    nodes = list(path)
    if first_size & (first_size - 1) == 0:
        nodes.insert(0, first_root)
    if not nodes:
        return False
    at, last = first_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    earlier = later = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            earlier, later = node_hash(node, earlier), node_hash(node, later)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            later = node_hash(later, node)
        at, last = at >> 1, last >> 1
    return last == 0 and earlier == first_root and later == root
