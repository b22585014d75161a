"""How a number format shows a number: plainly, as a percentage, as a date, or not at all."""

import re
from enum import StrEnum

from openpyxl.styles.numbers import is_date_format

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DECIMALS = re.compile(r"[^.]*?(?:\.([0#?]+))?[^.0#?]*")
_DIGIT = re.compile(r"[0#?]|General|@", re.IGNORECASE)


class Shown(StrEnum):
    """What a person sees of a number."""

    PLAIN = "plain"
    PERCENT = "percent"
    DATE = "date"
    UNSEEN = "unseen"
    MIXED = "mixed"


def shown_as(code: str) -> Shown:
    """Say how a number format shows numbers; a literal percent sign is no percentage.

    >>> shown_as("0.00%").value, shown_as('0.0"%"').value, shown_as("[Red]-0.0%;0").value
    ('percent', 'plain', 'mixed')
    >>> shown_as("dd/mm/yyyy").value, shown_as(";;;").value, shown_as("General").value
    ('date', 'unseen', 'plain')
    """
    if is_date_format(code):
        return Shown.DATE
    sections = [_LITERAL.sub("", section) for section in _LITERAL.sub(_no_semicolon, code).split(";")][:3]
    signs = {section.count("%") for section in sections if _DIGIT.search(section)}
    if not signs or not _DIGIT.search(sections[0]):
        return Shown.UNSEEN
    if len(signs) > 1 or max(signs) > 1:
        return Shown.MIXED
    return Shown.PERCENT if signs == {1} else Shown.PLAIN


def decimals_of(code: str) -> int | None:
    """Return how many decimals a number format shows; None if as many as there are, or that cannot be said.

    >>> decimals_of("0.00%"), decimals_of("#,##0"), decimals_of('"£"#,##0.00;[Red]-0.00')
    (2, 0, 2)
    >>> decimals_of("General"), decimals_of("0.0;-0.00"), decimals_of("0.00E+00"), decimals_of("# ?/?")
    (None, None, None, None)
    """
    sections = [_LITERAL.sub("", section) for section in _LITERAL.sub(_no_semicolon, code).split(";")][:2]
    found = {_decimals(section) for section in sections if _DIGIT.search(section)}
    return found.pop() if len(found) == 1 else None


def _decimals(section: str) -> int | None:
    plain = _DECIMALS.fullmatch(section)
    if plain is None or re.search(r"[/@]|General|E[+-]|,(?![0#?])", section, re.IGNORECASE):
        return None
    return len(plain[1] or "")


def _no_semicolon(literal: re.Match[str]) -> str:
    return literal[0] if ";" not in literal[0] else ""
