"""What a cell says: results, relief, targets in force, runs and points."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from projections.abatement import PeriodTotal, period_totals
from projections.cells import Cell, cells
from projections.moment import Moment, counting
from projections.question import Question
from projections.rag import rag
from projections.standing import stand
from tests.given import SCHEME, agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact

ALL_RED = (("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70"), ("2025-04", "70"))


def told(
    *facts: AnyFact | list[AnyFact], ref: str = "K", as_at: date = date(2026, 1, 1), last: str = "2025-06"
) -> dict[str, Cell]:
    """Return a KPI's cells by period, from facts taken in the order given."""
    history = recorded([each for given in facts for each in (given if isinstance(given, list) else [given])])
    standing = stand(counting(history, as_at, len(history)))
    assert standing is not None
    return {cell.period: cell for cell in cells(standing, standing.kpis[ref], last)}


def totals(*facts: AnyFact | list[AnyFact]) -> dict[str, PeriodTotal]:
    """Return the totals of January to June by period."""
    history = recorded([each for given in facts for each in (given if isinstance(given, list) else [given])])
    standing = stand(history)
    assert standing is not None
    return {total.period: total for total in period_totals(standing, [f"2025-0{month}" for month in range(1, 7)])}


def points(found: dict[str, Cell]) -> list[str]:
    return [str(cell.points.normalize() if cell.points else cell.points) for cell in found.values()]


def terms(**changed: Any) -> AnyFact:
    return contract({**SCHEME, **changed})


# --- results and statuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status"),
    [("90", "green"), ("89.999", "amber"), ("80", "amber"), ("79.99999999999999999999", "red")],
)
def test_meeting_a_level_is_inclusive_and_exact(value: str, status: str) -> None:
    assert told(contract(), kpi(), results(("2025-01", value)))["2025-01"].status == status


def test_rounding_first_is_a_term_of_the_kpi() -> None:
    near = results(("2025-01", "89.96"))
    assert told(contract(), kpi(decimals=1), near)["2025-01"].status == "amber"
    assert told(contract(), kpi(decimals=1, round_first=True), near)["2025-01"].status == "green"


def test_a_return_is_submitted_until_it_is_scrutinised() -> None:
    found = told(contract(), kpi(), submitted("2025-01", "95"))
    assert [found["2025-01"].status, found["2025-02"].status] == ["submitted", "awaiting"]
    assert found["2025-01"].points is None


def test_a_rejected_return_is_red_and_stays_so_until_a_new_one_is_scrutinised() -> None:
    facts = [
        submitted("2025-01", "95"),
        agreed("2025-01", decision="rejected"),
        submitted("2025-01", "96", dated="2025-03-01"),
    ]
    found = told(contract(), kpi(), facts)["2025-01"]
    assert (found.status, found.verdict.basis, found.verdict.value) == ("red", "data_not_available", None)
    found = told(contract(), kpi(), facts, agreed("2025-01", dated="2025-03-02"))["2025-01"]
    assert (found.status, found.verdict.value) == ("green", Decimal(96))


def test_an_amended_value_counts() -> None:
    found = told(contract(), kpi(), submitted("2025-01", "95"), agreed("2025-01", decision="amended", value="85"))
    assert found["2025-01"].status == "amber"


def test_an_unavailable_return_that_is_agreed_is_red_at_full_points() -> None:
    found = told(contract(), kpi(), submitted("2025-01", unavailable=True), agreed("2025-01"))["2025-01"]
    assert (found.status, found.verdict.basis, found.points) == ("red", "data_not_available", 100)


def test_a_status_published_without_its_value_has_no_value() -> None:
    found = told(contract(), kpi(), submitted("2025-01", status="amber"), agreed("2025-01"))["2025-01"]
    assert (found.status, found.verdict.basis, found.verdict.value) == ("amber", "status_only", None)


