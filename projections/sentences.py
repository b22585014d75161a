"""One English sentence for each kind of fact: for the trail, for notes and for failing tests."""

from collections.abc import Mapping
from typing import assert_never

from ledger.contract import level_of_rebase
from ledger.fact import UnmovingFact
from ledger.facts import (
    AnyFact,
    AnyUnmovingFact,
    ChargesSet,
    ContractFact,
    ContractRegistered,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    EscalationRaised,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiFact,
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
from ledger.keeping_facts import AnyKeepingFact, KeepingFact, KeyRegistered, KeyRevoked, TextErased
from ledger.levels import Level
from ledger.meeting_facts import MeetingFact
from ledger.money_facts import MoneyFact
from ledger.notice_facts import NoticeFact
from ledger.parts import Until, level_of_step
from ledger.period import Frequency, Month, day_in_words, in_words
from ledger.plan_facts import PlanFact
from ledger.report_facts import (
    ActionAssigned,
    ActionCompleted,
    AnyReportFact,
    BoardResolved,
    CommentaryWritten,
    CountsReported,
    FailureExplained,
    FindingRecorded,
    IncidentRecorded,
    ProjectReported,
    ReportCorrected,
    ReportFact,
    ReportPublished,
)
from ledger.values import plain
from projections.meeting_sentences import monitored
from projections.money_sentences import settled
from projections.notice_sentences import noticed
from projections.plan_sentences import managed


class Teller:
    """Tells facts of one contract: it knows the names of the parties and how long periods are."""

    def __init__(self, parties: Mapping[str, str], frequencies: Mapping[str, Frequency], standing: Frequency) -> None:
        self._parties = parties
        self._frequencies = frequencies
        self._standing = standing

    def sentence(self, fact: AnyFact) -> str:
        """Return the sentence that tells a fact: when, who, what and why."""
        party, _, person = fact.by.partition("/")
        behind = [person] if person else []
        behind += [f"approved by {self._approver(fact.approved_by, party)}"] if fact.approved_by else []
        who = self._parties.get(party, party) + (f" ({', '.join(behind)})" if behind else "")
        why = _because(getattr(fact, "reason", None))
        why += f" (incident {incident})" if (incident := getattr(fact, "incident", None)) and why else ""
        return f"On {day_in_words(fact.dated)} {who} {self._did(fact)}{why}."

    def _approver(self, approved_by: str, party: str) -> str:
        """Name who approved a fact: the person, and the party too where it is another than made it."""
        own, _, person = approved_by.partition("/")
        return person if person and own == party else f"{person} of {self._parties.get(own, own)}".removeprefix(" of ")

    def _did(self, fact: AnyFact) -> str:
        if isinstance(fact, UnmovingFact):
            return self._did_beside_the_cells(fact)
        if isinstance(fact, ContractFact):
            return self._did_to_contract(fact)
        if isinstance(fact, ContractRegistered):
            held = in_words(fact.held_from, fact.frequency)
            return f"registered the contract {fact.title}{_under(fact)}; its history is held from {held}"
        if isinstance(fact, KpiIntroduced):
            return _introduced(fact, self._frequencies.get(fact.ref, self._standing))
        return self._did_to_kpi(fact)

    def _did_beside_the_cells(self, fact: AnyUnmovingFact) -> str:
        match fact:
            case ReportFact():
                return self._reported(fact)
            case KeepingFact():
                return _kept(fact)
            case NoticeFact():
                return noticed(fact, self._period)
            case MoneyFact():
                return settled(fact, self._standing)
            case MeetingFact():
                return monitored(fact, self._parties, self._cell)
            case PlanFact():
                return managed(fact, self._period)
            case _:
                assert_never(fact)

    def _did_to_kpi(self, fact: KpiFact) -> str:
        match fact:
            case PerformanceSubmitted():
                return f"submitted {_returned(fact)} for {self._cell(fact.kpi, fact.period)}"
            case PerformanceScrutinised():
                return self._scrutinised(fact)
            case MitigationRequested():
                return f"asked for mitigation of {fact.kpi} {self._range(fact)}"
            case MitigationGranted():
                return f"granted mitigation of {fact.kpi} {self._range(fact)}"
            case MitigationRefused():
                return f"refused mitigation of {fact.kpi} {self._range(fact)}"
            case MitigationEnded():
                last = self._period(fact.kpi, fact.last_period)
                return f"ended the mitigation of {fact.kpi}, its last period being {last}"
            case EscalationRaised():
                disputed = "the score" if fact.against == "score" else "the refused mitigation"
                return f"raised escalation {fact.ref}, disputing {disputed} of {self._cell(fact.kpi, fact.period)}"
            case EscalationDecided():
                return self._decided(fact)
            case TargetRebased():
                return f"rebased {fact.kpi} to {_levels(fact)} {self._range(fact)}"
            case KpiDiscontinued():
                return f"discontinued {fact.kpi}, its last period being {self._period(fact.kpi, fact.last_period)}"
            case MeasureRedefined():
                since = self._period(fact.kpi, fact.first_period)
                return f"redefined the measure of {fact.kpi} from {since} on ({fact.change.rstrip('. ')})"
            case _:
                assert_never(fact)

    def _did_to_contract(self, fact: ContractFact) -> str:
        match fact:
            case FactVoided():
                return f"declared {fact.voids} void, recorded in error"
            case MilestoneReached():
                return f"recorded that the milestone {fact.milestone} was reached on {day_in_words(fact.reached_on)}"
            case WeightsSet():
                dealt = ", ".join(f"{kpi} {plain(points)}" for kpi, points in fact.weights.items())
                return f"set weights from {in_words(fact.first_period, self._standing)}: {dealt}"
            case HistoryNotHeld():
                return f"declared that no records are held {self._range(fact)}"
            case CreditsSuspended():
                return f"suspended service credits from {in_words(fact.first_period, self._standing)}"
            case CreditsResumed():
                return f"resumed service credits from {in_words(fact.first_period, self._standing)}"
            case ChargesSet():
                return f"set the charges from {in_words(fact.first_period, self._standing)} at £{fact.amount:,f}"
            case _:
                assert_never(fact)

    def _reported(self, fact: AnyReportFact) -> str:
        match fact:
            case ReportPublished():
                instead = f" in place of {fact.reissues}" if fact.reissues else ""
                return f"published the report {fact.report}{instead}, {fact.title}, as at {day_in_words(fact.as_at)}"
            case ReportCorrected():
                table = f"table {fact.table}" if fact.table[0].isdecimal() else fact.table
                where = f"{fact.row}, {in_words(fact.period, self._standing)}, in {table} of {fact.report}"
                return f"corrected {where}, from {fact.printed} to {fact.corrected}"
            case FailureExplained():
                first, last = (self._period(fact.kpi, each) for each in (fact.first_period, fact.last_period))
                span = first if first == last else f"{first} to {last}"
                return f"explained the failure of {fact.kpi}, {span} (effect: {fact.effect.rstrip('. ')})"
            case CountsReported():
                of = f"{fact.series}, {fact.category}, {in_words(fact.period, Frequency.MONTHLY)}"
                return (
                    f"reported {of}: {fact.received} received, {fact.resolved} resolved, {fact.outstanding} outstanding"
                )
            case ProjectReported():
                return f"reported the project {fact.project}: {fact.status}, expected {fact.expected}"
            case CommentaryWritten():
                return f"commented on {fact.service or 'the contract'} ({fact.text.rstrip('. ')})"
            case IncidentRecorded():
                return (
                    f"recorded the incident {fact.incident}, {fact.title}, which began on {day_in_words(fact.began_on)}"
                )
            case BoardResolved():
                met = day_in_words(fact.meeting_on)
                return f"recorded what the board resolved at its meeting of {met} ({fact.resolution.rstrip('. ')})"
            case ActionAssigned():
                due = day_in_words(fact.due_on) if fact.due_on else fact.due
                by = f", due {due}" if due else ""
                return f"recorded the action {fact.action} for {fact.owner}{by} ({fact.task.rstrip('. ')})"
            case ActionCompleted():
                return f"recorded that the action {fact.action} is done ({fact.outcome.rstrip('. ')})"
            case FindingRecorded():
                where = f"{fact.document}, {fact.place}"
                return f"recorded a finding on {where}: it prints {fact.printed}, against {fact.found}"
            case _:
                assert_never(fact)

    def _scrutinised(self, fact: PerformanceScrutinised) -> str:
        cell = self._cell(fact.kpi, fact.period)
        match fact.decision:
            case "agreed":
                return f"agreed the return of {cell}"
            case "rejected":
                return f"rejected the return of {cell}: data not available"
            case "amended":
                return f"amended the return of {cell} to {fact.value:f}"

    def _decided(self, fact: EscalationDecided) -> str:
        cell = self._cell(fact.kpi, fact.period)
        how = fact.outcome.replace("_", " ")
        result = (
            f", setting {fact.value:f}"
            if fact.value is not None
            else f", setting it {fact.status}"
            if fact.status
            else ""
        )
        return f"recorded that escalation {fact.ref} of {cell} was {how}{result}"

    def _period(self, kpi: str, period: Month) -> str:
        return in_words(period, self._frequencies.get(kpi, self._standing))

    def _cell(self, kpi: str, period: Month) -> str:
        return f"{kpi}, {self._period(kpi, period)}"

    def _range(
        self,
        fact: MitigationRequested | MitigationGranted | MitigationRefused | TargetRebased | HistoryNotHeld,
    ) -> str:
        kpi = getattr(fact, "kpi", "")
        first = self._period(kpi, fact.first_period)
        if isinstance(fact, Until) and fact.until_milestone is not None:
            more = f" and {fact.plus_months} months more" if fact.plus_months else ""
            return f"from {first} until the milestone {fact.until_milestone}{more}"
        if fact.last_period is None:
            return f"from {first} on" if isinstance(fact, TargetRebased) else f"from {first} until ended"
        if fact.last_period == fact.first_period:
            return f"for {first}"
        return f"from {first} to {self._period(kpi, fact.last_period)}"


def _kept(fact: AnyKeepingFact) -> str:
    match fact:
        case TextErased():
            of = ", ".join(f"{' and '.join(each.fields)} of {each.id}" for each in fact.erases)
            return f"had text erased on request: {of}"
        case KeyRegistered():
            return f"registered the key {fact.key_id}, with which {fact.holder} signs"
        case KeyRevoked():
            return f"revoked the key {fact.key}"
        case _:
            assert_never(fact)


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('. ')}" if reason else ""


