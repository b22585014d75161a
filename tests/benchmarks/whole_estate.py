"""The whole estate's table as at a date, and what moved between two with causes, beside two peers that keep versions.

The peers are doltlite and MariaDB with system versioning. They are given the same changes day by day, and must give
the same rows; they know no causes.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.period import shift
from projections.estate_cells import moved_between
from projections.kept_engine import kept_tables
from tests.benchmarks.cell_table import changes, differences, estate_as_at, table_rows
from tests.benchmarks.changes import digest, last_of_month, write
from tests.benchmarks.estates import keep_up, opened
from tests.benchmarks.in_turn import answer, in_turn, started
from tests.benchmarks.measured import Unavailable, ratio, say
from tests.benchmarks.workload import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

PEERS = ("doltlite", "mariadb")
SPANS = ("a week", "a month", "three months")


def measure(asked: Asked, peers: Sequence[str] = PEERS) -> Figures:
    """Measure ours and each peer that is here, in turn."""
    path = asked.estates.path(1)
    keep_up(path)
    last = shift(FIRST, asked.estates.base.months)
    after = last_of_month(last)
    week = (date.fromisoformat(after) - timedelta(7)).isoformat()
    befores = [week, last_of_month(shift(last, -1)), last_of_month(shift(last, -3))]
    found: Figures = {"after": after, "befores": dict(zip(SPANS, befores, strict=True))}
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, ExitStack() as stack:
        days = Path(folder) / "changes.jsonl"
        with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
            write(changes(connection), days)
        here = {"ours": stack.enter_context(started("whole_estate", path, after, *befores))}
        for peer in peers:
            say(f"Filling {peer} …")
            place = Path(folder) / peer
            place.mkdir()
            try:
                here[peer] = stack.enter_context(started(f"peers.{peer}", days, place, after, *befores))
            except Unavailable as missing:
                found[peer] = {"skipped": str(missing)}
        say("Asking in turn …")
        taken = in_turn([*here.values()], max(5, asked.times // 20))
        for (name, process), (as_at, *diffs) in zip(here.items(), taken, strict=True):
            found[name] = process.about | {"as_at": as_at, "diffs": diffs}
    return found | {peer: found[peer] | _beside(found[peer], found["ours"]) for peer in peers if peer in here}


def ask_ours(path: str, after: date, befores: Sequence[date]) -> None:
    """Ask the kept tables of a ledger, in a process of its own as the peers are."""
    with opened(Path(path)) as ledger, kept_tables(ledger, writing=False) as connection:
        moved = [moved_between(connection, before, after) for before in befores]
        about = {
            "table": digest(table_rows(estate_as_at(connection, after))),
            "differences": [digest(differences(each)) for each in moved],
            "causes": [sum(len(each.because) for each in some) for some in moved],
        }
        diffs = [partial(moved_between, connection, before, after) for before in befores]
        answer(about, [partial(estate_as_at, connection, after), *diffs])


def _beside(theirs: Figures, ours: Figures) -> Figures:
    took = zip(SPANS, theirs["diffs"], ours["diffs"], strict=True)
    return {
        "same_table": theirs["table"] == ours["table"],
        "same_differences": theirs["differences"] == ours["differences"],
        "as_at_peer_to_ours": ratio(theirs["as_at"]["median_ms"], ours["as_at"]["median_ms"]),
        "diff_peer_to_ours_with_causes": {
            span: ratio(their["median_ms"], our["median_ms"]) for span, their, our in took
        },
    }


if __name__ == "__main__":
    to, *since = map(date.fromisoformat, sys.argv[2:])
    ask_ours(sys.argv[1], to, since)
