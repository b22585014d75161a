"""Check a proof from a contract ledger without the ledger, and without its program.

    python check_proof.py PROOF.json [--head HEAD_FILE]

Copy this one file anywhere; it needs Python 3.9 or later and nothing else. A proof of inclusion shows that a fact is in
the tree of all facts with a head; a proof of consistency shows that one head's tree extends another's, so that nothing
before was changed. The tree is that of RFC 9162, section 2.1, with SHA-256.

A proof agrees with the head inside it, whoever wrote both. It says something of the ledger only where the head is
one you kept, or had from somebody you trust: give that as HEAD_FILE ("SIZE ROOT", or JSON with size and root).

Exit status: 0 the proof holds; 1 it does not; 2 the file is no proof, or cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

TREE = "RFC 9162 SHA-256"
LARGEST_FILE = 32 << 20
MOST_DIGITS = 18
_HASH = re.compile(r"[0-9a-f]{64}")
_SALT = re.compile(r"[0-9a-f]{32}")
_HEAD_LINE = re.compile(r"([0-9]{1,18})\s+([0-9a-fA-F]{64})")
_CONTENT = re.compile(r"([1-9][0-9]{0,17}) ([1-9][0-9]{0,17}) ([^\s/]+) ([^\s/]+)\n(.*)", re.DOTALL)
_NEVER_SEALED = ("id", "decision_ref", "digest")
_LONG = ("parts",)
_TOLD = ("fact", "id", "contract", "dated", "by")
INCLUSION = ("proof", "tree", "position", "size", "root", "content", "leaf", "path")
CONSISTENCY = ("proof", "tree", "first_size", "first_root", "size", "root", "path")
WARNING = (
    "Warning: no head was given that was kept elsewhere. This shows only that the proof agrees with the head inside "
    "it, and whoever made one could have made the other. Compare that head with one you kept, or give it with --head."
)


class NoProof(Exception):  # noqa: N818 - what the file is
    """The file is not a proof, in a sentence that says what is wrong with it."""


class DoesNotHold(Exception):  # noqa: N818 - what the proof does
    """The proof is well-formed, and shows nothing, in a sentence that says why."""


class Head(NamedTuple):
    """The size and the root of a tree of facts."""

    size: int
    root: bytes

    def __str__(self) -> str:
        return f"head {self.root.hex()[:16]}… of {_facts(self.size)}"


def leaf_of(content: bytes) -> bytes:
    """Return the leaf for the canonical bytes of a fact."""
    return sha256(b"\x00" + content).digest()


def node_over(left: bytes, right: bytes) -> bytes:
    """Return the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def commitment(salt: bytes, text: str) -> str:
    """Return what stands in a fact for a text that may one day be erased."""
    return sha256(b"\x02" + salt + text.encode()).hexdigest()


