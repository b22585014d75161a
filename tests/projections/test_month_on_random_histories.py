"""A month's rows and counts equal a slow recount from the raw facts, on random histories recorded out of order."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.escalations import escalations
from projections.moment import Moment
from projections.month import month
from projections.question import Question
from tests import auditor
from tests.histories.contracts import contracts
from tests.histories.drawing import histories, questions
from tests.test_auditor import RELAXED, loaded

UPHELD = ("upheld", "upheld_in_part")


def recount(
    contract: dict[str, Any], facts: list[dict[str, Any]], asked: tuple[Any, ...]
) -> dict[Any, tuple[str, Any]]:
    """Return the stage of every KPI's period that is over, and what it waits for, by (reference, period)."""
    as_at, position, last, periods = asked
    first_month, last_month = auditor.window(contract, last, periods)
    cells = auditor.all_cells(contract, facts, as_at, position, first_month - 12, last_month)
    seen = auditor.known(facts, as_at, position)
    lengths = {kpi["ref"]: auditor.kpi_length(contract, kpi) for kpi in auditor.all_kpis(contract, seen)}
    found = {}
    for (ref, period), cell in cells.items():
        after = auditor.month(period) + lengths[ref]
        over = date(after // 12, after % 12 + 1, 1) <= as_at
        if not over or not first_month <= after - 1 <= last_month or cell["status"] in auditor.OUT_OF_USE:
            continue
        told = [fact for fact in seen if fact.get("kpi") == ref and fact.get("period") == period]
        found[ref, period] = stage(cell["status"], told)
    return found


def stage(status: str, told: list[dict[str, Any]]) -> tuple[str, Any]:
    returns = [place for place, fact in enumerate(told) if fact["fact"] == "PerformanceSubmitted"]
    words = [place for place, fact in enumerate(told) if fact["fact"] == "PerformanceScrutinised"]
    settled = any(fact.get("decision") in ("agreed", "amended") for fact in told) or any(
        fact.get("outcome") in UPHELD and ("value" in fact or "status" in fact) for fact in told
    )
    pending = bool(returns) and (not words or words[-1] < returns[-1])
    if status in auditor.RELIEVED:
        counted = "relieved"
    elif status in auditor.WAITING:
        counted = status
    elif settled:
        counted = "agreed"
    elif words:
        counted = "rejected"
    else:
        counted = "submitted" if returns else "awaiting"
    if counted == "awaiting":
        return counted, "awaiting"
    if pending and (counted == "submitted" or not settled):
        return counted, "returned_again" if words else "submitted"
    return counted, None


@settings(max_examples=50, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_the_month_equals_a_recount_from_the_raw_facts(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    as_at, known, last, periods = data.draw(questions(contract, batches))
    name = contract["contract"]["id"]
    with tempfile.TemporaryDirectory() as folder:
        ledger, taken = loaded(Path(folder), contract, batches)
        with ledger:
            history = ledger.history(name)
            known_at = taken[known - 1] if known else taken[0] - timedelta(seconds=1)
            position = ledger.position_at(known_at)
    positions = {recorded.fact.id: recorded.position for recorded in history}
    facts = [{**fact, "position": positions[fact["id"]]} for batch in batches for fact in batch]
    question = Question(name, history, Moment(as_at, known_at, position), last, periods)

    document = month(question).document()
    shown = recount(contract, facts, (as_at, position, last, periods))
    ours = {(each["kpi"], each["period"]): each["state"] for each in document["outstanding"]}
    assert ours == {key: waits for key, (_, waits) in shown.items() if waits}
    counts = document["services"][-1]
    theirs = Counter(counted for counted, _ in recount(contract, facts, (as_at, position, last, 1)).values())
    assert (
        Counter({each: counts[each] for each in ("awaiting", "submitted", "agreed", "rejected", "relieved")}) == theirs
    )
    assert counts["due"] == theirs.total()

    seen = auditor.known(facts, as_at, position)
    decided = {(fact["ref"], fact["kpi"], fact["period"]) for fact in auditor.of_kind(seen, "EscalationDecided")}
    raised = {(fact["ref"], fact["kpi"], fact["period"]) for fact in auditor.of_kind(seen, "EscalationRaised")}
    disputes = escalations(question).document()["escalations"]
    undecided = {
        (each["ref"], cell["kpi"], cell["period"]) for each in disputes for cell in each["cells"] if not cell["outcome"]
    }
    assert undecided == raised - decided
