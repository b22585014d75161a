"""A declared gap moves cells that no other fact speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.given import contract, fact, kpi

if TYPE_CHECKING:
    from tests.conftest import Program


def test_a_gap_is_in_the_diff_even_where_nothing_was_ever_returned(program: Program) -> None:
    gap = fact("HistoryNotHeld", "2025-06-01", id="gap", first_period="2025-03", last_period="2025-03")
    program.record(contract(), kpi(), gap)
    (moved,) = program.json("diff", "c", "--from", "2025-02-01", "--to", "2025-07-01")["cells"]
    assert (moved["kpi"], moved["period"], moved["after"]["status"]) == ("K", "2025-03", "not_held")
    assert moved["because"] == ["gap"]
    program.record(fact("FactVoided", "2025-07-01", voids="gap"))
    assert program.json("diff", "c", "--from", "2025-02-01", "--to", "2025-07-01")["cells"] == []
