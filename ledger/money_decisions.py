"""Which facts about money are impossible, and which are odd. Pure.

What a credit comes to is no matter of a decision: points may still move after an invoice, and the difference is then
posted with the next. So an invoice or a waiver is never refused for its amount.
"""

from ledger.contract import Contract
from ledger.faults import Refused
from ledger.grounds import check_forwards, check_held
from ledger.money_facts import CreditInvoiced, CreditWaived, MoneyFact
from ledger.period import Month, in_words, is_period, last_day, periods
from ledger.scheme import Scheme


def check_money_fact(fact: MoneyFact, contract: Contract) -> None:
    """Refuse what is impossible where it stands."""
    match fact:
        case CreditInvoiced():
            _check_period(fact.first_period, "first_period", contract)
            _check_period(fact.last_period, "last_period", contract)
            check_forwards(fact.first_period, fact.last_period)
            _check_invoice(fact, contract)
        case CreditWaived():
            _check_period(fact.period, "period", contract)
        case _:
            pass


def _check_period(month: Month, field: str, contract: Contract) -> None:
    """Refuse a month that begins no period of the contract, or one that is not held."""
    assert contract.terms is not None
    commenced, frequency = contract.terms.commenced, contract.terms.frequency
    if not is_period(month, commenced, frequency):
        raise Refused(f"found {month}; give the first month of a {frequency} period from {commenced}", field)
    check_held(contract, month, field)


def _check_invoice(fact: CreditInvoiced, contract: Contract) -> None:
    assert contract.terms is not None
    frequency = contract.terms.frequency
    for other in contract.invoices:
        if other.invoice == fact.invoice:
            sentence = (
                f"an invoice {fact.invoice} is already recorded ({other.id}); give another reference, or void that"
            )
            raise Refused(sentence, "invoice")
        both = {*_covered(other, contract)} & {*_covered(fact, contract)}
        if both:
            named = in_words(min(both), frequency)
            sentence = (
                f"{named} is already invoiced by {other.invoice}; what has moved since is posted with the next invoice"
            )
            raise Refused(sentence, "first_period")


def _covered(fact: CreditInvoiced, contract: Contract) -> list[Month]:
    assert contract.terms is not None
    return periods(fact.first_period, fact.last_period, contract.terms.frequency)


def doubts_of_money(fact: MoneyFact, contract: Contract) -> list[str]:
    """Return what is odd about a fact about money that is taken all the same."""
    assert contract.terms is not None
    odd = []
    if not _has_price(contract.terms.scheme):
        odd.append("the contract's terms do not turn points into money")
    frequency = contract.terms.frequency
    match fact:
        case CreditInvoiced() if fact.dated <= last_day(fact.last_period, frequency):
            ends = last_day(fact.last_period, frequency)
            odd.append(f"{in_words(fact.last_period, frequency)} ends on {ends}, after the date of the invoice")
        case CreditWaived() if any(other.period == fact.period and other.amount is None for other in contract.waivers):
            odd.append(f"all of the credit of {in_words(fact.period, frequency)} was already waived")
        case _:
            pass
    return odd


def _has_price(scheme: Scheme | None) -> bool:
    return scheme is not None and (
        scheme.pounds_per_point is not None or scheme.percent_of_charge_per_point is not None
    )


def doubts_of_terms(scheme: Scheme | None) -> list[str]:
    """Return which terms for money say nothing, as nothing turns points into money."""
    if scheme is None or _has_price(scheme):
        return []
    given = {"point_bands": scheme.point_bands, "rolling_cap": scheme.rolling_cap}
    return [
        f"{name} says nothing without pounds_per_point or percent_of_charge_per_point"
        for name, term in given.items()
        if term is not None
    ]


def errors_of_rolling_cap(scheme: Scheme | None, length: int) -> list[str]:
    """Return what is contradictory in a cap over several months of a contract whose periods have so many months."""
    cap = scheme.rolling_cap if scheme else None
    if cap is None or cap.months % length == 0:
        return []
    return [f"rolling_cap counts {cap.months} months, and a period has {length}; give a multiple of {length}"]
