"""How far the result of each KPI's period has come, and what it waits for."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledger.calendar import nth_working_day
from ledger.facts import EscalationDecided, PerformanceScrutinised, PerformanceSubmitted
from ledger.levels import OUTSIDE, RELIEVED, Status
from ledger.period import Frequency, Month, following, last_day, periods_within, shift
from ledger.recorded import Recorded
from projections.cells import Verdict, verdict
from projections.standing import KpiStanding, Standing


class Stage(StrEnum):
    """How far a result has come; what is relieved is counted as that, with or without a return."""

    AWAITING = "awaiting"
    SUBMITTED = "submitted"
    AGREED = "agreed"
    REJECTED = "rejected"
    RELIEVED = "relieved"


class Waiting(StrEnum):
    """What a result waits for: its return, scrutiny of it, or scrutiny of a new one after a rejection."""

    AWAITING = "awaiting"
    SUBMITTED = "submitted"
    RETURNED_AGAIN = "returned_again"


@dataclass(frozen=True, slots=True)
class Due:
    """A KPI's period that is in use, held and over.

    `waiting` is what it waits for, if for anything, and `since` the day from which it does: that after the period
    ended, or the date of the return.
    """

    kpi: KpiStanding
    period: Month
    verdict: Verdict
    stage: Stage
    waiting: Waiting | None
    since: date | None


def due(standing: Standing, first: Month, last: Month, as_at: date) -> list[Due]:
    """Return the KPIs' periods that ended between two months, both included, and before a date."""
    found = []
    for kpi in standing.in_order():
        if kpi.introduced.reserved:
            continue
        back = 1 - kpi.frequency.months
        begins = max(shift(first, back), kpi.first_period, standing.terms.held_from)
        for period in periods_within(begins, shift(last, back), kpi.first_period, kpi.frequency):
            if last_day(period, kpi.frequency) >= as_at:
                break
            cell = verdict(standing, kpi, period)
            if cell.status not in OUTSIDE:
                found.append(due_of(kpi, period, cell))
    return found


def due_of(kpi: KpiStanding, period: Month, cell: Verdict) -> Due:
    """Return how far a period's result has come, by its cell; it counts once the period is over."""
    decision, pending = _scrutiny(kpi, period)
    stage = _stage(cell.status, decision, pending)
    waiting = None
    if stage is Stage.AWAITING:
        waiting = Waiting.AWAITING
    elif pending is not None and (stage is Stage.SUBMITTED or decision in (None, "rejected")):
        waiting = Waiting.RETURNED_AGAIN if decision == "rejected" else Waiting.SUBMITTED
    since = None
    if waiting is not None:
        since = pending.fact.dated if pending else last_day(period, kpi.frequency) + timedelta(days=1)
    return Due(kpi, period, cell, stage, waiting, since)


def is_agreed(kpi: KpiStanding, period: Month) -> bool:
    """Say whether the last that was recorded of a result is its return and that it was agreed: it waits for nothing."""
    match [fact for _, fact in kpi.cells.get(period, ())[-2:]]:
        case [PerformanceSubmitted(), PerformanceScrutinised(decision="agreed" | "amended")]:
            return True
    return False


def _scrutiny(kpi: KpiStanding, period: Month) -> tuple[str | None, Recorded | None]:
    """Return the last decision on a result, and the return that waits for scrutiny since."""
    decision: str | None = None
    pending: Recorded | None = None
    for recorded, fact in kpi.cells.get(period, ()):
        match fact:
            case PerformanceSubmitted():
                pending = recorded
            case PerformanceScrutinised():
                decision, pending = fact.decision, None
            case EscalationDecided() if fact.value is not None or fact.status is not None:
                decision = "upheld"
            case _:
                pass
    return decision, pending


def _stage(status: Status, decision: str | None, pending: Recorded | None) -> Stage:
    if status in RELIEVED:
        return Stage.RELIEVED
    if status in (Status.AWAITING, Status.SUBMITTED):
        return Stage(status.value)
    if decision is None:
        return Stage.SUBMITTED if pending else Stage.AWAITING
    return Stage.REJECTED if decision == "rejected" else Stage.AGREED


def expected_on(standing: Standing, period: Month, frequency: Frequency) -> date | None:
    """Return the day on which agreed results of a period can be expected; None if the contract gives none."""
    working_day = standing.terms.results_expected_on_working_day
    return nth_working_day(following(period, frequency), working_day) if working_day else None


def latest_ended(standing: Standing, as_at: date) -> Month:
    """Return the latest of the contract's periods that is held and over; the first held if none is."""
    terms = standing.terms
    last = min(as_at.isoformat()[:7], "2199-12")  # no later period can be given
    begun = periods_within(terms.held_from, last, terms.commenced, terms.frequency)
    ended = [each for each in begun if last_day(each, terms.frequency) < as_at and standing.holds(each)]
    if ended:
        return ended[-1]
    beyond = shift(terms.held_from, terms.frequency.months - 1)
    return periods_within(terms.held_from, beyond, terms.commenced, terms.frequency)[0]
