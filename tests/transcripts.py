"""Runs the `console` blocks of a Markdown file and compares what is printed, errors and exit status included.

In a block, `$ contract-ledger …` runs the program in the document's own empty folder; `$ cat > FILE <<'EOF'`
writes a file; `$ echo $?` prints the last exit status; ` > FILE` keeps the output instead. The clock begins on
5 January 2026 and each command takes a minute; ids, salts and keys that the ledger gives count up; the user and the
version of the program are always the same. A document may name databases: `elsewhere` says where each really is.
"""

from __future__ import annotations

import os
import re
import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from cli.main import Settings, app
from ledger import machine
from ledger.clock import Clock
from ledger.location import place_of
from ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


class TickingClock(Clock):
    """A clock that moves only when told."""

    def __init__(self, at: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def today(self) -> date:
        return self.at.date()

    def tick(self, **amount: float) -> None:
        self.at += timedelta(**(amount or {"minutes": 1}))


class Session:
    """One document's commands, in a folder of their own."""

    def __init__(self, elsewhere: Mapping[str, str] | None = None) -> None:
        self.elsewhere = elsewhere or {}
        self.clock = TickingClock()
        self.status = 0
        self.ids = 0
        self.keys = 0
        self.salts = 0

    def _new_id(self) -> str:
        self.ids += 1
        return f"f-{self.ids:012d}"

    def _seed(self) -> bytes:
        self.keys += 1
        return bytes([self.keys] * 32)

    def _new_salts(self) -> Iterator[bytes]:
        while True:
            self.salts += 1
            yield self.salts.to_bytes(16)

    def replay(self, text: str) -> str:
        """Return the text with the output of each command as it is now."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Ledger, "new_id", staticmethod(self._new_id))
            patch.setattr("cli.signing.seed", self._seed)
            patch.setattr(machine, "new_salts", self._new_salts)
            patch.setattr(machine, "user", lambda: "officer")
            patch.setattr("projections.code_version.code_version", "0.1.0+5f1d0c7a9be2".lower)
            patch.setenv("CONTRACT_LEDGER", "contract-ledger.db")
            patch.setenv("CONTRACT_LEDGER_BY", "")
            patch.setenv("COLUMNS", "120")
            patch.setenv("NO_COLOR", "1")
            with TemporaryDirectory() as folder:
                patch.chdir(folder)
                return _BLOCK.sub(lambda block: "".join(self._block(block[1])), text)

    def _block(self, block: str) -> Iterator[str]:
        lines = iter(block.splitlines())
        for line in lines:
            if not line.startswith("$ "):
                continue
            yield f"{line}\n"
            command = line[2:]
            if written := re.fullmatch(r"cat > (\S+) <<'EOF'", command):
                content = []
                for each in lines:
                    yield f"{each}\n"
                    if each == "EOF":
                        break
                    content.append(f"{each}\n")
                Path(written[1]).write_text("".join(content), encoding="utf-8")
                continue
            while command.endswith("\\"):
                more = next(lines)
                yield f"{more}\n"
                command = command[:-1] + more
            yield self._run(command)

    def _run(self, command: str) -> str:
        if command == "echo $?":
            return f"{self.status}\n"
        for shown, real in self.elsewhere.items():
            command = command.replace(shown, real)
        if assigned := re.fullmatch(r"export (\w+)=(.*)", command):
            os.environ[assigned[1]] = shlex.split(assigned[2])[0]
            return ""
        command, _, kept = command.partition(" > ")
        program, *arguments = shlex.split(command)
        assert program == "contract-ledger", f"a transcript runs contract-ledger only, not {program}"
        self.clock.tick()
        result = CliRunner().invoke(app, arguments, obj=Settings(clock=self.clock))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.status = result.exit_code
        if kept:
            Path(kept).write_text(result.stdout, encoding="utf-8")
            return ""
        printed = result.output
        for shown, real in self.elsewhere.items():
            printed = printed.replace(str(place_of(real)), shown)
        return "\n".join(line.rstrip() for line in printed.splitlines()) + ("\n" if result.output else "")
