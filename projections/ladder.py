"""What the status of each KPI asks for now, and how far it has gone: reasons, plans, warnings, termination."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger import calendar
from ledger.levels import RELIEVED, Status
from ledger.period import day_in_words, heading, last_day
from ledger.plan_facts import ProportionalityDecided, ReasonsGiven
from ledger.plans import Intervened, Managed, Plan, Roles, Suspended, managed
from projections.cells import Cell, overlapping
from projections.continuity import Limb
from projections.escalations import working_days_note
from projections.formal_warnings import Clock, clocks, days_of, stands, warning_table
from projections.indicative import applied_by, held_back, indicative
from projections.indicative import note as note_of_indicative
from projections.marks import late_notes
from projections.plans import roles_of
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.termination import Condition, condition_table, conditions
from projections.terms import management_assumptions

_MISSED = (Status.AMBER, Status.RED)
_SHOWN = (Status.GREEN, *_MISSED, *RELIEVED)
_ASKED = {
    "reasons": "the reasons",
    "proportionality": "a decision whether a plan is proportionate",
    "plan": "an action plan",
    "agreement": "agreement of the plan by both sides",
    "closing": "word on the plan, whose deadline has passed",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A KPI in a period: what its status asks for, and what has been done of that.

    `asks` are what is still wanting, of `reasons`, `proportionality`, `plan`, `agreement` and `closing`. `plans` are
    those about the KPI that are open, or are about this period, with their states.
    """

    kpi: KpiStanding
    cell: Cell
    held_back: bool
    applied_by: tuple[str, ...]
    asks: tuple[str, ...]
    reasons: tuple[ReasonsGiven, ...]
    proportionality: ProportionalityDecided | None
    plans: tuple[tuple[Plan, str], ...]

    def asked(self) -> str:
        """Say in words what is asked for now."""
        if self.cell.relieved:
            return "nothing: relieved"
        if self.cell.status not in _MISSED:
            return "nothing"
        if self.held_back:
            return "nothing: the targets are indicative"
        return "; ".join(_ASKED[each] for each in self.asks) or "nothing more"

    def document(self, standing: Standing) -> dict[str, Any]:
        """Return the rung as JSON."""
        introduced, decided = self.kpi.introduced, self.proportionality
        return {
            "kpi": introduced.ref,
            "service": introduced.service,
            "title": introduced.title,
            "period": self.cell.period,
            "status": self.cell.status.value,
            "provisional": self.cell.verdict.provisional,
            "indicative": indicative(standing, self.cell.period),
            "held_back": self.held_back,
            "applied_by": list(self.applied_by),
            "asks": list(self.asks),
            "reasons": [
                {"id": each.id, "dated": each.dated.isoformat(), "by": each.by, "reasons": each.reasons}
                for each in self.reasons
            ],
            "proportionality": decided
            and {
                "id": decided.id,
                "dated": decided.dated.isoformat(),
                "plan_required": decided.plan_required,
                "reason": decided.reason,
            },
            "plans": [{"plan": plan.proposed.plan, "state": state} for plan, state in self.plans],
        }

    def row(self) -> tuple[Text, ...]:
        """Return the rung as a row."""
        status = self.cell.status.value
        decided = self.proportionality
        words = STATUS_WORDS[status] + (" (provisional)" if self.cell.verdict.provisional else "")
        answer = "" if decided is None else "required: " if decided.plan_required else "not required: "
        return (
            Text(self.kpi.introduced.ref),
            Text(heading(self.cell.period, self.kpi.frequency)),
            Text(words, status),
            Text(self.asked()),
            Text("; ".join(f"{each.reasons} ({day_in_words(each.dated)})" for each in self.reasons)),
            Text(answer + decided.reason if decided else ""),
            Text(", ".join(f"{plan.proposed.plan} {state}" for plan, state in self.plans)),
        )


