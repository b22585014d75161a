"""What `check` says of a contract file, and that `register` says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

FILE = """\
[contract]
id = "c"
title = "Test"
commenced = "2025-01"
dated = "2025-01-01"
parties = [{ code = "A", name = "A", role = "authority" }, { code = "P", name = "P", role = "provider" }]

[scheme]
shares = { amber = "0.5", red = "1" }
multipliers = ["1"]
run_counts = "missed_target"
relieved_in_run = "reset"

[[service]]
code = "S"
title = "S"

[[kpi]]
ref = "K"
service = "S"
title = "K"
unit = "percent"
better = "higher"
first_period = "2025-01"
bands = [{ from = "2025-01", green = "100", amber = "85..99", red = "<85" }]
weights = [{ from = "2025-01", points = "60" }]
doubts = [
    { of = "gap", read_as = "Between 99 and 100 is amber." },
]
"""
SETTLED = '    { of = "gap", read_as = "Between 99 and 100 is amber." },\n'
GAP = "there is a gap between amber and green, from 99 to 100: 99.5 lies in neither"
REMEDY = (
    "let one begin where the other ends, or round values first (decimals = 0, round_first = true), or say how it is "
    'read: doubts = [{ of = "gap", read_as = "…" }]'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_settled_doubt_is_shown_with_its_reading_and_registers_without_a_warning(
    program: Program, file: Path
) -> None:
    result = program.run("check", str(file))
    assert result.exit_code == 0
    assert "Between 99 and 100 is amber." in result.stdout
    assert f"{file}: no errors and 1 doubt in 1 KPI, each of them settled." in result.stderr
    assert "Checked: " in result.stderr
    registered = program.done("register", str(file))
    assert "Warning" not in registered.stderr
    assert "1 doubt is settled by how the file says to read it; `check` shows it." in registered.stderr
    shown = program.json("rag", "c", "--last", "2025-01")
    assert shown["assumptions"][0] == "K: Between 99 and 100 is amber."


OWN = 'doubts = [{ of = "wording", text = "Two sections differ.", read_as = "The first counts." }]\n\n[scheme]'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([], "no errors and 1 doubt in 1 KPI, each of them settled."),
        (
            [("[scheme]", OWN)],
            "no errors and 2 doubts (1 in 1 KPI, 1 in the contract's own terms), each of them settled.",
        ),
        (
            [("[scheme]", OWN), ("85..99", ">=85 <100"), (SETTLED, "")],
            "no errors and 1 doubt in the contract's own terms, each of them settled.",
        ),
        ([("85..99", ">=85 <100"), (SETTLED, "")], "no errors and no doubts in 2 KPIs."),
    ],
)
def test_it_counts_the_kpis_that_have_doubts_and_names_the_contracts_own(
    program: Program, file: Path, change: list[tuple[str, str]], said: str
) -> None:
    clean = FILE[FILE.index("[[kpi]]") :].replace(SETTLED, "").replace('"K"', '"L"').replace("85..99", ">=85 <100")
    text = FILE
    for old, new in change:
        text = text.replace(old, new)
    file.write_text(f"{text}\n{clean}", encoding="utf-8")
    assert f"{file}: {said}" in program.run("check", str(file)).stderr


def test_an_open_doubt_of_a_weighted_kpi_is_exit_1_and_bars_registering(program: Program, file: Path) -> None:
    file.write_text(FILE.replace(SETTLED, ""), encoding="utf-8")
    result = program.run("check", str(file), "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "contract": "c",
        "file": str(file),
        "errors": [],
        "doubts": [
            {
                "line": 25,
                "kpi": "K",
                "field": "bands",
                "kind": "gap",
                "sentence": f"{GAP}; {REMEDY}",
                "settled_by": None,
                "bars_registering": True,
            }
        ],
    }
    refused = program.run("register", str(file))
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [f"{file}, line 25, K, bands: {GAP}; {REMEDY}"]
    assert not program.path.exists()


def test_without_money_an_open_doubt_is_taken_with_a_warning(program: Program, file: Path) -> None:
    noted = SETTLED + '    { of = "wording", text = "Two sections disagree." },\n'
    file.write_text(FILE.replace(SETTLED, noted).replace('points = "60"', 'points = "0"'), encoding="utf-8")
    assert program.run("check", str(file)).exit_code == 1
    registered = program.done("register", str(file))
    assert registered.stderr.count("Warning: ") == 1
    assert f"Warning: {file}, line 29, K, doubts: Two sections disagree; " in registered.stderr


def test_bands_that_leave_a_gap_bar_registering_without_money_too(program: Program, file: Path) -> None:
    file.write_text(FILE.replace(SETTLED, "").replace('points = "60"', 'points = "0"'), encoding="utf-8")
    refused = program.run("register", str(file))
    assert (refused.exit_code, refused.stderr) == (2, f"{file}, line 25, K, bands: {GAP}; {REMEDY}\n")


def test_what_only_an_assumption_settles_is_warned_of_as_it_may_speak_of_something_else(
    program: Program, file: Path
) -> None:
    text = FILE.replace(SETTLED, "").replace("bands = [", 'assumptions = ["As printed."]\nbands = [')
    file.write_text(text, encoding="utf-8")
    registered = program.done("register", str(file))
    assert f"Warning: {file}, line 26, K, bands: {GAP}; read so: As printed." in registered.stderr
    assert "settled by how" not in registered.stderr


def test_errors_are_exit_2_and_the_doubts_are_told_beside_them(program: Program, file: Path) -> None:
    file.write_text(FILE.replace(SETTLED, "").replace('code = "S"', 'code = "S"\ncolour = 1'), encoding="utf-8")
    result = program.run("check", str(file), "--format", "json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert [(each["line"], each["kpi"], each["field"]) for each in found["errors"]] == [
        (16, None, "services[1].colour")
    ]
    assert [each["kind"] for each in found["doubts"]] == ["gap"]
    assert f"{file}, line 16, services[1].colour: is no field of a service table; leave it out" in result.stderr
    refused = program.run("register", str(file))
    assert refused.exit_code == 2
    assert f"{file}, line 26, K, bands: {GAP}" in refused.stderr


def test_a_file_that_is_sent_again_is_not_refused_for_a_doubt(program: Program, file: Path) -> None:
    text = FILE.replace(SETTLED, "").replace("bands = [", 'assumptions = ["As printed."]\nbands = [')
    file.write_text(text, encoding="utf-8")
    program.done("register", str(file))
    assert "Nothing new to record." in program.done("register", str(file)).stderr


def test_a_changed_file_sent_again_is_told_what_differs_and_nothing_of_ids(program: Program, file: Path) -> None:
    program.done("register", str(file))
    file.write_text(FILE.replace('title = "Test"', 'title = "Tests"').replace("<85", "<84"), encoding="utf-8")
    refused = program.run("register", str(file))
    assert refused.exit_code == 2
    first, second = (line for line in refused.stderr.splitlines() if not line.startswith("Warning: "))
    assert first.startswith(f"{file}, line 1: title differs from what is registered: a contract is registered once; ")
    assert second == f"{file}, line 19, K: bands differs from what is registered: use `rebase c K FIRST_PERIOD`"


@pytest.mark.parametrize("output", ["csv", "md"])
def test_doubts_are_a_table_in_every_format(program: Program, file: Path, output: str) -> None:
    result = program.done("check", str(file), "--format", output)
    assert GAP in result.stdout
    assert "Settled by" in result.stdout


def test_standard_input_is_checked_too_and_nonsense_is_refused(program: Program) -> None:
    assert "standard input: no errors and 1 doubt" in program.done("check", "-", given=FILE.encode()).stderr
    refused = program.run("check", "-", given=b"x")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "standard input: is not TOML" in refused.stderr


def test_a_kpi_that_is_introduced_later_is_told_its_doubts(program: Program, file: Path, tmp_path: Path) -> None:
    program.done("register", str(file))
    later = tmp_path / "k.toml"
    table = FILE[FILE.index("[[kpi]]") :].replace('ref = "K"', 'ref = "L"').replace("60", "0")
    noted = SETTLED + '    { of = "wording", text = "Two sections disagree." },\n'
    later.write_text(table.replace(SETTLED, noted), encoding="utf-8")
    assert "Warning: Two sections disagree" in program.done("introduce", "c", str(later), "--by", "A").stderr
    later.write_text(table.replace(SETTLED, "").replace('ref = "L"', 'ref = "M"'), encoding="utf-8")
    assert GAP in program.run("introduce", "c", str(later), "--by", "A").stderr
