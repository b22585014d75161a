"""The bundle an auditor takes away, as files by name: what is in it, and whether it holds together. Pure.

`manifest.json` names every other file with its digest; `leaves.txt` has the leaf of every fact of the ledger, one a
line; `facts.jsonl` the canonical bytes of every fact of one contract and what opens its texts; the manifest's
`reports` those published that bear on the financial year, with their canonical forms.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ledger.faults import BadInput
from ledger.heads import Follower, Head
from ledger.period import Month
from ledger.proof import Frontier, Hash, leaf_hash
from ledger.recorded import Recorded
from ledger.sealing import Openings, as_text, false_openings, from_text
from ledger.state import read

FORM = 1
MANIFEST, LEAVES, FACTS = "manifest.json", "leaves.txt", "facts.jsonl"
Files = Mapping[str, bytes]
_YEAR = re.compile(r"(19|20|21)(\d\d)/(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FinancialYear:
    """A year from April to March, as in 2017/18."""

    first: int

    @classmethod
    def read(cls, text: str) -> "FinancialYear":
        """Read a financial year.

        Raises:
            BadInput: if the text is none.

        >>> FinancialYear.read("2017/18").periods()[0], str(FinancialYear.read("1999/00"))
        ('2017-04', '1999/00')
        """
        given = _YEAR.fullmatch(text)
        if given is None or (int(given[2]) + 1) % 100 != int(given[3]):
            raise BadInput.of(f'found "{text}"; give a financial year such as 2017/18', "--financial-year")
        return cls(int(given[1] + given[2]))

    def __str__(self) -> str:
        return f"{self.first}/{(self.first + 1) % 100:02d}"

    def periods(self) -> list[Month]:
        """Return its months."""
        return [f"{self.first + (month > 12)}-{(month - 1) % 12 + 1:02d}" for month in range(4, 16)]


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact as a bundle keeps it."""

    position: int
    content: bytes
    openings: Openings

    def line(self) -> str:
        """Return its line of `facts.jsonl`."""
        opened = {"opened": {name: list(each) for name, each in self.openings.items()}} if self.openings else {}
        return json.dumps({"position": self.position, "content": self.content.decode(), **opened}, ensure_ascii=False)

    def recorded(self) -> Recorded:
        """Return the fact as the ledger took it.

        Raises:
            ValueError, KeyError, TypeError: if it does not read back.
        """
        header, _, state = self.content.partition(b"\n")
        return read(state, as_text(self.openings), int(header.split(b" ")[1]))


@dataclass(slots=True)
class Findings:
    """What was found of a bundle: sentences on what holds, and on what does not."""

    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def add(self, whole: str, wrong: Iterable[str]) -> bool:
        """Note what is wrong, or that all of it holds; return whether it does."""
        found = list(wrong)
        self.bad += found
        self.good += [] if found else [whole]
        return not found


def manifest_of(files: Files, told: Mapping[str, Any]) -> bytes:
    """Return the manifest of a bundle's other files.

    Args:
        files: the files by name.
        told: what else it says: `contract`, `title`, `financial_year`, `made_at`, `code_version`, `head`, `reports`.
    """
    listed = {name: {"sha256": sha256(files[name]).hexdigest(), "bytes": len(files[name])} for name in sorted(files)}
    return f"{json.dumps({'bundle': FORM, **told, 'files': listed}, ensure_ascii=False, indent=1)}\n".encode()


def check(files: Files, heads: Sequence[Head]) -> tuple[Findings, list[Kept]]:
    """Check a bundle without the ledger.

    Args:
        files: its files by name, the manifest among them.
        heads: heads that were kept elsewhere.

    Returns:
        what was found, and the facts, if they could be read.

    Raises:
        BadInput: if there is no manifest, or it is none.
    """
    found = Findings()
    manifest = read_manifest(files)
    listed: dict[str, dict[str, Any]] = manifest["files"]
    wrong = [f"{name} is missing" for name in listed if name not in files]
    wrong += [f"{name} is not in the manifest" for name in files if name not in listed and name != MANIFEST]
    wrong += [
        f"{name} is not the file that the manifest names"
        for name, told in listed.items()
        if name in files and sha256(files[name]).hexdigest() != told["sha256"]
    ]
    if not found.add(f"{len(listed)} files are those that the manifest names", wrong):
        return found, []
    try:
        leaves = [bytes.fromhex(line) for line in files[LEAVES].decode("ascii").split()]
        facts = [_kept(line) for line in files[FACTS].decode().split("\n") if line]
    except (ValueError, KeyError, TypeError) as wrong_form:
        found.bad.append(f"its leaves or facts do not read back ({wrong_form})")
        return found, []
    roots = _roots(leaves, [len(leaves), *(each.position - 1 for each in facts)])
    _check_head(found, manifest["head"], leaves, roots, heads)
    _check_facts(found, manifest["contract"], facts, leaves)
    for report in manifest["reports"]:
        _check_report(found, report, facts, roots, files)
    return found, facts


