"""The ledger's tables equal a second, slow, obvious implementation on random histories recorded out of order.

The auditor (tests/auditor.py) was written apart, from the specification alone.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.definition import read_definition
from ledger.lines import read_lines
from ledger.recording import record
from ledger.store import Ledger
from projections.abatement import abatement
from projections.catching_up import catch_up
from projections.kept_check import check as check_kept
from projections.moment import Moment
from projections.question import Question
from projections.rag import rag
from projections.summary import summary
from tests import auditor
from tests.histories.contracts import contracts
from tests.histories.drawing import histories, questions
from tests.transcripts import TickingClock

CELL = ("status", "basis", "value", "points", "multiplier", "run", "provisional", "revised", "late", "severity")
TOTAL = ("gross_points", "relieved_points", "net_points", "service_credit", "provisional")


def as_toml(contract: dict[str, Any]) -> bytes:
    """Write a contract as its file; JSON's strings, numbers, booleans and lists are TOML's too."""

    def value(given: Any) -> str:
        if isinstance(given, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {value(each)}" for key, each in given.items()) + " }"
        if isinstance(given, list):
            return "[" + ", ".join(map(value, given)) + "]"
        return json.dumps(given)

    def table(header: str, fields: dict[str, Any]) -> str:
        return "\n".join([header, *(f"{key} = {value(each)}" for key, each in fields.items()), ""])

    parts = [table("[contract]", contract["contract"])]
    parts += [table("[scheme]", contract["scheme"])] if "scheme" in contract else []
    parts += [table("[[service]]", each) for each in contract.get("service", [])]
    parts += [table("[[kpi]]", each) for each in contract["kpi"]]
    return "\n".join(parts).encode()


def comparable(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Return the figures of an answer as text, numbers without trailing zeros."""
    return {name: _text(given[name]) for name in names}


def _text(given: Any) -> str:
    try:
        number = Decimal(str(given))
    except ArithmeticError:
        return str(given)
    return f"{number.normalize():f}" if number else "0"


def loaded(
    folder: Path, contract: dict[str, Any], batches: list[list[dict[str, Any]]]
) -> tuple[Ledger, list[datetime]]:
    """Record a contract and a history in batches; return the ledger and when each batch was taken."""
    clock = TickingClock(datetime(2026, 7, 1, 9, tzinfo=UTC))
    ledger = Ledger(folder / "ledger.db", create=True)
    record(ledger, read_definition(as_toml(contract), "contract.toml"), clock)
    taken = []
    for batch in batches:
        clock.tick()
        lines = "\n".join(map(json.dumps, batch)).encode()
        record(ledger, read_lines(lines, "facts.jsonl", Ledger.new_id), clock)
        taken.append(clock.now())
    return ledger, taken


def check(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    asked = [data.draw(questions(contract, batches)) for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        ledger, taken = loaded(Path(folder), contract, batches)
        with ledger:
            for as_at, known, last, periods in asked:
                known_at = taken[known - 1] if known else taken[0] - timedelta(seconds=1)
                _compare(ledger, contract, batches, (as_at, known_at, last, periods))
            sent_again(ledger, batches)


def _compare(ledger: Ledger, contract: dict[str, Any], batches: list[list[dict[str, Any]]], asked: Any) -> None:
    as_at, known_at, last, periods = asked
    name = contract["contract"]["id"]
    history = ledger.history(name)
    position = ledger.position_at(known_at)
    positions = {recorded.fact.id: recorded.position for recorded in history}
    facts = [{**fact, "position": positions[fact["id"]]} for batch in batches for fact in batch]
    question = Question(name, history, Moment(as_at, known_at, position), last, periods)
    shown = rag(question).document()
    rows = shown["rows"]
    _compare_carried_over(shown, auditor.carried_wrongly(contract, facts, as_at, position, last, periods))
    ours = {(row["kpi"], cell["period"]): comparable(cell, CELL) for row in rows for cell in row["cells"]}
    theirs = {
        key: comparable(cell, CELL)
        for key, cell in auditor.rag(contract, facts, as_at, position, last, periods).items()
    }
    for key, cell in theirs.items():
        if cell["status"] in ("awaiting", "submitted") and key in ours:  # of the run so far the auditor says nothing
            cell["run"] = ours[key]["run"]
    assert _differing(ours, theirs) == {}
    if "scheme" in contract:
        found = abatement(question).document()["periods"]
        totals = auditor.abatement(contract, facts, as_at, position, last, periods)
        ours = {each["period"]: comparable(each, TOTAL) for each in found}
        assert _differing(ours, {period: comparable(each, TOTAL) for period, each in totals.items()}) == {}
    services = summary(question).document()["services"]
    counted = auditor.summary(contract, facts, as_at, position, last, periods)
    ours = {
        (service["service"], each["period"]): {
            row: each[row] for row in ("green", "amber", "red", "mitigated", "total")
        }
        for service in services
        for each in service["periods"]
    }
    assert _differing(ours, {key: dict(each) for key, each in counted.items()}) == {}


def _compare_carried_over(shown: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    """Expect a note on just the cells whose carried over components differ from the period before."""
    noted = {note["n"] for note in shown["notes"] if "carried over from the period before" in note["text"]}
    found = {
        (row["kpi"], cell["period"]) for row in shown["rows"] for cell in row["cells"] if noted & set(cell["notes"])
    }
    assert found == expected


def _differing(ours: dict[Any, dict[str, Any]], theirs: dict[Any, dict[str, Any]]) -> dict[Any, Any]:
    """Return what the ledger and the auditor say of each figure on which they differ."""
    return {
        key: {name: (ours[key][name], theirs[key][name]) for name in ours[key] if ours[key][name] != theirs[key][name]}
        if key in ours and key in theirs
        else (ours.get(key), theirs.get(key))
        for key in {**ours, **theirs}
        if ours.get(key) != theirs.get(key)
    }


def sent_again(ledger: Ledger, batches: list[list[dict[str, Any]]]) -> None:
    """Every file sent a second time is passed over whole."""
    clock = TickingClock(datetime(2026, 7, 2, 9, tzinfo=UTC))
    for batch in batches:
        lines = "\n".join(map(json.dumps, batch)).encode()
        receipt = record(ledger, read_lines(lines, "facts.jsonl", Ledger.new_id), clock)
        assert (receipt.recorded, len(receipt.passed_over)) == ([], len(batch))


RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=50, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_rag_and_abatement_equal_the_auditor_on_random_histories(data: st.DataObject) -> None:
    check(data)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_rag_and_abatement_equal_the_auditor_on_a_thousand_random_histories(data: st.DataObject) -> None:
    check(data)


@settings(max_examples=10, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_kept_tables_caught_up_after_each_file_equal_those_rebuilt(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    clock = TickingClock(datetime(2026, 7, 1, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, read_definition(as_toml(contract), "contract.toml"), clock)
        for batch in batches:
            lines = "\n".join(map(json.dumps, batch)).encode()
            record(ledger, read_lines(lines, "facts.jsonl", Ledger.new_id), clock)
            catch_up(ledger, clock)
            assert check_kept(ledger, clock) == []
