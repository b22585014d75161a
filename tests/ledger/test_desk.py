"""A desk that has long been open answers, and takes, what a new one would: on random histories, and one at a time."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import desk as desk_module
from ledger import sqlite_recorder
from ledger.definition import read_definition
from ledger.desk import Desk
from ledger.faults import BadInput, LedgerUnusable
from ledger.held import Held
from ledger.judgement import Judgement, Proposed, Reading
from ledger.lines import read_lines
from ledger.location import place_of
from ledger.recording import record
from ledger.state import as_bytes
from ledger.store import Ledger
from ledger.timeline import judge
from ledger.verify import verify
from tests.given import contract, fact, kpi, submitted
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import RELAXED, as_toml
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.facts import AnyFact
    from ledger.recorded import Recorded

CHECKS = b"""
[checks]
second_person = ["rebases", "voids"]
own_scrutiny = false
enforcement = "warn"
"""
START = datetime(2026, 7, 1, 9, tzinfo=UTC)


def reading(*lines: dict[str, Any]) -> Reading:
    return read_lines("\n".join(map(json.dumps, lines)).encode(), "facts.jsonl", Ledger.new_id)


def answer(desk: Desk, given_: Reading) -> Any:
    """Return what a desk says of facts: those taken, passed over and odd, with what was there before, or the faults."""
    try:
        receipt = desk.record(given_)
    except BadInput as bad:
        return bad.faults
    before = {name: [(each.position, each.fact) for each in history] for name, history in receipt.before.items()}
    recorded = [(each.position, each.version, each.recorded_at, each.fact) for each in receipt.recorded]
    return before, recorded, receipt.passed_over, receipt.warnings


def spoilt(draw: Any, line: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a line that may be impossible, odd or out of date order where the drawn history's own is not."""
    other = {**line, "id": f"{line['id']}-{number}"}
    change = draw(st.sampled_from(["again", "early", "late", "unknown", "party"]))
    if change == "early":
        other["dated"] = "2016-01-01"
    elif change == "late":
        other["dated"] = draw(st.sampled_from(["2026-06-30", "2030-01-01"]))
    elif change == "unknown" and "kpi" in other:
        other["kpi"] = "NONE"
    elif change == "party":
        other["by"] = "NOBODY"
    return other


@settings(max_examples=10, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_facts_recorded_one_by_one_at_an_open_desk_are_answered_as_at_a_new_one(data: st.DataObject) -> None:
    terms = data.draw(contracts())
    lines = [line for batch in data.draw(histories(terms)) for line in batch]
    definition = as_toml(terms) + (CHECKS if data.draw(st.booleans()) else b"")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk_module, "_MOST_FOLLOWED", data.draw(st.sampled_from([0, 10_000])))
        clock = TickingClock(START)
        warm = Ledger(Path(folder) / "warm.db", create=True)
        cold = Ledger(Path(folder) / "cold.db", create=True)
        other = Ledger(Path(folder) / "warm.db")
        with warm, cold, other:
            desk = Desk(warm, clock)
            for ledger in (warm, cold):
                record(ledger, read_definition(definition, "contract.toml"), clock)
            name = terms["contract"]["id"]
            held = Held(cold.history(name))
            for number, line in enumerate(lines):
                clock.tick()
                for asked in [spoilt(data.draw, line, number)] * data.draw(st.integers(0, 1)) + [line]:
                    proposed = reading(asked).proposed
                    whole = judge(cold.history(name), proposed, clock.today())
                    assert held.judge(proposed, clock.today()) == whole
                    ours = desk
                    if data.draw(st.integers(0, 3)) == 0:
                        ours = Desk(other, clock)  # another writer, whom the desk has to follow
                    assert answer(ours, reading(asked)) == answer(Desk(cold, clock), reading(asked))
                    for each in cold.history(name)[len(held.history) :]:
                        held.take(each)
            assert [each.fact for each in warm.since(0)] == [each.fact for each in cold.since(0)]
            assert verify(warm).problems == verify(cold).problems == []


def judgements(facts: list[AnyFact]) -> tuple[Judgement, Judgement]:
    """Return how the last of some facts is judged by a holder that has seen the others come, and with the whole."""
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, Reading([Proposed(each) for each in facts[:2]]), TickingClock())
        held = Held(ledger.history("c"))
        for each in facts[2:-1]:
            held.judge([Proposed(each)], TickingClock().today())
            (taken,) = record(ledger, Reading([Proposed(each)]), TickingClock()).recorded
            held.take(taken)
        proposed = [Proposed(facts[-1], "line 1")]
        today = TickingClock().today()
        return held.judge(proposed, today), judge(ledger.history("c"), proposed, today)


