"""Keys and signed files at the command line: from a provider's key to the authority's ledger, and what is refused."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.facts import as_given
from ledger.sealing import commitments
from ledger.signing import check_signatures
from ledger.store import Ledger
from tests.given import contract, kpi, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def lines(path: Path, *facts: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in facts), encoding="utf-8")
    return path


@pytest.fixture
def begun(program: Program, tmp_path: Path) -> Program:
    file = lines(tmp_path / "begun.jsonl", as_given(contract()), as_given(kpi()))
    assert program.run("record", str(file)).exit_code == 0
    return program


def made(program: Program, file: Path) -> tuple[str, str]:
    """Make a key; return the public key and its id."""
    said = program.run("key", "new", str(file)).stdout.splitlines()
    return said[0].removeprefix("Public key: "), said[1].removeprefix("Its id: ")


def test_a_provider_signs_its_return_and_the_ledger_takes_it_only_as_signed(begun: Program, tmp_path: Path) -> None:
    public, id_ = made(begun, tmp_path / "key.pem")
    fields = as_given(submitted("2025-02", "95", by="P/k.hall", note="By hand."))
    del fields["id"]
    file = lines(tmp_path / "return.jsonl", fields)
    signed = tmp_path / "signed.jsonl"
    assert begun.run("sign", str(file), "--key", str(tmp_path / "key.pem"), "--to", str(signed)).exit_code == 0
    early = begun.run("record", str(signed))
    assert (early.exit_code, f"the key {id_} is not registered" in early.stderr) == (2, True)
    assert begun.run("register-key", "c", "P", public, "--by", "A", "--dated", "2025-01-02").exit_code == 0
    forged = tmp_path / "forged.jsonl"
    forged.write_text(signed.read_text(encoding="utf-8").replace('"95"', '"99"'), encoding="utf-8")
    refused = begun.run("record", str(forged))
    assert (refused.exit_code, "signature: it does not verify" in refused.stderr) == (2, True)
    assert begun.run("record", str(signed)).exit_code == 0
    assert "Passed over 1" in begun.run("record", str(signed)).stderr
    assert begun.run("revoke-key", "c", id_, "--by", "P", "--reason", "Lost.").exit_code == 0
    exported = begun.run("export").stdout
    assert signed.read_text(encoding="utf-8") in exported.replace("\\u2013", "–")


def test_a_private_key_is_for_its_owner_only_and_is_never_written_over(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    first, second = made(program, file), made(program, tmp_path / "other.pem")
    assert first != second
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = program.run("key", "new", str(file))
    assert (again.exit_code, "is there already; give a new file" in again.stderr) == (2, True)
    assert file.read_bytes() == before


def test_a_signed_file_on_standard_output_is_the_one_that_goes_to_a_file(program: Program, tmp_path: Path) -> None:
    made(program, tmp_path / "key.pem")
    file = lines(tmp_path / "facts.jsonl", as_given(submitted("2025-02", "95", id="feb", note="ü")))
    printed = program.run("sign", str(file), "--key", str(tmp_path / "key.pem"))
    program.run("sign", str(file), "--key", str(tmp_path / "key.pem"), "--to", str(tmp_path / "signed.jsonl"))
    assert json.loads(printed.stdout) == json.loads((tmp_path / "signed.jsonl").read_text(encoding="utf-8"))
    given = program.run("sign", "-", "--key", str(tmp_path / "key.pem"), given=file.read_bytes())
    assert given.stdout == printed.stdout
    again = program.run("sign", str(tmp_path / "signed.jsonl"), "--key", str(tmp_path / "key.pem"))
    assert (again.exit_code, "line 1, signature: is there already" in again.stderr) == (2, True)


def test_every_fault_of_a_file_to_be_signed_is_said_at_once_and_nothing_is_written(
    program: Program, tmp_path: Path
) -> None:
    made(program, tmp_path / "key.pem")
    file = lines(tmp_path / "facts.jsonl", {"fact": "Nothing"}, {"fact": "ChargesSet"}, [])
    found = program.run("sign", str(file), "--key", str(tmp_path / "key.pem"), "--to", str(tmp_path / "signed.jsonl"))
    assert found.exit_code == 2
    assert all(f"line {number}" in found.stderr for number in (1, 2, 3))
    assert not (tmp_path / "signed.jsonl").exists()
    empty = program.run("sign", str(lines(tmp_path / "empty.jsonl")), "--key", str(tmp_path / "key.pem"))
    assert (empty.exit_code, "has no fact" in empty.stderr) == (2, True)


KEYS = {
    "no private key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "is no private key; give": b"\x00\xff",
    "is a key of another kind than Ed25519": generate_private_key(SECP256R1()).private_bytes(
        PEM, PKCS8, serialization.NoEncryption()
    ),
    "is protected by a password": Ed25519PrivateKey.generate().private_bytes(
        PEM, PKCS8, serialization.BestAvailableEncryption(b"secret")
    ),
}


@pytest.mark.parametrize("sentence", KEYS)
def test_a_file_that_holds_no_key_to_sign_with_is_refused_in_a_sentence(
    program: Program, tmp_path: Path, sentence: str
) -> None:
    (tmp_path / "key.pem").write_bytes(KEYS[sentence])
    file = lines(tmp_path / "facts.jsonl", as_given(submitted("2025-02", "95")))
    found = program.run("sign", str(file), "--key", str(tmp_path / "key.pem"))
    assert (found.exit_code, sentence in found.stderr, found.stdout) == (2, True, "")


def test_a_signature_outlives_the_texts_it_was_made_over(begun: Program, tmp_path: Path) -> None:
    public, _ = made(begun, tmp_path / "key.pem")
    assert begun.run("register-key", "c", "P", public, "--by", "A", "--dated", "2025-01-02").exit_code == 0
    fact = as_given(submitted("2025-02", "95", id="feb", by="P/k.hall", note="By hand.", source="Log 7"))
    file, signed = lines(tmp_path / "return.jsonl", fact), tmp_path / "signed.jsonl"
    begun.run("sign", str(file), "--key", str(tmp_path / "key.pem"), "--to", str(signed))
    assert begun.run("record", str(signed)).exit_code == 0
    with Ledger(begun.path) as ledger:
        assert b"salts" not in ledger.canonical(4)
        assert as_given(ledger.history("c")[3].fact) == json.loads(signed.read_text(encoding="utf-8"))
        assert check_signatures(ledger.history("c")) == (1, [])
    wanted = ("--text", "feb=note", "--person", "P/k.hall")
    erased = begun.run("erase", "c", *wanted, "--by", "A", "--reason", "Asked for.")
    assert erased.exit_code == 0, erased.output
    with Ledger(begun.path) as ledger:
        history = ledger.history("c")
        assert (history[3].fact.note, set(history[3].fact.signature.salts)) == ("[erased]", {"source"})
        state = json.loads(ledger.canonical(4).partition(b"\n")[2])["fact"]
        stands = {4: commitments("PerformanceSubmitted", state)}
        assert check_signatures(history, stands) == (1, [])
        assert len(check_signatures(history)[1]) == 1
        assert len(check_signatures(history, {4: {**stands[4], "note": "0" * 64}})[1]) == 1
    assert begun.run("verify").exit_code == 0
    other = tmp_path / "exported.jsonl"
    other.write_text(begun.run("export").stdout, encoding="utf-8")
    assert "signature" not in other.read_text(encoding="utf-8")
