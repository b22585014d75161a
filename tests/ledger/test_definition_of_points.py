"""A contract file with severities, ratchets, late returns and stretch targets is checked whole."""

from __future__ import annotations

import json

import pytest

from ledger.definition import read_definition
from ledger.facts import any_fact, as_given
from tests.given import SCHEME as WEIGHED
from tests.given import Given, contract, fact
from tests.ledger.test_definition import FILE, faults

BANDS = """\
severities = [
    { from = "2025-01", bands = [
        { name = "met", band = ">=99", status = "green", points = "0" },
        { name = "minor", band = ">=98 <99", status = "amber", points = "1" },
        { name = "severe", band = "<98", status = "red", points = "3" },
    ] },
]
"""
TARGETS = 'targets = [{ from = "2025-01", tsl = "90", msl = "80" }]\nweights = [{ from = "2025-01", points = "60" }]\n'
SEVERE = FILE.replace(TARGETS, BANDS).replace('points = "40"', 'points = "100"')
SCHEME = 'relieved_in_run = "reset"\n'


def with_scheme(*lines: str) -> list[str]:
    return faults(FILE.replace(SCHEME, SCHEME + "\n".join(lines) + "\n"))


def test_a_kpi_may_have_severities_beside_others_that_share_the_pool() -> None:
    assert faults(SEVERE) == []


def test_shares_may_be_left_out_only_where_no_kpi_has_a_weight() -> None:
    without = 'shares = { amber = "0.5", red = "1" }\n'
    assert faults(FILE.replace(without, "")) == ["c.toml, line 8, shares: is missing, and K, B have weights; give it"]
    bands = SEVERE[SEVERE.rindex("[[kpi]]") :]
    assert faults(SEVERE.replace(without, "").replace(bands, "").replace('pool = "100"\n', "")) == []


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ('">=98 <99"', '">=98 <98.5"', "line 26, K, severities: there is a gap between minor and met, from 98.5"),
        ('">=98 <99"', '">=98 <=99"', "minor and met both hold 99; leave it out"),
        ('">=98 <99"', '">=98 >99"', "has both signs on one side"),
        ('name = "minor"', 'name = "met"', "two severities have one name"),
        ('points = "0"', 'points = "1"', "a green band costs nothing"),
        ('status = "red", points = "3"', 'status = "red", points = "0.5"', "no order of merit"),
        ('better = "higher"', 'better = "lower"', "but the bands run severe, minor, met from low to high"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_in_severities_is_named(was: str, now: str, sentence: str) -> None:
    found = faults(SEVERE.replace(was, now))
    assert len(found) == 1, found
    assert sentence in found[0]


def test_a_weight_beside_severities_is_dealt_costs_nothing_and_is_warned_of() -> None:
    model = contract({**WEIGHED, "shares": None})
    bands = [
        {"name": "met", "band": ">=99", "status": "green", "points": "0"},
        {"name": "missed", "band": "<99", "status": "red", "points": "3"},
    ]
    both = {"severities": [{"from": "2025-01", "bands": bands}], "weights": [{"from": "2025-01", "points": "100"}]}
    introduced = fact("KpiIntroduced", "2025-01-01", ref="K", service="S", title="K", first_period="2025-01", **both)
    Given(model).when(introduced).then_taken("its weights count only without")


def test_a_gap_is_taken_with_a_warning_where_the_kpi_says_how_it_is_read() -> None:
    text = SEVERE.replace(">=98 <99", ">=98 <98.5").replace('title = "K"', 'title = "K"\nassumptions = ["Worse."]')
    reading = read_definition(text.encode(), "c.toml")
    assert reading.faults == []
    assert [each.sentence for each in reading.doubts] == [
        "there is a gap between minor and met, from 98.5 to 99: 98.75 lies in neither; read so: Worse."
    ]


def test_ratchets_and_late_returns_say_what_cannot_be() -> None:
    good = 'ratchets = [{ failures = 3, within = 6, multiplier = "1.5" }]'
    assert with_scheme(good, 'late_return = { due_days = 10, points_per_day = "1", at_most = "20" }') == []
    assert (
        with_scheme('late_return = { due_working_days = 10, points_per_day = "1" }', 'relief_lifts = "triggers"') == []
    )
    (fault,) = with_scheme('ratchets = [{ failures = 3, within = 2, multiplier = "1.5" }]')
    assert "ratchets" in fault
    assert "2 periods cannot have 3 failures" in fault
    for wrong in ('points_per_day = "1"', 'due_days = 1, due_working_days = 1, points_per_day = "1"'):
        (fault,) = with_scheme(f"late_return = {{ {wrong} }}")
        assert "give due_days or due_working_days, one of the two" in fault
    (fault,) = with_scheme('relief_lifts = "nothing"')
    assert "give one of 'points', 'triggers' or 'both'" in fault


def test_a_stretch_target_easier_than_the_target_is_refused() -> None:
    (fault,) = faults(FILE.replace('msl = "80" }', 'msl = "80", stretch = "85" }'))
    assert "stretch: 85 is easier to meet than the target, 90" in fault
    assert faults(FILE.replace('msl = "80" }', 'msl = "80", stretch = "95" }')) == []


def test_what_the_file_gives_is_what_the_facts_say() -> None:
    text = SEVERE.replace(SCHEME, SCHEME + 'ratchets = [{ failures = 2, within = 3, multiplier = "2" }]\n')
    for each in read_definition(text.encode(), "c.toml").proposed:
        again = any_fact.validate_python(json.loads(json.dumps(as_given(each.fact))))
        assert again == each.fact
