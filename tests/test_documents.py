"""The documents are tests: each console block prints what the commands print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.transcripts import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    if "```console" in path.read_text(encoding="utf-8")
)


_SERVER = "@db.example/"


@pytest.fixture
def team(database: str) -> Iterator[dict[str, str]]:
    """Return where the database of the documents really is, for each who uses it; the first owns it."""
    parts = urlsplit(database)
    host, name = parts.netloc.rpartition("@")[2], Identifier(parts.path.strip("/"))
    users = ("r_oak", "l_ash", "auditor")
    with psycopg.connect(database, autocommit=True) as connection:
        for user in users:
            connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'hush'").format(Identifier(user)))
        connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(name, Identifier(users[0])))
        yield {
            f"postgresql://{user}{_SERVER}contracts": urlunsplit(parts._replace(netloc=f"{user}:hush@{host}"))
            for user in users
        }
        connection.execute(SQL("ALTER DATABASE {} OWNER TO current_user").format(name))
        for user in users:
            connection.execute(SQL("DROP OWNED BY {} CASCADE").format(Identifier(user)))
            connection.execute(SQL("DROP ROLE {}").format(Identifier(user)))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_shows_what_is_printed(document: str, request: pytest.FixtureRequest) -> None:
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    elsewhere = request.getfixturevalue("team") if _SERVER in text else {}
    printed = Session(elsewhere).replay(text)
    if printed != text and request.config.getoption("--update-console"):
        path.write_text(printed, encoding="utf-8")
        return
    assert printed.splitlines() == text.splitlines()
