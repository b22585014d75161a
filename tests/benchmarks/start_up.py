"""How quickly commands answer, beside the time it takes to import the libraries they stand on.

Runs each command in turn, several times, and prints one JSON object: medians in seconds, and ratios. The floor is
`import typer, pydantic, sqlalchemy, eventsourcing`. Run it with `make bench`, or `python -m tests.benchmarks.start_up`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from cli.demo import load_sample
from cli.main import Settings

RUNS = 7
FLOOR = [sys.executable, "-c", "import typer, pydantic, sqlalchemy, eventsourcing"]
PROGRAM = [sys.executable, "-c", "from cli.main import run; run()"]


def seconds(command: list[str]) -> float:
    """Return how long a whole process takes."""
    began = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - began


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = str(Path(folder) / "sample.db")
        load_sample(Settings(location=ledger))
        commands = {
            "floor": FLOOR,
            "rag": [*PROGRAM, "--ledger", ledger, "rag", "lincolnshire-css"],
            "help": [*PROGRAM, "--help"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                taken[name].append(seconds(command))
    medians = {name: round(median(times), 3) for name, times in taken.items()}
    ratios = {f"{name}_to_floor": round(medians[name] / medians["floor"], 2) for name in ("rag", "help")}
    print(json.dumps({"runs": RUNS, "seconds": medians, **ratios}, indent=2))


if __name__ == "__main__":
    main()
