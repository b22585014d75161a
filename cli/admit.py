"""Admitting others to a ledger in a database."""

from typing import Annotated

import typer

from cli.options import open_ledger

_ADMITTED = {
    "record": "may record and read",
    "read": "may read",
    "nothing": "may neither record nor read any more",
}


def admit(
    ctx: typer.Context,
    role: Annotated[str, typer.Argument(help="A role of the PostgreSQL server.", metavar="ROLE")],
    to: Annotated[str, typer.Option(help="record, read or nothing.", metavar="RIGHT")],
) -> None:
    """Let another user of the database record in the ledger, or only read it, or neither any more."""
    from ledger.admitting import admit as admit_role

    with open_ledger(ctx.obj) as ledger:
        admit_role(ledger.storage, role, to)
    typer.echo(f"{role} {_ADMITTED[to]}.", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(admit)
