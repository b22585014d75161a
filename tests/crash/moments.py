"""Moments at which a command is killed, drawn from a seed so that each can be drawn again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from tests.crash.scenes import NAME, SCENES, Aftermath, Scene, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
_LONGEST = 120.0


@dataclass(frozen=True)
class Measure:
    """How many points a command passes, which are the program's own, and how many seconds it takes, left alone."""

    points: int
    own: list[int]
    seconds: float


@dataclass(frozen=True)
class Moment:
    """When a command was killed, and what was wrong afterwards."""

    number: int
    said: str
    ended: str
    wrong: list[str]


class Harness:
    """Kills commands at moments of one seed, each in a folder of its own."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.folder = folder
        (folder / "stage").mkdir()
        self.stage = Stage(folder / "stage")
        self.measures: dict[str, Measure] = {}

    def moment(self, number: int) -> Moment:
        """Kill a command at the moment of a number, and look at what it left.

        Every other turn takes the next of the program's own points; the others any point, or a time.
        """
        random = Random(f"{self.seed}:{number}")  # the same number gives the same moment
        turn, scene = number // len(SCENES), SCENES[number % len(SCENES)]
        measure = self._measured(scene)
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            folder = Path(place) / "played"
            self.stage.set(scene, folder)
            if turn % 2 == 0 or random.random() < 0.5:
                own = measure.own[(self.seed + turn // 2) % len(measure.own)]
                point = random.randint(1, measure.points) if turn % 2 else own
                said = f"{scene.name}, killed at point {point} of {measure.points}"
                status, printed = self._play(scene, folder, point, None)
            else:
                after = random.uniform(0.3, 1.0) * measure.seconds
                said = f"{scene.name}, killed after {after:.3f} of {measure.seconds:.3f} seconds"
                status, printed = self._play(scene, folder, 0, after)
            acknowledged = status == 0 or "\nRecorded " in f"\n{printed}"
            ended = {0: "done", -signal.SIGKILL: "killed"}.get(status, f"ended with {status}")
            wrong = Aftermath(scene, folder, acknowledged=acknowledged).look()
        if status not in (0, -signal.SIGKILL):
            wrong.append(f"it ended with {status}: {printed.strip()}")
        return Moment(number, said, ended + (", acknowledged" if acknowledged else ""), wrong)

    def moments(self, count: int) -> Iterator[Moment]:
        """Yield so many moments, from number 1 on."""
        yield from (self.moment(number) for number in range(1, count + 1))

    def _measured(self, scene: Scene) -> Measure:
        """Play a scene to its end, once, to know how long it is."""
        if scene.name not in self.measures:
            with tempfile.TemporaryDirectory(dir=self.folder) as place:
                folder = Path(place) / "played"
                self.stage.set(scene, folder)
                began = monotonic()
                status, printed = self._play(scene, folder, 0, None)
                seconds = monotonic() - began
                assert status == 0, f"{scene.name}: {printed}"
                wrong = Aftermath(scene, folder, acknowledged=True).look()
                assert not wrong, f"{scene.name}, left alone: {wrong}"
                counted = json.loads((Path(place) / "count").read_text(encoding="ascii"))
            self.measures[scene.name] = Measure(counted["points"], counted["own"], seconds)
        return self.measures[scene.name]

    def _play(self, scene: Scene, folder: Path, point: int, after: float | None) -> tuple[int, str]:
        """Run a scene's command; kill it after some seconds if told. Return its status and what it said."""
        command = [sys.executable, "-m", "tests.crash.child", str(point), str(folder.parent / "count")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        with (folder.parent / "said").open("w+", encoding="utf-8") as said:
            child = subprocess.Popen(
                [*command, "--ledger", NAME, *scene.command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            try:
                child.wait(timeout=after if after is not None else _LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(timeout=_LONGEST)
                if after is None:
                    raise
            said.seek(0)
            return child.returncode, said.read()
