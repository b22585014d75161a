"""An honest ledger raises no alarm: after any history, erasures among it, it extends every head it ever had."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.definition import read_definition
from ledger.heads import head_of
from ledger.lines import read_lines
from ledger.recording import record
from ledger.sealing import erasable_texts
from ledger.store import Ledger
from ledger.verify import verify
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import as_toml
from tests.transcripts import TickingClock


def erasure(data: st.DataObject, ledger: Ledger, contract: str, authority: str) -> dict[str, object] | None:
    """Draw the erasure of some texts that are still there."""
    texts = [
        (recorded.fact.id, name)
        for recorded in ledger.history(contract)
        for name in erasable_texts(recorded.fact)
        if name not in recorded.erased
    ]
    chosen = data.draw(st.lists(st.sampled_from(texts), unique=True, max_size=3)) if texts else []
    if not chosen:
        return None
    erases = [{"id": fact, "fields": [name]} for fact, name in chosen]
    return {
        "fact": "TextErased",
        "contract": contract,
        "dated": "2026-06-30",
        "by": authority,
        "erases": erases,
        "reason": "Asked for.",
    }


def check(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    name = contract["contract"]["id"]
    authority = next(party["code"] for party in contract["contract"]["parties"] if party["role"] == "authority")
    clock = TickingClock(datetime(2026, 7, 1, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, read_definition(as_toml(contract), "contract.toml"), clock)
        heads = [head_of(ledger.leaves())]
        for batch in batches:
            for facts in (batch, [erasing] if (erasing := erasure(data, ledger, name, authority)) else []):
                clock.tick()
                record(
                    ledger, read_lines("\n".join(map(json.dumps, facts)).encode(), "facts.jsonl", Ledger.new_id), clock
                )
                heads.append(head_of(ledger.leaves()))
        assert verify(ledger, heads, deep=True).problems == []
        assert [ledger.root_at(head.size) for head in heads] == [head.root for head in heads]


@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_alarm_is_raised(data: st.DataObject) -> None:
    check(data)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_alarm_is_raised_on_a_thousand_histories(data: st.DataObject) -> None:
    check(data)
