"""Proofs as documents: what the ledger writes, the stand-alone verifier takes; what anybody alters, it does not."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger import check_proof
from ledger.faults import LedgerUnusable
from ledger.proof import leaf_hash, root_of
from ledger.proofs import consistency_document, inclusion_document

if TYPE_CHECKING:
    from collections.abc import Iterator

VERIFIER = Path(check_proof.__file__)
SALTS = {"reason": "00112233445566778899aabbccddeeff", "note": "ff" * 16, "by": "0f" * 16}
TEXTS = {"reason": "Two vans off the road – “the frost”.", "note": "Rung twice.", "by": "j.smith"}


def sealed(field: str) -> str:
    """Commit to a text as the agreement says, in the test's own words."""
    return sha256(b"\x02" + bytes.fromhex(SALTS[field]) + TEXTS[field].encode()).hexdigest()


def content(position: int) -> bytes:
    """Return the canonical bytes of a fact of a ledger of returns."""
    fact: dict[str, Any] = {"id": f"r-{position}", "contract": "post-room", "dated": "2025-05-05"}
    fact |= {"by": f"CO/{sealed('by')}", "fact": "MitigationRequested", "kpi": "P1", "first_period": "2025-04"}
    fact |= {"reason": sealed("reason"), "note": sealed("note"), "last_period": "2025-04"}
    state = {"position": position, "recorded_at": "2025-05-05T09:00:00.000000Z", "recorded_by": "clerk", "fact": fact}
    return f"{position} {position} MitigationRequested post-room\n".encode() + json.dumps(state).encode()


CONTENTS = [content(position) for position in range(1, 12)]
LEAVES = [leaf_hash(each) for each in CONTENTS]
OPENED = {field: (SALTS[field], TEXTS[field]) for field in ("reason", "by")}
INCLUSION = inclusion_document(LEAVES, 7, CONTENTS[6], OPENED)
CONSISTENCY = consistency_document(LEAVES, 6)


