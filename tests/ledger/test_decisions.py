"""What may follow what, and what is refused where it stands."""

from __future__ import annotations

import pytest

from tests.given import Given, agreed, contract, fact, kpi, results, submitted

BEGUN = (contract(), kpi())


def test_a_return_may_be_agreed() -> None:
    Given(*BEGUN).when(submitted("2025-03", "91"), agreed("2025-03")).then_taken()


def test_a_second_return_before_scrutiny_replaces_the_first_with_a_warning() -> None:
    Given(*BEGUN, submitted("2025-03", "91")).when(submitted("2025-03", "92", dated="2025-04-06")).then_taken(
        "replaces"
    )


def test_a_return_is_dated_after_its_period() -> None:
    Given(*BEGUN).when(submitted("2025-03", "91", dated="2025-03-31")).then_refused("before the period has ended")
    Given(*BEGUN).when(submitted("2025-03", "91", dated="2025-04-01")).then_taken()


def test_nothing_is_dated_in_the_future() -> None:
    Given(*BEGUN).when(submitted("2025-12", "91", dated="2026-01-06")).then_refused("in the future")
    Given(*BEGUN).when(submitted("2025-12", "91", dated="2026-01-05")).then_taken()


def test_scrutiny_of_nothing_is_refused() -> None:
    Given(*BEGUN).when(agreed("2025-03")).then_refused("no return of K for March 2025 to scrutinise")
    late = submitted("2025-03", "91", dated="2025-04-25")
    Given(*BEGUN, late).when(agreed("2025-03", dated="2025-04-20")).then_refused("no return")


@pytest.mark.parametrize("decision", [{"decision": "agreed"}, {"decision": "amended", "value": "90"}])
def test_after_an_agreed_or_amended_result_a_return_or_scrutiny_is_refused(decision: dict[str, str]) -> None:
    done = Given(*BEGUN, submitted("2025-03", "91"), agreed("2025-03", **decision))
    done.when(submitted("2025-03", "92", dated="2025-05-01")).then_refused("escalate it, or void the scrutiny")
    done.when(agreed("2025-03", dated="2025-05-01")).then_refused("escalate it, or void that scrutiny")


def test_after_a_rejection_a_new_return_may_come_and_be_scrutinised() -> None:
    rejected = Given(*BEGUN, submitted("2025-03", "91"), agreed("2025-03", decision="rejected"))
    again, settled = submitted("2025-03", "92", dated="2025-05-01"), agreed("2025-03", dated="2025-05-02")
    rejected.when(again, settled).then_taken()
    rejected.when(agreed("2025-03", dated="2025-05-02")).then_taken("already rejected")


def test_a_late_scrutiny_that_would_make_a_later_one_impossible_names_it() -> None:
    later = agreed("2025-03", dated="2025-05-20")
    given = Given(*BEGUN, submitted("2025-03", "91"), later)
    given.when(agreed("2025-03", dated="2025-04-20")).then_refused(
        f"would make the later PerformanceScrutinised {later.id}"
    )


def test_a_whole_file_is_judged_in_its_place_whatever_the_order_of_its_lines() -> None:
    Given(*BEGUN).when(agreed("2025-03"), submitted("2025-03", "91")).then_taken()


def test_a_kpi_must_be_known_in_use_and_in_its_frequency() -> None:
    reserved = fact("KpiIntroduced", "2025-01-01", ref="R", service="S", reserved=True)
    quarterly = kpi("Q", weight="", frequency="quarterly")
    given = Given(contract(), kpi(), reserved, quarterly)
    given.when(submitted("2025-03", "1", ref="X")).then_refused("not a KPI of this contract")
    given.when(submitted("2025-03", "1", ref="R")).then_refused("reserved reference")
    given.when(submitted("2025-02", "1", ref="Q", dated="2025-09-01")).then_refused("does not begin a period of Q")
    given.when(submitted("2025-04", "1", ref="Q", dated="2025-06-30")).then_refused("before the period has ended")
    given.when(submitted("2025-04", "1", ref="Q", dated="2025-07-01")).then_taken()