SCRUTINY = {"kpi": "K", "period": "2025-01", "decision": "agreed"}


@pytest.mark.parametrize(
    "facts",
    [
        [submitted("2025-01", "95", id="r"), fact("PerformanceScrutinised", **SCRUTINY)],
        [submitted("2025-01", "0.95", id="r")],
        [submitted("2025-01", "95", id="r"), submitted("2025-01", "96")],
        [
            submitted("2025-01", "95", id="r"),
            fact("FactVoided", by="P", voids="r"),
            fact("PerformanceScrutinised", **SCRUTINY),
        ],
        [
            submitted("2025-01", "95", id="r"),
            fact("PerformanceScrutinised", "2025-06-02", id="s", **SCRUTINY),
            fact("FactVoided", "2025-06-03", voids="s"),
            fact("PerformanceScrutinised", "2025-06-04", **SCRUTINY),
        ],
        [
            submitted("2025-01", "95", id="r"),
            fact("HistoryNotHeld", first_period="2025-01", last_period="2025-02"),
            fact("PerformanceScrutinised", **SCRUTINY),
        ],
        [
            submitted("2025-01", "95", id="r"),
            fact("MitigationGranted", kpi="K", first_period="2025-01", until_milestone="M"),
            fact("MilestoneReached", milestone="M", reached_on="2025-05-01"),
        ],
    ],
)
def test_a_fact_is_judged_by_a_holder_as_on_the_whole_timeline(facts: list[AnyFact]) -> None:
    held, whole = judgements([contract(), kpi(), *facts])
    assert held == whole


def test_facts_dated_before_the_end_of_their_walk_are_judged_on_all_of_it() -> None:
    late = fact("PerformanceScrutinised", "2025-06-05", **SCRUTINY)
    held, whole = judgements([contract(), kpi(), submitted("2025-01", "95", dated="2025-06-10", id="r"), late])
    assert held == whole
    assert "there is no return" in held.faults[0].sentence


