"""What a status asks for, as at any date; and the condition for termination, limb by limb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.given import contract, fact, kpi, results
from tests.ledger.test_plan_facts import agreed, closed, proposed, received, warned

if TYPE_CHECKING:
    from tests.conftest import Program

TERMS = {
    "amber_asks_for_reasons": True,
    "plan_due_working_days": 10,
    "continuous_failure_periods": 2,
    "termination_clause": "Clause 48",
    "assumptions": ["Two periods in a row are continuous."],
}
REASONS = fact("ReasonsGiven", "2025-03-10", id="why", kpi="K", period="2025-02", reasons="Absence.")
REQUIRED = fact("ProportionalityDecided", "2025-03-12", id="so", kpi="K", period="2025-02", plan_required=True)
NOT_REQUIRED = REQUIRED.model_copy(update={"plan_required": False})


def begun(*values: tuple[str, str], **terms: Any) -> list[Any]:
    return [contract(management={**TERMS, **terms}), kpi(), *results(*values)]


def asked(program: Program, *options: str) -> Any:
    return program.json("ladder", "c", "--last", "2025-03", "--periods", "3", *options)


def row(program: Program, period: str, *options: str) -> Any:
    (found,) = [each for each in asked(program, *options)["rows"] if each["period"] == period]
    return found


def limbs(program: Program, as_at: str) -> tuple[str, str, str]:
    (found,) = asked(program, "--as-at", as_at)["termination"]
    return found["continuous_failure"]["state"], found["failed_plan"]["state"], found["condition"]


def test_green_asks_for_nothing_and_amber_and_red_for_reasons_and_a_decision(program: Program) -> None:
    program.record(*begun(("2025-01", "85"), ("2025-02", "70"), ("2025-03", "95")))
    found = {each["period"]: (each["status"], each["asks"]) for each in asked(program)["rows"]}
    wanting = ["reasons", "proportionality"]
    assert found == {"2025-01": ("amber", wanting), "2025-02": ("red", wanting), "2025-03": ("green", [])}


def test_what_is_given_is_asked_for_no_more_from_its_date_on(program: Program) -> None:
    plan = proposed("2025-03-15", period="2025-02", id="ap")
    both = [agreed("P", "2025-03-20"), agreed("A", "2025-03-21")]
    program.record(*begun(("2025-02", "70")), REASONS, REQUIRED, plan, *both, closed("delivered", "2025-09-01"))
    days = {
        "2025-03-20": ["agreement"],
        "2025-03-31": [],
        "2025-08-01": [],
        "2025-08-02": ["closing"],
        "2025-09-01": [],
    }
    for day, wanting in days.items():
        assert row(program, "2025-02", "--as-at", day)["asks"] == wanting, day
    found = row(program, "2025-02", "--as-at", "2025-08-02")
    assert found["reasons"] == [{"id": "why", "dated": "2025-03-10", "by": "P", "reasons": "Absence."}]
    assert found["plans"] == [{"plan": "AP", "state": "overdue"}]
    assert row(program, "2025-02")["plans"] == [{"plan": "AP", "state": "delivered"}]


def test_a_plan_is_asked_for_where_it_was_decided_that_it_is_proportionate(program: Program) -> None:
    program.record(*begun(("2025-02", "70")), REASONS, REQUIRED)
    found = row(program, "2025-02")
    assert found["asks"] == ["plan"]
    assert found["proportionality"] == {"id": "so", "dated": "2025-03-12", "plan_required": True, "reason": "as agreed"}


def test_nothing_more_is_asked_for_where_a_plan_is_not_proportionate(program: Program) -> None:
    program.record(*begun(("2025-02", "70")), REASONS, NOT_REQUIRED)
    assert row(program, "2025-02")["asks"] == []
    assert "not required: as agreed" in program.done("ladder", "c", "--format", "csv").stdout


def test_a_contract_without_these_terms_asks_for_nothing_and_sets_no_condition(program: Program) -> None:
    program.record(contract(), kpi(), *results(("2025-02", "70")))
    found = asked(program)
    assert found["rows"][0]["asks"] == []
    assert found["termination"] == []
    program.done("ladder", "c")


def test_a_relieved_period_asks_for_nothing_and_ends_the_failure(program: Program) -> None:
    relief = fact("MitigationGranted", "2025-04-25", kpi="K", first_period="2025-02", last_period="2025-02")
    program.record(*begun(("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70")), relief)
    assert limbs(program, "2025-04-24")[0] == "met"
    assert limbs(program, "2025-04-25")[0] == "not_met"
    assert [each["period"] for each in asked(program)["rows"]] == ["2025-01", "2025-03"]


def test_indicative_targets_are_shown_and_hold_everything_back_until_it_is_decided(program: Program) -> None:
    applied = fact("IndicativeTriggersApplied", "2025-06-01", id="all-the-same", kpi="K", first_period="2025-02")
    history = begun(("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70"))
    history[0] = contract(management=TERMS, indicative_until="2025-03")
    program.record(*history, applied)
    before = asked(program, "--as-at", "2025-04-30")
    assert {(each["status"], each["held_back"], tuple(each["asks"])) for each in before["rows"]} == {("red", True, ())}
    assert (before["indicative_until"], before["warnings_suggested"]) == ("2025-03", [])
    assert limbs(program, "2025-04-30")[0] == "not_met"
    after = {each["period"]: (each["held_back"], each["applied_by"]) for each in asked(program)["rows"]}
    assert after == {"2025-01": (True, []), "2025-02": (False, ["all-the-same"]), "2025-03": (False, ["all-the-same"])}
    assert asked(program)["termination"][0]["continuous_failure"]["red"] == ["2025-02", "2025-03"]
    rag = program.json("rag", "c", "--last", "2025-03", "--periods", "3")
    assert [cell["status"] for cell in rag["rows"][0]["cells"]] == ["red"] * 3
    assert "Targets are indicative up to Mar-25." in [each["text"] for each in rag["notes"]]


def test_both_limbs_make_the_condition_and_each_names_its_facts(program: Program) -> None:
    plan = proposed("2025-03-15")
    failed = closed("failed", "2025-09-01", id="failed")
    both = [agreed("P", "2025-03-20"), agreed("A", "2025-03-21")]
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), plan, *both, failed)
    assert limbs(program, "2025-03-21") == ("met", "not_met", "not_met")
    assert limbs(program, "2025-08-01") == ("met", "not_met", "not_met")
    assert limbs(program, "2025-08-02") == ("met", "open", "open")
    assert limbs(program, "2025-09-01") == ("met", "met", "met")
    (found,) = asked(program, "--as-at", "2025-09-01")["termination"]
    assert found["failed_plan"] == {"state": "met", "failed": ["AP"], "overdue": [], "facts": ["failed"]}
    assert len(found["continuous_failure"]["facts"]) == 4
    assert found["clause"] == "Clause 48"
    assert found["sentence"] == "The condition of Clause 48 is met as at 1 September 2025 for K."


def test_a_plan_that_both_had_not_agreed_fails_no_limb(program: Program) -> None:
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), proposed(), agreed("P"), closed())
    assert limbs(program, "2025-09-02") == ("met", "not_met", "not_met")


@pytest.mark.parametrize(("counts_for", "limb"), [("kpi", "not_met"), ("contract", "met")])
def test_a_failed_plan_counts_for_its_kpis_or_for_all_as_the_terms_say(
    program: Program, counts_for: str, limb: str
) -> None:
    history = begun(("2025-01", "70"), ("2025-02", "70"), failed_plan_counts_for=counts_for)
    program.record(*history, kpi("L", weight=""))
    program.record(proposed(kpis=["L"]), agreed("P"), agreed("A"), closed())
    found = {each["kpi"]: each for each in asked(program)["termination"]}
    assert found["K"]["failed_plan"]["state"] == limb
    assert found["L"]["failed_plan"]["state"] == "met"


def test_an_open_dispute_or_an_awaited_period_leaves_the_failure_open(program: Program) -> None:
    raised = fact("EscalationRaised", "2025-03-25", ref="E", kpi="K", period="2025-02", against="score")
    lost = fact(
        "EscalationDecided", "2025-05-01", ref="E", kpi="K", period="2025-02", outcome="dismissed", reason="No."
    )
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), raised, lost)
    assert limbs(program, "2025-03-24")[0] == "met"
    assert limbs(program, "2025-03-25")[0] == "open"
    assert limbs(program, "2025-05-01")[0] == "met"


def test_a_result_that_changes_late_changes_the_limb_with_it(program: Program) -> None:
    rebased = fact("TargetRebased", "2025-06-01", kpi="K", first_period="2025-02", tsl="65", msl="60")
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), rebased)
    assert limbs(program, "2025-05-31")[0] == "met"
    assert asked(program, "--as-at", "2025-06-01")["termination"][0]["continuous_failure"]["red"] == []


def test_a_warning_is_suggested_until_one_stands_that_came_after_the_failure_began(program: Program) -> None:
    gone = fact("WarningWithdrawn", "2025-06-01", warning="W")
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), warned("2025-05-01"), received("2025-05-01"), gone)
    days = {"2025-03-15": [], "2025-04-30": ["K"], "2025-05-01": [], "2025-06-01": ["K"]}
    for day, kpis in days.items():
        assert asked(program, "--as-at", day)["warnings_suggested"] == kpis, day


def test_a_warning_has_its_clock_and_its_calendar_in_the_view(program: Program) -> None:
    program.record(*begun(), warned("2025-04-07", id="w"), received("2025-04-09", "2025-04-10", id="r"))
    found = asked(program, "--as-at", "2025-04-25")
    assert found["calendar"]["name"] == "bank holidays of England and Wales"
    assert found["warnings"] == [
        {
            "warning": "W",
            "kpis": ["K"],
            "inadequate": "K is red",
            "why": "For months",
            "plan_required": True,
            "issued_on": "2025-04-07",
            "by": "A",
            "received_on": "2025-04-09",
            "withdrawn_on": None,
            "plan_due_on": "2025-04-25",
            "plan_agreed_on": None,
            "plans": [],
            "state": "due",
            "facts": ["w", "r"],
        }
    ]
    assert asked(program, "--as-at", "2025-04-09")["warnings"][0]["state"] == "not_received"
    assert asked(program, "--as-at", "2025-04-06")["warnings"] == []


def test_intervention_and_suspension_are_shown_from_their_days(program: Program) -> None:
    begins = fact("InterventionBegun", "2025-05-01", intervention="I", kpis=["K"], consists_of="Weekly meetings.")
    ends = fact("InterventionEnded", "2025-06-01", intervention="I")
    out = fact("FrameworkSuspended", "2025-05-01", suspended_from="2025-05-10", lots=["1a", "2b"])
    back = fact("FrameworkReinstated", "2025-06-01", reinstated_from="2025-06-10", lots=["1a"])
    lots = [{"code": code, "title": f"Lot {code}"} for code in ("1a", "2b")]
    under = contract(management=TERMS, framework={"id": "f", "title": "Framework"}, lots=lots)
    program.record(under, kpi(), begins, ends, out, back)

    def in_force(day: str) -> dict[str, bool]:
        return {each["lot"]: each["in_force"] for each in asked(program, "--as-at", day)["suspensions"]}

    assert in_force("2025-04-30") == {}
    assert in_force("2025-05-09") == {"1a": False, "2b": False}
    assert in_force("2025-05-10") == {"1a": True, "2b": True}
    assert in_force("2025-06-09") == {"1a": True, "2b": True}
    assert in_force("2025-06-10") == {"1a": False, "2b": True}
    (during,) = asked(program, "--as-at", "2025-05-31")["interventions"]
    (after,) = asked(program)["interventions"]
    assert (during["ended_on"], after["ended_on"]) == (None, "2025-06-01")


def test_the_assumptions_of_the_terms_are_printed_with_both_views(program: Program) -> None:
    program.record(*begun(("2025-01", "70")), proposed())
    for view in ("ladder", "plans"):
        assert program.json(view, "c")["assumptions"][0] == "Two periods in a row are continuous."
        for form in ("table", "csv", "md"):
            assert "Two periods in a row are continuous." in program.done(view, "c", "--format", form).stdout


def test_one_kpi_is_shown_by_itself_with_its_own_warnings_and_assumptions(program: Program) -> None:
    other = kpi("L", weight="0", assumptions=["L is counted by hand."])
    program.record(*begun(("2025-01", "70"), ("2025-02", "70")), other, warned("2025-03-10"))
    whole, found = asked(program), asked(program, "--kpi", "L")
    assert {each["kpi"] for each in whole["termination"]} == {"K", "L"}
    assert [each["kpi"] for each in found["termination"]] == ["L"]
    assert (len(whole["rows"]), found["rows"]) == (2, [])
    assert (len(whole["warnings"]), found["warnings"]) == (1, [])
    own = asked(program, "--kpi", "K")
    assert (own["rows"], own["warnings"]) == (whole["rows"], whole["warnings"])
    assert "L: L is counted by hand." in found["assumptions"]
    assert "L: L is counted by hand." not in own["assumptions"]
    result = program.run("ladder", "c", "--kpi", "M")
    assert (result.exit_code, "no KPI" in result.stderr) == (2, True)


def test_what_the_ledger_did_not_know_yet_is_asked_for_still(program: Program) -> None:
    program.record(*begun(("2025-02", "70")))
    before = program.json("ladder", "c")["known_at"]
    program.clock.tick(hours=1)
    program.record(REASONS)
    assert row(program, "2025-02")["asks"] == ["proportionality"]
    assert row(program, "2025-02", "--known-at", before)["asks"] == ["reasons", "proportionality"]
