"""Backups are whole or absent, everything acknowledged before is in them, and restoring loses nothing."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ledger.locks import opening, replacing
from ledger.store import Ledger
from tests.conftest import Program
from tests.given import agreed, contract, kpi, results, submitted


@pytest.fixture
def begun(program: Program) -> Program:
    """Return a ledger of four facts."""
    assert program.record(contract(), kpi(), *results(("2025-01", "70"))).exit_code == 0
    return program


def names(program: Program) -> list[str]:
    return sorted(each.name for each in program.path.parent.iterdir())


def ids(path: Path) -> list[str]:
    with Ledger(path) as ledger:
        return [recorded.fact.id for recorded in ledger.since(0)]


def at(path: Path, program: Program) -> Program:
    return Program(path, program.clock)


def test_a_backup_is_one_file_with_every_fact_and_table(begun: Program, tmp_path: Path) -> None:
    result = begun.done("backup", str(tmp_path / "copy.db"))
    assert 0 < (tmp_path / "copy.db").stat().st_size < 100_000
    assert result.stdout == ""
    assert (
        f"Copied 4 facts, to position 4, into {tmp_path / 'copy.db'} (0.1 MB): every fact reads back." in result.stderr
    )
    assert names(begun) == ["copy.db", "ledger.db"]
    assert ids(tmp_path / "copy.db") == ids(begun.path)
    at(tmp_path / "copy.db", begun).done("replay", "--check")


def test_a_backup_needs_no_log_and_may_not_be_recorded_in(begun: Program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    begun.done("backup", str(copy))
    assert copy.read_bytes()[18:20] == b"\x01\x01", "a copy is not in write-ahead mode"
    assert not copy.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    before = copy.read_bytes()
    at(copy, begun).done("verify")
    refused = at(copy, begun).record(submitted("2025-02", "1"))
    assert refused.exit_code == 3
    assert "read-only" in refused.stderr
    assert copy.read_bytes() == before
    assert names(begun) == ["copy.db", "ledger.db"]


def test_a_private_ledger_has_a_private_backup(begun: Program, tmp_path: Path) -> None:
    begun.path.chmod(0o600)
    begun.done("backup", str(tmp_path / "copy.db"))
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o400


def test_what_is_acknowledged_but_only_in_the_log_is_in_a_backup(begun: Program, tmp_path: Path) -> None:
    with Ledger(begun.path) as open_all_along:
        open_all_along.head()
        begun.record(submitted("2025-02", "70"))
        assert (tmp_path / "ledger.db-wal").stat().st_size > 0
        begun.done("backup", str(tmp_path / "copy.db"))
    assert len(ids(tmp_path / "copy.db")) == 5


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("there.txt", "is already there; name another file, or give --replace"),
        ("ledger.db", "is the ledger itself"),
        ("ledger.db-wal", "is the ledger itself"),
        ("folder", "is a folder; name a file in it"),
        ("none/copy.db", "there is no folder for it"),
        ("used.db", "is in use as a ledger (used.db-wal is beside it)"),
    ],
)
def test_a_backup_goes_nowhere_else(begun: Program, tmp_path: Path, target: str, said: str) -> None:
    (tmp_path / "there.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "used.db-wal").write_text("log")
    before = names(begun)
    result = begun.run("backup", str(tmp_path / target))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert names(begun) == before
    assert (tmp_path / "there.txt").read_text() == "mine"


def test_only_a_copy_of_a_ledger_is_replaced(begun: Program, tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("mine")
    result = begun.run("backup", "--replace", str(tmp_path / "there.txt"))
    assert result.exit_code == 2
    assert "is not a ledger, nor a copy of one" in result.stderr
    assert (tmp_path / "there.txt").read_text() == "mine"


def test_an_earlier_backup_is_replaced_by_one_that_has_all_of_it(begun: Program, tmp_path: Path) -> None:
    begun.done("backup", str(tmp_path / "copy.db"))
    begun.record(submitted("2025-02", "70"))
    begun.done("backup", "--replace", str(tmp_path / "copy.db"))
    assert len(ids(tmp_path / "copy.db")) == 5
    assert names(begun) == ["copy.db", "ledger.db"]


def test_an_earlier_backup_that_has_more_is_kept(begun: Program, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    older = begun.path.read_bytes()
    begun.record(submitted("2025-02", "70"))
    begun.done("backup", copy)
    begun.path.write_bytes(older)
    result = begun.run("backup", "--replace", copy)
    assert result.exit_code == 1
    assert f"{copy} has 1 fact that the ledger does not have, the first at position 5" in result.stdout
    assert len(ids(Path(copy))) == 5
    (beside,) = tmp_path.glob("copy.db.beside-*")
    assert len(ids(beside)) == 4
    assert str(beside) in result.stderr
    assert f"{copy} is as it was" in result.stderr


def test_a_ledger_with_problems_is_copied_all_the_same_and_said(begun: Program, tmp_path: Path) -> None:
    begun.done("backup", str(tmp_path / "good.db"))
    with closing(sqlite3.connect(begun.path)) as connection:
        connection.execute("DROP TRIGGER facts_no_update")
    result = begun.run("backup", str(tmp_path / "copy.db"))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["facts_no_update no longer guards the facts"]
    assert "Copied 4 facts" in result.stderr
    assert ids(tmp_path / "copy.db") == ids(begun.path)
    again = begun.run("backup", "--replace", str(tmp_path / "good.db"))
    assert again.exit_code == 1
    assert "good.db is as it was." in again.stderr
    at(tmp_path / "good.db", begun).done("verify")


def test_a_restored_ledger_is_as_it_was_backed_up(begun: Program, tmp_path: Path) -> None:
    begun.done("backup", str(tmp_path / "copy.db"))
    new = at(tmp_path / "new.db", begun)
    result = new.done("restore", str(tmp_path / "copy.db"))
    assert f"Restored 4 facts from {tmp_path / 'copy.db'} to {tmp_path / 'new.db'}." in result.stderr
    assert ids(new.path) == ids(begun.path)
    new.done("replay", "--check")
    assert new.record(submitted("2025-02", "70")).exit_code == 0
    assert len(ids(tmp_path / "copy.db")) == 4
    assert names(begun) == ["copy.db", "ledger.db", "new.db"]


def test_an_empty_file_is_no_ledger_yet(begun: Program, tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()
    at(tmp_path / "new.db", begun).done("restore", str(begun.path))
    assert len(ids(tmp_path / "new.db")) == 4


def test_a_ledger_that_is_there_is_replaced_only_when_told_and_kept(begun: Program, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    begun.done("backup", copy)
    begun.record(submitted("2025-02", "70"), agreed("2025-02"))
    refused = begun.run("restore", copy)
    assert refused.exit_code == 2
    assert "is already there" in refused.stderr
    result = begun.done("restore", "--replace", copy)
    (kept,) = tmp_path.glob("ledger.db.replaced-*")
    assert f"is kept as {kept}" in result.stderr
    assert "The restored one does not have 2 facts of it; the first is at position 5." in result.stderr
    assert len(ids(begun.path)) == 4
    assert len(ids(kept)) == 6
    begun.done("restore", "--replace", str(kept))
    assert len(ids(begun.path)) == 6
    begun.done("replay", "--check")
    assert begun.record(submitted("2025-03", "70")).exit_code == 0


def test_a_fact_that_differs_is_named_when_a_ledger_is_replaced(begun: Program, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    older.write_bytes(begun.path.read_bytes())
    at(older, begun).record(submitted("2025-02", "95"), agreed("2025-02"), submitted("2025-03", "95"))
    begun.record(submitted("2025-02", "70"))
    result = begun.done("restore", "--replace", str(older))
    assert "does not have 1 fact of it; the first is at position 5." in result.stderr
    assert "has every fact of it" in begun.done("restore", "--replace", str(older)).stderr


def test_a_damaged_copy_is_not_restored(begun: Program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    begun.done("backup", str(copy))
    whole = copy.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b'"position":2', b'"position":9')):
        copy.chmod(0o600)
        copy.write_bytes(damaged)
        before = begun.path.read_bytes()
        result = begun.run("restore", "--replace", str(copy))
        assert result.exit_code == 1
        assert result.stdout
        assert "nothing was restored" in result.stderr
        assert "unfinished" not in result.output
        assert begun.path.read_bytes() == before
        assert names(begun) == ["copy.db", "ledger.db"]


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        ("none.db", "cannot be read (No such file or directory)"),
        ("other.txt", "is not a ledger"),
        ("ledger.db", "is the ledger itself"),
    ],
)
def test_only_a_copy_of_a_ledger_is_restored(begun: Program, tmp_path: Path, copy: str, said: str) -> None:
    (tmp_path / "other.txt").write_text("mine")
    result = begun.run("restore", "--replace", str(tmp_path / copy))
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(ids(begun.path)) == 4


@pytest.mark.parametrize("damage", ["cut short", "not a database", "empty"])
def test_a_damaged_ledger_is_replaced_and_its_bytes_are_kept(begun: Program, tmp_path: Path, damage: str) -> None:
    copy = str(tmp_path / "copy.db")
    begun.done("backup", copy)
    whole = begun.path.read_bytes()
    broken = {"cut short": whole[:5000], "not a database": b"x" * 5000, "empty": b""}[damage]
    begun.path.write_bytes(broken)
    (tmp_path / "ledger.db-wal").write_bytes(b"y" * 5000)
    result = begun.done("restore", "--replace", copy)
    assert ids(begun.path) == ids(Path(copy))
    begun.done("verify")
    kept = {each.name.partition("Z")[2]: each.read_bytes() for each in tmp_path.glob("ledger.db.replaced-*")}
    kept.pop("-shm", None)  # made by reading the others
    assert kept.pop("", b"") == broken
    assert kept == {"-wal": b"y" * 5000}
    assert ("It cannot be read" in result.stderr) == (damage != "empty")


def test_a_ledger_that_others_have_open_is_not_replaced(begun: Program, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    begun.done("backup", copy)
    with Ledger(begun.path):
        result = begun.run("--wait", "1", "restore", "--replace", copy)
        assert result.exit_code == 3
        assert "locked by another program" in result.stderr
        assert [each for each in names(begun) if "unfinished" in each or "replaced" in each] == []
    assert begun.record(submitted("2025-02", "70")).exit_code == 0
    begun.done("restore", "--replace", copy)


def test_restoring_waits_until_others_have_closed_the_ledger(begun: Program, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    begun.done("backup", copy)
    command = [sys.executable, "-c", _HOLDS_FOR_A_SECOND, str(begun.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        begun.done("--wait", "30", "restore", "--replace", copy)
    assert holder.returncode == 0


_HOLDS_FOR_A_SECOND = """
import sys
from pathlib import Path
from time import sleep
from ledger.store import Ledger

