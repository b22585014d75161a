"""What several tests stand on: the sample ledger, and a ledger of one's own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import typer.testing
from typer.main import get_command
from typer.testing import CliRunner, Result

from cli.demo import load_sample
from cli.main import Settings, app
from ledger.location import place_of
from tests.postgres import database as new_database
from tests.postgres import server
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.location import Place


# Assembling the commands takes longer than running most of them, and no test changes them: once is enough.
typer.testing._get_command = cache(get_command)  # type: ignore[attr-defined]


class Program:
    """The command line over one ledger."""

    def __init__(self, path: Path | str, clock: TickingClock | None = None) -> None:
        self.location = str(path)
        self.path = Path(self.location)
        self.clock = clock or TickingClock()

    def run(self, *arguments: str, given: bytes | None = None) -> Result:
        """Run a command; a traceback fails the test."""
        self.clock.tick()
        settings = Settings(clock=self.clock)
        result = CliRunner().invoke(
            app, ["--ledger", self.location, "--wait", "1", *arguments], obj=settings, input=given
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *arguments: str) -> Any:
        """Run a view and return its JSON."""
        result = self.run(*arguments, "--format", "json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def done(self, *arguments: str, given: bytes | None = None) -> Result:
        """Run a command that must succeed."""
        result = self.run(*arguments, given=given)
        assert result.exit_code == 0, result.output
        return result

    def record(self, *facts: Any) -> Result:
        """Record facts, given as facts or as raw fields, in one file."""
        lines = [
            each if isinstance(each, dict) else each.model_dump(mode="json", by_alias=True, exclude_none=True)
            for each in facts
        ]
        return self.run("record", "-", given="\n".join(map(json.dumps, lines)).encode())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept-published", action="store_true", help="take what published reports show now for what they showed"
    )
    parser.addoption(
        "--update-console", action="store_true", help="rewrite the documents with what the commands print now"
    )


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONTRACT_LEDGER", "CONTRACT_LEDGER_BY", "CONTRACT_LEDGER_WAIT", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return the command line over a ledger that is not there yet."""
    return Program(tmp_path / "ledger.db")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the URL of a PostgreSQL server, as a user who may make databases and roles."""
    with server() as url:
        yield url


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """Return the URL of an empty database of one's own."""
    with new_database(postgres, f"test-{uuid4()}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a ledger may be made: a file, and a database."""
    return str(tmp_path / "ledger.db") if request.param == "sqlite" else str(request.getfixturevalue("database"))


@pytest.fixture
def place(location: str) -> Place:
    """Return where a ledger may be made, as the ledger takes it."""
    return place_of(location)


@pytest.fixture
def anywhere(location: str) -> Program:
    """Return the command line over a ledger that is not there yet, in a file and in a database."""
    return Program(location)


@pytest.fixture(scope="session")
def sample_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample ledger, to be read only."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    load_sample(Settings(location=str(path), clock=TickingClock()))
    return path


@pytest.fixture
def sample(sample_path: Path) -> Program:
    """Return the command line over the sample ledger, to be read only."""
    return Program(sample_path)


@pytest.fixture
def own_sample(sample_path: Path, tmp_path: Path) -> Program:
    """Return the command line over a copy of the sample ledger that a test may change."""
    path = tmp_path / "own.db"
    path.write_bytes(sample_path.read_bytes())
    return Program(path)
