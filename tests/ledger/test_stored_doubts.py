"""What was stored of doubts must read for ever, and a contract without any is stored as it always was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.facts import any_fact
from projections.standing import stand
from projections.terms import assumptions
from tests.given import recorded

STORED = Path(__file__).parents[1] / "stored"


def read(path: Path) -> Any:
    return any_fact.validate_python(json.loads(path.read_text(encoding="utf-8"))["fact"])


def test_stored_doubts_read_back_and_their_readings_are_assumptions() -> None:
    terms, kpi = (read(STORED / "doubts" / f"{kind}.json") for kind in ("ContractRegistered", "KpiIntroduced"))
    assert [(doubt.of, doubt.text, doubt.read_as) for doubt in kpi.doubts] == [
        ("gap", None, "Between 99 and 100 is amber."),
        ("formula", "Divides by all.", "As printed."),
    ]
    standing = stand(recorded([terms, kpi]))
    assert standing is not None
    assert assumptions(standing)[:5] == [
        "Amber costs half.",
        "The last stands for all later ones.",
        *(f"{kpi.ref}: {each}" for each in kpi.assumptions),
        f"{kpi.ref}: Between 99 and 100 is amber.",
        f"{kpi.ref}: Divides by all. As printed.",
    ]


@pytest.mark.parametrize("kind", ["ContractRegistered", "KpiIntroduced"])
def test_nothing_is_stored_of_doubts_that_there_are_not(kind: str) -> None:
    dumped = any_fact.dump_python(read(STORED / f"{kind}.json"), mode="json", by_alias=True, exclude_none=True)
    assert "doubts" not in json.dumps(dumped)
    assert "weights_between" not in json.dumps(dumped)
