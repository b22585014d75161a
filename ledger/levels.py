"""Targets, bands and the status that a value earns against them. Pure, on exact decimals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Literal, NamedTuple

from ledger.bands import SIGNED, Band, Interval, band_of, interval

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

_WORST_LAST = {Status.GREEN: 0, Status.AMBER: 1, Status.RED: 2}


class Severity(NamedTuple):
    """A named band with points of its own: `text` is its range as it is written."""

    name: str
    text: str
    status: Status
    points: Decimal

    def band(self) -> Band:
        """Return its range, and how bad it is: by its status, then by its points."""
        return Band(self.name, interval(self.text), (_WORST_LAST[self.status], self.points))


class Rating(NamedTuple):
    """The status of a value, the doubt there is about it, if any, and its severity where bands have points."""

    status: Status
    doubt: str | None
    severity: Severity | None = None


@lru_cache(maxsize=1024)
def meeting(level: str, better: Better) -> Interval:
    """Return the values that meet a service level: inclusive, unless it is written with a sign.

    Raises:
        ValueError: with a sentence, if the level is no number or its sign contradicts the direction.

    >>> meeting("35", "higher").holds(Decimal("35")), meeting(">35", "higher").holds(Decimal("35"))
    (True, False)
    """
    signed = SIGNED.fullmatch(level)
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
    found, doubt = band_of(value, _of_statuses(bands))
    return Rating(Status(found.name), doubt)


def _of_statuses(bands: Mapping[str, str]) -> list[Band]:
    return [Band(name, interval(text), (_WORST_LAST[Status(name)],)) for name, text in bands.items()]


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


def doubts_of_stretch(stretch: str, level: "Level", better: Better | None) -> list[str]:
    """Name what is wrong with a stretch target beside the levels it is given with; nothing if it is no easier."""
    try:
        met = meeting(stretch, direction(stretch, better))
        greens = [meeting(level.tsl, better or "higher")] if level.tsl is not None else level.greens()
    except ValueError as wrong:
        return [str(wrong)]
    if not greens:
        return ["there is no target that it could stretch; leave it out"]
    target = level.shown()[0]
    return [f"{stretch} is easier to meet than the target, {target}"] if _easier(met, greens) else []


def _easier(met: Interval, greens: Sequence[Interval]) -> bool:
    """Say whether a stretch target begins before the first of the ranges that are green, in its own direction."""
    if met.low is not None:
        lows = [each.low for each in greens if each.low is not None]
        first = min(lows) if len(lows) == len(greens) else None
        strict = first is not None and all(each.low_open for each in greens if each.low == first)
        return first is not None and (met.low < first or (met.low == first and strict and not met.low_open))
    assert met.high is not None
    highs = [each.high for each in greens if each.high is not None]
    last = max(highs) if len(highs) == len(greens) else None
    strict = last is not None and all(each.high_open for each in greens if each.high == last)
    return last is not None and (met.high > last or (met.high == last and strict and not met.high_open))


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
    severities: tuple[Severity, ...] = ()
    stretch: str | None = None

    def named(self) -> list[Band]:
        """Return the bands or severities; none where there are targets."""
        return [each.band() for each in self.severities] or _of_statuses(self.bands or {})

    def rate(self, value: Decimal, better: Better | None) -> Rating:
        """Rate a value against these levels."""
        if self.severities:
            found, doubt = band_of(value, self.named())
            severity = next(each for each in self.severities if each.name == found.name)
            return Rating(severity.status, doubt, severity)
        if self.bands is not None:
            return rate_bands(value, self.bands)
        assert self.tsl is not None
        assert self.msl is not None
        return rate_targets(value, self.tsl, self.msl, better or "higher")

    def supposing(self, status: Status) -> Rating:
        """Rate a status that has no value: of bands with points, as the worst one that it may mean, with a doubt.

        Where no band has the status, that is the mildest of a worse one, else the worst there is.
        """
        if not self.severities:
            return Rating(status, None)
        own = [each for each in self.severities if each.status is status]
        worse = [each for each in self.severities if _WORST_LAST[each.status] > _WORST_LAST[status]]
        if own:
            found = max(own, key=lambda each: each.band().badness)
            said = f"the severity is not known; the worst that is {status}, {found.name}, is taken"
            return Rating(status, said if len(own) > 1 and found.points else None, found)
        found = (min if worse else max)(worse or self.severities, key=lambda each: each.band().badness)
        return Rating(status, f"no severity is {status}; the nearest, {found.name}, is taken", found)

    def greens(self) -> list[Interval]:
        """Return the ranges of values that are green, by bands or severities."""
        if self.severities:
            return [interval(each.text) for each in self.severities if each.status is Status.GREEN]
        return [interval(text) for name, text in (self.bands or {}).items() if name == Status.GREEN]

    def shown(self) -> tuple[str | None, str | None]:
        """Return the target and minimum service level as tables show them, or the bands in their place."""
        if self.severities:
            return self._of_status(Status.GREEN), self._of_status(Status.AMBER)
        if self.bands is not None:
            return self.bands.get("green"), self.bands.get("amber")
        return self.tsl, self.msl

    def _of_status(self, status: Status) -> str | None:
        return "; ".join(each.text for each in self.severities if each.status is status) or None

    def in_words(self) -> str:
        """Write the levels in a sentence."""
        if self.severities:
            return severities_in_words(self.severities)
        if self.bands is not None:
            return ", ".join(f"{status} {band}" for status, band in self.bands.items())
        return f"TSL {self.tsl}, MSL {self.msl}"

    def meets_stretch(self, value: Decimal, better: Better | None) -> bool:
        """Say whether a value meets the stretch target, if there is one."""
        return self.stretch is not None and meeting(self.stretch, direction(self.stretch, better)).holds(value)


def severities_in_words(severities: Sequence[Severity]) -> str:
    """Write severities in a sentence.

    >>> severities_in_words([Severity("minor", ">=98 <99", Status.AMBER, Decimal(1))])
    'minor >=98 <99 (amber, 1 point)'
    """
    return ", ".join(
        f"{each.name} {each.text} ({each.status}, {each.points:f} {'point' if each.points == 1 else 'points'})"
        for each in severities
    )


def direction(stretch: str, better: Better | None) -> Better:
    """Return the direction of a stretch target: the KPI's, else that of its own sign.

    Raises:
        ValueError: with a sentence, if neither says it.
    """
    if better is not None:
        return better
    sign = stretch.strip()[:1]
    if sign in (">", "≥"):
        return "higher"
    if sign in ("<", "≤"):
        return "lower"
    raise ValueError(f'"{stretch}" has no direction; write it with a sign such as ">=99", or say which is better')


def in_force(levels: Sequence[Level], period: str) -> Level | None:
    """Return the levels in force in a period: a temporary one that covers it outranks the rest.

    Of several temporary ones the latest decided stands; of the others the one with the latest first
    period, of equals the latest decided.
    """
    bearing = [
        level
        for level in levels
        if level.first_period <= period and (level.last_period is None or period <= level.last_period)
    ]
    if len(bearing) < 2:
        return bearing[0] if bearing else None
    temporary = [level for level in bearing if level.last_period is not None]
    if temporary:
        return max(temporary, key=lambda level: level.decided)
    return max(bearing, key=lambda level: (level.first_period, level.decided))
