"""Whatever is done to a bundle is found out, in the same words by the program and by the page's own JavaScript.

The cases are one table. A head that was kept is given where only that can show it; what the page does not see, because
it draws no tables, is marked so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ledger.bundle import FACTS, LEAVES, MANIFEST, SEAL, seal_of
from ledger.bundle_check import check
from ledger.faults import BadInput
from ledger.heads import read_heads
from ledger.proof import leaf_hash
from tests.bundles import (
    NO_NODE,
    NODE,
    Files,
    ask_node,
    digest,
    exported,
    facts_of,
    leaves_of,
    packed,
    rich,
    sealed,
    told,
    with_content,
    with_facts,
    with_tree,
    written,
)
from tests.conftest import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = "0" * 64
WHOLE, MANIFEST_KEPT = "a head", "a manifest"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("bundle")
    program = Program(folder / "ledger.db")
    rich(program)
    return exported(program, "waste", "2024/25", folder / "waste")


@dataclass(frozen=True)
class Case:
    """Something done to a bundle, what is said of it, and whether that needs a kept head, or the program."""

    name: str
    forge: Callable[[Files], Files]
    said: str
    kept: str = ""
    only_program: bool = False


def without(files: Files, *names: str) -> Files:
    return {name: content for name, content in files.items() if name not in names}


def number_of(files: Files, kind: str) -> int:
    return next(at for at, each in enumerate(facts_of(files)) if f" {kind} " in each["content"].partition("\n")[0])


def value_changed(files: Files, *, honest_tree: bool) -> Files:
    number = number_of(files, "PerformanceSubmitted")
    content = facts_of(files)[number]["content"]
    assert '"value":"96.5"' in content
    return with_content(files, number, content.replace('"value":"96.5"', '"value":"99.5"'), honest_tree=honest_tree)


def last_dropped_with_its_leaf(files: Files) -> Files:
    return with_tree(with_facts(files, facts_of(files)[:-1]), leaves_of(files)[:-1])


def swapped(files: Files) -> Files:
    facts = facts_of(files)
    facts[5], facts[6] = facts[6], facts[5]
    return with_facts(files, facts)


def opening_changed(files: Files, change: Callable[[Any], Any]) -> Files:
    facts = facts_of(files)
    fact = next(each for each in facts if each.get("opened", {}).get("reason", [None])[0])
    fact["opened"] = {**fact["opened"], "reason": change(fact["opened"]["reason"])}
    return with_facts(files, facts)


def text_withheld(files: Files) -> Files:
    facts = facts_of(files)
    next(each for each in facts if "opened" in each).pop("opened")
    return with_facts(files, facts)


def another_person(files: Files) -> Files:
    facts = facts_of(files)
    fact = next(each for each in facts if each.get("opened", {}).get("by", ["", ""])[0] is None)
    fact["opened"]["by"] = [None, "erased-7"]
    return with_facts(files, facts)


def texts_unerased(files: Files) -> Files:
    facts = facts_of(files)
    fact = next(each for each in facts if each.get("opened", {}).get("reason", ["", ""])[0] is None)
    fact["opened"]["reason"] = [None, "Frost."]
    return with_facts(files, facts)


def report_changed(files: Files, name: str) -> Files:
    """Change a report's canonical file and its digests in the manifest."""
    reports = told(files)["reports"]
    report = next(each for each in reports if each["report"] == name)
    changed = {**files, report["file"]: files[report["file"]].replace(b'"96.5"', b'"99.5"')}
    assert changed != files
    report["digest"] = digest(changed[report["file"]])
    return sealed(changed, reports=reports)


def reports_told(files: Files, name: str, **changes: Any) -> Files:
    reports = told(files)["reports"]
    next(each for each in reports if each["report"] == name).update(changes)
    return sealed(files, reports=reports)