def split(size: int) -> int:
    """Return the largest power of two below a size of at least two: where the RFC divides a tree."""
    left = 1
    while left * 2 < size:
        left *= 2
    return left


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root of a tree of which a leaf and the path from its sibling up are known."""
    if size == 1:
        if path:
            raise DoesNotHold("its path is longer than the tree is deep")
        return leaf
    if not path:
        raise DoesNotHold("its path is shorter than the tree is deep")
    left, beside = split(size), path[-1]
    if index < left:
        return node_over(root_from(leaf, index, left, path[:-1]), beside)
    return node_over(beside, root_from(leaf, index - left, size - left, path[:-1]))


def roots_from(first: Head, first_size: int, size: int, path: list[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """Return the root of the first leaves of a subtree, and that of all of them.

    `whole` says whether those first leaves are all of the earlier tree, so that their root is known.

    Raises:
        DoesNotHold: if the path has not the length that the sizes ask for.
    """
    if first_size == size:
        if len(path) != (0 if whole else 1):
            raise DoesNotHold("its path has not the length that the sizes ask for")
        known = first.root if whole else path[0]
        return known, known
    if not path:
        raise DoesNotHold("its path is shorter than the sizes ask for")
    left, beside = split(size), path[-1]
    if first_size <= left:
        earlier, later = roots_from(first, first_size, left, path[:-1], whole=whole)
        return earlier, node_over(later, beside)
    earlier, later = roots_from(first, first_size - left, size - left, path[:-1], whole=False)
    return node_over(beside, earlier), node_over(beside, later)


def check_inclusion(leaf: bytes, index: int, head: Head, path: list[bytes]) -> None:
    """Check that a leaf is at its place, from 0, in the tree with a head.

    Raises:
        DoesNotHold: if the proof does not show it.
    """
    if not 0 <= index < head.size:
        raise DoesNotHold(f"a tree of {_facts(head.size)} has no fact {index + 1}")
    if not all(len(each) == sha256().digest_size for each in (leaf, head.root, *path)):
        raise DoesNotHold("a hash has not its full length")
    if root_from(leaf, index, head.size, path) != head.root:
        raise DoesNotHold("the path does not lead from the fact to the root")


def check_consistency(first: Head, head: Head, path: list[bytes]) -> None:
    """Check that the tree with one head extends the tree with another.

    Raises:
        DoesNotHold: if the proof does not show it.
    """
    if not 0 < first.size <= head.size:
        raise DoesNotHold(f"a tree of {_facts(head.size)} extends none of {_facts(first.size)}")
    if not all(len(each) == sha256().digest_size for each in (first.root, head.root, *path)):
        raise DoesNotHold("a hash has not its full length")
    earlier, later = roots_from(first, first.size, head.size, path, whole=True)
    if earlier != first.root:
        raise DoesNotHold("the path does not lead to the first root")
    if later != head.root:
        raise DoesNotHold("the path does not lead to the root")


def check(document: dict[str, Any], kept: Head | None) -> list[str]:
    """Check a proof, and the head in it against one kept elsewhere; return the lines that say what was proved.

    Raises:
        NoProof: if the document is no proof.
        DoesNotHold: if it shows nothing.
    """
    checks = {"inclusion": _check_fact, "consistency": _check_heads}
    kind = document.get("proof")
    if not isinstance(kind, str) or kind not in checks:
        raise NoProof('its field proof is neither "inclusion" nor "consistency"')
    lines = checks[kind](document, kept)
    return [*lines, WARNING if kept is None else f"The {kept} is the one that was kept elsewhere."]


def _check_fact(document: dict[str, Any], kept: Head | None) -> list[str]:
    _check_fields(document, INCLUSION, ("opened",))
    position, head, path = _number(document, "position"), _head(document), _path(document)
    content, opened = _text(document["content"], "content"), _opened(document)
    state, told = _fact_in(content, position)
    texts = [_open(state["fact"], field, salt, text) for field, (salt, text) in opened.items()]
    leaf = leaf_of(content.encode())
    if leaf != _hash(document, "leaf"):
        raise DoesNotHold("the leaf is not that of the content")
    check_inclusion(leaf, position - 1, head, path)
    _check_kept(kept, head)
    sealed = _sealed(state["fact"])
    withheld = ", ".join(_shown(field) for field in sealed if field not in opened)
    more = [f"Withheld, and so neither shown nor proved: {withheld}."] if withheld else []
    end = "is the only fact" if head.size == 1 else f"is fact {position} of the {head.size}"
    own = {name: value for name, value in state["fact"].items() if name not in (*_TOLD, *sealed, "signature")}
    own = {name: value for name, value in own.items() if value != [] and name not in _LONG}
    says = [f"It says: {', '.join(_shown(f'{name} {_in_line(own[name])}') for name in own)}."] if own else []
    signed = ["It bears a signature, which this program does not check."] if "signature" in state["fact"] else []
    return [f"{told}, {end} under head {head.root.hex()}.", *says, *texts, *more, *signed]


def _check_heads(document: dict[str, Any], kept: Head | None) -> list[str]:
    _check_fields(document, CONSISTENCY)
    first = Head(_number(document, "first_size"), _hash(document, "first_root"))
    head = _head(document)
    check_consistency(first, head, _path(document))
    _check_kept(kept, head, first)
    proved = f"The first {_facts(first.size)} of the {head.size} under head {head.root.hex()} are those under head"
    return [f"{proved} {first.root.hex()}: none was changed, removed or reordered, and none put between."]


def _check_fields(document: dict[str, Any], needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    known = (*needed, *optional)
    wrong = [f"has no field {name}" for name in needed if name not in document]
    wrong += [f"has a field {_shown(name)}, which is none of a proof's" for name in document if name not in known]
    if wrong or document["tree"] != TREE:
        raise NoProof("it " + "; it ".join(wrong or [f'is of another tree than "{TREE}"']))


def _check_kept(kept: Head | None, head: Head, first: Head | None = None) -> None:
    """Compare a head kept elsewhere with that of the proof, or with either of a proof of consistency."""
    if kept is None or kept in (head, first):
        return
    if kept.size in (head.size, first.size if first else None):
        raise DoesNotHold(f"the head kept elsewhere has the root {kept.root.hex()}, and the proof has another")
    found = f"{_facts(kept.size)}, and the proof's of {f'{first.size} and ' if first else ''}{head.size}"
    raise DoesNotHold(f"the head kept elsewhere is of {found}; ask for a proof of size {kept.size}")


def _fact_in(content: str, position: int) -> tuple[dict[str, Any], str]:
    """Return what the canonical bytes say of a fact, and the beginning of the sentence that tells it."""
    parts = _CONTENT.fullmatch(content)
    if parts is None:
        raise NoProof("its content does not begin with POSITION VERSION KIND CONTRACT on a line")
    state = _json(parts[5], "its content, after the first line,")
    fact = state.get("fact")
    if not isinstance(fact, dict):
        raise NoProof("its content has no fact")
    names = [state.get(name) for name in ("recorded_at", "recorded_by")]
    names += [fact.get(name) for name in ("fact", "contract", "id", "dated", "by")]
    if not all(isinstance(name, str) for name in names):
        raise NoProof("its content lacks one of recorded_at, recorded_by, and the fact's fact, contract, id, dated, by")
    taken_at, taken_by, kind, contract, id_, dated, by = map(_shown, map(str, names))
    if not int(parts[1]) == state.get("position") == position or isinstance(state["position"], bool):
        raise DoesNotHold(f"the content is not that of fact {position}")
    if (parts[3], parts[4]) != (fact["fact"], fact["contract"]):
        raise DoesNotHold("the content's first line says another kind or contract than its fact")
    party = by.partition("/")[0]
    told = f"{kind} {id_} of contract {contract}, dated {dated}, by {party}, taken at {taken_at} by {taken_by}"
    return state, told


def _open(fact: dict[str, Any], field: str, salt: bytes, text: str) -> str:
    """Check an opened text against its commitment; return the line that shows it."""
    if str(fact.get(field)).rpartition("/")[2] != commitment(salt, text):
        raise DoesNotHold(f"the text given for {_shown(field)} is not the one that was committed to")
    return f'Shown and proved: {_shown(field)}, "{_shown(text)}".'


def _sealed(fact: dict[str, Any]) -> list[str]:
    """Return the fields in which a commitment stands for a text."""
    texts = {name: value for name, value in fact.items() if isinstance(value, str) and name not in _NEVER_SEALED}
    return [name for name, text in texts.items() if _HASH.fullmatch(text.rpartition("/")[2])]


def _head(document: dict[str, Any]) -> Head:
    return Head(_number(document, "size"), _hash(document, "root"))


def _number(document: dict[str, Any], name: str) -> int:
    found = document[name]
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 10**MOST_DIGITS:
        raise NoProof(f"its {name} is not a whole number from 1 on, of at most {MOST_DIGITS} digits")
    return int(found)


def _hash(document: dict[str, Any], name: str) -> bytes:
    return _bytes(document[name], _HASH, f"its {name} is not 64 hexadecimal digits in small letters")


def _path(document: dict[str, Any]) -> list[bytes]:
    found = document["path"]
    if not isinstance(found, list) or len(found) > 4 * MOST_DIGITS:
        raise NoProof("its path is not a list of hashes")
    return [_bytes(each, _HASH, "its path has an item that is not 64 hexadecimal digits") for each in found]


def _bytes(found: object, form: re.Pattern[str], otherwise: str) -> bytes:
    if not isinstance(found, str) or not form.fullmatch(found):
        raise NoProof(otherwise)
    return bytes.fromhex(found)


def _opened(document: dict[str, Any]) -> dict[str, tuple[bytes, str]]:
    found = document.get("opened", {})
    if not isinstance(found, dict):
        raise NoProof("its opened is not an object of texts by field")
    opened = {}
    for field, pair in found.items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise NoProof(f"its opened {_shown(field)} is not a salt and a text")
        salt = _bytes(pair[0], _SALT, f"its opened {_shown(field)} has a salt that is not 32 hexadecimal digits")
        opened[field] = (salt, _text(pair[1], f"opened {_shown(field)}"))
    return opened


def _text(found: object, name: str) -> str:
    """Return a text, if it is one: JSON can also write halves of characters."""
    try:
        if isinstance(found, str) and found.encode() is not None:
            return found
    except UnicodeEncodeError:
        pass
    raise NoProof(f"its {name} is not a text")


def _json(text: str, of: str) -> dict[str, Any]:
    """Read an object of JSON, strictly.

    Raises:
        NoProof: if it is none, or says a thing twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise NoProof(f"{of} has a field twice")
        return fields

    def refuse(name: str) -> NoReturn:
        raise NoProof(f"{of} has {name}, which is no number")

    def whole(digits: str) -> int | str:
        return int(digits) if len(digits) <= MOST_DIGITS else digits

    try:
        found = json.loads(text, object_pairs_hook=once, parse_constant=refuse, parse_float=str, parse_int=whole)
    except json.JSONDecodeError as wrong:
        raise NoProof(f"{of} is not JSON at character {wrong.pos + 1} ({wrong.msg.lower()})") from None
    except RecursionError:
        raise NoProof(f"{of} is nested too deeply") from None
    if not isinstance(found, dict):
        raise NoProof(f"{of} is not a JSON object")
    return found


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as wrong:
        raise NoProof(f"it cannot be read ({getattr(wrong, 'strerror', None) or 'no such name'})") from None
    if len(content) > LARGEST_FILE:
        raise NoProof("it is larger than 32 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise NoProof(f"its byte {wrong.start + 1} is not UTF-8") from None


def read_head(text: str) -> Head:
    """Read a head, a size and a root, on a line or as JSON; raise NoProof if it is neither."""
    lines = [line for line in map(_HEAD_LINE.fullmatch, map(str.strip, text.splitlines())) if line]
    if len(lines) == 1 and int(lines[0][1]):
        return Head(int(lines[0][1]), bytes.fromhex(lines[0][2]))
    if not text.lstrip().startswith("{"):
        raise NoProof("it is not one head: give SIZE ROOT on just one line, or JSON with size and root")
    found = _json(text, "it")
    if not {"size", "root"} <= set(found):
        raise NoProof("it is no head: it has no size and root")
    return _head(found)


def _in_line(value: object) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise NoProof("its content is nested too deeply") from None


def _facts(size: int) -> str:
    return "1 fact" if size == 1 else f"{size} facts"


def _shown(text: str) -> str:
    """Write what does not print as escapes, so that no proof can disguise a sentence."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def main(arguments: list[str] | None = None) -> int:
    """Check the proof that the arguments name; return the exit status."""
    parser = argparse.ArgumentParser(description="Check a proof from a contract ledger, without the ledger.")
    parser.add_argument("proof", metavar="PROOF.json", help="the proof")
    parser.add_argument("--head", metavar="HEAD_FILE", help="a head kept elsewhere: SIZE ROOT, or JSON with size, root")
    given = parser.parse_args(arguments)
    name = given.proof
    try:
        document = _json(_read(given.proof), "it")
        name = given.head or name
        kept = read_head(_read(given.head)) if given.head else None
        name = given.proof
        lines, status = check(document, kept), 0
    except NoProof as wrong:
        lines, status = [f"{_shown(name)} is not what it should be: {wrong}."], 2
    except DoesNotHold as wrong:
        lines, status = [f"{_shown(name)} does not hold: {wrong}."], 1
    (sys.stderr if status == 2 else sys.stdout).write("\n".join([*lines, ""]))
    return status


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text is shown as far as it can be
    sys.exit(main())
