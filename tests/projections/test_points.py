"""What failures cost beyond weight, share and run: severities, ratchets, late returns; and what relief leaves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ledger.bands import interval
from ledger.period import Frequency
from projections.abatement import abatement
from projections.diff import diff
from projections.mitigations import mitigations
from projections.moment import Moment
from projections.movement import Walker
from projections.question import Question
from projections.rag import rag
from projections.summary import summary
from projections.trail import trail
from tests.given import SCHEME, Given, agreed, contract, fact, kpi, recorded, results, submitted
from tests.projections.test_reconcile_points import reconciled
from tests.projections.test_reconcile_points import told as explained

if TYPE_CHECKING:
    from ledger.facts import AnyFact

BANDS = [
    {"name": "met", "band": ">=99", "status": "green", "points": "0"},
    {"name": "minor", "band": ">=98 <99", "status": "amber", "points": "1"},
    {"name": "serious", "band": ">= 97 and < 98", "status": "red", "points": "2"},
    {"name": "severe", "band": ">=96 <97", "status": "red", "points": "3"},
    {"name": "below threshold", "band": "<96", "status": "red", "points": "4"},
]
DOUBLED = {"multipliers": ["1", "2"], "run_counts": "missed_target", "relieved_in_run": "reset"}
MODEL = contract(DOUBLED)
SEVERE = kpi(better="higher", severities=[{"from": "2025-01", "bands": BANDS}])
THREE = results(("2025-01", "96.5"), ("2025-02", "98.5"), ("2025-03", "96.5"))


def asked(
    *facts: AnyFact | list[AnyFact], last: str = "2025-06", as_at: str = "2026-01-01", count: int = 6
) -> Question:
    history = recorded([each for given in facts for each in (given if isinstance(given, list) else [given])])
    return Question("c", history, Moment(date.fromisoformat(as_at), history[-1].recorded_at, len(history)), last, count)


def shown(*facts: AnyFact | list[AnyFact], ref: str = "K", **asking: Any) -> dict[str, dict[str, Any]]:
    """Return what rag shows of a KPI by period."""
    rows = {row["kpi"]: row for row in rag(asked(*facts, **asking)).document()["rows"]}
    return {cell["period"]: cell for cell in rows[ref]["cells"]}


def costs(*facts: AnyFact | list[AnyFact], **asking: Any) -> dict[str, dict[str, Any]]:
    """Return what abatement says by period."""
    return {each["period"]: each for each in abatement(asked(*facts, **asking)).document()["periods"]}


def points(*facts: AnyFact | list[AnyFact], last: str = "2025-03") -> list[str | None]:
    return [cell["points"] for cell in shown(*facts, last=last, count=int(last[5:])).values()]


def notes(*facts: AnyFact | list[AnyFact], **asking: Any) -> list[str]:
    return [note["text"] for note in rag(asked(*facts, **asking)).document()["notes"]]


# --- severities ------------------------------------------------------------------------------------------------------


def test_a_repeat_failure_counts_twice_at_the_severity_of_its_own_period() -> None:
    assert points(MODEL, SEVERE, THREE) == ["3", "2", "6"]
    found = shown(MODEL, SEVERE, THREE, last="2025-03", count=3)
    assert [cell["severity"] for cell in found.values()] == ["severe", "minor", "severe"]
    assert [cell["run"] for cell in found.values()] == [1, 2, 3]


def test_correcting_the_first_month_undoes_the_repeat_of_the_second_and_leaves_the_third() -> None:
    raised = fact("EscalationRaised", "2025-04-25", ref="E", kpi="K", period="2025-01", against="score")
    decided = fact("EscalationDecided", "2025-05-06", ref="E", kpi="K", period="2025-01", outcome="upheld", value="99")
    found = shown(MODEL, SEVERE, THREE, raised, decided, last="2025-03", count=3)
    assert [cell["points"] for cell in found.values()] == ["0", "1", "6"]
    assert found["2025-03"]["run"] == 2
    assert points(MODEL, SEVERE, THREE, raised) == ["3", "2", "6"], "an undecided dispute moves nothing"


def test_a_line_names_its_severity_whose_points_are_the_weight() -> None:
    (line,) = costs(MODEL, SEVERE, THREE)["2025-02"]["lines"]
    assert (line["severity"], line["weight"], line["share"], line["multiplier"]) == ("minor", "1", "1", "2")
    assert line["facts"][0] == "c:K"


@pytest.mark.parametrize("text", [">=98 >99", ">99 <=98", ">98 <98", "98 <99", ">=98 or <99"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        interval(text)


@pytest.mark.parametrize("text", [">=98 <99", ">= 98 and < 99", "<99, >=98", "≥98% <99%"])
def test_a_half_open_range_is_written_in_several_ways(text: str) -> None:
    assert interval(text) == interval(">=98 <99")


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("99", "met"),
        ("98.999", "minor"),
        ("98", "minor"),
        ("97.99", "serious"),
        ("96", "severe"),
        ("0", "below threshold"),
    ],
)
def test_the_edges_of_half_open_ranges_are_exact(value: str, severity: str) -> None:
    assert shown(MODEL, SEVERE, results(("2025-01", value)))["2025-01"]["severity"] == severity


def test_data_not_available_is_the_worst_red_severity_and_says_so() -> None:
    history = [MODEL, SEVERE, submitted("2025-01", unavailable=True), agreed("2025-01")]
    cell = shown(*history)["2025-01"]
    assert (cell["status"], cell["severity"], cell["points"]) == ("red", "below threshold", "4")
    assert any("the worst that is red, below threshold, is taken" in note for note in notes(*history))
    assert any("its severity is not known" in each for each in rag(asked(*history)).document()["assumptions"])


def test_a_status_set_without_a_value_is_the_worst_severity_of_that_status() -> None:
    set_ = [
        submitted("2025-01", status="red"),
        agreed("2025-01"),
        submitted("2025-02", status="amber"),
        agreed("2025-02"),
    ]
    found = shown(MODEL, SEVERE, set_)
    assert [found[each]["severity"] for each in ("2025-01", "2025-02")] == ["below threshold", "minor"]
    assert [found[each]["points"] for each in ("2025-01", "2025-02")] == ["4", "2"]
    assert not any("2025" in note and "minor" in note for note in notes(MODEL, SEVERE, set_[2:])), "only one is amber"


def test_a_status_that_no_severity_has_is_the_nearest_worse_one() -> None:
    two = kpi(severities=[{"from": "2025-01", "bands": [BANDS[0], {**BANDS[4], "band": "<99"}]}])
    history = [MODEL, two, submitted("2025-01", status="amber"), agreed("2025-01")]
    assert shown(*history)["2025-01"]["severity"] == "below threshold"
    assert any("no severity is amber; the nearest, below threshold, is taken" in note for note in notes(*history))


def test_a_value_in_a_gap_between_severities_takes_the_worse_neighbour_with_a_note() -> None:
    gappy = [BANDS[0], {**BANDS[1], "band": "98..98.9"}, {**BANDS[4], "band": "<98"}]
    assumed = kpi(severities=[{"from": "2025-01", "bands": gappy}], assumptions=["A gap goes to the worse."])
    history = [MODEL, assumed, results(("2025-01", "98.95"))]
    assert shown(*history)["2025-01"]["severity"] == "minor"
    assert any(
        "98.95 lies in no band; the worse of its neighbours, minor, is taken" in note for note in notes(*history)
    )


def test_a_relieved_failure_costs_nothing_and_gross_has_what_its_severity_would_have_cost() -> None:
    granted = fact("MitigationGranted", "2025-03-01", kpi="K", first_period="2025-02", last_period="2025-02")
    assert points(MODEL, SEVERE, THREE, granted) == ["3", "0", "3"]
    period = costs(MODEL, SEVERE, THREE, granted)["2025-02"]
    assert (period["gross_points"], period["relieved_points"]) == ("2", "2")
    assert period["lines"][0]["severity"] == "minor"


def test_a_rebase_may_bring_other_severities_for_a_while() -> None:
    milder = [{**each, "points": "0" if each["name"] == "minor" else each["points"]} for each in BANDS]
    rebased = fact(
        "TargetRebased", "2025-02-10", kpi="K", first_period="2025-02", last_period="2025-02", severities=milder
    )
    assert points(MODEL, SEVERE, THREE, rebased) == ["3", "0", "6"]
    row = rag(asked(MODEL, SEVERE, THREE, rebased, last="2025-02")).document()["rows"][0]
    assert (row["tsl"], row["msl"]) == (">=99", ">=98 <99")


def test_weighted_kpis_and_severities_stand_side_by_side_and_only_weights_make_the_pool() -> None:
    both = contract({**SCHEME, "pool": "100"})
    Given(both, kpi("W", "100")).when(kpi("K", severities=[{"from": "2025-01", "bands": BANDS}])).then_taken()
    period = costs(both, kpi("W", "100"), SEVERE, results(("2025-01", "85"), ref="W"), THREE[:2])["2025-01"]
    assert {line["kpi"]: line["points"] for line in period["lines"]} == {"W": "50", "K": "3"}


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ([BANDS[0], {**BANDS[1], "band": ">=98 <98.5"}, {**BANDS[4], "band": "<98"}], "a gap between minor and met"),
        ([BANDS[0], {**BANDS[1], "band": ">97 <99"}, {**BANDS[4], "band": "<98"}], "overlap"),
        ([BANDS[0], {**BANDS[1], "points": "5"}, {**BANDS[4], "band": "<98"}], "no order of merit"),
        ([{**BANDS[0], "band": "<96"}, {**BANDS[4], "band": ">=96"}], 'better = "higher", but the bands run met'),
    ],
)
def test_severities_with_gaps_overlaps_or_no_order_are_refused(bands: list[dict[str, str]], sentence: str) -> None:
    wrong = kpi(better="higher", severities=[{"from": "2025-01", "bands": bands}])
    Given(MODEL).when(wrong).then_refused(sentence)
    read = kpi(better="higher", severities=[{"from": "2025-01", "bands": bands}], assumptions=["Read as worse."])
    Given(MODEL).when(read).then_taken()


def test_a_weight_needs_shares_or_severities() -> None:
    Given(MODEL).when(kpi("W")).then_refused("the scheme has no shares")
    dealt = fact("WeightsSet", "2025-02-01", first_period="2025-01", weights={"W": "10"})
    Given(MODEL, kpi("W", "")).when(dealt).then_refused("the scheme has no shares")
    rebased = fact("TargetRebased", "2025-02-10", kpi="K", first_period="2025-02", tsl="99", msl="96")
    Given(MODEL, SEVERE).when(rebased).then_taken("costs no points by these levels")


# --- ratchets --------------------------------------------------------------------------------------------------------

RATCHETS = [
    {"failures": 2, "within": 4, "multiplier": "1.5"},
    {"failures": 3, "within": 4, "multiplier": "3"},
]
RATCHETED = {**SCHEME, "multipliers": ["1"], "ratchets": RATCHETS}
BAD, GOOD = "70", "95"


def months(*values: str) -> list[AnyFact]:
    return results(*((f"2025-{number:02d}", value) for number, value in enumerate(values, 1)))


def test_a_ratchet_counts_failures_in_a_window_whatever_lies_between() -> None:
    history = [contract(RATCHETED), kpi(), months(BAD, GOOD, BAD, BAD, GOOD, GOOD, GOOD, BAD)]
    found = shown(*history, last="2025-08", count=8)
    assert [found[f"2025-{each:02d}"]["multiplier"] for each in (1, 3, 4, 8)] == ["1", "1.5", "3", "1"]
    line = costs(*history, last="2025-08", count=8)["2025-04"]["lines"][0]
    assert (line["run"], line["failures_in_window"], line["within"], line["multiplier_from"]) == (2, 3, 4, "ratchet")
    line = costs(*history, last="2025-08", count=8)["2025-08"]["lines"][0]
    assert (line["run"], line["failures_in_window"], line["within"], line["multiplier_from"]) == (1, 1, 4, "run")


def test_without_a_ratchet_reached_the_run_gives_the_multiplier() -> None:
    scheme = {**SCHEME, "ratchets": [{"failures": 3, "within": 3, "multiplier": "5"}]}
    found = shown(contract(scheme), kpi(), months(BAD, BAD, BAD, BAD, GOOD, BAD))
    assert [cell["multiplier"] for cell in found.values()] == ["1", "1.5", "5", "5", None, "1"]


@pytest.mark.parametrize(("relieved_in_run", "multiplier"), [("reset", "1.5"), ("pause", "3"), ("count", "3")])
def test_a_relieved_period_in_a_window_is_no_failure_or_passed_over_or_one(
    relieved_in_run: str, multiplier: str
) -> None:
    granted = fact("MitigationGranted", "2025-06-01", kpi="K", first_period="2025-03", last_period="2025-03")
    scheme = {**RATCHETED, "relieved_in_run": relieved_in_run}
    history = [contract(scheme), kpi(), months(BAD, BAD, GOOD, GOOD, BAD), granted]
    assert shown(*history)["2025-05"]["multiplier"] == multiplier


def test_an_awaiting_period_keeps_points_unsettled_while_it_is_in_the_window() -> None:
    history = [
        contract(RATCHETED),
        kpi(),
        results(*((f"2025-0{each}", GOOD if each < 5 else BAD) for each in (2, 3, 4, 5))),
    ]
    found = costs(*history)
    assert [found[f"2025-0{each}"]["provisional"] for each in (2, 4)] == [False, False], "nothing fails there"
    assert found["2025-05"]["provisional"] is False, "January is out of May's window"
    history[-1] = results(("2025-02", GOOD), ("2025-03", GOOD), ("2025-04", BAD))
    assert costs(*history)["2025-04"]["provisional"], "January is in April's, whatever ran in between"


def test_periods_not_held_count_no_failure_and_what_rests_on_them_is_assumed() -> None:
    held = contract(RATCHETED, commenced="2024-01", held_from="2025-01")
    early = kpi(first_period="2024-01", targets=[{"from": "2024-01", "tsl": "90", "msl": "80"}])
    history = [held, early, months(GOOD, BAD, GOOD, GOOD, BAD)]
    assumes = "its points assume that no run was under way"
    assert [note.partition(":")[0] for note in notes(*history) if assumes in note] == ["K, Feb-25"]
    opened = kpi(first_period="2024-01", opening_run=2, targets=[{"from": "2024-01", "tsl": "90", "msl": "80"}])
    found = shown(held, opened, months(GOOD, BAD))
    assert found["2025-02"]["multiplier"] == "3", "two failed just before the first period held"


def test_a_corrected_month_moves_later_months_as_far_as_the_window_reaches() -> None:
    history = recorded([contract(RATCHETED), kpi(), *months(GOOD, BAD, GOOD, GOOD, BAD, BAD, GOOD, GOOD)])
    walker = Walker("K", history, "2025-08")
    void = recorded([fact("FactVoided", "2025-09-01", voids=history[5].fact.id)], len(history) + 1)
    moved = walker.change(void[0])
    assert list(moved) == ["2025-02", "2025-05"], "February's scrutiny is void; May had counted it, June had not"
    again = Walker("K", [*history, *void], "2025-08")
    assert again.cells == walker.cells


def test_runs_of_a_quarterly_kpi_are_of_consecutive_quarters() -> None:
    quarterly = kpi(frequency="quarterly")
    returned = [
        each
        for period, after in (("2025-01", "2025-04"), ("2025-04", "2025-07"), ("2025-07", "2025-10"))
        for each in (
            submitted(period, BAD, dated=f"{after}-05"),
            agreed(period, dated=f"{after}-20"),
        )
    ]
    found = shown(contract(), quarterly, returned, last="2025-09", count=9)
    assert {period: (cell["run"], cell["multiplier"]) for period, cell in found.items()} == {
        "2025-01": (1, "1"),
        "2025-04": (2, "1.5"),
        "2025-07": (3, "2"),
    }


# --- late returns ----------------------------------------------------------------------------------------------------

LATE = {**SCHEME, "late_return": {"due_days": 10, "points_per_day": "1", "at_most": "20"}}


@pytest.mark.parametrize(
    ("dated", "days", "cost"), [("2025-02-10", None, "0"), ("2025-02-11", 1, "1"), ("2025-03-31", 49, "20")]
)
def test_a_return_after_its_due_day_costs_points_for_each_day_up_to_the_most(
    dated: str, days: int | None, cost: str
) -> None:
    history = [contract(LATE), kpi(), submitted("2025-01", GOOD, dated=dated), agreed("2025-01", dated="2025-04-01")]
    period = costs(*history)["2025-01"]
    assert period["net_points"] == cost
    found = [(line["failure"], line["days_late"], line["status"], line["points"]) for line in period["lines"]]
    assert found == ([] if days is None else [("late_return", days, "green", cost)])
    assert shown(*history)["2025-01"]["points"] == "0", "the KPI's own result costs nothing"


def test_working_days_are_counted_by_the_calendar() -> None:
    scheme = {**SCHEME, "late_return": {"due_working_days": 10, "points_per_day": "2"}}
    history = [contract(scheme), kpi(), submitted("2025-04", GOOD, dated="2025-05-16")]
    period = costs(*history)["2025-04"]
    assert (period["net_points"], period["lines"][0]["status"]) == ("2", "submitted"), "5 May was a bank holiday"
    assert "bank holidays" in abatement(asked(*history)).document()["notes"][0]["text"]


def test_lateness_is_that_of_the_first_return_that_stands() -> None:
    first, second = (
        submitted("2025-01", GOOD, dated="2025-02-09", id="first"),
        submitted("2025-01", GOOD, dated="2025-02-13"),
    )
    assert costs(contract(LATE), kpi(), first, second)["2025-01"]["gross_points"] == "0"
    void = fact("FactVoided", "2025-02-14", voids="first", by="P")
    assert costs(contract(LATE), kpi(), first, second, void)["2025-01"]["gross_points"] == "3"


def test_a_late_return_is_relieved_with_its_period_and_suspended_with_all() -> None:
    late = [submitted("2025-01", BAD, dated="2025-02-12"), agreed("2025-01")]
    granted = fact("MitigationGranted", "2025-03-01", kpi="K", first_period="2025-01", last_period="2025-01")
    period = costs(contract(LATE), kpi(), late, granted)["2025-01"]
    assert (period["gross_points"], period["net_points"]) == ("102", "0")
    assert (
        mitigations(asked(contract(LATE), kpi(), late, granted)).document()["relieved"][0]["relieved_points"] == "102"
    )
    suspended = fact("CreditsSuspended", "2025-03-01", first_period="2025-01")
    assert costs(contract(LATE), kpi(), late, suspended)["2025-01"]["relieved_points"] == "102"


def test_a_late_return_is_told_by_rag_trail_and_diff() -> None:
    late = submitted("2025-01", GOOD, dated="2025-02-12", id="late")
    history = [contract(LATE), kpi(), late]
    assert any("its return was 2 days late (it was due on 10 February 2025" in note for note in notes(*history))
    entries = {each["id"]: each for each in trail(asked(*history), "K", "2025-01").document()["entries"]}
    assert (entries["late"]["before"]["late_return"], entries["late"]["after"]["late_return"]) == (None, "2")
    moved = diff(asked(*history, as_at="2025-02-01"), asked(*history), whole=True).document()
    assert [(each["period"], each["because"]) for each in moved["totals"]] == [("2025-01", ["late"])]


# --- what relief lifts -----------------------------------------------------------------------------------------------

GRANTED = fact("MitigationGranted", "2025-04-01", kpi="K", first_period="2025-02", last_period="2025-02")


@pytest.mark.parametrize(
    ("lifts", "net", "relieved"), [("both", "0", True), ("points", "0", True), ("triggers", "150", False)]
)
def test_relief_may_leave_a_period_its_points(lifts: str, net: str, relieved: bool) -> None:
    scheme = {**SCHEME, "relief_lifts": lifts}
    history = [contract(scheme), kpi(), months(BAD, BAD, BAD), GRANTED]
    period = costs(*history)["2025-02"]
    assert (period["gross_points"], period["net_points"]) == ("150", net)
    assert (period["lines"][0]["status"], period["lines"][0]["relieved"]) == ("mitigated", relieved)
    found = shown(*history)
    assert [found[f"2025-0{each}"]["status"] for each in (1, 2, 3)] == ["red", "mitigated", "red"]
    assert [found[f"2025-0{each}"]["points"] for each in (1, 2, 3)] == ["100", net, "100"], (
        "the run is reset all the same"
    )


def test_relief_of_triggers_only_leaves_the_points_of_a_period_without_a_value_too() -> None:
    rejected = [submitted("2025-02", GOOD), agreed("2025-02", decision="rejected")]
    both = [contract(), kpi(), rejected, GRANTED]
    assert costs(*both)["2025-02"]["gross_points"] == "0"
    scheme = {**SCHEME, "relief_lifts": "triggers"}
    assert costs(contract(scheme), kpi(), rejected, GRANTED)["2025-02"]["net_points"] == "100"
    assert costs(contract(scheme), kpi(), GRANTED)["2025-02"]["net_points"] == "0", "no result has come"


# --- stretch targets -------------------------------------------------------------------------------------------------


def test_a_stretch_target_is_shown_and_told_when_met_and_judges_nothing() -> None:
    stretched = kpi(targets=[{"from": "2025-01", "tsl": "90", "msl": "80", "stretch": "99"}])
    history = [contract(), stretched, months("98.9", "99")]
    row = rag(asked(*history, last="2025-02")).document()["rows"][0]
    assert row["stretch"] == "99"
    told = notes(*history, last="2025-02")
    assert "K, Feb-25: stretch target 99 met." in told
    assert "K: stretch target 99; nothing is judged by it." in told
    assert not any("Jan-25: stretch" in note for note in told)
    assert [cell["status"] for cell in row["cells"][-2:]] == ["green", "green"]


@pytest.mark.parametrize(
    ("levels", "stretch", "sentence"),
    [
        ({"targets": [{"from": "2025-01", "tsl": "90", "msl": "80"}]}, "89", "easier to meet than the target, 90"),
        ({"targets": [{"from": "2025-01", "tsl": ">90", "msl": "80"}]}, "90", "easier to meet than the target, >90"),
        ({"bands": [{"from": "2025-01", "green": "<10", "red": ">=10"}], "better": "lower"}, "11", "easier"),
        ({"bands": [{"from": "2025-01", "green": "<10", "red": ">=10"}]}, "5", "has no direction"),
        ({"severities": [{"from": "2025-01", "bands": BANDS}]}, ">=98.5", "easier to meet than the target, >=99"),
    ],
)
def test_a_stretch_target_that_is_easier_or_has_no_direction_is_refused(
    levels: dict[str, Any], stretch: str, sentence: str
) -> None:
    ((name, steps),) = ((name, steps) for name, steps in levels.items() if name != "better")
    given = {**levels, name: [{**steps[0], "stretch": stretch}]}
    Given(contract()).when(kpi(**{"better": "higher", **given} if name == "targets" else given)).then_refused(sentence)


def test_a_rebase_may_set_a_stretch_target_which_breaks_no_series() -> None:
    rebased = fact("TargetRebased", "2025-02-10", kpi="K", first_period="2025-02", tsl="90", msl="80", stretch="97")
    history = [contract(), kpi(), months("98", "98"), rebased]
    assert "K, Feb-25: stretch target 97 met." in notes(*history, last="2025-02")
    assert not any("Before:" in note for note in notes(*history, last="2025-02"))


# --- summary, reconcile ----------------------------------------------------------------------------------------------


def test_a_monthly_summary_says_how_longer_periods_are_counted() -> None:
    history = [contract(), kpi("K", "50"), kpi("Q", "50", frequency=Frequency.QUARTERLY.value)]
    document = summary(asked(*history)).document()
    assert [note["text"] for note in document["notes"]] == [
        "Q (quarterly) is counted once, in the month its period begins in."
    ]
    assert summary(asked(*history)).tables()[0].notes
    assert summary(asked(contract(), kpi())).document()["notes"] == []


def test_reconcile_names_the_severity_and_the_ratchet_that_would_explain_points() -> None:
    model = contract(DOUBLED, services=[{"code": "S", "title": "Service"}])
    document = reconciled([model, SEVERE, *THREE], "P,S,K points,2025-02,4", "1b,ALL,gross_points,2025-01,2")
    assert "as serious, 2 points would explain it" in explained(document, "K points")
    assert "K (Below MSL, severe) 3 × 1 = 3" in explained(document, "gross_points")
    assert "K (as serious, 2 points) would explain it" in explained(document, "gross_points")
    ratcheted = contract(RATCHETED, services=[{"code": "S", "title": "Service"}])
    document = reconciled([ratcheted, kpi(), *months(BAD, BAD)], "P,S,K points,2025-02,300")
    told = explained(document, "K points")
    assert "Its multiplier is that of a ratchet: 2 of its last 4 periods failed." in told
    assert "with the multiplier 3 in place of 1.5 would explain it" in told


def test_reconcile_says_how_late_a_return_would_have_been() -> None:
    scheme = contract(LATE, services=[{"code": "S", "title": "Service"}])
    late = [submitted("2025-01", GOOD, dated="2025-02-12"), agreed("2025-01")]
    document = reconciled([scheme, kpi(), *late], "1b,ALL,gross_points,2025-01,5")
    assert "K (returned 2 days late) = 2" in explained(document, "gross_points")
    assert "K (if it was 5 days late) would explain it" in explained(document, "gross_points")


@pytest.mark.parametrize("relieved", [False, True])
def test_a_late_return_without_a_denominator_costs_the_same_whether_relief_comes_or_not(*, relieved: bool) -> None:
    terms = contract({**SCHEME, "relief_lifts": "triggers", "late_return": {"due_days": 5, "points_per_day": "1"}})
    counted = kpi(formula="A / B", components={"A": "done", "B": "asked"}, no_denominator="not_counted")
    returned = submitted("2025-01", components={"A": "0", "B": "0"}, dated="2025-02-15")
    grant = fact("MitigationGranted", kpi="K", first_period="2025-01", last_period="2025-01")
    question = asked(
        terms, counted, returned, agreed("2025-01"), *([grant] if relieved else []), last="2025-01", count=1
    )
    (total,) = abatement(question).totals
    assert (total.net_points, [line.days_late for line in total.lines]) == (10, [10])
