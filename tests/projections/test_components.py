"""Cells whose returns give components: outturns, missing denominators, notes and trends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from projections.abatement import abatement
from projections.canonical import in_bytes
from projections.moment import Moment
from projections.question import Question
from projections.rag import rag
from tests.given import agreed, contract, fact, kpi, recorded, submitted

FORMULA = {"formula": "(A ÷ B) x 100 = %outturn", "components": {"A": "achieved", "B": "reviewed"}}
NOTHING = {"A": "0", "B": "0"}


def question(*facts: Any, last: str = "2025-04", periods: int = 4, **asked: Any) -> Question:
    """Ask about the test contract."""
    taken = recorded(facts)
    moment = Moment(asked.get("as_at", date(2026, 1, 5)), datetime(2026, 1, 5, 10, tzinfo=UTC), len(taken))
    return Question("c", taken, moment, last, periods)


def of(asked: Question, ref: str = "K") -> dict[str, dict[str, Any]]:
    """Return the cells of a KPI as JSON has them, by period."""
    rows = rag(asked).document()["rows"]
    return {cell["period"]: cell for row in rows if row["kpi"] == ref for cell in row["cells"]}


def told(asked: Question) -> list[str]:
    """Return the notes of the table."""
    return [note["text"] for note in rag(asked).document()["notes"]]


def returned(period: str, **amounts: str) -> Any:
    return submitted(period, components=amounts)


def settled(*returns: tuple[str, dict[str, str]]) -> list[Any]:
    """Return returns of components with their agreement."""
    return [each for period, amounts in returns for each in (returned(period, **amounts), agreed(period))]


# --- outturns --------------------------------------------------------------------------------------------------------


def test_a_cell_shows_the_outturn_of_its_components_and_is_judged_by_it() -> None:
    asked = question(contract(), kpi(**FORMULA), *settled(("2025-01", {"A": "17", "B": "20"})))
    cell = of(asked)["2025-01"]
    assert (cell["status"], cell["basis"], cell["value"]) == ("amber", "value", "85")
    assert cell["components"] == {"A": "17", "B": "20"}
    assert "components" not in of(asked)["2025-02"]


def test_a_return_not_yet_scrutinised_shows_its_outturn() -> None:
    cell = of(question(contract(), kpi(**FORMULA), returned("2025-01", A="1", B="3")))["2025-01"]
    assert (cell["status"], cell["value"]) == ("submitted", "33.33333333333333333333333333")


def test_an_outturn_is_judged_in_full_where_28_digits_would_say_otherwise() -> None:
    below = {"A": "2" + "9" * 28, "B": "3" + "0" * 28}
    asked = question(
        contract(), kpi(**{**FORMULA, "formula": "A / B x 90"}), *settled(("2025-01", below)), periods=1, last="2025-01"
    )
    cell = of(asked)["2025-01"]
    exact = Fraction(below["A"]) / Fraction(below["B"]) * 90
    assert exact < 90
    assert (cell["status"], cell["value"]) == ("amber", "90")
    assert told(asked)[0].endswith("90 is rounded: in full the outturn lies just across a level.")


def test_rounding_first_rounds_the_outturn_in_full() -> None:
    rounds = kpi(**FORMULA, decimals=0, round_first=True)
    cell = of(question(contract(), rounds, *settled(("2025-01", {"A": "895", "B": "1000"}))))["2025-01"]
    assert (cell["status"], cell["value"]) == ("green", "89.5")


def test_what_scrutiny_or_a_dispute_sets_stands_in_place_of_the_outturn() -> None:
    low = returned("2025-01", A="1", B="2")
    amended = agreed("2025-01", decision="amended", value="91")
    assert of(question(contract(), kpi(**FORMULA), low, amended))["2025-01"]["value"] == "91"
    raised = fact("EscalationRaised", "2025-03-01", kpi="K", period="2025-01", ref="E", against="score")
    upheld = fact(
        "EscalationDecided", "2025-04-01", kpi="K", period="2025-01", ref="E", outcome="upheld", value="95", by="A"
    )
    cell = of(question(contract(), kpi(**FORMULA), low, agreed("2025-01"), raised, upheld))["2025-01"]
    assert (cell["value"], cell["status"], cell["components"]) == ("95", "green", {"A": "1", "B": "2"})


def test_a_rejected_return_shows_neither_outturn_nor_components() -> None:
    rejected = [returned("2025-01", A="1", B="2"), agreed("2025-01", decision="rejected")]
    cell = of(question(contract(), kpi(**FORMULA), *rejected))["2025-01"]
    assert (cell["basis"], cell["value"]) == ("data_not_available", None)
    assert "components" not in cell


# --- no denominator --------------------------------------------------------------------------------------------------

RED = {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("means", "status", "points", "next_points", "mark"),
    [
        (None, "information", None, "150", ["z"]),
        ("not_counted", "information", None, "150", ["z"]),
        ("met", "green", "0", "100", []),
        ("missed", "red", "150", "200", []),
    ],
)
def test_no_denominator_means_what_the_terms_say(
    means: str | None, status: str, points: str | None, next_points: str, mark: list[str]
) -> None:
    months = settled(("2025-01", RED), ("2025-02", NOTHING), ("2025-03", RED))
    asked = question(contract(), kpi(**FORMULA, no_denominator=means), *months)
    cells = of(asked)
    cell = cells["2025-02"]
    assert (cell["status"], cell["basis"], cell["value"], cell["points"]) == (status, None, None, points)
    assert cell["marks"] == mark
    assert cells["2025-03"]["points"] == next_points
    meaning = {"information": "shown, and not counted", "green": "counted as met", "red": "counted as missed"}[status]
    assert told(asked) == [f"K, Feb-25: no denominator: B is 0; {meaning}."]


def test_a_relieved_period_without_a_denominator_is_mitigated_and_costs_nothing() -> None:
    grant = fact("MitigationGranted", "2025-03-01", kpi="K", first_period="2025-02", last_period="2025-02")
    for means in ("not_counted", "met", "missed"):
        asked = question(contract(), kpi(**FORMULA, no_denominator=means), *settled(("2025-02", NOTHING)), grant)
        assert (of(asked)["2025-02"]["status"], of(asked)["2025-02"]["points"]) == ("mitigated", "0")
        assert [total.gross_points for total in abatement(asked).totals] == [0, 0, 0, 0]


def test_points_after_a_return_without_a_denominator_that_is_not_agreed_are_provisional() -> None:
    later = settled(("2025-03", RED))
    waiting = question(contract(), kpi(**FORMULA, no_denominator="not_counted"), returned("2025-02", **NOTHING), *later)
    assert [total.provisional for total in abatement(waiting).totals] == [False, False, True, False]
    counted = settled(("2025-01", {"A": "9", "B": "9"}), ("2025-02", NOTHING))
    known = question(contract(), kpi(**FORMULA, no_denominator="not_counted"), *counted, *later)
    assert [total.provisional for total in abatement(known).totals] == [False] * 4


def test_a_dispute_of_a_period_not_counted_makes_its_points_provisional() -> None:
    raised = fact("EscalationRaised", "2025-04-01", kpi="K", period="2025-02", ref="E", against="score")
    asked = question(contract(), kpi(**FORMULA), *settled(("2025-02", NOTHING)), raised)
    assert [total.provisional for total in abatement(asked).totals] == [False, True, False, False]


def test_a_status_set_by_a_dispute_outranks_a_missing_denominator() -> None:
    raised = fact("EscalationRaised", "2025-04-01", kpi="K", period="2025-02", ref="E", against="score")
    upheld = fact(
        "EscalationDecided", "2025-05-01", kpi="K", period="2025-02", ref="E", outcome="upheld", status="green", by="A"
    )
    cell = of(question(contract(), kpi(**FORMULA), *settled(("2025-02", NOTHING)), raised, upheld))["2025-02"]
    assert (cell["status"], cell["basis"], cell["value"]) == ("green", "set_by_decision", None)


# --- notes and assumptions -------------------------------------------------------------------------------------------


def test_another_outturn_stated_is_noted_on_the_cell_and_told_in_the_trail() -> None:
    stated = submitted("2025-01", "51", components=RED)
    asked = question(contract(), kpi(**FORMULA), stated, agreed("2025-01"))
    assert told(asked) == ["K, Jan-25: the outturn stated is 51, and A ÷ B × 100 comes to 50."]
    right = submitted("2025-01", "50", components=RED)
    assert told(question(contract(), kpi(**FORMULA), right, agreed("2025-01"))) == []


def test_a_difference_in_what_is_carried_over_is_noted_on_the_later_cell() -> None:
    hours = kpi(
        formula="A / F x 100",
        components={"A": "delivered", "B": "banked", "C": "carried over", "F": "commissioned"},
        carried_over={"C": "B"},
    )
    january, february = {"A": "90", "F": "100", "B": "5"}, {"A": "90", "F": "100", "C": "6"}
    asked = question(contract(), hours, *settled(("2025-01", january), ("2025-02", february)))
    assert told(asked) == [
        "K, Feb-25: C of K for February 2025 is 6, carried over from the period before, and B for January 2025 is 5."
    ]
    same = {**february, "C": "5.00"}
    assert told(question(contract(), hours, *settled(("2025-01", january), ("2025-02", same)))) == []


def assumed(*facts: Any) -> list[str]:
    found: list[str] = rag(question(*facts)).document()["assumptions"]
    return found


def test_what_no_denominator_means_is_an_assumption_where_the_terms_do_not_say() -> None:
    months = settled(("2025-01", RED))
    said = "No denominator: what it means is not said for K; such a period is shown, and not counted."
    assert assumed(contract(), kpi(**FORMULA), *months) == [said]
    assert assumed(contract(), kpi(**FORMULA, no_denominator="met"), *months) == []
    assert assumed(contract(), kpi(**{**FORMULA, "formula": "A + B"}), *months) == []
    assert assumed(contract(), kpi(**FORMULA), submitted("2025-01", "9"), agreed("2025-01")) == []


def test_a_formula_that_is_read_otherwise_than_printed_is_an_assumption() -> None:
    corrected = kpi(
        **{**FORMULA, "formula": "(A / B x 100"}, formula_read_as="A/B*100", assumptions=["One is missing."]
    )
    assert assumed(contract(), corrected) == [
        "K: One is missing.",
        "K: its formula, printed as (A / B x 100, is read as A ÷ B × 100.",
    ]


# --- trends ----------------------------------------------------------------------------------------------------------


def info(*values: str | None, more: list[Any] | None = None) -> Question:
    """Ask about an information KPI with these values from January on."""
    months = [
        each
        for number, value in enumerate(values, 1)
        if value is not None
        for each in (submitted(f"2025-{number:02d}", value), agreed(f"2025-{number:02d}"))
    ]
    return question(contract(None), kpi(weight="", information=True), *months, *(more or []))


def trends(asked: Question) -> list[str | None]:
    return [cell["trend"] for cell in of(asked).values()]


def words(asked: Question) -> list[str]:
    """Return what the people's table shows of the KPI."""
    [table] = rag(asked).tables()
    return [cell.words for cell in table.rows[0][4:]]


