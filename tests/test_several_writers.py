"""Several programs record into one ledger, and one backs it up meanwhile: every acknowledged fact is there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from ledger.store import Ledger
from tests.conftest import Program
from tests.given import contract, fact, kpi, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact

WRITERS = 3
ROUNDS = 4
_RECORDS_IN_TURN = """
import sys
from pathlib import Path
from typer.testing import CliRunner
from cli.main import app

ledger, *files = sys.argv[1:]
for file in files:
    result = CliRunner().invoke(app, ["--ledger", ledger, "--wait", "60", "record", file])
    print(file if result.exit_code == 0 else f"{file}: {result.output!r} {result.exception!r}", flush=True)
"""
_BACKS_UP_IN_TURN = """
import sys
from typer.testing import CliRunner
from cli.main import app

ledger, *copies = sys.argv[1:]
for copy in copies:
    result = CliRunner().invoke(app, ["--ledger", ledger, "--wait", "60", "backup", copy])
    print(copy if result.exit_code == 0 else f"{copy}: {result.output!r} {result.exception!r}", flush=True)
"""


def counts(writer: int, turn: int) -> list[AnyFact]:
    """Return a file of facts that nobody else records; every other turn, a single one that moves a cell."""
    if turn % 2:
        return [submitted(f"2025-{turn:02d}", "95", ref=f"K{writer}", id=f"w{writer}-{turn}")]
    of_one_file = {"series": "calls", "period": "2025-01", "received": 9, "resolved": 8, "outstanding": 1}
    return [
        fact("CountsReported", id=f"w{writer}-{turn}-{each}", category=f"{writer}{each}", **of_one_file)
        for each in range(30)
    ]


def written(path: Path, facts: list[AnyFact]) -> str:
    path.write_text("\n".join(each.model_dump_json(by_alias=True, exclude_none=True) for each in facts))
    return str(path)


def test_several_writers_and_a_backup_at_once(program: Program, tmp_path: Path) -> None:
    program.record(contract(), *[kpi(f"K{writer}", weight="") for writer in range(WRITERS)], kpi())
    files = {
        written(tmp_path / f"w{writer}-{turn}.jsonl", counts(writer, turn)): (writer, turn)
        for writer in range(WRITERS)
        for turn in range(ROUNDS)
    }
    copies = [str(tmp_path / f"copy-{number}.db") for number in range(6)]
    commands = [
        [
            sys.executable,
            "-c",
            _RECORDS_IN_TURN,
            str(program.path),
            *(each for each, (who, _) in files.items() if who == writer),
        ]
        for writer in range(WRITERS)
    ]
    commands.append([sys.executable, "-c", _BACKS_UP_IN_TURN, str(program.path), *copies])
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [each.communicate(timeout=180)[0].splitlines() for each in started]

    assert sorted(line for lines in said[:-1] for line in lines) == sorted(files)
    assert said[-1] == copies
    with Ledger(program.path) as ledger:
        taken = list(ledger.since(0))
    assert [each.position for each in taken] == list(range(1, len(taken) + 1))
    order = [each.fact.id for each in taken]
    for writer, turn in files.values():
        ids = [each.id for each in counts(writer, turn)]
        first = order.index(ids[0])
        assert order[first : first + len(ids)] == ids, "a file of facts takes positions together"
    assert len(taken) == WRITERS + 2 + sum(len(counts(*each)) for each in files.values())
    program.done("verify")
    program.done("replay", "--check")
    sizes = []
    for copy in copies:
        of_copy = Program(tmp_path / copy, program.clock)
        of_copy.done("verify")
        with Ledger(of_copy.path) as ledger:
            found = [each.fact.id for each in ledger.since(0)]
        assert found == order[: len(found)]
        sizes.append(len(found))
    assert sizes == sorted(sizes)


_RESTORES_IN_TURN = """
import sys
from time import sleep
from typer.testing import CliRunner
from cli.main import app

ledger, copy, times = sys.argv[1:]
for _ in range(int(times)):
    result = CliRunner().invoke(app, ["--ledger", ledger, "--wait", "60", "restore", "--replace", copy])
    print(result.exit_code if result.exit_code in (0, 3) else result.output, flush=True)
    sleep(0.05)
"""


def test_what_is_acknowledged_while_the_ledger_is_replaced_is_in_it_or_kept_beside(
    program: Program, tmp_path: Path
) -> None:
    program.record(contract(), kpi())
    copy = str(tmp_path / "copy.db")
    program.done("backup", copy)
    files = [
        [written(tmp_path / f"w{writer}-{turn}.jsonl", counts(writer, 2 * turn)) for turn in range(8)]
        for writer in range(2)
    ]
    commands = [[sys.executable, "-c", _RECORDS_IN_TURN, str(program.path), *theirs] for theirs in files]
    commands.append([sys.executable, "-c", _RESTORES_IN_TURN, str(program.path), copy, "5"])
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [each.communicate(timeout=180)[0].splitlines() for each in started]

    assert all(each.wait() == 0 for each in started)
    kept = sorted(tmp_path.glob("ledger.db.replaced-*"))
    assert said[-1] == ["0"] * 5
    assert len(kept) == 5
    found = set()
    for path in (program.path, *kept):
        Program(path, program.clock).done("verify")
        with Ledger(path) as ledger:
            found |= {each.fact.id for each in ledger.since(0)}
    assert said[:-1] == files, "whoever records waits while the ledger is replaced"
    for line in (line for lines in files for line in lines):
        writer, turn = line.rpartition("/w")[2].removesuffix(".jsonl").split("-")
        assert {each.id for each in counts(int(writer), 2 * int(turn))} <= found, line
    program.done("replay", "--check")
