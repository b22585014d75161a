"""What the ledger asks of the machine it runs on: who its user is, and what nobody can guess."""

import getpass
import os
import secrets
from functools import cache
from importlib import import_module

from ledger.sealing import SALT_BYTES


def user() -> str:
    """Return the user the machine knows; environment variables are not believed where it can be asked."""
    return (hasattr(os, "getuid") and _name_of(os.getuid())) or getpass.getuser()


@cache
def _name_of(number: int) -> str | None:
    try:
        return import_module("pwd").getpwuid(number).pw_name  # type: ignore[no-any-return]  # not on every platform
    except (ImportError, KeyError):
        return None


def new_salt() -> bytes:
    """Return a salt that nobody has."""
    return secrets.token_bytes(SALT_BYTES)