def report_left_out(files: Files) -> Files:
    gone = ("reports/02.json", "reports/02.md", "proofs/02-published.json", "proofs/02-extension.json")
    reports = [each for each in told(files)["reports"] if each["report"] != "pinned"]
    return sealed(without(files, *gone), reports=reports)


def raw_manifest(files: Files, manifest: bytes) -> Files:
    return {**files, MANIFEST: manifest, SEAL: seal_of(manifest)}


def manifest_with(files: Files, /, **changes: Any) -> Files:
    manifest = {**json.loads(files[MANIFEST]), **changes}
    return raw_manifest(files, f"{json.dumps(manifest, ensure_ascii=False, indent=1)}\n".encode())


def raw_facts(files: Files, change: Callable[[bytes], bytes]) -> Files:
    return sealed({**files, FACTS: change(files[FACTS])})


def first_fact(files: Files, **changes: Any) -> Files:
    facts = facts_of(files)
    return with_facts(files, [{**facts[0], **changes}, *facts[1:]])


def first_state(files: Files, change: Callable[[str], str]) -> Files:
    content = facts_of(files)[0]["content"]
    header, _, state = content.partition("\n")
    return with_content(files, 0, f"{header}\n{change(state)}", honest_tree=False)


def last_replaced(files: Files, old: str, new: str) -> Files:
    content = facts_of(files)[-1]["content"]
    assert old in content
    return with_content(files, -1, content.replace(old, new), honest_tree=False)


def appended(files: Files, name: str) -> Files:
    return sealed({**files, name: files[name] + b"\n"})


