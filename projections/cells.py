"""The rules of a cell: what a KPI's status was in a period, and what it cost.

Pure functions from standing facts to cells; every view is drawn from these. A cell is derived each
time it is asked for and is never stored as truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ledger.components import Outturn
from ledger.contract import UPHELD
from ledger.facts import (
    EscalationDecided,
    EscalationRaised,
    MitigationFact,
    MitigationGranted,
    PerformanceScrutinised,
)
from ledger.levels import OUTSIDE, RELIEVED, Level, Status, in_force
from ledger.parts import NoDenominator
from ledger.period import END_OF_TIME, Month, periods, periods_within, shift
from ledger.scheme import Scheme
from ledger.values import EXACT
from projections.result import Result, fold
from projections.standing import KpiStanding, Standing, Weight

UNDECIDED = (Status.AWAITING, Status.SUBMITTED)
_WITHOUT_DENOMINATOR: dict[NoDenominator, Status] = {
    "not_counted": Status.INFORMATION,
    "met": Status.GREEN,
    "missed": Status.RED,
}


class Cost(NamedTuple):
    """What a failure costs: points = weight × share × multiplier of its run.

    `facts` are the ids of those it rests on: the levels and weight in force, then the cell's own.
    """

    weight: Decimal
    share: Decimal
    run: int
    multiplier: Decimal
    points: Decimal
    facts: tuple[str, ...]


class Run(NamedTuple):
    """How many consecutive periods missed, and what that hangs on.

    `unsettled` by a result that is not in yet, `assumed` by a run into a held period that nobody knows.
    """

    length: int
    unsettled: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cell before runs: what it takes from its own facts and the terms in force.

    `own` is the status that a relieved cell's recorded value would have; `relieved_by` are the ids of the grants and
    decided disputes that relieve it, or of the introduction of its KPI where that did. `components` are those returned
    and not rejected, `outturn` what they came to where the value is that. `uncounted` says that the cell is information
    though there are levels to judge it by, as its outturn has no denominator.
    """

    status: Status
    basis: str | None = None
    value: Decimal | None = None
    provisional: bool = False
    own: Status | None = None
    returned_again: bool = False
    facts: tuple[str, ...] = ()
    doubt: str | None = None
    relieved_by: tuple[str, ...] = ()
    components: Mapping[str, Decimal] | None = None
    outturn: Outturn | None = None
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A KPI in a period: its status, and what it costs where it fails.

    `points` are before any suspension, and 0 where relieved; None where nothing is rated. `run` is None where
    none is counted, and unchanged while a period is awaiting or submitted. `cost` is
    also given where a relieved period has a recorded value that fails. `unsettled` says that the
    points may still move with the outcome of an earlier period that is awaiting or submitted, `assumed` that
    they rest on a run of 0 before the first period held.
    """

    kpi: str
    period: Month
    verdict: Verdict
    run: int | None = None
    cost: Cost | None = None
    points: Decimal | None = None
    unsettled: bool = False
    assumed: bool = False

    @property
    def status(self) -> Status:
        """Return the cell's status."""
        return self.verdict.status

    @property
    def relieved(self) -> bool:
        """Say whether relief was granted for the period."""
        return self.verdict.status in RELIEVED

    @property
    def multiplier(self) -> Decimal | None:
        """Return the multiplier its points took; None where none was taken."""
        return self.cost.multiplier if self.cost and not self.relieved else None


def verdict(standing: Standing, kpi: KpiStanding, period: Month) -> Verdict:
    """Return what a cell takes from its own facts and the terms in force in its period."""
    outside = _outside(standing, kpi, period)
    if outside is not None:
        return Verdict(outside)
    result = fold(kpi, period)
    grants = _grants(kpi, period)
    level = level_in_force(kpi, period)
    status, basis, doubt = _earned(kpi, level, result)
    own, relieved_by = None, (*grants, *result.relieved_by)
    relief = _relief(kpi, period, granted=bool(relieved_by))
    if relief is None or level is None:
        relieved_by = ()
    else:
        own = status if result.scrutinised and result.value is not None else None
        status, basis, relieved_by = relief, "relief", relieved_by or (kpi.introduced.id,)
    return Verdict(
        status=status,
        basis=basis,
        value=result.value,
        provisional=bool(result.open) or bool(open_requests(kpi, period)),
        own=own,
        returned_again=result.scrutinised and result.pending is not None,
        facts=(*(recorded.fact.id for recorded, _ in kpi.cells.get(period, ())), *grants),
        doubt=doubt,
        relieved_by=relieved_by,
        components=result.components,
        outturn=result.outturn,
        uncounted=status is Status.INFORMATION and level is not None,
    )


