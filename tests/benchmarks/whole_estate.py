"""The whole estate's table as at a date, and what moved between two with causes, beside two peers that keep versions.

The peers are doltlite and MariaDB with system versioning. They are given the same changes day by day, and must give
the same rows; they know no causes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from ledger.period import shift
from projections.kept_engine import kept_tables
from projections.schema import LIVE
from tests.benchmarks.cell_table import as_at, changes
from tests.benchmarks.changes import COLUMNS, digest, last_of_month, write
from tests.benchmarks.estates import keep_up, opened
from tests.benchmarks.measured import Unavailable, in_a_fresh_process, ratio, say, several, spread
from tests.benchmarks.workload import FIRST

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.benchmarks.asked import Asked
    from tests.benchmarks.changes import CellRow, Key
    from tests.benchmarks.measured import Figures

PEERS = ("doltlite", "mariadb")
MONTHS_BETWEEN = 3
_ITS = LIVE.cell_versions.c
_COME = select(*(_ITS[name] for name in COLUMNS), _ITS.until, _ITS.because).where(
    _ITS.since > bindparam("before"), _ITS.since <= bindparam("after")
)
_WENT = select(*(_ITS[name] for name in COLUMNS)).where(
    _ITS.since <= bindparam("before"), _ITS.until > bindparam("before"), _ITS.until <= bindparam("after")
)


def measure(asked: Asked) -> Figures:
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
            ours = _ours(connection, before, after, times)
        found: Figures = {"before": before, "after": after, "ours": ours}
        for peer in PEERS:
            say(f"Asking {peer} …")
            place = Path(folder) / peer
            place.mkdir()
            found[peer] = _beside(peer, days, place / "peer.db" if peer == "doltlite" else place, found, times)
    return found


def _ours(connection: Connection, before: str, after: str, times: int) -> Figures:
    difference = moved(connection, before, after)
    return {
        "table": digest(as_at(connection, after)),
        "difference": digest((*was, *now) for was, now, _ in difference),
        "causes": sum(len(causes) for _, _, causes in difference),
        "as_at": spread(several(lambda: as_at(connection, after), times)),
        "diff_with_causes": spread(several(lambda: moved(connection, before, after), times)),
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


def moved(connection: Connection, before: str, after: str) -> list[tuple[CellRow, CellRow, list[str]]]:
    """Return each cell that is another at the later of two dates: as it was, as it is, and the facts that moved it."""
    asked = {"before": before, "after": after}
    nothing = (None,) * len(COLUMNS)
    was: dict[Key, CellRow] = {(row[0], row[1], row[2]): tuple(row) for row in connection.execute(_WENT, asked)}
    now: dict[Key, CellRow] = {}
    causes: dict[Key, list[str]] = {}
    for *row, until, because in connection.execute(_COME, asked):
        key = (row[0], row[1], row[2])
        causes.setdefault(key, []).extend(json.loads(because))
        if until > after:
            now[key] = tuple(row)
    return [
        (was.get(key, nothing), now.get(key, nothing), causes.get(key, []))
        for key in was.keys() | now.keys()
        if was.get(key) != now.get(key)
    ]
