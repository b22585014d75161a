"""Who agrees, updates or closes an action plan speaks of its text as it stood: nothing recorded later moves that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.given import Given, contract, fact, kpi

BEGUN = (contract(management={"plan_due_working_days": 10}), kpi())


def text(dated: str, action: str, by: str = "P") -> Any:
    actions = [{"action": action, "owner": "M. Rook", "due_on": "2025-07-01"}]
    outcomes = [{"outcome": "95 %", "due_on": "2025-08-01"}]
    own = {"plan": "AP", "kpis": ["K"], "actions": actions, "expected_outcomes": outcomes}
    return fact("ActionPlanProposed", dated, by=by, **own)


def word(kind: str, dated: str, by: str = "A", **fields: Any) -> Any:
    return fact(kind, dated, plan="AP", by=by, **fields)


def void(of: Any, dated: str) -> Any:
    return fact("FactVoided", dated, voids=of.id, by=of.by)


FIRST, SECOND = text("2025-05-01", "Hire"), text("2025-05-03", "Train", "A")
AGREED = (word("ActionPlanAgreed", "2025-05-05", "P"), word("ActionPlanAgreed", "2025-05-06"))
REPLACES = "this takes the place of the plan AP"


def test_a_proposal_that_both_sides_agreed_is_not_void_before_their_agreements_are() -> None:
    named = " and ".join(f"the later ActionPlanAgreed {each.id}, dated {each.dated}," for each in AGREED)
    refused = f"voids: {named} rest on {SECOND.id}, the text they were given to; void those first"
    Given(*BEGUN, FIRST, SECOND, *AGREED).when(void(SECOND, "2025-06-01")).then_refused(refused)
    undone = [void(each, "2025-06-01") for each in AGREED]
    Given(*BEGUN, FIRST, SECOND, *AGREED).when(*undone, void(SECOND, "2025-06-01")).then_taken()
    Given(*BEGUN, FIRST, SECOND, *AGREED).when(void(FIRST, "2025-06-01")).then_taken()
    Given(*BEGUN, FIRST, SECOND).when(void(SECOND, "2025-06-01")).then_taken()


@pytest.mark.parametrize(
    "later",
    [
        word("ActionPlanAgreed", "2025-05-05", "P"),
        word("ActionPlanUpdated", "2025-05-05", "P", progress="Begun."),
        word("ActionPlanClosed", "2025-05-05", outcome="withdrawn"),
    ],
    ids=["agreed", "updated", "closed"],
)
def test_what_is_recorded_out_of_order_leaves_every_word_with_its_text(later: Any) -> None:
    taken = f"{later.kind} {later.id}, dated 2025-05-05, speak of"
    Given(*BEGUN, FIRST, later).when(SECOND).then_refused(f"{taken} {SECOND.id} in place of {FIRST.id}, to which")
    early = void(SECOND, "2025-05-04")
    Given(*BEGUN, FIRST, SECOND, later).when(early).then_refused(f"{taken} {FIRST.id} in place of {SECOND.id}")
    gone = void(SECOND, "2025-05-20")
    Given(*BEGUN, FIRST, SECOND, gone).when(later).then_refused(f"it rests on {SECOND.id}, which {gone.id} declared")


def test_a_word_that_is_void_may_be_given_again_on_the_text_that_was_recorded_late() -> None:
    given, again = word("ActionPlanAgreed", "2025-05-05"), word("ActionPlanAgreed", "2025-05-05")
    Given(*BEGUN, FIRST, given, void(given, "2025-06-01")).when(SECOND, again).then_taken(REPLACES, "already agreed")


def test_lines_of_one_file_are_put_in_order_of_date_before_any_word_finds_its_text() -> None:
    Given(*BEGUN).when(FIRST, *AGREED, SECOND).then_taken(REPLACES)
    Given(*BEGUN).when(FIRST, SECOND, *AGREED, void(SECOND, "2025-06-01")).then_refused("rest on")
