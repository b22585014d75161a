"""What is odd about a map of ratings: results that it has no rating for, and ratings that run the wrong way. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import get_args

from ledger.band_doubts import gaps_and_overlaps, order, upwards
from ledger.bands import Band, interval
from ledger.levels import Better
from ledger.notice_facts import Rating, RatingMapSet
from ledger.parts import KpiTable, Rated

_LEFT_OUT = "a period with such a result makes its year other"
_WHOLE = 100


def doubts_of_map(fact: RatingMapSet, terms: KpiTable) -> list[str]:
    """Return what is odd about a map of the ratings of a KPI with some terms."""
    if fact.statuses is not None:
        return _doubts_of_statuses(fact.statuses, terms)
    merit = get_args(Rating)
    bands = [Band(name, interval(level), (merit.index(name),)) for name, level in (fact.levels or {}).items()]
    decimals = 0 if terms.unit == "count" else None
    gaps = [doubt.sentence for doubt in gaps_and_overlaps(bands, decimals) if doubt.kind == "gap"]
    holes = [f"{each}; {_LEFT_OUT}" for each in [*gaps, *_beyond(bands, terms)]]
    return [*holes, *_inverted(bands, terms.better)]


def _doubts_of_statuses(statuses: Mapping[Rated, Rating], terms: KpiTable) -> list[str]:
    if not terms.steps:
        return [f"{terms.ref} has no targets or bands, so no status to rate; give levels"]
    known = get_args(Rated)
    missing = [] if terms.severities else [each for each in known if each not in statuses]
    have = "has" if len(missing) == 1 else "have"
    odd = [f"{', '.join(missing)} {have} no rating; {_LEFT_OUT}"] if missing else []
    merit = get_args(Rating)
    earned = [(status, statuses[status]) for status in known if statuses.get(status, "other") != "other"]
    return odd + [
        f"{worse}, the worse status, is rated {under.replace('_', ' ')}, better than {better}, {over.replace('_', ' ')}"
        for (better, over), (worse, under) in pairwise(earned)
        if merit.index(under) < merit.index(over)
    ]


def _beyond(bands: list[Band], terms: KpiTable) -> list[str]:
    """Say which values no level holds below the lowest and above the highest; none are below nought."""
    lowest = upwards(bands)[0].interval
    odd = []
    if lowest.low is not None and lowest.low > 0:
        odd.append(f"no level holds a value below {lowest.low:f}")
    highs = [band.interval.high for band in bands]
    if None not in highs:
        most = max(high for high in highs if high is not None)
        if terms.unit != "percent" or most < Decimal(_WHOLE):
            odd.append(f"no level holds a value above {most:f}")
    return odd


def _inverted(bands: list[Band], better: Better | None) -> list[str]:
    direction = order(bands)
    ratings = ", ".join(band.name.replace("_", " ") for band in upwards(bands))
    low_to_high = f"its levels run {ratings} from low to high"
    if len(bands) > 1 and direction is None:
        return [f"{low_to_high}, which is no order of merit"]
    wrong = direction is not None and better is not None and direction != better
    return [f"{low_to_high}, but of the KPI {better} is better"] if wrong else []