def test_a_period_must_not_be_before_the_kpis_first_or_out_of_what_is_held() -> None:
    gap = fact("HistoryNotHeld", "2025-01-02", first_period="2025-05", last_period="2025-06")
    given = Given(contract(held_from="2025-02"), kpi(), kpi("L", weight="", first_period="2025-04"), gap)
    given.when(submitted("2025-03", "1", ref="L")).then_refused("before the first period of L")
    given.when(submitted("2025-01", "1")).then_refused("not held")
    given.when(submitted("2025-05", "1")).then_refused("declared gap")
    granted = {"kpi": "K", "first_period": "2025-05", "last_period": "2025-07"}
    given.when(fact("MitigationGranted", **granted)).then_refused("not held")


def test_a_kpi_is_unknown_before_the_date_it_was_introduced() -> None:
    late = kpi("L", weight="").model_copy(
        update={"dated": fact("ChargesSet", "2025-06-01", first_period="2025-01", amount=1).dated}
    )
    Given(*BEGUN, late).when(submitted("2025-03", "1", ref="L")).then_refused("introduced only on a later date")
    Given(*BEGUN, late).when(submitted("2025-03", "1", ref="L", dated="2025-06-02")).then_taken()


def test_nobody_records_what_is_for_the_other_party() -> None:
    given = Given(*BEGUN, submitted("2025-03", "91"))
    given.when(submitted("2025-04", "91", by="A/officer")).then_refused("is for the provider to record (P)")
    given.when(agreed("2025-03", by="P/manager")).then_refused("is for the authority to record (A)")
    given.when(agreed("2025-03", by="Z")).then_refused('"Z" is no party')


def test_an_escalation_is_raised_before_it_is_decided_and_decided_once() -> None:
    raised = fact("EscalationRaised", "2025-05-01", ref="E", kpi="K", period="2025-03", against="score")
    decided = fact("EscalationDecided", "2025-06-01", ref="E", kpi="K", period="2025-03", outcome="upheld", value="95")
    given = Given(*BEGUN, results(("2025-03", "70")))
    given.when(decided).then_refused("no escalation E of K for March 2025 was raised")
    given.when(raised, decided).then_taken()
    again = decided.model_copy(update={"id": "again"})
    Given(*given.facts, raised, decided).when(again).then_refused("already decided")
    Given(*given.facts, raised).when(raised.model_copy(update={"id": "again"})).then_refused("already raised")


def test_a_score_that_is_upheld_needs_a_value_or_a_status() -> None:
    raised = fact("EscalationRaised", "2025-05-01", ref="E", kpi="K", period="2025-03", against="score")
    given = Given(*BEGUN, results(("2025-03", "70")), raised)
    upheld = {"ref": "E", "kpi": "K", "period": "2025-03", "outcome": "upheld"}
    given.when(fact("EscalationDecided", **upheld)).then_refused("sets a value or a status")
    given.when(fact("EscalationDecided", **upheld, status="amber")).then_taken()


def test_an_outcome_that_sets_a_value_before_any_scrutiny_leaves_the_cell_open_to_a_return() -> None:
    disputed = {"ref": "E", "kpi": "K", "period": "2025-03"}
    refused = fact("MitigationRefused", "2025-04-20", kpi="K", first_period="2025-03", last_period="2025-03")
    raised = fact("EscalationRaised", "2025-05-01", **disputed, against="mitigation")
    decided = fact("EscalationDecided", "2025-05-20", **disputed, outcome="upheld_in_part", value="85")
    Given(*BEGUN, refused, raised, decided).when(submitted("2025-03", "70", dated="2025-06-02")).then_taken()


