"""Standard output and error: streams that are not there, that cannot say everything, or that fail half-way."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path

from cli.printable import IN_OTHER_WORDS, in_earnest


def prepare() -> None:
    """Make both streams usable: one that is closed goes nowhere, and what an encoding lacks is put in other words."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=in_earnest(stream.encoding), errors=IN_OTHER_WORDS)
        setattr(sys, name, stream)


def flush() -> OSError | None:
    """Write out what is left; return what went wrong with standard output, if anything did."""
    failed = None
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError as wrong:
            failed = wrong if number == 1 else failed
            _send_nowhere(number)
    return failed


def _send_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
