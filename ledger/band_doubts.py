"""Bands against one another: the gaps and overlaps between them, and the order they run in. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from ledger.bands import Band, Interval
from ledger.doubtful import each_read
from ledger.levels import Better
from ledger.parts import KpiTable, LevelStep, level_of_step
from ledger.scheme import Scheme
from ledger.values import EXACT, plain

_MOST = {"percent": Decimal(100)}
"""The highest value of the units that have one."""


class BandDoubt(NamedTuple):
    """What is doubtful about bands: of which kind, in a sentence, and what would do away with it.

    `otherwise` is what other terms of the KPI would do away with it; None if none would.
    """

    kind: Literal["gap", "overlap", "direction"]
    sentence: str
    remedy: str
    otherwise: str | None = None

    @property
    def remedies(self) -> str:
        """Return all that would do away with it."""
        return self.remedy if self.otherwise is None else f"{self.remedy}, or {self.otherwise}"


def costs_money(kpi: KpiTable, scheme: Scheme | None) -> bool:
    """Say whether a KPI's failures cost points by its own terms."""
    return scheme is not None and (bool(kpi.severities) or any(step.points for step in kpi.weights))


def unread_bands(kpi: KpiTable) -> list[BandDoubt]:
    """Return what is doubtful about a KPI's bands and not said to be read in some way."""
    return unread([doubt for step in kpi.steps for doubt in doubts_of_step(step, kpi)], kpi)


def unread(found: Sequence[BandDoubt], kpi: KpiTable) -> list[BandDoubt]:
    """Leave out doubts about a KPI's bands that it says how to read.

    Any assumption of the KPI says it of its bands; each of its entries that has a reading says it of one doubt.
    """
    return [] if kpi.assumptions else [doubt for doubt, reading in each_read(found, kpi.doubts) if reading is None]


def said(doubt: BandDoubt) -> str:
    """Return a doubt with what would settle it, as one sentence."""
    entry = f'doubts = [{{ of = "{doubt.kind}", read_as = "…" }}]'
    return f"{doubt.sentence}; {doubt.remedies}, or say how it is read: {entry}"


def doubts_of_step(step: LevelStep, kpi: KpiTable) -> list[BandDoubt]:
    """Return what is doubtful about one step of a KPI's bands or severities; nothing of targets."""
    bands = bands_of(step)
    return doubts_of_bands(bands, kpi.better, decimals_compared(kpi)) if bands else []


def bands_of(step: LevelStep) -> list[Band]:
    """Return the bands or severities of a step; none where it gives targets."""
    return level_of_step(step, None, (), "").named()


def decimals_compared(kpi: KpiTable) -> int | None:
    """Return to how many decimals the values are rounded that bands are tested with; None if they are tested in full.

    Counts are whole.
    """
    if kpi.unit == "count":
        return 0
    return kpi.decimals if kpi.round_first else None


def doubts_of_bands(bands: Sequence[Band], better: Better | None, decimals: int | None) -> list[BandDoubt]:
    """Name the gaps and overlaps of bands, and a direction that contradicts their order of merit.

    Args:
        bands: the bands, at least two.
        better: which way is better, if it is said.
        decimals: to how many decimals the values are rounded that they are tested with; None if in full.

    >>> from ledger.parts import BandStep
    >>> bands = bands_of(BandStep.model_validate({"from": "2025-04", "green": "100", "amber": "85..99", "red": "<85"}))
    >>> [doubt.sentence for doubt in doubts_of_bands(bands, "higher", None)]
    ['there is a gap between amber and green, from 99 to 100: 99.5 lies in neither']
    """
    found = gaps_and_overlaps(bands, decimals)
    low_to_high = f"the bands run {', '.join(band.name for band in upwards(bands))} from low to high"
    direction = order(bands)
    if direction is None:
        sentence = f"{low_to_high}, which is no order of merit"
        found.append(BandDoubt("direction", sentence, "put the best at one end of them, and the worst at the other"))
    elif better is not None and direction != better:
        sentence = f'better = "{better}", but {low_to_high}'
        found.append(BandDoubt("direction", sentence, f'give better = "{direction}", or turn the bands round'))
    return found


def open_ends(bands: Sequence[Band], unit: str | None) -> list[BandDoubt]:
    """Name the ends of bands beyond which values of a unit lie in none of them; none where no unit is given.

    Nothing is below 0, and no percentage above 100.

    >>> from ledger.parts import BandStep
    >>> bands = bands_of(BandStep.model_validate({"from": "2025-04", "green": "95..100", "red": ">=0 <95"}))
    >>> [doubt.sentence for doubt in open_ends(bands, "hours")], open_ends(bands, "percent")
    (['no band holds what is above 100, where green ends'], [])
    """
    if unit is None:
        return []
    found = []
    lowest = upwards(bands)[0]
    low, low_open = lowest.interval.low, lowest.interval.low_open
    if low is not None and (low > 0 or (low == 0 and low_open)):
        found.append(_beyond("below" if low > 0 else "at", low, lowest.name, "begins"))
    highest = bands[0]
    for band in bands[1:]:
        if _reaches_further(band.interval, highest.interval):
            highest = band
    high, high_open = highest.interval.high, highest.interval.high_open
    top = _MOST.get(unit)
    if high is not None and (top is None or high < top or (high == top and high_open)):
        found.append(_beyond("at" if high == top else "above", high, highest.name, "ends"))
    return found