def test_an_upheld_score_sets_a_value_or_a_status_and_a_dismissed_one_nothing() -> None:
    disputed = {"ref": "E", "kpi": "K", "period": "2025-01"}
    raised = fact("EscalationRaised", "2025-03-01", **disputed, against="score")

    def after(**outcome: Any) -> Cell:
        decided = fact("EscalationDecided", "2025-05-01", **disputed, **outcome)
        return told(contract(), kpi(), results(("2025-01", "70")), raised, decided)["2025-01"]

    still_open = told(contract(), kpi(), results(("2025-01", "70")), raised)["2025-01"]
    assert (still_open.status, still_open.verdict.provisional) == ("red", True)
    assert after(outcome="upheld", value="95").status == "green"
    set_by_decision = after(outcome="upheld", status="amber")
    assert (set_by_decision.status, set_by_decision.verdict.basis) == ("amber", "set_by_decision")
    assert after(outcome="dismissed").status == "red"
    assert not after(outcome="withdrawn").verdict.provisional


def test_upheld_against_a_mitigation_relieves_the_period() -> None:
    disputed = {"ref": "E", "kpi": "K", "period": "2025-01"}
    raised = fact("EscalationRaised", "2025-03-01", **disputed, against="mitigation")
    upheld = fact("EscalationDecided", "2025-05-01", **disputed, outcome="upheld")
    found = told(contract(), kpi(), results(("2025-01", "70")), raised, upheld)["2025-01"]
    assert (found.status, found.verdict.basis, found.points, found.verdict.value) == (
        "mitigated",
        "relief",
        0,
        Decimal(70),
    )


def test_relief_covers_its_range_with_or_without_returns_and_can_be_ended() -> None:
    grant = fact("MitigationGranted", "2025-02-01", kpi="K", first_period="2025-02", last_period=None)
    found = told(contract(), kpi(), grant)
    assert [cell.status for cell in found.values()] == ["awaiting", *["mitigated"] * 5]
    first = fact("MitigationEnded", "2025-04-01", kpi="K", last_period="2025-03")
    later = fact("MitigationEnded", "2025-05-01", kpi="K", last_period="2025-04")
    assert [c.status for c in told(contract(), kpi(), grant, first).values()].count("mitigated") == 2
    assert [c.status for c in told(contract(), kpi(), grant, first, later).values()].count("mitigated") == 3
    assert [c.status for c in told(contract(), kpi(), grant, later, first).values()].count("mitigated") == 3


def test_a_request_makes_its_cells_provisional_until_it_is_answered() -> None:
    asked = fact("MitigationRequested", "2025-03-01", kpi="K", first_period="2025-01", last_period="2025-02")
    refused = fact("MitigationRefused", "2025-04-01", kpi="K", first_period="2025-01", last_period="2025-01")
    assert [c.verdict.provisional for c in told(contract(), kpi(), asked).values()] == [
        True,
        True,
        *[False] * 4,
    ]
    assert [c.verdict.provisional for c in told(contract(), kpi(), asked, refused).values()] == [
        False,
        True,
        *[False] * 4,
    ]


def test_the_states_outside_the_table() -> None:
    gap = fact("HistoryNotHeld", "2025-01-02", first_period="2025-03", last_period="2025-03")
    ended = fact("KpiDiscontinued", "2025-05-01", kpi="K", last_period="2025-04")
    found = told(contract(held_from="2025-02"), kpi(glide_until="2025-02"), gap, ended)
    assert [c.status for c in found.values()] == [
        "not_held",
        "glide",
        "not_held",
        "awaiting",
        "discontinued",
        "discontinued",
    ]


def test_a_kpi_without_levels_is_information() -> None:
    found = told(contract(), kpi(information=True, weight=""), results(("2025-01", "3")))["2025-01"]
    assert (found.status, found.verdict.value, found.points) == ("information", Decimal(3), None)


def test_a_value_between_the_bands_takes_the_worse_neighbour_and_says_so() -> None:
    bands = [{"from": "2025-01", "green": "100", "amber": "85..99", "red": "<85"}]
    found = told(contract(), kpi(bands=bands, assumptions=["99.5 is read as amber"]), results(("2025-01", "99.5")))[
        "2025-01"
    ]
    assert found.status == "amber"
    assert "lies in no band" in str(found.verdict.doubt)


# --- targets in force ------------------------------------------------------------------------------------------------


