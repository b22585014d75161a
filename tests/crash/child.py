"""The program in a process of its own that kills itself at a point, counted from its start.

A point is a statement that SQLite is about to run, a write, truncation or removal that it is about to ask of the
system, or one of our own: a file opened in the working folder, made durable, renamed, linked or removed. Run as
`python -m tests.crash.child POINT COUNT_FILE ARGUMENT…`; POINT 0 kills nothing, and how many were passed, and which
are our own, is written to COUNT_FILE.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OWN_EVENTS = ("os.rename", "os.remove", "os.link", "os.truncate", "os.chmod", "sqlite3.connect")
_SYSTEM_CALLS = {
    b"write": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t),
    b"pwrite": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long),
    b"pwrite64": (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long),
    b"ftruncate": (ctypes.c_int, ctypes.c_int, ctypes.c_long),
    b"unlink": (ctypes.c_int, ctypes.c_char_p),
}


class Points:
    """Counts points, and ends the process at one of them."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.passed = 0
        self.own: list[int] = []
        self.kept: list[Any] = []

    def reach(self, *_: object) -> None:
        """Pass a point, or go no further."""
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def reach_own(self, *_: object) -> None:
        """Pass a point of the program's own."""
        self.own.append(self.passed + 1)
        self.reach()

    def watch(self) -> None:
        """Count from here on."""
        folder = str(Path.cwd())
        durable, connect = os.fsync, sqlite3.connect

        def fsync(descriptor: int) -> None:
            self.reach_own()
            durable(descriptor)

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event in _OWN_EVENTS or (event == "open" and str(arguments[0]).startswith(folder)):
                self.reach_own()

        def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **named)
            connection.set_trace_callback(self.reach)
            return connection

        os.fsync, sqlite3.connect = fsync, connected
        self._watch_system_calls()
        sys.addaudithook(hear)

    def _watch_system_calls(self) -> None:
        """Put ourselves before the calls that SQLite makes; where its library cannot be reached, they do not count."""
        import _sqlite3

        try:
            library = ctypes.CDLL(_sqlite3.__file__)
            library.sqlite3_vfs_find.restype = ctypes.c_void_p
            found = library.sqlite3_vfs_find(None)
        except (AttributeError, OSError):
            return
        # sqlite3_vfs: three ints (padded), three pointers, thirteen functions, then set and get a system call
        table = ctypes.cast(found, ctypes.POINTER(ctypes.c_void_p))
        set_call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(table[18])
        get_call = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(table[19])
        for name, shape in _SYSTEM_CALLS.items():
            made = ctypes.CFUNCTYPE(*shape)
            if address := get_call(found, name):
                wrapped = made(self._counted(made(address)))
                self.kept.append(wrapped)
                set_call(found, name, ctypes.cast(wrapped, ctypes.c_void_p))

    def _counted(self, call: Callable[..., int]) -> Callable[..., int]:
        def counted(*arguments: Any) -> int:
            self.reach()
            return call(*arguments)

        return counted


def main() -> None:
    """Run the program."""
    points = Points(int(sys.argv[1]))
    count_file, sys.argv[1:] = Path(sys.argv[2]), sys.argv[3:]
    from cli.main import run

    points.watch()
    try:
        run()
    finally:
        points.fatal = 0
        count_file.write_text(json.dumps({"points": points.passed, "own": points.own}), encoding="ascii")


if __name__ == "__main__":
    main()
