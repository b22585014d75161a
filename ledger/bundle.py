"""The bundle an auditor takes away, as files by name: its form, written and strictly read. Pure.

`manifest.json` names every other file with its digest, and `manifest.sha256` that one; `leaves.txt` has the leaf of
every fact of the ledger, one a line; `facts.jsonl` the canonical bytes of every fact of one contract and what opens its
texts. All else is made of these: the reports, tables, proofs, and the page.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ledger.faults import BadInput
from ledger.financial_year import FinancialYear
from ledger.proof import Hash
from ledger.recorded import Recorded
from ledger.sealing import Openings, as_text, from_text
from ledger.state import read

FORM = 1
MANIFEST, SEAL, LEAVES, FACTS = "manifest.json", "manifest.sha256", "leaves.txt", "facts.jsonl"
Files = Mapping[str, bytes]
_LEAVES = re.compile(rb"(?:[0-9a-f]{64}\n)*")
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_HEADER = re.compile(r"([1-9][0-9]{0,14}) ([1-9][0-9]{0,14}) ([^ \n]+) ([^\n]+)\n", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_FREQUENCIES = ("monthly", "quarterly", "six-monthly", "annual")
_OF_REPORT = {"report", "title", "as_at", "position", "head", "published_digest", "digest", "digest_in_force", "file"}
_LARGEST_NUMBER, _DEEPEST = 2**53 - 1, 32
_LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")


class DoesNotRead(Exception):  # noqa: N818 - what was found, not an error of ours
    """A file of a bundle is not as it is written, in a sentence."""


@dataclass(slots=True)
class Findings:
    """What was found of a bundle, in sentences: what holds, what does not, and what nothing in it can prove."""

    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)

    def add(self, whole: str, wrong: list[str]) -> None:
        """Note what is wrong; if nothing is, that all of it holds."""
        self.bad += wrong
        self.good += [] if wrong else [whole]


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact as a bundle keeps it; `header` are the four words of its first line, `state` the JSON beneath."""

    position: int
    content: str
    openings: Openings
    header: tuple[str, str, str, str]
    state: dict[str, Any]

    @property
    def fact(self) -> dict[str, Any]:
        """Return its fields, with commitments in the place of texts."""
        return self.state["fact"]  # type: ignore[no-any-return]  # seen when it was read

    def recorded(self) -> Recorded:
        """Return the fact as the ledger took it.

        Raises:
            ValueError, KeyError, TypeError: if it does not read back.
        """
        state = self.content.partition("\n")[2]
        return read(state.encode(), as_text(self.openings), int(self.header[1]))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read: what its manifest says, the leaves of the ledger, and the facts of the contract."""

    manifest: dict[str, Any]
    leaves: list[Hash]
    facts: list[Kept]


def fact_line(position: int, content: bytes, openings: Openings) -> str:
    """Return the line of `facts.jsonl` for a fact."""
    opened = {"opened": {name: list(each) for name, each in openings.items()}} if openings else {}
    return _line({"position": position, "content": content.decode(), **opened})


def manifest_of(files: Files, told: Mapping[str, Any]) -> bytes:
    """Return the manifest of a bundle's other files.

    Args:
        files: the files by name.
        told: what else it says: `contract`, `title`, `financial_year`, `as_at`, `made_at`, `code_version`, `facts`,
            `head`, `reports`.
    """
    listed = {name: {"sha256": sha256(files[name]).hexdigest(), "bytes": len(files[name])} for name in sorted(files)}
    return _whole({"bundle": FORM, **told, "files": listed}).encode()


def seal_of(manifest: bytes) -> bytes:
    """Return what names the manifest, as `sha256sum` writes and checks it."""
    return f"{sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def left_by_systems(name: str) -> bool:
    """Say whether a file is one that systems leave in folders and archives, and nobody put there.

    >>> [left_by_systems(name) for name in ("reports/.DS_Store", "__MACOSX/._a", "tables/rag.csv")]
    [True, True, False]
    """
    last = name.rpartition("/")[2]
    return last in _LEFT_BY_SYSTEMS or last.startswith("._") or name.startswith("__MACOSX/")


def read_manifest(content: bytes) -> dict[str, Any]:
    """Return what a manifest says.

    Raises:
        BadInput: if it is none.
    """
    try:
        text = content.decode()
        manifest = strict_json(text)
        if _is_manifest(manifest) and _whole(manifest) == text:
            return manifest  # type: ignore[no-any-return]  # its shape is as it was just seen
    except (ValueError, KeyError, TypeError, AttributeError, BadInput):
        pass
    raise BadInput.of(f"is not the manifest of a bundle of form {FORM}", where=MANIFEST)


def read_leaves(content: bytes) -> list[Hash]:
    """Return the leaves of a bundle.

    Raises:
        DoesNotRead: if they are none.
    """
    if not _LEAVES.fullmatch(content):
        raise DoesNotRead(f"{LEAVES} does not read back: it is not lines of 64 hexadecimal digits")
    return [bytes.fromhex(line) for line in content.decode("ascii").split("\n")[:-1]]


def read_facts(content: bytes) -> list[Kept]:
    """Return the facts of a bundle.

    Raises:
        DoesNotRead: naming the first line that is not as `fact_line` writes it.
    """
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError:
        raise DoesNotRead(f"{FACTS} does not read back: it is not UTF-8") from None
    if lines.pop():
        raise DoesNotRead(f"{FACTS} does not read back: its last line has no end")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_kept(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DoesNotRead(f"{FACTS} does not read back: line {number} is not a fact") from None
    return found


def strict_json(text: str) -> Any:
    """Read JSON that reads the same everywhere: whole numbers below 2**53, whole characters, at most 32 deep.

    Raises:
        ValueError: if it is other JSON, or none.
    """
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_refuse)
    except RecursionError:
        raise ValueError("it is too deep") from None
    if not _plain(found, _DEEPEST):
        raise ValueError("it has what does not read the same everywhere")
    return found


def _refuse(_: str) -> Any:
    raise ValueError("it has a number that is not whole")


def _plain(value: Any, deepest: int) -> bool:
    if isinstance(value, str):
        return not _SURROGATE.search(value)
    if isinstance(value, int):
        return abs(value) <= _LARGEST_NUMBER
    if not isinstance(value, dict | list):
        return True
    inside = [*value, *value.values()] if isinstance(value, dict) else value
    return deepest > 0 and all(_plain(each, deepest - 1) for each in inside)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Any) -> str:
    return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n"


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_manifest(raw: Any) -> bool:
    texts = ("contract", "title", "financial_year", "as_at", "made_at", "code_version")
    files, head = raw["files"], raw["head"]
    return (
        type(raw["bundle"]) is int
        and raw["bundle"] == FORM
        and all(isinstance(raw[name], str) for name in texts)
        and str(FinancialYear.read(raw["financial_year"])) == raw["financial_year"]
        and _is_count(raw["facts"])
        and _is_count(head["size"])
        and _is_hash(head["root"])
        and {LEAVES, FACTS} <= files.keys()
        and not {MANIFEST, SEAL} & files.keys()
        and all(_is_hash(each["sha256"]) and _is_count(each["bytes"]) for each in files.values())
        and isinstance(raw["reports"], list)
        and all(_is_report(each, files) for each in raw["reports"])
    )


def _is_report(raw: Any, files: Mapping[str, Any]) -> bool:
    return (
        set(raw) == _OF_REPORT
        and all(isinstance(raw[name], str) for name in ("report", "title", "as_at"))
        and _is_count(raw["position"])
        and _is_hash(raw["head"])
        and all(raw[name] is None or _is_hash(raw[name]) for name in ("published_digest", "digest_in_force"))
        and ((raw["file"], raw["digest"]) == (None, None) or (_is_hash(raw["digest"]) and raw["file"] in files))
    )


def _kept(line: str) -> Kept:
    raw = strict_json(line)
    position, content, opened = raw["position"], raw["content"], raw.get("opened", {})
    header = _HEADER.match(content)
    if header is None or not _is_count(position) or not position or _line(raw) != line:
        raise ValueError("it is not as it is written")
    if raw.keys() - {"position", "content", "opened"} or ("opened" in raw and not opened):
        raise ValueError("it has more than it is written with")
    openings = from_text(json.dumps(opened))
    if not all(each.salt is None or _SALT.fullmatch(each.salt) for each in openings.values()):
        raise ValueError("a salt is 32 hexadecimal digits")
    state = strict_json(content[header.end() :])
    if not _is_state(state, position, header[3], header[4]):
        raise ValueError("its content is not that of a fact")
    parts = (header[1], header[2], header[3], header[4])
    return Kept(position, content, openings, parts, state)


def _is_state(state: Any, position: int, kind: str, contract: str) -> bool:
    fact = state["fact"]
    whole = (fact["fact"], fact["contract"], state["position"]) == (kind, contract, position)
    whole = whole and type(state["position"]) is int
    whole = whole and all(isinstance(each, str) for each in (fact["id"], state["recorded_at"]))
    return whole and _OF_KIND.get(kind, _any)(fact)


def _any(_: Any) -> bool:
    return True


def _is_registration(fact: Any) -> bool:
    return fact.get("frequency", "monthly") in _FREQUENCIES


def _is_publication(fact: Any) -> bool:
    months = all(isinstance(fact[name], str) and _MONTH.fullmatch(fact[name]) for name in _RANGE)
    return months and isinstance(fact["report"], str) and ("digest" not in fact or _is_hash(fact["digest"]))


def _is_erasure(fact: Any) -> bool:
    if not all(isinstance(each, list) for each in (fact["erases"], *(one["fields"] for one in fact["erases"]))):
        return False
    erased = [text for each in fact["erases"] for text in (each["id"], *each["fields"])]
    reports = fact.get("reports", {})
    return all(isinstance(text, str) for text in erased) and all(_is_hash(each) for each in reports.values())


_RANGE = ("first_period", "last_period")
_OF_KIND = {
    "ContractRegistered": _is_registration,
    "ReportPublished": _is_publication,
    "TextErased": _is_erasure,
}
