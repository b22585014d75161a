"""The list of contracts out of the kept tables is what the facts give, for as long as nothing new is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ledger.store import Ledger
from projections.contracts import contract_row
from projections.contracts_kept import rows_as_they_stand
from projections.current_tables import current_tables
from projections.estate_facts import key_by
from projections.estate_tables import keys_by, stretches_kept
from projections.moment import Moment
from projections.question import Question
from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from tests.conftest import Program

RELIEF = {"kpi": "K", "first_period": "2025-03"}
HISTORIES: dict[str, list[AnyFact]] = {
    "nothing was returned": [kpi()],
    "a measure without levels": [kpi(information=True, weight="")],
    "a reserved reference": [fact("KpiIntroduced", "2025-01-01", ref="K", service="S", title="Later", reserved=True)],
    "relief by the contract's own terms": [kpi(glide_until="2025-08")],
    "relief until it is ended": [kpi(), *results(("2025-01", "95")), fact("MitigationGranted", **RELIEF)],
    "relief that was ended": [
        kpi(), fact("MitigationGranted", **RELIEF), fact("MitigationEnded", kpi="K", last_period="2025-09"),
    ],
    "relief ahead": [kpi(), fact("MitigationGranted", kpi="K", first_period="2025-09", last_period="2025-10")],
    "relief until a milestone": [
        kpi(), fact("MitigationGranted", kpi="K", first_period="2025-03", until_milestone="go-live"),
    ],
    "a gap": [
        kpi(), *results(("2025-01", "70")), fact("HistoryNotHeld", first_period="2025-04", last_period="2025-08"),
    ],
    "a measure that goes": [
        kpi(), *results(("2025-02", "85")), fact("KpiDiscontinued", kpi="K", last_period="2025-07"),
    ],
    "a quarterly measure": [
        kpi(frequency="quarterly"),
        submitted("2025-01", "70", dated="2025-04-05"), agreed("2025-01", dated="2025-04-06"),
    ],
    "returned again": [
        kpi(), *results(("2025-01", "95")), submitted("2025-02", "50"),
        agreed("2025-02", decision="rejected"), submitted("2025-02", "70", dated="2025-04-01"),
    ],
    "a dispute and a request": [
        kpi(), *results(("2025-01", "70")), fact("MitigationRequested", kpi="K", first_period="2025-02"),
        fact("EscalationRaised", kpi="K", period="2025-01", ref="E1", against="score"),
    ],
    "relief that a gap begins with, of a measure that will go": [
        kpi(), *results(("2025-01", "70")), fact("MitigationGranted", kpi="K", first_period="2025-02"),
        fact("HistoryNotHeld", first_period="2025-02", last_period="2025-03"),
        fact("KpiDiscontinued", kpi="K", last_period="2027-12"),
    ],
    "relief that levels for a time outlast": [
        kpi(), *results(("2025-01", "70")), fact("MitigationGranted", kpi="K", first_period="2025-02"),
        fact("TargetRebased", kpi="K", first_period="2025-04", last_period="2045-11", tsl="50", msl="40"),
    ],
    "levels for a time": [
        kpi(),
        fact("TargetRebased", kpi="K", first_period="2025-04", last_period="2025-11", tsl="50", msl="40"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_it_is_the_same_on_every_later_day(program: Program, history: list[AnyFact]) -> None:
    assert program.record(contract(), *history).exit_code == 0
    last = max(each.dated for each in history)
    with Ledger(program.path) as ledger, current_tables(ledger) as current:
        assert current is not None
        facts = ledger.history("c")
        for later in (0, 1, 27, 28, 29, 30, 31, *range(60, 1500, 45)):
            day = last + timedelta(later)
            question = Question("c", facts, Moment(day, datetime(2031, 1, 1, tzinfo=UTC), len(facts)))
            assert rows_as_they_stand(current[0], ["c"], day) == {"c": contract_row(question)}, day
            assert keys_by("status", current[0], ["c"], day, None, 1) == {"c": key_by("status", question)}, day


def test_a_glide_that_began_before_the_ledger_is_the_latest_result(program: Program) -> None:
    held = contract(commenced="2024-01", held_from="2024-06")
    assert program.record(held, kpi(first_period="2024-01", glide_until="2024-12")).exit_code == 0
    for day, mitigated in (("2025-01-02", 1), ("2025-09-15", 1)):
        (row,) = program.json("contracts", "--as-at", day)["contracts"]
        assert (row["awaiting"], row["mitigated"]) == (0, mitigated)


def test_ends_that_are_far_away_make_no_more_rows(program: Program) -> None:
    temporary = {"first_period": "2025-04", "last_period": "2199-12", "tsl": "50", "msl": "40"}
    assert program.record(contract(), kpi(), fact("TargetRebased", kpi="K", **temporary)).exit_code == 0
    with Ledger(program.path) as ledger, current_tables(ledger) as current:
        assert current is not None
        found = [each for _, _, _, each in stretches_kept(current[0], ["c"])]
    assert [(each.first_period, each.last_period) for each in found] == [
        ("2025-01", "2025-03"),
        ("2025-04", "2199-12"),
        ("2200-01", None),
    ]
