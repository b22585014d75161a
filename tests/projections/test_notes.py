"""Notes that write themselves: each mark has its note, and each note its mark."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.moment import Moment
from projections.question import Question
from projections.rag import rag
from tests.given import agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact

REPORT = {"report": "R", "title": "A report", "first_period": "2025-01", "last_period": "2025-03"}
MARKED = ("r", "p", "b", "late")


def table(*facts: AnyFact, as_at: date = date(2026, 1, 1), **asked: Any) -> Any:
    history = recorded(facts)
    moment = Moment(as_at, datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    return rag(Question("c", history, moment, **{"last": "2025-06", **asked}))


def cell(view: Any, period: str, row: int = 0) -> dict[str, Any]:
    return next(each for each in view.document()["rows"][row]["cells"] if each["period"] == period)


def told(view: Any, period: str) -> list[str]:
    texts = {note["n"]: note["text"] for note in view.document()["notes"]}
    return [texts[number] for number in cell(view, period)["notes"]]


BEGUN = (contract(), kpi(), *results(("2025-01", "70"), ("2025-02", "95"), ("2025-03", "85")))


def test_a_rebase_breaks_the_series_in_its_first_period_and_says_what_went_before() -> None:
    rebase = fact(
        "TargetRebased", "2025-05-02", kpi="K", first_period="2025-03", tsl="85", msl="75", reason="Fewer staff."
    )
    view = table(*BEGUN, rebase)
    assert cell(view, "2025-03")["marks"] == ["b"]
    sentence = "On 2 May 2025 Authority rebased K to TSL 85, MSL 75 from March 2025 on: Fewer staff."
    assert told(view, "2025-03") == [f"K, Mar-25: {sentence} Before: TSL 90, MSL 80."]
    assert not cell(view, "2025-04")["marks"]
    assert not cell(table(*BEGUN), "2025-03")["marks"]


def test_the_end_of_temporary_targets_breaks_it_again() -> None:
    rebase = fact("TargetRebased", kpi="K", first_period="2025-02", last_period="2025-03", tsl="60", msl="50")
    view = table(*BEGUN, rebase)
    assert [cell(view, f"2025-0{month}")["marks"] for month in (2, 3, 4)] == [["b"], [], ["b"]]
    assert "temporary targets ended. Before: TSL 60, MSL 50" in told(view, "2025-04")[0]


def test_a_step_of_the_contracts_schedule_is_told_without_a_mark() -> None:
    steps = [{"from": "2025-01", "tsl": "90", "msl": "80"}, {"from": "2025-02", "tsl": "95", "msl": "85"}]
    view = table(contract(), kpi(targets=steps), *results(("2025-02", "95")))
    assert cell(view, "2025-02")["marks"] == []
    assert told(view, "2025-02") == [
        "K, Feb-25: judged against TSL 95, MSL 85 from here on, by the contract's schedule. Before: TSL 90, MSL 80."
    ]


def test_levels_that_are_temporary_or_will_change_say_so_beside_the_target() -> None:
    lowered = fact("TargetRebased", kpi="K", first_period="2025-02", tsl="60", msl="50", until_milestone="live")
    steps = [{"from": "2025-01", "tsl": "90", "msl": "80"}, {"from": "2025-09", "tsl": "95", "msl": "85"}]
    document = table(contract(), kpi(targets=steps), lowered).document()
    texts = {note["n"]: note["text"] for note in document["notes"]}
    assert [texts[number] for number in document["rows"][0]["notes"]] == [
        "K: temporary levels, until their milestone is reached; normally TSL 90, MSL 80.",
        "K: the levels change: TSL 95, MSL 85 from Sep-25.",
    ]
    until_june = {"first_period": "2025-02", "last_period": "2025-06", "tsl": "60", "msl": "50"}
    ended = table(contract(), kpi(), fact("TargetRebased", kpi="K", **until_june)).document()
    (number,) = ended["rows"][0]["notes"]
    assert ended["notes"][number - 1]["text"] == "K: temporary levels, up to Jun-25; normally TSL 90, MSL 80."
    assert table(contract(), kpi()).document()["rows"][0]["notes"] == []


def test_a_kpi_with_shorter_periods_than_the_contracts_has_a_table_of_its_own() -> None:
    monthly = kpi("M", weight="", frequency="monthly")
    view = table(contract(frequency="quarterly"), kpi(), monthly, last="2025-01", count=1)
    quarters, months = view.tables()
    assert (quarters.columns[4:], [row[0].words for row in quarters.rows]) == (("Jan–Mar 2025 (Q4 2024/25)",), ["K"])
    assert (months.columns[4:], [row[0].words for row in months.rows]) == (("Jan-25", "Feb-25", "Mar-25"), ["M"])


def test_a_measure_redefined_breaks_the_series_visibly() -> None:
    anew = fact(
        "MeasureRedefined", "2025-05-02", kpi="K", first_period="2025-02", change="30 % of calls.", reason="Agreed."
    )
    view = table(*BEGUN, anew)
    assert cell(view, "2025-02")["marks"] == ["b"]
    assert "redefined the measure of K from February 2025 on (30 % of calls): Agreed." in told(view, "2025-02")[0]
    words = view.tables()[0].rows[0][5].words
    assert re.search(r"\[b\] \[note \d+\]$", words), words


def test_data_not_available_says_who_rejected_it_and_why() -> None:
    rejected = agreed("2025-04", decision="rejected", reason="No log was kept.")
    view = table(*BEGUN, submitted("2025-04", "99"), rejected)
    assert cell(view, "2025-04")["marks"] == ["x"]
    assert told(view, "2025-04") == [
        "K, Apr-25: On 20 May 2025 Authority rejected the return of K, April 2025: data not available: No log was kept."
    ]


def test_what_is_not_held_or_not_in_use_has_its_shorthand_and_needs_no_note() -> None:
    reserved = fact("KpiIntroduced", "2025-01-01", ref="R", service="S", reserved=True)
    gap = fact("HistoryNotHeld", "2025-01-02", first_period="2025-01", last_period="2025-01")
    view = table(contract(), kpi(first_period="2025-03"), reserved, gap, last="2025-04", count=4)
    assert [each["marks"] for each in view.document()["rows"][0]["cells"]] == [["x"], ["z"], [], []]
    assert [each["marks"] for each in view.document()["rows"][1]["cells"]] == [["x"], ["z"], ["z"], ["z"]]
    assert view.document()["shorthand"] == {"x": "not available", "z": "not applicable"}


def test_points_that_rest_on_a_run_nobody_knows_say_so_until_a_period_settles_it() -> None:
    held = contract(held_from="2025-02")
    view = table(held, kpi(), *results(("2025-02", "70"), ("2025-03", "70"), ("2025-04", "95"), ("2025-05", "70")))
    assumed = {period: told(view, f"2025-0{period}") for period in (2, 3, 4, 5)}
    assert [bool(texts) for texts in assumed.values()] == [True, True, False, False]
    assert "assume that no run was under way" in assumed[2][0]
    known = table(held, kpi(opening_run=0), *results(("2025-02", "70")))
    assert told(known, "2025-02") == []


def test_an_erratum_stands_beside_the_cell_it_speaks_of() -> None:
    published = fact("ReportPublished", "2025-05-01", as_at="2025-04-30", **REPORT)
    erratum = fact(
        "ReportCorrected", "2025-05-14", report="R", table="2", row="K", period="2025-02", printed="59", corrected="95",
        reason="Digits swapped.",
    )  # fmt: skip
    view = table(*BEGUN, published, erratum)
    assert told(view, "2025-02") == [
        "Erratum: On 14 May 2025 Authority corrected K, February 2025, in table 2 of R, from 59 to 95: Digits swapped."
    ]
    assert told(table(*BEGUN, published, erratum, as_at=date(2025, 5, 13)), "2025-02") == []


def test_a_late_cell_tells_the_late_fact_who_recorded_it_and_when_it_was_taken() -> None:
    published = fact("ReportPublished", "2025-05-01", as_at="2025-04-30", **REPORT)
    late = fact(
        "MitigationGranted", "2025-04-20", kpi="K", first_period="2025-01", last_period="2025-01", reason="Flood."
    )
    view = table(*BEGUN, published, late)
    assert set(cell(view, "2025-01")["marks"]) == {"r", "late"}
    sentence = "On 20 April 2025 Authority granted mitigation of K for January 2025: Flood (taken on 5 January 2026)."
    came = "K, Jan-25: came late to the report R (as at 30 April 2025), and would have changed it"
    assert f"{came}: {sentence}" in told(view, "2025-01")


def choices() -> st.SearchStrategy[list[AnyFact]]:
    """Draw what may happen to a cell: disputes, relief, rebases, redefinitions, rejections, reports, errata."""
    period = st.sampled_from(["2025-01", "2025-02", "2025-03", "2025-04"])
    day = st.integers(1, 28).map(lambda day: f"2025-06-{day:02d}")

    def happening(kind: str, when: str, at: str) -> AnyFact:
        match kind:
            case "rebase":
                return fact("TargetRebased", when, kpi="K", first_period=at, tsl="72", msl="60")
            case "temporary":
                return fact("TargetRebased", when, kpi="K", first_period=at, last_period=at, tsl="72", msl="60")
            case "redefine":
                return fact("MeasureRedefined", when, kpi="K", first_period=at, change="Anew.")
            case "dispute":
                return fact("EscalationRaised", when, ref=f"E-{at}-{when}", kpi="K", period=at, against="score")
            case "grant":
                return fact("MitigationGranted", when, kpi="K", first_period=at, last_period=at)
            case "ask":
                return fact("MitigationRequested", when, kpi="K", first_period=at, last_period=at)
            case _:
                named = {**REPORT, "report": f"R-{at}-{when}", "last_period": "2025-04"}
                return fact("ReportPublished", when, as_at=when, **named)

    kinds = st.sampled_from(["rebase", "temporary", "redefine", "dispute", "grant", "ask", "report"])
    return st.lists(st.builds(happening, kinds, day, period), max_size=8)


@settings(max_examples=60, deadline=None)
@given(choices())
def test_each_mark_has_its_note_and_each_note_its_mark(happened: list[AnyFact]) -> None:
    view = table(*BEGUN, *happened)
    document = view.document()
    numbers = [note["n"] for note in document["notes"]]
    assert numbers == list(range(1, len(numbers) + 1))
    cells = [each for row in document["rows"] for each in row["cells"]]
    on_levels = {number for row in document["rows"] for number in row["notes"]}
    assert {number for each in cells for number in each["notes"]} | on_levels == set(numbers)
    texts = {note["n"]: note["text"] for note in document["notes"]}
    for each in cells:
        assert len(set(each["marks"])) == len(each["marks"])
        assert (each["provisional"], each["revised"], each["late"]) == tuple(
            m in each["marks"] for m in ("p", "r", "late")
        )
        signs = {"p": "Provisional: ", "r": ": reported as ", "late": ": came late to "}
        for mark, sign in signs.items():
            assert any(sign in texts[number] for number in each["notes"]) == (mark in each["marks"])
        marked = [mark for mark in each["marks"] if mark in MARKED]
        assert len(each["notes"]) >= len(marked)
    assert set(document["shorthand"]) == {mark for each in cells for mark in each["marks"]}
    for row in view.tables()[0].rows:
        for text in row:
            shown = re.findall(r"\[([rpb]|late)\]", text.words)
            assert not shown or "[note " in text.words
