"""What the views say: marks and notes, trail, diff with its causes, and the shapes of their JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

DISPUTED = {"ref": "E", "kpi": "K", "period": "2025-01"}
RAISED = fact("EscalationRaised", "2025-06-01", id="raised", **DISPUTED, against="score")
UPHELD = fact("EscalationDecided", "2025-07-01", id="upheld", **DISPUTED, outcome="upheld", value="95")
THREE_RED = [
    submitted("2025-01", "70", id="jan"),
    agreed("2025-01", id="jan-agreed"),
    *results(("2025-02", "70"), ("2025-03", "70")),
]


def report(name: str, as_at: str, last: str = "2025-03", **fields: Any) -> Any:
    shown = {"first_period": "2025-01", "last_period": last}
    return fact("ReportPublished", as_at, report=name, title=f"Report {name}", as_at=as_at, **shown, **fields)


@pytest.fixture
def story(program: Program) -> Program:
    """Return a ledger with three red months, published, and then a dispute that was upheld."""
    program.record(contract(), kpi())
    program.record(*THREE_RED)
    program.record(report("first", "2025-05-15"))
    program.record(RAISED)
    program.record(UPHELD)
    return program


def cell(program: Program, period: str, *asked: str) -> dict[str, Any]:
    document = program.json("rag", "c", "--last", "2025-06", *asked)
    return next(each for row in document["rows"] for each in row["cells"] if each["period"] == period)


def test_a_revised_cell_says_what_it_was_what_it_is_and_which_fact_did_it(story: Program) -> None:
    document = story.json("rag", "c")
    revised = document["rows"][0]["cells"][3]
    assert (revised["period"], revised["revised"], revised["notes"]) == ("2025-01", True, [1])
    assert "reported as 70 Below MSL in first" in document["notes"][0]["text"]
    assert "now 95 TSL achieved" in document["notes"][0]["text"]
    assert "escalation E of K, January 2025 was upheld" in document["notes"][0]["text"]
    assert not cell(story, "2025-01", "--as-at", "2025-06-30")["revised"]


def test_a_cell_published_again_as_it_now_is_is_no_longer_revised(story: Program) -> None:
    story.record(report("second", "2025-08-15"))
    assert cell(story, "2025-01", "--as-at", "2025-08-15")["revised"]
    assert not cell(story, "2025-01", "--as-at", "2025-08-16")["revised"]


def test_provisional_is_while_the_dispute_is_open_and_says_what_is_open(story: Program) -> None:
    assert [
        cell(story, "2025-01", "--as-at", day)["provisional"] for day in ("2025-05-31", "2025-06-01", "2025-07-01")
    ] == [False, True, False]
    notes = story.json("rag", "c", "--as-at", "2025-06-15")["notes"]
    assert notes[0]["text"].startswith("Provisional: On 1 June 2025 Provider raised escalation E")


def test_a_late_fact_is_marked_wherever_it_would_have_changed_a_published_report(story: Program) -> None:
    assert not cell(story, "2025-02")["late"]
    rebase = {"kpi": "K", "first_period": "2025-02", "last_period": "2025-02"}
    story.record(fact("TargetRebased", "2025-05-01", id="rebase", **rebase, tsl="60", msl="50"))
    assert cell(story, "2025-02")["late"]
    assert cell(story, "2025-02", "--as-at", "2025-05-15")["status"] == "green"
    assert cell(story, "2025-03")["late"], "its points would have been published otherwise"
    assert not cell(story, "2025-01")["late"]
    entries = {entry["id"]: entry["late"] for entry in story.json("trail", "c", "K", "2025-02")["entries"]}
    assert [each for each, late in entries.items() if late] == ["rebase"]


def test_a_late_suspension_is_said_with_the_points_it_relieves(story: Program) -> None:
    assert story.json("abatement", "c")["notes"] == []
    story.record(fact("CreditsSuspended", "2025-05-01", id="late", first_period="2025-02"))
    (note,) = story.json("abatement", "c")["notes"]
    assert "the report first was published would have changed its points or credits for Feb-25, Mar-25" in note["text"]
    story.record(fact("FactVoided", "2025-05-01", voids="late"))
    assert story.json("abatement", "c")["notes"] == []


def test_the_pinned_report_is_as_it_was_whatever_was_taken_later(story: Program) -> None:
    story.record(fact("TargetRebased", "2025-05-01", kpi="K", first_period="2025-02", tsl="60", msl="50"))
    moved = story.json("diff", "c", "--from", "first", "--to", "2025-05-15")
    assert {each["period"]: (each["before"]["status"], each["after"]["status"]) for each in moved["cells"]} == {
        "2025-02": ("red", "green"),
        "2025-03": ("red", "green"),
    }


def test_known_at_shows_what_the_ledger_knew(story: Program) -> None:
    story.clock.tick(days=1)
    story.record(fact("FactVoided", "2025-07-02", voids="upheld"))
    now = story.clock.now()
    assert cell(story, "2025-01")["status"] == "red"
    before = cell(story, "2025-01", "--known-at", f"{now:%Y-%m-%dT00:00:00Z}")
    assert before["status"] == "green"
    assert story.json("rag", "c", "--known-at", "2026-01-05")["position"] == 11
    assert story.run("rag", "c", "--known-at", "2026-01-04").exit_code == 2


def test_the_trail_tells_the_story_of_a_cell_and_each_status_follows_from_the_last(story: Program) -> None:
    entries = story.json("trail", "c", "K", "2025-01")["entries"]
    assert [(entry["fact"], entry["before"]["status"], entry["after"]["status"]) for entry in entries] == [
        ("KpiIntroduced", None, "awaiting"),
        ("PerformanceSubmitted", "awaiting", "submitted"),
        ("PerformanceScrutinised", "submitted", "red"),
        ("ReportPublished", "red", "red"),
        ("EscalationRaised", "red", "red"),
        ("EscalationDecided", "red", "green"),
    ]
    assert (
        entries[-1]["sentence"]
        == "On 1 July 2025 Authority recorded that escalation E of K, January 2025 was upheld, setting 95."
    )
    assert entries[-1]["position"] == 11


def test_the_trail_keeps_a_fact_that_was_voided_and_its_void(story: Program) -> None:
    story.record(fact("FactVoided", "2025-07-02", id="void", voids="upheld"))
    entries = story.json("trail", "c", "K", "2025-01")["entries"]
    assert [(entry["id"], entry["after"]["status"]) for entry in entries[-2:]] == [
        ("upheld", "green"),
        ("void", "red"),
    ]


def test_the_trail_of_a_kpi_tells_all_its_facts(story: Program) -> None:
    document = story.json("trail", "c", "K")
    assert len(document["entries"]) == 9
    assert document["entries"][-1]["moved"] == ["2025-01", "2025-02", "2025-03"]


def test_diff_names_the_facts_that_moved_each_cell_and_total_the_cascade_included(story: Program) -> None:
    document = story.json("diff", "c", "--from", "2025-05-15", "--to", "2025-12-31")
    found = [
        (moved["period"], moved["before"]["points"], moved["after"]["points"], moved["because"])
        for moved in document["cells"]
    ]
    assert found == [
        ("2025-01", "100", "0", ["upheld"]),
        ("2025-02", "150", "100", ["upheld"]),
        ("2025-03", "200", "150", ["upheld"]),
    ]
    assert [(total["period"], total["before"], total["after"], total["because"]) for total in document["totals"]] == [
        ("2025-01", "100", "0", ["upheld"]),
        ("2025-02", "150", "100", ["upheld"]),
        ("2025-03", "200", "150", ["upheld"]),
    ]


def test_diff_runs_backwards_too(story: Program) -> None:
    document = story.json("diff", "c", "--from", "2025-12-31", "--to", "2025-05-15")
    assert [(moved["after"]["points"], moved["because"]) for moved in document["cells"]] == [
        ("100", ["upheld"]), ("150", ["upheld"]), ("200", ["upheld"])
    ]  # fmt: skip


def test_diff_names_a_suspension_as_what_moved_the_totals_and_no_cell(story: Program) -> None:
    story.record(fact("CreditsSuspended", "2025-08-01", id="covid", first_period="2025-02"))
    document = story.json("diff", "c", "--from", "2025-07-31", "--to", "2025-08-01")
    assert document["cells"] == []
    assert [(total["period"], total["after"], total["because"]) for total in document["totals"]] == [
        ("2025-02", "0", ["covid"]), ("2025-03", "0", ["covid"])
    ]  # fmt: skip


def test_a_dry_run_prints_what_would_move_and_records_nothing(story: Program) -> None:
    line = fact("FactVoided", "2025-07-02", voids="upheld").model_dump_json(exclude_none=True)
    result = story.done("record", "-", "--dry-run", given=line.encode())
    assert "Dry run: 1 fact would be recorded" in result.stderr
    for moved in ("95 TSL achieved", "100 → 150", "150 → 200"):
        assert moved in result.stdout
    assert story.json("verify")["facts"] == 11


def test_the_views_have_the_shapes_that_were_agreed(story: Program) -> None:
    heading = ["contract", "as_at", "known_at", "position"]
    shown = story.json("rag", "c")
    assert list(shown) == [*heading, "periods", "rows", "notes", "shorthand", "assumptions"]
    assert list(shown["rows"][0]) == ["kpi", "service", "title", "tsl", "msl", "notes", "cells", "stretch"]
    assert shown["rows"][0]["cells"][5] == {
        "period": "2025-03", "status": "red", "basis": "value", "value": "70", "points": "150", "multiplier": "1.5",
        "run": 2, "provisional": False, "revised": False, "late": False, "marks": [],
        "notes": [], "trend": None, "severity": None,
    }  # fmt: skip
    counted = story.json("summary", "c", "--last", "2025-01", "--periods", "1")
    assert counted["services"][-1] == {
        "service": "ALL",
        "periods": [{"period": "2025-01", "green": 1, "amber": 0, "red": 0, "mitigated": 0, "total": 1}],
    }  # fmt: skip
    cost = story.json("abatement", "c", "--last", "2025-02", "--periods", "1")["periods"][0]
    assert list(cost) == [
        "period",
        "gross_points",
        "relieved_points",
        "net_points",
        "service_credit",
        "provisional",
        "lines",
    ]
    assert cost["lines"] == [
        {"kpi": "K", "status": "red", "weight": "100", "share": "1", "run": 1, "multiplier": "1", "points": "100",
         "relieved": False, "facts": ["c:K", *cost["lines"][0]["facts"][1:]], "severity": None,
         "failures_in_window": None, "within": None, "multiplier_from": None, "failure": None, "days_late": None},
    ]  # fmt: skip
    verified = story.json("verify")
    assert (verified["ok"], verified["facts"], verified["problems"]) == (True, 11, [])
    assert f"11 {verified['head']}" == story.done("head").stdout.strip()


@pytest.mark.parametrize(
    "view",
    [
        ("rag", "c"),
        ("summary", "c"),
        ("abatement", "c"),
        ("trail", "c", "K"),
        ("diff", "c", "--from", "2025-05-15"),
    ],
)
def test_every_view_answers_in_every_format(story: Program, view: tuple[str, ...]) -> None:
    assert json.loads(story.done(*view, "--format", "json").stdout)["contract"] == "c"
    assert "," in story.done(*view, "--format", "csv").stdout
    assert story.done(*view, "--format", "md").stdout.startswith("## ")
    assert "─" in story.done(*view).stdout


def test_the_default_last_period_is_the_latest_with_an_agreed_result(story: Program) -> None:
    story.record(submitted("2025-05", "91"))
    assert story.json("rag", "c")["periods"] == [
        "2024-10",
        "2024-11",
        "2024-12",
        "2025-01",
        "2025-02",
        "2025-03",
    ]
    story.record(agreed("2025-05"))
    assert story.json("rag", "c")["periods"][-1] == "2025-05"
    assert cell(story, "2025-06")["status"] == "awaiting"


def test_diff_compares_only_the_periods_asked_for(story: Program) -> None:
    asked = ("diff", "c", "--from", "2025-05-15", "--to", "2025-12-31")
    assert [each["period"] for each in story.json(*asked, "--periods", "2")["cells"]] == ["2025-02", "2025-03"]
    assert [each["period"] for each in story.json(*asked, "--last", "2025-01")["cells"]] == ["2025-01"]


def test_a_contract_without_points_has_none(program: Program) -> None:
    program.record(contract(scheme=None), kpi(weight=""))
    program.record(*results(("2025-01", "70")))
    (period,) = program.json("abatement", "c", "--periods", "1")["periods"]
    assert (period["gross_points"], period["service_credit"], period["lines"]) == (None, None, [])
    assert program.json("rag", "c", "--periods", "1")["rows"][0]["cells"][0]["points"] is None
    assert "Point totals" not in program.record(*results(("2025-02", "70"))).stdout


def test_text_that_a_spreadsheet_would_run_never_leaves_as_a_formula(program: Program) -> None:
    program.record(contract(title="=cmd()"), kpi("@K"))
    assert "\n'@K," in program.done("rag", "c", "--format", "csv").stdout


def test_control_and_bidirectional_characters_never_reach_the_reader(program: Program) -> None:
    program.record(contract(title="Fair \u202eterms\u001b[31m"), kpi())
    printed = program.done("rag", "c").stdout
    assert "\u202e" not in printed
    assert "\u001b" not in printed


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_table_is_whole_at_any_width(sample: Program, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    printed = sample.done("rag", "lincolnshire-css", "--as-at", "2017-10-26").stdout
    drawn = [line for line in printed.splitlines() if line[:1] in "┌│├└"]
    assert max(map(len, drawn)) <= width
    assert all(line[-1] in "┐│┤┘" for line in drawn if line)
