"""Holding what was published against the ledger: outside tables, and the findings recorded of documents."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answer import answer
from cli.options import AsAt, Contract, Format, KnownAt, Last, check_format, open_ledger, question
from cli.record import contents

EXIT_FOUND = 1
_Periods = Annotated[int | None, typer.Option(min=1, max=1200, help="How many periods; default all.")]


def reconcile(
    ctx: typer.Context,
    contract: Contract,
    file: Annotated[
        Path,
        typer.Argument(
            help="The table, CSV with the columns table,service,row,period,published; - for standard input.",
            metavar="FILE",
        ),
    ],
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: _Periods = None,
    output: Format = "table",
) -> None:
    """Hold a published table against the ledger: every figure that differs, and what could explain it.

    A row is green, amber, red, mitigated or total, or a KPI's reference with its value or status; the service ALL
    is all of them. All of it is checked, unless --last or --periods is given. Exit status 1 if figures differ.
    """
    from cli.render import show
    from ledger.published import read_published
    from projections.reconcile import reconcile as view

    check_format(output)
    published = read_published(contents(file), "standard input" if str(file) == "-" else str(file))
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, as_at, known_at, last, periods or 6)
        found = view(asked, published, whole=last is None and periods is None)
    show(found, output)
    if found.differences:
        raise typer.Exit(EXIT_FOUND)


def findings(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: _Periods = None,
    output: Format = "table",
) -> None:
    """Show the contradictions found in documents, as they were noted.

    All are shown, unless --last or --periods is given: then those about these periods.
    """
    from projections.findings import findings as view

    whole = last is None and periods is None
    answer(ctx, lambda asked: view(asked, whole=whole), output, contract, as_at, known_at, last, periods or 6)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (reconcile, findings):
        app.command()(command)
