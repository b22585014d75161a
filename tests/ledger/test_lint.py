"""A clean contract raises no doubt; each seeded one is found with its kind, its KPI and its line."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.band_doubts import bands_of, doubts_of_bands
from ledger.bands import interval
from ledger.formula import read_formula
from ledger.framework import read_registration
from ledger.parts import BandStep

if TYPE_CHECKING:
    from ledger.definition import DoubtAt

LENGTHS = {"monthly": 1, "quarterly": 3, "six-monthly": 6, "annual": 12}
Contract = dict[str, Any]


def toml(value: Any) -> str:
    """Write a value as TOML writes it inside a line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def written(contract: Contract) -> tuple[str, dict[tuple[str, int, str, int | None], int]]:
    """Write a contract file; return it with the line of each key, and of each table in a key's list."""
    lines: list[str] = []
    at: dict[tuple[str, int, str, int | None], int] = {}
    for name in ("contract", "scheme", "service", "kpi"):
        tables = contract.get(name, [])
        for number, table in enumerate(tables if isinstance(tables, list) else [tables]):
            lines.append(f"[[{name}]]" if isinstance(tables, list) else f"[{name}]")
            for key, value in table.items():
                at[name, number, key, None] = len(lines) + 1
                if not (isinstance(value, list) and value and isinstance(value[0], dict)):
                    lines.append(f"{key} = {toml(value)}")
                    continue
                lines.append(f"{key} = [  # a ] in a comment ends nothing")
                for item, each in enumerate(value):
                    at[name, number, key, item] = len(lines) + 1
                    lines.append(f"    {toml(each)},")
                lines.append("]")
            lines.append("")
    return "\n".join(lines), at


def found(contract: Contract) -> list[DoubtAt]:
    """Return the doubts about a contract that has no error."""
    definition = read_registration(written(contract)[0].encode(), "c.toml")
    assert definition.faults == []
    return definition.doubtful


def bands(low: str, high: str, better: str, form: str) -> dict[str, str]:
    """Return three bands that leave nothing out and hold nothing twice."""
    amber = {"closed": f"{low}..{high}", "none": ""}[form]
    if better == "higher":
        return (
            {"green": f">{high}", "amber": amber, "red": f"<{low}"}
            if amber
            else {"green": f">={low}", "red": f"<{low}"}
        )
    return {"green": f"<{low}", "amber": amber, "red": f">{high}"} if amber else {"green": f"<{low}", "red": f">={low}"}


@st.composite
def clean(draw: st.DrawFn) -> Contract:
    """A contract that nothing is doubtful of."""
    scheme = draw(st.booleans())
    services = [f"S{number}" for number in range(1, draw(st.integers(1, 3)) + 1)]
    kpis = []
    for number in range(1, draw(st.integers(3, 6)) + 1):
        better = draw(st.sampled_from(["higher", "lower"]))
        frequency = draw(st.sampled_from(list(LENGTHS)))
        first = f"2025-{draw(st.sampled_from([4, 7, 10])):02d}"
        kpi: dict[str, Any] = {
            "ref": f"K{number}",
            "service": services[number % len(services)],
            "title": f"Share of the wishes numbered {number} that were met",
            "unit": "percent",
            "better": better,
            "frequency": frequency,
            "first_period": first,
        }
        low = draw(st.integers(5, 80))
        high = low + draw(st.integers(1, 15))
        if draw(st.booleans()):
            sign = draw(st.sampled_from(["", ">" if better == "higher" else "<"]))
            worst, best = (low, high) if better == "higher" else (high, low)
            kpi["targets"] = [{"from": first, "tsl": f"{sign}{best}", "msl": f"{sign}{worst}"}]
            kpi["targets"].append({"from": "2027-10", "tsl": f"{sign}{best}", "msl": f"{sign}{worst}"})
        else:
            form = draw(st.sampled_from(["closed", "none"]))
            kpi["bands"] = [{"from": first, **bands(str(low), str(high), better, form)}]
        if draw(st.booleans()):
            kpi["formula"] = draw(st.sampled_from(["(x/y) x 100 = % outturn", "100 * x / y", "x ÷ (y / 100)"]))
            kpi["components"] = {
                "x": f"number of wishes of group {number} that were met",
                "y": f"number of wishes of group {number}",
            }
        if scheme:
            kpi["weights"] = [{"from": "2025-04", "points": "10"}]
            kpi["first_period"] = "2025-04"
            for step in kpi.get("targets", kpi.get("bands"))[:1]:
                step["from"] = "2025-04"
        kpis.append(kpi)
    contract = {
        "contract": {
            "id": "c",
            "title": "C",
            "commenced": "2025-04",
            "dated": "2025-04-01",
            "parties": [
                {"code": "A", "name": "A", "role": "authority"},
                {"code": "P", "name": "P", "role": "provider"},
            ],
        },
        "service": [{"code": code, "title": code} for code in services],
        "kpi": kpis,
    }
    if scheme:
        contract["scheme"] = {
            "pool": str(10 * len(kpis)),
            "shares": {"red": "1"},
            "multipliers": draw(st.sampled_from([["1"], ["1", "1.5", "2"], ["1", "1", "2"]])),
            "run_counts": "missed_target",
            "relieved_in_run": "reset",
            "weights_between": ["10", "50"],
        }
    return contract


