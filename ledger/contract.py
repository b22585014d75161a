"""A contract as decisions see it: `evolve` folds a fact into it.

`evolve` never refuses, validates or asks the time: history is not negotiable. The state holds only what
decisions need; it is never stored and may change freely.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, assert_never

from ledger.fact import UnmovingFact
from ledger.facts import (
    KINDS,
    AnyFact,
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
)
from ledger.keeping_facts import KeepingFact
from ledger.levels import Level
from ledger.meeting_facts import MeetingFact
from ledger.money_facts import CreditInvoiced, CreditWaived, MoneyFact
from ledger.notice_facts import NoticeFact
from ledger.parts import Role, Until, level_of_step, severities_of
from ledger.period import END_OF_TIME, Frequency, Month
from ledger.plan_facts import PlanFact
from ledger.plans import Managed, after
from ledger.report_facts import ActionAssigned, ActionCompleted, IncidentRecorded, ReportFact, ReportPublished

UPHELD = ("upheld", "upheld_in_part")
_SPOKEN_OF = frozenset(
    kind
    for kind in KINDS.values()
    if issubclass(kind, (KpiIntroduced, ContractRegistered, IncidentRecorded, ReportPublished, Until))
)
"""The kinds of facts that set what sentences know of the whole timeline, but for ids."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """What decisions need to know of a KPI."""

    ref: str
    reserved: bool
    frequency: Frequency
    first_period: Month
    last_period: Month | None
    terms: KpiIntroduced
    lasting_steps: tuple[Month, ...]
    levels: tuple[Level, ...] = ()
    grants: tuple[MitigationGranted, ...] = ()
    refusals: tuple[MitigationRefused, ...] = ()


class CellState(NamedTuple):
    """What decisions need to know of a KPI in a period."""

    returned: bool = False
    pending: bool = False
    decision: str | None = None
    escalations: Mapping[str, EscalationRaised] = MappingProxyType({})
    decided: frozenset[str] = frozenset()


_UNTOUCHED = CellState()


@dataclass(frozen=True)
class Contract:
    """A contract as its facts up to some place on the timeline have made it.

    Of the whole timeline, for sentences: `ids` are those of every fact, `references` those of every KPI, `begins` is
    the date the contract is registered by, `awaited` are the milestones on which an end hangs, `incidents` and
    `published` the incidents and reports recorded. `milestones` are those reached, `superseded` the reports whose
    place others took; `actions` says of each whether it is done. `meetings` are the facts of meetings, checks and
    changes, in order; `plans` action plans, warnings and the like.
    """

    ids: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    begins: date | None = None
    awaited: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    published: frozenset[str] = frozenset()
    terms: ContractRegistered | None = None
    kpis: Mapping[str, Kpi] = field(default_factory=dict)
    gaps: tuple[HistoryNotHeld, ...] = ()
    cells: dict[tuple[str, Month], CellState] = field(default_factory=dict)
    milestones: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    superseded: frozenset[str] = frozenset()
    actions: Mapping[str, bool] = field(default_factory=dict)
    notices: tuple[NoticeFact, ...] = ()
    meetings: tuple[MeetingFact, ...] = ()
    plans: Managed = field(default_factory=Managed)
    invoices: tuple[CreditInvoiced, ...] = ()
    waivers: tuple[CreditWaived, ...] = ()

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Return the role of each party; none before the contract is registered."""
        return {party.code: party.role for party in self.terms.parties} if self.terms else {}

    def cell(self, kpi: str, period: Month) -> CellState:
        """Return the state of a cell; an untouched one if nothing was recorded for it."""
        return self.cells.get((kpi, period), _UNTOUCHED)

    def with_cell(self, fact: CellFact) -> "Contract":
        """Return the contract with a cell as a fact of it leaves it."""
        changed = self.apart()
        changed.move_cell(fact)
        return changed

    def move_cell(self, fact: CellFact) -> None:
        """Leave a cell of this very contract, which nobody else holds, as a fact of it does."""
        key, cells = (fact.kpi, fact.period), self.cells
        cells[key] = _evolve_cell(cells.get(key, _UNTOUCHED), fact)

    def apart(self) -> "Contract":
        """Return the contract with cells that nobody else holds."""
        return self._with(cells=self.cells.copy())

    def with_kpi(self, kpi: Kpi) -> "Contract":
        """Return the contract with a KPI that is new, or in the place of what it was."""
        return self._with(kpis={**self.kpis, kpi.ref: kpi})

    def _with(self, **changed: Any) -> "Contract":
        """Return the contract with other cells or KPIs; all else is taken over in one step, not field by field."""
        found = object.__new__(Contract)
        object.__setattr__(found, "__dict__", self.__dict__ | changed)
        return found

    def holds(self, period: Month) -> bool:
        """Say whether the ledger keeps records of a period."""
        terms = self.terms
        assert terms is not None
        if period < terms.held_from:
            return False
        return not self.gaps or not any(gap.first_period <= period <= gap.last_period for gap in self.gaps)