def _beyond(side: str, edge: Decimal, name: str, turns: str) -> BandDoubt:
    sentence = f"no band holds what is {side} {edge:f}, where {name} {turns}"
    sign = {"begins": "<= or <", "ends": ">= or >"}[turns]
    remedy = f"let {name} hold {edge:f}" if side == "at" else f"leave {name} open at that end, by {sign}"
    return BandDoubt("gap", sentence, remedy)


def order(bands: Sequence[Band]) -> Better | None:
    """Return which way is better by the order of bands; None if they run in no order of merit.

    >>> from ledger.parts import BandStep
    >>> order(bands_of(BandStep.model_validate({"from": "2025-04", "green": "<10", "red": ">=10"})))
    'lower'
    """
    measures = list(zip(*(band.badness for band in upwards(bands)), strict=True))
    if all(len(set(measure)) == 1 for measure in measures):
        return None
    if all(one >= other for measure in measures for one, other in pairwise(measure)):
        return "higher"
    return "lower" if all(one <= other for measure in measures for one, other in pairwise(measure)) else None


def upwards(bands: Iterable[Band]) -> list[Band]:
    """Return bands in order of their lower edges, then of their upper ones."""

    def place(band: Band) -> tuple[bool, Decimal, bool, bool, Decimal]:
        low, low_open, high, _ = band.interval
        return (low is not None, low or Decimal(0), low_open, high is None, high or Decimal(0))

    return sorted(bands, key=place)


def gaps_and_overlaps(bands: Iterable[Band], decimals: int | None) -> list[BandDoubt]:
    """Name the gaps and overlaps of bands, from low to high."""
    found = []
    furthest, *others = upwards(bands)
    for band in others:
        found += _between(furthest.name, furthest.interval, band.name, band.interval, decimals)
        if _reaches_further(band.interval, furthest.interval):
            furthest = band
    return found


def _reaches_further(band: Interval, than: Interval) -> bool:
    if band.high is None or than.high is None:
        return band.high is None
    return (band.high, not band.high_open) > (than.high, not than.high_open)


def _between(first: str, lower: Interval, second: str, upper: Interval, decimals: int | None) -> list[BandDoubt]:
    """Name the gap or the overlap between two bands, the lower one first."""
    if lower.high is None or upper.low is None or lower.high > upper.low:
        return [BandDoubt("overlap", f"{first} and {second} overlap", "let each value lie in one of them")]
    if lower.high == upper.low and not lower.high_open and not upper.low_open:
        edge = f"{first} and {second} both hold {upper.low:f}"
        return [BandDoubt("overlap", edge, "leave it out of one of them, by < or >")]
    left_out = _left_out(lower, upper, decimals)
    if left_out is None:
        return []
    if lower.high == upper.low:
        return [BandDoubt("gap", f"neither {first} nor {second} holds {upper.low:f}", "put it in one, by <= or >=")]
    sentence = f"there is a gap between {first} and {second}, from {lower.high:f} to {upper.low:f}"
    remedy, otherwise = "let one begin where the other ends", _rounded_before(lower.high, upper.low)
    return [BandDoubt("gap", f"{sentence}: {left_out} lies in neither", remedy, otherwise)]


def _left_out(lower: Interval, upper: Interval, decimals: int | None) -> str | None:
    """Return a value that lies between two bands and in neither; None if there is none."""
    assert lower.high is not None
    assert upper.low is not None
    if decimals is None:
        if lower.high == upper.low:
            return plain(upper.low) if lower.high_open and upper.low_open else None
        return plain(EXACT.divide(EXACT.add(lower.high, upper.low), Decimal(2)))
    step = Decimal(1).scaleb(-decimals)
    value = EXACT.multiply(EXACT.divide_int(lower.high, step), step)
    while value < lower.high or (value == lower.high and not lower.high_open):
        value = EXACT.add(value, step)
    inside = value < upper.low or (value == upper.low and upper.low_open)
    return plain(value) if inside else None


def _rounded_before(low: Decimal, high: Decimal) -> str | None:
    """Say that rounding closes a gap whose edges are one step of their last place apart, as for rounded values."""
    places = max(0, *(-int(edge.as_tuple().exponent) for edge in (low, high)))
    if high - low == Decimal(1).scaleb(-places):
        return f"round values first (decimals = {places}, round_first = true)"
    return None
