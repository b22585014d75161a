"""What a KPI's results of a notice year are rated: each period by the recorded map, the year from its periods."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ledger.bands import interval
from ledger.facts import PerformanceScrutinised
from ledger.levels import RATED, RELIEVED, Status
from ledger.notice_facts import Rating, RatingMapSet
from ledger.notice_year import NoticeYear
from ledger.period import Frequency, Month, day_in_words, heading, last_day, periods
from ledger.procurement import YearRating
from ledger.values import plain
from projections.cells import Verdict, verdict
from projections.standing import KpiStanding, Standing
from projections.table import STATUS_WORDS

MERIT: tuple[Rating, ...] = ("good", "approaching_target", "requires_improvement", "inadequate")
"""The ratings that a result may earn, the best first."""

_NOT_MEASURED = (Status.NOT_STARTED, Status.DISCONTINUED)


@dataclass(frozen=True, slots=True)
class Observed:
    """A period of a KPI as a notice tells it; `rating` is None while there is no agreed result.

    `left_out` says that there is a result, and that the map has no rating for it.
    """

    period: Month
    found: Verdict
    rating: Rating | None
    remark: str | None
    map: RatingMapSet
    left_out: bool = False

    @property
    def provisional(self) -> bool:
        """Say whether the rating may still move with what is undecided or not in yet."""
        return self.rating is None or self.found.provisional

    @property
    def measured(self) -> Decimal | None:
        """Return the value that may be published: one that was scrutinised or decided."""
        if self.rating is None:
            return None
        relieved = self.found.status in RELIEVED
        return None if relieved and self.found.own is None else self.found.value

    def document(self) -> dict[str, Any]:
        """Return the period as JSON."""
        return {
            "period": self.period,
            "status": self.found.status.value,
            "basis": self.found.basis,
            "value": None if self.found.value is None else plain(self.found.value),
            "rating": self.rating,
            "provisional": self.provisional,
            "remark": self.remark,
            "map": self.map.id,
            "facts": list(self.found.facts),
        }


@dataclass(frozen=True, slots=True)
class KpiYear:
    """A chosen KPI over a notice year; `how` says how its rating follows from those of its periods."""

    kpi: KpiStanding
    observed: list[Observed]
    how: YearRating
    rating: Rating
    remarks: list[str]

    @property
    def provisional(self) -> bool:
        """Say whether the year's rating may still move."""
        return any(each.provisional for each in self.observed)


def map_in_force(maps: Sequence[RatingMapSet], kpi: str, period: Month) -> RatingMapSet | None:
    """Return the latest map of a KPI that begins by a period; of equals the later decided, which comes last."""
    begun = [each for each in maps if each.kpi == kpi and each.first_period <= period]
    return max(enumerate(begun), key=lambda each: (each[1].first_period, each[0]))[1] if begun else None


def periods_of(standing: Standing, kpi: KpiStanding, year: NoticeYear) -> list[Month]:
    """Return a KPI's periods that end within a notice year and in which it is measured."""
    if kpi.introduced.reserved:
        return []
    return [
        period
        for period in periods(kpi.first_period, f"{year.last:%Y-%m}", kpi.frequency)
        if year.first <= last_day(period, kpi.frequency) <= year.last
        and verdict(standing, kpi, period).status not in _NOT_MEASURED
    ]


def observe(standing: Standing, kpi: KpiStanding, period: Month, by: RatingMapSet) -> Observed:
    """Rate one period by a map."""
    found = verdict(standing, kpi, period)
    unrated = _unrated(kpi, period, found, by)
    if unrated is not None:
        return Observed(period, found, *unrated, by)
    rating, sentence = _by_map(found, by)
    return Observed(period, found, rating or "other", sentence, by, left_out=rating is None)


def _unrated(
    kpi: KpiStanding, period: Month, found: Verdict, by: RatingMapSet
) -> tuple[Literal["other"] | None, str] | None:
    """Return why a period has no rating, or "other", whatever the map says; None if the map is to say."""
    facts = (fact for _, fact in kpi.cells.get(period, ()))
    scrutinised = any(isinstance(fact, PerformanceScrutinised) for fact in facts)
    if found.status in RELIEVED or found.status is Status.NOT_HELD:
        return "other", f"{STATUS_WORDS[found.status.value]}: no result is rated"
    if found.basis == "data_not_available":
        return "other", "Data not available"
    if found.status is Status.SUBMITTED or (found.status is Status.INFORMATION and kpi.cells.get(period)):
        if not scrutinised:
            return None, "The return is not agreed yet"
    elif found.status not in RATED:
        return None, f"No return yet; its last day is {day_in_words(last_day(period, kpi.frequency))}"
    if by.statuses is not None and found.status not in RATED:
        return "other", "The KPI has no targets, and the map rates by status"
    return None


def _by_map(found: Verdict, by: RatingMapSet) -> tuple[Rating | None, str | None]:
    """Return the rating that the map has for a result; None, with a sentence, if it has none."""
    if by.statuses is not None:
        named = by.statuses.get(found.status.value)  # type: ignore[call-overload]  # a rated status is a key's type
        return (named, None) if named else (None, f"The map gives no rating for {found.status.value}")
    if found.value is None:
        return None, "No value is recorded, and the map rates by value"
    levels = by.levels or {}
    for rating in MERIT:
        if rating in levels and interval(levels[rating]).holds(found.value):
            return rating, None
    return None, f"No level of the map holds {plain(found.value)}"


def of_year(how: YearRating, observed: Sequence[Observed]) -> Rating:
    """Return the year's rating from those of its periods; a period that is rated "other", or not yet, does not count.

    Of ratings that are equally many the worse is taken. Without any that counts, it is "other"; and so it is where the
    map has no rating for a result, which might be a miss.
    """
    if any(each.left_out for each in observed):
        return "other"
    counted: list[Rating] = [each.rating for each in observed if each.rating in MERIT]
    if not counted:
        return "other"
    match how:
        case "latest":
            return counted[-1]
        case "worst":
            return max(counted, key=MERIT.index)
        case "most":
            counts = Counter(counted)
            return max(counts, key=lambda rating: (counts[rating], MERIT.index(rating)))


def remarks_of(observed: Sequence[Observed], frequency: Frequency) -> list[str]:
    """Say what the year's rating leaves out, and what may still move it."""
    unheld = [heading(each.period, frequency) for each in observed if each.left_out]
    left_out = sum(each.rating == "other" for each in observed)
    waiting = sum(each.rating is None for each in observed)
    disputed = sum(each.found.provisional for each in observed)
    counted = len(observed) - left_out - waiting
    remarks = [f"Rests on {counted} of {len(observed)} periods"] if observed else ["Not measured in this year"]
    remarks += [f"{left_out} rated other"] if left_out else []
    remarks += [f"{waiting} without an agreed result"] if waiting else []
    remarks += [f"{disputed} with an undecided dispute or request"] if disputed else []
    remarks += [f"Other, as the map has no rating for the result of {', '.join(unheld)}"] if unheld else []
    return remarks
