"""The rules of a cell: what a KPI's status was in a period, and what it cost.

Pure functions from standing facts to cells; every view is drawn from these. A cell is derived each
time it is asked for and is never stored as truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ledger.components import Outturn
from ledger.contract import UPHELD
from ledger.facts import (
    EscalationDecided,
    EscalationRaised,
    MitigationFact,
    MitigationGranted,
    PerformanceScrutinised,
)
from ledger.levels import OUTSIDE, RELIEVED, Level, Rating, Severity, Status, in_force
from ledger.parts import NoDenominator
from ledger.period import END_OF_TIME, Month, periods, periods_within, shift
from ledger.scheme import Scheme
from ledger.values import EXACT
from projections.points import (
    UNDECIDED,
    Cost,
    LateReturn,
    Past,
    Run,
    cost_of,
    hangs_on,
    late_return,
    run_after,
    run_after_gap,
    run_into,
    settles,
)
from projections.result import Result, fold
from projections.standing import KpiStanding, Standing, Weight

_UNSET = Weight("", (), Decimal(0), "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cell before runs: what it takes from its own facts and the terms in force.

    `own` is the status that a relieved cell's recorded value would have, or its result without one where relief
    leaves its points; `severity` is that of the status, or of `own`. `relieved_by` are the ids of the grants and
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
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A KPI in a period: its status, and what it costs where it fails.

    `points` are before any suspension, and 0 where `spared` by relief; None where nothing is rated. `run` is None where
    none is counted, and unchanged while a period is awaiting or submitted. `cost` is
    also given where a relieved period has a recorded value that fails. `unsettled` says that the
    points may still move with the outcome of an earlier period that is awaiting or submitted, `assumed` that
    they rest on a run of 0 before the first period held. `late` is its return, where that came late; it costs
    points of its own.
    """

    kpi: str
    period: Month
    verdict: Verdict
    run: int | None = None
    cost: Cost | None = None
    points: Decimal | None = None
    unsettled: bool = False
    assumed: bool = False
    spared: bool = False
    late: LateReturn | None = None

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
        return self.cost.multiplier if self.cost and not self.spared else None

    @property
    def spared_points(self) -> Decimal | None:
        """Return what relief takes off: what the recorded result, and a late return, would have cost."""
        if not self.spared or (self.cost is None and self.late is None):
            return None
        return EXACT.add(self.cost.points if self.cost else Decimal(0), self.late.points if self.late else Decimal(0))


def verdict(standing: Standing, kpi: KpiStanding, period: Month) -> Verdict:
    """Return what a cell takes from its own facts and the terms in force in its period."""
    outside = _outside(standing, kpi, period)
    if outside is not None:
        return Verdict(outside)
    result = fold(kpi, period)
    grants = _grants(kpi, period)
    level = level_in_force(kpi, period)
    rating, basis = _earned(kpi, level, result)
    status, severity = rating.status, rating.severity
    own, relieved_by = None, (*grants, *result.relieved_by)
    relief = _relief(kpi, period, granted=bool(relieved_by))
    if relief is None or level is None:
        relieved_by = ()
    else:
        own = status if result.scrutinised and (result.value is not None or _costs_all_the_same(standing)) else None
        severity = severity if own is not None else None
        status, basis, relieved_by = relief, "relief", relieved_by or (kpi.introduced.id,)
    return Verdict(
        status=status,
        basis=basis,
        value=result.value,
        provisional=bool(result.open) or bool(open_requests(kpi, period)),
        own=own,
        returned_again=result.scrutinised and result.pending is not None,
        facts=(*(recorded.fact.id for recorded, _ in kpi.cells.get(period, ())), *grants),
        doubt=rating.doubt,
        relieved_by=relieved_by,
        severity=severity,
        components=result.components,
        outturn=result.outturn,
        uncounted=status is Status.INFORMATION and level is not None,
    )


def _costs_all_the_same(standing: Standing) -> bool:
    """Say whether relief leaves a period its points."""
    return standing.terms.scheme is not None and not standing.terms.scheme.lifts("points")


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


