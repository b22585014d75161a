"""Which notices of performance a contract's recorded terms ask for, by when, and what became of each.

Recorded terms are applied here; nobody is advised on the law. Each reading of it is listed among the assumptions.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from ledger.notice_decisions import first_day
from ledger.notice_facts import (
    BreachRecorded,
    ContractTerminated,
    ImprovementJudged,
    ImprovementOpportunityGiven,
    NoticeFact,
    NoticeKpisChosen,
    NoticePublished,
    ProcurementTermsSet,
    RatingMapSet,
)
from ledger.notice_year import NOTICE_DAYS, NoticeYear, last_of_days, years_until
from ledger.period import day_in_words
from ledger.procurement import (
    ACT_IN_FORCE,
    KPIS_ABOVE_POUNDS,
    THE_ACT,
    WITHOUT_KPIS,
    WITHOUT_NOTICES,
    Procurement,
)
from projections.standing import Standing

if TYPE_CHECKING:
    from ledger.facts import ContractRegistered

Kind = TypeVar("Kind", bound=NoticeFact)

NO_ADVICE = "Recorded terms are applied here. This is no legal advice on whether a notice is due."
_READINGS = (
    "A period of a KPI belongs to the notice year in which it ends.",
    (
        f"A contract awarded under the Act can have begun on {day_in_words(ACT_IN_FORCE)} at the earliest. All of a "
        "notice year is assessed, the months before the duty came into force included."
    ),
    (
        "Frameworks and concessions are read as exempt from KPIs only, light-touch contracts and private utilities "
        "from every notice of performance."
    ),
    (
        f"{NOTICE_DAYS} days begin with the day on which a breach had its result, or on which the authority considered "
        "that there was no improvement; every day counts, working or not."
    ),
    (
        "On termination the part of the notice year until then is assessed, in the contract termination notice, within "
        f"{NOTICE_DAYS} days beginning with the day of termination. That notice also tells a breach that ended the "
        "contract in full."
    ),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a notice: the recorded term it looks at, whether it holds, and why."""

    condition: str
    term: str
    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A notice that may be due: of what, because of which day, by when; `published` is the one that went out.

    `due_by` is None where a condition does not hold.
    """

    notice: str
    of: str
    since: date
    due_by: date | None
    conditions: list[Condition]
    published: NoticePublished | None

    def state(self, as_at: date) -> str:
        """Say what has become of it by a day."""
        if self.published is not None:
            late = self.due_by is not None and self.published.published_on > self.due_by
            return "published late" if late else "published"
        if self.due_by is None:
            return "not due"
        return "overdue" if as_at > self.due_by else "due"

    def days_left(self, as_at: date) -> int | None:
        """Return the days until it is due, less than 0 if overdue; None where none is awaited."""
        return None if self.due_by is None or self.published else (self.due_by - as_at).days

    def why_not(self) -> list[str]:
        """Say which conditions do not hold."""
        return [each.why for each in self.conditions if not each.holds]

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the duty as JSON."""
        return {
            "notice": self.notice,
            "of": self.of,
            "since": self.since.isoformat(),
            "due_by": self.due_by.isoformat() if self.due_by else None,
            "state": self.state(as_at),
            "days_left": self.days_left(as_at),
            "conditions": [
                {"condition": each.condition, "term": each.term, "holds": each.holds, "why": each.why}
                for each in self.conditions
            ],
            "published_on": self.published.published_on.isoformat() if self.published else None,
            "reference": self.published.reference if self.published else None,
        }


class Noticed:
    """The standing facts about notices, as the rules ask for them."""

    def __init__(self, standing: Standing) -> None:
        self.terms: ContractRegistered = standing.terms
        self._facts = [each.fact for each in standing.notices]
        latest = self.of(ProcurementTermsSet)
        self.procurement: Procurement | None = latest[-1].procurement if latest else standing.terms.procurement
        self.terminated = next((each.on for each in self.of(ContractTerminated)), None)
        chosen = self.of(NoticeKpisChosen)
        self.kpis: tuple[str, ...] = chosen[-1].kpis if chosen else ()
        self.maps = self.of(RatingMapSet)

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of a kind, in order of (dated, position)."""
        return [each for each in self._facts if isinstance(each, kind)]

    def published(self, notice: str, of: str | None = None) -> NoticePublished | None:
        """Return the notice of something that went out first."""
        found = [each for each in self.of(NoticePublished) if each.notice == notice and (each.year or each.about) == of]
        return min(found, key=lambda each: each.published_on, default=None)

    def years(self, until: date) -> list[NoticeYear]:
        """Return the notice years begun by a day; the contract's termination ends the last."""
        assert self.procurement is not None
        end = min(until, self.terminated or until)
        found = list(years_until(first_day(self.procurement, self.terms), end))
        if self.terminated is not None and found and self.terminated <= found[-1].last:
            found[-1] = NoticeYear(found[-1].first, self.terminated)
        return found


