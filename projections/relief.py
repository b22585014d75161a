"""What relieved a KPI, over which periods and until when; and what became of what was asked. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.facts import (
    EscalationDecided,
    EscalationRaised,
    KpiIntroduced,
    MilestoneReached,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
)
from ledger.parts import Until
from ledger.period import END_OF_TIME, Month, heading, periods
from ledger.recorded import Recorded
from projections.cells import Cell, covers, end_of_grant
from projections.spans import among, awaited, between
from projections.standing import KpiStanding, Standing

Answer = MitigationGranted | MitigationRefused


@dataclass(frozen=True, slots=True)
class Relief:
    """What relieved a KPI in some of the shown periods: a grant, the outcome of a dispute, or the KPI's own glide.

    `end` is the last period, None while there is none; `ended` says that an ending brought it forward. `raised` is the
    dispute that was decided.
    """

    kpi: KpiStanding
    fact: MitigationGranted | EscalationDecided | KpiIntroduced
    periods: tuple[Month, ...]
    end: Month | None
    raised: EscalationRaised | None = None
    ended: bool = False

    @property
    def decision(self) -> str:
        """Return what the facts of one decision share: its reference, that of the dispute, or else the fact's id."""
        ref = self.raised.ref if self.raised else None
        return self.fact.decision_ref or ref or self.fact.id

    @property
    def reason(self) -> str | None:
        """Return why relief was given, if it was said."""
        if isinstance(self.fact, KpiIntroduced):
            return "Glide, by the contract's own terms"
        return self.fact.reason

    @property
    def incident(self) -> str | None:
        """Return the incident that the grant, or the dispute, cites."""
        if isinstance(self.fact, MitigationGranted):
            return self.fact.incident
        return self.raised.incident if self.raised else None


def reliefs(kpi: KpiStanding, cells: Sequence[Cell]) -> list[Relief]:
    """Return what relieved a KPI's cells, in order of (dated, position)."""
    grants = {fact.id: (recorded, fact) for recorded, fact in kpi.grants}
    found: list[tuple[Recorded, Relief]] = []
    by_id: dict[str, list[Month]] = {}
    for cell in cells:
        for id_ in cell.verdict.relieved_by:
            by_id.setdefault(id_, []).append(cell.period)
    for id_, relieved in by_id.items():
        if id_ in grants:
            recorded, grant = grants[id_]
            found.append((recorded, _of_grant(kpi, recorded, grant, relieved)))
        elif id_ == kpi.introduced.id:
            glide = Relief(kpi, kpi.introduced, tuple(relieved), kpi.introduced.glide_until)
            found.append((kpi.introduced_by, glide))
        else:
            found += [_of_dispute(kpi, id_, period) for period in relieved]
    return [relief for _, relief in sorted(found, key=lambda each: each[0].place)]


def _of_grant(kpi: KpiStanding, recorded: Recorded, grant: MitigationGranted, relieved: Sequence[Month]) -> Relief:
    end = end_of_grant(kpi, recorded.place, grant)
    if end == END_OF_TIME:
        return Relief(kpi, grant, tuple(relieved), None)
    last = periods(grant.first_period, end, kpi.frequency)[-1]
    return Relief(kpi, grant, tuple(relieved), last, ended=end != grant.last_period)


def _of_dispute(kpi: KpiStanding, decision: str, period: Month) -> tuple[Recorded, Relief]:
    its = kpi.cells[period]
    place, recorded, fact = next(
        (place, recorded, fact)
        for place, (recorded, fact) in enumerate(its)
        if fact.id == decision and isinstance(fact, EscalationDecided)
    )
    raised = [each for _, each in its[:place] if isinstance(each, EscalationRaised) and each.ref == fact.ref]
    return recorded, Relief(kpi, fact, (period,), period, raised[-1])


def extent(standing: Standing, relief: Relief) -> str | None:
    """Say how long relief lasts, where that is more than the shown periods that it relieves."""
    frequency = relief.kpi.frequency
    match relief.fact:
        case KpiIntroduced():
            return f"glide until {heading(relief.end or '', frequency)}"
        case EscalationDecided():
            return None
        case MitigationGranted() as grant:
            since = f"from {heading(grant.first_period, frequency)}"
    if relief.end is None:
        return f"{since}, until {awaited(grant)}"
    if relief.ended:
        return f"{since}, ended with {heading(relief.end, frequency)}"
    if grant.until_milestone is not None:
        waited = awaited(grant, _reached_on(standing, grant.until_milestone))
        return f"{since} to {heading(relief.end, frequency)}: {waited}"
    if grant.first_period < relief.periods[0] or relief.end > relief.periods[-1]:
        return f"granted for {between(grant.first_period, relief.end, frequency)}"
    return None


