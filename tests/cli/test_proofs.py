"""Proofs at the command line: under which head, with which texts shown, and the program that checks them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.proofs import proof_of_extension, proof_of_fact
from ledger.faults import BadInput
from ledger.proof import leaf_hash, root_of
from tests.given import contract, kpi, recorded, submitted
from tests.ledger.test_proofs import CONTENTS, INCLUSION, LEAVES, OPENED, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ledger.recorded import Recorded
    from tests.conftest import Program


class Eleven:
    """A ledger of eleven facts; those with an id are the first three."""

    def leaves(self) -> list[bytes]:
        return [leaf_hash(each) for each in CONTENTS]

    def canonical(self, position: int) -> bytes:
        return CONTENTS[position - 1]

    def openings(self, position: int) -> Mapping[str, Sequence[str]]:
        return OPENED if position < 3 else {}

    def with_ids(self, ids: Sequence[str]) -> Mapping[str, Recorded]:
        facts = recorded([contract(), kpi(), submitted("2025-01", "95", id="r-3")])
        return {each.fact.id: each for each in facts if each.fact.id in ids}


def test_a_fact_is_proved_under_the_head_asked_for_with_the_texts_not_withheld() -> None:
    proof = proof_of_fact(Eleven(), "c:K", 5, ["reason"])
    assert (proof["position"], proof["size"], proof["root"]) == (2, 5, root_of(LEAVES[:5]).hex())
    assert list(proof["opened"]) == ["by"]
    assert verdict(proof) == 0
    assert proof_of_fact(Eleven(), "c:K", None, [])["size"] == 11
    assert "opened" not in proof_of_fact(Eleven(), "r-3", None, [])


def test_an_earlier_head_is_proved_to_be_the_beginning_of_a_later_one() -> None:
    proof = proof_of_extension(Eleven(), 4, 9)
    assert (proof["first_root"], proof["root"]) == (root_of(LEAVES[:4]).hex(), root_of(LEAVES[:9]).hex())
    assert verdict(proof) == 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (lambda: proof_of_fact(Eleven(), "no-such", None, []), 'no fact has the id "no-such"'),
        (lambda: proof_of_fact(Eleven(), "c:K", 12, []), "--size: found 12; the ledger has 11 facts"),
        (lambda: proof_of_fact(Eleven(), "r-3", 2, []), "--size: found 2; r-3 is fact 3, so give that or more"),
        (lambda: proof_of_fact(Eleven(), "c:K", None, ["kpi"]), "can be withheld; give one of reason, by"),
        (lambda: proof_of_fact(Eleven(), "r-3", None, ["kpi"]), "can be withheld; none of its texts can be"),
        (lambda: proof_of_extension(Eleven(), 12, None), "N: found 12; give a number of facts up to 11"),
        (lambda: proof_of_extension(Eleven(), 6, 5), "N: found 6; give a number of facts up to 5"),
    ],
)
def test_what_cannot_be_proved_is_said_in_a_sentence(asked: Callable[[], object], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked()
    assert sentence in str(refused.value)


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
