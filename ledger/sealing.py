"""Which texts of a fact may be erased one day, and what stands in their place: a commitment."""

from functools import cache
from hashlib import sha256
from typing import get_type_hints

from ledger.facts import KINDS
from ledger.values import Text

OF_EVERY_FACT = ("note", "source", "authority")
_WHOLE = ("ContractRegistered", "KpiIntroduced")


@cache
def erasable(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of fact that hold free text, or a person's name after the slash in `by`.

    >>> erasable("MeasureRedefined")
    ('authority', 'by', 'change', 'note', 'reason', 'source')
    """
    hints = get_type_hints(KINDS[kind], include_extras=True)
    own = [] if kind in _WHOLE else [name for name, hint in hints.items() if hint in (Text, Text | None)]
    return tuple(sorted({*OF_EVERY_FACT, "by", *own}))


def commitment(salt: bytes, text: str) -> str:
    """Return what stands in a fact for a text."""
    return sha256(b"\x02" + salt + text.encode()).hexdigest()
