"""Which published reports no longer match what the facts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.reports import mismatches
from projections.standing import stand
from tests.given import contract, fact, kpi, recorded, results

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from tests.conftest import Program

REPORT = {"report": "spring", "title": "A report", "first_period": "2025-01", "last_period": "2025-03"}
PUBLISHED = fact("ReportPublished", "2025-05-01", as_at="2025-04-30", **REPORT)
BEGUN = (contract(), kpi(), *results(("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70")))
CELLS = [("K", "2025-01"), ("K", "2025-02"), ("K", "2025-03"), ("K", "2025-04")]


def named(*facts: AnyFact) -> list[tuple[str, str]]:
    history = recorded(facts)
    standing = stand(history)
    assert standing is not None
    return [(each.report.report, each.period) for each in mismatches(history, standing, CELLS)]


def test_a_report_that_still_says_what_the_facts_say_is_not_named() -> None:
    assert named(*BEGUN, PUBLISHED) == []


def test_a_correction_names_the_cells_it_moved_and_those_whose_points_moved_with_them() -> None:
    raised = fact("EscalationRaised", "2025-05-02", id="e", ref="E", kpi="K", period="2025-01", against="score")
    upheld = fact("EscalationDecided", "2025-06-02", ref="E", kpi="K", period="2025-01", outcome="upheld", value="95")
    assert named(*BEGUN, PUBLISHED, raised, upheld) == [
        ("spring", "2025-01"), ("spring", "2025-02"), ("spring", "2025-03")
    ]  # fmt: skip


def test_once_the_correction_is_void_the_report_matches_again() -> None:
    rebase = fact("TargetRebased", "2025-06-02", id="rebase", kpi="K", first_period="2025-02", tsl="60", msl="50")
    assert ("spring", "2025-02") in named(*BEGUN, PUBLISHED, rebase)
    assert named(*BEGUN, PUBLISHED, rebase, fact("FactVoided", "2025-06-03", voids="rebase")) == []


def test_recording_prints_the_reports_that_no_longer_match(program: Program) -> None:
    for each in (*BEGUN, PUBLISHED):
        program.record(each)
    rebase = fact("TargetRebased", "2025-06-02", kpi="K", first_period="2025-02", tsl="60", msl="50")
    line = rebase.model_dump_json(exclude_none=True).encode()
    for dry in (["--dry-run"], []):
        shown = program.done("record", "-", *dry, given=line).stdout
        assert "Published reports that no longer match today: 1" in shown
        assert "spring" in shown
