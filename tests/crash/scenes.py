"""What is killed: a ledger with files beside it, and a command; and what must be true whenever the command ends."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.ledger_file import is_there
from ledger.store import Ledger
from tests.conftest import Program
from tests.given import contract, fact, kpi, results, submitted
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ledger.facts import AnyFact

NAME = "ledger.db"
_MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
_FIRST = [contract(), kpi(weight="60"), kpi("L", weight="40"), *results(("2025-01", "95"))]
_BASE = [*results(("2025-02", "70")), *results(("2025-01", "60"), ("2025-02", "95"), ref="L")]
_LATER = results(("2025-03", "75"))
_FILES: dict[str, Sequence[AnyFact]] = {
    "first.jsonl": _FIRST,
    "many.jsonl": [each for ref in "KL" for each in results(*((month, "85") for month in _MONTHS[3:11]), ref=ref)],
    "more.jsonl": [
        fact("CountsReported", series="calls", period=month, category=name, received=9, resolved=8, outstanding=1)
        for month in _MONTHS[:11]
        for name in "abcdefghij"
    ],
}
_ONE = ("--by", "A", "--dated", "2025-07-20", "--id", "one")
_LONE = ("submit", "c", "L", "2025-03", "91", "--by", "P", "--dated", "2025-07-20", "--id", "one")


@dataclass(frozen=True)
class Scene:
    """A command, and as what it is given again if it was killed after it had made something.

    `records` names the files, or the id of the one fact, that it records together; `begins` whether there is a ledger.
    """

    name: str
    command: tuple[str, ...]
    records: tuple[str, ...] = ()
    begins: bool = True
    again: tuple[str, ...] = ()

    @property
    def makes(self) -> str:
        """Return the name of the file that the command makes or adds to."""
        return self.command[-1] if self.command[0] == "backup" else NAME


SCENES = (
    Scene("the first file of a new ledger", ("record", "first.jsonl"), ("first.jsonl",), begins=False),
    Scene("a file of many facts", ("record", "many.jsonl"), ("many.jsonl",)),
    Scene("two files at once", ("record", "more.jsonl", "many.jsonl"), ("more.jsonl", "many.jsonl")),
    Scene("one fact", _LONE, ("one",)),
    Scene("publishing", ("publish", "c", "--as-at", "2025-06-30", *_ONE), ("one",)),
    Scene("replay", ("replay",)),
    Scene("backup", ("backup", "new.db"), again=("backup", "--replace", "new.db")),
    Scene("backup over an earlier one", ("backup", "--replace", "copy.db")),
    Scene(
        "restoring where nothing is", ("restore", "copy.db"), begins=False, again=("restore", "--replace", "copy.db")
    ),
    Scene("restoring over a ledger", ("restore", "--replace", "copy.db")),
)


class Stage:
    """A folder with what every scene begins with, copied for each moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = Program(folder / NAME, TickingClock(Clock().now()))
        for name, facts in _FILES.items():
            lines = [each.model_dump_json(by_alias=True, exclude_none=True) for each in facts]
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        for facts in (_FIRST, _BASE):
            assert program.record(*facts).exit_code == 0
        program.done("backup", str(folder / "copy.db"))
        assert program.record(*_LATER).exit_code == 0

    def set(self, scene: Scene, folder: Path) -> None:
        """Make a folder in which a scene can be played."""
        shutil.copytree(self.folder, folder)
        if not scene.begins:
            (folder / NAME).unlink()


def ids_in(path: Path) -> list[str]:
    """Return the ids of a ledger's facts in order of position; none if there is no ledger."""
    if not is_there(path):
        return []
    with Ledger(path) as ledger:
        return [recorded.fact.id for recorded in ledger.since(0)]


def _ids(records: str) -> list[str]:
    return [each.id for each in _FILES[records]] if records in _FILES else [records]


_OLD = [each.id for each in (*_FIRST, *_BASE, *_LATER)]
_COPIED = [each.id for each in (*_FIRST, *_BASE)]


