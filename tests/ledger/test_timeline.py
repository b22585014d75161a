"""Faults fall on the line that caused them."""

from __future__ import annotations

from datetime import date

from ledger.judgement import Proposed
from ledger.timeline import judge
from tests.given import Given, agreed, contract, fact, kpi, recorded, submitted


def test_the_line_without_which_a_recorded_fact_could_stand_is_blamed() -> None:
    taken = [submitted("2025-06", "85"), agreed("2025-06", id="a1", dated="2025-12-08")]
    culprit = agreed("2025-06", dated="2025-10-01")
    innocent = [
        submitted("2025-10", "91", dated="2025-11-06"),
        fact("MitigationRefused", "2025-11-12", kpi="K", first_period="2025-07", last_period="2025-09"),
    ]
    outcome = Given(contract(), kpi(), *taken).when(innocent[0], culprit, innocent[1])
    outcome.then_refused(
        "line 2: this would make the later PerformanceScrutinised a1 of K, dated 2025-12-08, impossible"
    )


def test_a_fact_dated_before_a_recorded_void_of_its_ground_is_refused_one_by_one_as_in_a_file() -> None:
    void = fact("FactVoided", id="v", voids="s", by="P", dated="2025-05-01")
    late = fact("PerformanceScrutinised", id="x", dated="2025-03-01", kpi="K", period="2025-01", decision="agreed")
    first = [contract(), kpi(), submitted("2025-01", "70", id="s", dated="2025-02-05")]
    (fault,) = judge(recorded([*first, void]), [Proposed(late)], date(2026, 1, 1)).faults
    assert fault.sentence.startswith("it rests on s, which v declared void on 2025-05-01")
    assert judge([], [Proposed(each) for each in (*first, void, late)], date(2026, 1, 1)).faults
    later = late.model_copy(update={"dated": date(2025, 6, 1)})
    (other,) = judge(recorded([*first, void]), [Proposed(later)], date(2026, 1, 1)).faults
    assert "rests on" not in other.sentence