NOT_A_FACT = "facts.jsonl does not read back: line 1 is not a fact"
NO_MANIFEST = "is not the manifest of a bundle of form 1"
NOT_GIVEN = " is not what the facts give"
CASES = [
    Case("a fact changed", lambda files: value_changed(files, honest_tree=True), "not the one its leaf was made of"),
    Case(
        "a fact and its leaf changed", lambda files: value_changed(files, honest_tree=False), "do not give the head it"
    ),
    Case(
        "the same, with a kept head", lambda files: value_changed(files, honest_tree=False), "not what they were", WHOLE
    ),
    Case(
        "the last fact dropped",
        lambda files: with_facts(files, facts_of(files)[:-1]),
        "kept manifest counts",
        MANIFEST_KEPT,
    ),
    Case("the last fact dropped with its leaf", last_dropped_with_its_leaf, "no longer there", WHOLE),
    Case(
        "a fact dropped, still counted",
        lambda files: sealed(with_facts(files, facts_of(files)[:-1]), facts=34),
        "not as many as",
    ),
    Case(
        "a middle fact dropped",
        lambda files: with_facts(files, facts_of(files)[:9] + facts_of(files)[10:]),
        "is not fact 10",
    ),
    Case("two facts swapped", swapped, "this is not fact 6 of waste"),
    Case(
        "a fact twice",
        lambda files: with_facts(files, [*facts_of(files), facts_of(files)[-1]]),
        "this is not fact 35 of",
    ),
    Case(
        "a text changed",
        lambda files: opening_changed(files, lambda pair: [pair[0], "Rain."]),
        "reason is not the text",
    ),
    Case(
        "a salt changed",
        lambda files: opening_changed(files, lambda pair: ["0" * 32, pair[1]]),
        "reason is not the text",
    ),
    Case("a salt of no form", lambda files: opening_changed(files, lambda pair: ["0g", pair[1]]), "is not a fact"),
    Case(
        "a text said to be erased",
        lambda files: opening_changed(files, lambda _: [None, "[erased]"]),
        "no fact says that it",
    ),
    Case("a text withheld", text_withheld, "is not the text that was taken"),
    Case("another text for an erased one", texts_unerased, "reason is not the text that was taken"),
    Case("another person for an erased one", another_person, "by is not what stands for it since it was erased"),
    Case(
        "a text for a field that has none",
        lambda files: first_fact(files, opened={"constructor": ["0" * 32, "x"]}),
        "constructor is",
    ),
    Case("a leaf changed", lambda files: with_tree(files, [bytes(32), *leaves_of(files)[1:]]), "its leaf was made of"),
    Case(
        "another contract's leaf changed",
        lambda files: with_tree(files, [*leaves_of(files)[:20], bytes(32), *leaves_of(files)[21:]]),
        "under",
    ),
    Case("the last leaf dropped", lambda files: with_tree(files, leaves_of(files)[:-1]), "its leaf was made of"),
    Case("no leaves", lambda files: with_tree(files, []), "its leaf was made of"),
    Case("another head claimed", lambda files: sealed(files, head={"size": 54, "root": OTHER}), "do not give its head"),
    Case(
        "another size claimed",
        lambda files: sealed(files, head={"size": 55, "root": told(files)["head"]["root"]}),
        "its head",
    ),
    Case(
        "a pinned report changed", lambda files: report_changed(files, "pinned"), "is not what was published as pinned"
    ),
    Case(
        "a report's file changed",
        lambda files: sealed({**files, "reports/03.json": b"{}\n"}),
        "has not the digest of more",
    ),
    Case("a report not pinned changed", lambda files: report_changed(files, "april"), NOT_GIVEN, only_program=True),
    Case("a report left out", report_left_out, "pinned, published at position 47, is left out"),
    Case(
        "a pinned report without its file",
        lambda files: reports_told(files, "pinned", file=None, digest=None),
        "and is not here",
    ),
    Case(
        "a report said not to be pinned",
        lambda files: reports_told(files, "pinned", published_digest=None),
        "another digest",
    ),
    Case(
        "an erasure's digest changed",
        lambda files: reports_told(files, "pinned", digest_in_force=OTHER),
        "another digest",
    ),
    Case(
        "a report at another place",
        lambda files: reports_told(files, "pinned", position=46),
        "says that pinned was published",
    ),
    Case(
        "a report under another head",
        lambda files: reports_told(files, "pinned", head=OTHER),
        "head it was published under",
    ),
    Case(
        "a report renamed",
        lambda files: reports_told(files, "pinned", report="better"),
        "says that better was published",
    ),
    Case(
        "a report's title changed",
        lambda files: reports_told(files, "pinned", title="Fine"),
        NOT_GIVEN,
        only_program=True,
    ),
    Case(
        "another year claimed",
        lambda files: sealed(files, financial_year="2026/27"),
        "cannot be made",
        only_program=True,
    ),
    Case("another contract claimed", lambda files: sealed(files, contract="care"), "this is not fact 1 of care"),
    Case("another title claimed", lambda files: sealed(files, title="Parks"), NOT_GIVEN, only_program=True),
    Case(
        "another version claimed", lambda files: sealed(files, code_version="9"), "so ask that one", only_program=True
    ),
    Case("a time that is none", lambda files: sealed(files, made_at="x"), "cannot be made", only_program=True),
    *(
        Case(
            f"{name} changed, and the manifest",
            lambda files, name=name: appended(files, name),
            f"{name}{NOT_GIVEN}",
            only_program=True,
        )
        for name in (
            "record.jsonl",
            "heads.txt",
            "tables/rag.csv",
            "reports/01.md",
            "proofs/01-published.json",
            "index.html",
            "check_proof.py",
        )
    ),
    Case(
        "a file more, in the manifest",
        lambda files: sealed({**files, "x.txt": b""}),
        f"x.txt{NOT_GIVEN}",
        only_program=True,
    ),
    Case(
        "a file more named as every object has",
        lambda files: {**files, "toString": b""},
        "toString is not in the manifest",
    ),
    Case("a file more that climbs out", lambda files: {**files, "a/../../b": b""}, "a/../../b is not in the manifest"),
    Case("no facts at all", lambda files: with_facts(files, []), "april was published"),
    Case("no facts file", lambda files: sealed(without(files, FACTS)), NO_MANIFEST),
    Case("a manifest that is a list", lambda files: raw_manifest(files, b"[]\n"), NO_MANIFEST),
    Case("a manifest that is a number", lambda files: raw_manifest(files, b"7\n"), NO_MANIFEST),
    Case("an empty manifest", lambda files: raw_manifest(files, b""), NO_MANIFEST),
    Case("a manifest that is not text", lambda files: raw_manifest(files, b"\xff\xfe{\x00"), NO_MANIFEST),
    Case(
        "a manifest with a mark before it",
        lambda files: raw_manifest(files, b"\xef\xbb\xbf" + files[MANIFEST]),
        NO_MANIFEST,
    ),
    Case(
        "a manifest with Windows line ends",
        lambda files: raw_manifest(files, files[MANIFEST].replace(b"\n", b"\r\n")),
        NO_MANIFEST,
    ),
    Case("a manifest too deep", lambda files: raw_manifest(files, b"[" * 100_000 + b"]" * 100_000), NO_MANIFEST),
    Case(
        "a manifest with a thing said twice",
        lambda files: raw_manifest(files, files[MANIFEST].replace(b"{\n", b'{\n "bundle": 2,\n', 1)),
        NO_MANIFEST,
    ),
    Case("a manifest of another form", lambda files: manifest_with(files, bundle=2), NO_MANIFEST),
    Case("a manifest of form true", lambda files: manifest_with(files, bundle=True), NO_MANIFEST),
    Case("files as a list", lambda files: manifest_with(files, files=[FACTS, LEAVES]), NO_MANIFEST),
    Case("files without digests", lambda files: manifest_with(files, files={FACTS: None, LEAVES: None}), NO_MANIFEST),
    Case("reports as a table", lambda files: manifest_with(files, reports={}), NO_MANIFEST),
    Case("a report that is null", lambda files: manifest_with(files, reports=[None]), NO_MANIFEST),
    Case("a report with a list as position", lambda files: reports_told(files, "pinned", position=[1]), NO_MANIFEST),
    Case("a report with a file outside", lambda files: reports_told(files, "pinned", file="../x"), NO_MANIFEST),
    Case("a head that is null", lambda files: manifest_with(files, head=None), NO_MANIFEST),
    Case("a head of half a fact", lambda files: manifest_with(files, head={"size": 0.5, "root": OTHER}), NO_MANIFEST),
    Case(
        "a head of NaN facts",
        lambda files: manifest_with(files, head={"size": float("nan"), "root": OTHER}),
        NO_MANIFEST,
    ),
    Case("a year that is none", lambda files: manifest_with(files, financial_year="2024/26"), NO_MANIFEST),
    *(
        Case(
            f"a position of {position!r}",
            lambda files, position=position: first_fact(files, position=position),
            NOT_A_FACT,
        )
        for position in (0, -1, "1", 10**40, 1.0, True, None, [1], float("nan"))
    ),
    Case("a position beyond the leaves", lambda files: first_fact(files, position=99), NOT_A_FACT),
    Case("content that is a number", lambda files: first_fact(files, content=5), NOT_A_FACT),
    Case(
        "content without a line end",
        lambda files: first_fact(files, content="1 1 ContractRegistered waste"),
        NOT_A_FACT,
    ),
    Case(
        "content that is no JSON",
        lambda files: first_fact(files, content="1 1 ContractRegistered waste\n{"),
        NOT_A_FACT,
    ),
    Case(
        "content with a list", lambda files: first_fact(files, content="1 1 ContractRegistered waste\n[]"), NOT_A_FACT
    ),
    Case("texts as a list", lambda files: first_fact(files, opened=[]), NOT_A_FACT),
    Case("texts that are none", lambda files: first_fact(files, opened={"reason": 5}), NOT_A_FACT),
    Case("a field more", lambda files: first_fact(files, more=1), NOT_A_FACT),
    Case("a line that is a list", lambda files: with_facts(files, [[], *facts_of(files)[1:]]), NOT_A_FACT),
    Case("a line that is null", lambda files: with_facts(files, [None, *facts_of(files)[1:]]), NOT_A_FACT),
    Case("a line that is empty", lambda files: raw_facts(files, lambda text: b"\n" + text), NOT_A_FACT),
    Case(
        "a line with a space more",
        lambda files: raw_facts(files, lambda text: text.replace(b",", b", ", 1)),
        NOT_A_FACT,
    ),
    Case(
        "a line written with escapes",
        lambda files: raw_facts(files, lambda text: text.replace(b"Waste", b"\\u0057aste", 1)),
        NOT_A_FACT,
    ),
    Case(
        "a line with a half character",
        lambda files: raw_facts(files, lambda text: text.replace(b"Waste", b"\\ud800", 1)),
        NOT_A_FACT,
    ),
    Case(
        "facts with Windows line ends",
        lambda files: raw_facts(files, lambda text: text.replace(b"\n", b"\r\n")),
        NOT_A_FACT,
    ),
    Case("facts that are not text", lambda files: raw_facts(files, lambda text: b"\xff" + text), "it is not UTF-8"),
    Case(
        "facts without a last line end",
        lambda files: raw_facts(files, lambda text: text[:-1]),
        "its last line has no end",
    ),
    Case(
        "facts with a thing said twice",
        lambda files: raw_facts(files, lambda text: text.replace(b'{"position":1,', b'{"position":1,"position":1,', 1)),
        NOT_A_FACT,
    ),
    Case("a line too deep", lambda files: raw_facts(files, lambda text: b"[" * 50_000 + b"\n" + text), NOT_A_FACT),
    Case(
        "a fact too deep",
        lambda files: first_state(files, lambda state: state[:-1] + ',"x":' + "[" * 500 + "]" * 500 + "}"),
        NOT_A_FACT,
    ),
    Case("a fact with NaN", lambda files: first_state(files, lambda state: f'{state[:-1]},"x":NaN}}'), NOT_A_FACT),
    Case(
        "a fact with half a number",
        lambda files: first_state(files, lambda state: f'{state[:-1]},"x":0.5}}'),
        NOT_A_FACT,
    ),
    Case(
        "a fact of another contract",
        lambda files: first_state(files, lambda state: state.replace('"waste"', '"parks"')),
        NOT_A_FACT,
    ),
    Case(
        "a fact of another kind",
        lambda files: first_state(files, lambda state: state.replace('"ContractRegistered"', '"X"')),
        NOT_A_FACT,
    ),
    Case(
        "a fact that does not read back",
        lambda files: last_replaced(files, '"value":"9"', '"value":"nine"'),
        "cannot be made",
        only_program=True,
    ),
    Case("a short leaf", lambda files: sealed({**files, LEAVES: files[LEAVES][2:]}), "leaves.txt does not read back"),
    Case(
        "leaves in capitals",
        lambda files: sealed({**files, LEAVES: files[LEAVES].upper()}),
        "leaves.txt does not read back",
    ),
    Case(
        "leaves with Windows line ends",
        lambda files: sealed({**files, LEAVES: files[LEAVES].replace(b"\n", b"\r\n")}),
        "leaves.txt does",
    ),
    Case(
        "leaves that are not text", lambda files: sealed({**files, LEAVES: b"\xff\n"}), "leaves.txt does not read back"
    ),
]


