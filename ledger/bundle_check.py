"""Whether a bundle holds together, seen without the ledger. The page of a bundle finds the same, in the same words.

What the reports and tables say is held against the facts elsewhere, by making the bundle anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from ledger.bundle import (
    FACTS,
    LEAVES,
    MANIFEST,
    SEAL,
    Bundle,
    DoesNotRead,
    Files,
    Findings,
    Kept,
    left_by_systems,
    read_facts,
    read_leaves,
    read_manifest,
    seal_of,
)
from ledger.faults import BadInput
from ledger.financial_year import FinancialYear
from ledger.heads import Follower, Head
from ledger.period import Frequency
from ledger.proof import Frontier, Hash, leaf_hash
from ledger.sealing import false_openings, mark_of, stands_for


def check(files: Files, heads: Sequence[Head]) -> tuple[Findings, Bundle | None]:
    """Check a bundle without the ledger.

    Args:
        files: its files by name, the manifest among them.
        heads: heads that were kept elsewhere.

    Returns:
        what was found, and the bundle, if it could be read.

    Raises:
        BadInput: if there is no manifest, or it is none.
    """
    found = Findings()
    _check_seal(found, files)
    if found.bad:
        return found, None
    manifest = read_manifest(files[MANIFEST])
    _check_files(found, files, manifest["files"])
    if found.bad:
        return found, None
    try:
        bundle = Bundle(manifest, read_leaves(files[LEAVES]), read_facts(files[FACTS]))
    except DoesNotRead as wrong:
        found.bad.append(str(wrong))
        return found, None
    roots = _roots(bundle.leaves, [len(bundle.leaves), *(each.position - 1 for each in bundle.facts)])
    _check_head(found, bundle, roots, heads)
    _check_facts(found, bundle)
    _check_reports(found, bundle, roots, files)
    last = bundle.facts[-1].position if bundle.facts else 0
    if last < len(bundle.leaves):
        found.unproved.append(_unseen(bundle, last))
    return found, bundle


def _unseen(bundle: Bundle, last: int) -> str:
    after = len(bundle.leaves) - last
    leaves = "1 leaf stands" if after == 1 else f"{after} leaves stand"
    return (
        f"{leaves} after the last fact of {bundle.manifest['contract']} here, and nothing shows whose facts they are of"
    )


def _check_seal(found: Findings, files: Files) -> None:
    if MANIFEST not in files and SEAL not in files:
        raise BadInput.of(f"has no {MANIFEST}; give a bundle that `export --financial-year` wrote")
    found.bad += [f"{name} is missing" for name in (MANIFEST, SEAL) if name not in files]
    if not found.bad and files[SEAL] != seal_of(files[MANIFEST]):
        found.bad.append(f"{MANIFEST} is not the file that {SEAL} names")


def _check_files(found: Findings, files: Files, listed: Mapping[str, Mapping[str, Any]]) -> None:
    wrong = [f"{name} is missing" for name in listed if name not in files]
    known = {*listed, MANIFEST, SEAL}
    wrong += [f"{name} is not in the manifest" for name in files if name not in known and not left_by_systems(name)]
    wrong += [
        f"{name} is not the file that the manifest names"
        for name, told in listed.items()
        if name in files and (sha256(files[name]).hexdigest(), len(files[name])) != (told["sha256"], told["bytes"])
    ]
    passed = [name for name in files if name not in known and left_by_systems(name)]
    more = f"; passed over: {', '.join(passed)}" if passed else ""
    found.add(f"{len(listed)} files are those that the manifest names{more}", wrong)


def _roots(leaves: Sequence[Hash], sizes: Iterable[int]) -> dict[int, str]:
    """Return the roots over the first leaves, for each of some sizes."""
    wanted, tree = set(sizes), Frontier()
    found = {0: tree.root().hex()}
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        if size in wanted:
            found[size] = tree.root().hex()
    return found


def _check_head(found: Findings, bundle: Bundle, roots: Mapping[int, str], heads: Sequence[Head]) -> None:
    size, told = len(bundle.leaves), bundle.manifest["head"]
    wrong = [] if (told["size"], told["root"]) == (size, roots[size]) else ["the leaves do not give its head"]
    found.add(f"{size} leaves give the head {roots[size]}", wrong)
    for head in heads:
        follower = Follower(head)
        for leaf in bundle.leaves:
            follower.take(leaf)
        problem = follower.problem() or _miscounted(bundle, head)
        found.add(f"the ledger extends the kept head of {head.size} facts", [problem] if problem else [])


def _miscounted(bundle: Bundle, head: Head) -> str | None:
    """Say whether a head that was kept as a manifest counts other facts of the contract than are here."""
    if head.contract != bundle.manifest["contract"]:
        return None
    here = sum(each.position <= head.size for each in bundle.facts)
    if here == head.of_contract:
        return None
    counted = f"the kept manifest counts {head.of_contract}"
    return f"{here} facts of {head.contract} are here of the first {head.size}, and {counted}"


def _check_facts(found: Findings, bundle: Bundle) -> None:
    contract, facts = bundle.manifest["contract"], bundle.facts
    erased = {pair: each.position for each in facts for pair in _erased(each)}
    wrong = [] if bundle.manifest["facts"] == len(facts) else [f"there are {len(facts)} facts, not as many as it says"]
    taken = ""
    for version, each in enumerate(facts, 1):
        at = f"position {each.position}"
        if each.position > len(bundle.leaves) or leaf_hash(each.content.encode()) != bundle.leaves[each.position - 1]:
            wrong.append(f"{at}: the fact is not the one its leaf was made of")
            continue
        if (each.header[0], each.header[1], each.header[3]) != (str(each.position), str(version), contract):
            wrong.append(f"{at}: this is not fact {version} of {contract}")
        if each.state["recorded_at"] < taken:
            wrong.append(f"{at}: it was taken before the fact that it follows")
        taken = max(taken, each.state["recorded_at"])
        wrong += [
            f"{at}: {name} is not the text that was taken"
            for name in sorted(false_openings(each.header[2], each.fact, each.openings))
        ]
        wrong += [f"{at}: {problem}" for problem in _of_erasure(each, erased)]
    found.add(f"{len(facts)} facts of {contract}, none left out between them, are in the tree with their texts", wrong)


def _of_erasure(kept: Kept, erased: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Yield what the texts of a fact are otherwise than the erasures say, whose positions are given by text."""
    for name, opening in sorted(kept.openings.items()):
        erasure, mark = erased.get((kept.fact["id"], name)), mark_of(kept.header[2], name)
        if opening.salt is not None and erasure is not None:
            yield f"{name} was erased by position {erasure}, and is there all the same"
        if opening.salt is None and erasure is None:
            yield f"{name} is gone, and no fact says that it was erased"
        elif opening.salt is None and erasure is not None and not stands_for(mark, opening.text, erasure):
            yield f"{name} is not what stands for it since it was erased"


