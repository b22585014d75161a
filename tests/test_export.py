"""Whatever was recorded comes out as lines that make the same tables in an empty ledger."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts import as_given
from ledger.lines import read_lines
from ledger.recording import record
from ledger.store import Ledger
from projections.abatement import abatement
from projections.diff import diff
from projections.moment import Moment
from projections.question import Question
from projections.rag import rag
from projections.summary import summary
from projections.trail import trail
from tests.histories.contracts import HORIZON, contracts
from tests.histories.drawing import histories, questions
from tests.test_auditor import RELAXED, loaded
from tests.transcripts import TickingClock

OF_THE_LEDGER = ("position", "recorded_at", "known_at")


def comparable(document: Any) -> Any:
    """Return a view's JSON without what the ledger alone sets, in notes the day on which it took a fact included."""
    if isinstance(document, str):
        return re.sub(r" \(taken on [^)]*\)", "", document)
    if isinstance(document, list):
        return [comparable(each) for each in document]
    if not isinstance(document, dict):
        return document
    return {name: comparable(value) for name, value in document.items() if name not in OF_THE_LEDGER}


def answers(ledger: Ledger, contract: str, asked: list[tuple[Any, int, str, int]]) -> list[Any]:
    """Return every view's JSON for each question."""
    history, head = ledger.history(contract), ledger.head()
    last = Question(contract, history, Moment(HORIZON, history[-1].recorded_at, head))
    found = []
    for as_at, _, period, periods in asked:
        question = Question(contract, history, Moment(as_at, history[-1].recorded_at, head), period, periods)
        views = [rag(question), summary(question), abatement(question), diff(question, last, whole=True)]
        views += [trail(question, ref, None) for ref in question.standing.kpis]
        found += [comparable(view.document()) for view in views]
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_facts_that_come_out_make_the_same_tables_in_an_empty_ledger(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    asked = [data.draw(questions(contract, batches)) for _ in range(2)]
    name = contract["contract"]["id"]
    with tempfile.TemporaryDirectory() as folder:
        ledger, _ = loaded(Path(folder), contract, batches)
        with ledger:
            lines = [json.dumps(as_given(recorded.fact)) for recorded in ledger.since(0)]
            before = answers(ledger, name, asked)
        with Ledger(Path(folder) / "other.db", create=True) as other:
            clock = TickingClock(datetime(2026, 8, 1, tzinfo=UTC))
            record(other, read_lines("\n".join(lines).encode(), "export.jsonl", Ledger.new_id), clock)
            assert [json.dumps(as_given(recorded.fact)) for recorded in other.since(0)] == lines
            assert answers(other, name, asked) == before
