"""What was stored of formulas and components must read for ever, as must what was stored before there were any."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from ledger.components import formula_of, outturn_of
from ledger.facts import KpiIntroduced, PerformanceSubmitted, any_fact

STORED = Path(__file__).parents[1] / "stored" / "components"


def test_a_stored_return_of_components_reads_back_and_comes_to_the_same() -> None:
    introduced = any_fact.validate_python(json.loads((STORED / "KpiIntroduced.json").read_bytes())["fact"])
    returned = any_fact.validate_python(json.loads((STORED / "PerformanceSubmitted.json").read_bytes())["fact"])
    assert isinstance(introduced, KpiIntroduced)
    assert isinstance(returned, PerformanceSubmitted)
    outturn = outturn_of(introduced, returned)
    assert outturn is not None
    assert (outturn.value, outturn.stated, outturn.contradicted) == (Decimal("22.5"), Decimal("22.5"), False)
    for fact in (introduced, returned):
        assert any_fact.validate_python(any_fact.dump_python(fact, mode="json", by_alias=True)) == fact


def test_a_kpi_stored_before_formulas_were_worked_out_is_written_as_it_was() -> None:
    stored = json.loads((STORED.parent / "KpiIntroduced.json").read_bytes())["fact"]
    fact = any_fact.validate_python(stored)
    assert isinstance(fact, KpiIntroduced)
    assert formula_of(fact) is None
    written = any_fact.dump_python(fact, mode="json", by_alias=True, exclude_none=True)
    assert set(written) == set(stored)