def test_a_dispute_needs_a_result_unless_it_is_of_a_refused_mitigation() -> None:
    disputed = {"ref": "E", "kpi": "K", "period": "2025-03"}
    Given(*BEGUN).when(fact("EscalationRaised", **disputed, against="score")).then_refused("no result")
    Given(*BEGUN).when(fact("EscalationRaised", **disputed, against="mitigation")).then_taken("no mitigation of K")
    unscrutinised = Given(*BEGUN, submitted("2025-03", "70"))
    unscrutinised.when(fact("EscalationRaised", **disputed, against="score")).then_refused("no result")


@pytest.mark.parametrize("by", ["P", "A"])
def test_the_raiser_or_the_authority_may_withdraw(by: str) -> None:
    raised = fact("EscalationRaised", "2025-05-01", ref="E", kpi="K", period="2025-03", against="score")
    withdrawn = fact("EscalationDecided", ref="E", kpi="K", period="2025-03", outcome="withdrawn", by=by)
    Given(*BEGUN, results(("2025-03", "70")), raised).when(withdrawn).then_taken()


def test_a_dispute_that_was_upheld_settles_the_result_and_rests_on_its_scrutiny() -> None:
    raised = fact("EscalationRaised", "2025-05-10", ref="E", kpi="K", period="2025-03", against="score")
    upheld = fact("EscalationDecided", "2025-05-20", ref="E", kpi="K", period="2025-03", outcome="upheld", value="95")
    rejected = [submitted("2025-03", "70"), agreed("2025-03", decision="rejected")]
    given = Given(*BEGUN, rejected, raised, upheld)
    given.when(submitted("2025-03", "60", dated="2025-06-01")).then_refused("has a result that is upheld")
    given.when(fact("FactVoided", voids=rejected[1].id)).then_refused(f"the later EscalationRaised {raised.id}")


def test_the_provider_may_not_decide_its_own_dispute() -> None:
    raised = fact("EscalationRaised", "2025-05-01", ref="E", kpi="K", period="2025-03", against="score")
    dismissed = fact("EscalationDecided", ref="E", kpi="K", period="2025-03", outcome="dismissed", by="P")
    Given(*BEGUN, results(("2025-03", "70")), raised).when(dismissed).then_refused("for the authority to record")


def test_a_grant_needs_no_request_no_return_and_no_red_cell() -> None:
    Given(*BEGUN).when(fact("MitigationGranted", kpi="K", first_period="2025-03", last_period=None)).then_taken()


def test_a_void_takes_away_what_nothing_rests_on() -> None:
    given = Given(*BEGUN, submitted("2025-03", "91"))
    given.when(fact("FactVoided", voids=given.facts[-1].id, by="P")).then_taken()


def test_a_void_that_leaves_a_later_fact_without_its_ground_names_that_fact() -> None:
    given = Given(*BEGUN, results(("2025-03", "91")))
    returned, scrutiny = given.facts[-2:]
    void = fact("FactVoided", voids=returned.id, by="P")
    given.when(void).then_refused(f"the later PerformanceScrutinised {scrutiny.id}")
    first = fact("FactVoided", "2025-05-01", voids=scrutiny.id)
    given.when(first, void).then_taken()


def test_a_void_takes_effect_at_its_own_place() -> None:
    given = Given(*BEGUN, results(("2025-03", "91")))
    void = fact("FactVoided", "2025-06-01", voids=given.facts[-1].id)
    Given(*given.facts, void).when(submitted("2025-03", "92", dated="2025-05-15")).then_refused("escalate it")
    Given(*given.facts, void).when(submitted("2025-03", "92", dated="2025-06-15")).then_taken("replaces")


