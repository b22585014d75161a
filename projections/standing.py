"""The facts that count, voids applied, sorted into what each rule asks for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from ledger.contract import level_of_rebase
from ledger.fact import UnmovingFact
from ledger.facts import (
    AnyUnmovingFact,
    CellFact,
    ChargesSet,
    ContractRegistered,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    MeasureRedefined,
    MilestoneReached,
    MitigationEnded,
    MitigationGranted,
    MitigationRefused,
    MitigationRequested,
    PerformanceScrutinised,
    PerformanceSubmitted,
    TargetRebased,
    WeightsSet,
    kpi_of,
)
from ledger.keeping_facts import KeepingFact
from ledger.levels import Level
from ledger.meeting_facts import MeetingFact
from ledger.money_facts import CreditInvoiced, CreditWaived
from ledger.notice_facts import NoticeFact
from ledger.parts import Until, level_of_step
from ledger.period import END_OF_TIME, Frequency, Month, shift
from ledger.plan_facts import PlanFact
from ledger.recorded import Recorded
from ledger.report_facts import ReportFact, ReportPublished

Decided = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """A KPI's points from a period on; of equals the later decided stands."""

    first_period: Month
    decided: Decided
    points: Decimal
    fact_id: str


@dataclass(slots=True)
class KpiStanding:
    """The standing facts of one KPI, each list in order of (dated, position)."""

    introduced: KpiIntroduced
    introduced_by: Recorded
    frequency: Frequency
    last_period: Month | None = None
    levels: list[Level] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    cells: dict[Month, list[tuple[Recorded, CellFact]]] = field(default_factory=lambda: defaultdict(list))
    grants: list[tuple[Recorded, MitigationGranted]] = field(default_factory=list)
    endings: list[tuple[Recorded, MitigationEnded]] = field(default_factory=list)
    requests: list[tuple[Recorded, MitigationRequested]] = field(default_factory=list)
    answers: list[tuple[Recorded, MitigationGranted | MitigationRefused]] = field(default_factory=list)
    rebases: list[tuple[Recorded, TargetRebased]] = field(default_factory=list)
    redefinitions: list[tuple[Recorded, MeasureRedefined]] = field(default_factory=list)

    @property
    def first_period(self) -> Month:
        """Return the KPI's first period; empty for a reserved reference, which has none."""
        return self.introduced.first_period or ""


@dataclass(slots=True)
class Standing:
    """A contract's standing facts; `printed` are those that reports print beside the cells.

    `milestones` are those reached, with the month in which each was; `notices` what notices of performance rest on,
    `meetings` the facts of meetings, checks and changes, `plans` those of managing performance.
    """

    terms: ContractRegistered
    kpis: dict[str, KpiStanding] = field(default_factory=dict)
    gaps: list[HistoryNotHeld] = field(default_factory=list)
    suspensions: list[tuple[Month, Decided, bool, str]] = field(default_factory=list)
    charges: list[tuple[Month, Decided, Decimal, str]] = field(default_factory=list)
    reports: list[tuple[Recorded, ReportPublished]] = field(default_factory=list)
    milestones: dict[str, tuple[Month, Recorded]] = field(default_factory=dict)
    printed: list[Recorded] = field(default_factory=list)
    notices: list[Recorded] = field(default_factory=list)
    meetings: list[MeetingFact] = field(default_factory=list)
    plans: list[PlanFact] = field(default_factory=list)
    invoices: list[tuple[Recorded, CreditInvoiced]] = field(default_factory=list)
    waivers: list[tuple[Recorded, CreditWaived]] = field(default_factory=list)

    def holds(self, period: Month) -> bool:
        """Say whether the ledger keeps records of a period."""
        if period < self.terms.held_from:
            return False
        return not self.gaps or not any(gap.first_period <= period <= gap.last_period for gap in self.gaps)

    def suspension(self, period: Month) -> str | None:
        """Return the id of the fact that suspends service credits in a period, if one does."""
        begun = [each for each in self.suspensions if each[0] <= period]
        latest = max(begun, default=None)
        return latest[3] if latest and latest[2] else None

    def charge(self, period: Month) -> Decimal | None:
        """Return the charges of a period in pounds, if any are set."""
        begun = [each for each in self.charges if each[0] <= period]
        return max(begun)[2] if begun else None

    def money_terms(self, period: Month) -> tuple[bool, Decimal | None]:
        """Return whether credits are suspended in a period, and its charges."""
        return (self.suspension(period) is not None, self.charge(period))

    def end_of(self, range_: Until) -> Month | None:
        """Return the last period of a range as far as it is known; None if it has none, or not yet.

        One that lasts until a milestone ends with the period in which that is reached, or some months later.
        """
        if range_.until_milestone is None:
            return range_.last_period
        reached = self.milestones.get(range_.until_milestone)
        return shift(reached[0], range_.plus_months or 0) if reached else None

    def end_of_levels(self, range_: Until) -> Month | None:
        """Return the last period of temporary levels, the end of time while their milestone is not reached."""
        return None if range_.lasts else self.end_of(range_) or END_OF_TIME

    def in_order(self) -> list[KpiStanding]:
        """Return the KPIs by service as the contract lists them, then as they were introduced."""
        services = {service.code: place for place, service in enumerate(self.terms.services)}
        return sorted(self.kpis.values(), key=lambda kpi: services.get(kpi.introduced.service, len(services)))


def unvoided(facts: Iterable[Recorded]) -> list[Recorded]:
    """Return the facts that are neither void nor voids, in order of (dated, position)."""
    facts = list(facts)
    void = {recorded.fact.voids for recorded in facts if isinstance(recorded.fact, FactVoided)}
    standing = [each for each in facts if each.fact.id not in void and not isinstance(each.fact, FactVoided)]
    return sorted(standing, key=lambda each: each.place)


