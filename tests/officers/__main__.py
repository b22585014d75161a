"""Lets several officers record at once: `python -m tests.officers --facts 20000`, or `make officers`.

The ledger is in a PostgreSQL server (see tests/postgres.py), or with --file in a file. Prints what was found wrong;
exit status 1 if there is anything.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

from tests.officers.office import Office
from tests.postgres import database, server


def main() -> int:
    """Open an office for a day."""
    asked = argparse.ArgumentParser(prog="python -m tests.officers", description="Several officers record at once.")
    asked.add_argument("--facts", type=int, default=20_000, help="how many; default 20000")
    asked.add_argument("--officers", type=int, default=8, help="how many; default 8")
    asked.add_argument("--contracts", type=int, default=40, help="how many; default 40")
    asked.add_argument("--seed", type=int, help="draws who is killed and when; default one drawn now")
    asked.add_argument("--file", action="store_true", help="keep the ledger in a file")
    asked.add_argument("--kills", type=int, default=40, help="how many are killed; default 40")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that officers and server are stopped too
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-ledger-officers-")))
        location = str(folder / "ledger.db")
        if not given.file:
            location = stack.enter_context(database(stack.enter_context(server(durable=True)), f"test-{uuid4()}"))
        office = Office(location, folder, officers=given.officers, contracts=given.contracts, seed=seed)
        day = office.day(given.facts, kills=given.kills)
    for each in day.wrong:
        print(each)
    rate = day.facts / day.seconds
    print(f"{day.facts} facts by {given.officers} officers in {day.seconds:.0f} s ({rate:.0f} a second).")
    print(f"{day.killed} killed; the slowest call took {day.slowest} ms; nobody had fewer than {day.least} calls.")
    print(f"{len(day.wrong)} things wrong.")
    return 1 if day.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