def test_a_void_is_for_the_party_that_recorded_the_fact_and_stands() -> None:
    given = Given(*BEGUN, submitted("2025-03", "91"))
    returned = given.facts[-1]
    given.when(fact("FactVoided", voids=returned.id, by="A")).then_refused("A may not void what P recorded")
    void = fact("FactVoided", voids=returned.id, by="P")
    voided = Given(*given.facts, void)
    voided.when(fact("FactVoided", voids=void.id, by="P")).then_refused("is itself a void")
    voided.when(fact("FactVoided", "2025-06-02", voids=returned.id, by="P")).then_refused("already void")
    given.when(fact("FactVoided", voids="nothing")).then_refused('no fact of this contract has the id "nothing"')


def test_a_kpi_that_facts_rest_on_cannot_be_voided() -> None:
    given = Given(*BEGUN, submitted("2025-03", "91"))
    given.when(fact("FactVoided", "2025-07-01", voids="c:K")).then_refused("void that one first")


def test_a_gap_declared_before_facts_that_stand_is_refused_and_one_after_is_taken() -> None:
    given = Given(*BEGUN, results(("2025-03", "91")))
    gap = {"first_period": "2025-03", "last_period": "2025-03"}
    given.when(fact("HistoryNotHeld", "2025-01-05", **gap)).then_refused("would make the later PerformanceSubmitted")
    given.when(fact("HistoryNotHeld", "2025-06-01", **gap)).then_taken("facts of K stand")


def test_a_discontinued_kpi_takes_a_return_with_a_warning() -> None:
    ended = fact("KpiDiscontinued", "2025-01-10", kpi="K", last_period="2025-02")
    moved = fact("WeightsSet", "2025-01-10", first_period="2025-03", weights={"L": "100"})
    given = Given(contract(), kpi(), kpi("L", weight="0"), ended, moved)
    given.when(submitted("2025-03", "91")).then_taken("its cell stays discontinued")


def test_an_open_ended_rebase_says_that_a_later_step_still_comes_in() -> None:
    steps = [{"from": "2025-01", "tsl": "90", "msl": "80"}, {"from": "2025-06", "tsl": "95", "msl": "85"}]
    given = Given(contract(), kpi(targets=steps))
    rebase = {"kpi": "K", "first_period": "2025-03", "tsl": "70", "msl": "60"}
    given.when(fact("TargetRebased", **rebase)).then_taken("later step from 2025-06 still comes in")
    given.when(fact("TargetRebased", **rebase, last_period="2025-04")).then_taken()
    given.when(fact("TargetRebased", **{**rebase, "tsl": "50"})).then_refused("easier to meet")
    given.when(fact("TargetRebased", **{**rebase, "first_period": "2024-12"})).then_refused("before the first period")


def test_weights_that_miss_the_pool_refuse_a_file_and_warn_of_a_lone_fact() -> None:
    lone = fact("WeightsSet", first_period="2025-06", weights={"K": "90"})
    Given(*BEGUN).when(lone).then_taken("add up to 90")
    Given(*BEGUN).when(lone, submitted("2025-03", "91")).then_refused("give weights that add up to the pool, 100")
    whole = fact("WeightsSet", first_period="2025-06", weights={"K": "60"})
    rest = kpi("L", weight="40", first_period="2025-06")
    Given(*BEGUN).when(rest, whole).then_taken()


def test_weights_already_amiss_do_not_refuse_a_later_file() -> None:
    lone = fact("WeightsSet", first_period="2025-06", weights={"K": "90"})
    Given(*BEGUN, lone).when(submitted("2025-03", "91"), agreed("2025-03")).then_taken()


def test_deciding_twice_adds_nothing() -> None:
    Given(contract()).when(contract()).then_taken()


def test_a_changed_contract_is_not_registered_again() -> None:
    Given(contract()).when(contract(title="Other")).then_refused("already registered")


def test_every_fault_of_a_file_is_found_in_one_run() -> None:
    Given(*BEGUN).when(
        submitted("2025-03", "91", by="A"), agreed("2025-04"), submitted("2025-05", "91", ref="KK")
    ).then_refused("for the provider", "no return of K for April 2025", '"KK" is not a KPI')
