"""Looking after the ledger: replay, status."""

from typing import Annotated

import typer

from cli.options import counted, open_ledger
from cli.progress import progress

EXIT_FOUND = 1


def replay(
    ctx: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what is kept with what the facts give; replace nothing.")
    ] = False,
) -> None:
    """Rebuild the kept tables (cells, period_totals, trail) from the facts."""
    from projections import replay as kept

    with open_ledger(ctx.obj) as ledger:
        if not check:
            with progress("Replaying") as report:
                count = kept.rebuild(ledger, ctx.obj.clock, report)
            typer.echo(f"Replayed {ledger.head()} facts into the tables of {count} KPIs.", err=True)
            return
        with progress("Checking") as report:
            found = kept.check(ledger, ctx.obj.clock, report)
        for difference in found:
            typer.echo(difference)
        if found:
            typer.echo(
                f"{counted(len(found), 'difference')}; `contract-ledger replay` makes the tables whole.", err=True
            )
            raise typer.Exit(EXIT_FOUND)
        typer.echo("The kept tables are what the facts give.", err=True)


def status(ctx: typer.Context) -> None:
    """Say what the ledger holds: its contracts and its last position."""
    with open_ledger(ctx.obj) as ledger:
        typer.echo(f"{ledger.path}: {ledger.head()} facts")
        for contract in ledger.contracts():
            history = ledger.history(contract)
            typer.echo(f"{contract}: {len(history)} facts, the last taken {history[-1].recorded_at:%Y-%m-%d %H:%M} UTC")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (replay, status):
        app.command()(command)