with Ledger(Path(sys.argv[1])):
    print("open", flush=True)
    sleep(1)
"""


def test_a_ledger_made_while_a_copy_is_restored_is_not_replaced(begun: Program, tmp_path: Path) -> None:
    begun.done("backup", str(tmp_path / "copy.db"))
    new = tmp_path / "new" / "ledger.db"
    new.parent.mkdir()
    new.touch()
    command = [sys.executable, "-c", "from cli.main import run; run()", "--ledger", str(new)]
    with opening(new, 1):  # together with it, others may open the ledger, and make it
        restoring = subprocess.Popen(
            [*command, "restore", str(tmp_path / "copy.db")], stderr=subprocess.PIPE, text=True
        )
        with pytest.raises(subprocess.TimeoutExpired):
            restoring.wait(timeout=2)
        at(new, begun).record(contract())
    assert "is already there" in restoring.communicate(timeout=30)[1]
    assert restoring.returncode == 2
    assert len(ids(new)) == 1
    assert sorted(each.name for each in new.parent.iterdir()) == ["ledger.db"]


def test_a_copy_in_a_folder_that_is_locked_is_not_called_a_bad_one(begun: Program, tmp_path: Path) -> None:
    there = tmp_path / "copies"
    there.mkdir()
    begun.done("backup", str(there / "copy.db"))
    for asked in (("restore", str(there / "copy.db")), ("backup", str(there / "new.db"))):
        begun_elsewhere = at(tmp_path / "other.db", begun) if asked[0] == "restore" else begun
        with replacing(there / "copy.db", 1):
            result = begun_elsewhere.run("--wait", "1", *asked)
        assert result.exit_code == 3, result.output
        assert result.stderr.count("locked by another program") == 1
    assert [each.name for each in there.iterdir()] == ["copy.db"]


def test_a_log_beside_an_emptied_ledger_is_not_removed(begun: Program, tmp_path: Path) -> None:
    copy, log = str(tmp_path / "copy.db"), tmp_path / "ledger.db-wal"
    begun.done("backup", copy)
    begun.path.write_bytes(b"")
    log.write_bytes(b"facts" * 1000)
    for asked in (("status",), ("rag", "c")):
        assert begun.run(*asked).exit_code == 3
    assert "its log is not" in begun.record(contract()).stderr
    assert log.read_bytes() == b"facts" * 1000
    begun.done("restore", copy)
    assert [each.read_bytes() for each in tmp_path.glob("ledger.db.replaced-*-wal")] == [b"facts" * 1000]


def test_a_writer_waits_while_the_ledger_is_replaced_and_writes_in_the_new_one(begun: Program, tmp_path: Path) -> None:
    from ledger.restoring import _held_off, _out_of_use

    line = submitted("2025-02", "70").model_dump_json(by_alias=True, exclude_none=True)
    command = [sys.executable, "-c", "from cli.main import run; run()", "--ledger", str(begun.path), "record", "-"]
    new = tmp_path / "new.db"
    new.write_bytes(begun.path.read_bytes())
    with _held_off(begun.path, 1) as old, _out_of_use(old, begun.path, tmp_path / "kept.db"):
        writer = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert writer.stdin is not None
        writer.stdin.write(line)
        writer.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(timeout=3)
        new.replace(begun.path)
    assert writer.stderr is not None
    said = writer.stderr.read()
    writer.stderr.close()
    assert writer.wait(timeout=30) == 0, said
    assert "Recorded 1 fact" in said
    assert len(ids(begun.path)) == 5
    assert len(ids(tmp_path / "kept.db")) == 4
    begun.done("verify")


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """Return what a backup leaves when it is killed, with its logs."""
    left = tmp_path / "copy.db.unfinished"
    left.write_bytes(b"half of a copy")
    left.chmod(0o400)
    (tmp_path / "copy.db.unfinished-journal").write_bytes(b"log")
    return left


def test_what_a_killed_backup_left_is_thrown_away_by_the_next(begun: Program, tmp_path: Path, unfinished: Path) -> None:
    begun.done("backup", str(tmp_path / "copy.db"))
    assert names(begun) == ["copy.db", "ledger.db"]
    assert not unfinished.exists()


def test_two_backups_to_one_name_at_once_are_refused(begun: Program, tmp_path: Path) -> None:
    from ledger.placing import beside

    with beside(tmp_path / "copy.db") as taken:
        result = begun.run("backup", str(tmp_path / "copy.db"))
        assert result.exit_code == 3
        assert "another program is writing there" in result.stderr
        assert taken.exists()
    begun.done("backup", str(tmp_path / "copy.db"))


def test_a_ledger_is_replaced_through_a_link_to_it(begun: Program, tmp_path: Path) -> None:
    begun.done("backup", str(tmp_path / "copy.db"))
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / "link.db"
    link.symlink_to(begun.path)
    at(link, begun).done("restore", "--replace", str(tmp_path / "copy.db"))
    assert link.is_symlink()
    assert list(link.parent.iterdir()) == [link]
    begun.done("verify")
