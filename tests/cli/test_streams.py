"""Pipes that close, disks that are full, streams that are not there: no traceback, and a true exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.workload import Size, lines, text
from tests.given import contract, kpi

if TYPE_CHECKING:
    from tests.conftest import Program

PROGRAM = f'"{sys.executable}" -c "from cli.main import run; run()"'


def shell(command: str, ledger: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which CL is the program over a ledger."""
    line = command.replace("CL", f"{PROGRAM} --ledger '{ledger}'")
    surroundings = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", **environment}
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=surroundings, check=False)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("CL rag lincolnshire-css | head -1; exit ${PIPESTATUS[0]}", 0),
        ("CL rag lincolnshire-css --format json | head -1; exit ${PIPESTATUS[0]}", 0),
        ("CL rag lincolnshire-css >&-", 0),
        ("CL rag lincolnshire-css > /dev/full", 3),
        ("CL record - <&-", 2),
    ],
)
def test_streams_that_end_early(sample: Program, command: str, status: int) -> None:
    result = shell(command, sample.path)
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("output", ["> /dev/full", "2> /dev/full", ">&-", "2>&-"])
def test_what_is_recorded_is_done_even_if_nobody_can_be_told(program: Program, output: str) -> None:
    program.record(contract(), kpi())
    result = shell(f"CL submit c K 2025-03 91 --by P {output}", program.path)
    assert "Traceback" not in result.stderr
    assert result.returncode == 0
    assert program.json("verify")["facts"] == 3
    assert program.run("replay", "--check").exit_code == 0


@pytest.mark.parametrize(("to", "status"), [("| head -1; exit ${PIPESTATUS[0]}", 0), ("> /dev/full", 3)])
def test_cells_of_many_contracts_that_nobody_reads_to_the_end(program: Program, to: str, status: int) -> None:
    for facts in lines(Size(contracts=6, kpis=4, months=14)):
        program.done("record", "-", given=text(facts))
    for output in ("csv", "json"):
        for _ in range(3):
            result = shell(f"CL cells --format {output} {to}", program.path)
            assert result.returncode == status, result.stderr


def test_an_ascii_locale_loses_nothing(program: Program) -> None:
    program.record(contract(title="Café £"), kpi())
    printed = shell(
        "CL diff c --from 2025-01-01 --format json && CL abatement c --format md",
        program.path,
        PYTHONIOENCODING="ascii",
    )
    assert printed.returncode == 0, printed.stderr
    assert r"Caf\xe9 GBP" in printed.stdout
    told = shell("CL trail c K --format json", program.path, PYTHONIOENCODING="ascii").stdout
    assert json.loads(told)["contract"] == "c"


def test_several_writers_queue_and_nothing_is_lost(program: Program) -> None:
    program.record(contract(), kpi())
    each = (
        "for month in 01 02 03 04 05; do CL submit c K 2025-$month 9$1 --by P --id $1-$month >/dev/null || exit 9; done"
    )
    writers = [
        subprocess.Popen(
            ["bash", "-c", each.replace("CL", f"{PROGRAM} --ledger '{program.path}'"), "writer", str(number)],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
            stderr=subprocess.PIPE,
        )
        for number in range(3)
    ]
    for writer in writers:
        with writer:
            assert writer.stderr is not None
            said = writer.stderr.read()
        assert writer.returncode == 0, said
    found = program.json("verify")
    assert (found["ok"], found["facts"], found["problems"]) == (True, 17, [])
