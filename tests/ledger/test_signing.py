"""Signatures: what they cover, whose they are, when a key is good, and what stays of them when a text is erased."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.facts import KINDS, AnyFact, any_fact, as_given
from ledger.sealing import erasable_texts
from ledger.shapes import shaped
from ledger.signature import key_id
from ledger.signing import check_signatures, message, sealed_by, sign, verifies
from tests.given import Given, contract, fact, kpi, recorded, submitted

STORED = Path(__file__).parent.parent / "stored"
SEED, OTHER_SEED = bytes([7] * 32), bytes([8] * 32)


def public(seed: bytes) -> str:
    return b64encode(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()).decode()


KEY, OTHER_KEY = public(SEED), public(OTHER_SEED)
BEGUN = (contract(), kpi())
REGISTERED = fact("KeyRegistered", "2025-01-02", id="k1", holder="P", key=KEY)
REVOKED = fact("KeyRevoked", "2025-06-01", id="k1-revoked", key=key_id(KEY), reason="Stolen.")
RETURN = submitted("2025-02", "95", id="feb", by="P/k.hall", note="Counted – by hand.", source="Log 7")
SIGNED = sign(RETURN, SEED)


def changed(given: AnyFact, **fields: Any) -> AnyFact:
    """Return a fact with other fields, as somebody would write it by hand."""
    return any_fact.validate_python({**as_given(given), **fields})


def with_signature(given: AnyFact, **fields: Any) -> AnyFact:
    assert given.signature is not None
    return changed(given, signature={**given.signature.model_dump(), **fields})


def test_a_return_that_its_party_signed_is_taken() -> None:
    Given(*BEGUN, REGISTERED).when(SIGNED).then_taken()
    Given(*BEGUN).when(REGISTERED, SIGNED).then_taken()
    Given(*BEGUN, REGISTERED).when(RETURN).then_taken()


def test_what_is_signed_is_the_fact_as_canonical_json_with_its_texts_committed_to() -> None:
    assert SIGNED.signature is not None
    salts = SIGNED.signature.salts

    def sealed(name: str, text: str) -> str:
        return sha256(b"\x02" + bytes.fromhex(salts[name]) + text.encode()).hexdigest()

    written = (
        f'{{"by":"P/{sealed("by", "k.hall")}","contract":"c","dated":"2025-03-05","fact":"PerformanceSubmitted",'
        f'"id":"feb","kpi":"K","note":"{sealed("note", "Counted – by hand.")}","period":"2025-02",'
        f'"source":"{sealed("source", "Log 7")}","value":"95"}}'
    )
    public_key = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    public_key.verify(b64decode(SIGNED.signature.value), written.encode())
    assert SIGNED.signature.key == sha256(b64decode(KEY)).hexdigest()[:16]


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "another"},
        {"dated": "2025-03-06"},
        {"by": "P"},
        {"by": "P/k.hal"},
        {"value": "95.0"},
        {"value": "59"},
        {"period": "2025-01"},
        {"note": "Counted - by hand."},
        {"source": "Log 8"},
        {"authority": "Minute 3"},
        {"decision_ref": "D"},
        {"evidence": [{"title": "t", "where": "w"}]},
    ],
    ids=str,
)
def test_a_fact_changed_after_it_was_signed_is_refused(fields: dict[str, Any]) -> None:
    refused = "line 1, signature: it does not verify with the key"
    Given(*BEGUN, REGISTERED).when(changed(SIGNED, **fields)).then_refused(refused)


def test_a_text_taken_out_of_a_signed_fact_is_missed() -> None:
    fields = as_given(SIGNED)
    del fields["note"]
    Given(*BEGUN, REGISTERED).when(any_fact.validate_python(fields)).then_refused("it does not verify")


def test_the_second_person_is_committed_to_as_the_first_is() -> None:
    approved = changed(RETURN, approved_by="P/m.head")
    signed = sign(approved, SEED)
    assert verifies(signed, KEY)
    assert signed.signature is not None
    assert set(signed.signature.salts) == {"by", "approved_by", "note", "source"}
    told = json.loads(message(approved, sealed_by(approved, signed.signature.salts)))
    assert [len(told["approved_by"]), told["approved_by"][:2]] == [66, "P/"]
    assert not verifies(changed(signed, approved_by="P/m.heads"), KEY)
    assert not verifies(changed(signed, approved_by="A/m.head"), KEY)


@pytest.mark.parametrize("name", ["by", "note", "source"])
def test_salts_are_those_of_the_texts_no_more_and_no_fewer(name: str) -> None:
    assert SIGNED.signature is not None
    salts = SIGNED.signature.salts
    assert set(salts) == {"by", "note", "source"}
    for bad in ({**salts, name: "00" * 16}, {k: v for k, v in salts.items() if k != name}, {**salts, "kpi": "00" * 16}):
        assert not verifies(with_signature(SIGNED, salts=bad), KEY)


def test_every_bit_of_a_signature_counts() -> None:
    assert SIGNED.signature is not None
    value = b64decode(SIGNED.signature.value)
    for at in range(64):
        bad = bytes([*value[:at], value[at] ^ 1, *value[at + 1 :]])
        assert not verifies(with_signature(SIGNED, value=b64encode(bad).decode()), KEY)
    assert not verifies(SIGNED, OTHER_KEY)


def test_a_key_signs_for_its_holder_only_from_its_date_on_and_once_it_is_registered() -> None:
    id_ = key_id(KEY)
    Given(*BEGUN).when(SIGNED).then_refused(f"line 1, signature: the key {id_} is not registered")
    Given(*BEGUN).when(SIGNED, REGISTERED).then_refused("line 1, signature: ")
    late = fact("KeyRegistered", "2025-04-01", holder="P", key=KEY)
    Given(*BEGUN, late).when(SIGNED).then_refused(f"line 1, dated: found 2025-03-05; the key {id_} signs facts dated")
    scrutiny = sign(fact("PerformanceScrutinised", kpi="K", period="2025-02", decision="agreed"), SEED)
    refused = f"line 1, by: the key {id_} is that of P, and the fact is by A; sign as P"
    Given(*BEGUN, REGISTERED, RETURN).when(scrutiny).then_refused(refused)


def test_nothing_recorded_after_a_revocation_is_signed_with_the_key_whatever_date_it_bears() -> None:
    refused = f"the key {key_id(KEY)} was revoked by k1-revoked; use another"
    Given(*BEGUN, REGISTERED, REVOKED).when(SIGNED).then_refused(refused)
    Given(*BEGUN, REGISTERED).when(REVOKED, SIGNED).then_refused(f"line 2, signature: {refused}")
    Given(*BEGUN, REGISTERED, SIGNED).when(REVOKED).then_taken()
    again = submitted("2025-03", "91", dated="2025-04-05")
    Given(*BEGUN, REGISTERED, SIGNED, REVOKED).when(again).then_taken()


def test_a_revocation_or_a_registration_in_error_is_void_for_what_comes_after() -> None:
    void = fact("FactVoided", "2025-06-02", voids="k1-revoked", reason="Found again.")
    Given(*BEGUN, REGISTERED, REVOKED, void).when(SIGNED).then_taken()
    void = fact("FactVoided", "2025-06-02", voids="k1", reason="Another party's.")
    Given(*BEGUN, REGISTERED, void).when(SIGNED).then_refused("is not registered")


def test_a_key_is_registered_by_the_authority_or_by_its_holder_and_revoked_by_either() -> None:
    own = fact("KeyRegistered", "2025-01-02", holder="P", key=KEY, by="P")
    Given(*BEGUN).when(own).then_taken()
    Given(*BEGUN).when(changed(own, holder="A")).then_refused("by: P may register its own keys only")
    Given(*BEGUN).when(changed(REGISTERED, holder="X")).then_refused('holder: "X" is no party to this contract')
    Given(*BEGUN, REGISTERED).when(changed(REVOKED, by="P")).then_taken()
    of_authority = fact("KeyRegistered", "2025-01-02", holder="A", key=KEY)
    refused = changed(REVOKED, by="P")
    signed = sign(fact("ChargesSet", first_period="2025-01", amount="1"), SEED)
    Given(*BEGUN, of_authority).when(refused, signed).then_refused("is that of A, who may revoke it")


def test_a_party_puts_a_second_key_beside_its_first_by_signing_with_that() -> None:
    second = fact("KeyRegistered", "2025-02-01", holder="P", key=OTHER_KEY, by="P")
    Given(*BEGUN, REGISTERED).when(second).then_refused(f"P has the key {key_id(KEY)}; sign this with it")
    Given(*BEGUN, REGISTERED).when(sign(second, SEED)).then_taken()
    Given(*BEGUN, REGISTERED).when(sign(second, OTHER_SEED)).then_refused("is not registered")
    Given(*BEGUN, REGISTERED).when(changed(second, by="A")).then_taken()
    Given(*BEGUN, REGISTERED, REVOKED).when(second).then_taken()


def test_a_key_is_registered_once_and_revoked_once() -> None:
    again = changed(REGISTERED, id="k2")
    Given(*BEGUN, REGISTERED).when(again).then_refused("is already registered, by k1; make a new one")
    Given(*BEGUN, REGISTERED, REVOKED).when(again).then_refused("is already registered, by k1; make a new one")
    Given(*BEGUN, REGISTERED, REVOKED).when(changed(REVOKED, id="k3")).then_refused("was revoked by k1-revoked")
    Given(*BEGUN).when(REVOKED).then_refused("is not registered")


def test_a_signature_still_verifies_when_its_texts_are_erased_and_their_salts_with_them() -> None:
    assert SIGNED.signature is not None
    stored = sealed_by(SIGNED, SIGNED.signature.salts)
    erased = with_signature(
        changed(SIGNED, note="[erased]", by="P/erased-1"), salts={"source": SIGNED.signature.salts["source"]}
    )
    gone = {name: stored[name] for name in ("note", "by")}
    assert verifies(erased, KEY, gone)
    assert not verifies(erased, KEY)
    assert not verifies(erased, KEY, {**gone, "note": "0" * 64})
    assert not verifies(changed(erased, value="96"), KEY, gone)


def test_a_file_signed_twice_is_the_same_and_no_two_texts_share_a_salt() -> None:
    assert sign(RETURN, SEED) == SIGNED
    others = [
        sign(RETURN, OTHER_SEED),
        sign(changed(RETURN, id="other"), SEED),
        sign(changed(RETURN, note="Log 7"), SEED),
    ]
    salts = [salt for each in (SIGNED, *others) if each.signature for salt in each.signature.salts.values()]
    assert len(set(salts)) == len(salts) - 2, "only what did not change between the first and the last is alike"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_is_signed_read_back_from_its_line_and_verified(kind: str) -> None:
    stored = any_fact.validate_python(json.loads((STORED / f"{kind}.json").read_text(encoding="utf-8"))["fact"])
    signed = sign(stored.model_copy(update={"signature": None}), SEED)
    again, faults = shaped(json.loads(json.dumps(as_given(signed))), "", lambda: "new")
    assert not faults
    assert again == signed
    assert verifies(again, KEY)
    told = message(signed, dict.fromkeys(erasable_texts(signed), "0" * 64)).decode()
    assert not any(json.dumps(text)[1:-1] in told for text in erasable_texts(signed).values() if len(text) > 5)


def test_every_signature_of_a_history_is_checked_and_the_first_that_fails_is_named() -> None:
    history = recorded([*BEGUN, REGISTERED, SIGNED, REVOKED, submitted("2025-03", "90")])
    assert check_signatures(history) == (1, [])
    forged = recorded([*BEGUN, REGISTERED, changed(SIGNED, value="99"), REVOKED])
    signed, problems = check_signatures(forged)
    assert signed == 1
    (problem,) = problems
    assert problem.startswith(f"position 4: the signature of feb: it does not verify with the key {key_id(KEY)}: ")
    _, problems = check_signatures(recorded([*BEGUN, REGISTERED, REVOKED, SIGNED]))
    assert problems[0].startswith("position 5: the signature of feb: the key")


def test_a_history_with_erased_texts_is_checked_by_what_stands_for_them() -> None:
    assert SIGNED.signature is not None
    stored = sealed_by(SIGNED, SIGNED.signature.salts)
    erased = with_signature(changed(SIGNED, note="[erased]", by="P/erased-1", source="[erased]"), salts={})
    history = recorded([*BEGUN, REGISTERED, erased])
    assert check_signatures(history, {4: stored}) == (1, [])
    assert len(check_signatures(history)[1]) == 1
    assert len(check_signatures(history, {4: {**stored, "by": "1" * 64}})[1]) == 1


@pytest.mark.parametrize(
    ("signature", "sentence"),
    [
        ({"key": "xyz"}, 'signature.key: found "xyz"; give the key\'s id, 16 hexadecimal digits'),
        ({"value": "AAAA"}, 'signature.value: found "AAAA"; give a signature as `sign` writes it, 64 bytes'),
        ({"value": "A" * 87}, "64 bytes in base64"),
        ({"value": "A" * 85 + "B=="}, "64 bytes in base64"),
        ({"value": 7}, "64 bytes in base64"),
        ({"salts": {"note": "00"}}, "signature.salts.note: found"),
        ({"salts": []}, "signature.salts: found []; give a table of fields"),
        ({"more": 1}, "signature.more: is no field here"),
    ],
    ids=str,
)
def test_a_signature_of_another_shape_is_refused_in_a_sentence(signature: dict[str, Any], sentence: str) -> None:
    assert SIGNED.signature is not None
    _, faults = shaped(
        {**as_given(SIGNED), "signature": {**SIGNED.signature.model_dump(), **signature}}, "", lambda: "new"
    )
    assert len(faults) == 1
    assert sentence in str(faults[0])


@pytest.mark.parametrize("key", ["", "AAAA", KEY[:-1], KEY + "=", KEY.replace("=", ""), 7, KEY + "\n"])
def test_a_key_of_another_shape_is_refused_in_a_sentence(key: object) -> None:
    _, faults = shaped({**as_given(REGISTERED), "key": key}, "", lambda: "new")
    assert [each.field for each in faults] == ["key"]
    assert "32 bytes in base64" in str(faults[0])


def test_who_signs_nothing_waits_for_no_cryptography() -> None:
    program = "import sys, cli.main, ledger.timeline, ledger.signing; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
