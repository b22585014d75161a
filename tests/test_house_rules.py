"""The house style, as tests: linters, types, walls, sizes, and documents that keep up."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.main import app
from ledger.facts import KINDS, any_fact
from ledger.mapper import FactMapper
from projections.notes import teller_of
from projections.standing import stand
from tests.given import contract, kpi, recorded

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("ledger", "projections", "cli") for path in (ROOT / folder).rglob("*.py"))
GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
COMMAND_LINE = ROOT / "docs" / "reference" / "command-line.md"


TOP_LEVEL = {"ledger", "projections", "cli", "tests", "docs"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone: nothing says which files are the project's")
def test_the_top_level_has_the_agreed_folders_and_no_others() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.partition("/")[0] for line in tracked.splitlines() if "/" in line}
    assert {name for name in folders if not name.startswith(".")} == TOP_LEVEL


@pytest.mark.parametrize(
    "tool",
    [
        ("ruff", "check", "--quiet", "."),
        ("ruff", "format", "--check", "--quiet", "."),
        ("mypy",),
        ("importlinter.cli", "lint"),
    ],
    ids=lambda tool: " ".join(tool[:2]),
)
def test_the_linters_find_nothing(tool: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", *tool]
    if tool[0] == "importlinter.cli":
        command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_functions_and_files_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "split the file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{node.name} is too long"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_is_in_the_glossary_and_has_a_stored_example_and_a_sentence(kind: str) -> None:
    assert f"`{kind}`" in GLOSSARY
    stored = json.loads((ROOT / "tests" / "stored" / f"{kind}.json").read_text(encoding="utf-8"))
    fact = any_fact.validate_python(stored["fact"])
    assert fact.kind == kind
    standing = stand(recorded([contract(), kpi()]))
    assert standing is not None
    assert teller_of(standing).sentence(fact).startswith("On ")


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_ever_stored_reads_back_as_it_was(kind: str) -> None:
    from eventsourcing.persistence import StoredEvent

    state = json.dumps(json.loads((ROOT / "tests" / "stored" / f"{kind}.json").read_bytes())).encode()
    mapper = FactMapper(transcoder=None)  # type: ignore[arg-type]
    first = mapper.to_domain_event(StoredEvent("c", 7, kind, state))
    again = mapper.to_domain_event(mapper.to_stored_event(first))
    assert again == first


def commands() -> dict[str, Any]:
    """Return every command by its full name."""
    from typer.main import get_command

    found = {}

    def walk(prefix: str, group: Any) -> None:
        for name, command in group.commands.items():
            full = f"{prefix} {name}".strip()
            if hasattr(command, "commands"):
                walk(full, command)
            else:
                found[full] = command

    walk("", get_command(app))
    return found


def reference() -> str:
    """Write the reference page of the command line from the help of each command."""
    from typer.testing import CliRunner

    lines = ["# The command line", "", "Written from the commands' own help; `--update-console` renews it.", ""]
    for name in ["", *sorted(commands())]:
        help_text = CliRunner().invoke(
            app, [*name.split(), "--help"], env={"COLUMNS": "100"}, prog_name="contract-ledger"
        )
        title = f"contract-ledger {name}".strip()
        lines += [
            f"## {title}",
            "",
            "```text",
            *(line.rstrip() for line in help_text.output.strip().splitlines()),
            "```",
            "",
        ]
    return "\n".join(lines)


def test_the_reference_of_the_command_line_is_fresh(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-console"):
        COMMAND_LINE.write_text(reference(), encoding="utf-8")
    assert COMMAND_LINE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_help_and_a_document_that_shows_it(name: str) -> None:
    assert commands()[name].help
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    documents = [path.read_text(encoding="utf-8") for path in pages if path != COMMAND_LINE]
    shown = [line for text in documents for line in text.splitlines() if line.startswith("$ contract-ledger")]
    assert any(f" {name} " in f"{line} " for line in shown), f"no document runs {name}"
    assert f"`{name}`" in GLOSSARY


def test_the_index_lists_every_how_to_once() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\(how-to/([\w-]+\.md)\)", index)
    assert sorted(listed) == sorted(path.name for path in (ROOT / "docs" / "how-to").glob("*.md"))
