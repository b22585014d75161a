"""The estate's speed, as ratios to a floor or a peer that is measured in the same run on the same machine.

`python -m tests.benchmarks.estate` prints one JSON object and tells its progress on standard error. `--short` takes
less than a minute, `--long` goes up to forty times the workload.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from time import perf_counter

from tests.benchmarks import asked, growing, late_facts, one_contract, recording, replaying, whole_estate
from tests.benchmarks.measured import machine, say

BENCHMARKS = {
    "recording": recording.measure,
    "replaying": replaying.measure,
    "one_contract": one_contract.measure,
    "whole_estate": whole_estate.measure,
    "late_facts": late_facts.measure,
    "growing": growing.measure,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.estate", description=__doc__)
    parser.add_argument("--short", dest="ask", action="store_const", const=asked.short, default=asked.usual)
    parser.add_argument("--long", dest="ask", action="store_const", const=asked.long)
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="run this one; may be given again")
    parser.add_argument("--folder", type=Path, help="keep the ledgers here, and use those that are there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        run = given.ask(folder)
        found = {"asked": given.ask.__name__, "estate": str(run.estates.base), "machine": machine()}
        for name in given.only or BENCHMARKS:
            say(f"{name} …")
            began = perf_counter()
            found[name] = BENCHMARKS[name](run)
            found[name]["took_seconds"] = round(perf_counter() - began, 1)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
