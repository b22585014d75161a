"""Text that a spreadsheet would run as a formula: it leaves with a ' before it, and comes back without."""

import re

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?", re.ASCII)


def guarded(text: str) -> str:
    """Write text so that a spreadsheet takes it for text; a plain number stays one.

    >>> guarded("=1+1"), guarded("-2.5"), guarded("95")
    ("'=1+1", '-2.5', '95')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Take the guard off again; any other text stays as it is.

    >>> unguarded("'=1+1"), unguarded(guarded("'=1+1")), unguarded("'s-Hertogenbosch")
    ('=1+1', "'=1+1", "'s-Hertogenbosch")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