@dataclass(frozen=True, slots=True)
class Ladder:
    """The view, of all KPIs or of the one `only` names.

    `suggested` are the KPIs that fail continuously and have had no formal warning since that began.
    """

    question: Question
    only: str | None
    managed: Managed
    rungs: list[Rung]
    warnings: list[Clock]
    conditions: list[Condition]
    suggested: list[str]
    late: list[str]

    @property
    def _as_at(self) -> date:
        return self.question.moment.as_at

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        standing = self.question.standing
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "calendar": calendar.document(self._days()),
            "indicative_until": standing.terms.indicative_until,
            "rows": [each.document(standing) for each in self.rungs],
            "warnings": [each.document(self._as_at) for each in self.warnings],
            "warnings_suggested": self.suggested,
            "termination": [each.document() for each in self.conditions],
            "interventions": [_intervention_document(each) for each in self.managed.interventions.values()],
            "suspensions": [_suspension_document(each, self._as_at) for each in self.managed.suspensions],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self._notes(), 1)],
            "assumptions": management_assumptions(standing, self.only),
        }

    def tables(self) -> list[Table]:
        """Return what is asked for, the warnings, the condition, and what else is in force; not what is empty."""
        found = [self._rungs_table()]
        if self.warnings:
            found.append(warning_table(self.warnings, self._as_at))
        if self.conditions:
            found.append(condition_table(self.conditions, self._as_at))
        if self.managed.interventions or self.managed.suspensions:
            found.append(self._measures_table())
        found[-1] = replace(
            found[-1],
            notes=list(enumerate(self._notes(), 1)),
            assumptions=management_assumptions(self.question.standing, self.only),
        )
        return found

    def _rungs_table(self) -> Table:
        title = self.question.standing.terms.title
        return Table(
            title=f"{title}: what each KPI's status asks for, {self.question.span}, as at {day_in_words(self._as_at)}",
            columns=("KPI", "Period", "Status", "Asks now for", "Reasons given", "Plan proportionate", "Action plans"),
            rows=[each.row() for each in self.rungs],
            fixed=2,
        )

    def _measures_table(self) -> Table:
        rows = [
            (
                Text(f"Intervention {each.begun.intervention}"),
                Text(", ".join(each.begun.kpis) or "the contract"),
                Text(each.begun.consists_of),
                Text(day_in_words(each.begun.dated)),
                Text(day_in_words(each.ended.dated) if each.ended else ""),
                Text(each.begun.reason),
            )
            for each in self.managed.interventions.values()
        ]
        rows += [
            (
                Text("Suspension"),
                Text(f"lot {each.lot}" if each.lot else "the framework"),
                Text("in force" if each.in_force(self._as_at) else "not in force"),
                Text(day_in_words(each.suspended.suspended_from)),
                Text(day_in_words(each.reinstated.reinstated_from) if each.reinstated else ""),
                Text(each.suspended.reason),
            )
            for each in self.managed.suspensions
        ]
        return Table(
            title="Intensive intervention, and suspension from the framework",
            columns=("Measure", "Of", "What", "From", "To", "Reason"),
            rows=rows,
        )

    def _notes(self) -> list[str]:
        standing = self.question.standing
        found = []
        if any(indicative(standing, rung.cell.period) for rung in self.rungs):
            held = "What a miss asks for is held back, unless it was decided that it applies."
            found.append(f"{note_of_indicative(standing)} {held}")
        found += [
            f"{each.introduced.ref} fails continuously, and no formal warning has been issued since that began."
            for each in (standing.kpis[ref] for ref in self.suggested)
        ]
        found += [each.sentence() for each in self.conditions if each.whole is not Limb.NOT_MET]
        if self.conditions:
            found.append(self._rule())
        if days_of(self.warnings):
            found.append(working_days_note(self._days()))
        return [*found, *self.late]

    def _rule(self) -> str:
        """Say how red periods are counted."""
        terms = self.conditions[0].terms
        relieved = "ends a run" if terms.relieved_in_failure == "ends" else "leaves a run as it was"
        of = "the KPIs it is about" if terms.failed_plan_counts_for == "kpi" else "every KPI"
        return (
            f"Red periods in a row are counted up to the last that is decided. A relieved period {relieved}; one that "
            f"is not held ends it. An agreed plan that failed counts for {of}. Whether to terminate is for the "
            "authority to decide."
        )

    def _days(self) -> list[date]:
        return [self._as_at, *days_of(self.warnings)]


def _intervention_document(each: Intervened) -> dict[str, Any]:
    return {
        "intervention": each.begun.intervention,
        "kpis": list(each.begun.kpis),
        "consists_of": each.begun.consists_of,
        "reason": each.begun.reason,
        "begun_on": each.begun.dated.isoformat(),
        "ended_on": each.ended.dated.isoformat() if each.ended else None,
        "facts": [fact.id for fact in (each.begun, each.ended) if fact],
    }


