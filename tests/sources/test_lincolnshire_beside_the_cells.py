"""What the 26 October 2017 report prints beside its tables is in the sample: contacts, projects, causes, findings."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Program

CONTRACT = "lincolnshire-css"
OCTOBER = ("--as-at", "2017-10-26")


def facts(kind: str = "") -> list[dict[str, Any]]:
    text = (files("cli") / "samples" / "lincolnshire" / "facts.jsonl").read_text(encoding="utf-8")
    return [fact for fact in map(json.loads, text.splitlines()) if kind in ("", fact["fact"])]


def test_payroll_contacts_are_the_snapshot_of_3_october() -> None:
    counts = facts("CountsReported")
    assert len(counts) == 24
    assert {(each["dated"], each["by"], each["series"]) for each in counts} == {
        ("2017-10-03", "SERCO", "Payroll contacts")
    }
    total = Counter()
    for each in counts:
        total[each["category"]] += each["received"]
        total[each["period"]] += each["received"]
    assert (total["Corporate"], total["School"]) == (1802, 2301)
    printed = [660, 632, 597, 365, 380, 265, 258, 216, 214, 200, 172, 144]
    assert [total[period] for period in sorted({each["period"] for each in counts})] == printed
    odd = {
        (each["category"], each["period"])
        for each in counts
        if each["resolved"] + each["outstanding"] != each["received"]
    }
    assert odd == {
        ("Corporate", "2017-01"),
        ("Corporate", "2017-03"),
        ("School", "2016-11"),
        ("School", "2017-02"),
    }


def test_appendix_b_has_27_outcomes_9_of_them_completed_and_3_of_those_with_open_parts() -> None:
    projects = facts("ProjectReported")
    assert len({each["project"] for each in projects}) == len(projects) == 27
    statuses = Counter(each["status"] for each in projects)
    assert (statuses["completed"], statuses["completed, parts open"]) == (6, 3)
    assert statuses == {
        "completed": 6,
        "completed, parts open": 3,
        "in progress": 15,
        "on hold": 1,
        "not required": 1,
        "early closure agreed": 1,
    }
    areas = Counter(each["service_area"] for each in projects)
    assert list(areas.values()) == [7, 4, 1, 1, 14]


def test_the_outage_is_one_incident_that_requests_refusals_escalations_and_explanations_cite() -> None:
    (incident,) = facts("IncidentRecorded")
    assert (incident["began_on"], incident["ended_on"]) == ("2017-08-22", "2017-08-30")
    citing = [each for each in facts() if each.get("incident") == incident["incident"] and each != incident]
    for kind in ("MitigationRequested", "MitigationRefused", "EscalationRaised", "FailureExplained"):
        about = {each["kpi"] for each in citing if each["fact"] == kind}
        assert about == {f"IMT_KPI_{number}" for number in ("01", "02", "05", "07")}
    assert len({each["decision_ref"] for each in citing if each["fact"] == "MitigationRefused"}) == 1


def test_every_red_of_june_to_august_and_every_amber_that_the_text_explains_is_explained() -> None:
    explained = {(each["kpi"], each["first_period"], each["last_period"]) for each in facts("FailureExplained")}
    assert explained >= {
        ("CSC_KPI_04", "2017-06", "2017-08"),
        ("ACF_KPI_07", "2017-06", "2017-06"),
        ("IMT_KPI_01", "2017-08", "2017-08"),
        ("IMT_KPI_07", "2017-08", "2017-08"),
        ("PM_KPI_07", "2017-07", "2017-07"),
        ("IMT_KPI_02", "2017-08", "2017-08"),
        ("IMT_KPI_05", "2017-08", "2017-08"),
    }


def test_four_series_break_where_what_they_measure_changed(sample: Program) -> None:
    rows = sample.json("rag", CONTRACT, *OCTOBER)
    texts = [note["text"] for note in rows["notes"] if "redefined the measure" in note["text"]]
    assert [text.split(":")[0] for text in texts] == [
        "CSC_KPI_03, Jun-17",
        "CSC_KPI_05, Apr-17",
        "CSC_KPI_06, Jun-17",
        "CSC_KPI_09, Jul-17",
    ]


def test_reduced_targets_hold_until_mosaic_is_live_and_the_normal_ones_stand_beneath(own_sample: Program) -> None:
    def levels(last: str) -> dict[str, tuple[str, str]]:
        rows = own_sample.json("rag", CONTRACT, "--last", last, "--periods", "1")["rows"]
        return {row["kpi"]: (row["tsl"], row["msl"]) for row in rows if row["kpi"] in ("ACF_KPI_03", "ACF_KPI_04")}

    assert levels("2019-03") == {"ACF_KPI_03": ("75", "60"), "ACF_KPI_04": ("75", "60")}
    own_sample.done("milestone", CONTRACT, "mosaic-finance-live", "--reached-on", "2018-11-05", "--by", "LCC")
    assert levels("2018-11") == {"ACF_KPI_03": ("75", "60"), "ACF_KPI_04": ("75", "60")}
    assert levels("2018-12") == {"ACF_KPI_03": ("90", "85"), "ACF_KPI_04": ("90", "85")}


def test_what_the_board_asked_for_in_july_is_done_in_part() -> None:
    assigned = {each["action"]: each.get("meeting_on") for each in facts("ActionAssigned")}
    assert assigned == {
        "CSC-REPORT": "2017-07-27",
        "CITIZEN-ENGAGEMENT": "2017-07-27",
        "IT-PROJECT-REVIEW": "2017-10-26",
    }
    assert [each["action"] for each in facts("ActionCompleted")] == ["CSC-REPORT"]


def test_every_service_is_commented_on_and_findings_say_that_they_are_not_the_councils() -> None:
    assert {each.get("service") for each in facts("CommentaryWritten")} == {"PM", "IMT", "CSC", "ACF", "F", None}
    findings = facts("FindingRecorded")
    assert len(findings) == 15
    assert all("not by the council" in each["note"] for each in findings)


def test_nothing_beside_the_cells_is_in_a_report_that_was_out_before_it() -> None:
    ids = [each["id"] for each in facts()]
    report = ids.index("report-2017-10-26")
    assert {each["fact"] for each in facts()[report + 1 :]} == {"FindingRecorded"}
    assert [each["dated"] for each in facts()] == sorted(each["dated"] for each in facts())
