"""Which notices are due and why, how results are rated, and what is refused until it is recorded."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.notice_duties import NO_ADVICE
from projections.ratings import MERIT, Observed, of_year
from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

TERMS = {
    "governed_by": "procurement-act-2023",
    "kind": "standard",
    "estimated_value": "5000000.01",
    "year_rating": "worst",
}
YEAR = ("--year", "2025/26")
STATUSES = {"green": "good", "amber": "approaching_target", "red": "requires_improvement"}


def registered(terms: dict[str, Any] | None = None, **more: Any) -> Any:
    given = {**TERMS, **(terms or {}), **more}
    return contract(None, commenced="2025-03", held_from="2025-03", procurement=given)


def mapped(ref: str = "K", first: str = "2025-03", dated: str = "2025-03-02", **own: Any) -> Any:
    own = own if {"levels", "statuses"} & set(own) else {"statuses": STATUSES, **own}
    return fact("RatingMapSet", dated, kpi=ref, first_period=first, **own)


def chosen(*refs: str, dated: str = "2025-03-02") -> Any:
    return fact("NoticeKpisChosen", dated, kpis=list(refs))


def began(program: Program, *facts: Any, **terms: Any) -> Program:
    """Record a contract with one KPI that is chosen and rated by status."""
    result = program.record(registered(terms), kpi(weight="", first_period="2025-03"), chosen("K"), mapped(), *facts)
    assert result.exit_code == 0, result.output
    return program


def duty(program: Program, *asked: str) -> Any:
    return program.json("notice", "c", *YEAR, *asked)["duty"]


def assessed(program: Program, *asked: str) -> Any:
    (found,) = program.json("notice", "c", *YEAR, *asked)["kpis"]
    return found


def rated(program: Program, *asked: str) -> dict[str, tuple[str | None, str | None]]:
    return {each["period"]: (each["rating"], each["remark"]) for each in assessed(program, *asked)["observations"]}


LAWS = {"procurement-act-2023": True, "public-contracts-regulations-2015": False}
KINDS = {"standard": True, "framework": False, "light-touch": False, "concession": False, "private-utility": False}
VALUES = {"5000000.01": True, "5000000": False}
REASONS = {None: True, "Judged once.": False}


@pytest.mark.parametrize(("law", "kind", "value", "reason"), list(product(LAWS, KINDS, VALUES, REASONS)))
def test_a_yearly_notice_is_due_only_where_every_condition_holds_and_each_is_told_with_its_term(
    program: Program, law: str, kind: str, value: str, reason: str | None
) -> None:
    terms = {"governed_by": law, "kind": kind, "estimated_value": value, "kpis_inappropriate": reason}
    began(program, **terms)
    found = duty(program)
    holds = [LAWS[law], KINDS[kind], VALUES[value], REASONS[reason], True]
    assert [each["holds"] for each in found["conditions"]] == holds
    told = " ".join(each["term"] for each in found["conditions"])
    assert law in told
    assert kind in told
    assert f"£{Decimal(value):,f}" in told
    assert found["due_by"] == ("2026-02-28" if all(holds) else None)
    assert found["state"] == ("due" if all(holds) else "not due")
    document = program.json("notice", "c", *YEAR)
    assert bool(document["kpis"]) == all(holds)
    assert NO_ADVICE in document["assumptions"]


@pytest.mark.parametrize(
    ("assessed_from", "welsh", "year", "due_by"),
    [
        ("2025-01-01", False, "2025", None),
        ("2025-01-02", False, "2025/26", "2026-01-01"),
        ("2025-03-31", True, "2025/26", None),
        ("2025-04-01", True, "2025/26", None),
        ("2025-04-02", True, "2025/26", "2026-04-01"),
    ],
)
def test_a_year_that_ended_before_the_duty_was_in_force_has_no_notice(
    program: Program, assessed_from: str, *, welsh: bool, year: str, due_by: str | None
) -> None:
    began(program, assessed_from=assessed_from, regulated_by_welsh_ministers=welsh)
    assert program.json("notice", "c", "--year", year)["duty"]["due_by"] == due_by


def test_a_notice_is_overdue_from_the_day_after_it_was_due_until_it_is_published(program: Program) -> None:
    began(program, publish_within_days=30)
    states = {day: duty(program, "--as-at", day)["state"] for day in ("2026-03-30", "2026-03-31")}
    assert states == {"2026-03-30": "due", "2026-03-31": "overdue"}
    out = fact(
        "NoticePublished", "2026-01-04", notice="assessment", year="2025/26", published_on="2026-01-03", reference="R"
    )
    program.record(out)
    found = duty(program, "--as-at", "2026-04-01")
    assert (found["state"], found["published_on"], found["reference"]) == ("published", "2026-01-03", "R")
    assert duty(program, "--as-at", "2026-01-03")["state"] == "due"
    assert duty(program, "--as-at", "2026-04-01", "--known-at", "2026-01-05T09:01:30Z")["state"] == "overdue"


def listed(program: Program, *asked: str) -> dict[str, Any]:
    found = program.json("notices", "c", *asked)["notices"]
    return {f"{each['notice']} {each['of']}".strip(): each for each in found}


@pytest.mark.parametrize("kind", KINDS)
def test_a_breach_and_no_improvement_have_thirty_days_that_begin_with_their_day(program: Program, kind: str) -> None:
    began(
        program,
        fact("BreachRecorded", "2026-01-03", breach="B", what="x", result="damages", on="2026-01-02"),
        fact("BreachRecorded", "2026-01-03", breach="OLD", what="x", result="settlement", on="2025-12-31"),
        fact("ImprovementOpportunityGiven", "2025-10-01", opportunity="O", what="x", until="2025-12-31"),
        fact("ImprovementOpportunityGiven", "2025-10-01", opportunity="Q", what="x", until="2026-06-30"),
        fact("ImprovementJudged", "2026-01-04", opportunity="O", outcome="not_improved", on="2026-01-04"),
        kind=kind,
        estimated_value="400000",
    )
    found = listed(program, "--as-at", "2026-02-01")
    exempt = kind in ("light-touch", "private-utility")
    breach, old, late = found["breach B"], found["breach OLD"], found["no_improvement O"]
    assert breach["due_by"] == (None if exempt else "2026-01-31")
    assert breach["state"] == ("not due" if exempt else "overdue")
    assert breach["days_left"] == (None if exempt else -1)
    assert old["due_by"] is None
    assert "came into force on 1 January 2026, after this was (31 December 2025)" in old["conditions"][2]["why"]
    assert late["due_by"] == (None if exempt else "2026-02-02")
    assert "no_improvement Q" not in found
    waiting = program.json("notices", "c")["opportunities"]
    assert [each["opportunity"] for each in waiting] == ["Q"]


def test_an_opportunity_that_was_taken_has_no_notice(program: Program) -> None:
    given = fact("ImprovementOpportunityGiven", "2025-10-01", opportunity="O", what="x", until="2025-12-31")
    taken = fact("ImprovementJudged", "2026-01-04", opportunity="O", outcome="improved", on="2026-01-04")
    began(program, given, taken)
    assert list(listed(program)) == ["assessment 2025/26"]


def test_a_breach_whose_notice_went_out_after_its_days_was_published_late(program: Program) -> None:
    broken = fact("BreachRecorded", "2026-01-02", breach="B", what="x", result="damages", on="2026-01-01")
    began(program, broken)
    program.clock.tick(days=40)
    out = {"notice": "breach", "about": "B", "reference": "R"}
    program.record(fact("NoticePublished", "2026-02-05", **out, published_on="2026-01-31"))
    assert listed(program)["breach B"]["state"] == "published late"


def test_on_termination_the_year_until_then_is_assessed_within_thirty_days(program: Program) -> None:
    began(
        program,
        *results(("2025-03", "95"), ("2025-11", "70")),
        fact("ContractTerminated", "2026-01-02", on="2026-01-02"),
    )
    found = listed(program, "--as-at", "2027-06-01")
    assert {name: each["due_by"] for name, each in found.items()} == {"termination": "2026-01-31"}
    document = program.json("notice", "c", *YEAR)
    assert document["year"] == {"name": "2025/26", "first": "2025-03-01", "last": "2026-01-02"}
    assert [each["period"] for each in document["kpis"][0]["observations"]][-1] == "2025-12"
    refused = program.run("notice", "c", "--year", "2026/27", "--as-at", "2026-06-01")
    assert refused.exit_code == 2
    assert "begins after the contract was terminated on 2 January 2026" in refused.output
    assert listed(program, "--as-at", "2026-01-01")["assessment 2025/26"]["due_by"] == "2026-02-28"


def test_each_period_is_rated_by_the_map_and_what_has_no_result_says_why(program: Program) -> None:
    began(
        program,
        *results(("2025-03", "95"), ("2025-04", "85"), ("2025-05", "70")),
        submitted("2025-06", unavailable=True),
        agreed("2025-06"),
        fact("MitigationGranted", "2025-08-01", kpi="K", first_period="2025-07", last_period="2025-07"),
        submitted("2025-08", "99"),
        fact("HistoryNotHeld", "2025-11-01", first_period="2025-09", last_period="2025-09"),
    )
    found = rated(program)
    assert len(found) == 12
    assert [found[f"2025-{month:02d}"][0] for month in (3, 4, 5)] == [
        "good",
        "approaching_target",
        "requires_improvement",
    ]
    assert found["2025-06"] == ("other", "Data not available")
    assert found["2025-07"] == ("other", "Mitigation Agreed: no result is rated")
    assert found["2025-08"] == (None, "The return is not agreed yet")
    assert found["2025-09"] == ("other", "Not held: no result is rated")
    assert found["2026-02"] == (None, "No return yet; its last day is 28 February 2026")
    year = assessed(program)
    assert (year["rating"], year["measure_classification"], year["provisional"]) == (
        "requires_improvement",
        "below",
        True,
    )
    assert year["remarks"] == ["Rests on 3 of 12 periods", "3 rated other", "6 without an agreed result"]


def test_a_dispute_makes_a_rating_provisional_and_its_outcome_moves_it(program: Program) -> None:
    disputed = {"ref": "E", "kpi": "K", "period": "2025-03"}
    began(
        program,
        *results(("2025-03", "70")),
        fact("EscalationRaised", "2025-05-01", **disputed, against="score"),
        fact("EscalationDecided", "2025-09-01", **disputed, outcome="upheld", value="92"),
    )
    before, after = (assessed(program, "--as-at", day)["observations"][0] for day in ("2025-06-01", "2025-10-01"))
    assert (before["rating"], before["provisional"]) == ("requires_improvement", True)
    assert (after["rating"], after["provisional"], after["value"]) == ("good", False, "92")


LEVELS = {"good": ">=95", "approaching_target": ">=90", "requires_improvement": ">80", "inadequate": "0..80"}


@pytest.mark.parametrize(
    ("value", "rating"),
    [
        ("95", "good"),
        ("94.999999999999999999999999999", "approaching_target"),
        ("90", "approaching_target"),
        ("80.000000000000000000000000001", "requires_improvement"),
        ("80", "inadequate"),
        ("-1", "other"),
    ],
)
def test_of_the_levels_that_hold_a_value_in_full_the_best_is_its_rating(
    program: Program, value: str, rating: str
) -> None:
    information = kpi("I", "", information=True, first_period="2025-03")
    program.record(
        registered(), information, chosen("I"), mapped("I", levels=LEVELS), *results(("2025-03", value), ref="I")
    )
    found = assessed(program)["observations"][0]
    assert (found["rating"], found["value"]) == (rating, value)


def test_an_information_kpi_has_no_rating_before_its_return_is_agreed_and_none_by_status(program: Program) -> None:
    information = kpi("I", "", information=True, first_period="2025-03")
    program.record(registered(), information, chosen("I"), mapped("I"), submitted("2025-03", "5", ref="I"))
    assert rated(program)["2025-03"] == (None, "The return is not agreed yet")
    program.record(agreed("2025-03", ref="I"))
    assert rated(program)["2025-03"] == ("other", "The KPI has no targets, and the map rates by status")
    assert rated(program)["2025-04"] == (None, "No return yet; its last day is 30 April 2025")


def test_a_status_published_without_its_value_is_rated_by_status_and_not_by_value(program: Program) -> None:
    began(program, submitted("2025-03", status="amber"), agreed("2025-03"))
    assert rated(program)["2025-03"] == ("approaching_target", None)
    program.record(mapped(levels=LEVELS, dated="2025-03-03"))
    assert rated(program)["2025-03"] == ("other", "No value is recorded, and the map rates by value")


def test_a_later_map_rates_the_periods_from_its_first_and_of_equals_the_later_decided_stands(program: Program) -> None:
    began(program, *results(("2025-03", "70"), ("2025-04", "70"), ("2025-05", "70")))
    program.record(mapped(first="2025-04", dated="2025-06-01", statuses={"red": "inadequate"}))
    assert [found for found, _ in rated(program).values()][:3] == ["requires_improvement", "inadequate", "inadequate"]
    program.record(mapped(first="2025-04", dated="2025-05-01", statuses={"red": "good"}))
    assert rated(program)["2025-04"][0] == "inadequate"
    program.record(mapped(first="2025-04", dated="2025-06-01", statuses={"green": "good"}))
    assert rated(program)["2025-04"] == ("other", "The map gives no rating for red")
    assert rated(program, "--as-at", "2025-05-31")["2025-04"][0] == "good"


def test_the_latest_choice_of_kpis_and_terms_stands_as_at_its_date_and_as_known(program: Program) -> None:
    began(program, kpi("L", "", first_period="2025-03"), mapped("L"), year_rating=None)
    refused = program.run("notice", "c", *YEAR)
    assert refused.exit_code == 2
    said = "K: nothing says how a year's rating follows from its periods; say it with"
    assert f"{said} `map-ratings c K PERIOD --year-rating`" in refused.output
    program.record(
        fact("ProcurementTermsSet", "2025-08-01", procurement={**TERMS, "year_rating": "latest"}),
        chosen("L", dated="2025-08-01"),
    )
    assert assessed(program)["kpi"] == "L"
    assert program.run("notice", "c", *YEAR, "--as-at", "2025-07-31").exit_code == 2
    assert program.run("notice", "c", *YEAR, "--known-at", "2026-01-05T09:01:30Z").exit_code == 2


def test_what_an_assessment_lacks_is_refused_all_at_once_with_what_to_record(program: Program) -> None:
    program.record(registered(), *(kpi(ref, "", first_period="2025-03") for ref in "KLM"))
    refused = program.run("notice", "c", *YEAR)
    assert refused.exit_code == 2
    assert (
        "no KPIs are chosen for c, and a notice is due; choose at least 3 with `choose-kpis c KPI…`" in refused.output
    )
    program.record(chosen("K", "L", "M"), mapped("L"), mapped("M", first="2025-05"))
    refused = program.run("notice", "c", *YEAR)
    assert refused.exit_code == 2
    lines = refused.output.strip().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["K", "M"]
    said = "no rating map is in force in 2025-03; give one from then or before with `map-ratings c {} PERIOD`"
    assert all(said.format(ref) in line for ref, line in zip("KM", lines, strict=True))


def test_a_contract_without_terms_and_a_year_that_is_none_are_refused(program: Program) -> None:
    program.record(contract(None), kpi(weight=""))
    for asked in (("notices", "c"), ("notice", "c", *YEAR)):
        refused = program.run(*asked)
        assert refused.exit_code == 2
        assert "has no procurement terms; `record` a ProcurementTermsSet" in refused.output
    program.record(fact("ProcurementTermsSet", "2025-03-01", procurement={**TERMS, "assessed_from": "2025-03-01"}))
    assert "is no notice year" in program.run("notice", "c", "--year", "2019/20").output
    assert "begins only on 1 March 2026" in program.run("notice", "c", "--year", "2026/27").output


def test_a_period_belongs_to_the_notice_year_in_which_it_ends(program: Program) -> None:
    quarterly = kpi("Q", "", first_period="2025-04", frequency="quarterly")
    program.record(registered(assessed_from="2025-05-15"), quarterly, chosen("Q"), mapped("Q", "2025-04"))
    assert list(rated(program)) == ["2025-04", "2025-07", "2025-10", "2026-01"]


def test_every_reading_is_printed_in_every_form_and_that_nobody_is_advised(program: Program) -> None:
    began(program, assumptions=["VAT is included."])
    for view in (("notices", "c"), ("notice", "c", *YEAR)):
        for form in ("table", "md", "csv"):
            printed = " ".join(program.done(*view, "--format", form).stdout.split())
            assert "This is no legal advice" in printed
            assert "VAT is included." in printed
        assert NO_ADVICE in program.json(*view)["assumptions"]


def test_an_address_that_is_not_recorded_is_said_to_be_missing(program: Program) -> None:
    known = {"party": "A", "scheme": "GB-PPON", "id": "P-1", "email": "a@a.example"}
    names = began(program, organisations=[known]).json("notice", "c", *YEAR)["names"]
    assert names["Contracting authority"] == "Authority; GB-PPON-P-1; address not recorded; a@a.example"
    assert names["Supplier"] == "Provider; identifier not recorded; address not recorded; email not recorded"


def test_notices_move_no_cell_and_are_told_in_the_trail_of_their_kpi(program: Program) -> None:
    began(program, *results(("2025-03", "70")))
    told = program.record(mapped(first="2025-04", dated="2025-06-01"))
    assert "no cell moved" in told.output
    sentences = [each["sentence"] for each in program.json("trail", "c", "K")["entries"]]
    assert any(
        "set the ratings of K from April 2025 on, green good, amber approaching target" in each for each in sentences
    )


@pytest.mark.parametrize("how", ["latest", "worst", "most"])
def test_a_result_that_falls_in_a_hole_of_the_map_makes_the_year_other_and_is_named(program: Program, how: str) -> None:
    holed = mapped(levels={"good": ">=95", "inadequate": "<80"}, year_rating=how)
    program.record(
        registered(), kpi(first_period="2025-03"), chosen("K"), holed,
        *results(("2025-03", "96"), ("2025-04", "94"), ("2025-05", "80"), ("2025-06", "97"), ("2025-07", "98")),
    )  # fmt: skip
    assert rated(program)["2025-04"] == ("other", "No level of the map holds 94")
    found = assessed(program)
    assert found["rating"] == "other"
    assert "Other, as the map has no rating for the result of Apr-25, May-25" in found["remarks"]


def test_a_relieved_period_leaves_the_years_rating_to_the_others(program: Program) -> None:
    relief = fact("MitigationGranted", "2025-06-01", kpi="K", first_period="2025-04", last_period="2025-04")
    began(program, *results(("2025-03", "95"), ("2025-04", "70")), relief)
    found = assessed(program)
    assert found["rating"] == "good"


RATINGS = st.lists(st.sampled_from([*MERIT, "other", None]), max_size=15)


@given(st.sampled_from(["latest", "worst", "most"]), RATINGS)
def test_a_years_rating_is_that_found_by_going_through_its_periods_one_by_one(how: Any, ratings: list[Any]) -> None:
    observed = [Observed("2025-03", None, rating, None, None) for rating in ratings]  # type: ignore[arg-type]
    counted = [each for each in ratings if each not in ("other", None)]
    expected = "other"
    if counted and how == "latest":
        expected = counted[-1]
    elif counted and how == "worst":
        expected = next(
            each for each in ("inadequate", "requires_improvement", "approaching_target", "good") if each in counted
        )
    elif counted:
        most = max(Counter(counted).values())
        tied = {each for each in counted if counted.count(each) == most}
        expected = next(
            each for each in ("inadequate", "requires_improvement", "approaching_target", "good") if each in tied
        )
    assert of_year(how, observed) == expected


def test_days_left_count_down_to_none(program: Program) -> None:
    began(program)
    due = date(2026, 2, 28)
    for days in (-2, 0, 3):
        assert duty(program, "--as-at", f"{due - timedelta(days=days)}")["days_left"] == days


def test_the_end_of_the_calendar_is_no_stumbling_block(program: Program) -> None:
    began(program)
    found = program.json("notices", "c", "--as-at", "9999-12-31")["notices"]
    assert found[-1]["of"] == "2199/00"
    assert program.json("notice", "c", "--year", "2199/00", "--as-at", "9999-12-31")["year"]["last"] == "2200-02-28"
    refused = program.record(fact_line("9999-12-31"))
    assert refused.exit_code == 2
    assert "give a day up to 2199-12-31" in refused.output


def fact_line(assessed_from: str) -> dict[str, Any]:
    envelope = {"fact": "ProcurementTermsSet", "contract": "c", "dated": "2025-08-01", "by": "A", "reason": "x"}
    return {**envelope, "procurement": {**TERMS, "assessed_from": assessed_from}}


def test_a_kpi_that_was_discontinued_before_the_year_is_not_measured_in_it(program: Program) -> None:
    began(program, *results(("2025-03", "95")), fact("KpiDiscontinued", "2025-05-01", kpi="K", last_period="2025-04"))
    assert list(rated(program)) == ["2025-03", "2025-04"]
    (later,) = program.json("notice", "c", "--year", "2026/27", "--as-at", "2026-04-01")["kpis"]
    assert (later["rating"], later["remarks"], later["observations"]) == ("other", ["Not measured in this year"], [])


def test_an_assessment_of_fewer_than_three_kpis_says_so(program: Program) -> None:
    told = "Fewer KPIs are chosen than the 3 that the Act asks for."
    began(program)
    assert told in program.json("notice", "c", *YEAR)["assumptions"]
    program.record(
        *(each for ref in "LM" for each in (kpi(ref, "", first_period="2025-03"), mapped(ref))),
        chosen("K", "L", "M", dated="2025-04-01"),
    )
    assert told not in program.json("notice", "c", *YEAR)["assumptions"]
