"""How credits are settled: what each invoice gave for which period, and what is still to be posted.

An invoice is judged as at its own date, from the facts that the ledger had taken when it took the invoice. It gives the
credits of its own periods, less what is waived, and posts what has moved since in periods invoiced before. So what was
invoiced is never edited: a difference is posted with the next invoice. What an invoice credits beyond that sum counts
for its last period. Whatever the order in which facts come, what was invoiced and what is still to be posted add up to
the credits of the periods invoiced, as they are now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property

from ledger.money_facts import CreditInvoiced, CreditWaived
from ledger.period import Frequency, Month, following, periods, shift
from ledger.recorded import Recorded
from ledger.values import EXACT
from projections.abatement import PeriodTotal
from projections.moment import counting
from projections.moving_totals import MovingTotals
from projections.standing import Standing, stand

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Net:
    """What is left of a period's credit after waivers, in pounds; None where the credit is not known."""

    credit: Decimal | None
    waived: Decimal | None
    payable: Decimal | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The difference of a period invoiced before: what was invoiced for it, and what it comes to now."""

    period: Month
    before: Decimal
    after: Decimal

    @property
    def amount(self) -> Decimal:
        """Return what is to be posted, in pounds; below 0 where too much was credited."""
        return EXACT.subtract(self.after, self.before)


class Sight:
    """What the facts that counted at a moment say of money."""

    def __init__(self, facts: list[Recorded], moving: MovingTotals, last: Month) -> None:
        self.facts = facts
        self.standing = stand(facts)
        self._moving = moving
        self._last = last

    @cached_property
    def totals(self) -> dict[Month, PeriodTotal]:
        """Return the totals of every period from the contract's first on; none where it has no points."""
        if self.standing is None:
            return {}
        columns = periods(self.standing.terms.commenced, self._last, self.standing.terms.frequency)
        return self._moving.of(self.facts, self.standing, columns)

    @property
    def invoices(self) -> list[tuple[Recorded, CreditInvoiced]]:
        """Return the invoices that stand, by (dated, position)."""
        return self.standing.invoices if self.standing else []

    def covered(self, invoice: CreditInvoiced) -> list[Month]:
        """Return the periods that an invoice is for."""
        assert self.standing is not None
        return periods(invoice.first_period, invoice.last_period, self.standing.terms.frequency)

    def total(self, period: Month) -> PeriodTotal:
        """Return a period's total."""
        return self.totals.get(period, PeriodTotal(period))

    def waivers(self, period: Month) -> list[tuple[Recorded, CreditWaived]]:
        """Return the waivers of a period's credit that stand."""
        return [each for each in (self.standing.waivers if self.standing else []) if each[1].period == period]

    def net(self, period: Month) -> Net:
        """Return what is left of a period's credit: waivers take off no more than there is."""
        credit = self.total(period).service_credit
        if credit is None:
            return Net(None, None, None)
        amounts = [fact.amount for _, fact in self.waivers(period)]
        with localcontext(EXACT):
            whole = any(each is None for each in amounts)
            waived = credit if whole else min(credit, sum((each for each in amounts if each is not None), NOTHING))
            return Net(credit, waived, credit - waived)

    def provisional(self, period: Month) -> bool:
        """Say whether a period's credit may still move by what is undecided, through the rolling cap too."""
        return self.total(period).movable


@dataclass(frozen=True)
class Statement:
    """What an invoice gave, by the ledger as it was then.

    `earlier` are the other invoices in its sight; `own` its periods; `given` what it gave for each period in all, which
    adds up to its amount; `difference` how much that is more than the ledger gave.
    """

    recorded: Recorded
    invoice: CreditInvoiced
    sight: Sight
    earlier: tuple[Recorded, ...]
    own: tuple[Month, ...]
    adjustments: tuple[Adjustment, ...]
    difference: Decimal
    given: Mapping[Month, Decimal]

    @property
    def ledger_amount(self) -> Decimal:
        """Return what the ledger gave, in pounds: the credits of its periods, and the adjustments."""
        return EXACT.subtract(self.invoice.amount, self.difference)


class Books:
    """The settlement of a contract's credits at any moment of its history."""

    def __init__(self, history: Sequence[Recorded], last: Month) -> None:
        """Take what is settled.

        Args:
            history: the contract's facts, in order of position.
            last: the last of the contract's periods that will be asked for.
        """
        self._history = history
        self._invoices = [(each, each.fact) for each in history if isinstance(each.fact, CreditInvoiced)]
        self._last = max([last, *(fact.last_period for _, fact in self._invoices)])
        self._moving = MovingTotals(history, shift(self._last, Frequency.ANNUAL.months - 1))
        self._sights: dict[tuple[date, int], Sight] = {}
        self._statements: dict[int, Statement] = {}

    def sight(self, as_at: date, position: int) -> Sight:
        """Return what the facts that count at a moment say."""
        if (as_at, position) not in self._sights:
            facts = counting(self._history, as_at, position)
            self._sights[as_at, position] = Sight(facts, self._moving, self._last)
        return self._sights[as_at, position]

    def statement(self, recorded: Recorded) -> Statement:
        """Return what an invoice gave, by the ledger as it was when it took the invoice."""
        if recorded.position in self._statements:
            return self._statements[recorded.position]
        for each, invoice in self._invoices:  # by position, so that each finds those before it
            if each.position <= recorded.position and each.position not in self._statements:
                self._statements[each.position] = self._state(each, invoice)
        return self._statements[recorded.position]

    def _state(self, recorded: Recorded, invoice: CreditInvoiced) -> Statement:
        sight = self.sight(invoice.dated, recorded.position)
        earlier = tuple(each for each, _ in sight.invoices if each.position != recorded.position)
        adjustments = self.adjustments(sight, earlier)
        own = tuple(sight.covered(invoice)) if sight.standing else ()
        given: dict[Month, Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for adjustment in adjustments:
                given[adjustment.period] += adjustment.amount
            for period in own:
                given[period] += sight.net(period).payable or NOTHING
            difference = invoice.amount - sum(given.values(), NOTHING)
            given[invoice.last_period] += difference
        return Statement(recorded, invoice, sight, earlier, own, adjustments, difference, given)

    def invoiced(self, invoices: Sequence[Recorded]) -> dict[Month, Decimal]:
        """Return what some invoices gave for each period in all."""
        given: dict[Month, Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for recorded in invoices:
                for period, amount in self.statement(recorded).given.items():
                    given[period] += amount
        return given

    def adjustments(self, sight: Sight, invoices: Sequence[Recorded]) -> tuple[Adjustment, ...]:
        """Return the differences of periods that some invoices gave something for, those there are.

        A period that none of them covers, because its invoice was void, comes to nothing until it is invoiced again.
        One whose credit is no longer known is left as it was invoiced.
        """
        given = self.invoiced(invoices)
        covered = {period for each in invoices for period in self.statement(each).own}
        found = []
        for period in sorted({*given, *covered}):
            now = sight.net(period).payable if period in covered else NOTHING
            adjustment = Adjustment(
                period, given.get(period, NOTHING), given.get(period, NOTHING) if now is None else now
            )
            if adjustment.amount:
                found.append(adjustment)
        return tuple(found)


def open_period(standing: Standing) -> Month:
    """Return the period of the next invoice: that after the last invoiced, else the first that is held."""
    invoiced = [fact.last_period for _, fact in standing.invoices]
    if not invoiced:
        return standing.terms.held_from
    return following(max(invoiced), standing.terms.frequency)
