"""Points of one KPI equal the auditor's on short histories drawn to fill windows: failures, relief, gaps, lateness.

Those of test_auditor are broad; here every period has something that a ratchet, a severity or relief may see.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.definition import read_definition
from ledger.facts import any_fact
from ledger.recorded import Recorded
from projections.abatement import abatement
from projections.moment import Moment
from projections.movement import Walker, seen
from projections.question import Question
from projections.rag import rag
from tests import auditor
from tests.histories.contracts import draw_scheme, draw_severities, draw_targets, name, ratchets
from tests.test_auditor import CELL, RELAXED, TOTAL, as_toml, comparable

FIRST, PERIODS = 2025 * 12, 10
TAKEN = datetime(2026, 7, 1, 9, tzinfo=UTC)
EVENTS = ["value", "value", "value", "value", "relieved", "relieved", "awaiting", "submitted", "rejected", "status"]


@st.composite
def stories(draw: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a contract of one KPI, and its facts in order."""
    scheme = {**draw_scheme(draw), "ratchets": draw(st.lists(ratchets(), max_size=2))}
    scheme.pop("percent_of_charge_per_point", None)
    held = FIRST + draw(st.integers(0, 2))
    better = draw(st.sampled_from(["higher", "lower"]))
    kpi = {
        "ref": "K",
        "service": "S",
        "title": "Measure",
        "unit": "percent",
        "better": better,
        "first_period": name(FIRST),
    }
    if draw(st.booleans()):
        kpi["severities"] = [{"from": name(FIRST), **draw_severities(draw, better)}]
        del scheme["pool"], scheme["shares"]
    else:
        kpi["targets"] = [{"from": name(FIRST), **draw_targets(draw, better)}]
        kpi["weights"] = [{"from": name(FIRST), "points": scheme["pool"]}]
    if held > FIRST and draw(st.booleans()):
        kpi["opening_run"] = draw(st.integers(0, 3))
    parties = [
        {"code": "A", "name": "Authority", "role": "authority"},
        {"code": "P", "name": "Provider", "role": "provider"},
    ]
    contract = {
        "contract": {
            "id": "c", "title": "C", "commenced": name(FIRST), "held_from": name(held), "dated": "2025-01-01",
            "frequency": "monthly", "parties": parties,
        },
        "scheme": scheme,
        "service": [{"code": "S", "title": "S"}],
        "kpi": [kpi],
    }  # fmt: skip
    facts = [fact for at in range(held, FIRST + PERIODS) for fact in _period(draw, at)]
    if draw(st.integers(1, 4)) == 1 and (returns := [f for f in facts if f["fact"] == "PerformanceScrutinised"]):
        facts.append(_fact("FactVoided", FIRST + PERIODS, 28, "A", voids=draw(st.sampled_from(returns))["id"]))
        facts[-1].pop("kpi")
    return contract, facts


def _fact(kind: str, at: int, day: int, by: str, **fields: Any) -> dict[str, Any]:
    dated = date((at + 1) // 12, (at + 1) % 12 + 1, 1) + timedelta(days=day)
    own = {"fact": kind, "contract": "c", "dated": dated.isoformat(), "by": by, "kpi": "K", **fields}
    if kind not in ("PerformanceSubmitted", "PerformanceScrutinised"):
        own["reason"] = "As agreed"
    return {"id": f"{kind}-{at}", **own}


def _period(draw: Any, at: int) -> list[dict[str, Any]]:
    """Return what happens of a period; what is relieved may have a result of any kind, or none."""
    event = draw(st.sampled_from(EVENTS))
    found = []
    if event == "relieved":
        granted = {"first_period": name(at), "last_period": name(at)}
        found.append(_fact("MitigationGranted", at, 27, "A", **granted))
        event = draw(st.sampled_from(EVENTS[:4] + EVENTS[6:]))
    if event == "awaiting":
        return found
    result = {"value": str(draw(st.integers(0, 20)) * 5)}
    if event == "status":
        result = {"status": draw(st.sampled_from(["green", "amber", "red"]))}
    found.append(_fact("PerformanceSubmitted", at, draw(st.integers(0, 20)), "P", period=name(at), **result))
    if event != "submitted":
        decision = "rejected" if event == "rejected" else "agreed"
        found.append(_fact("PerformanceScrutinised", at, 24, "A", period=name(at), decision=decision))
    return found


def history_of(contract: dict[str, Any], facts: list[dict[str, Any]]) -> list[Recorded]:
    reading = read_definition(as_toml(contract), "contract.toml")
    assert reading.faults == []
    known = [each.fact for each in reading.proposed] + [
        any_fact.validate_python(json.loads(json.dumps(f))) for f in facts
    ]
    return [Recorded(position, position, TAKEN, "tester", each) for position, each in enumerate(known, 1)]


@settings(max_examples=250, deadline=None, suppress_health_check=RELAXED)
@given(stories())
def test_points_equal_the_auditor_where_every_period_has_something(
    story: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    contract, facts = story
    history = history_of(contract, facts)
    last, as_at = name(FIRST + PERIODS - 1), date(2026, 1, 31)
    question = Question("c", history, Moment(as_at, TAKEN, len(history)), last, PERIODS)
    told = [{**fact, "position": place} for place, fact in enumerate(facts, len(history) - len(facts) + 1)]
    asked = (contract, told, as_at, len(history), last, PERIODS)
    cells = {cell["period"]: comparable(cell, CELL) for cell in rag(question).document()["rows"][0]["cells"]}
    for (_, period), cell in auditor.rag(*asked).items():
        theirs = comparable(cell, CELL)
        if cell["status"] in ("awaiting", "submitted"):
            theirs["run"] = cells[period]["run"]
        assert cells[period] == theirs, period
    totals = {each["period"]: comparable(each, TOTAL) for each in abatement(question).document()["periods"]}
    assert totals == {period: comparable(each, TOTAL) for period, each in auditor.abatement(*asked).items()}


@settings(max_examples=100, deadline=None, suppress_health_check=RELAXED)
@given(stories(), st.randoms(use_true_random=False))
def test_a_walk_that_takes_facts_one_by_one_in_any_order_ends_where_one_that_begins_with_all_does(
    story: tuple[dict[str, Any], list[dict[str, Any]]], random: Any
) -> None:
    contract, facts = story
    history = history_of(contract, facts)
    terms, later = history[: -len(facts) or None], history[len(history) - len(facts) :]
    random.shuffle(later)
    walker = Walker("K", terms, name(FIRST + PERIODS - 1))
    for each in later:
        was = {period: seen(cell) for period, cell in walker.cells.items()}
        moved = walker.change(each)
        now = {period: seen(cell) for period, cell in walker.cells.items()}
        assert {period for period in now if was.get(period) != now[period]} <= set(moved)
    whole = Walker("K", history, name(FIRST + PERIODS - 1))
    assert walker.cells == whole.cells
