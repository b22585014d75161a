"""Proofs at the command line: under which head, with which texts shown, and the program that checks them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ledger.facts import as_given
from ledger.proof import root_of
from tests.given import contract, kpi, submitted
from tests.ledger.test_proofs import INCLUSION, LEAVES, verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program


@pytest.fixture
def kept(program: Program, tmp_path: Path) -> Program:
    """Return a ledger of five facts; the third has two texts and names a person."""
    facts = [contract(), kpi(), submitted("2025-01", "95", id="jan", by="P/k.hall", note="By hand.", source="Log 7")]
    facts += [submitted("2025-02", "96", id="feb"), submitted("2025-03", "97", id="mar")]
    file = tmp_path / "facts.jsonl"
    file.write_text("".join(f"{json.dumps(as_given(each))}\n" for each in facts), encoding="utf-8")
    assert program.run("record", str(file)).exit_code == 0
    return program


def proved(program: Program, *asked: str) -> Any:
    done = program.run(*asked)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def head(program: Program) -> str:
    return program.run("head").stdout


def test_a_fact_is_proved_under_the_head_with_the_texts_not_withheld(kept: Program, tmp_path: Path) -> None:
    proof, kept_head = tmp_path / "proof.json", tmp_path / "head.txt"
    kept_head.write_text(head(kept), encoding="utf-8")
    assert kept.run("prove", "jan", "--withhold", "by", "--to", str(proof)).exit_code == 0
    said = kept.run("check-proof", str(proof), "--head", str(kept_head))
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[0].startswith("PerformanceSubmitted jan of contract c, dated 2025-02-05, by P, taken at 2026-01-05T")
    assert " is fact 3 of the 5 under head " in lines[0]
    assert lines[1] == "It says: kpi K, period 2025-01, value 95."
    assert sorted(lines[2:4]) == ['Shown and proved: note, "By hand.".', 'Shown and proved: source, "Log 7".']
    assert lines[4] == "Withheld, and so neither shown nor proved: by."
    assert "k.hall" not in proof.read_text(encoding="utf-8")


def test_each_fact_is_proved_under_each_head_and_each_head_to_extend_the_earlier_ones(kept: Program) -> None:
    for size in range(1, 6):
        for position, id_ in enumerate(["c:contract", "c:K", "jan", "feb", "mar"][:size], 1):
            proof = proved(kept, "prove", id_, "--size", str(size))
            assert (proof["position"], proof["size"]) == (position, size)
            assert verdict(proof) == 0
        for first in range(1, size + 1):
            assert verdict(proved(kept, "prove-extension", str(first), "--size", str(size))) == 0
    whole = proved(kept, "prove-extension", "2")
    assert f"{whole['size']} {whole['root']}\n" == head(kept)


def test_a_text_that_was_erased_is_withheld_and_an_old_proof_still_holds(kept: Program) -> None:
    before = proved(kept, "prove", "jan")
    assert set(before["opened"]) == {"by", "note", "source"}
    erased = kept.run("erase", "c", "--text", "jan=note", "--by", "A", "--reason", "Asked for.")
    assert erased.exit_code == 0, erased.output
    after = proved(kept, "prove", "jan")
    assert (set(after["opened"]), verdict(after)) == ({"by", "source"}, 0)
    assert (after["leaf"], verdict(before)) == (before["leaf"], 0)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("prove", "no-such"), 'FACT: no fact has the id "no-such"'),
        (("prove", "jan", "--size", "6"), "--size: found 6; the ledger has 5 facts"),
        (("prove", "jan", "--size", "2"), "--size: found 2; jan is fact 3, so give that or more"),
        (("prove", "jan", "--withhold", "kpi"), "can be withheld; give one of "),
        (("prove", "feb", "--withhold", "by"), "can be withheld; none of its texts can be"),
        (("prove-extension", "6"), "N: found 6; give a number of facts up to 5"),
        (("prove-extension", "4", "--size", "3"), "N: found 4; give a number of facts up to 3"),
    ],
)
def test_what_cannot_be_proved_is_said_in_a_sentence(kept: Program, asked: tuple[str, ...], sentence: str) -> None:
    done = kept.run(*asked)
    assert (done.exit_code, done.stdout, sentence in done.stderr) == (2, "", True), done.stderr


def test_the_program_checks_a_proof_and_so_does_the_file_it_writes(program: Program, tmp_path: Path) -> None:
    proof, head, alone = tmp_path / "proof.json", tmp_path / "-head", tmp_path / "check_proof.py"
    proof.write_text(json.dumps(INCLUSION), encoding="utf-8")
    head.write_text(f"11 {root_of(LEAVES).hex()}\n", encoding="utf-8")
    assert program.run("verifier", "--to", str(alone)).exit_code == 0
    said = program.run("check-proof", str(proof), "--head", str(head))
    command = [sys.executable, "-I", "-S", str(alone), str(proof), "--head", str(head)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (said.exit_code, said.stdout) == (0, done.stdout)
    assert program.run("verifier").stdout == alone.read_text(encoding="utf-8")
    again = program.run("verifier", "--to", str(alone))
    assert (again.exit_code, "is there already; give a new file" in again.stderr) == (2, True)


@pytest.mark.parametrize(("field", "value", "status"), [("position", 8, 1), ("position", "7", 2)])
def test_a_proof_that_does_not_hold_has_another_exit_status_than_no_proof(
    program: Program, tmp_path: Path, field: str, value: object, status: int
) -> None:
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps({**INCLUSION, field: value}), encoding="utf-8")
    assert program.run("check-proof", str(proof)).exit_code == status