def run(folder: Path, proof: object, *, head: str | bytes | None = None) -> tuple[int, str]:
    """Run a copy of the verifier alone, without site packages, in a folder of its own; a traceback fails the test."""
    (folder / "check.py").write_bytes(VERIFIER.read_bytes())
    (folder / "proof.json").write_bytes(proof if isinstance(proof, bytes) else json.dumps(proof).encode())
    more = []
    if head is not None:
        (folder / "HEAD").write_bytes(head if isinstance(head, bytes) else head.encode())
        more = ["--head", "HEAD"]
    command = [sys.executable, "-I", "-S", "check.py", "proof.json", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert bool(done.stderr) is (done.returncode == 2)
    return done.returncode, (done.stdout + done.stderr).decode()


KEPT = check_proof.Head(len(LEAVES), root_of(LEAVES))


def verdict(proof: object, kept: check_proof.Head | None = None) -> int:
    """Return the exit status for a document, without the cost of another process."""
    try:
        check_proof.check(check_proof._json(json.dumps(proof), "it"), kept)
    except check_proof.NoProof:
        return 2
    except check_proof.DoesNotHold:
        return 1
    return 0


def test_a_fact_is_proved_to_somebody_who_has_only_the_proof_and_a_head(tmp_path: Path) -> None:
    status, said = run(tmp_path, INCLUSION, head=f"11 {root_of(LEAVES).hex()}\n")
    lines = said.splitlines()
    assert status == 0
    assert lines[0] == (
        "MitigationRequested r-7 of contract post-room, dated 2025-05-05, by CO, taken at 2025-05-05T09:00:00.000000Z "
        f"by clerk, is fact 7 of the 11 under head {root_of(LEAVES).hex()}."
    )
    assert lines[1:] == [
        "It says: kpi P1, first_period 2025-04, last_period 2025-04.",
        f'Shown and proved: reason, "{TEXTS["reason"]}".',
        'Shown and proved: by, "j.smith".',
        "Withheld, and so neither shown nor proved: note.",
        f"The head {root_of(LEAVES).hex()[:16]}… of 11 facts is the one that was kept elsewhere.",
    ]


def test_without_a_head_kept_elsewhere_the_proof_says_how_little_it_shows(tmp_path: Path) -> None:
    status, said = run(tmp_path, INCLUSION)
    assert status == 0
    assert said.splitlines()[-1].startswith("Warning: no head was given that was kept elsewhere.")


def test_an_extension_is_proved_under_either_head(tmp_path: Path) -> None:
    for size in (6, 11):
        status, said = run(tmp_path, CONSISTENCY, head=json.dumps({"size": size, "root": root_of(LEAVES[:size]).hex()}))
        assert status == 0
        assert said.startswith(f"The first 6 facts of the 11 under head {root_of(LEAVES).hex()} are those under head ")
        assert f"of {size} facts is the one that was kept elsewhere." in said


@pytest.mark.parametrize(
    ("head", "because"),
    [
        (f"11 {'0' * 64}", "the head kept elsewhere has the root 0000"),
        (f"10 {root_of(LEAVES[:10]).hex()}", "the head kept elsewhere is of 10 facts, and the proof's of 11"),
    ],
)
def test_a_proof_under_another_head_than_the_one_kept_does_not_hold(tmp_path: Path, head: str, because: str) -> None:
    status, said = run(tmp_path, INCLUSION, head=head)
    assert (status, because in said) == (1, True)


@pytest.mark.parametrize(
    "head", ["", "11", "0 " + "0" * 64, "11 abc", '{"size": 11}', "{", b"\xff\xfe1\x001\x00", "[]"]
)
def test_a_file_that_is_no_head_is_named(tmp_path: Path, head: str | bytes) -> None:
    status, said = run(tmp_path, INCLUSION, head=head)
    assert status == 2
    assert said.startswith("HEAD is not what it should be: ")


def altered(value: Any) -> Iterator[Any]:
    """Return other values that a field might have, of its own type and of others."""
    yield from (None, True, -1, 0, 2**70, 1.5, "", "x", [], {}, ["0" * 64])
    if isinstance(value, int):
        yield from (value + 1, value - 1, value + 2, str(value), float(value))
    elif isinstance(value, str):
        turned = "1" if value[-1] != "1" else "0"
        yield from (value[:-1] + turned, turned + value[1:], value + " ", value[:-1], value.upper(), [value])
    elif isinstance(value, list):
        yield from (value[1:], value[:-1], value[::-1], [*value, value[0]], [*value, "0" * 64], [value])
        yield from ([*value[:at], other, *value[at + 1 :]] for at in range(len(value)) for other in altered(value[at]))


@pytest.mark.parametrize("document", [INCLUSION, CONSISTENCY], ids=["inclusion", "consistency"])
def test_every_field_altered_makes_a_proof_fail(document: dict[str, Any]) -> None:
    assert verdict(document, KEPT) == 0
    for name, value in document.items():
        if name == "opened":
            continue
        assert verdict({key: each for key, each in document.items() if key != name}, KEPT) == 2
        for other in altered(value):
            if other != value or isinstance(other, float):
                assert verdict({**document, name: other}, KEPT) in (1, 2), (name, other)
    assert verdict({**document, "remark": "and more"}) == 2


def test_a_size_that_divides_alike_passes_for_another_only_where_no_head_is_kept(tmp_path: Path) -> None:
    other = {**INCLUSION, "size": 12}
    assert verdict(other) == 0, "the path from the seventh fact is as long in a tree of 12"
    status, said = run(tmp_path, other, head=f"11 {root_of(LEAVES).hex()}")
    assert (status, "the proof's of 12" in said) == (1, True)


@pytest.mark.parametrize("field", ["reason", "by"])
def test_every_opening_altered_makes_a_proof_fail(field: str) -> None:
    salt, text = OPENED[field]
    for pair in (
        [SALTS["note"], text], [salt, TEXTS["note"]], [salt, text + " "], [salt, ""], [salt], [salt, text, text],
        [salt[:-2], text], [salt.upper(), text], [None, text], [salt, None], [salt, "\ud800"], None, text, {},
        [salt[:-2], chr(int(salt[-2:], 16)) + text],
    ):  # fmt: skip
        assert verdict({**INCLUSION, "opened": {field: pair}}) in (1, 2), pair


def test_a_text_is_opened_for_its_own_field_only() -> None:
    for field in ("note", "kpi", "dated", "id", "fact", "position", "no such field", ""):
        assert verdict({**INCLUSION, "opened": {field: list(OPENED["reason"])}}) == 1
    assert verdict({**INCLUSION, "opened": {"reason": list(OPENED["reason"]), "id": ["00" * 16, "r-7"]}}) == 1


def remade(**changes: Any) -> dict[str, Any]:
    """Return a proof that holds as far as its hashes go, of a content somebody made up."""
    head, _, state = CONTENTS[0].decode().partition("\n")
    raw = {**json.loads(state), **changes.pop("state", {})}
    raw["fact"] = {**raw["fact"], **changes.pop("fact", {})} if isinstance(raw["fact"], dict) else raw["fact"]
    made = changes.pop("head", head) + "\n" + json.dumps(raw) + changes.pop("tail", "")
    return inclusion_document([leaf_hash(made.encode())], 1, made.encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"state": {"position": 2}},
        {"state": {"position": True}},
        {"state": {"recorded_at": None}},
        {"state": {"recorded_by": 7}},
        {"state": {"fact": []}},
        {"fact": {"fact": "PerformanceSubmitted"}},
        {"fact": {"contract": "another"}},
        {"fact": {"id": None}},
        {"fact": {"by": ["CO"]}},
        {"head": "2 1 MitigationRequested post-room"},
        {"head": "01 1 MitigationRequested post-room"},
        {"head": "1 0 MitigationRequested post-room"},
        {"head": "1 1 MitigationRequested another"},
        {"head": "1 1 PerformanceSubmitted post-room"},
        {"head": "1 1 MitigationRequested"},
        {"head": ""},
        {"fact": {"value": float("nan")}},
        {"tail": "{}"},
        {"tail": "\n1"},
    ],
    ids=str,
)
def test_a_content_that_contradicts_itself_is_no_proof_though_its_hashes_agree(changes: dict[str, Any]) -> None:
    assert verdict(remade()) == 0
    assert verdict(remade(**copy.deepcopy(changes))) in (1, 2)