def read_manifest(files: Files) -> dict[str, Any]:
    """Return a bundle's manifest.

    Raises:
        BadInput: if there is none.
    """
    if MANIFEST not in files:
        raise BadInput.of(f"has no {MANIFEST}; give a bundle that `export --financial-year` wrote")
    try:
        manifest = json.loads(files[MANIFEST])
        whole = manifest["bundle"] == FORM and isinstance(manifest["contract"], str)
        whole = whole and all(isinstance(each["sha256"], str) for each in manifest["files"].values())
        whole = whole and isinstance(manifest["head"]["size"], int) and isinstance(manifest["head"]["root"], str)
        whole = whole and all(
            {"report", "position", "digest", "published_digest", "file"} <= {*each} for each in manifest["reports"]
        )
        whole = whole and {LEAVES, FACTS} <= manifest["files"].keys()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise BadInput.of(f"is not the manifest of a bundle of form {FORM}", where=MANIFEST)
    return manifest  # type: ignore[no-any-return]  # its shape is as it was just seen


def _kept(line: str) -> Kept:
    raw = json.loads(line)
    return Kept(int(raw["position"]), raw["content"].encode(), from_text(json.dumps(raw.get("opened", {}))))


def _roots(leaves: Sequence[Hash], sizes: Iterable[int]) -> dict[int, str]:
    """Return the roots over the first leaves, for each of some sizes."""
    wanted, tree = set(sizes), Frontier()
    found = {0: tree.root().hex()}
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        if size in wanted:
            found[size] = tree.root().hex()
    return found


def _check_head(
    found: Findings, told: Mapping[str, Any], leaves: Sequence[Hash], roots: Mapping[int, str], heads: Sequence[Head]
) -> None:
    size = len(leaves)
    wrong = [] if (told["size"], told["root"]) == (size, roots[size]) else ["the leaves do not give its head"]
    found.add(f"{size} leaves give the head {roots[size]}", wrong)
    for head in heads:
        follower = Follower(head)
        for leaf in leaves:
            follower.take(leaf)
        problem = follower.problem()
        found.add(f"the ledger extends the kept head of {head.size} facts", [problem] if problem else [])


def _check_facts(found: Findings, contract: str, facts: Sequence[Kept], leaves: Sequence[Hash]) -> None:
    wrong = []
    erased = {pair for each in facts for pair in _erased(each)}
    for version, each in enumerate(facts, 1):
        header, _, state = each.content.partition(b"\n")
        parts = header.decode(errors="replace").split(" ", 3)
        if not 0 < each.position <= len(leaves) or leaf_hash(each.content) != leaves[each.position - 1]:
            wrong.append(f"position {each.position}: the fact is not the one its leaf was made of")
        elif parts[:2] != [str(each.position), str(version)] or parts[3:] != [contract]:
            wrong.append(f"position {each.position}: this is not fact {version} of {contract}")
        else:
            sealed = json.loads(state)["fact"]
            wrong += [
                f"position {each.position}: {name} is not the text that was taken"
                for name in false_openings(parts[2], sealed, each.openings)
            ]
            wrong += [
                f"position {each.position}: {name} is gone, and no fact says that it was erased"
                for name, opening in each.openings.items()
                if opening.salt is None and (sealed["id"], name) not in erased
            ]
    found.add(f"{len(facts)} facts of {contract}, none left out, are in the tree, and their texts are theirs", wrong)


def _erased(kept: Kept) -> list[tuple[str, str]]:
    """Return the texts that a fact says were erased, as the id of a fact and a field of it."""
    header, _, state = kept.content.partition(b"\n")
    if header.split(b" ")[2:3] != [b"TextErased"]:
        return []
    return [(each["id"], name) for each in json.loads(state)["fact"]["erases"] for name in each["fields"]]


def _check_report(
    found: Findings, told: Mapping[str, Any], facts: Sequence[Kept], roots: Mapping[int, str], files: Files
) -> None:
    name, position = told["report"], told["position"]
    kept = next((each for each in facts if each.position == position), None)
    state = json.loads(kept.content.partition(b"\n")[2]) if kept else {"fact": {}}
    fact = state["fact"]
    wrong = []
    if (fact.get("fact"), fact.get("report")) != ("ReportPublished", name):
        wrong.append(f"no fact at position {position} says that {name} was published")
    elif state.get("head") != roots.get(position - 1):
        wrong.append(f"the facts before {name} do not give the head it was published under")
    elif fact.get("digest") != told["published_digest"]:
        wrong.append(f"{name} was published with another digest")
    elif told["file"] and sha256(files.get(told["file"], b"")).hexdigest() != told["digest"]:
        wrong.append(f"{told['file']} has not the digest of {name}")
    elif told["published_digest"] and told["digest"] not in (told["published_digest"], _since_erasure(facts, name)):
        wrong.append(f"{told['file']} is not what was published as {name}, and no erasure explains it")
    found.add(f"{name} was published at position {position}, under the head of the facts before it", wrong)


def _since_erasure(facts: Sequence[Kept], report: str) -> str | None:
    """Return the digest that a report has since text was last erased from it."""
    found = None
    for each in facts:
        if _erased(each):
            found = (json.loads(each.content.partition(b"\n")[2])["fact"].get("reports") or {}).get(report, found)
    return found