def stand(facts: Iterable[Recorded]) -> Standing | None:
    """Sort the facts that count; None if the contract is not registered among them."""
    ordered = unvoided(facts)
    terms = next((each.fact for each in ordered if isinstance(each.fact, ContractRegistered)), None)
    if terms is None:
        return None
    standing = Standing(terms)
    for recorded in ordered:
        if isinstance(recorded.fact, MilestoneReached):
            standing.milestones[recorded.fact.milestone] = (f"{recorded.fact.reached_on:%Y-%m}", recorded)
    for recorded in ordered:
        if isinstance(recorded.fact, KpiIntroduced):
            introduced = recorded.fact
            standing.kpis[introduced.ref] = _introduced(recorded, introduced, standing)
    for recorded in ordered:
        if not _sort_contract_fact(standing, recorded):
            _sort_kpi_fact(standing, recorded)
    return standing


def _introduced(recorded: Recorded, introduced: KpiIntroduced, standing: Standing) -> KpiStanding:
    kpi = KpiStanding(introduced, recorded, introduced.frequency or standing.terms.frequency)
    for place, step in enumerate(introduced.steps):
        decided = (*recorded.place, place)
        kpi.levels.append(level_of_step(step, standing.end_of_levels(step), decided, introduced.id))
    for place, weight in enumerate(introduced.weights):
        kpi.weights.append(Weight(weight.first_period, (*recorded.place, place), weight.points, introduced.id))
    return kpi


def _sort_contract_fact(standing: Standing, recorded: Recorded) -> bool:
    """File a fact that is about the contract; say whether it was one."""
    fact, decided = recorded.fact, recorded.place
    match fact:
        case HistoryNotHeld():
            standing.gaps.append(fact)
        case CreditsSuspended() | CreditsResumed():
            suspends = isinstance(fact, CreditsSuspended)
            standing.suspensions.append((fact.first_period, decided, suspends, fact.id))
        case ChargesSet():
            standing.charges.append((fact.first_period, decided, fact.amount, fact.id))
        case UnmovingFact():
            _sort_unmoving_fact(standing, recorded, fact)
        case WeightsSet():
            for ref, points in fact.weights.items():
                if ref in standing.kpis:
                    standing.kpis[ref].weights.append(Weight(fact.first_period, (*decided, 0), points, fact.id))
        case ContractRegistered() | KpiIntroduced() | MilestoneReached():
            pass
        case _:
            return False
    return True


def _sort_unmoving_fact(standing: Standing, recorded: Recorded, fact: AnyUnmovingFact) -> None:
    """File a fact that moves no cell."""
    match fact:
        case ReportPublished():
            standing.printed.append(recorded)
            standing.reports.append((recorded, fact))
        case ReportFact():
            standing.printed.append(recorded)
        case NoticeFact():
            standing.notices.append(recorded)
        case MeetingFact():
            standing.meetings.append(fact)
        case PlanFact():
            standing.plans.append(fact)
        case CreditInvoiced():
            standing.invoices.append((recorded, fact))
        case CreditWaived():
            standing.waivers.append((recorded, fact))
        case KeepingFact():
            pass
        case _:
            assert_never(fact)


def _sort_kpi_fact(standing: Standing, recorded: Recorded) -> None:
    fact = recorded.fact
    kpi = standing.kpis.get(getattr(fact, "kpi", ""))
    if kpi is None:
        return
    match fact:
        case PerformanceSubmitted() | PerformanceScrutinised() | EscalationRaised() | EscalationDecided():
            kpi.cells[fact.period].append((recorded, fact))
        case TargetRebased():
            kpi.levels.append(level_of_rebase(fact, standing.end_of_levels(fact), (*recorded.place, 0)))
            kpi.rebases.append((recorded, fact))
        case KpiDiscontinued():
            kpi.last_period = fact.last_period
        case MitigationGranted():
            granted = fact.model_copy(update={"last_period": standing.end_of(fact)})
            kpi.grants.append((recorded, granted))
            kpi.answers.append((recorded, granted))
        case MitigationRefused():
            kpi.answers.append((recorded, fact))
        case MitigationRequested():
            kpi.requests.append((recorded, fact.model_copy(update={"last_period": standing.end_of(fact)})))
        case MeasureRedefined():
            kpi.redefinitions.append((recorded, fact))
        case MitigationEnded():
            kpi.endings.append((recorded, fact))
        case _:
            pass


@dataclass(frozen=True, slots=True)
class Split:
    """A history split by what its facts bear on; a void goes where the fact it voids went."""

    shared: list[Recorded]
    of_kpi: dict[str, list[Recorded]]

    def bearing_on(self, kpi: str) -> list[Recorded]:
        """Return the facts that bear on one KPI, the contract's own included, in order of position."""
        return sorted([*self.shared, *self.of_kpi.get(kpi, [])], key=lambda recorded: recorded.position)


def split(history: Iterable[Recorded]) -> Split:
    """Split a contract's history by KPI, in the order the KPIs were introduced."""
    history = list(history)
    by_id = {recorded.fact.id: recorded.fact for recorded in history}
    shared: list[Recorded] = []
    of_kpi: dict[str, list[Recorded]] = defaultdict(list)
    for recorded in history:
        subject = recorded.fact
        if isinstance(subject, FactVoided):
            subject = by_id.get(subject.voids, subject)
        kpi = kpi_of(subject)
        (shared if kpi is None else of_kpi[kpi]).append(recorded)
    return Split(shared, dict(of_kpi))