def test_targets_step_by_period_and_a_rebase_gives_way_to_a_later_step() -> None:
    steps = [{"from": "2025-01", "tsl": "90", "msl": "80"}, {"from": "2025-05", "tsl": ">95", "msl": "85"}]
    rebase = fact("TargetRebased", "2025-06-01", kpi="K", first_period="2025-03", tsl="70", msl="60")
    values = results(*((f"2025-0{month}", "75") for month in range(1, 7)))
    assert [c.status for c in told(contract(), kpi(targets=steps), values).values()] == ["red"] * 6
    found = told(contract(), kpi(targets=steps), values, rebase)
    assert [c.status for c in found.values()] == ["red", "red", "green", "green", "red", "red"]


def test_a_temporary_target_outranks_the_rest_and_of_several_the_latest_decided_stands() -> None:
    temporary = {"kpi": "K", "first_period": "2025-02", "last_period": "2025-03"}
    low = fact("TargetRebased", "2025-04-01", **temporary, tsl="60", msl="50")
    high = fact("TargetRebased", "2025-05-01", **temporary, tsl="95", msl="92")
    lasting = fact("TargetRebased", "2025-06-01", kpi="K", first_period="2025-03", tsl="94", msl="93")
    values = results(("2025-02", "75"), ("2025-03", "75"), ("2025-04", "75"))
    found = told(contract(), kpi(), values, low, lasting)
    assert [found[f"2025-0{month}"].status for month in (2, 3, 4)] == ["green", "green", "red"]
    assert told(contract(), kpi(), values, high, low)["2025-02"].status == "red"


def test_of_equals_the_later_taken_stands() -> None:
    same = {"kpi": "K", "first_period": "2025-01"}
    first = fact("TargetRebased", "2025-06-01", **same, tsl="60", msl="50")
    second = fact("TargetRebased", "2025-06-01", **same, tsl="95", msl="92")
    value = results(("2025-01", "75"))
    assert told(contract(), kpi(), value, first, second)["2025-01"].status == "red"
    assert told(contract(), kpi(), value, second, first)["2025-01"].status == "green"


# --- runs, points and what the contract leaves open: each term changes the figure -----------------------------------


def test_the_last_multiplier_stands_for_all_later_periods() -> None:
    assert points(told(contract(), kpi(), results(*ALL_RED)))[:4] == ["1E+2", "1.5E+2", "2E+2", "2E+2"]
    other = terms(multipliers=["1", "3"])
    assert points(told(other, kpi(), results(*ALL_RED)))[:3] == ["1E+2", "3E+2", "3E+2"]


def test_the_share_of_amber_is_a_term() -> None:
    amber = results(("2025-01", "85"))
    assert told(contract(), kpi(), amber)["2025-01"].points == 50
    assert told(terms(shares={"amber": "0.25", "red": "1"}), kpi(), amber)["2025-01"].points == 25


def test_what_a_run_counts_is_a_term() -> None:
    values = results(("2025-01", "70"), ("2025-02", "85"), ("2025-03", "70"))
    assert [c.points for c in list(told(contract(), kpi(), values).values())[:3]] == [100, 75, 200]
    found = told(terms(run_counts="missed_minimum"), kpi(), values)
    assert [c.points for c in list(found.values())[:3]] == [100, 50, 100]
    assert [c.run for c in list(found.values())[:3]] == [1, 0, 1]


@pytest.mark.parametrize(("relieved", "last"), [("reset", 100), ("pause", 150), ("count", 200)])
def test_a_relieved_month_in_a_run_is_a_term(relieved: str, last: int) -> None:
    grant = fact("MitigationGranted", "2025-02-01", kpi="K", first_period="2025-02", last_period="2025-02")
    values = results(("2025-01", "70"), ("2025-03", "70"))
    assert told(terms(relieved_in_run=relieved), kpi(), values, grant)["2025-03"].points == last


def test_weights_are_terms_and_may_be_dealt_again() -> None:
    dealt = fact("WeightsSet", "2025-01-02", first_period="2025-02", weights={"K": "60", "L": "40"})
    values = results(("2025-01", "85"), ("2025-02", "70"))
    found = told(contract(), kpi(), kpi("L", weight="0"), dealt, values)
    assert [found["2025-01"].points, found["2025-02"].points] == [50, 90]


