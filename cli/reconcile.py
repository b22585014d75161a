"""Holding what was published against the ledger: outside tables, and the findings recorded of documents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.answer import answer
from cli.options import AsAt, Contract, Format, KnownAt, Last, check_format, open_ledger, question
from cli.record import contents

if TYPE_CHECKING:
    from ledger.grid import Grid

EXIT_FOUND = 1
_Periods = Annotated[int | None, typer.Option(min=1, max=1200, help="How many periods; default all.")]


def reconcile(
    ctx: typer.Context,
    contract: Contract,
    file: Annotated[
        Path,
        typer.Argument(
            help="The table, .csv or .xlsx, with the columns table,service,row,period,published; - for CSV from "
            "standard input.",
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

    A row is green, amber, red, mitigated or total; a KPI's reference with its value or status, or "KPI points" with
    its points; or gross_points, relieved_points, net_points or service_credit. The service ALL is all of them. All of
    it is checked, unless --last or --periods is given. Exit status 1 if figures differ.
    """
    from cli.render import show
    from ledger.published import SHEET, read_published
    from projections.reconcile import reconcile as view

    check_format(output)
    published = read_published(_grid(file, SHEET))
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, as_at, known_at, last, periods or 6)
        found = view(asked, published, whole=last is None and periods is None)
    show(found, output)
    if found.differences:
        raise typer.Exit(EXIT_FOUND)


def _grid(file: Path, sheet: str) -> "Grid":
    """Return the table in a file, or on standard input.

    Raises:
        BadInput: if it cannot be read at all.
    """
    from cli.tables import grid, is_table
    from ledger.csv_table import CsvTable

    if str(file) == "-":
        return CsvTable(contents(file), "standard input")
    is_table(file)
    return grid(file, sheet)


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