def unwritten(ids: Iterable[str], facts: Iterable[AnyFact]) -> Contract:
    """Return a contract before its first fact, with what sentences need to know of the whole timeline.

    Args:
        ids: those of all its facts.
        facts: all its facts.
    """
    facts = [fact for fact in facts if type(fact) in _SPOKEN_OF]
    return Contract(
        ids=frozenset(ids),
        references=frozenset(fact.ref for fact in facts if isinstance(fact, KpiIntroduced)),
        begins=min((fact.dated for fact in facts if isinstance(fact, ContractRegistered)), default=None),
        awaited=frozenset(name for fact in facts for name in _awaited(fact)),
        incidents=frozenset(fact.incident for fact in facts if isinstance(fact, IncidentRecorded)),
        published=frozenset(fact.report for fact in facts if isinstance(fact, ReportPublished)),
    )


def _awaited(fact: AnyFact) -> list[str]:
    """Return the milestones on which an end that a fact sets hangs."""
    ranges = fact.steps if isinstance(fact, KpiIntroduced) else [fact] if isinstance(fact, Until) else []
    return [range_.until_milestone for range_ in ranges if range_.until_milestone is not None]


def evolve(contract: Contract, fact: AnyFact) -> Contract:
    """Return the contract after a fact."""
    match fact:
        case PerformanceSubmitted() | PerformanceScrutinised() | EscalationRaised() | EscalationDecided():
            return contract.with_cell(fact)
        case ContractRegistered():
            return replace(contract, terms=fact)
        case KpiIntroduced():
            return contract.with_kpi(_introduced(fact, contract))
        case KpiDiscontinued() if fact.kpi in contract.kpis:
            return contract.with_kpi(replace(contract.kpis[fact.kpi], last_period=fact.last_period))
        case TargetRebased() if fact.kpi in contract.kpis:
            return contract.with_kpi(_rebased(contract.kpis[fact.kpi], fact))
        case MitigationGranted() if fact.kpi in contract.kpis:
            kpi = contract.kpis[fact.kpi]
            return contract.with_kpi(replace(kpi, grants=(*kpi.grants, fact)))
        case MitigationRefused() if fact.kpi in contract.kpis:
            kpi = contract.kpis[fact.kpi]
            return contract.with_kpi(replace(kpi, refusals=(*kpi.refusals, fact)))
        case HistoryNotHeld():
            return replace(contract, gaps=(*contract.gaps, fact))
        case MilestoneReached():
            return replace(contract, milestones=contract.milestones | {fact.milestone})
        case UnmovingFact():
            return _evolve_unmoving(contract, fact)
        case (
            KpiDiscontinued() | TargetRebased() | WeightsSet() | ChargesSet() | CreditsSuspended() | CreditsResumed()
            | MitigationRequested() | MitigationGranted() | MitigationRefused() | MitigationEnded() | FactVoided()
            | MeasureRedefined()
        ):  # fmt: skip
            return contract
        case _:
            assert_never(fact)


