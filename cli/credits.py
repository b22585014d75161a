"""The money: the statement of credits by payment month, and what is invoiced or waived."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.one_fact import Fields, OfMoment, Reason, one_fact
from cli.options import (
    AsAt,
    Contract,
    Format,
    KnownAt,
    Last,
    Period,
    Periods,
    as_day,
    as_month,
    check_format,
    open_ledger,
    question,
)

if TYPE_CHECKING:
    from ledger.recorded import Recorded
    from projections.table import Table

Until = Annotated[
    str | None, typer.Option("--until", help="The last period it is for; without it, the first.", metavar="PERIOD")
]


class _Statement:
    """A view of which a spreadsheet gets the statement alone."""

    def __init__(self, found: Any) -> None:
        self._found = found

    def document(self) -> dict[str, Any]:
        return dict(self._found.document())

    def tables(self) -> "list[Table]":
        return [self._found.statement()]


def statement(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show service credits by payment month: caps, waivers, adjustments, invoices; then what triggers are reached.

    A period that is invoiced is shown as its invoice had it; what has moved since is posted with the next invoice.
    """
    from cli.render import show
    from projections.credits import Credits

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        found = Credits(question(ledger, ctx.obj, contract, as_at, known_at, last, periods))
        show(_Statement(found) if output == "csv" else found, output)


@one_fact("CreditInvoiced")
def invoice_credit(
    ctx: typer.Context,
    contract: Contract,
    invoice: Annotated[str, typer.Argument(help="The invoice's own reference.", metavar="INVOICE")],
    first: Period,
    until: Until = None,
    amount: Annotated[
        str | None,
        typer.Option(
            help="All that it credits, in pounds; default what the ledger gives, to the penny.", metavar="POUNDS"
        ),
    ] = None,
    dated: Annotated[str | None, typer.Option(help="The date of the invoice; default today.", metavar="DATE")] = None,
) -> Fields | OfMoment:
    """Record what an invoice credits for a period or several, differences of periods invoiced before included."""
    day = as_day(dated, ctx.obj.clock.today(), "--dated").isoformat()
    months = as_month(first, "PERIOD") or "", as_month(until, "--until") or first
    own: Fields = {"contract": contract, "invoice": invoice, "dated": day}
    own |= {"first_period": months[0], "last_period": months[1]}
    if amount is not None:
        return {**own, "amount": amount}
    from projections.abatement import in_pounds
    from projections.invoiced import to_the_penny

    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, day)
        given = to_the_penny(asked, *months)
    told = f"{invoice} credits {in_pounds(given)}, as the ledger gives it."
    return OfMoment({**own, "amount": f"{given:f}"}, asked.moment.position, told)


@one_fact("CreditWaived")
def waive_credit(
    contract: Contract,
    period: Period,
    reason: Reason,
    amount: Annotated[
        str | None, typer.Option(help="How much of it, in pounds; default all.", metavar="POUNDS")
    ] = None,
) -> Fields:
    """Give up the service credit of a period, or some of it."""
    return {"contract": contract, "period": period, "amount": amount, "reason": reason}


def warn_of_amounts(history: "Sequence[Recorded]", taken: "Sequence[Recorded]") -> None:
    """Say which of the invoices and waivers just taken are of another amount than the ledger gives."""
    from ledger.money_facts import MoneyFact

    if not any(isinstance(each.fact, MoneyFact) for each in taken):
        return
    from projections.invoiced import oddities

    for sentence in oddities(history, taken):
        typer.echo(f"Warning: {sentence}", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("credits")(statement)
    for act in (invoice_credit, waive_credit):
        app.command()(act)
