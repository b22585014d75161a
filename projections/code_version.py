"""Which version of the program this is: its number, and a short digest of the source that draws tables from facts."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PACKAGES = ("ledger", "projections")
_LIBRARIES = ("holidays",)
"""Libraries whose data is in the figures: working days are counted by their bank holidays."""


@cache
def code_version() -> str:
    """Return the version of the program, such as `0.1.0+3f9a0c12b7de`; it changes with any change of the rules."""
    found = sha256()
    for package in _PACKAGES:
        for module in _modules(files(package)):
            content = module.read_bytes().replace(b"\r\n", b"\n")
            found.update(f"{package}/{module.name} {len(content)}\n".encode() + content)
    for library in _LIBRARIES:
        found.update(f"{library} {version(library)}\n".encode())
    return f"{version('contract-ledger')}+{found.hexdigest()[:12]}"


def _modules(folder: "Traversable") -> "list[Traversable]":
    return sorted((each for each in folder.iterdir() if each.name.endswith(".py")), key=lambda each: each.name)
