"""What may be recorded of reports, meetings, incidents and milestones."""

from __future__ import annotations

from tests.given import Given, contract, fact, kpi

BEGUN = (contract(), kpi())
REPORT = {
    "report": "R",
    "title": "A report",
    "as_at": "2025-04-30",
    "first_period": "2025-01",
    "last_period": "2025-03",
}
FAILED = {"kpi": "K", "first_period": "2025-01", "last_period": "2025-02", "effect": "Waits.", "resolution": "Soon."}


def test_an_action_is_assigned_before_it_is_done_and_under_a_name_of_its_own() -> None:
    assigned = fact("ActionAssigned", "2025-05-01", action="A1", task="Review.", owner="Officers")
    done = fact("ActionCompleted", "2025-06-01", action="A1", outcome="Reviewed.", by="P")
    Given(*BEGUN).when(done).then_refused("no action A1 was assigned by 2025-06-01")
    Given(*BEGUN, assigned).when(done).then_taken()
    Given(*BEGUN, assigned).when(assigned.model_copy(update={"id": "again"})).then_refused("already assigned")
    Given(*BEGUN, assigned, done).when(done.model_copy(update={"id": "again"})).then_taken("already done")


def test_what_explains_a_failure_speaks_of_periods_of_a_kpi_in_use() -> None:
    Given(*BEGUN).when(fact("FailureExplained", **FAILED)).then_taken()
    Given(*BEGUN).when(fact("FailureExplained", **{**FAILED, "kpi": "X"})).then_refused("not a KPI of this contract")
    backwards = {**FAILED, "first_period": "2025-03"}
    Given(*BEGUN).when(fact("FailureExplained", **backwards)).then_refused("give a period from 2025-03 on")


def test_an_erratum_of_a_report_that_nobody_published_is_odd() -> None:
    erratum = fact(
        "ReportCorrected",
        report="R",
        table=1,
        row="K",
        period="2025-01",
        printed="1",
        corrected="2",
        reason="Misprint.",
    )
    Given(*BEGUN).when(erratum).then_taken("no report R is recorded")
    Given(*BEGUN, fact("ReportPublished", "2025-05-01", **REPORT)).when(erratum).then_taken()


def test_a_milestone_is_reached_by_the_day_it_is_recorded_and_something_hangs_on_it() -> None:
    reached = fact("MilestoneReached", "2025-06-01", milestone="live", reached_on="2025-05-18")
    waits = fact("MitigationGranted", "2025-02-01", kpi="K", first_period="2025-01", until_milestone="live")
    Given(*BEGUN, waits).when(reached).then_taken()
    Given(*BEGUN).when(reached).then_taken("nothing hangs on the milestone live")
    Given(*BEGUN, waits, reached).when(reached.model_copy(update={"id": "again"})).then_taken("already reached")
    early = fact("MilestoneReached", "2025-05-01", milestone="live", reached_on="2025-05-18")
    Given(*BEGUN, waits).when(early).then_refused("give a day up to 2025-05-01")


def test_an_incident_that_is_cited_should_be_recorded_and_cannot_end_before_it_began() -> None:
    asked = fact("MitigationRequested", kpi="K", first_period="2025-01", last_period="2025-01", incident="I")
    happened = fact("IncidentRecorded", "2025-02-01", incident="I", title="Outage", began_on="2025-01-22")
    Given(*BEGUN).when(asked).then_taken("no incident I is recorded")
    Given(*BEGUN, happened).when(asked).then_taken()
    backwards = fact("IncidentRecorded", incident="J", title="x", began_on="2025-01-22", ended_on="2025-01-21")
    Given(*BEGUN).when(backwards).then_refused("give a day from 2025-01-22 on")


def test_each_party_records_what_is_for_it_and_either_what_is_for_both() -> None:
    counted = {
        "series": "Calls",
        "period": "2024-09",
        "category": "All",
        "received": 3,
        "resolved": 2,
        "outstanding": 1,
    }
    Given(*BEGUN).when(fact("CountsReported", **counted)).then_taken()
    Given(*BEGUN).when(fact("CountsReported", **counted, by="A")).then_refused("is for the provider to record (P)")
    for party in ("A", "P"):
        Given(*BEGUN).when(fact("FailureExplained", **FAILED, by=party)).then_taken()
    resolved = fact("BoardResolved", meeting_on="2025-05-18", resolution="Noted.", by="P")
    Given(*BEGUN).when(resolved).then_refused("is for the authority to record (A)")


def test_a_comment_is_on_a_service_that_there_is() -> None:
    served = (contract(services=[{"code": "FL", "title": "Fleet"}]), kpi())
    span = {"first_period": "2025-01", "last_period": "2025-01", "text": "Steady."}
    for known in ("FL", "S"):
        Given(*served).when(fact("CommentaryWritten", service=known, **span)).then_taken()
    Given(*served).when(fact("CommentaryWritten", service="FLL", **span)).then_refused("did you mean FL?")
    Given(*served).when(fact("CommentaryWritten", **span)).then_taken()