def duties(noticed: Noticed, as_at: date) -> list[Duty]:
    """Return every notice that has come into question by a day, the earliest first."""
    procurement = noticed.procurement
    if procurement is None:
        return []
    found = [year_duty(noticed, procurement, year) for year in noticed.years(as_at)]
    found += [_breach_duty(noticed, procurement, each) for each in noticed.of(BreachRecorded)]
    found += [
        _duty_of_days(noticed, procurement, "no_improvement", each.opportunity, each.on)
        for each in noticed.of(ImprovementJudged)
        if each.outcome == "not_improved"
    ]
    return sorted(found, key=lambda each: (each.due_by or each.since, each.notice, each.of))


def open_opportunities(noticed: Noticed) -> list[ImprovementOpportunityGiven]:
    """Return the opportunities to improve that are not judged yet."""
    judged = {each.opportunity for each in noticed.of(ImprovementJudged)}
    return [each for each in noticed.of(ImprovementOpportunityGiven) if each.opportunity not in judged]


def year_duty(noticed: Noticed, procurement: Procurement, year: NoticeYear) -> Duty:
    """Return the duty of a notice year; that in which the contract was terminated is assessed on termination."""
    conditions = [*_of_assessment(procurement), _in_force(procurement, year.last, "the notice year ends")]
    holds = all(each.holds for each in conditions)
    if year.last == noticed.terminated:
        due_by = last_of_days(year.last) if holds else None
        return Duty("termination", "", year.last, due_by, conditions, noticed.published("termination"))
    due_by = year.last + timedelta(days=procurement.publish_within_days) if holds else None
    published = noticed.published("assessment", year.name)
    return Duty("assessment", year.name, year.first, due_by, conditions, published)


def _breach_duty(noticed: Noticed, procurement: Procurement, breach: BreachRecorded) -> Duty:
    return _duty_of_days(noticed, procurement, "breach", breach.breach, breach.on)


def _duty_of_days(noticed: Noticed, procurement: Procurement, notice: str, about: str, since: date) -> Duty:
    """Return the duty of a notice within 30 days beginning with a day."""
    conditions = [
        _governed(procurement),
        _kind(procurement, WITHOUT_NOTICES, "notices of breaches or of no improvement"),
        _in_force(procurement, since, "this was"),
    ]
    due_by = last_of_days(since) if all(each.holds for each in conditions) else None
    return Duty(notice, about, since, due_by, conditions, noticed.published(notice, about))


def _of_assessment(procurement: Procurement) -> list[Condition]:
    value, why_not = procurement.estimated_value, procurement.kpis_inappropriate
    above = value > KPIS_ABOVE_POUNDS
    return [
        _governed(procurement),
        _kind(procurement, WITHOUT_KPIS, "setting KPIs and assessing them"),
        Condition(
            "its value",
            f"estimated_value = £{value:,f}",
            above,
            f"The estimated value is {'more' if above else 'no more'} than £{KPIS_ABOVE_POUNDS:,f}.",
        ),
        Condition(
            "KPIs are appropriate",
            f"kpis_inappropriate = {why_not or 'not given'}",
            why_not is None,
            "Nothing says that KPIs would be inappropriate."
            if why_not is None
            else f"The authority considers KPIs inappropriate: {why_not.rstrip('. ')}.",
        ),
    ]


def _governed(procurement: Procurement) -> Condition:
    holds = procurement.governed_by == THE_ACT
    why = "The contract was awarded under the Act." if holds else "The contract was not awarded under the Act."
    return Condition("the Act governs it", f"governed_by = {procurement.governed_by}", holds, why)


def _kind(procurement: Procurement, exempt: tuple[str, ...], of: str) -> Condition:
    holds = procurement.kind not in exempt
    named = f"A contract of the kind {procurement.kind}"
    why = f"{named} is not exempt from {of}." if holds else f"{named} is exempt from {of}."
    return Condition("its kind is not exempt", f"kind = {procurement.kind}", holds, why)


def _in_force(procurement: Procurement, day: date, what: str) -> Condition:
    since = procurement.notices_in_force
    holds = day >= since
    why = f"The duty is in force since {day_in_words(since)}; {what} on {day_in_words(day)}."
    if not holds:
        why = f"The duty came into force on {day_in_words(since)}, after {what} ({day_in_words(day)})."
    where = "true" if procurement.regulated_by_welsh_ministers else "false"
    return Condition("the duty is in force", f"regulated_by_welsh_ministers = {where}", holds, why)


def readings(noticed: Noticed) -> list[str]:
    """Return how the law is read here where it is silent or unclear, then the assumptions of the terms."""
    procurement = noticed.procurement
    if procurement is None:
        return [NO_ADVICE]
    start = day_in_words(first_day(procurement, noticed.terms))
    given = "as assessed_from says" if procurement.assessed_from else "as the contract commenced then"
    within = procurement.publish_within_days
    published_by = f"{within} days after the end of its notice year" if within else "by the last day of its notice year"
    return [
        NO_ADVICE,
        f"Periods of 12 months are counted from {start}, {given}; the Act does not say from when.",
        f"The Act gives no day for publishing a yearly assessment: it is taken as due {published_by}.",
        *_READINGS,
        *procurement.assumptions,
    ]
