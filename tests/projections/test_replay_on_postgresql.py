"""Replaying a ledger in a database: whoever reads meanwhile sees the tables of before or of after, and no others."""

from __future__ import annotations

from functools import partial
from threading import Event, Thread

from sqlalchemy import func, select

from ledger.location import place_of
from ledger.store import Ledger
from projections.catching_up import catch_up
from projections.kept_check import check
from projections.kept_engine import kept_tables
from projections.replay import replay
from projections.schema import LIVE
from tests.conftest import Program
from tests.given import contract, kpi, results
from tests.projections.test_replay import CONTRACTS, of


def rows(ledger: Ledger) -> int:
    with kept_tables(ledger, writing=False) as connection:
        return connection.execute(select(func.count()).select_from(LIVE.cell_versions)).scalar_one()


def test_a_reader_that_began_in_the_midst_of_a_replay_does_not_see_half_of_it(database: str) -> None:
    program = Program(database)
    for each in CONTRACTS:
        assert (
            program.record(*(of(each, one) for one in (contract(), kpi(), *results(("2025-01", "70"))))).exit_code == 0
        )
    begun, switched = Event(), Event()
    seen: list[int] = []

    def reader() -> None:
        with Ledger(place_of(database)) as ledger, kept_tables(ledger, writing=False) as connection:
            connection.execute(select(1)).all()  # the snapshot is of now
            begun.set()
            switched.wait(3)
            seen.append(connection.execute(select(func.count()).select_from(LIVE.cell_versions)).scalar_one())

    reading = Thread(target=reader)

    def told(done: int, _of: int) -> None:
        if done == 2:
            reading.start()
            begun.wait(20)

    with Ledger(place_of(database)) as ledger:
        before = rows(ledger)
        assert replay(ledger, partial(Ledger, place_of(database)), program.clock, progress=told).faults == []
        switched.set()
        reading.join(20)
        assert seen == [before]
        assert rows(ledger) == before
        assert check(ledger, program.clock) == []


def test_tables_that_are_not_there_yet_are_read_as_missing(database: str) -> None:
    program = Program(database)
    with Ledger(place_of(database), create=True) as ledger:
        assert "missing" in program.done("status").stdout
        catch_up(ledger, program.clock)
        assert rows(ledger) == 0
