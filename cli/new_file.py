"""Writing a file that is not there yet, whole or not at all."""

import os
from pathlib import Path

from ledger.faults import BadInput


def write_new(file: Path, content: bytes, option: str, *, private: bool = False) -> None:
    """Write a new file; a `private` one is for its owner's eyes only.

    Raises:
        BadInput: if it is there already, or cannot be made.
    """
    try:
        number = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600 if private else 0o666
        )
    except FileExistsError:
        raise BadInput.of(f"{file} is there already; give a new file", option) from None
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or wrong
        raise BadInput.of(f"{file} cannot be made ({why}); give a file in a folder", option) from None
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(content)
    except OSError:
        file.unlink(missing_ok=True)
        raise
