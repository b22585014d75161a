"""Where a ledger is: what `--ledger` may say, and that a password in it is not said back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.faults import LedgerUnusable
from ledger.location import place_of
from tests.conftest import Program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scheme", ["POSTGRESQL", "postgresql+psycopg", "PostgreSQL+asyncpg", "mysql", "postgres"])
@pytest.mark.parametrize("asked", [("contracts",), ("record", "-"), ("status",)])
def test_a_password_is_not_said_back_whatever_the_scheme(scheme: str, asked: tuple[str, ...]) -> None:
    result = Program(f"{scheme}://o:s3cret@127.0.0.1:1/led").run(*asked, given=b"")
    assert result.exit_code == 3
    assert "s3cret" not in result.output


def test_a_scheme_may_be_in_capitals(tmp_path: Path) -> None:
    assert place_of(f"SQLITE:///{tmp_path / 'a.db'}") == tmp_path / "a.db"
    assert place_of("PostgreSQL://o@h/led") == place_of("postgresql://o@h/led")


def test_another_kind_of_place_is_refused() -> None:
    with pytest.raises(LedgerUnusable, match="no such kind of place"):
        place_of("https://example.org/ledger.db")
