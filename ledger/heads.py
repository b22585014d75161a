"""Heads of the tree: kept elsewhere, they show whether a ledger is still an extension of what it was.

A head is its size and root. One written as JSON also gives the roots of equal blocks of leaves, so that the place of
the first difference can be named: to the fact in a ledger of up to 1,024 facts, else to a block.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.faults import BadInput
from ledger.proof import Frontier, Hash, root_of

MOST_BLOCKS = 1024
_LINE = re.compile(r"^\s*(\d{1,15})\s+([0-9a-f]{64})\b.*$", re.MULTILINE | re.ASCII)
_ROOT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """A tree of facts as it once was: how many, its root, and the roots of its blocks of `step` leaves each.

    The last block may be short. A head that was written down as size and root only has no blocks, and step 0. One kept
    as the manifest of a bundle also says of which `contract` that was, and how many facts `of_contract` it counts.
    """

    size: int
    root: Hash
    step: int = 0
    blocks: tuple[Hash, ...] = ()
    contract: str | None = None
    of_contract: int = 0

    def document(self) -> dict[str, Any]:
        """Return the head as JSON."""
        return {
            "size": self.size,
            "root": self.root.hex(),
            "step": self.step,
            "blocks": [block.hex() for block in self.blocks],
        }


def head_of(leaves: Sequence[Hash]) -> Head:
    """Return the head of a tree with as many blocks as it may have."""
    step = 1
    while len(leaves) > step * MOST_BLOCKS:
        step *= 2
    blocks = tuple(root_of(leaves[first : first + step]) for first in range(0, len(leaves), step))
    return Head(len(leaves), root_of(leaves), step, blocks)


def read_heads(content: bytes, name: str) -> list[Head]:
    """Read heads that were kept: one as JSON or in the manifest of a bundle, or text with lines that begin with them.

    Raises:
        BadInput: if the file holds none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput.of("is not text; give a file that `head` wrote", where=name) from None
    if not text.lstrip().startswith("{"):
        lines = _LINE.findall(text)
        if not lines:
            raise BadInput.of("has no line with a size and a root; give a file that `head` wrote", where=name)
        return [Head(int(size), bytes.fromhex(root)) for size, root in lines]
    try:
        return [_head(json.loads(text))]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput.of("is no head; give a file that `head --format json` wrote", where=name) from None


def _head(raw: dict[str, Any]) -> Head:
    if "bundle" in raw:
        return _of_manifest(raw)
    size, step = raw["size"], raw.get("step", 0)
    blocks = [_hash(block) for block in raw.get("blocks", [])]
    if type(size) is not int or type(step) is not int or size < 0 or step < 0:
        raise ValueError("a size and a step are whole numbers")
    head = Head(size, _hash(raw["root"]), step, tuple(blocks))
    if blocks and (step & (step - 1) or not step or -(-size // step) != len(blocks) or _over(head) != head.root):
        raise ValueError("the blocks are not those of the root")
    return head


def _of_manifest(raw: dict[str, Any]) -> Head:
    size, contract, facts = raw["head"]["size"], raw["contract"], raw["facts"]
    if type(size) is not int or type(facts) is not int or size < 0 or not isinstance(contract, str):
        raise ValueError("a manifest counts facts")
    return Head(size, _hash(raw["head"]["root"]), contract=contract, of_contract=facts)


def _hash(text: Any) -> Hash:
    if not isinstance(text, str) or not _ROOT.fullmatch(text):
        raise ValueError("a root is 64 hexadecimal digits")
    return bytes.fromhex(text)


def _over(head: Head) -> Hash:
    """Return the root over a head's blocks, each a perfect subtree but the last."""
    return root_of(head.blocks)


class Follower:
    """Compares a ledger's leaves, in order, with a head that was kept."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.first_different: tuple[int, int] | None = None
        self._all = Frontier()
        self._block = Frontier()

    def take(self, leaf: Hash) -> None:
        """Take the next leaf."""
        if self._all.size == self.head.size:
            return
        self._all.append(leaf)
        if self.head.blocks and self.first_different is None:
            self._block.append(leaf)
            ends = self._block.size == self.head.step or self._all.size == self.head.size
            if ends:
                self._compare_block()

    def _compare_block(self) -> None:
        at = (self._all.size - 1) // self.head.step
        if self._block.root() != self.head.blocks[at]:
            self.first_different = (at * self.head.step + 1, self._all.size)
        self._block = Frontier()

    def problem(self) -> str | None:
        """Say where the ledger is not an extension of the head, once all leaves are taken; None if it is one."""
        size = self.head.size
        named = f"the kept head of {size} facts"
        if self.first_different is not None:
            first, last = self.first_different
            where = f"position {first}" if first == last else f"positions {first} to {last}"
            return f"{where}: not what it was under {named}; the first difference is there"
        if self._all.size < size:
            gone = f"position {size}" if self._all.size + 1 == size else f"positions {self._all.size + 1} to {size}"
            return f"{gone}: no longer there, and {named} counts them"
        if self._all.root() != self.head.root:
            return f"positions 1 to {size}: not what they were under {named}; it does not tell which of them"
        return None
