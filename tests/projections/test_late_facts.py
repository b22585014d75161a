"""Facts that came late to published reports: which, how late, and what each would have changed."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.period import periods
from ledger.report_facts import ReportPublished
from projections.cells import window
from projections.diff import amounts, moved_totals
from projections.late_facts import late
from projections.marks import KpiMarks
from projections.moment import Moment, counting
from projections.movement import seen
from projections.question import Question
from projections.reports import last_month
from projections.standing import stand
from tests.given import contract, fact, kpi, recorded, results, submitted
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import RELAXED, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.facts import AnyFact
    from ledger.recorded import Recorded
    from projections.late_facts import LateFact
    from tests.conftest import Program

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
REPORT = {"report": "spring", "title": "A report", "first_period": "2025-01", "last_period": "2025-03"}
PUBLISHED = fact("ReportPublished", "2025-05-01", as_at="2025-04-30", **REPORT)
BEGUN = (contract(), kpi(), *results(("2025-01", "70"), ("2025-02", "95"), ("2025-03", "70")))


def asked(history: Sequence[Recorded]) -> Question:
    return Question("c", list(history), Moment(NOW.date(), NOW, len(history)))


def found(*facts: AnyFact) -> list[LateFact]:
    return late(asked(recorded(facts))).found


def cells(each: LateFact) -> dict[str, tuple[Any, Any]]:
    return {
        moved.period: (moved.before and moved.before.status, moved.after and moved.after.status) for moved in each.cells
    }


def test_what_came_before_the_report_or_is_dated_after_its_as_at_is_not_late() -> None:
    rebase = fact("TargetRebased", "2025-05-02", kpi="K", first_period="2025-02", tsl="60", msl="50", reason="r")
    assert found(*BEGUN, rebase.model_copy(update={"dated": date(2025, 4, 1)}), PUBLISHED, rebase) == []


def test_a_fact_that_would_have_changed_nothing_is_not_late() -> None:
    same = fact("TargetRebased", "2025-04-02", kpi="K", first_period="2025-09", tsl="60", msl="50", reason="r")
    assert found(*BEGUN, PUBLISHED, same) == []


def test_a_late_fact_tells_the_cells_it_would_have_changed_before_and_after() -> None:
    rebase = fact(
        "TargetRebased", "2025-04-02", id="R", kpi="K", first_period="2025-02", tsl="60", msl="50", reason="r"
    )
    (told,) = found(*BEGUN, PUBLISHED, rebase)
    assert told.recorded.fact.id == "R"
    assert told.report.report == "spring"
    assert cells(told) == {"2025-03": ("red", "green")}


def test_days_late_run_from_the_day_the_report_went_out_to_the_day_the_fact_was_taken() -> None:
    rebase = fact("TargetRebased", "2025-04-02", kpi="K", first_period="2025-02", tsl="60", msl="50", reason="r")
    (told,) = found(*BEGUN, PUBLISHED, rebase)
    taken = told.recorded.recorded_at.date()
    assert told.days_late() == (taken - date(2025, 5, 1)).days
    assert told.days_after_its_date() == (taken - date(2025, 4, 2)).days


def test_a_late_void_and_what_it_voids_each_tell_what_they_changed() -> None:
    slip = fact("TargetRebased", "2025-04-02", id="S", kpi="K", first_period="2025-02", tsl="60", msl="50", reason="r")
    void = fact("FactVoided", "2025-04-03", id="V", voids="S", reason="r")
    told = found(*BEGUN, PUBLISHED, slip, void)
    assert [(each.recorded.fact.id, cells(each)) for each in told] == [
        ("S", {"2025-03": ("red", "green")}),
        ("V", {"2025-03": ("green", "red")}),
    ]


def test_a_late_return_and_its_late_scrutiny_each_tell_their_step() -> None:
    begun = (contract(), kpi(), *results(("2025-01", "95"), ("2025-02", "95")))
    returned = submitted("2025-03", "95", id="sent", dated="2025-04-05")
    agreed = fact("PerformanceScrutinised", "2025-04-20", id="ok", kpi="K", period="2025-03", decision="agreed")
    told = found(*begun, PUBLISHED, returned, agreed)
    assert [(each.recorded.fact.id, cells(each)) for each in told] == [
        ("sent", {"2025-03": ("awaiting", "submitted")}),
        ("ok", {"2025-03": ("submitted", "green")}),
    ]


def test_a_fact_is_late_to_each_report_that_it_would_have_changed() -> None:
    second = fact("ReportPublished", "2025-06-01", as_at="2025-05-30", **{**REPORT, "report": "summer"})
    rebase = fact("TargetRebased", "2025-04-02", kpi="K", first_period="2025-02", tsl="60", msl="50", reason="r")
    assert [each.report.report for each in found(*BEGUN, PUBLISHED, second, rebase)] == ["spring", "summer"]
    assert [each.report.report for each in found(*BEGUN, PUBLISHED, rebase, second)] == ["spring"]


def test_late_counts_projects_and_explanations_are_named_beside_the_cells() -> None:
    counted = {"series": "Calls", "period": "2025-03", "category": "All", "received": 3, "resolved": 2}
    count = fact("CountsReported", "2025-04-10", **counted, outstanding=1)
    own = {"service_area": "S", "outcome": "o", "expected": "May", "status": "open"}
    project = fact("ProjectReported", "2025-04-10", project="Roof", **own)
    why = {"kpi": "K", "effect": "e", "resolution": "r"}
    explained = fact("FailureExplained", "2025-04-10", **why, first_period="2025-01", last_period="2025-02")
    of_no_failure = fact("FailureExplained", "2025-04-10", **why, first_period="2025-02", last_period="2025-02")
    told = found(*BEGUN, PUBLISHED, count, project, explained, of_no_failure)
    assert [each.beside for each in told] == [
        ("Calls All Mar-25",),
        ("Roof",),
        ("explanation of K from 2025-01 to 2025-02",),
    ]


def test_late_money_moves_totals_without_a_cell(program: Program) -> None:
    example = Path(__file__).parent.parent / "published" / "waste"
    program.done("register", str(example / "contract.toml"))
    program.done("record", str(example / "facts.jsonl"))
    program.record(
        {"id": "L", "fact": "CreditsResumed", "contract": "waste", "dated": "2025-05-01", "by": "BOROUGH",
         "first_period": "2025-04", "reason": "The depot is dry."}
    )  # fmt: skip
    (told,) = program.json("late", "waste")["late"]
    assert (told["id"], told["cells"]) == ("L", [])
    (total,) = told["totals"]
    assert (total["period"], total["before"], total["after"]) == ("2025-04", "0", "2")
    assert total["service_credit"] == ["0", "1234.5678"]


@settings(max_examples=50, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_on_random_histories_the_steps_lead_from_what_was_published_to_what_would_have_been(
    data: st.DataObject,
) -> None:
    drawn = data.draw(contracts())
    batches = data.draw(histories(drawn))
    with tempfile.TemporaryDirectory() as folder:
        ledger, _ = loaded(Path(folder), drawn, batches)
        with ledger:
            history = ledger.history(drawn["contract"]["id"])
    question = Question(drawn["contract"]["id"], history, Moment(NOW.date(), NOW, history[-1].position))
    told = late(question).found
    for recorded_report in history:
        report = recorded_report.fact
        if not isinstance(report, ReportPublished):
            continue
        mine = [each for each in told if each.report is report]
        was = stand(counting(history, report.as_at, recorded_report.position))
        now = stand(counting(history, report.as_at, history[-1].position))
        assert was is not None
        assert now is not None
        assert walked(mine, was, report) == shown(now, report)
        after = {moved.period: amounts(moved.after) for each in mine for moved in each.totals}
        columns = periods(report.first_period, report.last_period, was.terms.frequency)
        net = {moved.period: amounts(moved.after) for moved in moved_totals(was, now, columns)}
        assert {period: after[period] for period in net} == net
        flagged = {
            (kpi_.introduced.ref, period)
            for kpi_ in now.in_order()
            for ref, period in shown(now, report)
            if ref == kpi_.introduced.ref
            and any(each.report is report for each in KpiMarks(question, ref).late(period))
        }
        assert flagged <= {(moved.kpi, moved.period) for each in mine for moved in each.cells}


def walked(found: Sequence[LateFact], start: Any, report: ReportPublished) -> dict[tuple[str, str], Any]:
    """Return the cells after each late fact's step from those published; each step begins where the last one ended."""
    current = shown(start, report)
    for each in found:
        for moved in each.cells:
            before = current.get((moved.kpi, moved.period))
            assert moved.before is None or before == seen(moved.before)
            if moved.after is None:
                current.pop((moved.kpi, moved.period), None)
            else:
                current[moved.kpi, moved.period] = seen(moved.after)
    return current


def shown(standing: Any, report: ReportPublished) -> dict[tuple[str, str], Any]:
    """Return what the cells of a report's periods show."""
    return {
        (each.introduced.ref, cell.period): seen(cell)
        for each in standing.in_order()
        if not each.introduced.reserved
        for cell in window(standing, each, report.first_period, last_month(report, standing))
        if cell.period >= each.first_period
    }
