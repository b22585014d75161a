"""The documents are tests: each console block prints what the commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transcripts import Session

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    if "```console" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_shows_what_is_printed(document: str, request: pytest.FixtureRequest) -> None:
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    printed = Session().replay(text)
    if printed != text and request.config.getoption("--update-console"):
        path.write_text(printed, encoding="utf-8")
        return
    assert printed.splitlines() == text.splitlines()
