"""How SQLite answers questions about the cells of many contracts: by which index, so that none is read through."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from ledger.store import Ledger
from projections.estate_cells import cells_as_at, cells_of, moved_between
from projections.kept_engine import kept_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

EARLIER, LATER = date(2017, 6, 30), date(2017, 9, 30)


def steps(path: Path, ask: Callable[[Connection], object]) -> list[str]:
    """Return how SQLite goes about the statements by which a question is answered."""
    asked: dict[str, Any] = {}
    with Ledger(path) as ledger, kept_tables(ledger, writing=False) as connection:
        event.listen(
            connection, "before_cursor_execute", lambda *given: asked.update({given[2]: given[3]}), named=False
        )
        assert ask(connection)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", asked[each]) for each in [*asked]]
        return [step.detail for plan in plans for step in plan if "cell_versions" in step.detail]


@pytest.mark.parametrize(
    ("ask", "found_by"),
    [
        (
            lambda connection: cells_of(connection, "lincolnshire-css", "2017-03", "2017-08", LATER),
            ["PRIMARY KEY (contract=? AND period>? AND period<?)"],
        ),
        (
            lambda connection: [*cells_as_at(connection, LATER)],
            ["PRIMARY KEY (contract>?)", "COVERING INDEX cell_versions_standing"],
        ),
        (
            lambda connection: moved_between(connection, EARLIER, LATER),
            ["COVERING INDEX cell_versions_since", "PRIMARY KEY", "INDEX cell_versions_until"],
        ),
    ],
    ids=["six months", "estate", "what moved"],
)
def test_a_question_is_answered_by_its_index(
    sample_path: Path, ask: Callable[[Connection], object], found_by: list[str]
) -> None:
    told = steps(sample_path, ask)
    assert all(any(each in step for step in told) for each in found_by), told
    assert all(any(each in step for each in found_by) for step in told), told
