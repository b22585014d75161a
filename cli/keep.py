"""Looking after the ledger: replay, verify, status."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.options import counted, open_ledger
from ledger.faults import BadInput

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


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal's standard error how far something is."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def verify(
    ctx: typer.Context,
    output: Annotated[str, typer.Option("--format", help="table or json.", metavar="FORMAT")] = "table",
) -> None:
    """Check that every fact is there, in its place, and reads back."""
    from ledger.verify import verify as verify_facts

    if output not in ("table", "json"):
        raise BadInput.of(f'found "{output}"; verify answers as table or json', "--format")
    with open_ledger(ctx.obj) as ledger:
        found = verify_facts(ledger)
    if output == "json":
        document = {"ok": not found.problems, "facts": found.facts, "head": None, "problems": found.problems}
        print(json.dumps(document, indent=2))
    else:
        for problem in found.problems:
            typer.echo(problem)
        whole = "positions are gapless and every fact reads back"
        verdict = counted(len(found.problems), "problem") if found.problems else whole
        typer.echo(f"{counted(found.facts, 'fact')}: {verdict}.", err=True)
    if found.problems:
        raise typer.Exit(EXIT_FOUND)


def status(ctx: typer.Context) -> None:
    """Say what the ledger holds: its contracts and its last position, and whether its kept tables keep up."""
    from projections.replay import how_kept

    with open_ledger(ctx.obj) as ledger:
        typer.echo(f"{ledger.path}: {ledger.head()} facts")
        for contract in ledger.contracts():
            history = ledger.history(contract)
            typer.echo(f"{contract}: {len(history)} facts, the last taken {history[-1].recorded_at:%Y-%m-%d %H:%M} UTC")
        typer.echo(f"kept tables: {how_kept(ledger)}")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (replay, verify, status):
        app.command()(command)
