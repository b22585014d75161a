"""Relief and temporary targets that last until a milestone is reached."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from projections.cells import cells
from projections.moment import counting
from projections.standing import stand
from tests.given import contract, fact, kpi, recorded, results

if TYPE_CHECKING:
    from ledger.facts import AnyFact

SIX = tuple((f"2025-0{month}", "70") for month in range(1, 7))


def statuses(*facts: AnyFact, as_at: date = date(2026, 1, 1), ref: str = "K") -> list[str]:
    """Return a KPI's statuses of January to June."""
    history = recorded([contract(), kpi(), *results(*SIX), *facts])
    standing = stand(counting(history, as_at, len(history)))
    assert standing is not None
    return [str(cell.status) for cell in cells(standing, standing.kpis[ref], "2025-06")]


GRANTED = fact("MitigationGranted", "2025-02-20", kpi="K", first_period="2025-02", until_milestone="live")
REACHED = fact("MilestoneReached", "2025-07-01", id="reached", milestone="live", reached_on="2025-04-16")
MITIGATED, RED = "mitigated", "red"


def test_relief_that_lasts_until_a_milestone_has_no_end_before_it_is_reached() -> None:
    assert statuses(GRANTED) == [RED, *[MITIGATED] * 5]


def test_the_period_in_which_the_milestone_is_reached_is_the_last() -> None:
    assert statuses(GRANTED, REACHED) == [RED, *[MITIGATED] * 3, RED, RED]


def test_months_more_move_the_last_period() -> None:
    longer = GRANTED.model_copy(update={"plus_months": 1})
    assert statuses(longer, REACHED) == [RED, *[MITIGATED] * 4, RED]


def test_a_milestone_counts_only_as_at_the_date_it_was_recorded_and_not_once_it_is_void() -> None:
    assert statuses(GRANTED, REACHED, as_at=date(2025, 6, 30))[4:] == [MITIGATED] * 2
    void = fact("FactVoided", "2025-08-01", voids="reached")
    assert statuses(GRANTED, REACHED, void) == [RED, *[MITIGATED] * 5]


def test_of_two_words_on_a_milestone_the_later_stands() -> None:
    again = fact("MilestoneReached", "2025-08-01", milestone="live", reached_on="2025-05-02")
    assert statuses(GRANTED, REACHED, again) == [RED, *[MITIGATED] * 4, RED]


def test_a_milestone_that_nothing_hangs_on_moves_nothing() -> None:
    other = fact("MilestoneReached", "2025-07-01", milestone="other", reached_on="2025-04-16")
    assert statuses(GRANTED, other) == statuses(GRANTED)


def test_an_ending_still_shortens_relief_that_hangs_on_a_milestone() -> None:
    ended = fact("MitigationEnded", "2025-07-02", kpi="K", last_period="2025-03")
    assert statuses(GRANTED, REACHED, ended) == [RED, MITIGATED, MITIGATED, RED, RED, RED]


def test_targets_until_a_milestone_are_temporary_and_outrank_later_lasting_ones() -> None:
    lowered = fact(
        "TargetRebased", "2025-01-15", kpi="K", first_period="2025-02", tsl="60", msl="50", until_milestone="live"
    )
    lasting = fact("TargetRebased", "2025-01-16", kpi="K", first_period="2025-03", tsl="95", msl="90")
    assert statuses(lowered, lasting) == [RED, *["green"] * 5]
    assert statuses(lowered, lasting, REACHED) == [RED, *["green"] * 3, RED, RED]


def test_a_quarterly_kpi_is_relieved_in_the_quarter_that_holds_the_milestone() -> None:
    quarterly = kpi("Q", weight="", frequency="quarterly")
    granted = GRANTED.model_copy(update={"kpi": "Q", "first_period": "2025-01", "id": "q"})
    found = results(("2025-01", "70"))
    quarters = [found[0].model_copy(update={"kpi": "Q", "id": "r1", "dated": date(2025, 4, 7)})]
    assert statuses(quarterly, *quarters, granted, REACHED, ref="Q") == [MITIGATED, MITIGATED]
    earlier = REACHED.model_copy(update={"reached_on": date(2025, 3, 31)})
    assert statuses(quarterly, *quarters, granted, earlier, ref="Q")[1] == "awaiting"
