"""One officer, in a process of its own: records until the ledger holds so many facts, and says what was acknowledged.

Run as `python -m tests.officers.officer LEDGER NAME CONTRACTS FACTS SEED FOLDER`. It begins once the file `open` is in
the folder, and has put `here-NAME` there. Each line is the id of the first fact of a call, how many it had, and the
milliseconds that it took.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.judgement import Proposed, Reading
from ledger.location import place_of
from ledger.recording import record
from ledger.store import Ledger
from projections.catching_up import catch_up
from tests.given import fact, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact

_MOST_AT_ONCE = 40
_CALLS_BETWEEN_KEEPING = 4


def ids(name: str, call: int, size: int) -> list[str]:
    """Return the ids of the facts of a call."""
    return [f"{name}-{call}-{number}" for number in range(size)]


def facts_of(name: str, call: int, size: int, contract: str) -> list[AnyFact]:
    """Return the facts of a call: one return, and contacts counted."""
    first, *others = ids(name, call, size)
    month = f"2025-{call % 12 + 1:02d}"
    counted = {"period": "2025-01", "received": 9, "resolved": 8, "outstanding": 1, "contract": contract}
    return [
        submitted(month, f"{90 + call % 10}", id=first, contract=contract),
        *(fact("CountsReported", id=each, series="calls", category=each, **counted) for each in others),
    ]


def main() -> None:
    """Record until there is enough."""
    location, name, contracts, enough, seed, folder = sys.argv[1:]
    random, clock, call = Random(seed), Clock(), 0
    with Ledger(place_of(location), create=True, wait_seconds=60) as ledger:
        (Path(folder) / f"here-{name}").touch()
        while not (Path(folder) / "open").exists():
            sleep(0.001)
        while ledger.head() < int(enough):
            contract, size = f"c{random.randrange(int(contracts))}", random.randint(1, _MOST_AT_ONCE)
            reading = Reading([Proposed(each) for each in facts_of(name, call, size, contract)])
            began = perf_counter()
            receipt = record(ledger, reading, clock)
            assert len(receipt.recorded) == size
            print(ids(name, call, size)[0], size, round(1000 * (perf_counter() - began)), flush=True)
            call += 1
            if call % _CALLS_BETWEEN_KEEPING == 0:
                catch_up(ledger, clock)


if __name__ == "__main__":
    main()
