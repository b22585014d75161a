"""Copies of the ledger: backing it up, and restoring it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.keep import EXIT_FOUND
from cli.options import counted, open_ledger
from cli.progress import progress
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.restoring import Restored


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the copy goes.", metavar="FILE")],
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Put the copy in the place of an earlier one, if it has every fact of that and no fault."
        ),
    ] = False,
) -> None:
    """Copy the ledger to a file while others go on recording, and check the copy."""
    from ledger.backing_up import back_up

    with open_ledger(ctx.obj) as ledger, progress("Copying") as report:
        copied = back_up(ledger, file, ctx.obj.clock.now(), report, replace=replace)
    for problem in copied.problems:
        typer.echo(problem)
    checked = f"{counted(len(copied.problems), 'problem')}" if copied.problems else "every fact reads back"
    size = f"{-(-copied.size // 100_000) / 10} MB"  # rounded up
    typer.echo(
        f"Copied {counted(copied.facts, 'fact')}, to position {copied.facts}, into {copied.path} ({size}): {checked}.",
        err=True,
    )
    if copied.problems:
        if copied.path != file:
            typer.echo(f"{file} is as it was.", err=True)
        raise typer.Exit(EXIT_FOUND)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The copy.", metavar="FILE")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace the ledger that is there; it is kept beside, as NAME.replaced-TIME."),
    ] = False,
) -> None:
    """Make the ledger from a copy; the copy is checked first."""
    from ledger.copies import KEPT_IN_A_DATABASE
    from ledger.location import place_of
    from ledger.restoring import restore as restore_from

    path = place_of(ctx.obj.location)
    if not isinstance(path, Path):
        raise BadInput.of(KEPT_IN_A_DATABASE, where=str(path))
    with progress("Restoring") as report:
        restored = restore_from(
            file, path, ctx.obj.clock.now(), report, replace=replace, wait_seconds=ctx.obj.wait_seconds
        )
    for problem in restored.problems:
        typer.echo(problem)
    if restored.problems:
        typer.echo(f"{counted(len(restored.problems), 'problem')} in {file}: nothing was restored.", err=True)
        raise typer.Exit(EXIT_FOUND)
    typer.echo(f"Restored {counted(restored.facts, 'fact')} from {file} to {path}.", err=True)
    if restored.kept:
        _say_kept(restored)


def _say_kept(restored: "Restored") -> None:
    typer.echo(f"The ledger that was there is kept as {restored.kept}.", err=True)
    lost = restored.lacking
    if lost is None:
        said = "It cannot be read, and so it is not known what it had."
    elif lost.facts:
        facts = f"{counted(lost.facts, 'fact')} of it"
        said = f"The restored one does not have {facts}; the first is at position {lost.first}."
    else:
        said = "The restored one has every fact of it."
    typer.echo(said, err=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (backup, restore):
        app.command()(command)
