"""What was acknowledged is there, in its place, and the file itself takes nothing but the next fact."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.copies import write_copy
from ledger.faults import LedgerUnusable
from ledger.judgement import Proposed, Reading
from ledger.ledger_file import Guard, is_there
from ledger.location import place_of
from ledger.period import shift
from ledger.recording import record
from ledger.storage import Overtaken
from ledger.store import Ledger
from ledger.verify import verify
from tests.given import agreed, contract, kpi, results, submitted
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.facts import AnyFact
    from ledger.location import Place


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """A new ledger, in a file and in a database."""
    with Ledger(place, create=True, wait_seconds=1) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger in a file."""
    with Ledger(tmp_path / "ledger.db", create=True, wait_seconds=1) as opened:
        yield opened


def take(ledger: Ledger, *facts: AnyFact, clock: TickingClock | None = None) -> None:
    record(ledger, Reading([Proposed(each) for each in facts]), clock or TickingClock())


def test_a_fact_reads_back_as_it_was_taken(ledger: Ledger) -> None:
    take(ledger, contract(), kpi(), *results(("2025-01", "6.00")))
    history = ledger.history("c")
    assert [each.position for each in history] == [1, 2, 3, 4]
    assert str(history[2].fact.value) == "6.00"  # type: ignore[union-attr]
    assert verify(ledger).problems == []


@pytest.mark.parametrize("count", [99, 100, 101, 503])
def test_many_facts_are_taken_at_once_as_they_are_one_by_one(ledger: Ledger, count: int) -> None:
    periods = [shift("1970-01", month) for month in range(300)]
    given = [submitted(period, "1", ref=ref, dated="2025-06-01") for ref in ("K", "L") for period in periods][
        : count - 3
    ]
    whole = {"first_period": "1970-01"}
    take(
        ledger, contract(commenced="1970-01", held_from="1970-01"), kpi(**whole), kpi("L", weight="0", **whole), *given
    )
    assert [each.position for each in ledger.since(0)] == [*range(1, count + 1)]
    assert [each.fact for each in ledger.since(3)] == given
    assert verify(ledger).problems == []


def test_contracts_are_told_in_order_with_the_last_fact_of_each(ledger: Ledger) -> None:
    assert (ledger.contracts(), ledger.last_of_each()) == ([], {})
    names = ["d", "b-2", "b", "b-1", "c"]
    for name in names:
        take(ledger, contract().model_copy(update={"id": f"{name}-registered", "contract": name}))
    take(ledger, kpi().model_copy(update={"id": "last-of-b-1", "contract": "b-1"}))
    assert ledger.contracts() == sorted(names)
    found = {name: (count, last.fact.id) for name, (count, last) in ledger.last_of_each().items()}
    assert found == {name: (1, f"{name}-registered") for name in names} | {"b-1": (2, "last-of-b-1")}
    assert list(found) == sorted(names)


