"""A sample is written to a folder, and never over another file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.sample import SAMPLES, contents_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program


def test_without_a_name_the_samples_are_listed(program: Program) -> None:
    listed = program.done("sample").stdout.splitlines()
    assert [line.split(":")[0] for line in listed] == list(SAMPLES)


WRITTEN = {
    "lincolnshire": ["contract.toml", "facts.jsonl", "published.csv"],
    "lincolnshire-2018-2021": ["contract.toml", "facts.jsonl", "published.csv"],
    "social-care-annex": ["contract.toml", "facts.jsonl"],
    "kent-framework": ["contract.toml", "facts.jsonl"],
    "model-services": ["contract.toml", "facts.jsonl"],
}
ODD = {
    "lincolnshire": ["neither resolved nor outstanding"] * 4,
    "lincolnshire-2018-2021": [],
    "social-care-annex": [
        "the outturn stated is 70, and A ÷ B × 100 comes to 71",
        "there is no denominator: C is 0",
        "C of KPI 5 for Oct–Dec 2024 (Q3 2024/25) is 120, carried over from the period before, and B for Jul–Sep 2024",
    ],
    "kent-framework": ["108.3333333333333333333333333 % is not between 0 and 100", "there is no denominator: y is 0"],
    "model-services": [],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_written_and_can_be_registered_and_recorded(program: Program, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "new" / "folder"
    printed = program.done("sample", name, "--to", str(folder)).stdout.split()
    assert printed == [str(folder / file) for file in WRITTEN[name]]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents_of(name)
    program.done("register", str(folder / "contract.toml"))
    warnings = [
        line for line in program.done("record", str(folder / "facts.jsonl")).stderr.splitlines() if "Warning" in line
    ]
    assert len(warnings) == len(ODD[name]), warnings
    assert all(odd in each for odd, each in zip(ODD[name], warnings, strict=True)), "the odd rows meant, and no more"


def test_a_file_that_is_there_is_left_as_it_is_unless_it_is_the_same(program: Program, tmp_path: Path) -> None:
    program.done("sample", "lincolnshire", "--to", str(tmp_path))
    program.done("sample", "lincolnshire", "--to", str(tmp_path))
    (tmp_path / "facts.jsonl").write_text("mine", encoding="utf-8")
    result = program.run("sample", "lincolnshire", "--to", str(tmp_path))
    assert result.exit_code == 2
    assert f"{tmp_path / 'facts.jsonl'}: is already there" in result.stderr
    assert (tmp_path / "facts.jsonl").read_text(encoding="utf-8") == "mine"


def test_an_unknown_sample_and_a_folder_that_is_a_file_are_refused(program: Program, tmp_path: Path) -> None:
    result = program.run("sample", "kent")
    assert (result.exit_code, result.stderr) == (2, f'SAMPLE: found "kent"; give one of {", ".join(SAMPLES)}\n')
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    result = program.run("sample", "lincolnshire", "--to", str(file))
    assert result.exit_code == 2
    assert "is no folder" in result.stderr
