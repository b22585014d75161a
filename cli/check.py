"""Checking a contract file before it is registered: every error and every doubt."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Format, check_format
from cli.record import contents

EXIT_FOUND = 1


def check(
    file: Annotated[
        Path, typer.Argument(help="The file of a contract or a framework, TOML; - for standard input.", metavar="FILE")
    ],
    output: Format = "table",
) -> None:
    """Check a contract file: every error, and every doubt with how it is read, or what would settle it.

    Nothing is recorded, and no ledger is needed. Exit status 2 if there are errors, 1 if a doubt has no recorded
    interpretation, 0 if every doubt is settled or there is none.
    """
    from cli.render import show
    from ledger.faults import BadInput
    from ledger.framework import read_registration
    from projections.contract_check import ContractCheck

    check_format(output)
    name = "standard input" if str(file) == "-" else str(file)
    found = ContractCheck(name, read_registration(contents(file), name))
    if found.doubts or output != "table":
        show(found, output)
    for sentence in found.verdict():
        typer.echo(sentence, err=True)
    if found.errors:
        raise BadInput(found.errors)
    if found.unsettled:
        raise typer.Exit(EXIT_FOUND)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(check)
