"""Tables that a rule would fill otherwise now are of another version: an old ledger's are made anew, not misread."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.store import Ledger
from projections.kept_rows import about_everything, cell_rows, contract_rows, kpis_of
from projections.schema import VERSION
from tests.benchmarks.workload import Size, lines, text

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Program

STORED = Path(__file__).with_name("kept-tables.json")


def digest(*paths: Path) -> str:
    """Return what stands for every row that some ledgers' facts give."""
    found = hashlib.sha256()
    for path in paths:
        with Ledger(path) as ledger:
            for contract in ledger.contracts():
                question = about_everything(contract, ledger.history(contract), Clock().now())
                rows = {**contract_rows(question), "cells": [cell_rows(question, kpi) for kpi in kpis_of(question)]}
                found.update(json.dumps(rows, sort_keys=True).encode())
    return found.hexdigest()[:16]


def test_the_version_is_raised_when_the_same_facts_give_other_rows(
    sample_path: Path, program: Program, request: pytest.FixtureRequest
) -> None:
    for facts in lines(Size(contracts=1, kpis=4, months=14)):
        program.done("record", "-", given=text(facts))
    now = {"version": VERSION, "rows": digest(sample_path, program.path)}
    if request.config.getoption("--accept-published"):
        STORED.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    told = "raise VERSION in projections/schema.py, then run with --accept-published"
    assert json.loads(STORED.read_text(encoding="utf-8")) == now, told