def test_the_run_into_the_first_held_period_is_a_term_and_assumed_0_if_not_given() -> None:
    held = contract(held_from="2025-03")
    value = results(("2025-03", "70"))
    assert told(held, kpi(), value)["2025-03"].points == 100
    assert told(held, kpi(opening_run=1), value)["2025-03"].points == 150
    question = Question(
        "c", recorded([held, kpi(), *value]), Moment(date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), 99)
    )
    assert "taken as 0" in rag(question).document()["assumptions"][-1]


def test_an_awaiting_period_leaves_the_run_and_makes_later_points_provisional() -> None:
    found = told(contract(), kpi(), results(("2025-01", "70"), ("2025-03", "70")))
    assert [found["2025-03"].points, found["2025-03"].run] == [150, 2]
    assert not found["2025-03"].verdict.provisional
    by_period = totals(
        contract(), kpi(), results(("2025-01", "70"), ("2025-03", "70"), ("2025-04", "95"), ("2025-05", "70"))
    )
    assert [by_period[f"2025-0{month}"].provisional for month in (1, 2, 3, 4, 5)] == [
        False,
        False,
        True,
        False,
        False,
    ]


# --- totals ----------------------------------------------------------------------------------------------------------


def test_gross_adds_what_a_relieved_month_with_a_value_would_have_cost() -> None:
    grant = fact("MitigationGranted", "2025-03-01", kpi="K", first_period="2025-02", last_period="2025-03")
    found = totals(contract(), kpi(), results(("2025-01", "70"), ("2025-02", "70")), grant)
    assert [found["2025-02"].gross_points, found["2025-02"].relieved_points, found["2025-02"].net_points] == [
        150,
        150,
        0,
    ]
    assert [found["2025-03"].gross_points, found["2025-03"].service_credit] == [0, 0]


def test_suspension_relieves_everything_until_credits_are_resumed() -> None:
    suspended = fact("CreditsSuspended", "2025-03-01", first_period="2025-02")
    resumed = fact("CreditsResumed", "2025-05-01", first_period="2025-04")
    found = totals(contract(), kpi(), results(*ALL_RED), suspended, resumed)
    assert [found[f"2025-0{month}"].net_points for month in (1, 2, 3, 4)] == [100, 0, 0, 200]
    assert found["2025-02"].gross_points == 150
    assert told(contract(), kpi(), results(*ALL_RED), suspended)["2025-02"].points == 150


def test_points_become_money_by_the_terms_capped_by_them() -> None:
    assert totals(contract(), kpi(), results(*ALL_RED))["2025-01"].service_credit == 1000
    assert totals(terms(cap="700"), kpi(), results(*ALL_RED))["2025-01"].service_credit == 700
    charged = contract(
        {**{k: v for k, v in SCHEME.items() if k != "pounds_per_point"}, "percent_of_charge_per_point": "0.1"}
    )
    charges = fact("ChargesSet", "2025-01-02", first_period="2025-01", amount="5000.50")
    assert totals(charged, kpi(), charges, results(*ALL_RED))["2025-01"].service_credit == Decimal("500.05")
    assert totals(charged, kpi(), results(*ALL_RED))["2025-01"].service_credit is None


def test_a_period_not_held_has_no_totals() -> None:
    found = totals(contract(held_from="2025-02"), kpi())
    assert found["2025-01"].net_points is None
    assert found["2025-02"].net_points == 0


def test_a_quarterly_kpi_stands_beside_monthly_ones() -> None:
    quarterly = kpi("Q", weight="40", frequency="quarterly")
    values = [
        *(
            submitted(period, "70", ref="Q", dated=day)
            for period, day in (("2025-01", "2025-04-05"), ("2025-04", "2025-07-05"))
        ),
        *(agreed(period, ref="Q", dated=day) for period, day in (("2025-01", "2025-04-20"), ("2025-04", "2025-07-20"))),
    ]
    found = told(contract(), kpi(weight="60"), quarterly, values, ref="Q")
    assert {period: cell.points for period, cell in found.items()} == {"2025-01": 40, "2025-04": 60}