def kept_head(files: Files, kept: str) -> bytes:
    """Return what somebody kept of the bundle as it was."""
    head = told(files)["head"]
    return {"": b"", WHOLE: f"{head['size']} {head['root']}\n".encode(), MANIFEST_KEPT: files[MANIFEST]}[kept]


def found_by_program(files: Files, head: bytes) -> list[str]:
    """Return what the program finds wrong before it makes anything anew."""
    try:
        return check(files, read_heads(head, "head") if head else [])[0].bad
    except BadInput as wrong:
        return [f"{each.where or 'the folder'} {each.sentence}" for each in wrong.faults]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_done_to_a_bundle_is_found_out(case: Case, bundle: Files, tmp_path: Path) -> None:
    folder, head = packed(case.forge(bundle), tmp_path / "bundle.zip"), tmp_path / "head"
    head.write_bytes(kept_head(bundle, case.kept))
    done = Program(tmp_path / "none.db").run("verify", str(folder), *(["--head", str(head)] if case.kept else []))
    assert (done.exit_code, case.said in done.output) == (2 if case.said == NO_MANIFEST else 1, True), done.output


@pytest.mark.skipif(NODE is None, reason=NO_NODE)
def test_the_page_finds_the_same_in_the_same_words(bundle: Files) -> None:
    forged = [(case.forge(bundle), kept_head(bundle, case.kept)) for case in CASES]
    answers = ask_node((files, head.decode()) for files, head in forged)["answers"]
    for case, (files, head), answer in zip(CASES, forged, answers, strict=True):
        assert answer["bad"] == found_by_program(files, head), case.name
        assert bool(answer["bad"]) is not case.only_program, case.name