def _outside(standing: Standing, kpi: KpiStanding, period: Month) -> Status | None:
    if not standing.holds(period):
        return Status.NOT_HELD
    if kpi.introduced.reserved:
        return Status.NOT_IN_USE
    if period < kpi.first_period:
        return Status.NOT_STARTED
    if kpi.last_period is not None and period > kpi.last_period:
        return Status.DISCONTINUED
    return None


def _earned(kpi: KpiStanding, level: Level | None, result: Result) -> tuple[Status, str | None, str | None]:
    """Return status, basis and doubt before any relief: the first rule that applies."""
    if level is None:
        return Status.INFORMATION, None, None
    if not result.scrutinised:
        return Status.SUBMITTED if result.pending else Status.AWAITING, None, None
    if result.status_set is not None:
        return result.status_set, "set_by_decision", None
    if result.status_only is not None:
        return result.status_only, "status_only", None
    if result.outturn is not None and result.outturn.value is None:
        return _WITHOUT_DENOMINATOR[kpi.introduced.no_denominator or "not_counted"], None, None
    if result.unavailable or result.value is None:
        return Status.RED, "data_not_available", None
    shown = level.rate(_compared(kpi, result.value), kpi.introduced.better)
    if result.outturn is None or result.outturn.compared is None:
        return shown.status, "value", shown.doubt
    rating = level.rate(_compared(kpi, result.outturn.compared), kpi.introduced.better)
    if rating.status is shown.status:
        return shown.status, "value", shown.doubt
    return rating.status, "value", f"{result.value:f} is rounded: in full the outturn lies just across a level"


def _relief(kpi: KpiStanding, period: Month, *, granted: bool) -> Status | None:
    if granted:
        return Status.MITIGATED
    glide_until = kpi.introduced.glide_until
    return Status.GLIDE if glide_until is not None and period <= glide_until else None


def _compared(kpi: KpiStanding, value: Decimal) -> Decimal:
    """Return the value that is compared: at full precision, unless the KPI's terms round first."""
    if not kpi.introduced.round_first:
        return value
    return value.quantize(Decimal(1).scaleb(-(kpi.introduced.decimals or 0)), ROUND_HALF_UP, EXACT)


def _grants(kpi: KpiStanding, period: Month) -> tuple[str, ...]:
    """Return the ids of the grants that relieve a period."""
    return tuple(
        recorded.fact.id
        for recorded, grant in kpi.grants
        if grant.first_period <= period <= end_of_grant(kpi, recorded.place, grant)
    )


def end_of_grant(kpi: KpiStanding, granted: tuple[object, ...], grant: MitigationGranted) -> Month:
    """Return a grant's last period: the latest ending after it stands, but never lengthens it."""
    last = grant.last_period or END_OF_TIME
    endings = [ending.last_period for recorded, ending in kpi.endings if recorded.place > granted]
    return min(last, endings[-1]) if endings else last


def open_requests(kpi: KpiStanding, period: Month) -> list[str]:
    """Return the ids of the mitigation requests that cover a period and are neither granted nor refused."""
    return [
        asked.fact.id
        for asked, request in kpi.requests
        if covers(request, period)
        and not any(answered.place > asked.place and covers(answer, period) for answered, answer in kpi.answers)
    ]


def open_disputes(kpi: KpiStanding, period: Month) -> list[EscalationRaised]:
    """Return the disputes of a cell that are undecided."""
    return list(fold(kpi, period).open.values())


def covers(fact: MitigationFact, period: Month) -> bool:
    """Say whether a request, grant or refusal speaks of a period."""
    return fact.first_period <= period and (fact.last_period is None or period <= fact.last_period)


def weight_in_force(kpi: KpiStanding, period: Month) -> Weight:
    """Return a KPI's abatement points in a period; 0, by no fact, if none are set."""
    begun = [weight for weight in kpi.weights if weight.first_period <= period]
    unset = Weight("", (), Decimal(0), "")
    return max(begun, key=lambda weight: (weight.first_period, weight.decided), default=unset)


def level_in_force(kpi: KpiStanding, period: Month) -> Level | None:
    """Return the service levels of a KPI in a period."""
    return in_force(kpi.levels, period)


def cells(standing: Standing, kpi: KpiStanding, last: Month) -> list[Cell]:
    """Return a KPI's cells from its first period to the last asked for, with runs and points."""
    if kpi.introduced.reserved:
        return []
    run, found = run_into(kpi), []
    for period in periods(kpi.first_period, last, kpi.frequency):
        cell, run = counted(standing.terms.scheme, kpi, period, verdict(standing, kpi, period), run)
        found.append(cell)
    return found


def run_into(kpi: KpiStanding) -> Run:
    """Return the run that a KPI's first period, or one after a gap, begins with."""
    return Run(kpi.introduced.opening_run or 0)


