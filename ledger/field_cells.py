"""From a cell to a field of a fact: what a person meant, where that is plain; a sentence where it is not."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from ledger.facts import KINDS
from ledger.grid import Cell
from ledger.shapes import shown
from ledger.values import Given, LevelText, PeriodText

_YES, _NO = ("yes", "true", "y"), ("no", "false", "n")
_PERCENT_TEXT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%", re.ASCII)
_MOST_DIGITS = 15


class Sort(StrEnum):
    """What a field holds, as far as a cell is concerned; a flag is yes or left out, an answer yes, no or left out."""

    AMOUNT = "amount"
    LEVEL = "level"
    DAY = "day"
    MONTH = "month"
    FLAG = "flag"
    ANSWER = "answer"
    WHOLE = "whole"
    TEXT = "text"
    TABLE = "table"


_OF_TYPE: dict[Any, Sort] = {bool: Sort.ANSWER, int: Sort.WHOLE, Decimal: Sort.AMOUNT, date: Sort.DAY}
_OF_RULE = {
    PeriodText.__metadata__[0]: Sort.MONTH,  # type: ignore[attr-defined]  # Annotated keeps it
    LevelText.__metadata__[0]: Sort.LEVEL,  # type: ignore[attr-defined]  # Annotated keeps it
    Given.__metadata__[0]: Sort.FLAG,  # type: ignore[attr-defined]  # Annotated keeps it
}


@cache
def sorts_of(kind: str) -> dict[str, Sort]:
    """Return what each field of a kind of fact holds.

    >>> found = sorts_of("PerformanceSubmitted")
    >>> [found[name].value for name in ("value", "period", "dated", "unavailable", "status", "evidence")]
    ['amount', 'month', 'day', 'flag', 'text', 'table']
    """
    return {name: _sort(field.annotation, field.metadata) for name, field in KINDS[kind].model_fields.items()}


def _sort(annotation: Any, rules: list[Any]) -> Sort:
    for rule in rules:
        if isinstance(rule, BeforeValidator) and rule in _OF_RULE:
            return _OF_RULE[rule]
    origin = get_origin(annotation)
    if origin is Annotated:
        return _sort(annotation.__origin__, list(annotation.__metadata__))
    if origin in (Union, UnionType):
        return next(_sort(each, []) for each in get_args(annotation) if each is not type(None))
    if origin in (tuple, list, dict) or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return Sort.TABLE
    return _OF_TYPE.get(annotation, Sort.TEXT)


def taken(cell: Cell, sort: Sort, unit: str | None) -> Any:
    """Return what a cell gives for a field; None if that is the same as leaving it out.

    What is neither read nor refused here is left as it is, for the fact's own rules to judge.

    Args:
        cell: the cell; it holds something.
        sort: what the field holds.
        unit: the unit of the KPI that an amount or a level measures; None where it measures none.

    Raises:
        ValueError: with a sentence that says what was found and what would do.
    """
    if cell.flaw is not None:
        raise ValueError(cell.flaw)
    if isinstance(cell.value, bool) and sort not in (Sort.FLAG, Sort.ANSWER, Sort.AMOUNT, Sort.LEVEL):
        raise ValueError(f"found {found(cell.value)}; give what the column is for")
    match sort:
        case Sort.AMOUNT | Sort.LEVEL:
            return _measure(cell, unit, level=sort is Sort.LEVEL)
        case Sort.DAY:
            return _day(cell.value)
        case Sort.MONTH:
            return _month(cell.value)
        case Sort.FLAG:
            return _answer(cell.value, "give yes, or leave the cell empty") or None
        case Sort.ANSWER:
            return _answer(cell.value, "give yes or no, or leave the cell empty")
        case Sort.WHOLE:
            return _whole(cell)
        case _:
            return _text(cell)


def found(value: Any) -> str:
    """Show what a cell holds.

    >>> found(datetime(2017, 5, 1)), found(True), found("98,5")
    ('the date 2017-05-01', 'TRUE', '"98,5"')
    """
    match value:
        case bool():
            return str(value).upper()
        case datetime():
            return f"the date {value:%Y-%m-%d}" if value == _midnight(value) else f"the time {value:%Y-%m-%d %H:%M:%S}"
        case Decimal():
            return f"{value:f}"
        case _:
            return shown(value)


def _midnight(value: datetime) -> datetime:
    return value.replace(hour=0, minute=0, second=0, microsecond=0)


def _measure(cell: Cell, unit: str | None, *, level: bool) -> Any:
    value = cell.value
    if not isinstance(value, (str, Decimal)):
        raise ValueError(f'found {found(value)}; give a number such as "98.5"')  # noqa: TRY004 - a sentence, not a bug
    percent = cell.percent
    if isinstance(value, str) and not level and (written := _PERCENT_TEXT.fullmatch(value)):
        value, percent = written[1], True
    if percent and unit != "percent":
        measured = "it is no percentage" if unit is None else f"the KPI's unit is {unit or 'not given'}"
        raise ValueError(f"is shown as the percentage {_plainly(value)} %, but {measured}; give the plain number")
    return _plainly(value) if level else value


def _plainly(value: str | Decimal) -> str:
    return value if isinstance(value, str) else f"{value:f}"


def _day(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise ValueError(f"found {found(value)}; give a date as YYYY-MM-DD, or in a cell that is shown as a date")  # noqa: TRY004 - a sentence, not a bug
    if value != _midnight(value):
        raise ValueError(f"found {found(value)}; give the date alone")
    return value.date().isoformat()


def _month(value: Any) -> Any:
    if not isinstance(value, datetime):
        return f"{value:f}" if isinstance(value, Decimal) else value
    if value != _midnight(value).replace(day=1):
        raise ValueError(f"found {found(value)}; give the first month of a period as YYYY-MM, such as 2017-05")
    return f"{value:%Y-%m}"


def _answer(value: Any, hint: str) -> bool:
    word = value.casefold() if isinstance(value, str) else value
    if word is True or word in _YES:
        return True
    if word is False or word in _NO:
        return False
    raise ValueError(f"found {found(value)}; {hint}")


def _whole(cell: Cell) -> Any:
    value = cell.value
    if isinstance(value, Decimal) and value == value.to_integral_value() and not cell.percent:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    raise ValueError(f"found {found(value)}; give a whole number")


def _text(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and not cell.percent and value == value.to_integral_value():
        digits = f"{value:f}"
        if len(digits.lstrip("-")) <= _MOST_DIGITS:
            return digits
    raise ValueError(f"found {found(value)}; give text, in a cell with the format Text")
