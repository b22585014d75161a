"""Which KPIs missed a level, what was recorded, and what was said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

SHOWN = ("--last", "2025-03", "--periods", "3")
EFFECT, RESOLUTION = "Callers wait.", "More staff from May."


def explained(first: str, last: str | None = None, ref: str = "K", dated: str = "2025-05-01", **fields: Any) -> Any:
    given = {"effect": EFFECT, "resolution": RESOLUTION, **fields}
    return fact("FailureExplained", dated, kpi=ref, first_period=first, last_period=last or first, **given)


@pytest.fixture
def story(program: Program) -> Program:
    """Return a ledger with a KPI that was red, amber and green."""
    program.record(contract(), kpi(decimals=2))
    program.record(*results(("2025-01", "70"), ("2025-02", "85"), ("2025-03", "95")))
    return program


def row(program: Program, *asked: str, table: str = "below_msl", ref: str = "K") -> Any:
    document = program.json("failures", "c", *SHOWN, *asked)
    return next((each for each in document[table] if each["kpi"] == ref), None)


def table(program: Program, *asked: str) -> str:
    return program.done("failures", "c", *SHOWN, "--format", "md", *asked).stdout


def test_a_kpi_that_was_red_and_amber_is_in_both_tables_each_with_its_own_periods(story: Program) -> None:
    document = story.json("failures", "c", *SHOWN)
    assert document["periods"] == ["2025-01", "2025-02", "2025-03"]
    (red,), (amber,) = document["below_msl"], document["below_tsl"]
    assert [(each["period"], each["value"]) for each in red["cells"]] == [("2025-01", "70")]
    assert [(each["period"], each["value"]) for each in amber["cells"]] == [("2025-02", "85")]
    assert (red["kpi"], red["service"], red["title"], red["level"], amber["level"]) == (
        "K",
        "S",
        "Measure K",
        "80",
        "90",
    )
    assert set(red) == {"kpi", "service", "title", "level", "cells", "explanations", "escalations"}
    assert {"period", "value", "status", "basis", "provisional", "revised"} <= set(red["cells"][0])


def test_the_table_says_what_was_recorded_and_that_it_was_in_some_periods_only(story: Program) -> None:
    found = table(story)
    assert "| K | Measure K | 80 | Jan-25 70.00 (Jan-25 only) |  | not explained yet |  |" in found
    assert "| K | Measure K | 90 | Feb-25 85.00 (Feb-25 only) |  | not explained yet |  |" in found


def test_a_period_without_a_result_does_not_make_the_others_the_only_ones(program: Program) -> None:
    program.record(contract(), kpi(decimals=2), *results(("2025-01", "70"), ("2025-02", "71")))
    assert "| Jan-25 70.00, Feb-25 71.00 |" in table(program)


def test_every_explanation_that_overlaps_the_shown_periods_is_told_the_latest_last(story: Program) -> None:
    later = explained("2025-01", "2025-02", dated="2025-06-01", cause="A fire", effect="None left", resolution="Done.")
    story.record(later, explained("2025-01", dated="2025-05-01", cause="Too few staff."), explained("2025-04"))
    told = row(story)["explanations"]
    assert [(each["dated"], each["cause"], each["effect"]) for each in told] == [
        ("2025-05-01", "Too few staff.", EFFECT),
        ("2025-06-01", "A fire", "None left"),
    ]
    assert told[1] == {
        "id": later.id,
        "first_period": "2025-01",
        "last_period": "2025-02",
        "cause": "A fire",
        "effect": "None left",
        "resolution": "Done.",
        "by": "A",
        "dated": "2025-06-01",
        "incident": None,
    }
    assert "| On 1 May 2025: Too few staff. On 1 June 2025: A fire. | On 1 May 2025: Callers wait." in table(story)


def test_an_explanation_that_leaves_a_failing_period_out_is_told_with_its_range(program: Program) -> None:
    program.record(contract(), kpi(decimals=2), *results(("2025-01", "70"), ("2025-02", "71"), ("2025-03", "72")))
    program.record(explained("2025-01", "2025-02"))
    assert "| Jan-25 to Feb-25: Callers wait. Mar-25: not explained yet. |" in table(program)
    program.record(explained("2025-03", dated="2025-05-02", effect="Nothing."))
    assert "not explained yet" not in table(program)
    assert "Mar-25 (on 2 May 2025): Nothing." in table(program)


def test_an_explanation_counts_from_its_date_and_not_once_it_is_void(story: Program) -> None:
    story.record(explained("2025-01", id="why"))
    assert [len(row(story, "--as-at", day)["explanations"]) for day in ("2025-04-30", "2025-05-01")] == [0, 1]
    assert "| Callers wait. | More staff from May. |" in table(story)
    story.record(fact("FactVoided", "2025-06-01", voids="why"))
    assert row(story)["explanations"] == []
    assert "not explained yet" in table(story)


def test_a_grant_takes_a_cell_out_of_the_table_and_its_void_brings_it_back(story: Program) -> None:
    story.record(fact("MitigationGranted", id="relief", kpi="K", first_period="2025-01", last_period="2025-01"))
    assert row(story) is None
    story.record(fact("FactVoided", voids="relief"))
    assert row(story)["cells"][0]["period"] == "2025-01"


def test_what_a_failure_rests_on_is_said_where_it_is_no_value(program: Program) -> None:
    program.record(contract(), kpi())
    program.record(
        submitted("2025-01", unavailable=True), agreed("2025-01"), submitted("2025-02", status="red"), agreed("2025-02")
    )
    dispute = {"ref": "E", "kpi": "K", "period": "2025-03"}
    program.record(*results(("2025-03", "95")), fact("EscalationRaised", **dispute, against="score"))
    program.record(fact("EscalationDecided", "2025-06-02", **dispute, outcome="upheld_in_part", status="red"))
    shown = "Jan-25 Data not available [note 1], Feb-25 status only, Mar-25 95 (status set by decision) [note 2]"
    assert f"| {shown} |" in table(program)
    assert [each["basis"] for each in row(program)["cells"]] == ["data_not_available", "status_only", "set_by_decision"]


def test_an_open_escalation_is_told_with_its_cell_and_incident_and_no_longer_once_decided(program: Program) -> None:
    program.record(contract(), kpi(decimals=2), *results(("2025-01", "70"), ("2025-02", "71")))
    program.record(fact("IncidentRecorded", incident="out", title="Network outage", began_on="2025-02-03"))
    dispute = {"ref": "ESC-1", "kpi": "K", "period": "2025-02"}
    program.record(fact("EscalationRaised", "2025-06-01", **dispute, against="score", incident="out"))
    found = table(program)
    assert "Jan-25 70.00, Feb-25 71.00 [p] [note 1] |" in found
    assert "| In escalation ESC-1, Feb-25 (incident: Network outage) |" in found
    assert row(program)["escalations"] == ["ESC-1"]
    assert row(program, "--as-at", "2025-05-31")["escalations"] == []
    program.record(fact("EscalationDecided", "2025-07-01", **dispute, outcome="dismissed"))
    assert row(program)["escalations"] == []
    assert "In escalation" not in table(program)


def test_the_incident_that_an_explanation_cites_is_told_by_its_title(story: Program) -> None:
    outage = {"incident": "out", "title": "Network outage", "began_on": "2025-01-03"}
    story.record(fact("IncidentRecorded", "2025-05-02", **outage))
    story.record(explained("2025-01", cause="No line.", incident="out"), explained("2025-02", incident="out"))
    assert "| No line (incident: Network outage) |" in table(story)
    assert "| Incident: Network outage |" in table(story), "of the amber February, in its own table"
    assert "(incident: out)" in table(story, "--as-at", "2025-05-01"), "by its name, before it was recorded"


def test_a_revised_cell_is_marked_and_a_note_says_what_it_was(story: Program) -> None:
    shown = {"first_period": "2025-01", "last_period": "2025-03"}
    story.record(fact("ReportPublished", "2025-05-15", report="first", title="First", as_at="2025-05-15", **shown))
    assert not row(story)["cells"][0]["revised"]
    dispute = {"ref": "E", "kpi": "K", "period": "2025-01"}
    story.record(fact("EscalationRaised", **dispute, against="score"))
    story.record(fact("EscalationDecided", "2025-07-01", **dispute, outcome="upheld_in_part", value="75"))
    assert row(story)["cells"][0]["revised"]
    assert "Jan-25 75.00 [r] [note 1] (Jan-25 only)" in table(story)
    assert "reported as 70.00 Below MSL in first" in story.json("failures", "c", *SHOWN)["notes"][0]["text"]


def test_a_late_fact_is_said_even_where_it_took_the_cell_out_of_the_tables(story: Program) -> None:
    shown = {"first_period": "2025-01", "last_period": "2025-03"}
    story.record(fact("ReportPublished", "2025-05-15", report="first", title="First", as_at="2025-05-15", **shown))
    story.record(fact("MitigationGranted", "2025-05-01", kpi="K", first_period="2025-01", last_period="2025-01"))
    document = story.json("failures", "c", *SHOWN)
    assert document["below_msl"] == []
    assert "would have changed K Jan-25, K Feb-25" in document["notes"][-1]["text"]


def test_levels_that_changed_between_two_failures_are_both_told(program: Program) -> None:
    program.record(contract(), kpi(decimals=0), *results(("2025-01", "70"), ("2025-02", "50")))
    program.record(fact("TargetRebased", kpi="K", first_period="2025-02", tsl="70", msl="60"))
    assert "| 80 (Jan-25), 60 (Feb-25) |" in table(program)
    found = row(program)
    assert (found["level"], [each["level"] for each in found["cells"]]) == ("60", ["80", "60"])


@pytest.mark.parametrize(
    ("bands", "value", "level"),
    [
        ({"green": ">=90", "amber": "80..89", "red": "<80"}, "70", "80..89"),
        ({"green": ">=90", "red": "<90"}, "70", ">=90"),
    ],
)
def test_with_bands_the_level_is_the_one_that_meets_the_minimum(
    program: Program, bands: dict[str, str], value: str, level: str
) -> None:
    program.record(contract(), kpi(bands=[{"from": "2025-01", **bands}], better="higher", unit="count"))
    program.record(*results(("2025-01", value)))
    assert row(program)["level"] == level


def test_a_quarterly_kpi_fails_by_the_quarter_and_its_explanation_is_of_one(program: Program) -> None:
    program.record(contract(), kpi(frequency="quarterly"))
    program.record(submitted("2025-01", "70", dated="2025-04-07"), agreed("2025-01", dated="2025-04-20"))
    program.record(explained("2025-01"))
    assert "| Jan–Mar 2025 (Q4 2024/25) 70 |  | Callers wait. |" in table(program)
    assert [each["period"] for each in row(program)["cells"]] == ["2025-01"]


def test_where_none_failed_a_row_says_so_for_the_periods_shown(program: Program) -> None:
    program.record(contract(), kpi(), *results(("2025-03", "95")))
    one = program.done("failures", "c", "--last", "2025-03", "--periods", "1", "--format", "csv").stdout
    assert ",No KPI failures in Mar-25,,,,," in one
    assert ",No KPIs below TSL in Mar-25,,,,," in one
    three = program.done("failures", "c", *SHOWN).stdout
    assert "No KPI failures in Jan-25 to Mar-25 so far; 2 results are not agreed yet" in three
    document = program.json("failures", "c", *SHOWN)
    assert (document["below_msl"], document["below_tsl"]) == ([], [])


@pytest.mark.parametrize("view", ["failures", "mitigations", "incidents"])
def test_a_last_period_that_is_none_is_refused(story: Program, view: str) -> None:
    for given, sentence in (("March", 'found "March"'), ("2025-13", 'found "2025-13"')):
        refused = story.run(view, "c", "--last", given)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr.startswith("--last: ")
        assert sentence in refused.stderr


def test_a_view_of_a_contract_there_is_not_is_refused(story: Program) -> None:
    refused = story.run("failures", "d")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert 'no contract "d"' in refused.stderr
