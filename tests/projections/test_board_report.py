"""The board's report: what it prints, in which order, and what meetings add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

REPORT = {"title": "A report", "first_period": "2025-01", "last_period": "2025-02"}
BEGUN = (
    contract(board="the Board", services=[{"code": "S", "title": "Service"}]),
    kpi(),
    *results(("2025-01", "70"), ("2025-02", "95"), ("2025-03", "85")),
)


def report(program: Program, *asked: str) -> list[dict[str, Any]]:
    return program.json("board-report", "c", *asked)["document"]


def section(document: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """Return what stands under a heading, up to the next of its level."""
    start = next(place for place, each in enumerate(document) if title in each.get("heading", ""))
    level = document[start]["level"]
    rest = document[start + 1 :]
    end = next((place for place, each in enumerate(rest) if each.get("level", 9) <= level), len(rest))
    return rest[:end]


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [each.get("text") or each.get("item", "") for each in blocks if "text" in each or "item" in each]


def test_the_parts_stand_in_the_order_boards_read_them(program: Program) -> None:
    program.record(*BEGUN)
    headings = [each["heading"] for each in report(program) if each.get("level") == 2]
    assert headings == [
        "Summary",
        "Actions required",
        "1. Matters arising from earlier meetings",
        "2. Abbreviations",
        "3. Background",
        "4. Performance",
        "5. Service (S)",
        "6. Failures, what they did, and relief",
        "7. Disputes",
        "8. Overview",
        "9. Projects",
        "10. What has changed since the report before",
        "11. Since the date of the tables",
        "12. Appendices",
        "13. Background papers",
        "Appendix A – Results of each KPI by service",
        "Appendix B – What each failing KPI costs",
        "Appendix C – Assumptions that the tables rest on",
    ]


def test_what_the_report_before_showed_is_not_under_review(program: Program) -> None:
    program.record(*BEGUN, fact("ReportPublished", "2025-03-25", id="r1", report="R1", as_at="2025-03-20", **REPORT))
    document = program.json("board-report", "c", "--as-at", "2025-05-01")
    assert document["reviewed"] == ["2025-03"]
    assert document["periods"] == ["2025-01", "2025-02", "2025-03"]
    assert "for Mar-25 (month 3 of the contract)" in texts(section(document["document"], "Summary"))[0]
    program.record(fact("FactVoided", voids="r1"))
    assert program.json("board-report", "c", "--as-at", "2025-06-02")["reviewed"] == ["2025-01", "2025-02", "2025-03"]


def test_a_published_report_gives_its_meeting_and_its_periods_unless_they_are_asked_for(program: Program) -> None:
    published = fact(
        "ReportPublished", "2025-04-22", report="R1", as_at="2025-04-20", meeting_on="2025-04-28", **REPORT
    )
    program.record(*BEGUN, published)
    found = program.json("board-report", "c", "--as-at", "2025-04-20")
    assert (found["report"], found["meeting_on"], found["periods"]) == ("R1", "2025-04-28", ["2025-01", "2025-02"])
    asked = program.json(
        "board-report", "c", "--as-at", "2025-04-20", "--meeting", "2025-05-05", "--last", "2025-03", "--periods", "1"
    )
    assert (asked["meeting_on"], asked["periods"]) == ("2025-05-05", ["2025-03"])


def test_what_is_dated_between_the_tables_and_the_meeting_is_told_and_nothing_else(program: Program) -> None:
    late = [submitted("2025-04", "91", dated="2025-05-06"), agreed("2025-04", dated="2025-05-20")]
    rebase = fact("TargetRebased", "2025-05-12", kpi="K", first_period="2025-05", tsl="80", msl="70", reason="Agreed.")
    after = fact("TargetRebased", "2025-06-12", kpi="K", first_period="2025-06", tsl="80", msl="70", reason="Later.")
    program.record(*BEGUN, *late, rebase, after)
    asked = ("--as-at", "2025-05-01", "--meeting", "2025-05-31")
    told = texts(section(report(program, *asked), "Since the date of the tables"))
    assert told == [
        "Recorded between 1 May 2025 and the meeting on 31 May 2025, and not in the tables:",
        "Results of Apr-25: 1 submitted, 1 agreed.",
        "On 12 May 2025 Authority rebased K to TSL 80, MSL 70 from May 2025 on: Agreed.",
    ]
    program.record(fact("FactVoided", "2025-05-13", voids=rebase.id))
    told = texts(section(report(program, *asked), "Since the date of the tables"))
    assert not any("rebased" in each for each in told)


def test_the_next_report_opens_with_what_is_still_open(program: Program) -> None:
    assigned = [
        fact("ActionAssigned", "2025-04-28", action="A1", task="Review.", owner="Officers", due_on="2025-05-15"),
        fact("ActionAssigned", "2025-04-28", action="A2", task="Visit.", owner="Members", due="in summer"),
    ]
    resolved = fact("BoardResolved", "2025-04-28", meeting_on="2025-04-28", resolution="That it be noted.")
    program.record(*BEGUN, *assigned, resolved)
    opened = section(report(program, "--as-at", "2025-05-20"), "Matters arising")
    assert texts(opened)[0] == "28 April 2025: That it be noted."
    (table,) = [each for each in opened if "table" in each]
    assert [row[0] for row in table["rows"]] == ["A1", "A2"]
    assert [row[4] for row in table["rows"]] == ["overdue", "open"]
    program.record(fact("ActionCompleted", "2025-05-21", id="done", action="A1", outcome="Reviewed."))
    opened = section(report(program, "--as-at", "2025-05-22"), "Matters arising")
    open_, done = [each for each in opened if "table" in each]
    assert ([row[0] for row in open_["rows"]], [row[0] for row in done["rows"]]) == (["A2"], ["A1"])
    program.record(fact("FactVoided", "2025-05-23", voids="done"))
    assert [each["open"] for each in program.json("actions", "c")["actions"]] == [True, True]


def test_commentary_and_contacts_stand_in_their_service_and_only_for_periods_under_review(program: Program) -> None:
    comments = [
        fact("CommentaryWritten", service="S", first_period="2025-03", last_period="2025-03", text="A dry March."),
        fact("CommentaryWritten", first_period="2025-01", last_period="2025-03", text="Steady.", by="P"),
        fact("CommentaryWritten", service="S", first_period="2024-11", last_period="2024-12", text="Long ago."),
    ]
    numbers = {"received": 3, "resolved": 2, "outstanding": 1}
    counted = fact("CountsReported", series="Calls", period="2025-03", category="All", service="S", **numbers)
    program.record(*BEGUN, *comments, counted)
    document = report(program)
    of_service = section(document, "5. Service")
    assert "Authority: A dry March." in texts(of_service)
    assert not any("Long ago" in each for each in texts(document))
    assert "Provider: Steady." in texts(section(document, "Overview"))
    assert any("Calls" in each.get("table", "") for each in of_service)


def test_it_prints_on_a_terminal_as_markdown_and_its_tables_as_csv(program: Program) -> None:
    program.record(*BEGUN)
    drawn = program.done("board-report", "c").stdout
    assert "\n4. PERFORMANCE\n" in drawn
    assert "│ K   │" in drawn
    written = program.done("board-report", "c", "--format", "md").stdout
    assert "\n## 4. Performance\n" in written
    assert "#### Table 1: Overall" in written
    assert "Target Service Level (TSL) achieved" in program.done("board-report", "c", "--format", "csv").stdout
    assert program.run("board-report", "c", "--meeting", "soon").exit_code == 2


def test_a_published_report_is_printed_as_it_was_pinned_whatever_was_recorded_since(program: Program) -> None:
    program.record(*BEGUN, fact("ReportPublished", "2025-04-22", report="R1", as_at="2025-04-20", **REPORT))
    before = report(program, "--report", "R1")
    program.record(fact("MitigationGranted", "2025-04-10", kpi="K", first_period="2025-01", last_period="2025-01"))
    assert report(program, "--report", "R1") == before
    assert report(program, "--as-at", "2025-04-20") != before
    assert "published report's name (R1)" in program.run("board-report", "c", "--report", "R2").stderr


def test_a_meeting_before_the_tables_or_a_period_before_the_first_held_is_refused(program: Program) -> None:
    program.record(*BEGUN)
    for asked in (("--as-at", "2025-05-01", "--meeting", "2025-04-30"), ("--last", "2024-12")):
        assert program.run("board-report", "c", *asked).exit_code == 2


def test_a_quarter_that_ends_under_review_is_in_it_and_results_not_agreed_are_counted_as_that(program: Program) -> None:
    quarter = [submitted("2025-01", "70", ref="Q", dated="2025-04-05"), agreed("2025-01", ref="Q", dated="2025-04-20")]
    earlier = fact("ReportPublished", "2025-03-25", report="R1", as_at="2025-03-20", **REPORT)
    program.record(*BEGUN, kpi("Q", weight="", frequency="quarterly"), *quarter, earlier, submitted("2025-04", "1"))
    document = report(program, "--as-at", "2025-05-10", "--last", "2025-04")
    assert "Q in Jan–Mar 2025" in " ".join(texts(section(document, "5. Service")))
    assert "1 result under review is not agreed yet" in " ".join(texts(section(document, "Summary")))


def test_a_dispute_decided_since_the_report_before_is_told_with_its_outcome(program: Program) -> None:
    dispute = {"ref": "ESC-1", "kpi": "K", "period": "2025-01"}
    program.record(
        *BEGUN,
        fact("ReportPublished", "2025-04-22", report="R1", as_at="2025-04-20", **REPORT),
        fact("EscalationRaised", "2025-04-10", **dispute, against="score"),
        fact("EscalationDecided", "2025-05-10", **dispute, outcome="dismissed"),
    )
    (row,) = [
        line
        for each in section(report(program, "--as-at", "2025-06-01"), "Disputes")
        for line in each.get("rows", ())
        if line[0] == "ESC-1" and "dismissed" in line[1]
    ][:1]
    assert row[1] == "dismissed"
