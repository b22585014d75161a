"""Terms for money by which a worse result costs less are found, with their kind and their line; others are not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ledger.test_lint import contract, found, kpi, written

RATCHET = {"failures": 2, "within": 3, "multiplier": "2"}


@pytest.mark.parametrize(
    ("terms", "kind", "item", "part"),
    [
        ({"shares": {"amber": "2", "red": "1"}}, "share", None, "amber costs the share 2, and red less, 1"),
        ({"shares": {"amber": "0.5"}}, "share", None, "amber costs the share 0.5, and red less, 0"),
        (
            {"shares": {"green": "1", "amber": "0.5", "red": "1"}},
            "share",
            None,
            "green costs the share 1, and amber less",
        ),
        (
            {"multipliers": ["1", "2", "1.5"]},
            "multiplier",
            None,
            "multiplier 3, 1.5, is less than the one before it, 2",
        ),
        (
            {"ratchets": [RATCHET, RATCHET | {"multiplier": "3"}]},
            "multiplier",
            1,
            "2 failures within 3 have two multipliers, 2 and 3, of which the higher counts",
        ),
        (
            {"ratchets": [RATCHET | {"failures": 3, "multiplier": "1.5"}, RATCHET]},
            "multiplier",
            0,
            "3 failures within 3 have the multiplier 1.5, and 2 a higher one, 2, which counts for both",
        ),
        (
            {"point_bands": [{"above": "0", "times": "2"}, {"above": "20", "times": "1"}]},
            "multiplier",
            1,
            "points above 20 cost 1 times their price, and those above 0 more, 2 times",
        ),
    ],
)
def test_terms_by_which_worse_costs_less_bar_registering_until_they_are_read(
    terms: dict[str, Any], kind: str, item: int | None, part: str
) -> None:
    file = contract(kpi(), scheme=terms)
    (field,) = terms
    (only,) = found(file)
    assert only.line == written(file)[1]["scheme", 0, field, item]
    assert (only.doubt.table, only.doubt.kind, only.doubt.field, only.doubt.item) == ("scheme", kind, field, item)
    assert part in only.doubt.sentence
    assert only.doubt.bars
    (read,) = found(contract(kpi(), scheme=terms | {"doubts": [{"of": kind, "read_as": "As printed."}]}))
    assert (read.doubt.settled_by, read.doubt.bars) == ("As printed.", False)


@pytest.mark.parametrize(
    "terms",
    [
        {"shares": {"green": "0.1", "amber": "0.1", "red": "0.1"}},
        {"shares": {"red": "1"}},
        {"multipliers": ["1", "1", "2"]},
        {"ratchets": [RATCHET, RATCHET]},
        {"ratchets": [RATCHET, RATCHET | {"failures": 3}]},
        {"ratchets": [RATCHET, {"failures": 3, "within": 6, "multiplier": "1.5"}]},
        {"point_bands": [{"above": "0", "times": "1"}, {"above": "20", "times": "1"}]},
    ],
)
def test_terms_that_rise_or_stay_raise_no_doubt(terms: dict[str, Any]) -> None:
    assert found(contract(kpi(), scheme=terms)) == []


def test_of_several_falls_each_needs_its_own_reading() -> None:
    terms = {"multipliers": ["3", "2", "1"], "doubts": [{"of": "multiplier", "read_as": "The second is milder."}]}
    assert [each.doubt.settled_by for each in found(contract(kpi(), scheme=terms))] == ["The second is milder.", None]