def test_a_desk_does_not_record_once_another_program_has_taken_a_guard_away(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db", create=True) as ledger:
        desk = Desk(ledger, TickingClock())
        for each in (contract(), kpi(), submitted("2025-01", "95")):
            desk.record(Reading([Proposed(each)]))
        tampering = sqlite3.connect(tmp_path / "ledger.db")
        tampering.execute("DROP TRIGGER facts_no_update")
        tampering.close()
        with pytest.raises(LedgerUnusable, match="facts_no_update no longer guards"):
            desk.record(Reading([Proposed(submitted("2025-02", "95"))]))


def test_an_open_desk_knows_the_ids_of_what_is_recorded(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db", create=True) as ledger:
        desk = Desk(ledger, TickingClock())
        returned = submitted("2025-01", "95", id="r")
        for each in (contract(), kpi(), returned):
            desk.record(Reading([Proposed(each)]))
        assert desk.record(Reading([Proposed(returned)])).passed_over == ["r"]
        with pytest.raises(BadInput, match='"r" is already the id of another PerformanceSubmitted'):
            desk.record(Reading([Proposed(submitted("2025-02", "95", id="r"))]))
        desk.record(Reading([Proposed(submitted("2025-02", "95", id="s"))]))
        assert [each.fact.id for each in ledger.since(2)] == ["r", "s"]
        assert verify(ledger).problems == []


def test_a_desk_reads_anew_what_another_has_erased(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db", create=True) as ledger, Ledger(tmp_path / "ledger.db") as other:
        desk = Desk(ledger, TickingClock())
        returned = submitted("2025-01", "95", id="r", source="A private letter")
        for each in (contract(), kpi(), returned):
            desk.record(Reading([Proposed(each)]))
        erasure = fact("TextErased", erases=[{"id": "r", "fields": ["source"]}])
        record(other, Reading([Proposed(erasure)]), TickingClock())
        receipt = desk.record(Reading([Proposed(submitted("2025-02", "95"))]))
        assert receipt.before["c"][2].fact.source == "[erased]"
        assert receipt.before["c"][2].erased == ("source",)


class _LettingIn(TickingClock):
    """A clock that, the first time it is asked the instant, lets another in: when all is judged and nothing taken."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], None]] = []

    def now(self) -> datetime:
        if self.others:
            self.others.pop()()
        return super().now()


def test_a_desk_that_judges_keeps_others_from_recording_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path, create=True) as ledger, Ledger(path, wait_seconds=1) as other:
        clock = _LettingIn()
        desk = Desk(ledger, clock)
        for each in (contract(), kpi(), submitted("2025-01", "95", id="r")):
            desk.record(Reading([Proposed(each)]))
        theirs = Reading([Proposed(fact("PerformanceScrutinised", id="theirs", **SCRUTINY), "line 1")])

        def refused() -> None:
            with pytest.raises(LedgerUnusable, match="locked by another program"):
                record(other, theirs, TickingClock())

        clock.others.append(refused)
        desk.record(Reading([Proposed(fact("PerformanceScrutinised", id="ours", **SCRUTINY))]))
        assert clock.others == []
        with pytest.raises(BadInput, match="already agreed"):
            record(other, theirs, TickingClock())
        assert [each.fact.id for each in ledger.since(2)] == ["r", "ours"]


def test_a_desk_overtaken_while_it_judges_judges_again_after_what_the_other_took(database: str) -> None:
    place = place_of(database)
    with Ledger(place, create=True) as ledger, Ledger(place) as other:
        clock = _LettingIn()
        desk = Desk(ledger, clock)
        for each in (contract(), kpi(), submitted("2025-01", "95", id="r")):
            desk.record(Reading([Proposed(each)]))
        theirs = fact("PerformanceScrutinised", id="theirs", **SCRUTINY)

        def takes() -> None:
            other.append([theirs], 3, {"c": 3}, TickingClock().now())

        clock.others.append(takes)
        with pytest.raises(BadInput, match="already agreed"):
            desk.record(Reading([Proposed(fact("PerformanceScrutinised", id="ours", **SCRUTINY), "line 1")]))
        assert [each.fact.id for each in ledger.since(2)] == ["r", "theirs"]


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    )
)
def test_what_is_kept_is_the_json_that_verify_compares_it_with(given_: Any) -> None:
    from pydantic_core import to_json

    assert to_json({"fact": given_}) == as_bytes({"fact": given_})


def test_a_desk_goes_on_after_an_interrupt_in_the_midst_of_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = sqlite_recorder._insert

    def interrupted(*given: Any) -> None:
        insert(*given)
        raise KeyboardInterrupt

    with Ledger(tmp_path / "ledger.db", create=True) as ledger:
        desk = Desk(ledger, TickingClock(START))
        desk.record(Reading([Proposed(contract()), Proposed(kpi())]))
        with monkeypatch.context() as patched:
            patched.setattr(sqlite_recorder, "_insert", interrupted)
            with pytest.raises(KeyboardInterrupt):
                desk.record(Reading([Proposed(submitted("2025-01", "95"))]))
        desk.record(Reading([Proposed(submitted("2025-01", "95", id="again"))]))
        assert [each.fact.id for each in ledger.since(2)] == ["again"]
        assert verify(ledger).problems == []


def test_a_desk_goes_on_after_an_interrupt_once_a_fact_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Held.take

    def interrupted(held: Held, recorded: Recorded) -> None:
        take(held, recorded)
        raise KeyboardInterrupt

    with Ledger(tmp_path / "ledger.db", create=True) as ledger:
        desk = Desk(ledger, TickingClock(START))
        for each in (contract(), kpi(), submitted("2025-01", "95")):
            desk.record(Reading([Proposed(each)]))
        with monkeypatch.context() as patched:
            patched.setattr(Held, "take", interrupted)
            with pytest.raises(KeyboardInterrupt):
                desk.record(Reading([Proposed(submitted("2025-02", "95", id="r"))]))
        receipt = desk.record(Reading([Proposed(fact("PerformanceScrutinised", **SCRUTINY))]))
        assert [each.position for each in receipt.before["c"]] == [1, 2, 3, 4]
        assert verify(ledger).problems == []


@pytest.mark.parametrize("replaced", [True, False])
def test_nothing_is_taken_into_a_file_that_is_no_longer_there(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path, create=True) as ledger:
        desk = Desk(ledger, TickingClock(START))
        desk.record(Reading([Proposed(contract()), Proposed(kpi())]))
        path.rename(tmp_path / "moved.db")
        if replaced:
            shutil.copyfile(tmp_path / "moved.db", path)
        for each in (submitted("2025-01", "95"), fact("PerformanceScrutinised", **SCRUTINY)):
            with pytest.raises(LedgerUnusable, match="cannot be opened"):
                desk.record(Reading([Proposed(each)]))
