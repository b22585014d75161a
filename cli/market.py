"""The market of a framework: all its providers side by side, or what one of them may be shown."""

from typing import Annotated

import typer

from cli.options import AsAt, Format, KnownAt, Last, Periods, as_month, check_format, moment, open_ledger
from ledger.faults import BadInput


def market(
    ctx: typer.Context,
    framework: Annotated[str, typer.Argument(help="The framework's id.", metavar="FRAMEWORK")],
    for_provider: Annotated[
        str | None,
        typer.Option(
            "--for", help="Show only what this provider may see: a party's code or a contract's id.", metavar="PROVIDER"
        ),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only the measures of this service.", metavar="CODE")] = None,
    lot: Annotated[str | None, typer.Option(help="Only the measures that apply to this lot.", metavar="CODE")] = None,
    kpi: Annotated[str | None, typer.Option(help="Only the measure of this reference.", metavar="KPI")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show every provider of a framework by measure and period, and what the market comes to together.

    With --for, one provider's own results beside a market in which no other's can be made out; the position in its JSON
    is then null.
    """
    from cli.render import show
    from ledger.facts import ContractRegistered
    from projections.anonymous_market import anonymous_market
    from projections.market import market as view
    from projections.question import Question

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        fixed = moment(ledger, ctx.obj, as_at, known_at)
        under: dict[str, str] = {}
        known: set[str] = set()
        for recorded in ledger.registrations():
            if isinstance(recorded.fact, ContractRegistered) and recorded.fact.framework is not None:
                known.add(recorded.fact.framework.id)
                if recorded.fact.framework.id == framework:
                    under[recorded.fact.contract] = framework
        if not under:
            there = ", ".join(sorted(known)) or "none"
            raise BadInput.of(f'the ledger has no framework "{framework}"; it has {there}', "FRAMEWORK")
        month = as_month(last, "--last")
        questions = [Question(contract, ledger.history(contract), fixed, month, periods) for contract in under]
        asked = {"service": service, "lot": lot, "kpi": kpi}
        if for_provider is None:
            show(view(framework, questions, month, periods, **asked), output)
        else:
            show(anonymous_market(framework, for_provider, questions, month, periods, **asked), output)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(market)