def test_facts_that_the_file_passes_over_in_silence_are_not_acknowledged(
    file: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(file, contract(), kpi())
    with closing(sqlite3.connect(file.name)) as other:
        other.execute(
            "CREATE TRIGGER quiet BEFORE INSERT ON facts WHEN NEW.position = 4 BEGIN SELECT RAISE(IGNORE); END"
        )
    monkeypatch.setattr(file.storage, "guard_faults", list)  # as if it had come after they were found in place
    with pytest.raises(LedgerUnusable, match="did not take"):
        take(file, submitted("2025-01", "95"), agreed("2025-01"))
    assert file.head() == 2


def test_nobody_can_replace_a_copy_in_which_somebody_records(file: Ledger, tmp_path: Path) -> None:
    take(file, contract())
    copy = tmp_path / "copy.db"
    write_copy(file, copy, lambda _, __: None)
    with Ledger(copy) as recording:
        take(recording, kpi())
        with (
            closing(sqlite3.connect(copy, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("PRAGMA journal_mode = DELETE")
        assert verify(recording).problems == []


@pytest.mark.parametrize("found", ["just gone", "there, and then gone"])
def test_a_ledger_opens_while_another_program_closes_it_and_removes_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path, create=True) as closing_it:
        take(closing_it, contract(), kpi())
    asked, stat = 0, Path.stat

    def vanishing(self: Path, **given: bool) -> os.stat_result:
        nonlocal asked
        if not self.name.endswith("-wal"):
            return stat(self, **given)
        asked += 1
        if found == "just gone":
            raise FileNotFoundError
        return stat(path, **given)

    monkeypatch.setattr(Path, "stat", vanishing)
    with Ledger(path) as again:
        assert again.head() == 2
    assert asked


def test_what_the_system_reports_is_told_without_its_path_whose_name_may_say_anything() -> None:
    path = Path("locked.db")
    with pytest.raises(LedgerUnusable, match=r"^locked\.db: Permission denied$"), Guard(path, sqlite3.Error):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def test_opening_a_ledger_a_second_time_does_not_let_go_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path, create=True) as first:
        take(first, contract())
        with Ledger(path) as second:
            assert second.head() == 1
        assert is_there(path)
        asked = [sys.executable, "-c", _LEAVES_THE_LOG, str(path)]
        assert "locked" in subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        take(first, kpi())
    with Ledger(path) as again:
        assert again.head() == 2


_LEAVES_THE_LOG = """
import sqlite3, sys

connection = sqlite3.connect(sys.argv[1], timeout=0)
try:
    connection.execute("PRAGMA journal_mode = DELETE")
except sqlite3.OperationalError as in_use:
    print(in_use)
"""


def test_recorded_at_never_goes_back(ledger: Ledger) -> None:
    clock = TickingClock(datetime(2026, 1, 5, 12, tzinfo=UTC))
    take(ledger, contract(), kpi(), clock=clock)
    clock.tick(hours=-3)
    take(ledger, submitted("2025-01", "1"), clock=clock)
    times = [each.recorded_at for each in ledger.history("c")]
    assert times == sorted(times)
    assert times[-1] == datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_what_was_known_at_an_instant_is_a_position(ledger: Ledger) -> None:
    clock = TickingClock()
    take(ledger, contract(), kpi(), clock=clock)
    first = clock.now()
    clock.tick()
    take(ledger, submitted("2025-01", "1"), clock=clock)
    assert ledger.position_at(first - timedelta(seconds=1)) == 0
    assert ledger.position_at(first) == 2
    assert ledger.position_at(clock.now()) == 3


def test_an_identical_fact_is_passed_over_and_another_with_its_id_is_refused(ledger: Ledger) -> None:
    from ledger.faults import BadInput

    again = submitted("2025-01", "1")
    take(ledger, contract(), kpi(), again)
    clock = TickingClock()
    receipt = record(ledger, Reading([Proposed(again), Proposed(again)]), clock)
    assert (receipt.recorded, receipt.passed_over) == ([], [again.id, again.id])
    other = submitted("2025-02", "1").model_copy(update={"id": again.id})
    with pytest.raises(BadInput, match="already the id of another PerformanceSubmitted"):
        record(ledger, Reading([Proposed(other)]), clock)
    assert ledger.head() == 3


def test_a_writer_that_was_overtaken_decides_again(ledger: Ledger, place: Place) -> None:
    take(ledger, contract(), kpi())
    with Ledger(place, create=True) as other:
        take(other, submitted("2025-01", "1"))
    with pytest.raises(Overtaken):
        ledger.append([submitted("2025-02", "1")], 2, {"c": 2}, datetime(2026, 1, 5, tzinfo=UTC))
    take(ledger, submitted("2025-02", "1"))
    assert [each.position for each in ledger.history("c")] == [1, 2, 3, 4]


_HASHES = "zeroblob(32), zeroblob(32)"
TAMPERING = [
    "UPDATE facts SET state = 'x' WHERE position = 1",
    "UPDATE OR REPLACE facts SET originator_version = 2 WHERE position = 1",
    "UPDATE facts SET leaf = zeroblob(32)",
    "DELETE FROM facts",
    f"INSERT INTO facts VALUES (NULL, 'n', 'c', 9, 't', 'x', {_HASHES})",
    f"INSERT INTO facts VALUES (9, 'n', 'c', 3, 't', '{{}}', {_HASHES})",
    f"INSERT OR REPLACE INTO facts VALUES (1, 'n', 'c', 1, 't', 'x', {_HASHES})",
    f"INSERT OR REPLACE INTO facts VALUES (1, 'n', 'c', 3, 't', '{{}}', {_HASHES})",
    f"INSERT OR REPLACE INTO facts VALUES (3, 'n', 'c', 1, 't', '{{}}', {_HASHES})",
    f"INSERT OR IGNORE INTO facts VALUES (1, 'n', 'c', 1, 't', 'x', {_HASHES})",
    f"REPLACE INTO facts VALUES (2, 'n', 'c', 2, 't', 'x', {_HASHES})",
]


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_file_refuses_every_change_but_the_next_fact(file: Ledger, statement: str) -> None:
    take(file, contract(), kpi())
    before = file.history("c")
    connection = sqlite3.connect(file.name)
    with pytest.raises(sqlite3.Error, match=r"only the next fact|never edited|never deleted"):
        connection.execute(statement)
    connection.close()
    assert file.history("c") == before


def test_a_file_refuses_a_next_fact_that_would_replace_another_by_its_id(file: Ledger) -> None:
    take(file, contract(), kpi(), submitted("2025-01", "1", id="mine"))
    connection = sqlite3.connect(file.name)
    state = connection.execute("SELECT state FROM facts WHERE position = 3").fetchone()[0]
    forged = state.decode().replace('"position":3', '"position":4')
    with pytest.raises(sqlite3.IntegrityError, match=r"only the next fact"):
        connection.execute(
            "INSERT OR REPLACE INTO facts VALUES (4, 'mine', 'c', 4, 't', ?, zeroblob(32), zeroblob(32))",
            (forged.encode(),),
        )
    connection.close()
    assert file.head() == 3


def test_nothing_is_recorded_once_the_guards_are_gone(file: Ledger) -> None:
    take(file, contract(), kpi())
    connection = sqlite3.connect(file.name)
    connection.execute("DROP TRIGGER facts_no_update")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerUnusable, match="facts_no_update no longer guards"):
        take(file, submitted("2025-01", "1"))
    assert verify(file).problems == ["facts_no_update no longer guards the facts"]


def test_the_next_fact_needs_a_leaf(file: Ledger) -> None:
    take(file, contract(), kpi(), submitted("2025-01", "1", id="mine"))
    connection = sqlite3.connect(file.name)
    state = connection.execute("SELECT state FROM facts WHERE position = 3").fetchone()[0]
    forged = state.decode().replace('"position":3', '"position":4').replace('"mine"', '"forged"')
    with pytest.raises(sqlite3.IntegrityError, match=r"only the next fact"):
        connection.execute(
            "INSERT INTO facts VALUES (4, 'forged', 'c', 4, 't', ?, x'', zeroblob(32))", (forged.encode(),)
        )
    connection.close()


def test_a_ledger_of_another_format_is_named_and_not_touched(file: Ledger) -> None:
    take(file, contract(), kpi())
    connection = sqlite3.connect(file.name)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(LedgerUnusable, match=r"made by another version of this program \(format 1, not 2\)"):
        Ledger(Path(file.name))


def test_connections_wait_for_the_disk(file: Ledger) -> None:
    with file._app.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"


def test_what_was_acknowledged_survives_a_kill(location: str) -> None:
    script = textwrap.dedent(
        """
        import sys
        from ledger.location import place_of
        from ledger.store import Ledger
        from tests.given import contract, kpi, submitted
        from tests.ledger.test_store import take

        with Ledger(place_of(sys.argv[1]), create=True) as ledger:
            take(ledger, contract(), kpi())
            while True:
                take(ledger, submitted("2025-01", "1"))
                print(ledger.head(), flush=True)
        """
    )
    command = [sys.executable, "-c", script, location]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(20)]
        writer.kill()
        acknowledged += writer.stdout.readlines()
    with Ledger(place_of(location)) as ledger:
        assert ledger.head() >= int([line for line in acknowledged if line.endswith("\n")][-1])
        assert verify(ledger).problems == []


def test_an_id_of_any_printable_characters_is_taken(ledger: Ledger) -> None:
    odd = "a\"b\\c'd/é€😀%_<"
    take(ledger, contract(), kpi(), submitted("2025-01", "1", id=odd))
    assert ledger.with_ids([odd])[odd].position == 3
    assert verify(ledger).problems == []
