"""A figure is derived step by step: each with its term, its facts, and what came out of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.given import SCHEME, agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

RED = (("2025-01", "70"), ("2025-02", "85"), ("2025-03", "70"))


@pytest.fixture
def story(program: Program) -> Program:
    """Return a ledger with three misses in a row: red, amber, red."""
    program.record(contract(), kpi())
    program.record(*results(*RED))
    return program


def explained(program: Program, period: str, *options: str, ref: str = "K") -> Any:
    return program.json("explain", "c", ref, period, *options)


def steps(program: Program, period: str, *options: str) -> list[tuple[str, str | None]]:
    return [(each["step"], each["result"]) for each in explained(program, period, *options)["steps"]]


def test_a_failure_is_derived_from_its_return_to_its_credit(story: Program) -> None:
    assert steps(story, "2025-03") == [
        ("result", None),
        ("result", None),
        ("levels", "TSL 90, MSL 80"),
        ("status", "Below MSL"),
        ("run", "3"),
        ("multiplier", "2"),
        ("points", "200"),
        ("points", "200 net"),
        ("credit", "£2,000.00"),
    ]


def test_each_step_names_the_term_behind_it(story: Program) -> None:
    terms = {each["step"]: each["term"] for each in explained(story, "2025-03")["steps"] if each["term"]}
    assert terms == {
        "levels": "[[kpi]] K, targets from 2025-01",
        "run": '[scheme] run_counts = "missed_target", relieved_in_run = "reset"',
        "multiplier": '[scheme] multipliers = ["1", "1.5", "2"]',
        "points": "[[kpi]] K, weights from 2025-01; [scheme] shares",
        "credit": '[scheme] pounds_per_point = "10"',
    }


def test_the_run_names_the_periods_that_missed(story: Program) -> None:
    (run,) = [each["sentence"] for each in explained(story, "2025-03")["steps"] if each["step"] == "run"]
    assert run == "Missed in a row: Jan-25 Below MSL, Feb-25 MSL achieved, Mar-25 Below MSL."


def test_a_correction_of_the_first_month_shortens_the_run_that_is_explained(story: Program) -> None:
    story.record(fact("EscalationRaised", "2025-05-01", kpi="K", period="2025-02", ref="E", against="score", by="P"))
    story.record(
        fact("EscalationDecided", "2025-05-02", kpi="K", period="2025-02", ref="E", outcome="upheld", value="95")
    )
    assert ("run", "1") in steps(story, "2025-03")
    assert ("run", "3") in steps(story, "2025-03", "--as-at", "2025-05-01")


def test_relief_says_what_the_period_would_have_cost(story: Program) -> None:
    grant = fact("MitigationGranted", kpi="K", first_period="2025-03", last_period="2025-03", id="g")
    story.record(grant)
    found = explained(story, "2025-03")
    relief, points = (next(each for each in found["steps"] if each["step"] == name) for name in ("relief", "points"))
    assert (found["status"], relief["facts"]) == ("mitigated", ["g"])
    assert points["sentence"].endswith("multiplier 2: 200; it costs nothing.")
    assert points["result"] == "0"


def test_a_suspension_of_credits_is_a_step_with_its_fact(story: Program) -> None:
    story.record(fact("CreditsSuspended", first_period="2025-03", id="s"))
    suspension = next(each for each in explained(story, "2025-03")["steps"] if each["step"] == "suspension")
    assert suspension["facts"] == ["s"]


def test_a_rebase_is_named_as_the_term_in_force(story: Program) -> None:
    story.record(fact("TargetRebased", kpi="K", first_period="2025-03", tsl="60", msl="50", id="r"))
    found = explained(story, "2025-03")
    levels = next(each for each in found["steps"] if each["step"] == "levels")
    assert (levels["term"], levels["facts"], found["status"]) == ("rebase of K from 2025-03", ["r"], "green")
    assert found["steps"][-1]["sentence"] == "It did not fail, so it costs nothing."


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"unavailable": True}, "The data was rejected or is missing at scrutiny: that is below the minimum."),
        ({"status": "amber"}, "The status was published without its value."),
    ],
)
def test_a_status_without_a_value_says_where_it_is_from(program: Program, result: dict[str, Any], said: str) -> None:
    program.record(contract(), kpi(), submitted("2025-01", None, **result), agreed("2025-01"))
    assert said in [each["sentence"] for each in explained(program, "2025-01")["steps"]]


def test_what_is_awaited_and_what_is_outside_end_the_derivation(program: Program) -> None:
    program.record(contract(held_from="2025-02"), kpi(first_period="2025-01"))
    assert explained(program, "2025-02")["steps"][0]["sentence"] == "No return has come."
    (outside,) = explained(program, "2025-01")["steps"]
    assert outside["step"] == "period"
    assert outside["result"] == "Not held"


def test_a_month_that_begins_no_period_is_refused(program: Program) -> None:
    program.record(contract(), kpi(frequency="quarterly"), kpi("L", weight="0"))
    result = program.run("explain", "c", "K", "2025-02")
    assert (result.exit_code, result.stderr) == (
        2,
        "PERIOD: found 2025-02; give the first month of a quarterly period of K from 2025-01\n",
    )


def test_the_points_explained_are_those_of_the_tables(story: Program) -> None:
    for period, points in (("2025-01", "100"), ("2025-02", "75"), ("2025-03", "200")):
        found = explained(story, period)
        product = next(each for each in found["steps"] if each["step"] == "points")
        assert Decimal(found["points"]) == Decimal(product["result"]) == Decimal(points)


SEVERITIES = [
    {"name": "met", "band": ">=99", "status": "green", "points": "0"},
    {"name": "minor", "band": ">=98 <99", "status": "amber", "points": "1"},
    {"name": "severe", "band": "<98", "status": "red", "points": "3"},
]


def test_a_severity_costs_its_own_points(program: Program) -> None:
    scheme = {"multipliers": ["1", "2"], "run_counts": "missed_target", "relieved_in_run": "reset"}
    steps_ = [{"from": "2025-01", "bands": SEVERITIES}]
    program.record(contract(scheme), kpi(better="higher", severities=steps_))
    program.record(*results(("2025-01", "96.5"), ("2025-02", "98.5")))
    found = explained(program, "2025-02")["steps"]
    product = next(each for each in found if each["step"] == "points")
    assert (product["sentence"], product["result"]) == ("Severity minor, 1 × multiplier 2.", "2")
    assert product["term"] == "[[kpi]] K, severities"
    assert next(each["result"] for each in found if each["step"] == "status") == "MSL achieved (minor)"


def test_a_ratchet_says_how_many_failures_it_counts(program: Program) -> None:
    ratchets = [{"failures": 2, "within": 3, "multiplier": "4"}]
    program.record(contract({**SCHEME, "ratchets": ratchets}), kpi())
    program.record(*results(("2025-01", "70"), ("2025-02", "95"), ("2025-03", "70")))
    found = explained(program, "2025-03")["steps"]
    multiplier = next(each for each in found if each["step"] == "multiplier")
    assert multiplier["sentence"] == "2 failures among its last 3 periods, this one included."
    assert (multiplier["result"], multiplier["term"]) == ("4", "[scheme] ratchets: 4 from 2 within 3")


def test_a_late_return_is_a_step_of_its_own(program: Program) -> None:
    late = {"due_days": 5, "points_per_day": "2"}
    program.record(contract({**SCHEME, "late_return": late}), kpi())
    program.record(submitted("2025-01", "95", dated="2025-02-08"), agreed("2025-01"))
    found = explained(program, "2025-01")["steps"]
    assert "3 days late" in found[-3]["sentence"]
    assert (found[-3]["result"], found[-2]["result"], found[-1]["result"]) == ("6", "6 net", "£60.00")


def test_bands_of_points_and_caps_are_steps(program: Program) -> None:
    bands = [{"above": "0", "times": "0"}, {"above": "20", "times": "1"}]
    program.record(contract({**SCHEME, "point_bands": bands, "cap": "500"}), kpi())
    program.record(*results(("2025-01", "70")))
    found = [(each["result"], each["term"]) for each in explained(program, "2025-01")["steps"]][-3:]
    assert found == [
        ("80", "[scheme] point_bands"),
        ("£800.00", '[scheme] pounds_per_point = "10"'),
        ("£500.00", '[scheme] cap = "500"'),
    ]


def test_an_outturn_is_worked_out_an_operation_at_a_time(program: Program) -> None:
    formula = {"formula": "(A ÷ B) x 100", "components": {"A": "done", "B": "asked"}}
    program.record(contract(), kpi(**formula))
    program.record(submitted("2025-01", components={"A": "61", "B": "80"}), agreed("2025-01"))
    found = [each for each in explained(program, "2025-01")["steps"] if each["step"] == "outturn"]
    assert [(each["sentence"], each["result"]) for each in found] == [
        ("A ÷ B = 61 ÷ 80", "0.7625"),
        ("A ÷ B × 100 = 0.7625 × 100", "76.25"),
    ]
    assert found[0]["term"] == '[[kpi]] K, formula = "(A ÷ B) x 100"'


def test_no_denominator_is_told_with_its_term(program: Program) -> None:
    formula = {"formula": "A / B", "components": {"A": "done", "B": "asked"}, "no_denominator": "met"}
    program.record(contract(), kpi(**formula))
    program.record(submitted("2025-01", components={"A": "0", "B": "0"}), agreed("2025-01"))
    status = next(each for each in explained(program, "2025-01")["steps"] if each["step"] == "status")
    assert (status["result"], status["term"]) == ("TSL achieved", '[[kpi]] K, no_denominator = "met"')


@pytest.mark.parametrize(
    ("result", "decision", "said"),
    [
        ({"value": "70"}, "rejected", "The data was rejected or is missing at scrutiny: that is below the minimum."),
        (
            {"unavailable": True},
            "agreed",
            "The data was rejected or is missing at scrutiny: that is below the minimum.",
        ),
        ({"status": "red"}, "agreed", "The status was published without its value."),
    ],
)
def test_relief_that_leaves_points_is_explained_without_a_value_too(
    program: Program, result: dict[str, Any], decision: str, said: str
) -> None:
    program.record(contract({**SCHEME, "relief_lifts": "triggers"}), kpi(), submitted("2025-01", **result))
    program.record(fact("PerformanceScrutinised", "2025-02-12", kpi="K", period="2025-01", decision=decision))
    program.record(fact("MitigationGranted", kpi="K", first_period="2025-01", last_period="2025-01"))
    found = explained(program, "2025-01")
    assert said in [each["sentence"] for each in found["steps"]]
    assert (found["status"], found["points"]) == ("mitigated", "100")


def test_a_run_from_before_the_first_held_period_is_named_with_its_term(program: Program) -> None:
    program.record(contract(), kpi(opening_run=2))
    program.record(*results(("2025-01", "70")))
    run = next(each for each in explained(program, "2025-01")["steps"] if each["step"] == "run")
    assert run["sentence"] == (
        "Missed in a row: 2 before the first of them that is held, by opening_run, Jan-25 Below MSL."
    )
    assert (run["result"], run["term"].endswith("[[kpi]] K, opening_run = 2")) == ("3", True)


def test_a_period_that_pauses_a_run_is_not_among_those_that_missed(program: Program) -> None:
    program.record(contract({**SCHEME, "relieved_in_run": "pause"}), kpi())
    program.record(*results(("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70")))
    program.record(fact("MitigationGranted", kpi="K", first_period="2025-02", last_period="2025-02"))
    run = next(each for each in explained(program, "2025-03")["steps"] if each["step"] == "run")
    assert (run["sentence"], run["result"]) == ("Missed in a row: Jan-25 Below MSL, Mar-25 Below MSL.", "2")


def test_a_denominator_keeps_its_brackets(program: Program) -> None:
    formula = {"formula": "A / (B - C) x 100", "components": {"A": "done", "B": "asked", "C": "withdrawn"}}
    program.record(contract(), kpi(**formula))
    program.record(submitted("2025-01", components={"A": "3", "B": "5", "C": "1"}), agreed("2025-01"))
    told = [each["sentence"] for each in explained(program, "2025-01")["steps"] if each["step"] == "outturn"]
    assert told == ["B − C = 5 − 1", "A ÷ (B − C) = 3 ÷ 4", "A ÷ (B − C) × 100 = 0.75 × 100"]
