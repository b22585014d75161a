"""Connections to a PostgreSQL database, each set up as a ledger needs it.

They are not those of the library, whose recorder waits for ever on a large batch: see decision 0019.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

SCHEMA = "contract_ledger"
Connection = psycopg.Connection[Any]
_SET_UP = f"""
SELECT set_config('search_path', '{SCHEMA}', false), set_config('lock_timeout', %s, false),
       set_config('client_encoding', 'UTF8', false), set_config('TimeZone', 'UTC', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                  WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""


def connect(url: str, wait_seconds: int) -> Connection:
    """Open a connection that waits for locks so long, and for the disk before it acknowledges."""
    connection: Connection = psycopg.connect(
        url, autocommit=True, connect_timeout=max(wait_seconds, 2), application_name="contract-ledger"
    )
    try:
        connection.execute(_SET_UP, (f"{wait_seconds}s",))
    except BaseException:
        connection.close()
        raise
    return connection


class Connections:
    """Opens connections as they are needed, and keeps those that are free for the next who asks."""

    def __init__(self, url: str, wait_seconds: int) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._free: list[Connection] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Lend a connection; one that is broken, or in the midst of something, does not come back."""
        connection = self._take()
        try:
            yield connection
        finally:
            idle = not connection.closed and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if idle and not self._closed:
                self._free.append(connection)
            else:
                connection.close()

    def _take(self) -> Connection:
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                return connect(self._url, self._wait_seconds)
            if not connection.closed:
                return connection

    def close(self) -> None:
        """Close every connection; one that is lent is closed when it comes back."""
        self._closed = True
        while self._free:
            self._free.pop().close()
