"""Bands that end where values do not are found; an end that the unit bounds is none."""

from __future__ import annotations

import pytest

from tests.ledger.test_lint import band, contract, found, kpi, told


@pytest.mark.parametrize(
    ("unit", "bands", "part"),
    [
        ("hours", band("95..100", "<85", ">=85 <95"), "above 100, where green ends"),
        ("count", band("6..10", "0..2", "3..5"), "above 10, where green ends"),
        ("pounds", band(">95", "10..85", ">85 <=95"), "below 10, where red begins"),
        ("count", band(">5", ">0 <=2", "3..5"), "at 0, where red begins"),
        ("percent", band("95..99", "<85", ">=85 <95"), "above 99, where green ends"),
        ("percent", band(">=95 <100", "<85", ">=85 <95"), "at 100, where green ends"),
    ],
)
def test_a_value_beyond_the_last_band_is_a_gap_that_bars_registering(
    unit: str, bands: list[dict[str, str]], part: str
) -> None:
    (only,) = found(contract(kpi(unit=unit, better="higher", bands=bands)))
    assert (only.doubt.kind, only.doubt.field, only.doubt.bars) == ("gap", "bands", True)
    assert part in only.doubt.sentence
    read = {"of": "gap", "read_as": "It is in the band next to it."}
    assert told(contract(kpi(unit=unit, better="higher", bands=bands, doubts=[read]))) == [
        ("K", "gap", read["read_as"])
    ]


@pytest.mark.parametrize(
    ("unit", "bands"),
    [
        ("percent", band("95..100", "<85", ">=85 <95")),
        ("percent", band(">=95 <=100", ">=0 <85", ">=85 <95")),
        ("count", band(">5", "0..2", "3..5")),
        ("hours", band(">=95", ">=0 <85", ">=85 <95")),
        (None, band("95..100", ">=5 <85", ">=85 <95")),
    ],
)
def test_an_end_that_the_unit_bounds_is_no_gap(unit: str | None, bands: list[dict[str, str]]) -> None:
    table = {key: value for key, value in kpi(unit=unit, better="higher", bands=bands).items() if value is not None}
    assert told(contract(table)) == []


def test_both_ends_need_a_reading() -> None:
    read = [{"of": "gap", "read_as": "Below it is red."}, {"of": "gap", "read_as": "Above it is green."}]
    both = kpi(unit="hours", better="higher", bands=band(">85 <=99", "10..85"), doubts=read[:1])
    assert told(contract(both)) == [("K", "gap", "Below it is red."), ("K", "gap", None)]
    assert told(contract(both | {"doubts": read}))[1] == ("K", "gap", "Above it is green.")