class Aftermath:
    """What is found after a command has ended, in whatever way; `wrong` are sentences."""

    def __init__(self, scene: Scene, folder: Path, *, acknowledged: bool) -> None:
        self.scene = scene
        self.folder = folder
        self.acknowledged = acknowledged
        self.program = Program(folder / NAME, TickingClock(Clock().now()))
        self.wrong: list[str] = []

    def look(self) -> list[str]:
        """Look at everything, give the command again, look once more; return what is wrong."""
        self._facts()
        self._copies()
        if is_there(self.folder / NAME):
            self._whole("after the kill")
            self._next_fact()
        self._again()
        self._strays()
        return self.wrong

    def _ask(self, *arguments: str) -> tuple[int, str]:
        given = [
            str(self.folder / each) if (self.folder / each).suffix in (".db", ".jsonl") else each for each in arguments
        ]
        result = self.program.run(*given)
        return result.exit_code, result.output

    def _expect(self, when: str, *arguments: str) -> None:
        status, said = self._ask(*arguments)
        if status != 0:
            self.wrong.append(f"{when}, {' '.join(arguments)} ends with {status}: {said.strip()}")

    def _facts(self) -> None:
        """Every fact from before is there, and of what was being recorded all or nothing."""
        found = ids_in(self.folder / NAME)
        before = _OLD if self.scene.begins else []
        new = [each for name in self.scene.records for each in _ids(name)]
        if self.scene.name.startswith("restoring"):
            allowed = [_COPIED] if self.acknowledged else [before, _COPIED]
            if found == _COPIED and before:
                kept = [ids_in(each) for each in self.folder.glob(f"{NAME}.replaced-*")]
                if before not in kept:
                    self.wrong.append("the ledger that was replaced is not kept")
        else:
            allowed = [[*before, *new]] if self.acknowledged else [before, [*before, *new]]
        if found not in allowed:
            self.wrong.append(
                f"{len(found)} facts are there, where {' or '.join(str(len(each)) for each in allowed)} may be"
            )

    def _copies(self) -> None:
        """A copy under its name is complete, or absent if it was not there before and is not acknowledged."""
        if not self.scene.name.startswith("backup"):
            return
        path = self.folder / self.scene.makes
        was = [_COPIED] if path.name == "copy.db" else [[]]
        allowed = [_OLD] if self.acknowledged else [*was, _OLD]
        if ids_in(path) not in allowed:
            self.wrong.append(f"{path.name} is not complete")

    def _whole(self, when: str) -> None:
        self._expect(when, "verify")
        status, said = self._ask("replay", "--check")
        if status != 0 and "`contract-ledger replay`" not in said:
            self.wrong.append(f"{when}, replay --check ends with {status} and does not say what to do: {said.strip()}")

    def _next_fact(self) -> None:
        """The next recording is taken, and makes the kept tables what the facts give."""
        if not ids_in(self.folder / NAME):
            return
        result = self.program.record(submitted("2025-12", "88", ref="K", id="next", dated="2026-01-05"))
        if result.exit_code != 0:
            self.wrong.append(f"the next fact is not taken: {result.output.strip()}")
        self._expect("after the next fact", "replay", "--check")

    def _again(self) -> None:
        """The command, given again, does what it should have done."""
        begun = is_there(self.folder / self.scene.makes)
        self._expect("again", *(self.scene.again if begun and self.scene.again else self.scene.command))
        self._whole("again")
        self._expect("again", "replay", "--check")
        found = set(ids_in(self.folder / NAME))
        missing = {each for name in self.scene.records for each in _ids(name)} - found
        if missing:
            self.wrong.append(f"given again, it did not record {len(missing)} facts")

    def _strays(self) -> None:
        """Nothing lies about but the ledger, the copies asked for, and ledgers that were replaced, each whole."""
        known = {NAME, "copy.db", *_FILES, self.scene.makes}
        for path in sorted(self.folder.iterdir()):
            if re.fullmatch(rf"{NAME}\.replaced-\d{{8}}T\d{{6}}Z(-\d+)?", path.name):
                if Program(path, self.program.clock).run("verify").exit_code != 0:
                    self.wrong.append(f"{path.name} is not whole")
            elif path.name not in known:
                self.wrong.append(f"{path.name} is left behind")
