"""Looking after the ledger: replay, status."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import counted, open_ledger
from cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.recorded import Recorded

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
    """Say what the ledger holds: its contracts and its last position, and whether its kept tables keep up."""
    from projections.replay import how_kept

    with open_ledger(ctx.obj) as ledger:
        typer.echo(f"{ledger.name}: {ledger.head()} facts")
        for contract in ledger.contracts():
            history = ledger.history(contract)
            taken = f"the last taken {history[-1].recorded_at:%Y-%m-%d %H:%M} UTC"
            typer.echo(f"{contract}: {len(history)} facts, {taken}{_framework(history)}")
        typer.echo(f"kept tables: {how_kept(ledger)}")


def _framework(history: "Sequence[Recorded]") -> str:
    """Say under which framework a contract is, and in which of its lots; nothing of one that is under none."""
    from projections.standing import stand

    standing = stand(history)
    if standing is None or standing.terms.framework is None:
        return ""
    lots = ", ".join(lot.code for lot in standing.terms.lots or ())
    return f"; under {standing.terms.framework.id}{f', lots {lots}' if lots else ''}"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (replay, status):
        app.command()(command)
