"""Rolling triggers: points within some of the contract's periods in a row that have a consequence. Reported, no more.

A trigger counts the points of each failing line before bands and caps. What is relieved, by a grant, a glide or a
suspension of credits, does not count where the terms say that relief lifts triggers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from ledger.levels import RELIEVED
from ledger.money_terms import Trigger
from ledger.period import Month, shift
from ledger.values import EXACT, plain
from projections.abatement import Line, PeriodTotal
from projections.standing import Standing

_RELIEVED = {status.value for status in RELIEVED}


@dataclass(frozen=True, slots=True)
class TriggerState:
    """A trigger in a period: the points of the periods that end with it, and which lines make them.

    `lines` are pairs of a period and a line that counts. `not_held` are the periods whose points are not known; they
    count as none.
    """

    trigger: Trigger
    period: Month
    points: Decimal
    provisional: bool
    lines: tuple[tuple[Month, Line], ...]
    not_held: tuple[Month, ...]

    @property
    def reached(self) -> bool:
        """Say whether the points are as many as the trigger asks for."""
        return self.points >= self.trigger.points

    @property
    def in_words(self) -> str:
        """Say whether it is reached, and by how many points."""
        return f"{'reached' if self.reached else 'not reached'}, {plain(self.points)} points"

    def document(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return {
            "period": self.period,
            "points": plain(self.points),
            "reached": self.reached,
            "provisional": self.provisional,
            "lines": [
                {"period": period, "kpi": line.kpi, "points": plain(line.cost.points), "facts": list(line.facts)}
                for period, line in self.lines
            ],
            "not_held": list(self.not_held),
        }


def window_of(trigger: Trigger, period: Month, standing: Standing) -> list[Month]:
    """Return the contract's periods that a trigger counts, up to a period."""
    length = standing.terms.frequency.months
    found = [shift(period, -length * back) for back in range(trigger.within - 1, -1, -1)]
    return [each for each in found if each >= standing.terms.commenced]


def trigger_states(
    standing: Standing, totals: Mapping[Month, PeriodTotal], columns: Sequence[Month]
) -> list[TriggerState]:
    """Return the state of each trigger of the terms in each of some periods.

    Args:
        standing: the contract's standing facts.
        totals: the totals of every period that the triggers count.
        columns: the contract's periods.
    """
    scheme = standing.terms.scheme
    triggers = (scheme.triggers if scheme else None) or ()
    return [_state(trigger, period, standing, totals) for trigger in triggers for period in columns]


def _state(trigger: Trigger, period: Month, standing: Standing, totals: Mapping[Month, PeriodTotal]) -> TriggerState:
    found = [totals.get(each, PeriodTotal(each)) for each in window_of(trigger, period, standing)]
    lines = tuple((total.period, line) for total in found for line in total.lines if _counts(line, total, standing))
    with localcontext(EXACT):
        points = sum((line.cost.points for _, line in lines), Decimal(0))
    not_held = tuple(total.period for total in found if total.net_points is None)
    return TriggerState(trigger, period, points, any(total.provisional for total in found), lines, not_held)


def _counts(line: Line, total: PeriodTotal, standing: Standing) -> bool:
    assert standing.terms.scheme is not None
    if not line.cost.points:
        return False
    relieved = line.status in _RELIEVED or total.suspended_by is not None
    return not relieved or not standing.terms.scheme.lifts("triggers")
