"""What a month waits for, and what is in dispute."""

from importlib import import_module
from typing import Annotated

import typer

from cli.options import AsAt, Contract, Format, KnownAt, Last, Periods, check_format, open_ledger, question

Looked = Annotated[
    str | None,
    typer.Option(help="The period looked at; default the latest that is over on the as-at date.", metavar="PERIOD"),
]
Back = Annotated[
    int, typer.Option(min=1, max=1200, help="How many periods back outstanding returns are looked for, this one first.")
]


def month(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Looked = None,
    periods: Back = 6,
    output: Format = "table",
) -> None:
    """Show how far a month's results have come: what is awaited, from when, and what is open."""
    _answer(ctx, "month", output, contract, as_at, known_at, last, periods)


def escalations(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show the disputes that are open or cover a period shown: for how long, and what was decided."""
    _answer(ctx, "escalations", output, contract, as_at, known_at, last, periods)


def _answer(
    ctx: typer.Context,
    name: str,
    output: str,
    contract: str,
    as_at: str | None,
    known_at: str | None,
    last: str | None,
    periods: int,
) -> None:
    from cli.render import show

    check_format(output)
    view = getattr(import_module(f"projections.{name}"), name)
    with open_ledger(ctx.obj) as ledger:
        show(view(question(ledger, ctx.obj, contract, as_at, known_at, last, periods)), output)


def add_to(app: typer.Typer) -> None:
    """Add the views to the command line."""
    for view in (month, escalations):
        app.command()(view)
