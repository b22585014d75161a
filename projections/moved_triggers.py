"""Triggers that are reached at one of two moments and not at the other, and the facts that did it. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.facts import CreditsResumed, CreditsSuspended, FactVoided
from ledger.period import Month, heading, shift
from ledger.recorded import Recorded
from ledger.values import EXACT, plain
from projections.abatement import PeriodTotal
from projections.movement import path
from projections.standing import Standing
from projections.table import Table, Text
from projections.triggers import TriggerState, trigger_states, window_of

Because = Mapping[tuple[str, Month], Sequence[str]]


@dataclass(frozen=True, slots=True)
class MovedTrigger:
    """A trigger in a period that is reached no more, or now; and the ids of the facts that moved its points."""

    before: TriggerState
    after: TriggerState
    because: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the trigger as JSON."""
        return {
            "name": self.after.trigger.name,
            "period": self.after.period,
            "before": {"points": plain(self.before.points), "reached": self.before.reached},
            "after": {"points": plain(self.after.points), "reached": self.after.reached},
            "because": list(self.because),
        }


def periods_triggering(standing: Standing, columns: Sequence[Month]) -> list[Month]:
    """Return the contract's periods whose points its triggers count in some columns; none without triggers."""
    scheme = standing.terms.scheme
    triggers = (scheme.triggers if scheme else None) or ()
    return sorted({each for trigger in triggers for column in columns for each in window_of(trigger, column, standing)})


def moved_triggers(
    standing: Standing, was: Mapping[Month, PeriodTotal], now: Mapping[Month, PeriodTotal], columns: Sequence[Month]
) -> list[MovedTrigger]:
    """Return the triggers that one of two sets of totals reaches, without their causes.

    Args:
        standing: the contract's standing facts, of either set.
        was: the totals of the first set, of all periods that the triggers count.
        now: those of the second.
        columns: the contract's periods to compare.
    """
    states = (trigger_states(standing, totals, columns) for totals in (was, now))
    return [MovedTrigger(*pair) for pair in zip(*states, strict=True) if pair[0].reached != pair[1].reached]


def movers(
    moved: MovedTrigger, standing: Standing, of_cells: Because, of_totals: Mapping[Month, Sequence[str]]
) -> Iterator[str]:
    """Yield the ids of the facts that moved a trigger's points, some more than once.

    Args:
        moved: the trigger.
        standing: the contract's standing facts.
        of_cells: the ids of the facts that moved each cell, by KPI and period.
        of_totals: the ids of the suspensions of credits, and what ended them, that moved each total.
    """
    sides = [_points(each) for each in (moved.before, moved.after)]
    length = standing.terms.frequency.months
    for kpi, column in sorted({*sides[0], *sides[1]}):
        if sides[0][kpi, column] != sides[1][kpi, column]:
            for more in range(length):
                yield from of_cells.get((kpi, shift(column, more)), ())
            yield from of_totals.get(column, ())


def _points(state: TriggerState) -> dict[tuple[str, Month], Decimal]:
    found: dict[tuple[str, Month], Decimal] = defaultdict(Decimal)
    for column, line in state.lines:
        found[line.kpi, column] = EXACT.add(found[line.kpi, column], line.cost.points)
    return found


def suspensions(before: Sequence[Recorded], after: Sequence[Recorded]) -> set[str]:
    """Return the ids of the facts between two sets that suspend credits, end that, or declare such a fact void."""
    by_id = {each.fact.id: each.fact for each in (*before, *after)}
    return {
        each.fact.id
        for each in path(before, after)
        if isinstance(
            by_id.get(each.fact.voids) if isinstance(each.fact, FactVoided) else each.fact,
            CreditsSuspended | CreditsResumed,
        )
    }


def trigger_table(moved: Sequence[MovedTrigger], standing: Standing) -> Table:
    """Return the triggers that are reached no more, or now."""
    return Table(
        title=f"Triggers that are reached no more, or now: {len(moved)}",
        columns=("Trigger", "Period", "Before", "After", "Because of"),
        rows=[
            (
                Text(each.after.trigger.name),
                Text(heading(each.after.period, standing.terms.frequency)),
                Text(each.before.in_words),
                Text(each.after.in_words),
                Text(", ".join(each.because)),
            )
            for each in moved
        ],
        fixed=2,
    )
