"""The values that fields of facts may have, each with the sentence that says what would do."""

import re
from datetime import date
from decimal import Context, Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, PlainSerializer
from pydantic_core import CoreSchema, core_schema

from ledger.bands import interval

MOST_DIGITS = 30
EXACT = Context(prec=400)
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", re.ASCII)
_SHORT = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAME = re.compile(r"[^\s/]+")
_BY = re.compile(r"[^\s/]+(/\S.*)?")
_seen_again = lru_cache(maxsize=4096)  # a file names few parties, KPIs, days and months, and each of them often


class Erasable(Enum):
    """What of a value may be erased on lawful request: all of a free text, or the person after `PARTY/`."""

    TEXT = auto()
    PERSON = auto()


def _as_decimal(given: Any) -> Decimal:
    if isinstance(given, str) and _SHORT.fullmatch(given):
        return Decimal(given)
    if isinstance(given, int) and abs(given) >= 10**MOST_DIGITS:
        raise ValueError(f"give a number of at most {MOST_DIGITS} digits")
    if isinstance(given, bool) or not isinstance(given, (str, int, Decimal)):
        raise ValueError('give a number such as "98.5"')  # noqa: TRY004 - pydantic takes ValueError for a sentence
    if isinstance(given, str) and not _PLAIN.fullmatch(given):
        raise ValueError('give a number in plain digits such as "98.5"')
    amount = Decimal(given)
    if not amount.is_finite():
        raise ValueError('give a finite number such as "98.5"')
    if abs(amount.adjusted()) > MOST_DIGITS or len(f"{amount:f}".strip("-").replace(".", "")) > MOST_DIGITS:
        raise ValueError(f"give a number of at most {MOST_DIGITS} digits")
    return amount


def _as_count(given: Any) -> int:
    if isinstance(given, str) and re.fullmatch(r"\d{1,15}", given, re.ASCII):
        return int(given)
    if isinstance(given, Decimal) and given == given.to_integral_value():
        given = int(given) if abs(given) < 10**15 else -1
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 10**15:
        raise ValueError("give a whole number from 0 on, such as 143")
    return given


def _as_figure(given: Any) -> str:
    if isinstance(given, (int, Decimal)) and not isinstance(given, bool):
        return f"{_as_decimal(given):f}"
    return _as_text(given)


def _as_level(given: Any) -> str:
    if isinstance(given, str):
        for edge in interval(given)[::2]:
            _as_decimal(edge if edge is not None else 0)
        return given
    return f"{_as_decimal(given):f}"


def _as_month(given: Any) -> str:
    if not isinstance(given, str) or not _is_month(given):
        raise ValueError("give the first month of a period as YYYY-MM, such as 2017-05")
    return given


@_seen_again
def _is_month(text: str) -> bool:
    return _MONTH.fullmatch(text) is not None


def _as_day(given: Any) -> date:
    if type(given) is date:  # a TOML date; its date-times are dates to isinstance
        return given
    if isinstance(given, str) and (day := _day(given)):
        return day
    raise ValueError("give a date as YYYY-MM-DD, such as 2017-10-26")


@_seen_again
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _as_true(given: Any) -> bool:
    if given is not True:
        raise ValueError("give true, or leave it out")
    return True


def _as_text(given: Any) -> str:
    if not isinstance(given, str) or not given or given.isspace():
        raise ValueError("give some text")
    if given.isascii():
        return given
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError("give text without halves of surrogate pairs") from None
    return given


def _as_name(given: Any) -> str:
    if not isinstance(given, str) or given != given.strip() or not given.isprintable() or not given:
        raise ValueError("give a name without line breaks, control characters or spaces around it")
    return given


def _as_code(given: Any) -> str:
    if not isinstance(given, str) or not _is_code(given):
        _as_name(given)
        raise ValueError("give a code without spaces or slashes")
    return given


@_seen_again
def _is_code(text: str) -> bool:
    return text.isprintable() and _NAME.fullmatch(text) is not None


def _as_by(given: Any) -> str:
    if not isinstance(given, str) or not _is_by(given):
        raise ValueError("give PARTY or PARTY/person, such as LCC/a.officer")
    return given


@_seen_again
def _is_by(text: str) -> bool:
    return text.isprintable() and _BY.fullmatch(text) is not None


class _Plain:
    """A pattern of texts that are taken as they stand in JSON, in half the time that a function takes to look at them.

    It matches less than is valid: any other text, and any input but JSON, is for the validator before it to judge.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        judged = handler(source)
        plain = core_schema.str_schema(pattern=self._pattern, regex_engine="rust-regex")
        either = core_schema.union_schema([plain, judged], mode="left_to_right")
        return core_schema.json_or_python_schema(json_schema=either, python_schema=judged)


Amount = Annotated[
    Decimal, BeforeValidator(_as_decimal), PlainSerializer(lambda amount: f"{amount:f}", when_used="json")
]
Count = Annotated[int, BeforeValidator(_as_count)]
Figure = Annotated[str, BeforeValidator(_as_figure)]
LevelText = Annotated[str, BeforeValidator(_as_level)]
Given = Annotated[bool, BeforeValidator(_as_true)]
Day = Annotated[date, BeforeValidator(_as_day)]
PeriodText = Annotated[str, BeforeValidator(_as_month), _Plain(r"^(19|20|21)[0-9][0-9]-(0[1-9]|1[0-2])$")]
Text = Annotated[str, BeforeValidator(_as_text), _Plain("[!-~]")]
Prose = Annotated[Text, Erasable.TEXT]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, BeforeValidator(_as_name), _Plain("^[!-~]([ -~]*[!-~])?$")]
Code = Annotated[str, BeforeValidator(_as_code), _Plain("^[!-.0-~]+$")]
By = Annotated[str, BeforeValidator(_as_by), _Plain("^[!-.0-~]+(/[!-~][ -~]*)?$"), Erasable.PERSON]


def plain(amount: Decimal) -> str:
    """Write a derived amount exactly, without exponent or trailing zeros.

    >>> plain(Decimal("37.50")), plain(Decimal("1E+2")), plain(Decimal("0.00"))
    ('37.5', '100', '0')
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
