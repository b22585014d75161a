"""The condition on which the authority may terminate: both of its limbs, KPI by KPI. It is reported, never decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.parts import Management
from ledger.period import Month, day_in_words, heading, last_day
from ledger.plans import Managed, Plan, Roles
from projections.cells import Cell, cells
from projections.continuity import Continuity, Ended, Limb, continuity
from projections.indicative import held_back
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text

LIMB_WORDS = {Limb.MET: "met", Limb.NOT_MET: "not met", Limb.OPEN: "open"}


@dataclass(frozen=True, slots=True)
class Condition:
    """How the condition stands for one KPI: continuous failure, and an agreed plan that has failed.

    `failed` are the agreed plans that were closed as failed, `overdue` those whose deadline has passed and of which
    nobody has said what became. `facts` are the ids of those the red periods rest on.
    """

    kpi: KpiStanding
    terms: Management
    as_at: date
    failure: Continuity
    failed: tuple[Plan, ...]
    overdue: tuple[Plan, ...]
    facts: tuple[str, ...]

    @property
    def plan_limb(self) -> Limb:
        """Say whether an agreed plan has failed; one that is overdue leaves that open."""
        if self.failed:
            return Limb.MET
        return Limb.OPEN if self.overdue else Limb.NOT_MET

    @property
    def whole(self) -> Limb:
        """Say whether both limbs are met."""
        both = (self.failure.limb, self.plan_limb)
        if Limb.NOT_MET in both:
            return Limb.NOT_MET
        return Limb.OPEN if Limb.OPEN in both else Limb.MET

    @property
    def named(self) -> str:
        """Name the condition."""
        of = self.terms.termination_clause
        return f"the condition of {of}" if of else "the condition for termination"

    def sentence(self) -> str:
        """Say how the condition stands, and that no more is said than that."""
        told = f"{self.named[0].upper()}{self.named[1:]} is {LIMB_WORDS[self.whole]} as at {day_in_words(self.as_at)}"
        return f"{told} for {self.kpi.introduced.ref}."

    def failure_in_words(self) -> str:
        """Say how the first limb stands, and in which periods."""
        failure = self.failure
        number = len(failure.red)
        told = f"{LIMB_WORDS[failure.limb]}: {number} of {failure.needed} periods in a row red"
        told += f" ({', '.join(map(self._period, failure.red))})" if failure.red else ""
        hangs = ", ".join(map(self._period, failure.hangs_on))
        return f"{told}; undecided: {hangs}" if hangs else told

    def plans_in_words(self) -> str:
        """Say how the second limb stands, and by which plans."""
        named = [f"{each.proposed.plan} failed" for each in self.failed]
        named += [f"{each.proposed.plan} overdue, and not closed" for each in self.overdue]
        return f"{LIMB_WORDS[self.plan_limb]}: {', '.join(named) or 'no agreed plan has failed'}"

    def document(self) -> dict[str, Any]:
        """Return the condition as JSON."""
        failure = self.failure
        return {
            "kpi": self.kpi.introduced.ref,
            "clause": self.terms.termination_clause,
            "condition": self.whole.value,
            "continuous_failure": {
                "state": failure.limb.value,
                "needed": failure.needed,
                "red": list(failure.red),
                "undecided": list(failure.hangs_on),
                "facts": list(self.facts),
            },
            "failed_plan": {
                "state": self.plan_limb.value,
                "failed": [each.proposed.plan for each in self.failed],
                "overdue": [each.proposed.plan for each in self.overdue],
                "facts": [each.closed.id for each in self.failed if each.closed],
            },
            "sentence": self.sentence(),
        }

    def _period(self, period: Month) -> str:
        return heading(period, self.kpi.frequency)


def conditions(standing: Standing, managed: Managed, as_at: date) -> list[Condition]:
    """Return how the condition stands for each KPI that is judged; none where the contract sets no such condition.

    A period that is not over as at the date does not count.
    """
    terms = standing.terms.management
    if terms is None or terms.continuous_failure_periods is None:
        return []
    roles: Roles = {party.code: party.role for party in standing.terms.parties}
    judged = (kpi for kpi in standing.in_order() if kpi.levels and not kpi.introduced.reserved)
    return [_condition(standing, kpi, terms, managed.plans.values(), roles, as_at) for kpi in judged]


def _condition(
    standing: Standing, kpi: KpiStanding, terms: Management, plans: Iterable[Plan], roles: Roles, as_at: date
) -> Condition:
    ref = kpi.introduced.ref
    over = [cell for cell in cells(standing, kpi, f"{as_at:%Y-%m}") if last_day(cell.period, kpi.frequency) < as_at]
    ended = [_ended(standing, cell) for cell in over]
    assert terms.continuous_failure_periods is not None
    failure = continuity(terms.continuous_failure_periods, terms.relieved_in_failure, ended)
    counting = [each for each in plans if terms.failed_plan_counts_for == "contract" or ref in each.proposed.kpis]
    return Condition(
        kpi=kpi,
        terms=terms,
        as_at=as_at,
        failure=failure,
        failed=tuple(each for each in counting if each.failed(roles)),
        overdue=tuple(each for each in counting if each.state(as_at, roles) == "overdue"),
        facts=tuple(fact for cell in over if cell.period in failure.red for fact in cell.verdict.facts),
    )


def _ended(standing: Standing, cell: Cell) -> Ended:
    back = held_back(standing, cell.kpi, cell.period)
    return Ended(cell.period, cell.status, cell.verdict.provisional, back)


def condition_table(found: list[Condition], as_at: date) -> Table:
    """Return the condition, KPI by KPI, as a table."""
    named = found[0].named if found else "the condition for termination"
    return Table(
        title=f"{named[0].upper()}{named[1:]}, as at {day_in_words(as_at)}: reported, not decided",
        columns=("KPI", "Continuous failure", "A failed action plan", "Both"),
        rows=[
            (
                Text(each.kpi.introduced.ref),
                Text(each.failure_in_words()),
                Text(each.plans_in_words()),
                Text(LIMB_WORDS[each.whole]),
            )
            for each in found
        ],
    )