@settings(max_examples=60, deadline=None)
@given(clean())
def test_a_clean_contract_raises_no_doubt(contract: Contract) -> None:
    assert found(contract) == []


Seeded = tuple[str, str, str, int | None]
"""What a seed puts into a KPI: (kind, key, and the item of its list); the first is a part of the sentence."""


def _gap(kpi: Contract) -> Seeded:
    kpi.pop("targets", None)
    kpi |= {
        "better": "higher",
        "bands": [{"from": kpi["first_period"], "green": "100", "amber": "85..99", "red": "<85"}],
    }
    return "99.5 lies in neither", "gap", "bands", 0


def _decimals(kpi: Contract) -> Seeded:
    kpi.pop("targets", None)
    kpi |= {"better": "lower", "bands": [{"from": kpi["first_period"], "green": "0..94.9", "red": ">=95.0"}]}
    return "94.95 lies in neither", "gap", "bands", 0


def _no_edge(kpi: Contract) -> Seeded:
    kpi.pop("targets", None)
    kpi |= {"better": "lower", "bands": [{"from": kpi["first_period"], "green": "<10", "red": ">10"}]}
    return "neither green nor red holds 10", "gap", "bands", 0


def _overlap(kpi: Contract) -> Seeded:
    kpi.pop("targets", None)
    kpi |= {
        "better": "higher",
        "bands": [{"from": kpi["first_period"], "green": ">=95", "amber": "85..95", "red": "<85"}],
    }
    return "amber and green both hold 95", "overlap", "bands", 0


def _against(kpi: Contract) -> Seeded:
    kpi.pop("targets", None)
    kpi |= {
        "better": "higher",
        "bands": [{"from": kpi["first_period"], "green": "<10", "amber": "10..25", "red": ">25"}],
    }
    return 'better = "higher", but the bands run green, amber, red', "direction", "bands", 0


def _unused(kpi: Contract) -> Seeded:
    kpi |= {"formula": "A / B * 100", "components": {"A": "wishes met", "B": "wishes", "C": "wishes put off"}}
    return "C is defined, and the formula does not use it", "component", "components", None


def _opposite(kpi: Contract) -> Seeded:
    kpi["title"] = "% of invoices that are submitted on time and undisputed"
    kpi |= {"formula": "x / y * 100", "components": {"x": "invoices disputed before payment", "y": "all invoices"}}
    return 'the title negates "disputed"', "formula", "formula", None


