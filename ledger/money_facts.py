"""The facts about the money that points become: credits invoiced, and credits waived. They move no cell and no total.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Annotated, Literal

from pydantic import Field

from ledger.fact import UnmovingFact
from ledger.values import Amount, Name, PeriodText, Prose


class MoneyFact(UnmovingFact):
    """What becomes of service credits; it moves none of them."""


class CreditInvoiced(MoneyFact):
    """An invoice, or its credit note, of a date gave the authority the credits of some of the contract's periods.

    `amount` is all that it credits, in pounds, differences of earlier periods included; it is below 0 where more is
    taken back than given.
    """

    fact: Literal["CreditInvoiced"] = "CreditInvoiced"
    invoice: Name
    first_period: PeriodText
    last_period: PeriodText
    amount: Amount


class CreditWaived(MoneyFact):
    """The authority gives up the credit of a period: an amount of it in pounds, or all of it."""

    fact: Literal["CreditWaived"] = "CreditWaived"
    period: PeriodText
    amount: Annotated[Amount, Field(gt=0)] | None = None
    reason: Prose


AnyMoneyFact = CreditInvoiced | CreditWaived
