"""The statement of service credits by payment month: what is credited, capped, waived, adjusted and invoiced.

A period that is invoiced is shown as its invoice had it; what has moved since is an adjustment, posted with the next
invoice. A period not invoiced yet is shown as it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

from ledger.money_facts import CreditInvoiced, CreditWaived
from ledger.period import Month, periods
from ledger.recorded import Recorded
from ledger.values import EXACT, plain
from projections.abatement import PeriodTotal, amount
from projections.credits_tables import statement, tables_of
from projections.question import Question
from projections.settlement import NOTHING, Adjustment, Books, Net, Sight, Statement, open_period
from projections.settlement_causes import TriggerChange, because_of, trigger_changes
from projections.table import Table
from projections.terms import assumptions
from projections.triggers import TriggerState, trigger_states
from projections.undecided import undecided


@dataclass(frozen=True, slots=True)
class Posted:
    """An adjustment with the period it is posted in, the invoice that posted it if one has, and its causes."""

    adjustment: Adjustment
    posted_in: Month
    invoice: str | None
    because: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the adjustment as JSON."""
        return {
            "period": self.adjustment.period,
            "before": plain(self.adjustment.before),
            "after": plain(self.adjustment.after),
            "amount": plain(self.adjustment.amount),
            "posted_in": self.posted_in,
            "invoice": self.invoice,
            "because": list(self.because),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A period of the statement; amounts in pounds, None where they are not known or there are none.

    `invoiced` is the amount of the invoice whose last period this is, `difference` how much that is more than the
    ledger gave. `cumulative` is what was invoiced up to here, and payable where nothing was invoiced yet.
    """

    period: Month
    total: PeriodTotal
    net: Net
    provisional: bool
    waivers: tuple[CreditWaived, ...]
    adjustments: tuple[Posted, ...]
    invoice: CreditInvoiced | None
    invoiced: Decimal | None
    difference: Decimal | None
    payable: Decimal | None
    cumulative: Decimal

    @property
    def adjusted(self) -> Decimal:
        """Return what all adjustments posted in the period come to."""
        with localcontext(EXACT):
            return sum((each.adjustment.amount for each in self.adjustments), NOTHING)


class Credits:
    """The view: the statement, triggers, and what was shown of triggers and is otherwise now."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.standing = question.standing
        self.books = Books(question.history, question.columns[-1])
        self.sight = self.books.sight(question.moment.as_at, question.moment.position)

    @property
    def current(self) -> Month:
        """Return the period that adjustments are posted in now: that of the next invoice."""
        return open_period(self.standing)

    @cached_property
    def undecided(self) -> dict[Month, list[str]]:
        """Return the KPIs whose result is not in or not agreed, by the period shown that their points fall in."""
        return undecided(self.standing, [each for each in self.question.columns if self.standing.holds(each)])

    @cached_property
    def open_adjustments(self) -> tuple[Posted, ...]:
        """Return the adjustments that the next invoice is to post."""
        invoices = [each for each, _ in self.sight.invoices]
        return self._posted(self.books.adjustments(self.sight, invoices), self.sight, invoices, self.current, None)

    @cached_property
    def rows(self) -> list[Row]:
        """Return the periods that the view shows."""
        shown = set(self.question.columns)
        terms = self.standing.terms
        statements = {
            period: statement
            for recorded, _ in self.sight.invoices
            for statement in [self.books.statement(recorded)]
            for period in statement.own
        }
        found: list[Row] = []
        cumulative = NOTHING
        earliest = min([terms.commenced, *shown])
        for period in periods(earliest, self.question.columns[-1], terms.frequency):
            row = self._row(period, statements.get(period), cumulative, causes=period in shown)
            cumulative = row.cumulative
            found.append(row)
        return [row for row in found if row.period in shown]

    def _row(self, period: Month, statement: Statement | None, before: Decimal, *, causes: bool) -> Row:
        sight = statement.sight if statement else self.sight
        invoice = statement.invoice if statement else None
        net, difference = sight.net(period), None
        posted: tuple[Posted, ...] = ()
        if statement and invoice and period == invoice.last_period:
            difference = statement.difference
            posted = self._posted(
                statement.adjustments, sight, statement.earlier, period, invoice.invoice, causes=causes
            )
        elif statement is None and period == self.current:
            posted = self.open_adjustments
        with localcontext(EXACT):
            adjusted = sum((each.adjustment.amount for each in posted), NOTHING)
            payable = net.payable if net.payable is None and not adjusted else (net.payable or NOTHING) + adjusted
            cumulative = before + (payable or NOTHING) + (difference or NOTHING)
        return Row(
            period,
            sight.total(period),
            net,
            sight.provisional(period),
            tuple(fact for _, fact in sight.waivers(period)),
            posted,
            invoice,
            invoice.amount if invoice and period == invoice.last_period else None,
            difference,
            payable,
            cumulative,
        )

    def _posted(
        self,
        adjustments: tuple[Adjustment, ...],
        sight: Sight,
        earlier: Sequence[Recorded],
        period: Month,
        invoice: str | None,
        *,
        causes: bool = True,
    ) -> tuple[Posted, ...]:
        return tuple(
            Posted(each, period, invoice, because_of(each, sight, earlier, self.books) if causes else ())
            for each in adjustments
        )

    @cached_property
    def triggers(self) -> list[TriggerState]:
        """Return the state of each trigger in each period that the view shows."""
        return trigger_states(self.standing, self.sight.totals, self.question.columns)

    @cached_property
    def trigger_changes(self) -> list[TriggerChange]:
        """Return what reports and invoices showed of triggers and is otherwise now."""
        return trigger_changes(self.question, self.books)

    @cached_property
    def assumptions(self) -> list[str]:
        """Return what the statement rests on."""
        scheme = self.standing.terms.scheme
        found = assumptions(self.standing)
        if scheme and scheme.rolling_cap and self.standing.waivers:
            found.append("A credit that is waived counts in the rolling cap as if it were not.")
        if any(row.difference for row in self.rows):
            found.append("What an invoice credits beyond the ledger's figure counts for its last period.")
        if scheme and scheme.triggers:
            counts = "does not count" if scheme.lifts("triggers") else "counts"
            found.append(
                f"What is relieved, by a grant, a glide or a suspension of credits, {counts} towards triggers, which "
                "count points before bands and caps."
            )
        if any(state.not_held for state in self.triggers):
            found.append("The points of periods that are not held count as none towards triggers.")
        return found

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": [self._document(row) for row in self.rows],
            "open_adjustments": {
                "posted_in": self.current,
                "amount": plain(_sum(each.adjustment.amount for each in self.open_adjustments)),
                "adjustments": [each.document() for each in self.open_adjustments],
            },
            "triggers": [
                {
                    "name": trigger.name,
                    "points": plain(trigger.points),
                    "within": trigger.within,
                    "consequence": trigger.consequence,
                    "periods": [state.document() for state in self.triggers if state.trigger == trigger],
                }
                for trigger in (self.standing.terms.scheme and self.standing.terms.scheme.triggers) or ()
            ],
            "trigger_changes": [each.document() for each in self.trigger_changes],
            "assumptions": self.assumptions,
        }

    def _document(self, row: Row) -> dict[str, Any]:
        total = row.total
        return {
            "period": row.period,
            "gross_points": amount(total.gross_points),
            "relieved_points": amount(total.relieved_points),
            "net_points": amount(total.net_points),
            "charged_points": amount(total.charged_points),
            "credit_before_caps": amount(total.caps.before if total.caps else None),
            "cap_cut": amount(total.caps.cut if total.caps else None),
            "capped_by": total.caps.reached if total.caps else [],
            "service_credit": amount(row.net.credit),
            "waived": amount(row.net.waived),
            "waivers": [
                {"id": fact.id, "by": fact.by, "amount": amount(fact.amount), "reason": fact.reason}
                for fact in row.waivers
            ],
            "adjustments": [each.document() for each in row.adjustments],
            "net_payable": amount(row.payable),
            "invoice": row.invoice.invoice if row.invoice else None,
            "invoiced": amount(row.invoiced),
            "difference": amount(row.difference),
            "cumulative": plain(row.cumulative),
            "provisional": row.provisional,
        }

    def statement(self) -> Table:
        """Return the statement alone."""
        return statement(self)

    def tables(self) -> list[Table]:
        """Return the statement, adjustments, waivers, and triggers."""
        return tables_of(self)


def _sum(amounts: Any) -> Decimal:
    with localcontext(EXACT):
        return sum(amounts, NOTHING)
