"""A standby of a PostgreSQL server of the tests: a copy that follows it by streaming, and can take its place."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Server:
    """A server of ours: the URL of a database of its superuser, its programs, and its folder, where its socket is."""

    url: str
    programs: Path
    folder: Path

    def of(self, database: str) -> str:
        """Return the URL here of the database that a URL names there."""
        return urlunsplit(urlsplit(self.url)._replace(path=urlsplit(database).path))

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs; root lets nobody do it."""
        as_nobody: dict[str, Any] = {}
        if os.getuid() == 0:
            as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **as_nobody)

    def control(self, *arguments: str) -> None:
        """Start, stop or promote the server, and wait until it has."""
        self.run("pg_ctl", "-D", str(self.folder), "-w", *arguments)

    def lose_power(self) -> None:
        """Stop without a word to those who follow."""
        self.control("-m", "immediate", "stop")


def server_at(url: str) -> Server:
    """Return the server of ours that a URL leads to."""
    return Server(
        url,
        Path(value(url, "SELECT setting FROM pg_config WHERE name = 'BINDIR'")),
        Path(value(url, "SHOW data_directory")),
    )


@contextmanager
def standby(primary: Server, *settings: str) -> Iterator[Server]:
    """Yield a standby that follows a server.

    Args:
        primary: whom it follows.
        settings: what it has otherwise than the primary, each as NAME=VALUE.
    """
    with tempfile.TemporaryDirectory(prefix="ledger-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "data"
        folder.mkdir(mode=0o700)
        if os.getuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        follower = Server(primary.url.replace(str(primary.folder), str(folder)), primary.programs, folder)
        follower.run(
            "pg_basebackup", "-D", str(folder), "-d", primary.url, "-R", "-X", "stream", "-c", "fast", "--no-sync"
        )
        (folder / ".s.PGSQL.5432.lock").unlink()  # it was copied with the primary's folder
        settings = ("listen_addresses=''", f"unix_socket_directories={folder}", *settings)
        options = " ".join(f"-c {each}" for each in settings)
        follower.control("-l", str(folder / "standby.log"), "-o", options, "start")
        try:
            yield follower
        finally:
            follower.lose_power()


def value(url: str, asked: str) -> Any:
    """Return the one value that a statement selects."""
    with psycopg.connect(url, autocommit=True) as connection:
        return (connection.execute(asked.encode()).fetchone() or (None,))[0]


def wait_for(follower: Server, primary: Server, seconds: float = 30) -> None:
    """Wait until a standby has replayed all that its primary has written."""
    written = value(primary.url, "SELECT pg_current_wal_flush_lsn()::text")
    reached = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
    until = monotonic() + seconds
    while not value(follower.url, reached):
        assert monotonic() < until, f"the standby has not reached {written} in {seconds} s"
        sleep(0.02)
