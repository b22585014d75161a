"""The whole estate's table as at a date, and what moved between two with causes, beside two peers that keep versions.

The peers are doltlite and MariaDB with system versioning. They are given the same changes day by day, and must give
the same rows; they know no causes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
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
MONTHS_BETWEEN = 3


def measure(asked: Asked, peers: Sequence[str] = PEERS) -> Figures:
    """Measure ours and each peer that is here."""
    path = asked.estates.path(1)
    keep_up(path)
    after = last_of_month(shift(FIRST, asked.estates.base.months))
    before = last_of_month(shift(FIRST, asked.estates.base.months - MONTHS_BETWEEN))
    times = max(5, asked.times // 20)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, opened(path) as ledger:
        days = Path(folder) / "changes.jsonl"
        with kept_tables(ledger, writing=False) as connection:
            write(changes(connection), days)
        ours = in_a_fresh_process("whole_estate", path, before, after, times)
        found: Figures = {"before": before, "after": after, "ours": ours}
        for peer in peers:
            say(f"Asking {peer} …")
            place = Path(folder) / peer
            place.mkdir()
            found[peer] = _beside(peer, days, place / "peer.db" if peer == "doltlite" else place, found, times)
    return found


def asked_of_ours(connection: Connection, before: date, after: date, times: int) -> Figures:
    """Ask the kept tables of a ledger, in a process of its own as the peers are."""
    moved = moved_between(connection, before, after)
    return {
        "table": digest(table_rows(cells_as_at(connection, after))),
        "difference": digest(differences(moved)),
        "causes": sum(len(each.because) for each in moved),
        "as_at": spread(several(lambda: list(cells_as_at(connection, after)), times)),
        "diff_with_causes": spread(several(lambda: moved_between(connection, before, after), times)),
    }


def _beside(peer: str, days: Path, place: Path, found: Figures, times: int) -> Figures:
    ours = found["ours"]
    try:
        theirs = in_a_fresh_process(f"peers.{peer}", days, place, found["before"], found["after"], times)
    except Unavailable as missing:
        return {"skipped": str(missing)}
    return {
        **theirs,
        "same_table": theirs["table"] == ours["table"],
        "same_difference": theirs["difference"] == ours["difference"],
        "as_at_peer_to_ours": ratio(theirs["as_at"]["median_ms"], ours["as_at"]["median_ms"]),
        "diff_peer_to_ours_with_causes": ratio(theirs["diff"]["median_ms"], ours["diff_with_causes"]["median_ms"]),
    }


def main() -> None:
    """Measure and print."""
    path, before, after, times = sys.argv[1:]
    with opened(path) as ledger, kept_tables(ledger, writing=False) as connection:
        found = asked_of_ours(connection, date.fromisoformat(before), date.fromisoformat(after), int(times))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
