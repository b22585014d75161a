"""Targets, bands and the status that a value earns against them. Pure, on exact decimals."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Literal, NamedTuple

Better = Literal["higher", "lower"]


class Status(StrEnum):
    """What a cell of the RAG table says."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    MITIGATED = "mitigated"
    GLIDE = "glide"
    AWAITING = "awaiting"
    SUBMITTED = "submitted"
    INFORMATION = "information"
    NOT_HELD = "not_held"
    NOT_IN_USE = "not_in_use"
    NOT_STARTED = "not_started"
    DISCONTINUED = "discontinued"


RATED = (Status.GREEN, Status.AMBER, Status.RED)
RELIEVED = (Status.MITIGATED, Status.GLIDE)
OUTSIDE = (Status.NOT_HELD, Status.NOT_IN_USE, Status.NOT_STARTED, Status.DISCONTINUED)

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SIGNED = re.compile(rf"\s*(>=|<=|≥|≤|>|<|=)?\s*({_NUMBER})\s*%?\s*", re.ASCII)
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.|–)\s*({_NUMBER})\s*%?\s*", re.ASCII)
_WORST_LAST = {Status.GREEN: 0, Status.AMBER: 1, Status.RED: 2}


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


class Rating(NamedTuple):
    """The status of a value, and the doubt there is about it, if any."""

    status: Status
    doubt: str | None


@lru_cache(maxsize=1024)
def interval(text: str) -> Interval:
    """Read one band: `<10`, `>=25`, `10..25` (both included) or a single value.

    Raises:
        ValueError: with a sentence, if the text is none of these.

    >>> interval("10..25").holds(Decimal("25")), interval("<10").holds(Decimal("10"))
    (True, False)
    """
    if between := _RANGE.fullmatch(text):
        low, high = Decimal(between[1]), Decimal(between[2])
        if low > high:
            raise ValueError(f'"{text}" runs downwards; write the lower edge first')
        return Interval(low, False, high, False)
    signed = _SIGNED.fullmatch(text)
    if not signed:
        raise ValueError(
            f'"{text}" is no level; write a number such as "95", or "<10", "<=10", ">25", ">=25" or "10..25"'
        )
    edge = Decimal(signed[2])
    match signed[1]:
        case ">" | ">=" | "≥":
            return Interval(edge, signed[1] == ">", None, False)
        case "<" | "<=" | "≤":
            return Interval(None, False, edge, signed[1] == "<")
        case _:
            return Interval(edge, False, edge, False)


@lru_cache(maxsize=1024)
def meeting(level: str, better: Better) -> Interval:
    """Return the values that meet a service level: inclusive, unless it is written with a sign.

    Raises:
        ValueError: with a sentence, if the level is no number or its sign contradicts the direction.

    >>> meeting("35", "higher").holds(Decimal("35")), meeting(">35", "higher").holds(Decimal("35"))
    (True, False)
    """
    signed = _SIGNED.fullmatch(level)
    if not signed:
        raise ValueError(f'"{level}" is not a service level; write a number, or one with a sign such as ">35"')
    if not signed[1] or signed[1] == "=":
        return interval(f">={signed[2]}" if better == "higher" else f"<={signed[2]}")
    if (signed[1] in (">", ">=", "≥")) != (better == "higher"):
        raise ValueError(f'"{level}" contradicts better = "{better}"')
    return interval(level)


def edge_of(level: str, better: Better) -> Decimal | None:
    """Return the number of a service level, without its sign.

    >>> edge_of(">35", "higher"), edge_of("2", "lower")
    (Decimal('35'), Decimal('2'))
    """
    met = meeting(level, better)
    return met.low if met.low is not None else met.high


def rate_targets(value: Decimal, tsl: str, msl: str, better: Better) -> Rating:
    """Rate a value against a target and a minimum service level.

    >>> rate_targets(Decimal("1.00"), "1", "3", "lower").status
    <Status.GREEN: 'green'>
    >>> rate_targets(Decimal("2.99"), "1", "3", "lower").status
    <Status.AMBER: 'amber'>
    """
    if meeting(tsl, better).holds(value):
        return Rating(Status.GREEN, None)
    return Rating(Status.AMBER if meeting(msl, better).holds(value) else Status.RED, None)


def rate_bands(value: Decimal, bands: Mapping[str, str]) -> Rating:
    """Rate a value by bands; where none or several hold it, the worse status counts, with a doubt.

    >>> rate_bands(Decimal("99.5"), {"green": "100", "amber": "85..99", "red": "<85"}).status
    <Status.AMBER: 'amber'>
    """
    read = {Status(name): interval(text) for name, text in bands.items()}
    holding = [status for status, band in read.items() if band.holds(value)]
    if len(holding) == 1:
        return Rating(holding[0], None)
    if holding:
        worse = max(holding, key=_WORST_LAST.__getitem__)
        return Rating(worse, f"{value:f} lies in more than one band; the worse, {worse}, is taken")
    neighbours = _neighbours(value, read)
    worse = max(neighbours, key=_WORST_LAST.__getitem__)
    return Rating(worse, f"{value:f} lies in no band; the worse of its neighbours, {worse}, is taken")


def _neighbours(value: Decimal, bands: Mapping[Status, Interval]) -> list[Status]:
    below = [(band.high, status) for status, band in bands.items() if band.high is not None and band.high <= value]
    above = [(band.low, status) for status, band in bands.items() if band.low is not None and band.low >= value]
    nearest = [max(below)[1]] if below else []
    return [*nearest, *([min(above)[1]] if above else [])]


def doubts_of_targets(tsl: str, msl: str, better: Better) -> list[str]:
    """Name what contradicts itself in a pair of service levels: a sign, or the order of the two."""
    try:
        target, minimum = meeting(tsl, better), meeting(msl, better)
    except ValueError as wrong:
        return [str(wrong)]
    if better == "higher":
        contradicts = target.low is not None and minimum.low is not None and target.low < minimum.low
    else:
        contradicts = target.high is not None and minimum.high is not None and target.high > minimum.high
    if contradicts:
        return [f'tsl {tsl} is easier to meet than msl {msl} where better = "{better}"']
    return []


class Level(NamedTuple):
    """Levels from a period on, or over a range if they are temporary, and where they rank in time.

    `decided` is (dated, position, place in its list): the later of two equals stands. `fact_id` is that of
    the fact that set them.
    """

    first_period: str
    last_period: str | None
    tsl: str | None
    msl: str | None
    bands: Mapping[str, str] | None
    decided: tuple[object, ...]
    fact_id: str

    def rate(self, value: Decimal, better: Better | None) -> Rating:
        """Rate a value against these levels."""
        if self.bands is not None:
            return rate_bands(value, self.bands)
        assert self.tsl is not None
        assert self.msl is not None
        return rate_targets(value, self.tsl, self.msl, better or "higher")


def in_force(levels: Sequence[Level], period: str) -> Level | None:
    """Return the levels in force in a period: a temporary one that covers it outranks the rest.

    Of several temporary ones the latest decided stands; of the others the one with the latest first
    period, of equals the latest decided.
    """
    begun = [level for level in levels if level.first_period <= period]
    temporary = [level for level in begun if level.last_period is not None and period <= level.last_period]
    if temporary:
        return max(temporary, key=lambda level: level.decided)
    lasting = [level for level in begun if level.last_period is None]
    return max(lasting, key=lambda level: (level.first_period, level.decided), default=None)
