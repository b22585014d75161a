"""A full disk: one clear sentence, exit status 3, nothing half recorded; with room again, everything works."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Program
from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_KIB = 1024
_LIMITED = """
import resource, sqlite3, sys
of_file, pages = int(sys.argv.pop(1)), int(sys.argv.pop(1))
from cli.main import run
resource.setrlimit(resource.RLIMIT_FSIZE, (of_file, of_file))
connect = sqlite3.connect
def limited(*arguments, **named):
    connection = connect(*arguments, **named)
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection
sqlite3.connect = limited
run()
"""
_UNLIMITED = 1 << 30


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system, where that is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KIB}k", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here to make a small disk with")
    if made.returncode != 0:
        pytest.skip(f"a small disk needs the right to mount one: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # what failed may not be closed yet


def begun(folder: Path) -> Program:
    """Return a ledger with results, a report to be published, and a backup of it."""
    program = Program(folder / "ledger.db")
    facts = [contract(), kpi(), *results(("2025-01", "70"), ("2025-02", "95"))]
    assert program.record(*facts).exit_code == 0
    program.done("backup", str(folder / "copy.db"))
    return program


def counted(number: int) -> list[object]:
    return [
        fact(
            "CountsReported",
            series="calls",
            period="2025-01",
            category=f"{each}",
            received=9,
            resolved=8,
            outstanding=1,
        )
        for each in range(number)
    ]


def fill(folder: Path, *, leave_kib: int) -> Path:
    """Write a file that takes all of a disk but some room."""
    filling = folder / "filling"
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    with filling.open("r+b") as file:
        file.truncate(max(0, filling.stat().st_size - 1024 * leave_kib))
    return filling


def one_sentence(program: Program, said: str) -> None:
    assert len(said.splitlines()) == 1, said
    assert any(part in said for part in ("the disk is full; make room", "see whether it is full", "larger file")), said
    assert str(program.path.parent) in said


def all_is_well(program: Program) -> None:
    program.done("verify")
    assert program.record(submitted("2025-12", "70", dated="2026-01-04")).exit_code == 0
    program.done("replay", "--check")


ROOM = [0, 8, 36, 48, 60, 100, 160]


@pytest.mark.parametrize("room", ROOM)
def test_recording_on_a_full_disk_takes_all_or_nothing(small_disk: Path, room: int) -> None:
    program = begun(small_disk)
    filling = fill(small_disk, leave_kib=room)
    many = counted(300)
    result = program.record(*many)
    filling.unlink()
    held = program.done("export").stdout.count('"CountsReported"')
    if result.exit_code == 0:
        assert held == len(many)
        if "The facts are recorded." in result.stderr:
            assert "run `contract-ledger replay`" in result.stderr
    else:
        assert result.exit_code == 3
        assert held == 0
        one_sentence(program, result.stderr)
    all_is_well(program)
    assert program.record(*many).exit_code == 0


@pytest.mark.parametrize("room", ROOM[::3])
@pytest.mark.parametrize("command", ["publish", "replay", "backup", "backup over", "restore", "first"])
def test_no_other_command_leaves_half_a_thing_on_a_full_disk(small_disk: Path, command: str, room: int) -> None:
    program = begun(small_disk)
    copy, new = str(small_disk / "copy.db"), str(small_disk / "new.db")
    given = {
        "publish": ("publish", "c", "--as-at", "2025-06-30", "--by", "A", "--id", "report"),
        "replay": ("replay",),
        "backup": ("backup", new),
        "backup over": ("backup", "--replace", copy),
        "restore": ("restore", "--replace", copy),
        "first": ("export",),
    }[command]
    before = program.done("export").stdout
    acting = Program(small_disk / "other.db", program.clock) if command == "first" else program
    filling = fill(small_disk, leave_kib=room)
    result = acting.record(contract(), kpi()) if command == "first" else acting.run(*given)
    filling.unlink()
    assert result.exit_code in (0, 3)
    assert list(small_disk.glob("*.unfinished*")) == []
    if result.exit_code == 3:
        one_sentence(program, result.stderr)
        assert program.done("export").stdout == before
        assert list(small_disk.glob("*.replaced-*")) == [] or command == "restore"
        assert not Path(new).exists()
        assert acting.run("export").stdout == ("" if command == "first" else before)
    assert Program(Path(copy), program.clock).done("export").stdout == before
    all_is_well(program)
    again = acting.record(contract(), kpi()) if command == "first" else acting.run(*given)
    assert again.exit_code == (0 if result.exit_code == 3 or command != "backup" else 2)


def limited(program: Program, of_file: int, pages: int, *arguments: str, given: str = "") -> tuple[int, str]:
    """Run a command whose files, or whose database, may only grow so far."""
    command = [sys.executable, "-c", _LIMITED, str(of_file), str(pages), "--ledger", str(program.path), *arguments]
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def lines(*facts: object) -> str:
    return "\n".join(each.model_dump_json(by_alias=True, exclude_none=True) for each in facts)  # type: ignore[attr-defined]


@pytest.mark.parametrize("spare", [0, 1, 8])
@pytest.mark.parametrize("kind", ["file", "database"])
def test_a_limit_that_is_reached_is_a_full_disk_too(tmp_path: Path, kind: str, spare: int) -> None:
    pytest.importorskip("resource", reason="this platform has no limits of this kind")
    program = begun(tmp_path)
    size = program.path.stat().st_size
    of_file = 4096 * spare if kind == "file" else _UNLIMITED
    pages = _UNLIMITED if kind == "file" else size // 4096 + spare
    before = program.done("export").stdout
    status, said = limited(program, of_file, pages, "record", "-", given=lines(*counted(300)))
    assert status == 3
    one_sentence(program, said)
    assert program.done("export").stdout == before
    if kind == "file":
        for arguments in (("replay",), ("backup", str(tmp_path / "new.db"))):
            status, said = limited(program, of_file, pages, *arguments)
            assert status == 3
            one_sentence(program, said)
    all_is_well(program)
    assert program.record(*counted(300), agreed("2025-12", dated="2026-01-04")).exit_code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.db", "ledger.db"]
