"""What the ledger gives for an invoice about to be recorded, and what is odd about the amounts of those that were."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from ledger.faults import BadInput
from ledger.money_facts import CreditInvoiced, CreditWaived
from ledger.period import Month, heading, is_period, periods
from ledger.recorded import Recorded
from ledger.values import EXACT
from projections.abatement import in_pounds
from projections.question import Question
from projections.settlement import NOTHING, Books, Sight, Statement
from projections.undecided import undecided
from projections.wording import listed

_PENNY = Decimal("0.01")


def to_the_penny(question: Question, first: Month, last: Month) -> Decimal:
    """Return what an invoice at the question's moment comes to by the ledger, in pounds to the penny.

    Raises:
        BadInput: if a month begins no period of the contract, or a credit is not known.
    """
    terms = question.standing.terms
    for month in (first, last):
        if not is_period(month, terms.commenced, terms.frequency):
            sentence = f"found {month}; give the first month of a {terms.frequency} period from {terms.commenced}"
            raise BadInput.of(sentence, "PERIOD")
    own = periods(first, last, terms.frequency)
    books = Books(question.history, max(first, last))
    sight = books.sight(question.moment.as_at, question.moment.position)
    unknown = [heading(each, terms.frequency) for each in own if sight.net(each).payable is None]
    if unknown:
        raise BadInput.of(f"the credit of {', '.join(unknown)} is not known; give --amount", "--amount")
    adjustments = books.adjustments(sight, [each for each, _ in sight.invoices])
    with localcontext(EXACT):
        given = sum((sight.net(each).payable or NOTHING for each in own), NOTHING)
        given += sum((each.amount for each in adjustments), NOTHING)
    return given.quantize(_PENNY, ROUND_HALF_UP, EXACT)


def oddities(history: Sequence[Recorded], taken: Sequence[Recorded]) -> list[str]:
    """Say which invoices just taken are of another amount than the ledger gives, and which waivers of more.

    Args:
        history: the contract's facts, in order of position, those just taken among them.
        taken: the facts just taken.
    """
    positions = {each.position for each in taken}
    recorded = [each for each in history if each.position in positions]
    spoken = [
        each.fact.last_period if isinstance(each.fact, CreditInvoiced) else each.fact.period
        for each in recorded
        if isinstance(each.fact, CreditInvoiced | CreditWaived)
    ]
    if not spoken:
        return []
    books = Books(history, max(spoken))
    found = []
    for each in recorded:
        if isinstance(each.fact, CreditInvoiced):
            found += _of_invoice(books, each, each.fact)
        elif isinstance(each.fact, CreditWaived):
            found += _of_waiver(books.sight(each.fact.dated, each.position), each.fact)
    return found


def _of_invoice(books: Books, recorded: Recorded, invoice: CreditInvoiced) -> list[str]:
    statement = books.statement(recorded)
    return [*_not_in_yet(statement, invoice), *_other_amount(statement, invoice)]


def _not_in_yet(statement: Statement, invoice: CreditInvoiced) -> list[str]:
    """Say which results the invoice does not wait for."""
    if statement.sight.standing is None:
        return []
    missing = undecided(statement.sight.standing, statement.own)
    named = list(dict.fromkeys(ref for refs in missing.values() for ref in refs))
    if not named:
        return []
    return [f"the invoice {invoice.invoice} does not wait for results that are not in or not agreed: {listed(named)}"]


def _other_amount(statement: Statement, invoice: CreditInvoiced) -> list[str]:
    ledger = statement.ledger_amount.quantize(_PENNY, ROUND_HALF_UP, EXACT)
    if statement.sight.standing is None or invoice.amount == ledger:
        return []
    unknown = any(statement.sight.net(each).payable is None for each in statement.own)
    known = " for what it knows of it" if unknown else ""
    gives = f"the ledger gives {in_pounds(ledger)}{known}"
    return [f"the invoice {invoice.invoice} credits {in_pounds(invoice.amount)}, and {gives}"]


def _of_waiver(sight: Sight, waiver: CreditWaived) -> list[str]:
    credit = sight.net(waiver.period).credit
    if sight.standing is None or credit is None:
        return []
    named = heading(waiver.period, sight.standing.terms.frequency)
    if waiver.amount is not None and waiver.amount > credit:
        is_ = f"{in_pounds(credit)}; no more than that counts"
        return [f"{in_pounds(waiver.amount)} of the credit of {named} is waived, and it is {is_}"]
    return [f"the credit of {named} that is waived is nothing"] if not credit else []
