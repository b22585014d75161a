"""Why what was invoiced or triggered is otherwise now: the facts between two moments that did it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.facts import FactVoided
from ledger.money_facts import CreditWaived
from ledger.period import Month, periods_within
from ledger.recorded import Recorded
from ledger.values import plain
from projections.diff import differences
from projections.movement import path
from projections.question import Question
from projections.settlement import Adjustment, Books, Sight
from projections.triggers import TriggerState, trigger_states, window_of


def because_of(adjustment: Adjustment, sight: Sight, earlier: Sequence[Recorded], books: Books) -> tuple[str, ...]:
    """Return the ids of the facts that make an adjustment.

    Args:
        adjustment: the adjustment, posted at a moment.
        sight: what counts at that moment.
        earlier: the invoices in its sight, but for that which posts it.
        books: the settlement of the contract.
    """
    period = adjustment.period
    covering = [each for each in earlier if period in books.statement(each).own]
    settled = [each for each in earlier if any(first.place <= each.place for first in covering)]
    last = max(settled, key=lambda each: each.place, default=None)
    then = books.statement(last).sight if last else None
    known = {last.position, *(each.position for each in books.statement(last).earlier)} if last else set()
    ids = [*_movers(then, sight, period)] if then else []
    for each in earlier:
        statement = books.statement(each)
        odd = statement.difference and statement.invoice.last_period == period
        if statement.given.get(period) and (each.position not in known or (each is last and odd)):
            ids.append(each.fact.id)
    ids += _voids_of_invoices(sight, period, books)
    return tuple(dict.fromkeys(ids))


def _movers(before: Sight, after: Sight, period: Month) -> Iterable[str]:
    """Return the facts that moved a period's credit, and those that waived some of it."""
    if before.total(period).service_credit != after.total(period).service_credit:
        for total in differences(before.facts, after.facts, [period]).totals:
            yield from total.because
    by_id = {each.fact.id: each.fact for each in [*before.facts, *after.facts]}
    for each in path(before.facts, after.facts):
        subject: Any = by_id.get(each.fact.voids) if isinstance(each.fact, FactVoided) else each.fact
        if isinstance(subject, CreditWaived) and subject.period == period:
            yield each.fact.id


def _voids_of_invoices(sight: Sight, period: Month, books: Books) -> list[str]:
    """Return the voids of invoices that gave something for a period."""
    void = {each.fact.voids: each.fact.id for each in sight.facts if isinstance(each.fact, FactVoided)}
    return [
        void[each.fact.id]
        for each in sight.facts
        if each.fact.id in void and each.fact.kind == "CreditInvoiced" and books.statement(each).given.get(period)
    ]


@dataclass(frozen=True, slots=True)
class TriggerChange:
    """A trigger that a report or an invoice showed reached, or not, and that is otherwise now."""

    kind: str
    shown_in: str
    as_at: date
    was: TriggerState
    now: TriggerState
    because: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {
            "trigger": self.now.trigger.name,
            "period": self.now.period,
            "shown_in": {"kind": self.kind, "name": self.shown_in, "as_at": self.as_at.isoformat()},
            "before": {"points": plain(self.was.points), "reached": self.was.reached},
            "after": {"points": plain(self.now.points), "reached": self.now.reached},
            "because": list(self.because),
        }


def trigger_changes(question: Question, books: Books) -> list[TriggerChange]:
    """Return the triggers that published reports and invoices showed otherwise than they are, with the causes."""
    standing = question.standing
    if standing.terms.scheme is None or not standing.terms.scheme.triggers:
        return []
    now = books.sight(question.moment.as_at, question.moment.position)
    shown = [
        ("report", each, report.report, report.as_at, report.first_period, report.last_period)
        for each, report in standing.reports
    ]
    shown += [
        ("invoice", each, invoice.invoice, invoice.dated, invoice.first_period, invoice.last_period)
        for each, invoice in standing.invoices
    ]
    found = []
    terms = standing.terms
    for kind, recorded, name, as_at, first, last in sorted(shown, key=lambda each: each[1].place):
        then = books.sight(as_at, recorded.position)
        if then.standing is None:
            continue
        columns = periods_within(max(first, terms.commenced), last, terms.commenced, terms.frequency)
        states = zip(
            trigger_states(then.standing, then.totals, columns),
            trigger_states(standing, now.totals, columns),
            strict=True,
        )
        found += [
            TriggerChange(kind, name, as_at, was, after, _why(question, then, after))
            for was, after in states
            if was.reached != after.reached
        ]
    return found


def _why(question: Question, then: Sight, state: TriggerState) -> tuple[str, ...]:
    """Return the facts that moved the points of the periods that a trigger counts, in the order they did."""
    columns = window_of(state.trigger, state.period, question.standing)
    moved = differences(then.facts, question.facts, columns)
    ids = {each for total in moved.totals for each in total.because}
    return tuple(each.fact.id for each in path(then.facts, question.facts) if each.fact.id in ids)