def _past_100(kpi: Contract) -> Seeded:
    components = {"x": "no. of complaints resolved", "y": "total no. of complaints received"}
    kpi |= {"formula": "(x/y) x 100 = % outturn", "components": components}
    return "can pass 100 %", "formula", "formula", None


def _strict(kpi: Contract) -> Seeded:
    kpi.pop("bands", None)
    kpi["better"] = "higher"
    years = (kpi["first_period"], "2027-04", "2028-04")
    kpi["targets"] = [{"from": year, "tsl": "35", "msl": "30"} for year in years]
    kpi["targets"][1]["tsl"] = ">35"
    kpi |= {"first_period": "2025-04"}
    kpi["targets"][0]["from"] = "2025-04"
    return 'tsl ">35" from 2027-04 is strict', "level", "targets", 1


def _at_once(kpi: Contract) -> Seeded:
    kpi.pop("bands", None)
    kpi |= {"better": "higher", "frequency": "monthly", "first_period": "2025-04"}
    kpi["targets"] = [
        {"from": "2025-04", "tsl": "90", "msl": "80"},
        {"from": "2026-01", "to": "2026-06", "tsl": "70", "msl": "60"},
        {"from": "2026-06", "to": "2026-08", "tsl": "75", "msl": "60"},
    ]
    return "two temporary steps stand from 2026-06 to 2026-06", "level", "targets", 2


def _misaligned(kpi: Contract) -> Seeded:
    step = kpi.get("targets") or kpi["bands"]
    kpi |= {"frequency": "quarterly", "first_period": "2025-05"}
    step[0]["from"] = "2025-05"
    del step[1:]
    return "begins no quarter", "frequency", "first_period", None


def _noted(kpi: Contract) -> Seeded:
    kpi["doubts"] = [{"of": "gap", "read_as": "None."}, {"of": "wording", "text": "Two rows stand where one belongs."}]
    return "Two rows stand where one belongs", "wording", "doubts", 1


SEEDS = [
    _gap, _decimals, _no_edge, _overlap, _against, _unused, _opposite, _past_100, _strict, _at_once, _misaligned,
    _noted,
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.__name__.strip("_"))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_seeded_doubt_is_found_with_its_kind_its_kpi_and_its_line(data: st.DataObject, seed: Any) -> None:
    contract = deepcopy(data.draw(clean()))
    contract.get("scheme", {}).pop("pool", None)
    number = data.draw(st.integers(0, len(contract["kpi"]) - 1))
    part, kind, key, item = seed(contract["kpi"][number])
    line = written(contract)[1]["kpi", number, key, item]
    (only,) = found(contract)
    assert (only.line, only.doubt.kpi, only.doubt.kind, only.doubt.field) == (line, f"K{number + 1}", kind, key)
    assert part in only.doubt.sentence
    assert only.where == f"c.toml, line {line}, K{number + 1}"


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_doubt_costs_money_only_where_a_scheme_weighs_its_kpi(data: st.DataObject) -> None:
    contract = deepcopy(data.draw(clean()))
    _opposite(contract["kpi"][0])
    (only,) = found(contract)
    assert only.doubt.bars is ("scheme" in contract)


def test_bands_that_leave_a_gap_bar_registering_whatever_they_cost() -> None:
    bands = [{"from": "2025-04", "green": "100", "amber": "85..99", "red": "<85"}]
    assert [each.doubt.bars for each in found(contract(kpi(bands=bands)))] == [True]


CONTRACT = {
    "contract": {
        "id": "c",
        "title": "C",
        "commenced": "2025-04",
        "dated": "2025-04-01",
        "parties": [{"code": "A", "name": "A", "role": "authority"}, {"code": "P", "name": "P", "role": "provider"}],
    },
    "service": [{"code": "S", "title": "S"}],
}
SCHEME = {
    "shares": {"red": "1"},
    "multipliers": ["1", "2"],
    "run_counts": "missed_target",
    "relieved_in_run": "reset",
}


