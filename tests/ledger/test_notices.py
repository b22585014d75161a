"""What may be recorded of notices of performance, and what a contract file says of them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ledger.definition import read_definition
from tests.given import Given, contract, fact, kpi
from tests.ledger.test_definition import FILE

TERMS = {
    "governed_by": "procurement-act-2023",
    "kind": "standard",
    "estimated_value": "6000000",
    "assessed_from": "2025-03-01",
    "year_rating": "worst",
}
BEGUN = (contract(commenced="2025-03", held_from="2025-03", procurement=TERMS), kpi(first_period="2025-03"))
STATUSES = {"green": "good", "amber": "approaching_target", "red": "inadequate"}
MAP = {"kpi": "K", "first_period": "2025-03", "statuses": STATUSES}
BROKEN = fact("BreachRecorded", "2025-06-02", breach="B", what="x", result="damages", on="2025-06-01", kpis=["K"])
GIVEN_O = fact("ImprovementOpportunityGiven", "2025-06-01", opportunity="O", what="x", until="2025-07-31", kpis=["K"])
JUDGED = {"opportunity": "O", "outcome": "not_improved", "on": "2025-08-01"}
OUT = {"published_on": "2025-09-01", "reference": "R-1"}


def published(notice: str = "breach", dated: str = "2025-09-02", **fields: Any) -> Any:
    own = {"about": "B"} if notice == "breach" else {}
    return fact("NoticePublished", dated, notice=notice, **{**OUT, **own, **fields})


def test_kpis_are_chosen_that_are_in_use_and_fewer_than_three_are_odd() -> None:
    three = (kpi("L", "", first_period="2025-03"), kpi("M", "", first_period="2025-03"))
    Given(*BEGUN, *three).when(fact("NoticeKpisChosen", kpis=["K", "L", "M"])).then_taken()
    Given(*BEGUN).when(fact("NoticeKpisChosen", kpis=["K"])).then_taken("1 of the at least 3 KPIs")
    Given(*BEGUN).when(fact("NoticeKpisChosen", kpis=["K", "X"])).then_refused('"X" is not a KPI of this contract')


def test_a_rating_map_is_of_a_kpi_in_use_from_one_of_its_periods() -> None:
    Given(*BEGUN).when(fact("RatingMapSet", **MAP)).then_taken()
    Given(*BEGUN).when(fact("RatingMapSet", **{**MAP, "kpi": "X"})).then_refused("not a KPI of this contract")
    Given(*BEGUN).when(fact("RatingMapSet", **{**MAP, "first_period": "2025-02"})).then_refused(
        "before the first period of K"
    )
    unlevelled = kpi("I", "", information=True, first_period="2025-03")
    Given(*BEGUN, unlevelled).when(fact("RatingMapSet", **{**MAP, "kpi": "I"})).then_taken("so no status to rate")


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"statuses": None}, "give statuses or levels"),
        ({"levels": {"good": ">=95"}}, "give statuses or levels"),
        ({"statuses": None, "levels": {"other": "<5"}}, 'levels earn no "other"'),
        ({"statuses": None, "levels": {"good": "about 95"}}, "is no level"),
        ({"statuses": {"mitigated": "good"}}, "green"),
        ({"year_rating": "mean"}, "latest"),
    ],
)
def test_a_rating_map_rates_in_one_way_by_what_there_is(own: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        fact("RatingMapSet", **{**MAP, **own})


MISSED = "a period with such a result makes its year other"


@pytest.mark.parametrize(
    ("levels", "warnings"),
    [
        ({"good": ">=95", "inadequate": "<95"}, []),
        ({"good": ">=95", "approaching_target": ">=90", "inadequate": "0..90"}, []),
        (
            {"good": ">=95", "inadequate": "<80"},
            [f"gap between inadequate and good, from 80 to 95: 87.5 lies in neither; {MISSED}"],
        ),
        ({"good": ">95", "inadequate": "<95"}, [f"neither inadequate nor good holds 95; {MISSED}"]),
        ({"good": ">=95", "approaching_target": ">=85"}, [f"no level holds a value below 85; {MISSED}"]),
        ({"good": "95..99", "inadequate": "<95"}, [f"no level holds a value above 99; {MISSED}"]),
        ({"good": "95..100", "inadequate": "<95"}, []),
        (
            {"good": "<95", "inadequate": ">=95"},
            ["its levels run good, inadequate from low to high, but of the KPI higher"],
        ),
        (
            {"good": "<50", "inadequate": "50..80", "approaching_target": ">80"},
            ["run good, inadequate, approaching target from low to high, which is no order of merit"],
        ),
    ],
)
def test_levels_that_leave_a_hole_or_run_the_wrong_way_are_odd(levels: dict[str, str], warnings: list[str]) -> None:
    percent = kpi("C", "", unit="percent", first_period="2025-03")
    own = {"kpi": "C", "first_period": "2025-03", "levels": levels}
    Given(*BEGUN, percent).when(fact("RatingMapSet", **own)).then_taken(*warnings)


@pytest.mark.parametrize(
    ("statuses", "warnings"),
    [
        ({"green": "good", "amber": "good", "red": "other"}, []),
        ({"green": "good", "amber": "approaching_target"}, [f"red has no rating; {MISSED}"]),
        ({"red": "inadequate"}, [f"green, amber have no rating; {MISSED}"]),
        (
            {"green": "inadequate", "amber": "good", "red": "requires_improvement"},
            ["amber, the worse status, is rated good, better than green, inadequate"],
        ),
    ],
)
def test_statuses_without_a_rating_or_rated_the_wrong_way_are_odd(
    statuses: dict[str, str], warnings: list[str]
) -> None:
    Given(*BEGUN).when(fact("RatingMapSet", **{**MAP, "statuses": statuses})).then_taken(*warnings)


def test_a_breach_has_a_name_of_its_own_and_a_result_by_the_day_it_is_recorded() -> None:
    Given(*BEGUN).when(BROKEN).then_taken()
    Given(*BEGUN, BROKEN).when(BROKEN.model_copy(update={"id": "again"})).then_refused("B is already recorded")
    late = fact("BreachRecorded", "2025-06-02", breach="B", what="x", result="damages", on="2025-06-03")
    Given(*BEGUN).when(late).then_refused("give a day up to 2025-06-02")
    elsewhere = fact("BreachRecorded", breach="B", what="x", result="damages", on="2025-06-01", kpis=["X"])
    Given(*BEGUN).when(elsewhere).then_refused("not a KPI of this contract")


def test_an_opportunity_is_given_before_it_is_judged_once_and_better_not_before_its_end() -> None:
    judged = fact("ImprovementJudged", "2025-08-02", **JUDGED)
    Given(*BEGUN).when(judged).then_refused("O was not recorded by 2025-08-02")
    Given(*BEGUN, GIVEN_O).when(judged).then_taken()
    Given(*BEGUN, GIVEN_O, judged).when(judged.model_copy(update={"id": "again"})).then_refused("already judged")
    early = fact("ImprovementJudged", "2025-08-02", **{**JUDGED, "on": "2025-07-30"})
    Given(*BEGUN, GIVEN_O).when(early).then_taken("before the opportunity ended, on 2025-07-31")
    past = fact("ImprovementOpportunityGiven", "2025-06-01", opportunity="P", what="x", until="2025-05-31")
    Given(*BEGUN).when(past).then_refused("give a day from 2025-06-01 on")


def test_a_contract_is_terminated_once() -> None:
    ended = fact("ContractTerminated", "2025-11-02", on="2025-11-01")
    Given(*BEGUN).when(ended).then_taken()
    Given(*BEGUN, ended).when(ended.model_copy(update={"id": "again"})).then_refused("terminated on 2025-11-01")


def test_a_notice_that_went_out_is_of_something_recorded() -> None:
    Given(*BEGUN).when(published()).then_refused("B was not recorded by 2025-09-02")
    Given(*BEGUN, BROKEN).when(published()).then_taken()
    Given(*BEGUN, BROKEN, published()).when(published(reference="R-2")).then_taken("already published, R-1")
    Given(*BEGUN, BROKEN).when(published(published_on="2025-09-03")).then_refused("give a day up to 2025-09-02")
    improved = fact("ImprovementJudged", "2025-08-02", **{**JUDGED, "outcome": "improved"})
    Given(*BEGUN, GIVEN_O, improved).when(published("no_improvement", about="O")).then_refused("O was not recorded")
    failed = fact("ImprovementJudged", "2025-08-02", **JUDGED)
    Given(*BEGUN, GIVEN_O, failed).when(published("no_improvement", about="O")).then_taken()
    Given(*BEGUN).when(published("termination")).then_refused("no termination was recorded")
    Given(*BEGUN).when(published("assessment", year="2025/26")).then_taken()
    Given(*BEGUN).when(published("assessment", year="2024/25")).then_refused("the first is 2025/26, from 2025-03-01")
    Given(contract(), kpi()).when(published("assessment", year="2025")).then_refused("no procurement terms")


def test_a_breach_of_which_a_notice_went_out_cannot_be_declared_void() -> None:
    void = fact("FactVoided", "2025-10-01", voids=BROKEN.id)
    Given(*BEGUN, BROKEN).when(void).then_taken()
    Given(*BEGUN, BROKEN, published()).when(void).then_refused("the later NoticePublished")


@pytest.mark.parametrize(
    "fields",
    [
        {"notice": "assessment"},
        {"notice": "breach"},
        {"notice": "termination", "about": "B"},
        {"notice": "breach", "year": "2025", "about": "B"},
    ],
)
def test_a_notice_names_its_year_or_what_it_is_about_and_not_both(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"give (year|about)"):
        fact("NoticePublished", **{**OUT, **fields})


def test_notices_are_for_the_authority_to_record() -> None:
    for each in (BROKEN, GIVEN_O, published("assessment", year="2025/26")):
        Given(*BEGUN).when(each.model_copy(update={"by": "P"})).then_refused("is for the authority to record (A)")


def test_organisations_are_parties_and_a_contract_under_the_act_is_no_older_than_it() -> None:
    stranger = {**TERMS, "organisations": [{"party": "X", "scheme": "S", "id": "1"}]}
    sentence = '"X" is no party to this contract; give one of A, P'
    Given().when(contract(procurement=stranger)).then_refused(sentence)
    Given(*BEGUN).when(fact("ProcurementTermsSet", procurement=stranger)).then_refused(sentence)
    Given().when(contract(procurement=TERMS)).then_taken("before the Act came into force on 2025-02-24")
    older = {**TERMS, "governed_by": "public-contracts-regulations-2015"}
    Given().when(contract(procurement=older)).then_taken()
    twice = {**TERMS, "organisations": [{"party": "A", "scheme": "S", "id": each} for each in "12"]}
    with pytest.raises(ValidationError, match="a party is given twice"):
        contract(procurement=twice)


def test_the_faults_of_the_procurement_table_are_on_the_lines_of_their_keys() -> None:
    table = '\n[procurement]\ngoverned_by = "magna-carta"\nkind = "standard"\nvalue = "5"\npublish_within_days = 400\n'
    faults = [str(each) for each in read_definition((FILE + table).encode(), "c.toml").faults]
    first = FILE.count("\n") + 2
    assert len(faults) == 4
    assert any(
        f"line {first + 1}, procurement.governed_by" in each and "procurement-act-2023" in each for each in faults
    )
    assert any(f"line {first + 3}, procurement.value: is no field" in each for each in faults)
    assert any(f"line {first + 4}, procurement.publish_within_days" in each for each in faults)
    assert any("procurement.estimated_value: is missing" in each for each in faults)
