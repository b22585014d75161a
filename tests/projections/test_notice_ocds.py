"""The release that a notice is written as: its shape, its ratings, and what it must not say."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted
from tests.ocds import faults, ids_given_twice

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

TERMS = {
    "governed_by": "procurement-act-2023",
    "kind": "standard",
    "estimated_value": "6000000",
    "year_rating": "latest",
    "ocid": "ocds-h6vhtk-0a1b2c",
    "contract_id": "7",
    "award_id": "3",
    "organisations": [
        {"party": "A", "scheme": "GB-PPON", "id": "P-1", "address": "Town Hall", "email": "a@a.example"},
        {"party": "P", "scheme": "GB-COH", "id": "00000001"},
    ],
}
LEVELS = {"good": ">=90", "approaching_target": ">=80", "requires_improvement": ">=70", "inadequate": "<70"}
CLASSES = {"90": "met", "80": "slightlyBelow", "70": "below", "69": "significantlyBelow"}


def begun(program: Program, *facts: Any, terms: dict[str, Any] = TERMS, **own: Any) -> Program:
    registered = contract(None, commenced="2025-03", held_from="2025-03", procurement=terms)
    measured = kpi(weight="", first_period="2025-03", **own)
    choice = fact("NoticeKpisChosen", "2025-03-02", kpis=["K"])
    rating = fact("RatingMapSet", "2025-03-02", kpi="K", first_period="2025-03", levels=LEVELS)
    assert program.record(registered, measured, choice, rating, *facts).exit_code == 0
    return program


def release(program: Program, file: Path, year: str = "2025/26", *asked: str) -> Any:
    program.done("notice", "c", "--year", year, "--ocds", str(file), *asked)
    return json.loads(file.read_text(encoding="utf-8"))


def observations(found: Any) -> list[Any]:
    (metric,) = found["contracts"][0]["implementation"]["metrics"]
    return list(metric["observations"])


@pytest.mark.parametrize("value", CLASSES)
def test_a_release_is_of_the_documented_shape_and_classifies_each_rating(
    program: Program, tmp_path: Path, value: str
) -> None:
    begun(program, *results(("2025-03", value)), unit="percent", definition="As counted at noon.")
    found = release(program, tmp_path / "release.json")
    assert list(faults(found)) == []
    assert ids_given_twice(found) == []
    year, march = observations(found)[:2]
    assert year["measureClassification"]["id"] == march["measureClassification"]["id"] == CLASSES[value]
    assert year["period"] == {"startDate": "2025-03-01T00:00:00Z", "endDate": "2026-02-28T23:59:59Z"}
    assert (march["measure"], march["unit"]) == (value, {"name": "percent", "scheme": "UNCEFACT", "id": "P1"})
    assert (found["contracts"][0]["id"], found["contracts"][0]["awardID"]) == ("7", "3")
    assert found["awards"] == [{"id": "3", "suppliers": [{"id": "GB-COH-00000001", "name": "Provider"}]}]
    assert [party["roles"] for party in found["parties"]] == [["buyer"], ["supplier"]]


def test_the_check_of_the_shape_finds_what_is_wrong(program: Program, tmp_path: Path) -> None:
    found = release(begun(program, *results(("2025-03", "90"))), tmp_path / "release.json")
    for spoil in (
        lambda each: each.pop("tag"),
        lambda each: each.update(id="a#b"),
        lambda each: each.update(date="2026-01-05"),
        lambda each: each.update(extra=1),
        lambda each: each.update(parties=[]),
        lambda each: each["contracts"][0].pop("awardID"),
        lambda each: observations(each)[0]["measureClassification"].update(id="good"),
        lambda each: observations(each)[1].update(measure=90),
    ):
        spoilt = copy.deepcopy(found)
        spoil(spoilt)
        assert list(faults(spoilt))


def test_a_measure_is_exact_and_a_return_that_is_not_agreed_is_not_published(program: Program, tmp_path: Path) -> None:
    exact = "90.000000000000000000000000001"
    begun(
        program,
        *results(("2025-03", exact)),
        submitted("2025-04", "12.5"),
        submitted("2025-05", "13.5"),
        fact("MitigationGranted", "2025-07-01", kpi="K", first_period="2025-05", last_period="2025-06"),
        *results(("2025-06", "14.5")),
        submitted("2025-07", unavailable=True),
        agreed("2025-07"),
    )
    found = release(program, tmp_path / "release.json")
    assert list(faults(found)) == []
    by_id = {each["id"]: each for each in observations(found)}
    assert by_id["K-2025-03"]["measure"] == exact
    assert "measure" not in by_id["K-2025-04"]
    assert "measureClassification" not in by_id["K-2025-04"]
    assert by_id["K-2025-04"]["notes"] == "The return is not agreed yet"
    assert "measure" not in by_id["K-2025-05"]
    assert by_id["K-2025-06"]["measure"] == "14.5"
    assert by_id["K-2025-07"]["measureClassification"] == {"id": "other", "description": "Other"}
    text = (tmp_path / "release.json").read_text(encoding="utf-8")
    assert "12.5" not in text
    assert "13.5" not in text


def test_the_agreed_levels_are_those_in_force_each_over_its_periods(program: Program, tmp_path: Path) -> None:
    rebased = fact("TargetRebased", kpi="K", first_period="2025-09", tsl="92", msl="81")
    found = release(begun(program, rebased), tmp_path / "release.json")
    (metric,) = found["contracts"][0]["agreedMetrics"]
    assert [
        (each["measure"], each["period"]["startDate"][:7], each["period"]["endDate"][:7])
        for each in metric["observations"]
    ] == [
        ("90", "2025-03", "2025-08"),
        ("92", "2025-09", "2026-02"),
    ]
    assert list(faults(found)) == []


def test_the_agreed_level_of_severities_is_the_range_that_is_green_and_tells_them_all(
    program: Program, tmp_path: Path
) -> None:
    bands = [
        {"name": "met", "band": ">=99", "status": "green", "points": "0"},
        {"name": "minor", "band": ">=98 <99", "status": "amber", "points": "1"},
        {"name": "severe", "band": "<98", "status": "red", "points": "3"},
    ]
    begun(program, better="higher", severities=[{"from": "2025-03", "bands": bands}])
    found = release(program, tmp_path / "release.json")
    ((level,),) = [each["observations"] for each in found["contracts"][0]["agreedMetrics"]]
    assert level["measure"] == ">=99"
    assert level["notes"] == (
        "Bands: met >=99 (green, 0 points), minor >=98 <99 (amber, 1 point), severe <98 (red, 3 points); "
        "higher is better"
    )
    assert list(faults(found)) == []


def test_a_kpi_without_levels_or_periods_has_metrics_without_observations_of_them(
    program: Program, tmp_path: Path
) -> None:
    later = begun(program, information=True)
    found = release(later, tmp_path / "release.json")
    assert list(faults(found)) == []
    assert "observations" not in found["contracts"][0]["agreedMetrics"][0]


def test_a_first_notice_implements_a_later_one_updates_and_the_last_terminates(
    program: Program, tmp_path: Path
) -> None:
    begun(program)
    assert release(program, tmp_path / "1.json")["tag"] == ["implementation"]
    assert release(program, tmp_path / "2.json", "2026/27", "--as-at", "2026-04-01")["tag"] == ["implementation"]
    out = {"notice": "assessment", "year": "2025/26", "published_on": "2026-01-02", "reference": "R"}
    program.record(fact("NoticePublished", "2026-01-02", **out))
    updated = release(program, tmp_path / "3.json", "2026/27", "--as-at", "2026-04-01")
    assert updated["tag"] == ["implementationUpdate"]
    assert updated["id"].startswith("ocds-h6vhtk-0a1b2c-performance-2026-27-")
    program.record(fact("ContractTerminated", "2026-01-05", on="2026-01-05"))
    ended = release(program, tmp_path / "4.json")
    assert (ended["tag"], ended["contracts"][0]["status"]) == (["contractTermination"], "terminated")
    assert list(faults(ended)) == []


def test_a_release_needs_identifiers_and_a_notice_that_is_due(program: Program, tmp_path: Path) -> None:
    bare = {name: TERMS[name] for name in ("governed_by", "kind", "estimated_value", "year_rating")}
    begun(program, terms=bare)
    file = tmp_path / "release.json"
    refused = program.run("notice", "c", "--year", "2025/26", "--ocds", str(file))
    assert refused.exit_code == 2
    assert [line.split(":")[0] for line in refused.output.strip().splitlines()] == [
        "procurement, ocid",
        "procurement, contract_id",
        "procurement, award_id",
        "procurement, organisations",
        "procurement, organisations",
    ]
    assert "a release needs it; `record` it in a ProcurementTermsSet" in refused.output
    program.record(fact("ProcurementTermsSet", "2025-04-01", procurement={**TERMS, "kind": "framework"}))
    refused = program.run("notice", "c", "--year", "2025/26", "--ocds", str(file))
    assert refused.exit_code == 2
    assert "no notice is due for 2025/26" in refused.output
    assert "A contract of the kind framework is exempt from setting KPIs" in refused.output
    assert not file.exists()


def test_a_file_that_is_there_already_is_not_overwritten(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "release.json"
    file.write_text("mine", encoding="utf-8")
    refused = begun(program).run("notice", "c", "--year", "2025/26", "--ocds", str(file))
    assert refused.exit_code == 2
    assert "is there already; give a new file" in refused.output
    assert file.read_text(encoding="utf-8") == "mine"
