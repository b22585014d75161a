"""What the ledger asks of the machine it runs on: who its user is, and what nobody can guess."""

import getpass
import os
import secrets
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import chain, count

from ledger.sealing import SALT_BYTES

_SALTS_AT_ONCE = 64


def user() -> str:
    """Return the user the machine knows; environment variables are not believed where it can be asked."""
    return (hasattr(os, "getuid") and _name_of(os.getuid())) or getpass.getuser()


@cache
def _name_of(number: int) -> str | None:
    try:
        return import_module("pwd").getpwuid(number).pw_name  # type: ignore[no-any-return]  # not on every platform
    except (ImportError, KeyError):
        return None


def new_salts() -> Iterator[bytes]:
    """Yield salts that nobody has, drawn some at a time."""
    return chain.from_iterable(_some_salts() for _ in count())


def _some_salts() -> list[bytes]:
    drawn = secrets.token_bytes(SALT_BYTES * _SALTS_AT_ONCE)
    return [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
