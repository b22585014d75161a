"""The peer of tables as at a date: doltlite, a SQLite that keeps versions, with a commit for each day of changes.

Run as a process of its own, since it takes the place of the `sqlite3` library:
`python -m tests.benchmarks.peers.doltlite CHANGES FOLDER AFTER BEFORE …`.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        import doltlite  # noqa: F401 - before anything imports sqlite3
    except ImportError as missing:
        print(f"{missing}; `make bench` installs it", file=sys.stderr)
        sys.exit(3)

import sqlite3
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tests.benchmarks.changes import COLUMNS, KEYS, DayOfChanges, digest, read
from tests.benchmarks.in_turn import answer
from tests.benchmarks.measured import peak_megabytes

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMIT = "SELECT dolt_commit('-A', '-m', ?, '--date', ?)"
_AS_AT = f"SELECT {', '.join(COLUMNS)} FROM dolt_at_cells(?)"
_BEFORE_AND_AFTER = ", ".join(f"{side}_{name}" for side in ("from", "to") for name in COLUMNS)
_DIFF = f"SELECT {_BEFORE_AND_AFTER} FROM dolt_diff_cells(?, ?)"


def fill(connection: sqlite3.Connection, days: Iterable[DayOfChanges]) -> dict[str, str]:
    """Write each day's changes and commit them; return the commit of each day."""
    columns = ", ".join(f"{name} {'INTEGER' if name == 'run' else 'TEXT'}" for name in COLUMNS)
    connection.execute(f"CREATE TABLE cells ({columns}, PRIMARY KEY ({', '.join(KEYS)})) WITHOUT ROWID")
    put = f"INSERT OR REPLACE INTO cells VALUES ({', '.join('?' * len(COLUMNS))})"
    take_out = f"DELETE FROM cells WHERE {' AND '.join(f'{name} = ?' for name in KEYS)}"
    commits = {}
    for each in days:
        connection.execute("BEGIN")
        connection.executemany(put, each.come)
        connection.executemany(take_out, each.gone)
        connection.execute("COMMIT")
        ((commits[each.day],),) = connection.execute(_COMMIT, (each.day, f"{each.day}T00:00:00"))
    return commits


def last_by(commits: dict[str, str], day: str) -> str:
    """Return the last commit by the end of a day."""
    return commits[max(each for each in commits if each <= day)]


def run(changes: str, folder: Path, after: str, befores: list[str]) -> None:
    """Fill a database; ask for the table as at a date, and for what was different at earlier ones, when told to."""
    path = folder / "peer.db"
    connection = sqlite3.connect(path, isolation_level=None)
    began = perf_counter()
    commits = fill(connection, read(changes))
    filled = perf_counter() - began
    to_commit = last_by(commits, after)

    def table() -> list[Any]:
        return connection.execute(_AS_AT, (to_commit,)).fetchall()

    def difference(before: str) -> list[Any]:
        return connection.execute(_DIFF, (last_by(commits, before), to_commit)).fetchall()

    about = {
        "commits": len(commits),
        "fill_seconds": round(filled, 3),
        "table": digest(table()),
        "differences": [digest(difference(before)) for before in befores],
        "file_mb": round(path.stat().st_size / 1e6, 1),
        **peak_megabytes(),
    }
    answer(about, [table, *(partial(difference, before) for before in befores)])
    connection.close()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