@pytest.mark.parametrize("field", ["position", "size"])
def test_true_is_no_number_though_python_takes_it_for_one(field: str) -> None:
    assert verdict({**remade(), field: True}) == 2


WRITTEN = json.dumps(INCLUSION).encode()


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        WRITTEN + b"x",
        WRITTEN + WRITTEN,
        WRITTEN[:-1],
        WRITTEN[:-1] + b', "size": 11}',
        WRITTEN[:-1] + b', "size": 12}',
        WRITTEN.replace(b'"size": 11', b'"size": NaN'),
        WRITTEN.replace(b'"size": 11', b'"size": Infinity'),
        WRITTEN.replace(b'"size": 11', b'"size": 1e999'),
        WRITTEN.replace(b'"size": 11', b'"size": ' + b"9" * 100_000),
        WRITTEN.replace(b'"size": 11', b'"size": 11.0'),
        WRITTEN.replace(b"clerk", b"\\ud800"),
        WRITTEN.replace(b"clerk", b"\xff"),
        WRITTEN.decode().encode("utf-16"),
        b"[" * 200_000,
        b'{"proof":' * 100_000,
        b'{"proof": {"a": []}}',
        b'{"proof": ["inclusion"]}',
        b"\x00" * 100,
        json.dumps({**INCLUSION, "path": ["0" * 64] * 100_000}).encode(),
        json.dumps({**INCLUSION, "content": "1 1 A c\n" + "[" * 100_000}).encode(),
    ],
    ids=lambda hostile: hostile[-40:].decode(errors="replace"),
)
def test_no_file_makes_the_verifier_stumble(tmp_path: Path, hostile: bytes) -> None:
    status, said = run(tmp_path, hostile)
    assert status in (1, 2)
    assert said.startswith("proof.json ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("depth", [10, 400, 900, 950, 970, 980, 985, 990, 995, 1000, 5000])
def test_no_depth_of_a_fact_makes_the_verifier_stumble(tmp_path: Path, depth: int) -> None:
    made = CONTENTS[0].replace(b'"kpi": "P1"', b'"kpi": ' + b"[" * depth + b"]" * depth)
    status, _ = run(tmp_path, inclusion_document([leaf_hash(made)], 1, made))
    assert status == (0 if depth < 900 else status) in (0, 2)


def test_an_older_python_reads_the_program() -> None:
    ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path / "nowhere.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "it cannot be read" in done.stderr


def test_a_text_cannot_disguise_what_is_printed(tmp_path: Path) -> None:
    proof = remade(fact={"id": "r-1\x1b[2J\nShown and proved\u202e"})
    status, said = run(tmp_path, proof)
    assert status == 0
    assert "r-1\\x1b[2J\\nShown and proved\\u202e of contract" in said


def test_it_says_its_sentence_where_an_encoding_lacks_a_character(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(json.dumps(INCLUSION), encoding="utf-8")
    command = [sys.executable, "-S", str(VERIFIER), str(tmp_path / "proof.json")]
    environment = {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"off the road \\u2013" in done.stdout


def test_the_ledger_does_not_prove_a_fact_whose_content_is_not_that_of_its_leaf() -> None:
    with pytest.raises(LedgerUnusable, match="fact 7 is not the one its leaf was made of"):
        inclusion_document(LEAVES, 7, CONTENTS[5])


@pytest.mark.parametrize("position", range(1, 12))
def test_each_fact_and_each_earlier_head_of_a_ledger_is_proved(position: int) -> None:
    for size in range(position, 12):
        assert verdict(inclusion_document(LEAVES[:size], position, CONTENTS[position - 1])) == 0
        assert verdict(consistency_document(LEAVES[:size], position)) == 0