def test_an_information_measure_tells_its_trend_against_the_latest_value_before() -> None:
    asked = info("40", "45", None, "45")
    assert trends(asked) == [None, "up", None, "same"]
    assert words(asked) == [
        "40 Information", "45 (up from 40) Information", "Information", "45 (same as 45) Information",
    ]  # fmt: skip
    assert trends(info("40", "39.5")) == [None, "down", None, None]


def test_a_trend_looks_back_beyond_the_table() -> None:
    asked = question(
        contract(None),
        kpi(weight="", information=True),
        submitted("2025-01", "3"),
        submitted("2025-04", "2"),
        periods=1,
    )
    assert words(asked) == ["2 (down from 3) Information"]


def test_a_break_in_the_series_has_no_trend_and_a_rated_kpi_none_either() -> None:
    broken = fact("MeasureRedefined", kpi="K", first_period="2025-02", change="sampled otherwise")
    assert trends(info("40", "45", "44", more=[broken])) == [None, None, "down", None]
    assert trends(question(contract(), kpi(), submitted("2025-01", "3"), submitted("2025-02", "4"))) == [None] * 4


def test_the_trend_compares_in_full() -> None:
    below = {"A": "2" + "9" * 28, "B": "3" + "0" * 28}
    facts = [returned("2025-01", **below), returned("2025-02", A="1", B="1")]
    asked = question(contract(None), kpi(weight="", information=True, **{**FORMULA, "formula": "A/B"}), *facts)
    assert [Decimal(cell["value"]) for cell in list(of(asked).values())[:2]] == [1, 1]
    assert trends(asked)[1] == "up"


def test_trends_are_no_part_of_what_a_published_report_is_pinned_by() -> None:
    from projections.canonical import canonical

    report = fact(
        "ReportPublished", "2025-06-01", report="r", title="R", as_at="2025-05-20", first_period="2025-01",
        last_period="2025-03",
    )  # fmt: skip
    made = canonical(list(info("40", "45", "44").facts), report, 99)  # type: ignore[arg-type]
    text = in_bytes(made.content).decode()
    assert '"45 Information"' in text
    assert "trend" not in text
    assert "up from" not in text