def _reached_on(standing: Standing, milestone: str) -> date:
    fact = standing.milestones[milestone][1].fact
    assert isinstance(fact, MilestoneReached)
    return fact.reached_on


def lasting_grants(standing: Standing) -> list[tuple[KpiStanding, MitigationGranted]]:
    """Return the grants of KPIs still in use that have no end yet, those that relieve longest first."""
    found = [
        (recorded, kpi, grant)
        for kpi in standing.in_order()
        if kpi.last_period is None
        for recorded, grant in kpi.grants
        if end_of_grant(kpi, recorded.place, grant) == END_OF_TIME
    ]
    found.sort(key=lambda each: (each[2].first_period, each[0].place))
    return [(kpi, grant) for _, kpi, grant in found]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for relief, or a refusal that nobody asked for, and what became of it in some of the shown periods."""

    kpi: KpiStanding
    request: MitigationRequested | None
    answer: Answer | None
    periods: tuple[Month, ...]

    @property
    def outcome(self) -> str | None:
        """Return granted or refused; None while undecided."""
        if self.answer is None:
            return None
        return "granted" if isinstance(self.answer, MitigationGranted) else "refused"

    def in_words(self) -> str:
        """Name the periods, and the whole range that was asked for or refused where that is more."""
        whole, frequency = self.request or self.answer, self.kpi.frequency
        assert whole is not None
        named, since = among(self.periods, frequency), heading(whole.first_period, frequency)
        if whole.last_period is None:
            return f"{named} (from {since}, until {awaited(whole) if isinstance(whole, Until) else 'ended'})"
        if whole.first_period < self.periods[0] or whole.last_period > self.periods[-1]:
            return f"{named} (of {between(whole.first_period, whole.last_period, frequency)})"
        return named

    def days_open(self, as_at: date) -> int | None:
        """Return how many days it waited, or has waited, for an answer; None if nobody asked."""
        if self.request is None:
            return None
        return ((self.answer.dated if self.answer else as_at) - self.request.dated).days

    def disputes(self) -> list[tuple[str, Month, str | None]]:
        """Return the disputes of the refusal: reference, period, and outcome if it is decided."""
        found: dict[tuple[str, Month], str | None] = {}
        for period in self.periods:
            for _, fact in self.kpi.cells.get(period, ()):
                match fact:
                    case EscalationRaised(against="mitigation"):
                        found[fact.ref, period] = None
                    case EscalationDecided() if (fact.ref, period) in found:
                        found[fact.ref, period] = fact.outcome
                    case _:
                        pass
        return [(ref, period, outcome) for (ref, period), outcome in found.items()]


def asked(kpi: KpiStanding, shown: Sequence[Month]) -> list[Asked]:
    """Return what became of each request that speaks of some periods, and the refusals that nobody asked for."""
    found: dict[tuple[MitigationRequested | None, Answer | None], list[Month]] = {}
    for request, answer, period in (*_requests(kpi, shown), *_lone_refusals(kpi, shown)):
        found.setdefault((request, answer), []).append(period)
    return [Asked(kpi, request, answer, tuple(its)) for (request, answer), its in found.items()]


def _requests(kpi: KpiStanding, shown: Sequence[Month]) -> Iterator[tuple[MitigationRequested, Answer | None, Month]]:
    for recorded, request in kpi.requests:
        for period in shown:
            if covers(request, period):
                yield request, _answer(kpi, recorded, period), period


def _lone_refusals(kpi: KpiStanding, shown: Sequence[Month]) -> Iterator[tuple[None, MitigationRefused, Month]]:
    """Yield the refusals that answer no request, unless a later answer has taken their place."""
    for recorded, refusal in kpi.answers:
        for period in shown:
            answers = any(each.place < recorded.place and covers(request, period) for each, request in kpi.requests)
            if (
                isinstance(refusal, MitigationRefused)
                and covers(refusal, period)
                and not answers
                and _answer(kpi, recorded, period) is None
            ):
                yield None, refusal, period


def _answer(kpi: KpiStanding, since: Recorded, period: Month) -> Answer | None:
    """Return the latest answer after a fact that speaks of a period; a refusal does not undo a grant."""
    later = [fact for recorded, fact in kpi.answers if recorded.place > since.place and covers(fact, period)]
    granted = [fact for fact in later if isinstance(fact, MitigationGranted)]
    return next(reversed(granted or later), None)
