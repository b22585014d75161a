"""The recorder keeps what the library promises of its own: its tests, from its wheel, against a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.tests import persistence as library

from ledger.location import place_of
from ledger.postgres_connections import Connections
from ledger.postgres_recorder import PostgresFactRecorder
from ledger.row import Row
from ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class PlainRecorder(PostgresFactRecorder):
    """Our recorder for stored events that are no facts: it gives them the next positions, and no leaves."""

    def _rows(self, stored_events: Sequence[Any], next_position: int) -> Sequence[Row]:
        leaf = bytes(32)
        return [
            Row(at, str(uuid4()), each.originator_id, each.originator_version, each.topic, each.state, leaf, leaf, None)
            for at, each in enumerate(stored_events, next_position)
        ]


class _OverOurTables:
    """Our tables, but for the one guard that looks inside a fact."""

    INITIAL_VERSION = 1

    @pytest.fixture(autouse=True)
    def _tables(self, database: str) -> Iterator[None]:
        with Ledger(place_of(database), create=True), psycopg.connect(database) as connection:
            connection.execute("DROP TRIGGER facts_next_only ON contract_ledger.facts")
        self.connections = Connections(database, 30)
        yield
        self.connections.close()

    def create_recorder(self) -> PlainRecorder:
        return PlainRecorder(self.connections)

    def new_originator_id(self) -> str:
        return f"contract-{uuid4()}"


class TestAsAnApplicationRecorder(_OverOurTables, library.ApplicationRecorderTestCase[PlainRecorder]):
    """What the library asks of a recorder, subscriptions included."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestOrderOfPositions(_OverOurTables, library.NonInterleavingNotificationIDsBaseCase):
    """Two large batches at once take positions one after the other."""

    insert_num = 10_000