def kpi(ref: str = "K", **fields: Any) -> Contract:
    own = {"ref": ref, "service": "S", "title": f"Measure {ref}", "unit": "percent", "first_period": "2025-04"}
    if "bands" not in fields and not fields.pop("information", False):
        own |= {"better": "higher", "targets": [{"from": "2025-04", "tsl": "90", "msl": "80"}]}
    return own | fields


def contract(*kpis: Contract, scheme: Contract | None = None, **fields: Any) -> Contract:
    terms = {**CONTRACT, **({"scheme": SCHEME | scheme} if scheme is not None else {}), "kpi": list(kpis)}
    return terms | {"contract": {**CONTRACT["contract"], **fields}}


def told(terms: Contract) -> list[tuple[str | None, str, str | None]]:
    return [(each.doubt.kpi, each.doubt.kind, each.doubt.settled_by) for each in found(terms)]


def band(green: str, red: str, amber: str | None = None) -> list[dict[str, str]]:
    return [{"from": "2025-04", "green": green, **({"amber": amber} if amber else {}), "red": red}]


LEAVERS = {"formula": "x / y * 100", "components": {"x": "no. of people who leave within six months*", "y": "all"}}


def test_one_that_rewards_what_another_punishes_is_found_by_its_numerator() -> None:
    early = kpi("I4", bands=band(">95", "<75", "75..95"), **LEAVERS)
    others = LEAVERS["components"] | {"x": "people who leave within six months", "y": "new people"}
    late = kpi("E2", bands=band("<10", ">25", "10..25"), formula="(x/y) x 100", components=others)
    (only,) = found(contract(early, late))
    assert (only.doubt.kpi, only.doubt.kind) == ("I4", "direction")
    assert "lower for E2, which has the same numerator" in only.doubt.sentence
    settled = contract(early, late | {"doubts": [{"of": "direction", "read_as": "As printed."}]})
    assert told(settled) == [("I4", "direction", "As printed.")]


def test_a_numerator_of_two_words_is_compared_and_one_of_a_single_word_says_too_little() -> None:
    def twice(numerator: str) -> Contract:
        shares = [{"x": numerator, "y": below} for below in ("leavers", "starters")]
        early = kpi("A", formula="x/y*100", components=shares[0], better="higher", bands=band(">95", "<75", "75..95"))
        late = kpi("B", formula="x/y*100", components=shares[1], better="lower", bands=band("<10", ">25", "10..25"))
        return contract(early, late)

    assert told(twice("leavers early")) == [("A", "direction", None)]
    assert told(twice("number of people")) == []


def test_of_three_with_one_title_the_one_that_stands_alone_is_named() -> None:
    same = [kpi(ref, title=f"Days open (lot {number})") for number, ref in enumerate("AB", 1)]
    other = kpi("C", title="Days open", better="lower", targets=[{"from": "2025-04", "tsl": "1", "msl": "2"}])
    assert told(contract(other, *same)) == [("C", "direction", None)]


@pytest.mark.parametrize(
    ("title", "formula", "numerator", "denominator"),
    [
        ("% of invoices undisputed", "(y - x) / y * 100", "invoices disputed", "all invoices"),
        ("% of invoices undisputed", "x / y * 100", "invoices sent, excluding those disputed", "all invoices"),
        ("% of invoices undisputed", "x / y * 100", "invoices that nobody disputed", "all invoices"),
        ("% in paid or voluntary work", "A / C * 100", "people at work, excluding unpaid work at home", "people"),
        ("% in paid or voluntary work", "(A + B) / C * 100", "people in unpaid work", "people"),
        ("Incidents not resolved within two hours", "x / y * 100", "incidents resolved late", "incidents that ended"),
        ("% resolved", "x / y * 100", "complaints resolved in 28 days", "complaints resolved"),
        ("% resolved", "x / y * 100", "complaints received in the month and resolved in it", "complaints received"),
        ("% resolved", "x / y * 100", "complaints resolved, of those received", "complaints received"),
        ("% resolved", "x / y * 100", "repairs completed", "complaints received"),
        ("Resolved a month", "x / y", "complaints resolved", "complaints received"),
    ],
)
def test_no_formula_is_doubted_without_a_sound_reason(
    title: str, formula: str, numerator: str, denominator: str
) -> None:
    unit = "percent" if "100" in formula else "ratio"
    above, *more, below = read_formula(formula).names if "A" in formula else ("x", "y")
    components = {above: numerator, **dict.fromkeys(more, "people in paid work"), below: denominator}
    clean = kpi(title=title, formula=formula, components=components, unit=unit)
    assert told(contract(clean)) == []


