"""What failures cost: runs, windows of ratchets, multipliers, and returns that came late. Pure."""

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from ledger.calendar import working_days_after
from ledger.facts import PerformanceSubmitted
from ledger.levels import RELIEVED, Level, Severity, Status
from ledger.period import Frequency, Month, last_day
from ledger.scheme import LateReturnTerms, Scheme
from ledger.values import EXACT
from projections.standing import KpiStanding, Weight

UNDECIDED = (Status.AWAITING, Status.SUBMITTED)


class Past(Enum):
    """What a period is to the ratchets of later ones; an undecided or unknown one counts as no failure so far."""

    MET = auto()
    FAILED = auto()
    UNDECIDED = auto()
    UNKNOWN = auto()


class Run(NamedTuple):
    """How many consecutive periods missed, and what that hangs on.

    `unsettled` by a result that is not in yet, `assumed` by a run into a held period that nobody knows. `window` holds
    the periods that ratchets look back on, the latest last; empty without ratchets.
    """

    length: int
    unsettled: bool = False
    assumed: bool = False
    window: tuple[Past, ...] = ()


class Cost(NamedTuple):
    """What a failure costs: points = weight × share × multiplier of its run, or of the ratchet that it reached.

    `facts` are the ids of those it rests on: the levels and weight in force, then the cell's own. Of a failure with a
    `severity` the weight is that band's points and the share 1; `severities` are those it is one of. `failures` are
    those among its last periods, as many as `within`, this one included; both None without ratchets.
    """

    weight: Decimal
    share: Decimal
    run: int
    multiplier: Decimal
    points: Decimal
    facts: tuple[str, ...]
    severity: str | None = None
    severities: tuple[Severity, ...] = ()
    failures: int | None = None
    within: int | None = None
    by_ratchet: bool = False


class LateReturn(NamedTuple):
    """A period's first return, if it came after the day it was due, and what that costs."""

    due_on: date
    returned_on: date
    days: int
    points: Decimal
    fact: str


def run_into(kpi: KpiStanding) -> Run:
    """Return the run that a KPI's first period, or one after a gap, begins with."""
    opening = kpi.introduced.opening_run or 0
    return Run(opening, window=(Past.FAILED,) * opening)


def run_after_gap(scheme: Scheme | None, kpi: KpiStanding) -> Run:
    """Return the run after a period that is not held: what is not known of it is assumed to be no failure."""
    if kpi.introduced.opening_run is not None:
        return run_into(kpi)
    unknown = scheme.window - 1 if scheme is not None else 0
    return Run(0, assumed=True, window=(Past.UNKNOWN,) * unknown)


def run_after(scheme: Scheme, run: Run, status: Status) -> Run:
    """Return the run that ends with a period of this status."""
    fixed = settles(scheme, status)
    unsettled = status in UNDECIDED or (run.unsettled and not fixed)
    length = scheme.run_after(run.length, status)
    return Run(length, unsettled, run.assumed and not fixed, _window_after(scheme, run.window, status))


def settles(scheme: Scheme, status: Status) -> bool:
    """Say whether a period's status fixes the run, whatever the periods before it turn out to be."""
    return scheme.relieved_in_run == "reset" if status in RELIEVED else not scheme.misses(status)


def _window_after(scheme: Scheme, window: tuple[Past, ...], status: Status) -> tuple[Past, ...]:
    """Return the window with a period of this status; one that pauses a run is passed over."""
    if scheme.window < 2:
        return ()
    if status in RELIEVED:
        if scheme.relieved_in_run == "pause":
            return window[1 - scheme.window :]
        past = Past.FAILED if scheme.relieved_in_run == "count" else Past.MET
    elif status in UNDECIDED:
        past = Past.UNDECIDED
    else:
        past = Past.FAILED if scheme.misses(status) else Past.MET
    return (*window, past)[1 - scheme.window :]


def hangs_on(run: Run, past: Past, scheme: Scheme) -> bool:
    """Say whether a period of some kind is in sight of the ratchets of the next one."""
    return scheme.window > 1 and past in run.window[1 - scheme.window :]


def _failures(run: Run, within: int, own: int) -> int:
    """Return how many of the last periods failed, the present one included if it did."""
    earlier = run.window[1 - within :] if within > 1 else ()
    return earlier.count(Past.FAILED) + own


def cost_of(scheme: Scheme, status: Status, run: Run, level: Level, weight: Weight, severity: Severity | None) -> Cost:
    """Return what a failing period costs, resting on its levels and weight.

    A period that does not count in a run takes the first multiplier and no ratchet.
    """
    own = 1 if scheme.misses(status) else 0
    length = run.length + 1 if own else 0
    reached = [each for each in scheme.ratchets or () if own and _failures(run, each.within, own) >= each.failures]
    ratchet = max(reached, key=lambda each: (each.multiplier, each.failures)) if reached else None
    multiplier = ratchet.multiplier if ratchet else scheme.multiplier(length)
    within = ratchet.within if ratchet else scheme.window or None
    if severity is not None:
        amount, share, resting = severity.points, Decimal(1), [level.fact_id]
    else:
        amount, share, resting = weight.points, scheme.share(status), [level.fact_id, weight.fact_id]
    return Cost(
        weight=amount,
        share=share,
        run=length,
        multiplier=multiplier,
        points=EXACT.multiply(EXACT.multiply(amount, share), multiplier),
        facts=tuple(dict.fromkeys(each for each in resting if each)),
        severity=severity.name if severity else None,
        severities=level.severities,
        failures=_failures(run, within, own) if within else None,
        within=within,
        by_ratchet=ratchet is not None,
    )


def due_on(terms: LateReturnTerms, period: Month, frequency: Frequency) -> date:
    """Return the last day on which a period's return is in time; the last day of the period is not counted."""
    ended = last_day(period, frequency)
    if terms.due_working_days is not None:
        return working_days_after(ended, terms.due_working_days)
    return ended + timedelta(days=terms.due_days or 0)


def late_return(terms: LateReturnTerms, kpi: KpiStanding, period: Month) -> LateReturn | None:
    """Return how late the first return of a period came; None if it was in time, or none has come."""
    first = next((fact for _, fact in kpi.cells.get(period, ()) if isinstance(fact, PerformanceSubmitted)), None)
    if first is None:
        return None
    due = due_on(terms, period, kpi.frequency)
    days = (first.dated - due).days
    return LateReturn(due, first.dated, days, terms.points(days), first.id) if days > 0 else None