def _returned(fact: PerformanceSubmitted) -> str:
    if fact.components is not None:
        given = ", ".join(f"{name} = {amount:f}" for name, amount in fact.components.items())
        return given if fact.value is None else f"{given}, stating {fact.value:f},"
    if fact.value is not None:
        return f"{fact.value:f}"
    if fact.status is not None:
        return f'the status "{fact.status}", published without its value,'
    return "word that no data is available"


def _levels(fact: TargetRebased) -> str:
    level = level_of_rebase(fact, None, ())
    return level.in_words() + _stretch(level)


def _stretch(level: Level) -> str:
    return f", stretch {level.stretch}" if level.stretch is not None else ""


def _under(fact: ContractRegistered) -> str:
    """Say under which framework a contract is, and for which of its lots."""
    if fact.framework is None:
        return ""
    lots = f", for {', '.join(f'{lot.code} ({lot.title})' for lot in fact.lots)}" if fact.lots else ""
    return f" under the framework {fact.framework.title}{lots}"


def _introduced(fact: KpiIntroduced, frequency: Frequency) -> str:
    if fact.reserved or fact.first_period is None:
        return f"reserved the reference {fact.ref}, which is not in use"
    begins = in_words(fact.first_period, frequency)
    steps = fact.steps
    if not steps:
        return f"introduced {fact.ref} from {begins} as information: {fact.title}"
    first = steps[0]
    level = level_of_step(first, None, (), fact.id)
    levels = level.in_words() + _stretch(level)
    more = len(steps) - 1
    later = f", with {more} later {'step' if more == 1 else 'steps'}" if more else ""
    better = f", {fact.better} is better" if fact.better else ""
    since = "" if first.first_period == fact.first_period else f" from {in_words(first.first_period, frequency)}"
    return f"introduced {fact.ref} from {begins} at {levels}{since}{later}{better}: {fact.title}"
