"""On random histories the views of failures and relief tell the cells that the RAG table shows, no more and no less."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.render import as_csv
from ledger.period import shift
from projections.abatement import abatement
from projections.failures import failures
from projections.incidents import incidents
from projections.mitigations import mitigations
from projections.moment import Moment
from projections.question import Question
from projections.rag import rag
from tests.histories.contracts import contracts
from tests.histories.drawing import histories, questions
from tests.test_auditor import RELAXED, loaded

if TYPE_CHECKING:
    from collections.abc import Iterable

Cells = set[tuple[str, str]]


def told(rows: Iterable[dict[str, Any]]) -> Cells:
    found = [(row["kpi"], cell["period"]) for row in rows for cell in row["cells"]]
    assert len(found) == len(set(found)), "a cell is told once"
    return set(found)


def overlapped(question: Question) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what rag shows of the cells whose period shares a month with those shown."""
    longer = replace(question, last=question.last_column, count=question.count + 12)
    kpis = question.standing.kpis
    return {
        (row["kpi"], cell["period"]): cell
        for row in rag(longer).document()["rows"]
        for cell in row["cells"]
        if shift(cell["period"], kpis[row["kpi"]].frequency.months - 1) >= question.columns[0]
    }


def check(question: Question) -> None:
    shown = overlapped(question)

    def having(*statuses: str) -> Cells:
        return {key for key, cell in shown.items() if cell["status"] in statuses}

    failed, relieved = failures(question), mitigations(question)
    below = failed.document()
    assert told(below["below_msl"]) == having("red")
    assert told(below["below_tsl"]) == having("amber")
    for row in (*below["below_msl"], *below["below_tsl"]):
        assert bool(row["escalations"]) <= any(
            shown[row["kpi"], cell["period"]]["provisional"] for cell in row["cells"]
        )
    document = relieved.document()
    assert told(document["relieved"]) == having("mitigated", "glide")
    for row in document["relieved"]:
        periods = {period for relief in row["reliefs"] for period in relief["periods"]}
        assert periods == {cell["period"] for cell in row["cells"]}, "every relieved cell has its decision"
    undecided = {
        (each["kpi"], period) for each in document["requests"] if not each["answer"] for period in each["periods"]
    }
    assert all(shown[key]["provisional"] for key in undecided)
    _check_points(question, document)
    for view in (failed, relieved, incidents(question)):
        assert as_csv(view.tables())


def _check_points(question: Question, document: dict[str, Any]) -> None:
    """Compare with what the abatement table says was relieved, cell by cell, suspensions aside."""
    held = [each for each in abatement(question).totals if each.net_points is not None]
    lines = [line for each in held for line in each.lines if line.status in ("mitigated", "glide")]
    shown = [cell for row in document["relieved"] for cell in row["cells"] if cell["period"] >= question.columns[0]]
    found = [cell for cell in shown if cell["relieved_points"]]
    scheme = question.standing.terms.scheme
    if scheme is None or not scheme.lifts("points"):
        assert found == []
        return
    assert sum(Decimal(cell["relieved_points"]) for cell in found) == sum(line.cost.points for line in lines)


@settings(max_examples=40, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_the_views_tell_the_cells_and_points_that_rag_and_abatement_show(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    asked = [data.draw(questions(contract, batches)) for _ in range(3)]
    name = contract["contract"]["id"]
    with tempfile.TemporaryDirectory() as folder:
        ledger, taken = loaded(Path(folder), contract, batches)
        with ledger:
            for as_at, known, last, periods in asked:
                known_at = taken[known - 1] if known else taken[0] - timedelta(seconds=1)
                moment = Moment(as_at, known_at, ledger.position_at(known_at))
                check(Question(name, ledger.history(name), moment, last, periods))
