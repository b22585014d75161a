"""The versions of cells: as at every date, they are the cells that the rules give from the facts of that date."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.definition import read_definition
from ledger.facts import PerformanceSubmitted
from ledger.lines import read_lines
from ledger.recorded import Recorded
from ledger.recording import record
from ledger.store import Ledger
from projections.cells import cells, last_spoken_of
from projections.kept_rows import about_everything, cell_rows, kpis_of
from projections.moment import counting
from projections.movement import seen
from projections.standing import Split, split, stand
from projections.versions import Version, versions
from tests.given import agreed, contract, fact, kpi, results, submitted
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import as_toml
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from ledger.facts import AnyFact


def recorded(*facts: object) -> list[Recorded]:
    return [Recorded(at, at, datetime(2026, 1, 5, tzinfo=UTC), "", each) for at, each in enumerate(facts, 1)]


def shown_at(day: date, whole: Split, ref: str) -> dict[str, object]:
    its = versions(ref, whole.bearing_on(ref))
    return {each.cell.period: seen(each.cell) for each in its if each.since <= day < each.until}


def given_by_rules(day: date, history: list[Recorded], ref: str) -> dict[str, object]:
    standing = stand(counting(history, day, len(history)))
    if standing is None or ref not in standing.kpis:
        return {}
    its = standing.kpis[ref]
    return {each.period: seen(each) for each in cells(standing, its, last_spoken_of(its))}


def check_history(history: list[Recorded]) -> None:
    halves = split(history)
    days = sorted({each.fact.dated for each in history})
    for ref in halves.of_kpi:
        for day in [days[0] - timedelta(1), *days, days[-1] + timedelta(1)]:
            kept, ruled = shown_at(day, halves, ref), given_by_rules(day, history, ref)
            assert {period: kept.get(period) for period in ruled} == ruled, (ref, day)


def check_relief(name: str, history: list[Recorded]) -> None:
    """Hold that whatever is relieved, as far as returns have come by a day, has a row that says so."""
    question = about_everything(name, history, datetime(2026, 7, 1, tzinfo=UTC))
    rows = [row for ref in kpis_of(question) for row in cell_rows(question, ref)]
    for day in sorted({each.fact.dated for each in history}):
        then = counting(history, day, len(history))
        standing = stand(then)
        returned = [each.fact.period for each in then if isinstance(each.fact, PerformanceSubmitted)]
        if standing is None or not returned:
            continue
        kept = {(row["kpi"], row["period"]): row["status"] for row in rows if row["since"] <= f"{day}" < row["until"]}
        for ref, its in standing.kpis.items():
            for cell in cells(standing, its, max(returned)):
                if cell.relieved and cell.period >= standing.terms.held_from:
                    assert kept.get((ref, cell.period)) == cell.status.value, (ref, cell.period, day)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_as_at_every_date_they_are_what_the_rules_give(data: st.DataObject) -> None:
    drawn = data.draw(contracts())
    batches = data.draw(histories(drawn))
    clock = TickingClock(datetime(2026, 7, 1, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, read_definition(as_toml(drawn), "contract.toml"), clock)
        for batch in batches:
            record(ledger, read_lines("\n".join(map(json.dumps, batch)).encode(), "facts", Ledger.new_id), clock)
        for each in ledger.contracts():
            check_history(ledger.history(each))
            check_relief(each, ledger.history(each))


def since(found: list[Version], period: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(f"{each.since}", each.cell.status.value, each.because) for each in found if each.cell.period == period]


def of(*facts: AnyFact) -> list[Version]:
    return versions("K", split(recorded(contract(), kpi(), *facts)).bearing_on("K"))


def test_each_step_of_a_result_is_a_version_with_the_fact_that_made_it() -> None:
    back, yes = submitted("2025-01", "70"), agreed("2025-01")
    granted = fact("MitigationGranted", "2025-06-01", kpi="K", first_period="2025-01", last_period="2025-01")
    assert since(of(back, yes, granted), "2025-01")[1:] == [
        (f"{back.dated}", "submitted", (back.id,)),
        (f"{yes.dated}", "red", (yes.id,)),
        ("2025-06-01", "mitigated", (granted.id,)),
    ]


def test_a_void_ends_a_version_and_what_was_before_comes_back() -> None:
    first = results(("2025-01", "70"), ("2025-02", "70"))
    granted = fact("MitigationGranted", "2025-06-01", kpi="K", first_period="2025-01", last_period="2025-01")
    undone = fact("FactVoided", "2025-07-01", voids=granted.id)
    found = of(*first, granted, undone)
    assert [each[1] for each in since(found, "2025-01")[-3:]] == ["red", "mitigated", "red"]
    later = [each.cell for each in found if each.cell.period == "2025-02" and each.cell.points]
    assert [each.run for each in later] == [2, 1, 2]
    assert since(found, "2025-02")[-1][2] == (undone.id,)


def test_a_voided_introduction_leaves_no_version_open() -> None:
    undone = fact("FactVoided", "2025-09-01", voids=kpi().id)
    found = of(*results(("2025-01", "70")), undone)
    assert {(each.until, each.gone_because) for each in found if each.until > date(2025, 8, 31)} == {
        (date(2025, 9, 1), (undone.id,))
    }
    assert {each.gone_because for each in found if each.until <= date(2025, 8, 31)} <= {()}
