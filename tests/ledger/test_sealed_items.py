"""Texts inside a list are sealed, erased and signed like any other."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.bundle_check import check
from ledger.facts import any_fact, as_given
from ledger.sealing import Opening, erasable_texts, false_openings, flat, seal, unseal
from ledger.signing import sealed_by, sign, verifies
from tests.bundles import NO_NODE, NODE, Files, ask_node, exported, facts_of, with_facts
from tests.given import contract, kpi
from tests.ledger.test_plan_facts import ACTION, agreed, proposed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

NAME = "Zebedee Quillfeather"
SEED = bytes([7] * 32)
PUBLIC = b64encode(Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()).decode()
PLAN = proposed(id="ap", actions=[ACTION, {**ACTION, "owner": NAME}])
OWNER = "actions[2].owner"


def fields(fact: Any) -> dict[str, Any]:
    return any_fact.dump_python(fact, mode="json", exclude_none=True, by_alias=True)


def test_every_text_of_every_item_may_be_erased() -> None:
    assert set(erasable_texts(PLAN)) == {
        "actions[1].action", "actions[1].owner", "actions[2].action", OWNER, "expected_outcomes[1].outcome",
    }  # fmt: skip


def test_what_is_sealed_holds_no_text_of_an_item_and_opens_to_what_it_was() -> None:
    sealed, opened = seal("ActionPlanProposed", fields(PLAN), repeat(bytes(16)))
    openings = {name: Opening(*each) for name, each in opened.items()}
    assert NAME not in json.dumps(sealed)
    assert sealed["actions"] == [{"due_on": "2025-07-01"}, {"due_on": "2025-07-01"}]
    assert openings[OWNER].text == NAME
    assert unseal("ActionPlanProposed", sealed, openings) == fields(PLAN)
    assert false_openings("ActionPlanProposed", sealed, openings) == []
    forged = {**openings, OWNER: openings[OWNER]._replace(text="Somebody else")}
    assert false_openings("ActionPlanProposed", sealed, forged) == [OWNER]
    missing = {name: opening for name, opening in openings.items() if name != OWNER}
    assert false_openings("ActionPlanProposed", sealed, missing) == [OWNER]
    with pytest.raises(ValueError, match="of no item"):
        unseal("ActionPlanProposed", {**sealed, "actions": []}, openings)


def test_a_kind_without_lists_of_texts_is_sealed_as_it_ever_was() -> None:
    given = fields(agreed("P/k.hall", note="Counted."))
    assert flat("ActionPlanAgreed", given) == given


@pytest.fixture
def erased(program: Program) -> Program:
    program.record(contract(), kpi(), PLAN, agreed("P"))
    assert NAME.encode() in program.path.read_bytes()
    program.done("erase", "c", "--text", f"ap={OWNER}", "--reason", "Asked for.", "--by", "A")
    return program


def test_a_name_in_an_item_is_gone_from_the_file_and_all_is_proved_still(erased: Program) -> None:
    assert all(NAME.encode() not in each.read_bytes() for each in erased.path.parent.iterdir() if each.is_file())
    assert erased.json("verify")["ok"]
    (plan,) = erased.json("plans", "c")["plans"]
    assert [each["owner"] for each in plan["actions"]] == ["M. Rook", "[erased]"]


def test_an_item_that_there_is_not_cannot_be_erased(erased: Program) -> None:
    for wrong in ("actions[3].owner", "actions[1].due_on", "actions[].owner", OWNER):
        refused = erased.run("erase", "c", "--text", f"ap={wrong}", "--reason", "Asked for.", "--by", "A")
        assert refused.exit_code == 2, wrong


def test_a_signature_outlives_the_name_it_was_made_with() -> None:
    signed = sign(PLAN, SEED)
    assert verifies(signed, PUBLIC)
    other = any_fact.validate_python({**as_given(signed), "actions": [ACTION, {**ACTION, "owner": "X"}]})
    assert not verifies(other, PUBLIC)
    assert signed.signature is not None
    kept = sealed_by(signed, signed.signature.salts)[OWNER]
    salts = {name: salt for name, salt in signed.signature.salts.items() if name != OWNER}
    without = any_fact.validate_python(
        {
            **as_given(signed),
            "actions": [ACTION, {**ACTION, "owner": "[erased]"}],
            "signature": {**signed.signature.model_dump(), "salts": salts},
        }
    )
    assert verifies(without, PUBLIC, {OWNER: kept})
    assert not verifies(without, PUBLIC)


def opened(files: Files, name: str, as_now: list[Any]) -> Files:
    """Return a bundle in which another text, or none, opens a commitment of the plan."""
    facts = facts_of(files)
    next(each for each in facts if name in each.get("opened", {}))["opened"][name] = as_now
    return with_facts(files, facts)


def test_a_bundle_holds_after_an_erasure_and_what_is_forged_is_found_by_both_programs(
    erased: Program, tmp_path: Path
) -> None:
    files = exported(erased, "c", "2025/26", tmp_path / "bundle")
    assert NAME.encode() not in b"".join(files.values())
    erased.done("verify", str(tmp_path / "bundle"))
    salt = next(each for each in facts_of(files) if OWNER in each.get("opened", {}))["opened"]["actions[1].owner"][0]
    forged = {
        "actions[1].owner is not the text that was taken": opened(files, "actions[1].owner", [salt, "Mr Rook"]),
        "actions[1].owner is gone, and no fact says": opened(files, "actions[1].owner", [None, "[erased]"]),
        f"{OWNER} is not the text that was taken": opened(files, OWNER, [None, "Mr Rook"]),
    }
    found = {said: check(each, [])[0].bad for said, each in forged.items()}
    assert check(files, [])[0].bad == []
    assert all(any(said in problem for problem in bad) for said, bad in found.items()), found
    if NODE is None:
        pytest.skip(NO_NODE)
    held, *answers = ask_node((each, "") for each in (files, *forged.values()))["answers"]
    assert held["bad"] == []
    assert [each["bad"] for each in answers] == list(found.values())


def test_a_proof_of_a_plan_shows_a_name_or_withholds_it(program: Program, tmp_path: Path) -> None:
    program.record(contract(), kpi(), PLAN)
    shown = program.done("prove", "ap").stdout
    assert f'"{OWNER}"' in shown
    proof = tmp_path / "proof.json"
    proof.write_text(program.done("prove", "ap", "--withhold", OWNER).stdout, encoding="utf-8")
    assert NAME not in proof.read_text(encoding="utf-8")
    told = program.done("check-proof", str(proof)).stdout
    assert 'actions[1].owner, "M. Rook"' in told
