"""Collects Markdown transcripts wherever they are: the documents are tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transcripts import Transcript

if TYPE_CHECKING:
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-console", action="store_true", help="rewrite the transcripts with what the commands print now"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".md" and "```console" in file_path.read_text(encoding="utf-8"):
        return Transcript.from_parent(parent, path=file_path)
    return None