def test_whole_numbers_and_values_that_are_rounded_first_leave_no_gap_between_them() -> None:
    counted = kpi(unit="count", better="lower", bands=band("0..2", ">=6", "3..5"))
    assert told(contract(counted)) == []
    tenths = {"better": "higher", "bands": band(">=95.0", "<90.0", "90.0..94.9")}
    assert told(contract(kpi(**tenths))) == [("K", "gap", None)]
    assert told(contract(kpi(**tenths, decimals=1, round_first=True))) == []
    assert told(contract(kpi(**tenths, decimals=2, round_first=True))) == [("K", "gap", None)]


@settings(max_examples=200, deadline=None)
@given(
    edges=st.lists(st.integers(0, 40), min_size=4, max_size=4).map(sorted),
    signs=st.tuples(st.sampled_from(["<", "<="]), st.sampled_from([">", ">="])),
    decimals=st.sampled_from([None, 0, 1]),
)
def test_bands_are_doubted_just_where_a_value_lies_in_none_or_in_two(
    edges: list[int], signs: tuple[str, str], decimals: int | None
) -> None:
    tenths = [f"{edge // 10}.{edge % 10}" for edge in edges]
    texts = {"green": f"{signs[0]}{tenths[0]}", "amber": f"{tenths[1]}..{tenths[2]}", "red": f"{signs[1]}{tenths[3]}"}
    read = [interval(text) for text in texts.values()]
    step = BandStep.model_validate({"from": "2025-04", **texts})
    places = 2 if decimals is None else decimals
    grid = [interval(f"{step / 10**places:.{places}f}").low for step in range(5 * 10**places)]
    held = [sum(each.holds(value) for each in read) for value in grid if value is not None]
    kinds = {doubt.kind for doubt in doubts_of_bands(bands_of(step), "lower", decimals)} - {"direction"}
    assert ("gap" in kinds) is (0 in held)
    if 2 in held:
        assert "overlap" in kinds


def test_weights_and_services_and_multipliers_are_held_against_the_terms() -> None:
    one = kpi("A", weights=[{"from": "2025-04", "points": "48"}, {"from": "2025-10", "points": "50"}])
    two = kpi("B", weights=[{"from": "2025-04", "points": "2"}, {"from": "2025-10", "points": "0"}])
    scheme = {"pool": "50", "weights_between": ["10", "50"], "multipliers": ["1", "2", "1.5"]}
    terms = contract(one, two, kpi("C"), kpi("D", information=True), scheme=scheme)
    terms["service"] = [*CONTRACT["service"], {"code": "T", "title": "T"}]
    lines = written(terms)[1]
    assert [(each.line, each.doubt.kpi, each.doubt.kind, each.doubt.bars) for each in found(terms)] == [
        (lines["scheme", 0, "multipliers", None], None, "multiplier", True),
        (lines["service", 1, "code", None], None, "service", False),
        (lines["kpi", 1, "weights", 0], "B", "weight", False),
        (lines["kpi", 2, "ref", None], "C", "weight", False),
    ]
    terms["scheme"]["doubts"] = [{"of": "multiplier", "read_as": "The third month is milder."}]
    terms["contract"]["doubts"] = [{"of": "service", "read_as": "T has no KPI yet."}]
    assert [each.doubt.settled_by for each in found(terms)][:2] == ["The third month is milder.", "T has no KPI yet."]


