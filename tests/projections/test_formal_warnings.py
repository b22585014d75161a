"""When a plan is due after a formal warning: as at every day around the deadline, over Easter and Christmas."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.parts import Management
from ledger.plans import managed
from projections.formal_warnings import Clock, clocks
from tests.ledger.test_plan_facts import agreed, proposed, received, warned

TEN = Management(plan_due_working_days=10)
ROLES: Any = {"A": "authority", "P": "provider"}
HOLIDAYS = {
    date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 5), date(2025, 5, 26), date(2025, 12, 25), date(2025, 12, 26),
    date(2026, 1, 1),
}  # fmt: skip
FACTS = {
    "Easter": "2025-04-09",
    "May": "2025-04-29",
    "Christmas": "2025-12-18",
    "New Year": "2025-12-24",
    "a Sunday": "2025-06-15",
}
DUE = {
    "Easter": "2025-04-25",
    "May": "2025-05-14",
    "Christmas": "2026-01-06",
    "New Year": "2026-01-12",
    "a Sunday": "2025-06-27",
}


def counted(first: date, working_days: int) -> date:
    """Count day by day, by the bank holidays as they are printed on gov.uk."""
    day = first
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5 and day not in HOLIDAYS
    return day


def clock(*facts: Any, terms: Management | None = TEN) -> Clock:
    (found,) = clocks(managed(facts), terms, ROLES)
    return found


def warning(on: str) -> list[Any]:
    return [warned(on), received(on, on)]


@pytest.mark.parametrize("when", FACTS)
def test_a_plan_is_due_ten_working_days_after_receipt_and_the_day_itself_is_in_time(when: str) -> None:
    found = clock(*warning(FACTS[when]))
    assert found.due_on == counted(date.fromisoformat(FACTS[when]), 10) == date.fromisoformat(DUE[when])
    for back in range(-15, 16):
        as_at = found.due_on + timedelta(days=back)
        assert found.state(as_at) == ("due" if back <= 0 else "missed"), as_at


@pytest.mark.parametrize("when", FACTS)
def test_a_plan_agreed_by_both_by_then_meets_it_and_one_agreed_later_never_does(when: str) -> None:
    on = FACTS[when]
    due = date.fromisoformat(DUE[when])
    far = due + timedelta(days=400)
    plan = proposed(on, warning="W")
    for back in range(-5, 6):
        day = (due + timedelta(days=back)).isoformat()
        found = clock(*warning(on), plan, agreed("P", on), agreed("A", day))
        assert found.state(far) == ("met" if back <= 0 else "missed"), day
        assert found.agreed_on == date.fromisoformat(day)
        assert found.plans == ("AP",)


def test_one_side_alone_agrees_nothing_and_a_new_proposal_is_agreed_anew() -> None:
    one = clock(*warning("2025-04-09"), proposed("2025-04-10", warning="W"), agreed("P", "2025-04-11"))
    assert one.agreed_on is None
    again = clock(
        *warning("2025-04-09"),
        proposed("2025-04-10", warning="W"),
        agreed("P", "2025-04-11"),
        proposed("2025-04-12", by="A", warning="W"),
        agreed("A", "2025-04-12"),
    )
    assert again.agreed_on is None


def test_a_plan_answers_a_warning_it_names_or_one_issued_before_it_for_each_kpi() -> None:
    both = [warned("2025-04-09", kpis=["K", "L"]), received("2025-04-09", "2025-04-09")]
    before = [proposed("2025-04-08", kpis=["K", "L"]), agreed("P", "2025-04-10"), agreed("A", "2025-04-10")]
    assert clock(before[0], *both, *before[1:]).agreed_on is None
    half = [proposed("2025-04-10"), agreed("P", "2025-04-10"), agreed("A", "2025-04-10")]
    assert clock(*both, *half).agreed_on is None
    other = [
        proposed("2025-04-11", plan="BP", kpis=["L"]),
        agreed("P", "2025-04-14", plan="BP"),
        agreed("A", "2025-04-15", plan="BP"),
    ]
    whole = clock(*both, *half, *other)
    assert (whole.agreed_on, whole.plans) == (date(2025, 4, 15), ("AP", "BP"))
    elsewhere = [each.model_copy(update={"warning": "V"}) if hasattr(each, "warning") else each for each in half]
    assert clock(*both, *elsewhere, *other).agreed_on is None


def test_no_time_runs_without_a_receipt_a_term_or_a_plan_required_and_a_withdrawn_warning_asks_for_nothing() -> None:
    day = date(2026, 1, 1)
    assert clock(warned()).state(day) == "not_received"
    assert clock(*warning("2025-04-09"), terms=None).state(day) == "no_time_set"
    assert clock(warned(plan_required=False), received("2025-05-02")).state(day) == "no_plan_required"
    from tests.given import fact

    gone = fact("WarningWithdrawn", "2025-05-10", warning="W")
    assert clock(*warning("2025-04-09"), gone).state(day) == "withdrawn"
    early = [proposed("2025-05-01"), agreed("P"), agreed("A")]
    assert clock(warned(), *early).state(day) == "met"


def test_the_later_word_on_a_receipt_stands() -> None:
    found = clock(warned("2025-04-01"), received("2025-04-09", "2025-04-10"), received("2025-04-10", "2025-04-11"))
    assert found.due_on == counted(date(2025, 4, 10), 10)
