"""Kills the program at random moments: `python -m tests.crash --seed N --moments 200`, or `make crash`.

Prints each moment with something wrong, and the command that plays it again; exit status 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import SystemRandom

from tests.crash.moments import Harness


def main() -> int:
    """Play the moments asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill the program at random moments.")
    asked.add_argument("--seed", type=int, help="draws the moments; default one drawn now")
    asked.add_argument("--moments", type=int, default=200, help="how many; default 200")
    asked.add_argument("--moment", type=int, help="play this one alone")
    given = asked.parse_args()
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    ended: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="contract-ledger-crash-") as folder:
        harness = Harness(seed, Path(folder))
        for moment in harness.moments(given.moments) if given.moment is None else [harness.moment(given.moment)]:
            ended[moment.ended] += 1
            if moment.wrong or given.moment is not None:
                print(f"moment {moment.number}: {moment.said}: {moment.ended}", *moment.wrong, sep="\n  ", flush=True)
            if moment.wrong:
                failed += 1
                print(f"  again: python -m tests.crash --seed {seed} --moment {moment.number}", flush=True)
    told = ", ".join(f"{count} {how}" for how, count in sorted(ended.items()))
    print(f"{sum(ended.values())} moments ({told}); {failed} with something wrong.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
