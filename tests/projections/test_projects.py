"""Projects as last reported, what their status comes to, when they are due and how far they have slipped."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.delivery import Due, State, due, months_ahead, state
from projections.expected import read_expected
from tests.given import contract, fact

if TYPE_CHECKING:
    from tests.conftest import Program

TODAY = date(2025, 6, 1)


def project(name: str = "Lifts", expected: str = "30/09/2025", dated: str = "2025-06-01", **fields: Any) -> Any:
    own = {"service_area": "Homes", "outcome": f"{name} that work", "status": "in progress", **fields}
    return fact("ProjectReported", dated, project=name, expected=expected, **own)


def shown(program: Program, *asked: str) -> dict[str, dict[str, Any]]:
    return {each["project"]: each for each in program.json("projects", "c", *asked)["projects"]}


THREE = [
    project(expected="30/09/2025", dated="2025-03-01", id="march"),
    project(expected="31/10/2025", dated="2025-06-01", id="june"),
    project(expected="Q4 2025", dated="2025-09-01", id="september", impact="Long waits."),
]


@pytest.fixture
def three(program: Program) -> Program:
    """Return a ledger with three snapshots of one project."""
    program.record(contract(), *THREE)
    return program


def test_the_latest_report_by_the_date_stands(three: Program) -> None:
    assert shown(three)["Lifts"]["fact"] == "september"
    earlier = shown(three, "--as-at", "2025-08-31")["Lifts"]
    assert (earlier["fact"], earlier["expected"], earlier["dated"]) == ("june", "31/10/2025", "2025-06-01")
    assert shown(three, "--as-at", "2025-02-28") == {}


def test_a_void_of_the_latest_report_brings_the_earlier_back(three: Program) -> None:
    three.record(fact("FactVoided", "2025-09-02", voids="september"))
    assert shown(three)["Lifts"]["fact"] == "june"
    assert shown(three, "--as-at", "2025-09-01")["Lifts"]["fact"] == "september"


@pytest.mark.parametrize(
    ("since", "baseline", "days", "words"),
    [
        (None, "march", 92, "92 days later"),
        ("2025-03-01", "march", 92, "92 days later"),
        ("2025-08-31", "june", 61, "61 days later"),
        ("2025-02-28", None, None, "no baseline held"),
        ("2025-09-01", None, None, "no baseline held"),
    ],
)
def test_slippage_is_counted_from_the_last_report_by_the_date(
    three: Program, since: str | None, baseline: str | None, days: int | None, words: str
) -> None:
    found = shown(three, *(("--since", since) if since else ()))["Lifts"]
    assert (found["baseline"] and found["baseline"]["fact"], found["slipped_days"], found["slippage"]) == (
        baseline,
        days,
        words,
    )


def test_a_report_of_the_same_day_corrects_and_is_no_baseline(program: Program) -> None:
    program.record(contract(), project(expected="30/09/2025"), project(expected="31/10/2025"))
    found = shown(program)["Lifts"]
    assert (found["expected"], found["baseline"], found["slippage"]) == ("31/10/2025", None, "no baseline held")


@pytest.mark.parametrize(
    ("was", "now", "days", "words"),
    [
        ("30/09/2025", "30/09/2025", 0, "not moved"),
        ("30/09/2025", "29/09/2025", -1, "1 day earlier"),
        ("Sept 2025", "Q1 2026", 182, "182 days later"),
        ("TBC", "30/09/2025", None, "not comparable"),
        ("30/09/2025", "TBC", None, "not comparable"),
        ("30/09/2025", "not before 30/09/2025", None, "not comparable"),
        ("30/09/2025", "30/09/2025 (lifts) 31/10/2025 (stairs)", 31, "31 days later (the last of 2 dates; 1 before)"),
    ],
)
def test_last_days_are_compared_and_what_was_not_read_is_not(
    program: Program, was: str, now: str, days: int | None, words: str
) -> None:
    program.record(contract(), project(expected=was), project(expected=now, dated="2025-07-01"))
    document = program.json("projects", "c")
    (found,) = document["projects"]
    assert (found["slipped_days"], found["slippage"]) == (days, words)
    assert document["review"]["not_comparable"] == (days is None)
    assert document["review"]["slipped"] == (days is not None and days > 0)
    assert document["review"]["most_slipped_days"] == (days if days and days > 0 else None)


@pytest.mark.parametrize(
    ("status", "expected", "found"),
    [
        ("completed", "30/09/2024", State.DONE),
        ("Complete", "TBC", State.DONE),
        ("Closed.", "30/09/2024", State.DONE),
        ("DONE", "30/09/2025", State.DONE),
        ("completed", "30/09/2024 (one) 30/09/2025 (two)", State.PARTS_OPEN),
        ("completed", "30/09/2024 (one) 30/10/2024 (two)", State.DONE),
        ("completed, parts open", "30/09/2024", State.PARTS_OPEN),
        ("completed; a part is still open", "30/09/2024", State.PARTS_OPEN),
        ("Partly completed", "30/09/2024", State.PARTS_OPEN),
        ("not required", "N/a", State.ENDED),
        ("N/A", "N/A", State.ENDED),
        ("Early closure agreed", "N/A", State.ENDED),
        ("withdrawn", "TBC", State.ENDED),
        ("in progress", "30/09/2024", State.OPEN),
        ("on hold", "30/09/2024", State.OPEN),
        ("to be planned", "TBC", State.OPEN),
        ("not complete", "TBC", State.OPEN),
        ("completion is near", "TBC", State.OPEN),
        ("90% done", "TBC", State.OPEN),
    ],
)
def test_a_status_is_read_from_how_it_begins(status: str, expected: str, found: State) -> None:
    assert state(status, read_expected(expected), TODAY) is found


@pytest.mark.parametrize(
    ("last_day", "found"),
    [
        (date(2025, 5, 31), Due.OVERDUE),
        (date(2025, 6, 1), Due.AHEAD),
        (date(2026, 3, 1), Due.AHEAD),
        (date(2026, 3, 2), Due.LATER),
        (None, Due.WITHOUT_DATE),
    ],
)
def test_due_is_by_the_last_day_within_nine_months(last_day: date | None, found: Due) -> None:
    assert due(State.OPEN, last_day, TODAY) is found


@given(st.dates())
def test_nine_months_ahead_is_the_same_day_or_the_last_of_its_month(as_at: date) -> None:
    ahead = months_ahead(as_at)
    if ahead == date.max:
        assert as_at >= date(9999, 3, 31)
        return
    assert (ahead.year * 12 + ahead.month) - (as_at.year * 12 + as_at.month) == 9
    assert ahead.day == as_at.day or (ahead.day < as_at.day and ahead.month in {2, 4, 6, 9, 11})


STATUSES = st.sampled_from(["completed", "completed, parts open", "in progress", "not required", "on hold"])
EXPECTED = st.sampled_from(["30/09/2024", "30/09/2025", "Q4 2027", "TBC", "soon", "30/09/2024 (a) 30/09/2025 (b)"])


@given(STATUSES, EXPECTED)
def test_something_is_due_just_when_something_is_open(status: str, expected: str) -> None:
    readings = read_expected(expected)
    found = state(status, readings, TODAY)
    last = max((each.last_day for each in readings if each.last_day), default=None)
    assert (due(found, last, TODAY) is None) == (found in {State.DONE, State.ENDED})


def test_the_review_counts_what_is_open_once(program: Program) -> None:
    program.record(
        contract(),
        project("A", "30/09/2025"),
        project("B", "Q4 2027"),
        project("C", "31/05/2025"),
        project("D", "TBC"),
        project("E", "whenever"),
        project("F", "30/09/2024 (a) 30/09/2025 (b)", status="completed"),
        project("G", "N/a", status="not required"),
    )
    review = program.json("projects", "c", "--as-at", "2025-06-01")["review"]
    assert review["outcomes"] == review["done"] + review["ended"] + review["open"] == 7
    assert review["open"] == sum(review[name] for name in ("due", "later", "overdue", "without_date")) == 5
    assert [review[name] for name in ("due", "later", "overdue", "without_date", "parts_due")] == [1, 1, 1, 2, 1]


def test_projects_are_grouped_by_service_area_in_the_order_first_reported(program: Program) -> None:
    program.record(contract(), project("A"), project("B", service_area="Roads"), project("C"))
    assert list(shown(program)) == ["A", "C", "B"]
    program.record(project("A", dated="2025-07-01", service_area="Roads"))
    assert list(shown(program)) == ["C", "A", "B"]


def test_impacts_are_shown_or_said_to_be_not_stated(three: Program) -> None:
    assert shown(three)["Lifts"]["impact"] == "Long waits."
    assert shown(three, "--as-at", "2025-06-30")["Lifts"]["impact"] is None
    assert three.done("projects", "c", "--as-at", "2025-06-30").stdout.count("not stated") == 2


def test_readings_are_given_with_what_they_take_for_granted(three: Program) -> None:
    document = three.json("projects", "c")
    assert document["projects"][0]["read"] == [
        {"printed": "Q4 2025", "first_day": "2025-10-01", "last_day": "2025-12-31", "meaning": "calendar quarter"}
    ]
    assert any("calendar quarter" in each for each in document["assumptions"])
    before = three.json("projects", "c", "--as-at", "2025-06-30")
    assert not any("calendar quarter" in each for each in before["assumptions"])


def test_a_since_after_the_date_asked_about_is_a_fault(three: Program) -> None:
    result = three.run("projects", "c", "--as-at", "2025-06-30", "--since", "2025-07-01")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "--since: found 2025-07-01; give a date up to the as-at, 2025-06-30\n"
    assert three.run("projects", "c", "--since", "July").exit_code == 2


def test_where_nothing_is_reported_the_table_says_none(program: Program) -> None:
    program.record(contract())
    assert program.done("projects", "c").stdout == "Projects, as at 5 January 2026\nNone.\n"
    review = program.json("projects", "c")["review"]
    assert (review["outcomes"], review["open"], review["most_slipped_days"]) == (0, 0, None)


def test_a_report_that_came_late_to_a_published_one_says_so(program: Program) -> None:
    published = {"title": "R", "as_at": "2025-06-30", "first_period": "2025-01", "last_period": "2025-05"}
    program.record(contract(), project(), fact("ReportPublished", "2025-06-30", report="R", **published))
    program.record(project(expected="31/10/2025", dated="2025-06-29"))
    (note,) = program.json("projects", "c")["notes"]
    assert note["text"].endswith("as-at, 30 June 2025, and would have changed Lifts.")
    assert program.json("projects", "c", "--as-at", "2025-06-28")["notes"] == []


@pytest.mark.parametrize("output", ["table", "csv", "md", "json"])
def test_any_text_that_a_fact_may_hold_is_shown(program: Program, output: str) -> None:
    odd = "=1/0 | <b> \u202e Q9 9999 31/02/2018 ((("
    program.record(contract(), project(expected=odd, status=odd, update=odd, impact=odd, service_area=odd, outcome=odd))
    assert program.done("projects", "c", "--format", output).stdout
