"""Ranges of values, and named bands made of them: which of them hold a value, and what is wrong with a set. Pure."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
SIGNED = re.compile(rf"\s*(>=|<=|≥|≤|>|<|=)?\s*({_NUMBER})\s*%?\s*", re.ASCII)
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.|–)\s*({_NUMBER})\s*%?\s*", re.ASCII)
_TWICE_SIGNED = re.compile(
    rf"\s*((?:>=|<=|≥|≤|>|<)\s*{_NUMBER}\s*%?)\s*(?:,|\band\b)?\s*((?:>=|<=|≥|≤|>|<)\s*{_NUMBER}\s*%?)\s*", re.ASCII
)


class Interval(NamedTuple):
    """The values between two edges; an edge is None where there is none, open where it is left out."""

    low: Decimal | None
    low_open: bool
    high: Decimal | None
    high_open: bool

    def holds(self, value: Decimal) -> bool:
        """Say whether a value lies in the interval."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (not self.high_open and value == self.high)


class Band(NamedTuple):
    """A named range and how bad it is to lie in it, in one or more measures: the greater the worse."""

    name: str
    interval: Interval
    badness: tuple[Decimal | int, ...]


@lru_cache(maxsize=1024)
def interval(text: str) -> Interval:
    """Read one band: `<10`, `>=25`, `>=98 <99`, `10..25` (both included) or a single value.

    Raises:
        ValueError: with a sentence, if the text is none of these.

    >>> interval("10..25").holds(Decimal("25")), interval("<10").holds(Decimal("10"))
    (True, False)
    >>> [interval(">= 98 and < 99").holds(Decimal(value)) for value in ("98", "98.9", "99")]
    [True, True, False]
    """
    if between := _RANGE.fullmatch(text):
        low, high = Decimal(between[1]), Decimal(between[2])
        if low > high:
            raise ValueError(f'"{text}" runs downwards; write the lower edge first')
        return Interval(low, False, high, False)
    if twice := _TWICE_SIGNED.fullmatch(text):
        return _between_signs(text, interval(twice[1]), interval(twice[2]))
    signed = SIGNED.fullmatch(text)
    if not signed:
        raise ValueError(
            f'"{text}" is no level; write a number such as "95", or "<10", "<=10", ">25", ">=25", "10..25" or '
            '">=10 <25"'
        )
    edge = Decimal(signed[2])
    match signed[1]:
        case ">" | ">=" | "≥":
            return Interval(edge, signed[1] == ">", None, False)
        case "<" | "<=" | "≤":
            return Interval(None, False, edge, signed[1] == "<")
        case _:
            return Interval(edge, False, edge, False)


def _between_signs(text: str, first: Interval, second: Interval) -> Interval:
    lower, upper = (first, second) if first.low is not None else (second, first)
    if lower.low is None or upper.high is None:
        raise ValueError(f'"{text}" has both signs on one side; write a lower and an upper edge, such as ">=98 <99"')
    if lower.low > upper.high or (lower.low == upper.high and (lower.low_open or upper.high_open)):
        raise ValueError(f'"{text}" holds no value; write a lower edge below the upper one')
    return Interval(lower.low, lower.low_open, upper.high, upper.high_open)


def worst(bands: Iterable[Band]) -> Band:
    """Return the worst of some bands; the first of those that are as bad."""
    return max(bands, key=lambda band: band.badness)


def band_of(value: Decimal, bands: Sequence[Band]) -> tuple[Band, str | None]:
    """Return the band of a value; where none or several hold it, the worst that may be meant, with a doubt.

    >>> bands = [Band("good", interval(">=99"), (0,)), Band("bad", interval("<98"), (1,))]
    >>> band_of(Decimal("98.5"), bands)[1]
    '98.5 lies in no band; the worse of its neighbours, bad, is taken'
    """
    holding = [band for band in bands if band.interval.holds(value)]
    if len(holding) == 1:
        return holding[0], None
    if holding:
        worse = worst(holding)
        return worse, f"{value:f} lies in more than one band; the worse, {worse.name}, is taken"
    worse = worst(_neighbours(value, bands))
    return worse, f"{value:f} lies in no band; the worse of its neighbours, {worse.name}, is taken"


def _neighbours(value: Decimal, bands: Sequence[Band]) -> list[Band]:
    below = [(high, band) for band in bands if (high := band.interval.high) is not None and high <= value]
    above = [(low, band) for band in bands if (low := band.interval.low) is not None and low >= value]
    nearest_below = max((high for high, _ in below), default=None)
    nearest_above = min((low for low, _ in above), default=None)
    return [
        *(band for high, band in below if high == nearest_below),
        *(band for low, band in above if low == nearest_above),
    ]
