"""Every cell of every contract as at a date, out for a spreadsheet or another program."""

import csv
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import Over, asking
from cli.options import AsAt
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.estate_cells import KeptCell

_COLUMNS = ("contract", "kpi", "period", "status", "value", "points", "multiplier", "run", "provisional")
_SHOWN = len(_COLUMNS[3:])


def cells(
    ctx: typer.Context,
    as_at: AsAt = None,
    output: Annotated[str, typer.Option("--format", help="csv or json (one object a line).", metavar="FORMAT")] = "csv",
) -> None:
    """Write every cell of every contract as at a date, as the ledger knows them now.

    They come from the kept tables, contract by contract; a cell that no fact has spoken of yet is left out.
    """
    from projections.estate_cells import cells_as_at

    if output not in ("csv", "json"):
        raise BadInput.of(f'found "{output}"; give csv or json', "--format")
    with asking(ctx.obj, Over(()), as_at, None) as asked:
        if asked.tables is None:
            raise LedgerUnusable(f"{asked.ledger.name}: the cells of all contracts are in its kept tables alone")
        write = _in_json() if output == "json" else _in_csv()
        with asked.well_kept():
            for its in cells_as_at(asked.tables, asked.moment.as_at):
                write(sorted(its))
    sys.stdout.flush()


def _in_csv() -> "Callable[[list[KeptCell]], None]":
    """Write the heading; return what writes the cells of a contract."""
    from cli.render import inert

    encoding = sys.stdout.encoding or "utf-8"
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)

    def write(its: "list[KeptCell]") -> None:
        named = inert(its[0][0], encoding)
        writer.writerows((named, inert(kpi, encoding), period, *shown[:_SHOWN]) for _, period, kpi, *shown in its)

    return write


def _in_json() -> "Callable[[list[KeptCell]], None]":
    """Return what writes the cells of a contract."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")

    def write(its: "list[KeptCell]") -> None:
        for contract, period, kpi, *shown in its:
            row = dict(zip(_COLUMNS, (contract, kpi, period, *shown[:_SHOWN]), strict=True))
            row["provisional"] = bool(row["provisional"])
            print(json.dumps(row, ensure_ascii=plain))

    return write


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(cells)