def mutated(files: Files) -> list[tuple[str, Files, str]]:
    """Return the bundle with each file changed by a byte, gone, or with one beside it; and what is to be named."""
    found = []
    for name, content in files.items():
        for at in (0, len(content) // 2, len(content) - 1):
            changed = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
            found.append((f"{name}, byte {at}", {**files, name: changed}, MANIFEST if name == SEAL else name))
        found.append((f"{name} gone", without(files, name), name))
        found.append((f"{name} cut", {**files, name: content[:-1]}, MANIFEST if name == SEAL else name))
        found.append((f"{name} added", {**files, f"{name}.bak": content}, f"{name}.bak"))
    return found


def test_a_byte_changed_or_a_file_more_or_less_is_named_by_the_program(bundle: Files) -> None:
    for name, files, named in mutated(bundle):
        assert any(sentence.startswith(f"{named} ") for sentence in found_by_program(files, b"")), name


@pytest.mark.skipif(NODE is None, reason=NO_NODE)
def test_a_byte_changed_or_a_file_more_or_less_is_named_by_the_page(bundle: Files) -> None:
    cases = mutated(bundle)
    answers = ask_node((files, "") for _, files, _ in cases)["answers"]
    for (name, files, _), answer in zip(cases, answers, strict=True):
        assert answer["bad"] == found_by_program(files, b""), name


def test_a_last_fact_dropped_is_not_said_to_be_none(bundle: Files) -> None:
    files = with_facts(bundle, facts_of(bundle)[:-1])
    found, _ = check(files, [])
    assert found.unproved == [
        "1 leaf stands after the last fact of waste here, and nothing shows whose facts they are of"
    ]
    assert leaf_hash(facts_of(bundle)[-1]["content"].encode()) == leaves_of(files)[-1]


KEPT_HEADS = [
    ("54 nothing", False),
    ("{}", False),
    ("[]", False),
    ('{"bundle": 1}', False),
    ("null", False),
    (f"0 {digest(b'')}", True),
    (f"54 {OTHER}", False),
    (f"55 {OTHER}", False),
    (f"999999999999999 {OTHER}", False),
]


@pytest.mark.parametrize(("head", "holds"), KEPT_HEADS)
def test_a_kept_head_is_read_by_both_alike(bundle: Files, tmp_path: Path, head: str, holds: bool) -> None:
    folder, file = written(bundle, tmp_path / "bundle"), tmp_path / "head"
    file.write_text(head, encoding="utf-8")
    done = Program(tmp_path / "none.db").run("verify", str(folder), "--head", str(file))
    assert (done.exit_code == 0) is holds, done.output
    if NODE:
        (answer,) = ask_node([(bundle, head)])["answers"]
        assert (answer["bad"] == []) is holds