def _earned(kpi: KpiStanding, level: Level | None, result: Result) -> tuple[Rating, str | None]:
    """Return the rating before any relief, and its basis: the first rule that applies."""
    if level is None:
        return Rating(Status.INFORMATION, None), None
    if not result.scrutinised:
        return Rating(Status.SUBMITTED if result.pending else Status.AWAITING, None), None
    if result.status_set is not None:
        return level.supposing(result.status_set), "set_by_decision"
    if result.status_only is not None:
        return level.supposing(result.status_only), "status_only"
    if result.outturn is not None and result.outturn.value is None:
        return _without_denominator(level, kpi.introduced.no_denominator or "not_counted"), None
    if result.unavailable or result.value is None:
        return level.supposing(Status.RED), "data_not_available"
    shown = level.rate(_compared(kpi, result.value), kpi.introduced.better)
    if result.outturn is None or result.outturn.compared is None:
        return shown, "value"
    rating = level.rate(_compared(kpi, result.outturn.compared), kpi.introduced.better)
    if (rating.status, rating.severity) == (shown.status, shown.severity):
        return shown, "value"
    across = f"{result.value:f} is rounded: in full the outturn lies just across a level"
    return rating._replace(doubt=across), "value"


def _without_denominator(level: Level, meaning: NoDenominator) -> Rating:
    if meaning == "not_counted":
        return Rating(Status.INFORMATION, None)
    return level.supposing(Status.GREEN if meaning == "met" else Status.RED)


def meets_stretch(kpi: KpiStanding, period: Month, found: Verdict) -> str | None:
    """Return the stretch target that a cell's agreed value meets, if it meets one."""
    level = level_in_force(kpi, period)
    if level is None or found.value is None or found.basis != "value":
        return None
    compared = found.outturn.compared if found.outturn else None
    value = _compared(kpi, found.value if compared is None else compared)
    return level.stretch if level.meets_stretch(value, kpi.introduced.better) else None


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
    if len(begun) < 2:
        return begun[0] if begun else _UNSET
    return max(begun, key=lambda weight: (weight.first_period, weight.decided))


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


def counted(scheme: Scheme | None, kpi: KpiStanding, period: Month, found: Verdict, run: Run) -> tuple[Cell, Run]:
    """Return a cell with its points, and the run after it, given its verdict and the run before it."""
    ref = kpi.introduced.ref
    if found.status is Status.NOT_HELD:
        return Cell(ref, period, found), run_after_gap(scheme, kpi)
    if scheme is None or found.status in OUTSIDE or (found.status is Status.INFORMATION and not found.uncounted):
        return Cell(ref, period, found), run
    late = late_return(scheme.late_return, kpi, period) if scheme.late_return else None
    if found.uncounted:
        return Cell(ref, period, found, late=late), run
    after, cost = run_after(scheme, run, found.status), _cost(scheme, kpi, period, found, run)
    spared = found.status in RELIEVED and scheme.lifts("points")
    points = None if found.status in UNDECIDED else Decimal(0) if spared or not cost else cost.points
    fails = scheme.misses(found.own or found.status) and cost is not None
    by_run = not settles(scheme, found.status) or (fails and not spared)
    unsettled = (run.unsettled and by_run) or (fails and hangs_on(run, Past.UNDECIDED, scheme))
    assumed = (run.assumed and by_run) or (fails and hangs_on(run, Past.UNKNOWN, scheme))
    cell = Cell(
        ref,
        period,
        found,
        after.length,
        cost,
        points,
        unsettled=unsettled and points is not None and _may_cost(kpi, period),
        assumed=assumed and bool(points),
        spared=spared,
        late=late,
    )
    return cell, after


def _cost(scheme: Scheme, kpi: KpiStanding, period: Month, found: Verdict, run: Run) -> Cost | None:
    """Return what a failing period costs, or would have cost had it not been relieved."""
    status = found.own or found.status
    level = level_in_force(kpi, period)
    if status not in (Status.AMBER, Status.RED) or level is None:
        return None
    cost = cost_of(scheme, status, run, level, weight_in_force(kpi, period), found.severity)
    return cost._replace(facts=tuple(dict.fromkeys((*cost.facts, *found.facts))))


def _may_cost(kpi: KpiStanding, period: Month) -> bool:
    level = level_in_force(kpi, period)
    if level is not None and level.severities:
        return any(each.points for each in level.severities)
    return weight_in_force(kpi, period).points > 0


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
