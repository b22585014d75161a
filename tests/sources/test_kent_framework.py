"""The Kent sample is what Schedule 14 prints, measure by measure; what the copy leaves open is read aloud.

`kent-schedule-14.csv` holds the tables of the schedule's section 3: the bands as printed, and the frequency columns as
far as the copy has them, a dash for an empty one. The year of the three providers is invented.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cli.sample import contents_of
from tests.conftest import Program

FILES = contents_of("kent-framework")
TERMS = tomllib.loads(FILES["contract.toml"].decode())
KPIS = {kpi["ref"]: kpi for kpi in TERMS["kpi"]}
FACTS = [json.loads(line) for line in FILES["facts.jsonl"].decode().splitlines()]
with (Path(__file__).parent / "kent-schedule-14.csv").open(encoding="utf-8", newline="") as file:
    PRINTED = {row["kpi"]: row for row in csv.DictReader(file)}
CONTRACTS = {"NORTH": "kent-north", "MEDWAY": "kent-medway", "COAST": "kent-coast"}
FREQUENCIES = ("quarterly", "six-monthly", "annual")
SOURCES = {
    "return": "Provider Return",
    "return and cross check": "Provider Return, and the council's cross check with SWIFT/Liberi",
    "customer survey": "Customer Survey, managed by the Provider",
    "carers survey": "Carers Survey, managed by the Provider",
}
YEAR_END = ("--as-at", "2025-05-16")


@pytest.fixture(scope="module")
def kent(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("kent")
    program = Program(folder / "kent.db")
    program.done("sample", "kent-framework", "--to", str(folder))
    program.done("register", str(folder / "contract.toml"))
    program.done("record", str(folder / "facts.jsonl"))
    return program


def band(printed: str) -> str:
    """Write a band as a contract file does."""
    return printed.removesuffix("%").replace("-", "..")


def bands(ref: str) -> dict[str, str]:
    (step,) = KPIS[ref]["bands"]
    return {status: step[status] for status in ("green", "amber", "red")}


def read(ref: str) -> list[str]:
    """Return the kinds of doubt that are read in some way."""
    return [doubt["of"] for doubt in KPIS[ref].get("doubts", []) if doubt["read_as"]]


# --- the schedule ----------------------------------------------------------------------------------------------------


def test_there_are_37_measures_21_of_them_judged_each_in_its_lots() -> None:
    assert list(KPIS) == list(PRINTED)
    judged = Counter(ref.split()[1][0] for ref in KPIS if "bands" in KPIS[ref])
    informing = Counter(ref.split()[1][0] for ref in KPIS if "bands" not in KPIS[ref])
    assert judged == {"S": 8, "W": 2, "I": 4, "E": 4, "A": 2, "T": 1}
    assert informing == {"W": 3, "I": 3, "E": 2, "A": 6, "T": 2}
    assert all(ref.startswith("KPI") == ("bands" in kpi) for ref, kpi in KPIS.items())


@pytest.mark.parametrize("ref", PRINTED)
def test_a_measure_has_the_lots_the_source_and_the_components_that_are_printed(ref: str) -> None:
    kpi, printed = KPIS[ref], PRINTED[ref]
    assert kpi.get("lots", []) == printed["lots"].split()
    assert kpi["data_source"] == SOURCES[printed["measured by"]]
    assert kpi["formula"] == "(x/y) x 100 = % outturn"
    assert kpi["components"].keys() == {"x", "y"}
    assert printed["x counts"] in kpi["components"]["x"]
    assert printed["y counts"] in kpi["components"]["y"]


@pytest.mark.parametrize("ref", [ref for ref in PRINTED if ref.startswith("KPI")])
def test_a_kpi_has_the_bands_that_are_printed(ref: str) -> None:
    printed = {status: band(PRINTED[ref][status]) for status in ("green", "amber", "red")}
    if not printed["red"]:
        assert (ref, "level" in read(ref)) == ("KPI I4", True)
        printed["red"] = "<75"
    assert bands(ref) == printed
    assert KPIS[ref]["better"] == ("lower" if printed["green"].startswith("<") else "higher")
    assert ("gap" in read(ref)) == (printed["green"] == "100")


@pytest.mark.parametrize("ref", PRINTED)
def test_a_measure_has_the_frequency_of_its_tick_or_a_reading_of_what_is_left_of_it(ref: str) -> None:
    ticks, frequency = PRINTED[ref]["ticks"], KPIS[ref]["frequency"]
    whole = len(ticks) == 3 and "V" in ticks
    assert ("frequency" in read(ref)) != whole
    place = next((at for at, mark in enumerate(ticks) if mark != "-"), None)
    could_be = FREQUENCIES if place is None else FREQUENCIES[place : place + 4 - len(ticks)]
    assert frequency in could_be


def test_what_contradicts_itself_is_read_in_some_way() -> None:
    odd = {ref: sorted(set(read(ref)) - {"frequency", "gap"}) for ref in KPIS}
    assert {ref: kinds for ref, kinds in odd.items() if kinds} == {
        "KPI S2": ["formula", "wording"],
        "KPI S3": ["formula"],
        "KPI S4b": ["formula"],
        "KPI S4c": ["formula", "wording"],
        "KPI W2": ["level"],
        "KPI I1": ["formula"],
        "KPI I4": ["direction", "formula", "level"],
        "KPI E2": ["formula"],
        "KPI E4": ["formula"],
        "INFO A1": ["wording"],
        "INFO A4": ["formula"],
        "KPI A1": ["formula"],
        "KPI A2": ["formula"],
    }
    assert len(TERMS["contract"]["doubts"]) == 6


def test_every_doubt_that_check_finds_is_settled(program: Program, tmp_path: Path) -> None:
    program.done("sample", "kent-framework", "--to", str(tmp_path))
    found = program.json("check", str(tmp_path / "contract.toml"))
    assert found["errors"] == []
    assert len(found["doubts"]) == 51
    assert all(each["settled_by"] for each in found["doubts"])
    by_rule = {(each["kpi"], each["kind"]) for each in found["doubts"] if each["field"] != "doubts"}
    gaps = {(ref, "gap") for ref in ("KPI S4c", "KPI S5", "KPI S6", "KPI E1", "KPI T1")}
    assert by_rule == gaps | {("KPI S2", "formula"), ("KPI S3", "formula"), ("KPI I4", "direction")}


def test_the_clocks_are_those_of_sections_5_9_and_11() -> None:
    terms = TERMS["management"]
    assert (terms["plan_due_working_days"], terms["minutes_deemed_agreed_after_working_days"]) == (10, 10)
    assert (terms["annual_meetings"], terms["forums_a_year"], terms["termination_clause"]) == (1, 4, "Clause 48")
    assert terms["failed_plan_counts_for"] == "contract"
    assert any('"any of the agreed action plans"' in each for each in terms["assumptions"])
    assert [lot["code"] for lot in TERMS["lot"]] == ["1a", "1b", "2a", "2b", "3", "4", "transport"]


# --- the year --------------------------------------------------------------------------------------------------------


def test_everything_in_the_year_is_said_to_be_invented_and_nothing_is_dated_after_it_was_made() -> None:
    assert {fact["source"] for fact in FACTS} == {"Invented for this sample"}
    assert all("2024-04-01" <= fact["dated"] <= "2026-01-05" for fact in FACTS)
    assert [fact["dated"] for fact in FACTS] == sorted(fact["dated"] for fact in FACTS)
    returned = {fact["period"] for fact in FACTS if fact["fact"] == "PerformanceSubmitted"}
    assert returned == {"2024-04", "2024-07", "2024-10", "2025-01"}


def holds(printed: str, outturn: Fraction) -> bool:
    """Say whether a band holds an outturn."""
    if printed[0] == "<":
        return outturn < Fraction(printed[1:])
    if printed[0] == ">":
        return outturn > Fraction(printed[1:])
    low, _, high = printed.partition("..")
    return Fraction(low) <= outturn <= Fraction(high or low)


def rated(ref: str, amounts: dict[str, str]) -> str:
    """Rate components by the printed bands, plainly; what no band holds lies between 99 and 100, and is amber."""
    if "bands" not in KPIS[ref] or Fraction(amounts["y"]) == 0:
        return "information"
    outturn = Fraction(amounts["x"]) / Fraction(amounts["y"]) * 100
    for status, printed in bands(ref).items():
        if holds(printed, outturn):
            return status
    assert 99 < outturn < 100
    return "amber"


@pytest.mark.parametrize("code", CONTRACTS)
def test_every_return_of_a_provider_is_rated_as_the_printed_bands_say(kent: Program, code: str) -> None:
    returns = {
        (fact["kpi"], fact["period"]): rated(fact["kpi"], fact["components"])
        for fact in FACTS
        if fact["fact"] == "PerformanceSubmitted" and fact["contract"] == CONTRACTS[code]
    }
    found = kent.json("rag", CONTRACTS[code], *YEAR_END, "--periods", "4")
    shown = {(row["kpi"], cell["period"]): cell["status"] for row in found["rows"] for cell in row["cells"] if cell}
    relieved = {("KPI S2", period): "mitigated" for period in ("2024-04", "2024-10")}
    assert {key: status for key, status in shown.items() if key in returns} == {**returns, **relieved}
    lots = next(each["lots"] for each in TERMS["provider"] if each["code"] == code)
    own = [ref for ref, kpi in KPIS.items() if not kpi.get("lots") or set(kpi["lots"]) & set(lots)]
    assert [row["kpi"] for row in found["rows"]] == own
    assert len(own) == {"NORTH": 16, "MEDWAY": 26, "COAST": 32}[code]


def test_the_market_pools_what_the_providers_return(kent: Program) -> None:
    found = kent.json("market", "kent-day-services", *YEAR_END, "--periods", "4")
    checked = 0
    for measure in found["measures"]:
        for period in measure["periods"]:
            own = [
                fact["components"]
                for fact in FACTS
                if (fact["fact"], fact.get("kpi"), fact.get("period"))
                == ("PerformanceSubmitted", measure["kpi"], period["period"])
            ]
            of = sum(Fraction(each["y"]) for each in own)
            pooled = sum(Fraction(each["x"]) for each in own) / of * 100
            assert abs(Fraction(period["market"]["value"]) - pooled) < Fraction(1, 10**20), (measure["kpi"], period)
            checked += 1
    assert checked == len({(f["kpi"], f["period"]) for f in FACTS if f["fact"] == "PerformanceSubmitted"})


def test_coast_is_shown_a_figure_of_the_others_and_not_one_that_gives_them_away(kent: Program) -> None:
    withheld = {}
    for kpi in ("KPI S1", "KPI S3"):
        asked = ("--for", "COAST", "--kpi", kpi, "--last", "2025-01", "--periods", "4")
        (measure,) = kent.json("market", "kent-day-services", *asked)["measures"]
        withheld[kpi] = [each["others"]["withheld"] for each in measure["periods"]]
    assert withheld == {"KPI S1": [False, False], "KPI S3": [True, True]}


# --- Coast's story ---------------------------------------------------------------------------------------------------


def ladder(kent: Program, kpi: str, as_at: str) -> Any:
    return kent.json("ladder", "kent-coast", "--kpi", kpi, "--as-at", as_at)


@pytest.mark.parametrize(
    ("as_at", "asks"),
    [
        ("2024-11-01", ["reasons", "proportionality"]),
        ("2024-11-04", ["proportionality"]),
        ("2024-11-08", ["plan"]),
        ("2024-11-20", ["agreement"]),
        ("2025-01-31", []),
        ("2025-02-01", ["closing"]),
    ],
)
def test_kpi_s3_is_amber_and_goes_from_reasons_to_a_plan_that_is_missed(
    kent: Program, as_at: str, asks: list[str]
) -> None:
    (row,) = [each for each in ladder(kent, "KPI S3", as_at)["rows"] if each["period"] == "2024-04"]
    assert (row["status"], row["asks"]) == ("amber", asks)


@pytest.mark.parametrize(
    ("as_at", "failure", "plan", "condition", "warning"),
    [
        ("2025-01-26", "open", "not_met", "not_met", None),
        ("2025-01-31", "met", "not_met", "not_met", None),
        ("2025-02-10", "met", "open", "open", "not_received"),
        ("2025-02-26", "met", "open", "open", "due"),
        ("2025-02-27", "met", "open", "open", "missed"),
        ("2025-03-14", "met", "met", "met", "missed"),
        ("2025-04-28", "not_met", "met", "not_met", "missed"),
    ],
)
def test_kpi_t1_fails_twice_a_plan_fails_and_the_condition_is_met_until_a_green_quarter(
    kent: Program, as_at: str, failure: str, plan: str, condition: str, warning: str | None
) -> None:
    found = ladder(kent, "KPI T1", as_at)
    (limbs,) = found["termination"]
    assert (limbs["continuous_failure"]["state"], limbs["failed_plan"]["state"]) == (failure, plan)
    assert limbs["condition"] == condition
    assert [each["state"] for each in found["warnings"]] == ([warning] if warning else [])


def test_coast_is_suspended_and_comes_back(kent: Program) -> None:
    days = ("2025-03-23", "2025-03-24", "2025-05-11", "2025-05-12")
    in_force = [any(each["in_force"] for each in ladder(kent, "KPI T1", day)["suspensions"]) for day in days]
    assert in_force == [False, True, True, False]


def test_the_minutes_of_one_forum_are_approved_withheld_and_deemed_agreed(kent: Program) -> None:
    states = {}
    for code, contract in CONTRACTS.items():
        found = kent.json("meetings", contract, "--as-at", "2025-01-07")["meetings"]
        states[code] = next(each["state"] for each in found if each["meeting"] == "Forum, December 2024")
    assert states == {"NORTH": "approved", "MEDWAY": "withheld", "COAST": "deemed agreed"}
    (day_before,) = [
        each["state"]
        for each in kent.json("meetings", "kent-coast", "--as-at", "2025-01-06")["meetings"]
        if each["meeting"] == "Forum, December 2024"
    ]
    assert day_before == "awaiting answer"
    asked = kent.json("meetings", "kent-coast", "--as-at", "2025-03-31")["requirements"]
    assert [(each["purpose"], each["state"]) for each in asked if each["contract_year"] == 2] == [
        ("annual", "held"),
        ("forum", "held"),
    ]


def test_the_councils_own_figures_stand_beside_coasts(kent: Program) -> None:
    checks = kent.json("assurance", "kent-coast")["cross_checks"]
    assert [(each["returned"], each["found"], each["difference"]) for each in checks] == [
        ("4", "8", "-4"),
        ("6.25", "6.25", "0"),
    ]
    assert {each["status"] for each in checks} == {"green"}


def test_the_change_of_the_kpi_that_rewards_disputes_is_agreed_by_two_and_rejected_by_one(kent: Program) -> None:
    states = {}
    for code, contract in CONTRACTS.items():
        states[code] = next(
            each["state"] for each in kent.json("changes", contract)["changes"] if each["change"] == "CC1"
        )
    assert states == {"NORTH": "carried_out", "MEDWAY": "rejected", "COAST": "carried_out"}
