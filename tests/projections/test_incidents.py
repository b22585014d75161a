"""What happened once, what cites it, and the cells and points that hang on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

SHOWN = ("--last", "2025-03", "--periods", "3")
OUTAGE = {"incident": "out", "title": "Network outage", "began_on": "2025-02-03"}
RED = (("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70"))


@pytest.fixture
def story(program: Program) -> Program:
    """Return a ledger with three red months of two KPIs, and an outage in February."""
    program.record(contract(), kpi(weight="60"), kpi("L", weight="40"))
    program.record(*results(*RED), *results(*RED, ref="L"))
    program.record(fact("IncidentRecorded", "2025-03-01", id="i", **OUTAGE, ended_on="2025-02-09"))
    return program


def february(kind: str, ref: str = "K", **fields: Any) -> Any:
    span = {"first_period": "2025-02", "last_period": "2025-02"}
    return fact(kind, fields.pop("dated", "2025-06-01"), kpi=ref, **span, incident="out", **fields)


def outage(program: Program, *options: str) -> Any:
    return next(iter(program.json("incidents", "c", *SHOWN, *options)["incidents"]), None)


def table(program: Program, *options: str) -> str:
    return program.done("incidents", "c", *SHOWN, "--format", "md", *options).stdout


def test_an_incident_that_nothing_cites_is_told_with_its_days(story: Program) -> None:
    assert outage(story) == {
        "incident": "out",
        "id": "i",
        "title": "Network outage",
        "began_on": "2025-02-03",
        "ended_on": "2025-02-09",
        "description": None,
        "cited_by": [],
        "cells": [],
        "points": "0",
        "relieved_points": "0",
    }
    assert "| out | Network outage | 3 February 2025 | 9 February 2025 | nothing | 0 | 0 |" in table(story)
    assert "|  |  |  | No cell in Jan-25 to Mar-25 |  |  |  |  |" in table(story)


def test_without_an_incident_a_row_says_so(program: Program) -> None:
    program.record(contract(), kpi())
    assert "|  | No incident is recorded or cited |  |  |  |  |  |" in table(program)
    assert program.json("incidents", "c", *SHOWN)["incidents"] == []


def test_an_incident_counts_from_its_date_and_not_once_it_is_void(story: Program) -> None:
    assert outage(story, "--as-at", "2025-02-28") is None
    story.record(fact("FactVoided", voids="i"))
    assert outage(story) is None


def test_of_two_words_on_an_incident_the_later_stands(story: Program) -> None:
    again = {**OUTAGE, "title": "Outage of the network", "description": "A switch failed."}
    story.record(fact("IncidentRecorded", "2025-04-01", id="again", **again))
    found = outage(story)
    assert (found["id"], found["title"], found["ended_on"]) == ("again", "Outage of the network", None)
    assert "| Outage of the network: A switch failed. |" in table(story)


def test_the_cells_of_what_cites_it_are_told_with_their_points_and_what_is_undecided(story: Program) -> None:
    story.record(february("MitigationRequested", id="ask"), february("MitigationRefused", id="no", dated="2025-06-09"))
    raised = {"ref": "E", "kpi": "K", "period": "2025-02", "against": "mitigation", "incident": "out"}
    story.record(fact("EscalationRaised", "2025-06-20", id="up", **raised))
    story.record(february("MitigationGranted", "L", id="yes"))
    found = outage(story)
    assert [(each["id"], each["fact"], each["kpi"], each["ref"]) for each in found["cited_by"]] == [
        ("ask", "MitigationRequested", "K", None),
        ("yes", "MitigationGranted", "L", None),
        ("no", "MitigationRefused", "K", None),
        ("up", "EscalationRaised", "K", "E"),
    ]
    assert found["cells"] == [
        {
            "kpi": "K",
            "period": "2025-02",
            "status": "red",
            "value": "70",
            "provisional": True,
            "points": "90",
            "relieved_points": None,
            "cited_by": ["ask", "no", "up"],
            "provisional_by": ["up"],
        },
        {
            "kpi": "L",
            "period": "2025-02",
            "status": "mitigated",
            "value": "70",
            "provisional": False,
            "points": "0",
            "relieved_points": "60",
            "cited_by": ["yes"],
            "provisional_by": [],
        },
    ]
    assert (found["points"], found["relieved_points"]) == ("90", "60")
    assert "escalation E of K, Feb-25 (up)" in table(story)
    assert "| out | K | Feb-25 | 70 Below MSL [p] | ask, no, up | up | 90 |  |" in table(story)


def test_a_request_makes_its_cells_provisional_because_of_the_incident_until_it_is_answered(story: Program) -> None:
    story.record(february("MitigationRequested", id="ask"))
    assert outage(story)["cells"][0]["provisional_by"] == ["ask"]
    story.record(february("MitigationRefused", dated="2025-06-09"))
    assert outage(story)["cells"][0]["provisional_by"] == []
    assert outage(story, "--as-at", "2025-06-08")["cells"][0]["provisional_by"] == ["ask"]


def test_another_dispute_of_the_cell_is_not_because_of_the_incident(story: Program) -> None:
    story.record(february("FailureExplained", effect="No calls.", resolution="A second line.", id="why"))
    story.record(fact("EscalationRaised", ref="E", kpi="K", period="2025-02", against="score"))
    (cell,) = outage(story)["cells"]
    assert (cell["provisional"], cell["provisional_by"], cell["cited_by"]) == (True, [], ["why"])
    assert "explanation of K, Feb-25 (why)" in table(story)
    story.record(fact("FactVoided", voids="why"))
    assert outage(story)["cells"] == []


def test_a_grant_until_a_milestone_concerns_the_cells_that_it_relieves(story: Program) -> None:
    lasting = {"kpi": "K", "first_period": "2025-02", "until_milestone": "live", "incident": "out"}
    story.record(fact("MitigationGranted", **lasting))
    assert [each["period"] for each in outage(story)["cells"]] == ["2025-02", "2025-03"]
    assert "grant of K, from Feb-25 (" in table(story)
    story.record(fact("MilestoneReached", "2025-06-02", milestone="live", reached_on="2025-02-20"))
    assert [each["period"] for each in outage(story)["cells"]] == ["2025-02"]


def test_an_incident_that_is_cited_and_not_recorded_is_told_by_its_name_after_the_others(story: Program) -> None:
    story.record(fact("MitigationGranted", kpi="K", first_period="2025-01", last_period="2025-01", incident="flood"))
    found = story.json("incidents", "c", *SHOWN)["incidents"]
    assert [(each["incident"], each["title"]) for each in found] == [("out", "Network outage"), ("flood", None)]
    assert "| flood | not recorded |" in table(story)


def test_only_the_shown_periods_are_told(story: Program) -> None:
    story.record(february("MitigationRequested"))
    found = story.json("incidents", "c", "--last", "2025-03", "--periods", "1")["incidents"][0]
    assert (found["cells"], len(found["cited_by"])) == ([], 1)


def test_a_quarter_hangs_on_an_incident_as_a_month_does(program: Program) -> None:
    program.record(contract(scheme=None), kpi(weight="", frequency="quarterly"))
    program.record(submitted("2025-01", "70", dated="2025-04-07"), agreed("2025-01", dated="2025-04-20"))
    program.record(fact("EscalationRaised", ref="E", kpi="K", period="2025-01", against="score", incident="out"))
    (cell,) = outage(program)["cells"]
    assert (cell["period"], cell["points"], outage(program)["points"]) == ("2025-01", None, None)
    assert "| out | K | Jan–Mar 2025 (Q4 2024/25) | 70 Below MSL [p] |" in table(program)


def test_a_grant_that_was_ended_concerns_only_what_it_relieved(story: Program) -> None:
    story.record(fact("MitigationGranted", kpi="K", first_period="2025-01", incident="out"))
    assert len(outage(story)["cells"]) == 3
    story.record(fact("MitigationEnded", "2025-06-02", kpi="K", last_period="2025-01"))
    assert [each["period"] for each in outage(story)["cells"]] == ["2025-01"]


def test_incidents_are_told_in_the_order_in_which_they_began(story: Program) -> None:
    flood = {"incident": "flood", "title": "Flood", "began_on": "2025-01-20"}
    story.record(fact("IncidentRecorded", "2025-06-02", **flood))
    assert [each["incident"] for each in story.json("incidents", "c", *SHOWN)["incidents"]] == ["flood", "out"]