def counted(scheme: Scheme | None, kpi: KpiStanding, period: Month, found: Verdict, run: Run) -> tuple[Cell, Run]:
    """Return a cell with its points, and the run after it, given its verdict and the run before it."""
    ref = kpi.introduced.ref
    if found.status is Status.NOT_HELD:
        return Cell(ref, period, found), run_into(kpi)._replace(assumed=kpi.introduced.opening_run is None)
    if scheme is None or found.status in OUTSIDE or found.status is Status.INFORMATION:
        return Cell(ref, period, found), run
    cost = _cost(scheme, kpi, period, found, run.length)
    points = None if found.status in UNDECIDED else Decimal(0) if found.own or not cost else cost.points
    settles = _settles(scheme, found.status)
    unsettled = found.status in UNDECIDED or (run.unsettled and not settles)
    run = Run(scheme.run_after(run.length, found.status), unsettled, run.assumed and not settles)
    may_move = unsettled and points is not None and weight_in_force(kpi, period).points > 0
    return Cell(ref, period, found, run.length, cost, points, may_move, run.assumed and bool(points)), run


def _cost(scheme: Scheme, kpi: KpiStanding, period: Month, found: Verdict, run: int) -> Cost | None:
    """Return what a failing period costs, or would have cost had it not been relieved."""
    status = found.own or found.status
    level = level_in_force(kpi, period)
    if status not in (Status.AMBER, Status.RED) or level is None:
        return None
    counted = run + 1 if scheme.misses(status) else 0
    weight, share, multiplier = weight_in_force(kpi, period), scheme.share(status), scheme.multiplier(counted)
    points = EXACT.multiply(EXACT.multiply(weight.points, share), multiplier)
    facts = dict.fromkeys(each for each in (level.fact_id, weight.fact_id, *found.facts) if each)
    return Cost(weight.points, share, counted, multiplier, points, tuple(facts))


def _settles(scheme: Scheme, status: Status) -> bool:
    """Say whether a period's status fixes the run, whatever the periods before it turn out to be."""
    return scheme.relieved_in_run == "reset" if status in RELIEVED else not scheme.misses(status)


def extent(standing: Standing) -> list[Month]:
    """Return the contract's periods from its commencement to the last that a fact speaks of."""
    last = max([*map(last_spoken_of, standing.kpis.values()), *(gap.last_period for gap in standing.gaps)], default="")
    return periods(standing.terms.commenced, max(last, standing.terms.held_from), standing.terms.frequency)


def last_spoken_of(kpi: KpiStanding) -> Month:
    """Return the last period that a return, decision, request or grant of a KPI speaks of; its first if none does."""
    asked = [*kpi.requests, *kpi.answers]
    spoken = [month for _, fact in asked for month in (fact.first_period, fact.last_period) if month]
    return max([kpi.first_period, *kpi.cells, *spoken])


def last_agreed(standing: Standing) -> Month | None:
    """Return the latest period with an agreed result; None if there is none."""
    agreed = [
        period
        for kpi in standing.kpis.values()
        for period in kpi.cells
        if _outside(standing, kpi, period) is None and fold(kpi, period).agreed
    ]
    return max(agreed, default=None)


def takes_return(standing: Standing, kpi: KpiStanding, period: Month) -> bool:
    """Say whether a return may be given for a cell: it is in use and held, and no result of it is settled."""
    if _outside(standing, kpi, period) is not None:
        return False
    return not any(
        (isinstance(fact, PerformanceScrutinised) and fact.decision in ("agreed", "amended"))
        or (
            isinstance(fact, EscalationDecided)
            and fact.outcome in UPHELD
            and (fact.value is not None or fact.status is not None)
        )
        for _, fact in kpi.cells.get(period, ())
    )


def window(standing: Standing, kpi: KpiStanding, first: Month, last: Month) -> list[Cell]:
    """Return a KPI's cells whose period begins between two months, those before its first included."""
    known = {cell.period: cell for cell in cells(standing, kpi, last)}
    return [
        known.get(period) or Cell(kpi.introduced.ref, period, verdict(standing, kpi, period))
        for period in periods_shown(standing, kpi, first, last)
    ]


def overlapping(standing: Standing, kpi: KpiStanding, first: Month, last: Month) -> list[Cell]:
    """Return a KPI's cells whose period shares a month with those from the first to the last."""
    return window(standing, kpi, shift(first, 1 - kpi.frequency.months), last)


def periods_shown(standing: Standing, kpi: KpiStanding, first: Month, last: Month) -> list[Month]:
    """Return a KPI's periods that begin between two months, those before its first included."""
    return periods_within(first, last, kpi.first_period or standing.terms.commenced, kpi.frequency)
