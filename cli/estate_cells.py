"""Every cell of every contract as at a date, out for a spreadsheet or another program."""

import csv
import json
import sys
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import Over, asking
from cli.options import AsAt
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        write = _write_json if output == "json" else _write_csv
        with asked.well_kept():
            write(sorted(its) for its in cells_as_at(asked.tables, asked.moment.as_at))
    sys.stdout.flush()


def _write_csv(contracts: "Iterator[list[KeptCell]]") -> None:
    from cli.render import inert

    encoding = sys.stdout.encoding or "utf-8"
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for its in contracts:
        named = inert(its[0][0], encoding)
        writer.writerows((named, inert(kpi, encoding), period, *shown[:_SHOWN]) for _, period, kpi, *shown in its)


def _write_json(contracts: "Iterator[list[KeptCell]]") -> None:
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    for contract, period, kpi, *shown in chain.from_iterable(contracts):
        row = dict(zip(_COLUMNS, (contract, kpi, period, *shown[:_SHOWN]), strict=True))
        row["provisional"] = bool(row["provisional"])
        print(json.dumps(row, ensure_ascii=plain))


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(cells)