def _erased(kept: Kept) -> list[tuple[str, str]]:
    """Return the texts that a fact says were erased, as the id of a fact and a field of it."""
    if kept.header[2] != "TextErased":
        return []
    return [(each["id"], name) for each in kept.fact["erases"] for name in each["fields"]]


def _check_reports(found: Findings, bundle: Bundle, roots: Mapping[int, str], files: Files) -> None:
    told = {each["position"]: each for each in bundle.manifest["reports"]}
    for each in bundle.facts:
        if each.header[2] == "ReportPublished" and _bears_on(bundle, each) and each.position not in told:
            found.bad.append(f"{each.fact['report']}, published at position {each.position}, is left out")
    kept = {each.position: each for each in bundle.facts}
    for report in bundle.manifest["reports"]:
        whole = f"{report['report']} was published at position {report['position']}, under the head before it"
        pinned = ", and is here as it was published" if report["file"] and report["digest_in_force"] else ""
        found.add(f"{whole}{pinned}", _wrong_of(report, kept.get(report["position"]), bundle, roots, files))


def _bears_on(bundle: Bundle, report: Kept) -> bool:
    frequency = next(
        (each.fact.get("frequency", "monthly") for each in bundle.facts if each.header[2] == "ContractRegistered"),
        "monthly",
    )
    year = FinancialYear.read(bundle.manifest["financial_year"])
    return year.bears_on(report.fact["first_period"], report.fact["last_period"], Frequency(frequency))


def _wrong_of(
    told: Mapping[str, Any], kept: Kept | None, bundle: Bundle, roots: Mapping[int, str], files: Files
) -> list[str]:
    name, position = told["report"], told["position"]
    if kept is None or (kept.header[2], kept.fact.get("report")) != ("ReportPublished", name):
        return [f"no fact at position {position} says that {name} was published"]
    if kept.state.get("head") != roots.get(position - 1) or told["head"] != kept.state["head"]:
        return [f"the facts before {name} do not give the head it was published under"]
    digest = kept.fact.get("digest")
    in_force = _in_force(bundle, name, digest)
    if (digest, in_force) != (told["published_digest"], told["digest_in_force"]):
        return [f"{name} was published with another digest"]
    if told["file"] is None:
        return [f"{name} was pinned, and is not here"] if in_force else []
    if sha256(files[told["file"]]).hexdigest() != told["digest"]:
        return [f"{told['file']} has not the digest of {name}"]
    if in_force not in (None, told["digest"]):
        return [f"{told['file']} is not what was published as {name}"]
    return []


def _in_force(bundle: Bundle, report: str, digest: str | None) -> str | None:
    """Return the digest that a report must have: that it was published with, or the one since the last erasure."""
    for each in bundle.facts:
        if each.header[2] == "TextErased":
            digest = each.fact.get("reports", {}).get(report, digest)
    return digest