GAP = {"better": "higher", "bands": band("100", "<85", "85..99"), "weights": [{"from": "2025-04", "points": "1"}]}
OPPOSITE = {
    "title": "% undisputed",
    "formula": "x / y * 100",
    "components": {"x": "invoices disputed", "y": "all invoices"},
    "weights": [{"from": "2025-04", "points": "1"}],
}


@pytest.mark.parametrize(
    ("fields", "settled"),
    [
        (GAP, None),
        (GAP | {"assumptions": ["99.5 is amber."]}, "99.5 is amber."),
        (GAP | {"doubts": [{"of": "gap", "read_as": "99.5 is amber."}]}, "99.5 is amber."),
        (GAP | {"doubts": [{"of": "overlap", "read_as": "Nothing."}]}, None),
        (OPPOSITE, None),
        (OPPOSITE | {"assumptions": ["It is about invoices."]}, None),
        (OPPOSITE | {"doubts": [{"of": "formula", "read_as": "As printed."}]}, "As printed."),
    ],
)
def test_a_doubt_is_settled_by_an_entry_of_its_kind_and_bands_by_any_assumption(
    fields: dict[str, Any], settled: str | None
) -> None:
    (only,) = found(contract(kpi(**fields), scheme={}))
    assert (only.doubt.settled_by, only.doubt.bars) == (settled, settled is None)


HIGH, LOW = ({"of": "gap", "read_as": f"{value} is amber."} for value in ("99.5", "82"))


@pytest.mark.parametrize(
    ("doubts", "settled"),
    [
        ([HIGH], [HIGH["read_as"], None]),
        ([LOW, HIGH], [LOW["read_as"], HIGH["read_as"]]),
        ([HIGH | {"text": "The scan is cut off."}, LOW], [LOW["read_as"], HIGH["read_as"]]),
        ([HIGH | {"of": "overlap"}], [None, None]),
    ],
)
def test_an_entry_settles_one_gap_and_says_nothing_of_another(
    doubts: list[dict[str, str]], settled: list[str | None]
) -> None:
    two = kpi(better="higher", bands=band("100", "<80", "85..99"), doubts=doubts)
    gaps = [each for each in found(contract(two)) if each.doubt.field == "bands"]
    assert [each.doubt.settled_by for each in gaps] == settled
    assert [each.doubt.bars for each in gaps] == [reading is None for reading in settled]
    assert [part in each.doubt.sentence for part, each in zip(("80 to 85", "99 to 100"), gaps, strict=True)] == [
        True
    ] * 2


def test_a_gap_that_comes_again_in_a_later_step_is_read_once() -> None:
    steps = [{**band("100", "<85", "85..99")[0], "from": month} for month in ("2025-04", "2026-04")]
    assert told(contract(kpi(better="higher", bands=steps, doubts=[HIGH]))) == [("K", "gap", HIGH["read_as"])] * 2


def test_an_entry_for_the_order_of_bands_does_not_read_a_sibling_too() -> None:
    turned = {"of": "direction", "read_as": "A low share is good."}
    one = kpi("A", title="Days open", better="higher", bands=band("<10", ">25", "10..25"), doubts=[turned])
    two = kpi("B", title="Days open", better="higher", bands=band(">25", "<10", "10..25"))
    assert sorted(told(contract(one, two)), key=str) == [
        ("A", "direction", "A low share is good."),
        ("A", "direction", None),
    ]


def test_what_a_person_noted_is_settled_by_its_own_reading_alone() -> None:
    doubts = [
        {"of": "formula", "text": "Divides by all.", "read_as": "As printed."},
        {"of": "formula", "text": "Counts twice."},
    ]
    assert told(contract(kpi(doubts=doubts))) == [("K", "formula", "As printed."), ("K", "formula", None)]