def move_on(contract: Contract, fact: AnyFact) -> Contract:
    """Return the contract after a fact, as `evolve` does, in the place of one that nobody else holds."""
    if isinstance(fact, CellFact):
        contract.move_cell(fact)
        return contract
    return evolve(contract, fact)


def _evolve_unmoving(contract: Contract, fact: AnyUnmovingFact) -> Contract:
    match fact:
        case ReportFact():
            return _evolve_reports(contract, fact)
        case PlanFact():
            return replace(contract, plans=after(contract.plans, fact))
        case MoneyFact():
            return _evolve_money(contract, fact)
        case NoticeFact():
            return replace(contract, notices=(*contract.notices, fact))
        case MeetingFact():
            return replace(contract, meetings=(*contract.meetings, fact))
        case KeepingFact():
            return contract
        case _:
            assert_never(fact)


def _evolve_money(contract: Contract, fact: MoneyFact) -> Contract:
    match fact:
        case CreditInvoiced():
            return replace(contract, invoices=(*contract.invoices, fact))
        case CreditWaived():
            return replace(contract, waivers=(*contract.waivers, fact))
        case _:
            return contract


def _evolve_reports(contract: Contract, fact: ReportFact) -> Contract:
    match fact:
        case ReportPublished():
            superseded = contract.superseded | ({fact.reissues} if fact.reissues else set())
            return replace(contract, reports=contract.reports | {fact.report}, superseded=superseded)
        case ActionAssigned():
            return replace(contract, actions={**contract.actions, fact.action: False})
        case ActionCompleted():
            return replace(contract, actions={**contract.actions, fact.action: True})
        case _:
            return contract


def _introduced(fact: KpiIntroduced, contract: Contract) -> Kpi:
    standing = contract.terms.frequency if contract.terms else Frequency.MONTHLY
    steps = fact.steps
    return Kpi(
        ref=fact.ref,
        reserved=fact.reserved,
        frequency=fact.frequency or standing,
        first_period=fact.first_period or "",
        last_period=None,
        terms=fact,
        lasting_steps=tuple(step.first_period for step in steps if step.lasts),
        levels=tuple(level_of_step(step, _end_of(step), (place,), fact.id) for place, step in enumerate(fact.steps)),
    )


def _rebased(kpi: Kpi, fact: TargetRebased) -> Kpi:
    lasting = (fact.first_period,) if fact.lasts else ()
    level = level_of_rebase(fact, _end_of(fact), (len(kpi.levels),))
    return replace(kpi, lasting_steps=(*kpi.lasting_steps, *lasting), levels=(*kpi.levels, level))


def level_of_rebase(fact: TargetRebased, last_period: Month | None, decided: tuple[object, ...]) -> Level:
    """Return the levels that a rebase sets, given their last period and where they rank."""
    bands = {str(status): band for status, band in fact.bands.items()} if fact.bands else None
    level = Level(fact.first_period, last_period, fact.tsl, fact.msl, bands, decided, fact.id)
    return level._replace(severities=severities_of(fact.severities), stretch=fact.stretch)


def _end_of(levels: Until) -> Month | None:
    """Return the last period of temporary levels; a decision does not ask whether their milestone was reached."""
    return None if levels.lasts else levels.last_period or END_OF_TIME


def _evolve_cell(cell: CellState, fact: CellFact) -> CellState:
    match fact:
        case PerformanceSubmitted():
            return CellState(True, True, cell.decision, cell.escalations, cell.decided)
        case PerformanceScrutinised():
            return CellState(cell.returned, False, fact.decision, cell.escalations, cell.decided)
        case EscalationRaised():
            return cell._replace(escalations={**cell.escalations, fact.ref: fact})
        case EscalationDecided():
            settles = fact.outcome in UPHELD and (fact.value is not None or fact.status is not None)
            decision = "upheld" if settles and cell.decision is not None else cell.decision
            return cell._replace(decision=decision, decided=cell.decided | {fact.ref})
        case _:
            assert_never(fact)
