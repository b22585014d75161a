"""Contract files registered together: all of them, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program


def named(folder: Path, name: str, text: str) -> str:
    """Write a contract file of a contract with one KPI."""
    path = folder / f"{name}.toml"
    path.write_text(text.replace("NAME", name), encoding="utf-8")
    return str(path)


CONTRACT = """
[contract]
id = "NAME"
title = "Contract NAME"
commenced = "2025-01"
dated = "2025-01-01"
parties = [{ code = "A", name = "Authority", role = "authority" }, { code = "P", name = "Provider", role = "provider" }]

[[service]]
code = "S"
title = "Service"

[[kpi]]
ref = "K"
service = "S"
title = "Answered in time"
unit = "percent"
better = "higher"
first_period = "2025-01"
targets = [{ from = "2025-01", tsl = "90", msl = "80" }]
"""


def test_several_contracts_are_registered_in_one_go(program: Program, tmp_path: Path) -> None:
    given = [named(tmp_path, name, CONTRACT) for name in ("one", "two", "three")]
    assert "Recorded 6 facts at positions 1 to 6." in program.done("register", *given).stderr
    assert [each["contract"] for each in program.json("contracts")["contracts"]] == ["one", "three", "two"]


def test_a_fault_in_one_file_and_a_file_that_is_not_there_leave_all_unregistered(
    program: Program, tmp_path: Path
) -> None:
    good = named(tmp_path, "good", CONTRACT)
    bad = named(tmp_path, "bad", CONTRACT.replace('tsl = "90"', 'tsl = "ninety"'))
    result = program.run("register", good, str(tmp_path / "none.toml"), bad)
    assert result.exit_code == 2
    assert "none.toml: cannot be read" in result.stderr
    assert "ninety" in result.stderr
    assert not program.path.exists()


def test_many_contracts_recorded_at_once_are_told_of_in_one_line(program: Program, tmp_path: Path) -> None:
    kpis = "".join(
        CONTRACT[CONTRACT.index("[[kpi]]") :].replace('ref = "K"', f'ref = "K{number}"') for number in range(41)
    )
    given = [named(tmp_path, f"c{number}", CONTRACT + kpis) for number in range(6)]
    said = program.done("register", *given).stderr.splitlines()
    assert said[-1] == "6 contracts: `contract-ledger contracts` lists them, worst first."