def test_doubts_may_stand_in_tables_of_their_own() -> None:
    text = written(contract(kpi()))[0] + '\n[[kpi.doubts]]\nof = "wording"\ntext = "Two rows."\n'
    (only,) = read_registration(text.encode(), "c.toml").doubtful
    assert only.line == text.splitlines().index("[[kpi.doubts]]") + 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"of": "gap"}, "it says nothing"),
        ({"of": "gaps", "text": "A."}, "give one of 'gap'"),
        ({"text": "A."}, "doubts[1].of: is missing"),
    ],
)
def test_an_entry_that_says_nothing_is_an_error(entry: dict[str, str], said: str) -> None:
    faults = read_registration(written(contract(kpi(doubts=[entry])))[0].encode(), "c.toml").faults
    assert len(faults) == 1
    assert said in str(faults[0])


def test_errors_and_doubts_are_found_at_once() -> None:
    wrong = kpi("W", targets=[{"from": "2025-04", "tsl": "70", "msl": "80"}])
    definition = read_registration(written(contract(wrong, kpi("D", **GAP)))[0].encode(), "c.toml")
    assert [fault.field for fault in definition.faults] == ["targets"]
    assert [each.doubt.kind for each in definition.doubtful] == ["gap"]


def test_severities_are_held_against_one_another() -> None:
    severities = [
        {"name": "met", "band": ">=99", "status": "green", "points": "0"},
        {"name": "minor", "band": "98..98.9", "status": "amber", "points": "1"},
        {"name": "severe", "band": "<98", "status": "red", "points": "4"},
    ]
    measured = kpi(information=True, severities=[{"from": "2025-04", "bands": severities}])
    (only,) = found(contract(measured, scheme={}))
    assert (only.doubt.field, only.doubt.kind, only.doubt.bars) == ("severities", "gap", True)
    assert "between minor and met, from 98.9 to 99: 98.95 lies in neither" in only.doubt.sentence
    assert told(contract(measured)) == [("K", "gap", None)]


def test_the_services_of_kpis_with_errors_have_kpis() -> None:
    wrong = kpi("W", targets=[{"from": "2025-04", "tsl": "70", "msl": "80"}])
    broken = kpi("B") | {"first_period": "soon"}
    for table in (wrong, broken):
        definition = read_registration(written(contract(table))[0].encode(), "c.toml")
        assert len(definition.faults) == 1
        assert definition.doubtful == []


@pytest.mark.parametrize("broken", [{"service": 5}, {"service": None}])
def test_nothing_is_said_of_services_while_an_error_hides_to_which_a_kpi_belongs(broken: dict[str, Any]) -> None:
    table = {key: value for key, value in (kpi() | broken).items() if value is not None}
    definition = read_registration(written(contract(table))[0].encode(), "c.toml")
    assert [fault.field for fault in definition.faults] == ["service"]
    assert definition.doubtful == []
    misspelt = written(contract(kpi()))[0].replace("[[kpi]]", "[[kpis]]")
    definition = read_registration(misspelt.encode(), "c.toml")
    assert (len(definition.faults), definition.doubtful) == (1, [])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"targets": [{"from": "2025-04", "tsl": "90", "msl": "80"}] * 2}, "two begin with 2025-04"),
        (
            {"bands": GAP["bands"], "targets": [{"from": "2025-04", "tsl": "90", "msl": "80"}]},
            "targets or bands, not both",
        ),
        ({"formula": "A / C", "components": {"A": "wishes met", "B": "wishes"}}, "names C, which is no component"),
    ],
)
def test_two_levels_at_once_and_undefined_terms_are_errors(fields: dict[str, Any], said: str) -> None:
    (fault,) = read_registration(written(contract(kpi(**fields)))[0].encode(), "c.toml").faults
    assert said in str(fault)
