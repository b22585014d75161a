"""Returns of components, and the terms that say how they are worked out."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.definition import read_definition
from tests.given import Given, agreed, contract, fact, kpi, submitted

ANNEX = {"formula": "(A ÷ B) x 100 = %outturn", "components": {"A": "achieved", "B": "reviewed", "D": "not asked"}}
HOURS = {
    "formula": "A ÷ F x 100",
    "components": {"A": "delivered", "B": "banked", "C": "carried over", "F": "commissioned"},
    "carried_over": {"C": "B"},
}


def returned(period: str = "2025-01", value: str | None = None, dated: str | None = None, **amounts: str) -> Any:
    """Return a return of components."""
    return submitted(period, value, dated=dated, components=amounts)


# --- returns ---------------------------------------------------------------------------------------------------------


def test_components_are_taken_alone_or_with_the_outturn_that_the_provider_states() -> None:
    given = Given(contract(), kpi(**ANNEX))
    given.when(returned(A="3", B="4")).then_taken()
    given.when(returned(value="75.0", A="3", B="4", D="7")).then_taken()
    given.when(returned(value="66.7", A="2", B="3")).then_taken()


def test_another_outturn_stated_is_taken_with_a_warning() -> None:
    given = Given(contract(), kpi(**ANNEX))
    given.when(returned(value="66.6", A="2", B="3")).then_taken(
        "the outturn stated is 66.6, and A ÷ B × 100 comes to 66.7"
    )


def test_a_stated_outturn_may_be_rounded_either_way_at_a_half() -> None:
    given = Given(contract(), kpi(**ANNEX))
    for stated in ("12", "13"):
        given.when(returned(value=stated, A="1", B="8")).then_taken()


def test_a_component_that_the_formula_needs_may_not_be_missing() -> None:
    Given(contract(), kpi(**ANNEX)).when(returned(A="3")).then_refused(
        "line 1, components: B is missing, which the formula A ÷ B × 100 needs; give it"
    )


def test_an_unknown_component_is_refused_with_those_there_are() -> None:
    Given(contract(), kpi(**ANNEX)).when(returned(A="3", B="4", Z="1")).then_refused(
        "Z is no component of K; its components are A, B, D"
    )


def test_components_of_a_kpi_without_a_formula_are_refused() -> None:
    Given(contract(), kpi()).when(returned(A="3")).then_refused("K has no formula over components")


@pytest.mark.parametrize("other", [{"unavailable": True}, {"status": "red"}])
def test_components_stand_beside_neither_a_status_nor_word_that_there_is_no_data(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give one of value, components, unavailable: true, or status"):
        submitted("2025-01", components={"A": "1"}, **other)


def test_a_component_below_0_and_no_denominator_are_taken_with_a_warning() -> None:
    given = Given(contract(), kpi(**ANNEX))
    given.when(returned(A="-1", B="4")).then_taken("A is -1, below 0")
    given.when(returned(A="0", B="0")).then_taken("there is no denominator: B is 0")
    given.when(returned(A="0", B="0", value="0")).then_taken(
        "there is no denominator", "the outturn stated is 0, and A ÷ B × 100 has no denominator"
    )


def test_an_outturn_is_doubted_like_a_value() -> None:
    Given(contract(), kpi(unit="percent", **ANNEX)).when(returned(A="5", B="4")).then_taken(
        "125 % is not between 0 and 100"
    )


# --- what is carried over --------------------------------------------------------------------------------------------

JANUARY, FEBRUARY = ({"A": "90", "F": "100", "B": "5"}, {"A": "80", "F": "100", "C": "6"})
DIFFERENCE = "C of K for February 2025 is 6, carried over from the period before, and B for January 2025 is 5"


def test_what_is_carried_over_must_be_what_the_period_before_had() -> None:
    given = Given(contract(), kpi(**HOURS), returned("2025-01", **JANUARY))
    given.when(returned("2025-02", **{**FEBRUARY, "C": "5.0"})).then_taken()
    given.when(returned("2025-02", **FEBRUARY)).then_taken(DIFFERENCE)


def test_the_difference_is_told_when_the_earlier_period_is_returned_second() -> None:
    Given(contract(), kpi(**HOURS), returned("2025-02", **FEBRUARY)).when(returned("2025-01", **JANUARY)).then_taken(
        DIFFERENCE
    )


def test_the_difference_is_told_when_a_return_that_agreed_is_replaced() -> None:
    before = [returned("2025-01", **{**JANUARY, "B": "6"}), returned("2025-02", **FEBRUARY)]
    Given(contract(), kpi(**HOURS), before).when(returned("2025-01", dated="2025-03-09", **JANUARY)).then_taken(
        "this replaces a return", DIFFERENCE
    )


def test_the_difference_is_told_once_and_not_of_what_was_recorded_before() -> None:
    given = Given(contract(), kpi(**HOURS), returned("2025-01", **JANUARY), returned("2025-02", **FEBRUARY))
    given.when(returned("2025-03", A="1", F="2")).then_taken()


def test_the_difference_is_told_when_a_void_brings_it_back() -> None:
    wrong = returned("2025-01", dated="2025-03-09", **{**JANUARY, "B": "6"})
    given = Given(contract(), kpi(**HOURS), returned("2025-01", **JANUARY), wrong, returned("2025-02", **FEBRUARY))
    given.when(fact("FactVoided", "2025-06-01", by="P", voids=wrong.id)).then_taken(DIFFERENCE)


def test_nothing_is_carried_over_from_a_return_that_was_rejected_or_gave_no_components() -> None:
    rejected = [returned("2025-01", **JANUARY), agreed("2025-01", decision="rejected")]
    Given(contract(), kpi(**HOURS), rejected).when(returned("2025-02", **FEBRUARY)).then_taken()
    Given(contract(), kpi(**HOURS), submitted("2025-01", "9")).when(returned("2025-02", **FEBRUARY)).then_taken()


# --- terms -----------------------------------------------------------------------------------------------------------

KPI_6 = "(A ÷ ((B+C)/2) x 100 = % Staff turnover"


def terms(**fields: Any) -> Any:
    """Return the introduction of a KPI with terms of its own."""
    return kpi(**{"components": {"A": "left", "B": "at start", "C": "at end"}, **fields})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"formula": KPI_6},
            (
                'formula: the bracket "(", character 1, is never closed; put its ")" where it belongs; '
                "or leave it as it is printed, and give its correction in formula_read_as"
            ),
        ),
        ({"formula": KPI_6, "formula_read_as": "A / ((B+C)/2) x 100"}, "state in the KPI's assumptions"),
        ({"formula": KPI_6, "formula_read_as": "A / ((B+C)", "assumptions": ["…"]}, "formula_read_as: the bracket"),
        ({"formula": "A / E"}, "names E, which is no component"),
        ({"formula": "a / B"}, "names a, which is no component; did you mean A?"),
        ({"formula": "100"}, "names no component"),
        ({"formula_read_as": "A / B", "assumptions": ["…"]}, "corrects a printed formula; give formula too"),
        ({"formula": "A / B", "carried_over": {"C": "E"}}, "carried_over: names E, which is no component"),
        ({"no_denominator": "met"}, "speaks of components; give formula and components too"),
        ({"formula": "A / B", "components": {}, "carried_over": {"C": "B"}}, "speaks of components; give"),
    ],
)
def test_terms_that_cannot_be_worked_out_are_refused(fields: dict[str, Any], said: str) -> None:
    Given(contract()).when(terms(**fields)).then_refused(said)


def test_a_printed_formula_is_worked_out_as_it_is_read() -> None:
    corrected = terms(formula=KPI_6, formula_read_as="A ÷ ((B+C)/2) x 100", assumptions=["A bracket is missing."])
    Given(contract(), corrected).when(returned(A="3", B="4", C="8", value="50")).then_taken()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"formula": "resolved / received, by the clock", "components": {}}, "has a formula and no components"),
        ({}, "has components and no formula"),
        ({"formula": "A + B + C", "no_denominator": "met"}, "its formula divides by no component"),
    ],
)
def test_what_is_missing_to_work_returns_out_is_said_and_the_kpi_is_taken(fields: dict[str, Any], said: str) -> None:
    Given(contract()).when(terms(**fields)).then_taken(said)


def test_a_formula_that_was_recorded_before_it_was_read_stays() -> None:
    old = terms(formula="by hand, of A and B")
    Given(contract(), old).when(submitted("2025-01", "95")).then_taken()
    Given(contract(), old).when(returned(A="3", B="4")).then_refused("K has a formula that cannot be read")


def test_a_file_with_a_formula_that_cannot_be_read_is_refused_with_its_line() -> None:
    content = """
[contract]
id = "c"
[[kpi]]
ref = "K"
service = "S"
title = "Staff turnover"
first_period = "2025-01"
formula = "A / (B"
components = { A = "left", B = "there" }
"""
    faults = [str(each) for each in read_definition(content.encode(), "c.toml").faults]
    assert [each for each in faults if "formula" in each] == [
        (
            'c.toml, line 9, K, formula: the bracket "(", character 5, is never closed; put its ")" where it belongs; '
            "or leave it as it is printed, and give its correction in formula_read_as"
        )
    ]
