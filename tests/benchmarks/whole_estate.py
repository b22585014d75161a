"""The whole estate's table as at a date, and what moved between two with causes, beside two peers that keep versions.

The peers are doltlite and MariaDB with system versioning. They are given the same changes day by day, and must give
the same rows; they know no causes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.period import shift
from projections.estate_cells import cells_as_at, moved_between
from projections.kept_engine import kept_tables
from tests.benchmarks.cell_table import changes, differences, table_rows
from tests.benchmarks.changes import digest, last_of_month, write
from tests.benchmarks.estates import keep_up, opened
from tests.benchmarks.measured import Unavailable, in_a_fresh_process, ratio, say, several, spread
from tests.benchmarks.workload import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.measured import Figures

PEERS = ("doltlite", "mariadb")
SPANS = ("a week", "a month", "three months")


def measure(asked: Asked, peers: Sequence[str] = PEERS) -> Figures:
    """Measure ours and each peer that is here."""
    path = asked.estates.path(1)
    keep_up(path)
    last = shift(FIRST, asked.estates.base.months)
    after = last_of_month(last)
    week = (date.fromisoformat(after) - timedelta(7)).isoformat()
    befores = [week, last_of_month(shift(last, -1)), last_of_month(shift(last, -3))]
    times = max(5, asked.times // 20)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, opened(path) as ledger:
        days = Path(folder) / "changes.jsonl"
        with kept_tables(ledger, writing=False) as connection:
            write(changes(connection), days)
        ours = in_a_fresh_process("whole_estate", path, times, after, *befores)
        found: Figures = {"after": after, "befores": dict(zip(SPANS, befores, strict=True)), "ours": ours}
        for peer in peers:
            say(f"Asking {peer} …")
            place = Path(folder) / peer
            place.mkdir()
            found[peer] = _beside(peer, days, place / "peer.db" if peer == "doltlite" else place, found, times)
    return found


def asked_of_ours(connection: Connection, times: int, after: date, befores: Sequence[date]) -> Figures:
    """Ask the kept tables of a ledger, in a process of its own as the peers are."""
    moved = [moved_between(connection, before, after) for before in befores]
    return {
        "table": digest(table_rows(cells_as_at(connection, after))),
        "differences": [digest(differences(each)) for each in moved],
        "causes": [sum(len(each.because) for each in some) for some in moved],
        "as_at": spread(several(lambda: list(cells_as_at(connection, after)), times)),
        "diffs": [spread(several(partial(moved_between, connection, each, after), times)) for each in befores],
    }


def _beside(peer: str, days: Path, place: Path, found: Figures, times: int) -> Figures:
    ours, befores = found["ours"], found["befores"].values()
    try:
        theirs = in_a_fresh_process(f"peers.{peer}", days, place, times, found["after"], *befores)
    except Unavailable as missing:
        return {"skipped": str(missing)}
    took = zip(SPANS, theirs["diffs"], ours["diffs"], strict=True)
    return {
        **theirs,
        "same_table": theirs["table"] == ours["table"],
        "same_differences": theirs["differences"] == ours["differences"],
        "as_at_peer_to_ours": ratio(theirs["as_at"]["median_ms"], ours["as_at"]["median_ms"]),
        "diff_peer_to_ours_with_causes": {
            span: ratio(their["median_ms"], our["median_ms"]) for span, their, our in took
        },
    }


def main() -> None:
    """Measure and print."""
    path, times, after, *befores = sys.argv[1:]
    with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
        found = asked_of_ours(
            connection, int(times), date.fromisoformat(after), [date.fromisoformat(each) for each in befores]
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
