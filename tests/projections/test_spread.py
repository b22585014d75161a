"""A replay over several processes makes the tables of one, in a database too, and also when a worker is killed."""

from __future__ import annotations

import os
import signal
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from distributed import LocalCluster, Status
from sqlalchemy import select

from ledger.faults import LedgerUnusable
from ledger.location import place_of
from ledger.store import Ledger
from projections.kept_engine import kept_tables
from projections.replay import Progress, Replayed, replay, silent
from projections.schema import LIVE
from projections.spread import Spread, dask_cluster, processes
from tests.benchmarks.workload import Size, lines
from tests.conftest import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACTS = 12


@pytest.fixture
def estate(database: str) -> Program:
    """Return a ledger of several contracts in a database."""
    program = Program(database)
    facts = [each for theirs in lines(Size(CONTRACTS, kpis=2, months=4)) for each in theirs]
    assert program.record(*facts).exit_code == 0
    return program


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Return a Dask cluster of two workers, each a process."""
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as found:
        yield found
        until = monotonic() + 60
        while not all(nanny.process.status is Status.running for nanny in found.workers.values()):
            assert monotonic() < until
            sleep(0.05)  # one that was ended is started anew, and cannot be closed meanwhile


def tables_of(program: Program) -> dict[str, list[Any]]:
    """Return every row of the kept tables."""
    with Ledger(place_of(program.location)) as ledger, kept_tables(ledger, writing=False) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in (*LIVE.derived, LIVE.kept)
        }


def replayed(program: Program, spread: Spread | None = None, told: Progress = silent) -> Replayed:
    place = place_of(program.location)
    with Ledger(place) as ledger:
        return replay(ledger, partial(Ledger, place), program.clock, spread, told)


def killing(pid: int | None) -> Progress:
    """Return what kills a process when the first contract is done."""
    assert pid

    def told(done: int, _of: int) -> None:
        if done == 1:
            os.kill(pid, signal.SIGKILL)

    return told


def test_a_cluster_that_loses_a_worker_in_the_midst_makes_the_tables_of_one_process(
    estate: Program, cluster: LocalCluster
) -> None:
    replayed(estate)
    alone = tables_of(estate)
    with dask_cluster(cluster.scheduler_address) as spread:
        assert replayed(estate, spread, killing(next(iter(cluster.workers.values())).pid)).faults == []
    assert tables_of(estate) == alone
    assert estate.done("replay", "--dask", cluster.scheduler_address).stderr.endswith(f"of {CONTRACTS} contracts.\n")
    assert tables_of(estate) == alone


def test_processes_that_lose_one_in_the_midst_say_so_and_a_second_replay_goes_on(estate: Program) -> None:
    replayed(estate)
    alone = tables_of(estate)
    with processes(2) as spread:

        def told(done: int, of: int) -> None:
            killing(next(iter(spread.executor._processes)))(done, of)

        with pytest.raises(LedgerUnusable, match="a worker of the replay was ended"):
            replayed(estate, spread, told)
    assert tables_of(estate) == alone, "the tables that are read stay"
    with processes(2) as spread:
        again = replayed(estate, spread)
    assert again.faults == []
    assert 1 <= again.resumed < CONTRACTS
    assert tables_of(estate) == alone


def test_work_that_kills_every_worker_it_is_given_to_is_said_so(cluster: LocalCluster) -> None:
    with (
        dask_cluster(cluster.scheduler_address) as spread,
        pytest.raises(LedgerUnusable, match="a worker of the replay was ended"),
    ):
        list(spread.over(os._exit, [1]))
