"""The peer of tables as at a date: MariaDB with system versioning, its clock set to each day of changes.

The server is started by hand in a folder of its own, without network: that of the Debian package mariadb-server-core,
installed, or unpacked (with libaio1 and liburing2) where CONTRACT_LEDGER_BENCH_MARIADB says.

Run as a process of its own: `python -m tests.benchmarks.peers.mariadb CHANGES FOLDER AFTER BEFORE …`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

from tests.benchmarks.changes import COLUMNS, KEYS, DayOfChanges, digest, read
from tests.benchmarks.in_turn import answer
from tests.benchmarks.measured import MISSING, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

UNPACKED = "CONTRACT_LEDGER_BENCH_MARIADB"
_START_SECONDS = 30
_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
_DIFFERS = " AND ".join(f"was.{name} <=> is_now.{name}" for name in COLUMNS)
_BOTH = ", ".join(f"{side}.{name}" for side in ("was", "is_now") for name in COLUMNS)
_SAME_CELL = " AND ".join(f"was.{name} = is_now.{name}" for name in KEYS)
_DIFF = f"""
SELECT {_BOTH} FROM cells FOR SYSTEM_TIME AS OF %(after)s is_now
LEFT JOIN cells FOR SYSTEM_TIME AS OF %(before)s was ON {_SAME_CELL} WHERE NOT ({_DIFFERS})
UNION ALL
SELECT {_BOTH} FROM cells FOR SYSTEM_TIME AS OF %(before)s was
LEFT JOIN cells FOR SYSTEM_TIME AS OF %(after)s is_now ON {_SAME_CELL} WHERE is_now.kpi IS NULL
"""
_AS_AT = f"SELECT {', '.join(COLUMNS)} FROM cells FOR SYSTEM_TIME AS OF %(day)s"


def _root() -> Path:
    return Path(os.environ.get(UNPACKED, "/"))


def _program() -> str:
    """Return the server's program.

    Raises:
        Unavailable: if there is none.
    """
    program = shutil.which("mariadbd", path=os.pathsep.join([str(_root() / "usr/sbin"), os.environ.get("PATH", "")]))
    if program is None:
        raise Unavailable(
            f"no mariadbd here; install mariadb-server-core, or unpack it and name its folder by {UNPACKED}"
        )
    return program


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server in a folder of its own; yield its socket.

    Raises:
        Unavailable: if none is installed, or it does not start.
    """
    root, program = _root(), _program()
    share, place = root / "usr/share/mysql", folder / "server"
    place.mkdir()
    libraries = {"LD_LIBRARY_PATH": str(root / "usr/lib/x86_64-linux-gnu")} if root != Path("/") else {}
    common = [
        program,
        "--no-defaults",
        f"--datadir={place}",
        f"--tmpdir={place}",
        f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        *(["--user=root"] if os.getuid() == 0 else []),
        "--innodb-buffer-pool-size=1G",
    ]
    called: dict[str, Any] = {"env": os.environ | libraries}
    statements = "".join((share / name).read_text() for name in _TABLES)
    made = subprocess.run(
        [*common, "--bootstrap", "--skip-grant-tables"],
        input=f"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\n{statements}",
        capture_output=True,
        check=False,
        text=True,
        **called,
    )
    if made.returncode:
        why = [line for line in made.stderr.splitlines() if "ERROR" in line]
        raise Unavailable(f"mariadbd cannot make its tables: {why[0] if why else made.returncode}")
    socket = place / "socket"
    command = [*common, f"--socket={socket}", "--skip-networking", "--skip-grant-tables"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **called) as running:
        try:
            for _ in range(_START_SECONDS * 10):
                if socket.exists() or running.poll() is not None:
                    break
                sleep(0.1)
            if not socket.exists():
                raise Unavailable("mariadbd does not start")
            yield str(socket)
        finally:
            running.terminate()


def fill(cursor: Any, days: Iterable[DayOfChanges]) -> int:
    """Write each day's changes as of that day; return how many days there are."""
    cursor.execute("CREATE DATABASE peer CHARACTER SET ascii COLLATE ascii_bin")
    cursor.execute("USE peer")
    columns = ", ".join(f"{name} {'INT' if name == 'run' else 'VARCHAR(40)'}" for name in COLUMNS)
    cursor.execute(f"CREATE TABLE cells ({columns}, PRIMARY KEY ({', '.join(KEYS)})) WITH SYSTEM VERSIONING")
    set_to = ", ".join(f"{name} = VALUES({name})" for name in COLUMNS if name not in KEYS)
    put = f"INSERT INTO cells VALUES ({', '.join(['%s'] * len(COLUMNS))}) ON DUPLICATE KEY UPDATE {set_to}"
    take_out = f"DELETE FROM cells WHERE {' AND '.join(f'{name} = %s' for name in KEYS)}"
    count = 0
    for each in days:
        count += 1
        cursor.execute("SET @@timestamp = UNIX_TIMESTAMP(%s)", (each.day,))
        if each.come:
            cursor.executemany(put, [tuple(row) for row in each.come])
        for key in each.gone:
            cursor.execute(take_out, tuple(key))
        cursor.execute("COMMIT")
    cursor.execute("SET @@timestamp = DEFAULT")
    return count


def run(changes: str, folder: Path, after: str, befores: list[str]) -> None:
    """Fill a server's table; ask for it as at a date, and for what was different at earlier ones, when told to."""
    _program()
    try:
        from mysql.connector import connect
    except ImportError as missing:
        raise Unavailable(f"{missing}; `make bench` installs it") from missing
    with server(folder) as socket, connect(unix_socket=socket, user="root", collation="ascii_bin") as connection:
        cursor = connection.cursor()
        cursor.execute("SET time_zone = '+00:00'")
        began = perf_counter()
        days = fill(cursor, read(changes))
        filled = perf_counter() - began
        asked = {"day": f"{after} 12:00:00", "after": f"{after} 12:00:00"}

        def rows(statement: str, before: str | None = None) -> Sequence[Any]:
            cursor.execute(statement, asked | {"before": f"{before} 12:00:00"})
            return cursor.fetchall()  # type: ignore[no-any-return,unused-ignore]

        about = {
            "transactions": days,
            "fill_seconds": round(filled, 3),
            "table": digest(rows(_AS_AT)),
            "differences": [digest(rows(_DIFF, before)) for before in befores],
        }
        answer(about, [partial(rows, _AS_AT), *(partial(rows, _DIFF, before) for before in befores)])


def main() -> None:
    """Fill, and answer."""
    try:
        run(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
    except Unavailable as missing:
        print(missing, file=sys.stderr)
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
