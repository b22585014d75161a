"""One English sentence for each fact about money."""

from decimal import Decimal
from typing import assert_never

from ledger.money_facts import AnyMoneyFact, CreditInvoiced, CreditWaived
from ledger.period import Frequency, in_words


def settled(fact: AnyMoneyFact, frequency: Frequency) -> str:
    """Tell what a party did about money, as the rest of a sentence."""
    match fact:
        case CreditInvoiced():
            first, last = (in_words(each, frequency) for each in (fact.first_period, fact.last_period))
            of = first if first == last else f"{first} to {last}"
            return f"recorded that the invoice {fact.invoice} credits {_sterling(fact.amount)} for {of}"
        case CreditWaived():
            much = "the service credit" if fact.amount is None else f"{_sterling(fact.amount)} of the service credit"
            return f"waived {much} of {in_words(fact.period, frequency)}"
        case _:
            assert_never(fact)


def _sterling(amount: Decimal) -> str:
    """Write an amount as it was given."""
    return f"{'−' if amount < 0 else ''}£{abs(amount):,f}"
