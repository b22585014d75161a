"""Faults fall on the line that caused them."""

from __future__ import annotations

from tests.given import Given, agreed, contract, fact, kpi, submitted


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
