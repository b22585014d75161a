"""What may be recorded of reasons, action plans, formal warnings, intervention and suspension."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.given import Given, contract, fact, kpi

TERMS = {"amber_asks_for_reasons": True, "plan_due_working_days": 10}
BEGUN = (contract(management=TERMS), kpi(), kpi("L", weight=""))
MARKET = {
    "framework": {"id": "f", "title": "Framework"},
    "lots": [{"code": code, "title": f"Lot {code}"} for code in ("1a", "2b", "3")],
}
ACTION = {"action": "Hire", "owner": "M. Rook", "due_on": "2025-07-01"}
OUTCOME = {"outcome": "95 %", "due_on": "2025-08-01"}


def proposed(dated: str = "2025-05-01", **fields: Any) -> Any:
    own = {"plan": "AP", "kpis": ["K"], "actions": [ACTION], "expected_outcomes": [OUTCOME], "by": "P"}
    return fact("ActionPlanProposed", dated, **{**own, **fields})


def agreed(by: str, dated: str = "2025-05-10", **fields: Any) -> Any:
    return fact("ActionPlanAgreed", dated, by=by, **{"plan": "AP", **fields})


def updated(dated: str = "2025-06-01", **fields: Any) -> Any:
    return fact("ActionPlanUpdated", dated, **{"plan": "AP", "progress": "Begun.", "by": "P", **fields})


def closed(outcome: str = "failed", dated: str = "2025-09-01", **fields: Any) -> Any:
    return fact("ActionPlanClosed", dated, **{"plan": "AP", "outcome": outcome, **fields})


def warned(dated: str = "2025-05-01", **fields: Any) -> Any:
    own = {"warning": "W", "kpis": ["K"], "inadequate": "K is red", "why": "For months"}
    return fact("FormalWarningIssued", dated, **{**own, **fields})


def received(on: str, dated: str = "2025-05-20", **fields: Any) -> Any:
    return fact("WarningReceived", dated, **{"warning": "W", "received_on": on, "by": "P", **fields})


BOTH = (proposed(), agreed("P"), agreed("A"))


def test_reasons_are_for_the_provider_of_a_period_of_a_kpi_that_is_held() -> None:
    reasons = {"kpi": "K", "period": "2025-02", "reasons": "Absence."}
    Given(*BEGUN).when(fact("ReasonsGiven", **reasons)).then_taken()
    Given(*BEGUN).when(fact("ReasonsGiven", **reasons, by="A")).then_refused("is for the provider to record (P)")
    Given(*BEGUN).when(fact("ReasonsGiven", **{**reasons, "kpi": "X"})).then_refused("not a KPI of this contract")
    Given(*BEGUN).when(fact("ReasonsGiven", **{**reasons, "period": "2024-12"})).then_refused("before the first period")
    Given(*BEGUN).when(fact("ReasonsGiven", "2025-02-28", **reasons)).then_taken("had not ended by 28 February 2025")
    gap = fact("HistoryNotHeld", first_period="2025-02", last_period="2025-02")
    Given(*BEGUN, gap).when(fact("ReasonsGiven", **reasons)).then_refused("is not held by this ledger")


def test_proportionality_is_for_the_authority_to_decide_and_says_yes_or_no() -> None:
    decided = {"kpi": "K", "period": "2025-02", "plan_required": False}
    Given(*BEGUN).when(fact("ProportionalityDecided", **decided)).then_taken()
    Given(*BEGUN).when(fact("ProportionalityDecided", **decided, by="P")).then_refused("is for the authority")
    with pytest.raises(ValidationError):
        fact("ProportionalityDecided", kpi="K", period="2025-02", plan_required="yes")


def test_triggers_are_applied_to_indicative_targets_only() -> None:
    terms = (contract(indicative_until="2025-03"), kpi())
    applied = {"first_period": "2025-02", "kpi": "K"}
    Given(*terms).when(fact("IndicativeTriggersApplied", **applied)).then_taken()
    Given(*terms).when(fact("IndicativeTriggersApplied", first_period="2025-02")).then_taken()
    later = fact("IndicativeTriggersApplied", first_period="2025-04")
    Given(*terms).when(later).then_refused("found 2025-04; give a period up to 2025-03")
    Given(*BEGUN).when(fact("IndicativeTriggersApplied", **applied)).then_refused("no targets of this contract are")
    Given(*terms).when(fact("IndicativeTriggersApplied", **{**applied, "kpi": "X"})).then_refused("not a KPI")


@pytest.mark.parametrize("by", ["A", "P"])
def test_a_plan_is_proposed_by_either_side(by: str) -> None:
    Given(*BEGUN).when(proposed(by=by)).then_taken()


def test_a_plan_without_any_date_is_refused_and_a_part_without_one_is_odd() -> None:
    undated = {"action": "Hire", "owner": "M. Rook"}
    nowhere = proposed(actions=[undated], expected_outcomes=[{"outcome": "95 %"}])
    Given(*BEGUN).when(nowhere).then_refused("due_on: the plan has no date")
    Given(*BEGUN).when(
        proposed(actions=[undated], expected_outcomes=[{"outcome": "95 %"}], due_on="2025-08-01")
    ).then_taken("action 1, expected outcome 1 have no date, so that nobody can say whether it was met")
    Given(*BEGUN).when(proposed(actions=[ACTION, undated])).then_taken("action 2 has no date")
    Given(*BEGUN).when(proposed(reviews=["2025-06-01"], actions=[undated], expected_outcomes=[])).then_refused(
        "no date"
    )
    Given(*BEGUN).when(proposed(expected_outcomes=[])).then_taken("no expected outcome")
    Given(*BEGUN).when(proposed(due_on="2025-07-15")).then_taken("due on 2025-08-01, after the deadline of the plan")
    Given(*BEGUN).when(proposed("2025-07-02")).then_taken("due on 2025-07-01, before the plan was proposed")


def test_a_plan_is_about_kpis_in_use_each_named_once() -> None:
    Given(*BEGUN).when(proposed(kpis=["K", "X", "Y"])).then_refused('"X" is not a KPI')
    Given(*BEGUN).when(proposed(kpis=["K", "L"])).then_taken()
    for wrong in ([], ["K", "K"]):
        with pytest.raises(ValidationError):
            proposed(kpis=wrong)
    with pytest.raises(ValidationError):
        proposed(actions=[])
    Given(*BEGUN).when(proposed(period="2024-01")).then_refused("before the first period")
    Given(*BEGUN).when(proposed(as_of="2025-05-02")).then_refused(
        "as_of: found 2025-05-02, after the date the fact bears"
    )
    Given(*BEGUN).when(proposed(warning="W")).then_refused("no formal warning W was issued by 2025-05-01")
    Given(*BEGUN, warned()).when(proposed(warning="W")).then_taken()


def test_a_later_proposal_takes_the_place_of_one_that_both_have_not_agreed() -> None:
    again = proposed("2025-05-12", by="A")
    Given(*BEGUN, proposed()).when(again).then_taken("takes the place of the plan AP as P proposed it on 2025-05-01")
    Given(*BEGUN, proposed(), agreed("P")).when(again).then_taken("what P agreed is to be agreed again")
    Given(*BEGUN, *BOTH).when(again).then_refused("the plan AP was agreed on 2025-05-10; update it")
    Given(*BEGUN, proposed(), closed("withdrawn", "2025-05-11")).when(again).then_refused("the plan AP is closed")


def test_what_is_said_of_a_plan_needs_one_that_is_proposed_and_not_closed() -> None:
    for said in (agreed("P"), updated(), closed()):
        Given(*BEGUN).when(said).then_refused("no plan AP was proposed by")
        after = said.model_copy(update={"dated": closed().dated})
        Given(*BEGUN, *BOTH, closed()).when(after).then_refused("the plan AP was closed on 2025-09-01")
    Given(*BEGUN, proposed(plan="Other")).when(agreed("P")).then_refused("those there are: Other")
    Given(*BEGUN, *BOTH).when(agreed("A", "2025-05-12")).then_taken("the authority already agreed the plan AP")


def test_an_update_speaks_of_a_part_that_the_plan_has() -> None:
    Given(*BEGUN, *BOTH).when(updated(action=2)).then_refused("the plan AP has 1 action; give one from 1 to 1")
    bare = proposed(expected_outcomes=[])
    Given(*BEGUN, bare, agreed("P"), agreed("A")).when(updated(expected_outcome=1)).then_refused(
        "has no expected outcomes"
    )
    Given(*BEGUN, *BOTH).when(updated(action=1, done=True)).then_taken()
    Given(*BEGUN, proposed()).when(updated()).then_taken("not agreed by both sides yet")
    Given(*BEGUN, *BOTH).when(updated(action=1, done=True, done_on="2025-06-02")).then_refused(
        "after the date the fact bears"
    )


def test_a_new_date_needs_a_reason_and_in_an_agreed_plan_the_authority() -> None:
    moved = {"action": 1, "due_on": "2025-08-15", "reason": "A candidate withdrew"}
    Given(*BEGUN, *BOTH).when(updated(**moved, by="A")).then_taken()
    Given(*BEGUN, *BOTH).when(updated(**moved)).then_refused("a new date is for the authority to record (A)")
    Given(*BEGUN, proposed()).when(updated(**moved)).then_taken("not agreed by both sides yet")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": 1, "expected_outcome": 1}, "not both"),
        ({"done": True}, "done is said of an action"),
        ({"action": 1, "done_on": "2025-05-30"}, "done_on needs done"),
        ({"action": 1, "done": True, "due_on": "2025-08-01", "reason": "x"}, "needs no new date"),
        ({"due_on": "2025-08-01"}, "a new date needs a reason"),
        ({"reason": "Because"}, "a reason is that of a new date"),
        ({"action": 0}, "greater than or equal to 1"),
    ],
)
def test_an_update_that_contradicts_itself_is_no_fact(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        updated(**fields)


def test_only_the_authority_closes_a_plan_and_closing_early_or_unagreed_is_odd() -> None:
    Given(*BEGUN, *BOTH).when(closed(by="P")).then_refused("is for the authority to record (A)")
    Given(*BEGUN, *BOTH).when(closed("failed", "2025-08-01")).then_taken(
        "the deadline of the plan AP, 2025-08-01, had not"
    )
    Given(*BEGUN, *BOTH).when(closed("failed", "2025-08-02")).then_taken()
    Given(*BEGUN, *BOTH).when(closed("delivered", "2025-06-01")).then_taken()
    Given(*BEGUN, proposed(), agreed("A")).when(closed()).then_taken("was not agreed by both sides")
    Given(*BEGUN, proposed()).when(closed("withdrawn")).then_taken()


def test_a_void_may_not_take_the_ground_from_what_was_said_of_a_plan() -> None:
    void = fact("FactVoided", "2025-10-01", voids=BOTH[0].id, by="P")
    Given(*BEGUN, *BOTH).when(void).then_refused(f"rest on {BOTH[0].id}, the text they were given to; void those first")
    unsaid = fact("FactVoided", "2025-10-01", voids=BOTH[1].id, by="P")
    Given(*BEGUN, *BOTH).when(unsaid).then_taken()


def test_a_warning_is_issued_once_by_the_authority_on_kpis_in_use() -> None:
    Given(*BEGUN).when(warned()).then_taken()
    Given(*BEGUN).when(warned(by="P")).then_refused("is for the authority")
    Given(*BEGUN).when(warned(kpis=["X"])).then_refused("not a KPI")
    Given(*BEGUN, warned()).when(warned("2025-05-02")).then_refused("a formal warning W is already issued")
    Given(*BEGUN).when(warned(received_on="2025-05-01")).then_taken()
    Given(*BEGUN).when(warned(received_on="2025-05-02")).then_refused("give 2025-05-01, the day it was issued")


def test_a_warning_is_received_between_its_issue_and_the_day_that_is_recorded() -> None:
    Given(*BEGUN).when(received("2025-05-05")).then_refused("no formal warning W was issued by 2025-05-20")
    for by in ("A", "P"):
        Given(*BEGUN, warned()).when(received("2025-05-05", by=by)).then_taken()
    for wrong in ("2025-04-30", "2025-05-21"):
        Given(*BEGUN, warned()).when(received(wrong)).then_refused(
            "give a day from 2025-05-01, when it was issued, up to 2025-05-20"
        )
    Given(*BEGUN, warned(), received("2025-05-05")).when(received("2025-05-06")).then_taken("this later word stands")
    gone = fact("WarningWithdrawn", "2025-05-10", warning="W")
    Given(*BEGUN, warned(), gone).when(received("2025-05-05")).then_taken("was withdrawn on 2025-05-10")
    Given(*BEGUN, warned(), gone).when(gone.model_copy(update={"id": "again"})).then_refused("already withdrawn")
    Given(*BEGUN).when(gone).then_refused("no formal warning W")


def test_an_intervention_begins_before_it_ends_and_each_once() -> None:
    begun = fact("InterventionBegun", "2025-05-01", intervention="I", kpis=["K"], consists_of="Weekly meetings.")
    ended = fact("InterventionEnded", "2025-06-01", intervention="I")
    Given(*BEGUN).when(begun, ended).then_taken()
    Given(*BEGUN).when(ended).then_refused("no intervention I had begun by 2025-06-01 (there is none yet)")
    Given(*BEGUN, begun).when(begun.model_copy(update={"id": "again"})).then_refused("has already begun")
    Given(*BEGUN, begun, ended).when(ended.model_copy(update={"id": "again"})).then_refused("ended on 2025-06-01")
    Given(*BEGUN).when(begun.model_copy(update={"kpis": ("X",)})).then_refused("not a KPI")


def test_lots_of_a_suspension_are_those_of_the_contract_or_of_a_kpi_of_it() -> None:
    out = {"suspended_from": "2025-06-01"}
    one = fact("FrameworkSuspended", **out, lots=["1a"])
    foreign = fact("FrameworkSuspended", **out, lots=["9", "1a", "x"])
    back = fact("FrameworkReinstated", "2025-06-20", reinstated_from="2025-07-01", lots=["9"])
    begun = (contract(management=TERMS, **MARKET), kpi())
    Given(*begun).when(one).then_taken()
    Given(*begun).when(foreign).then_refused("lots: the contract is in no lot 9, x; its lots are 1a, 2b, 3")
    Given(*begun, one).when(back).then_refused("lots: the contract is in no lot 9; its lots are 1a, 2b, 3")
    Given(*begun, kpi("J", "", lots=["9"])).when(foreign).then_refused("in no lot x; its lots are 1a, 2b, 3, 9")
    Given(*BEGUN).when(one).then_refused("lots: the contract is in no lot 1a; it has no lots; leave them out")
    Given(*BEGUN).when(fact("FrameworkSuspended", **out)).then_taken()


def test_only_what_is_suspended_is_reinstated_and_not_before() -> None:
    begun = (contract(management=TERMS, **MARKET), kpi())
    whole = fact("FrameworkSuspended", "2025-05-01", suspended_from="2025-06-01")
    lots = fact("FrameworkSuspended", "2025-05-01", suspended_from="2025-06-01", lots=["1a", "2b"])

    def back(*lots: str, on: str = "2025-07-01") -> Any:
        return fact("FrameworkReinstated", "2025-06-20", reinstated_from=on, lots=list(lots))

    Given(*begun).when(back()).then_refused("was not suspended from the framework by 2025-06-20")
    Given(*begun, whole).when(back()).then_taken()
    Given(*begun, whole).when(back("1a")).then_refused("the suspension is from all lots")
    Given(*begun, lots).when(back("1a")).then_taken()
    Given(*begun, lots).when(back("3")).then_refused("was not suspended from the lot 3")
    Given(*begun, lots, back("1a")).when(back("1a")).then_refused("was not suspended from the lot 1a")
    Given(*begun, lots).when(back(on="2025-05-31")).then_refused("give a day from 2025-06-01 on")
    Given(*begun, lots).when(back("1a", "1a")).then_refused("a lot is named twice")
    again = whole.model_copy(update={"id": "again"})
    Given(*begun, lots).when(again).then_taken("already suspended, since 2025-06-01")
    Given(*begun, lots).when(fact("FrameworkSuspended", suspended_from="2025-06-01", lots=["3"])).then_taken()
