"""Every kind of fact. THE STORAGE FORMAT: add kinds and optional fields, never edit or remove one.

A fact is frozen, speaks in the past tense and bears the date it is about. What it means is decided
by the rules that read it, never here; here is only what a well-formed fact looks like.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from ledger.fact import Fact
from ledger.keeping_facts import AnyKeepingFact
from ledger.meeting_facts import AnyMeetingFact
from ledger.money_facts import AnyMoneyFact
from ledger.notice_facts import AnyNoticeFact
from ledger.parts import (
    Bands,
    Checks,
    Doubt,
    Framework,
    KpiTable,
    Lot,
    Management,
    Party,
    Rated,
    Service,
    Severities,
    Until,
    check_levels,
    check_once_each,
)
from ledger.period import Frequency
from ledger.plan_facts import AnyPlanFact
from ledger.procurement import Procurement
from ledger.report_facts import AnyReportFact
from ledger.scheme import Scheme
from ledger.values import Amount, Day, Given, LevelText, Name, PeriodText, Prose, Text


class ContractRegistered(Fact):
    """The contract: its parties, services, terms, and from when the ledger holds its history."""

    fact: Literal["ContractRegistered"] = "ContractRegistered"
    title: Text
    commenced: PeriodText
    held_from: PeriodText
    calendar: Literal["england-and-wales"] = "england-and-wales"
    results_expected_on_working_day: Annotated[int, Field(ge=1, le=20, strict=True)] | None = None
    board: Text | None = None
    frequency: Frequency = Frequency.MONTHLY
    parties: Annotated[tuple[Party, ...], Field(min_length=1)]
    scheme: Scheme | None = None
    services: tuple[Service, ...] = ()
    assumptions: tuple[Text, ...] | None = None
    doubts: tuple[Doubt, ...] | None = None
    checks: Checks | None = None
    procurement: Procurement | None = None
    indicative_until: PeriodText | None = None
    management: Management | None = None
    framework: Framework | None = None
    lots: Annotated[tuple[Lot, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _lots_of_a_framework(self) -> "ContractRegistered":
        if self.lots is not None and self.framework is None:
            raise ValueError("lots are those of a framework; give framework too, or leave out lots")
        check_once_each([lot.code for lot in self.lots or ()], "lot")
        return self


class KpiIntroduced(Fact, KpiTable):
    """A KPI comes into use, or its reference is reserved."""

    fact: Literal["KpiIntroduced"] = "KpiIntroduced"


class KpiDiscontinued(Fact):
    """A KPI is measured for the last time."""

    fact: Literal["KpiDiscontinued"] = "KpiDiscontinued"
    kpi: Name
    last_period: PeriodText
    reason: Prose


class TargetRebased(Fact, Until):
    """New service levels from a period on, or over a range: then they are temporary."""

    fact: Literal["TargetRebased"] = "TargetRebased"
    kpi: Name
    first_period: PeriodText
    tsl: LevelText | None = None
    msl: LevelText | None = None
    bands: Bands | None = None
    severities: Severities | None = None
    stretch: LevelText | None = None
    reason: Prose

    @model_validator(mode="after")
    def _whole(self) -> "TargetRebased":
        check_levels(self.tsl, self.msl, self.bands, self.severities)
        return self


class MeasureRedefined(Fact):
    """What a KPI measures, or how, changes from a period on: its series breaks there."""

    fact: Literal["MeasureRedefined"] = "MeasureRedefined"
    kpi: Name
    first_period: PeriodText
    change: Text
    reason: Prose


class WeightsSet(Fact):
    """Abatement points re-dealt over KPIs from a period on."""

    fact: Literal["WeightsSet"] = "WeightsSet"
    first_period: PeriodText
    weights: Annotated[dict[Name, Annotated[Amount, Field(ge=0)]], Field(min_length=1)]


class HistoryNotHeld(Fact):
    """Periods of which this ledger keeps no records."""

    fact: Literal["HistoryNotHeld"] = "HistoryNotHeld"
    first_period: PeriodText
    last_period: PeriodText
    reason: Prose


class PerformanceSubmitted(Fact):
    """A return: a value, components, a status published without its value, or word that there is no data.

    A value beside components is the outturn that the provider states.
    """

    fact: Literal["PerformanceSubmitted"] = "PerformanceSubmitted"
    kpi: Name
    period: PeriodText
    value: Amount | None = None
    unavailable: Given | None = None
    status: Rated | None = None
    components: Annotated[dict[Name, Amount], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "PerformanceSubmitted":
        measured = self.value is not None or self.components is not None
        if measured + (self.unavailable is not None) + (self.status is not None) != 1:
            raise ValueError("give one of value, components, unavailable: true, or status")
        return self


class PerformanceScrutinised(Fact):
    """The authority agrees a return, rejects it, or amends its value."""

    fact: Literal["PerformanceScrutinised"] = "PerformanceScrutinised"
    kpi: Name
    period: PeriodText
    decision: Literal["agreed", "rejected", "amended"]
    value: Amount | None = None
    reason: Prose | None = None

    @model_validator(mode="after")
    def _whole(self) -> "PerformanceScrutinised":
        if (self.decision == "amended") != (self.value is not None):
            raise ValueError("an amended decision has a value; agreed and rejected have none")
        return self


class MitigationRequested(Fact, Until):
    """The provider asks for relief over a range of periods."""

    fact: Literal["MitigationRequested"] = "MitigationRequested"
    kpi: Name
    first_period: PeriodText
    reason: Prose
    incident: Name | None = None


class MitigationGranted(Fact, Until):
    """Relief over a range of periods; without a last one, until ended."""

    fact: Literal["MitigationGranted"] = "MitigationGranted"
    kpi: Name
    first_period: PeriodText
    reason: Prose
    incident: Name | None = None


class MitigationRefused(Fact):
    """Relief over a range of periods is refused."""

    fact: Literal["MitigationRefused"] = "MitigationRefused"
    kpi: Name
    first_period: PeriodText
    last_period: PeriodText | None = None
    reason: Prose
    incident: Name | None = None


class MitigationEnded(Fact):
    """Every grant of a KPI then in force has its last period."""

    fact: Literal["MitigationEnded"] = "MitigationEnded"
    kpi: Name
    last_period: PeriodText
    reason: Prose


class MilestoneReached(Fact):
    """An event was reached on which the end of relief or of temporary targets hangs."""

    fact: Literal["MilestoneReached"] = "MilestoneReached"
    milestone: Name
    reached_on: Day


class EscalationRaised(Fact):
    """A formal dispute of a score, or of a refused mitigation."""

    fact: Literal["EscalationRaised"] = "EscalationRaised"
    ref: Name
    kpi: Name
    period: PeriodText
    against: Literal["score", "mitigation"]
    reason: Prose
    incident: Name | None = None


class EscalationDecided(Fact):
    """The outcome of a formal dispute."""

    fact: Literal["EscalationDecided"] = "EscalationDecided"
    ref: Name
    kpi: Name
    period: PeriodText
    outcome: Literal["upheld", "upheld_in_part", "dismissed", "withdrawn"]
    value: Amount | None = None
    status: Rated | None = None
    reason: Prose | None = None

    @model_validator(mode="after")
    def _whole(self) -> "EscalationDecided":
        if self.value is not None and self.status is not None:
            raise ValueError("give value or status, not both")
        if self.outcome in ("dismissed", "withdrawn") and (self.value is not None or self.status is not None):
            raise ValueError(f"an escalation that is {self.outcome} sets neither value nor status")
        return self


class CreditsSuspended(Fact):
    """Service credits are suspended, contract-wide, from a period until resumed."""

    fact: Literal["CreditsSuspended"] = "CreditsSuspended"
    first_period: PeriodText
    reason: Prose


class CreditsResumed(Fact):
    """Service credits apply again from a period on."""

    fact: Literal["CreditsResumed"] = "CreditsResumed"
    first_period: PeriodText
    reason: Prose


class ChargesSet(Fact):
    """The charges of a period, in pounds, from a period on."""

    fact: Literal["ChargesSet"] = "ChargesSet"
    first_period: PeriodText
    amount: Annotated[Amount, Field(ge=0)]


class FactVoided(Fact):
    """An earlier fact was recorded in error."""

    fact: Literal["FactVoided"] = "FactVoided"
    voids: Name
    reason: Prose


CellFact = PerformanceSubmitted | PerformanceScrutinised | EscalationRaised | EscalationDecided
MitigationFact = MitigationRequested | MitigationGranted | MitigationRefused
KpiFact = CellFact | MitigationFact | MitigationEnded | KpiDiscontinued | TargetRebased | MeasureRedefined
ContractFact = (
    WeightsSet | HistoryNotHeld | MilestoneReached | CreditsSuspended | CreditsResumed | ChargesSet | FactVoided
)
AnyUnmovingFact = AnyReportFact | AnyKeepingFact | AnyNoticeFact | AnyMeetingFact | AnyPlanFact | AnyMoneyFact
AnyFact = ContractRegistered | KpiIntroduced | KpiFact | ContractFact | AnyUnmovingFact

any_fact: TypeAdapter[AnyFact] = TypeAdapter(Annotated[AnyFact, Field(discriminator="fact")])
KINDS: dict[str, type[Fact]] = {kind.__name__: kind for kind in AnyFact.__args__}
_FIELDS_OF_KPI: dict[type[Fact], str] = {
    **{kind: "kpi" for kind in KINDS.values() if "kpi" in kind.model_fields},
    KpiIntroduced: "ref",
}


def kpi_of(fact: AnyFact) -> str | None:
    """Return the reference of the KPI that a fact is about; None if it is about no single one."""
    field = _FIELDS_OF_KPI.get(type(fact))
    return None if field is None else getattr(fact, field)


def standing_facts(facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Return the facts that are neither void nor voids."""
    void = {fact.voids for fact in facts if isinstance(fact, FactVoided)}
    return [fact for fact in facts if fact.id not in void and not isinstance(fact, FactVoided)]


def as_given(fact: AnyFact) -> dict[str, Any]:
    """Return a fact's fields as a line gives them: optional ones that are not set are left out."""
    fields = any_fact.dump_python(fact, mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {"fact": fact.kind, **fields}