def _suspension_document(each: Suspended, as_at: date) -> dict[str, Any]:
    return {
        "lot": each.lot,
        "reason": each.suspended.reason,
        "suspended_from": each.suspended.suspended_from.isoformat(),
        "reinstated_from": each.reinstated.reinstated_from.isoformat() if each.reinstated else None,
        "in_force": each.in_force(as_at),
        "facts": [fact.id for fact in (each.suspended, each.reinstated) if fact],
    }


def ladder(question: Question, only: str | None = None) -> Ladder:
    """Answer what the status of each KPI asks for, in each period shown that missed and in the latest that is rated.

    Raises:
        BadInput: if `only` is no KPI of the contract.
    """
    standing, as_at = question.standing, question.moment.as_at
    asked = standing.in_order() if only is None else [question.kpi(only)]
    found, roles = managed(standing.plans), roles_of(standing)
    warnings = [
        each
        for each in clocks(found, standing.terms.management, roles)
        if only is None or only in each.warned.issued.kpis
    ]
    its = [each for each in conditions(standing, found, as_at) if each.kpi in asked]
    rungs = [
        _rung(standing, kpi, cell, found, roles, as_at)
        for kpi in asked
        if kpi.levels and not kpi.introduced.reserved
        for cell in _asking(overlapping(standing, kpi, question.columns[0], question.last_month))
    ]
    suggested = [
        each.kpi.introduced.ref for each in its if each.failure.limb is Limb.MET and not _warned(each, warnings)
    ]
    return Ladder(question, only, found, rungs, warnings, its, suggested, late_notes(question))


def _asking(shown: Iterable[Cell]) -> list[Cell]:
    """Return the cells that missed, and the latest that is rated or relieved."""
    rated = [cell for cell in shown if cell.status in _SHOWN]
    return [cell for cell in rated if cell.status in _MISSED or cell is rated[-1]]


def _warned(condition: Condition, warnings: Sequence[Clock]) -> bool:
    """Say whether a warning that stands was issued of a KPI since its run of red periods was first over."""
    since = last_day(condition.failure.red[0], condition.kpi.frequency)
    issued = [each.warned.issued for each in warnings if stands(each)]
    return any(condition.kpi.introduced.ref in each.kpis and each.dated > since for each in issued)


def _rung(standing: Standing, kpi: KpiStanding, cell: Cell, found: Managed, roles: Roles, as_at: date) -> Rung:
    ref, period = kpi.introduced.ref, cell.period
    reasons = tuple(
        fact for fact in standing.plans if isinstance(fact, ReasonsGiven) and (fact.kpi, fact.period) == (ref, period)
    )
    decisions = [
        fact
        for fact in standing.plans
        if isinstance(fact, ProportionalityDecided) and (fact.kpi, fact.period) == (ref, period)
    ]
    plans = tuple(
        (plan, plan.state(as_at, roles))
        for plan in found.plans.values()
        if ref in plan.proposed.kpis and (plan.closed is None or plan.proposed.period == period)
    )
    rung = Rung(
        kpi=kpi,
        cell=cell,
        held_back=held_back(standing, ref, period),
        applied_by=tuple(applied_by(standing, ref, period)) if indicative(standing, period) else (),
        asks=(),
        reasons=reasons,
        proportionality=decisions[-1] if decisions else None,
        plans=plans,
    )
    return replace(rung, asks=tuple(_asks(rung, standing)))


def _asks(rung: Rung, standing: Standing) -> Iterable[str]:
    """Yield what is still wanting of what a miss asks for."""
    terms = standing.terms.management
    if rung.cell.status not in _MISSED or rung.held_back:
        return
    asks = terms is not None and terms.amber_asks_for_reasons
    if asks and not rung.reasons:
        yield "reasons"
    decided, states = rung.proportionality, [state for _, state in rung.plans]
    if asks and decided is None and not states:
        yield "proportionality"
    if decided is not None and decided.plan_required and not states:
        yield "plan"
    if "proposed" in states:
        yield "agreement"
    if "overdue" in states:
        yield "closing"
