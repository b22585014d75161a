"""Disputes: which are open and for how long, and what the decided ones set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from projections.cells import verdict
from projections.escalations import escalations
from projections.moment import Moment
from projections.question import Question
from projections.standing import stand
from tests.given import Given, agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from tests.conftest import Program

BEGUN = [
    contract(),
    kpi("K", "60"),
    kpi("L", "40"),
    *results(("2025-01", "70"), ("2025-02", "70")),
    *results(("2025-01", "70"), ref="L"),
]


def seen(*facts: AnyFact | list[AnyFact], as_at: str = "2025-06-30", **asked: Any) -> list[dict[str, Any]]:
    """Return the escalations of a history as JSON; by default as at 30 June 2025."""
    history = recorded(Given(*facts).facts)
    moment = Moment(date.fromisoformat(as_at), datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    view = escalations(Question("c", history, moment, **asked))
    (table,) = view.tables()
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert any("holidays" in text for _, text in table.notes) is bool(table.rows)
    return view.document()["escalations"]


def raised(ref: str, dated: str, of: str = "K", period: str = "2025-01", **fields: Any) -> AnyFact:
    return fact("EscalationRaised", dated, ref=ref, kpi=of, period=period, **{"against": "score", **fields})


def decided(ref: str, dated: str, outcome: str = "dismissed", of: str = "K", **fields: Any) -> AnyFact:
    return fact("EscalationDecided", dated, ref=ref, kpi=of, **{"period": "2025-01", "outcome": outcome, **fields})


def test_an_open_dispute_has_been_open_to_the_date_it_is_asked_at() -> None:
    (found,) = seen(BEGUN, raised("E", "2025-06-02", id="up", reason="Miscounted."))
    assert found == {
        "ref": "E",
        "against": "score",
        "raised_on": "2025-06-02",
        "by": "P",
        "reason": "Miscounted.",
        "open": True,
        "days_open": 28,
        "working_days_open": 20,
        "cells": [
            {
                "kpi": "K",
                "period": "2025-01",
                "outcome": None,
                "decided_on": None,
                "value": None,
                "status": None,
                "facts": ["up"],
            }
        ],
    }


def test_a_decided_dispute_was_open_to_its_decision_and_says_what_it_set() -> None:
    out = decided("E", "2025-06-13", "upheld", value="91.50", id="out")
    (found,) = seen(BEGUN, raised("E", "2025-06-02", id="up"), out)
    assert (found["open"], found["days_open"], found["working_days_open"]) == (False, 11, 9)
    (cell,) = found["cells"]
    assert (cell["outcome"], cell["decided_on"]) == ("upheld", "2025-06-13")
    assert (cell["value"], cell["status"], cell["facts"]) == ("91.50", None, ["up", "out"])


@pytest.mark.parametrize(
    ("against", "outcome", "value", "status"),
    [
        ("score", {"outcome": "upheld", "status": "green"}, None, "green"),
        ("score", {"outcome": "dismissed"}, None, None),
        ("mitigation", {"outcome": "upheld"}, None, "mitigated"),
        ("mitigation", {"outcome": "upheld", "value": "85"}, "85", "mitigated"),
        ("mitigation", {"outcome": "upheld_in_part"}, None, "mitigated"),
        ("mitigation", {"outcome": "upheld_in_part", "value": "85"}, "85", None),
        ("mitigation", {"outcome": "upheld_in_part", "status": "amber"}, None, "amber"),
        ("mitigation", {"outcome": "withdrawn"}, None, None),
    ],
)
def test_what_an_outcome_sets_is_what_the_rules_make_of_it(
    against: str, outcome: dict[str, str], value: str | None, status: str | None
) -> None:
    history = [*BEGUN, raised("E", "2025-06-02", against=against), decided("E", "2025-06-13", **outcome)]
    ((found,),) = (each["cells"] for each in seen(history))
    assert (found["value"], found["status"]) == (value, status)
    standing = stand(recorded(history))
    assert standing is not None
    cell = verdict(standing, standing.kpis["K"], "2025-01")
    assert status is None or cell.status == status
    assert f"{cell.value:f}" == value or value is None


def test_a_reference_over_several_cells_is_one_row_open_until_the_last_is_decided() -> None:
    history = [*BEGUN, raised("E", "2025-06-02"), raised("E", "2025-06-04", period="2025-02")]
    history += [raised("E", "2025-06-03", of="L"), decided("E", "2025-06-10"), decided("E", "2025-06-11", of="L")]
    (found,) = seen(history)
    cells = [(cell["kpi"], cell["period"], cell["outcome"]) for cell in found["cells"]]
    assert cells == [("K", "2025-01", "dismissed"), ("K", "2025-02", None), ("L", "2025-01", "dismissed")]
    assert (found["open"], found["raised_on"], found["days_open"]) == (True, "2025-06-02", 28)
    (found,) = seen(history, decided("E", "2025-06-12", period="2025-02"))
    assert (found["open"], found["days_open"], found["reason"]) == (False, 10, "as agreed")


def test_open_ones_come_first_and_of_each_the_oldest_first() -> None:
    found = seen(
        BEGUN,
        raised("DONE-LATE", "2025-06-05"),
        raised("OPEN-LATE", "2025-06-06"),
        raised("DONE-EARLY", "2025-06-02"),
        raised("OPEN-EARLY", "2025-06-03"),
        decided("DONE-LATE", "2025-06-10"),
        decided("DONE-EARLY", "2025-06-10"),
    )
    assert [each["ref"] for each in found] == ["OPEN-EARLY", "OPEN-LATE", "DONE-EARLY", "DONE-LATE"]


def test_a_decided_dispute_is_shown_where_it_covers_a_period_shown_and_an_open_one_always() -> None:
    history = [*BEGUN, *results(("2025-08", "91")), raised("DONE", "2025-06-02"), raised("OPEN", "2025-06-02")]
    history.append(decided("DONE", "2025-06-10"))

    def shown(**asked: Any) -> list[str]:
        return [each["ref"] for each in seen(history, as_at="2025-12-01", **asked)]

    assert shown(count=7) == ["OPEN"]
    assert shown(count=8) == ["OPEN", "DONE"]
    assert shown(last="2025-03", count=2) == ["OPEN"]


def test_a_quarter_covers_each_of_its_months() -> None:
    quarter = [contract(), kpi(frequency="quarterly"), submitted("2025-01", "70", dated="2025-04-05")]
    quarter += [agreed("2025-01", dated="2025-04-20"), raised("E", "2025-06-02"), decided("E", "2025-06-10")]
    assert [each["ref"] for each in seen(quarter, last="2025-03", count=1)] == ["E"]
    assert seen(quarter, last="2025-04", count=1) == []


def test_a_void_escalation_is_gone_and_a_void_decision_leaves_it_open() -> None:
    history = [*BEGUN, raised("E", "2025-06-02", id="up"), decided("E", "2025-06-10", id="out")]
    assert [each["open"] for each in seen(history)] == [False]
    history.append(fact("FactVoided", "2025-06-11", voids="out"))
    assert [each["open"] for each in seen(history)] == [True]
    assert seen(history, fact("FactVoided", "2025-06-12", voids="up")) == []


@pytest.mark.parametrize(("as_at", "found"), [("2025-06-01", []), ("2025-06-02", [True]), ("2025-06-10", [False])])
def test_a_dispute_is_there_from_the_day_it_is_raised(as_at: str, found: list[bool]) -> None:
    history = [*BEGUN, raised("E", "2025-06-02"), decided("E", "2025-06-10")]
    assert [each["open"] for each in seen(history, as_at=as_at)] == found


def test_the_sample_had_four_disputes_open_in_october_and_two_decided(sample: Program) -> None:
    document = sample.json("escalations", "lincolnshire-css", "--as-at", "2017-10-26")
    found = [(each["ref"], each["open"], each["days_open"]) for each in document["escalations"]]
    assert found == [
        ("ESC-2017-03", True, 20),
        ("ESC-2017-04", True, 20),
        ("ESC-2017-05", True, 20),
        ("ESC-2017-06", True, 20),
        ("ESC-2017-01", False, 45),
        ("ESC-2017-02", False, 45),
    ]
    assert document["escalations"][4]["cells"][0]["value"] == "1.00"
