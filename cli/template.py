"""The return of a period as a file, for the provider to fill in."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.new_file import write_new
from cli.options import AsAt, Contract, Period, as_month, open_ledger, question
from ledger.faults import BadInput

if TYPE_CHECKING:
    from projections.template import Template

_WIDTHS = {"contract": 22, "kpi": 16, "title": 60, "last period": 16, "last value": 18, "value": 14, "note": 40}
_NOTES = (
    ("component …", "What the result is worked out from, where the KPI has a formula; value may then stay empty."),
    ("value", "The result, as a plain number such as 98.5; or 98.5 % where the unit is percent."),
    ("unavailable", "yes, where there are no data for the period; then leave value empty."),
    ("note", "A remark, if there is one; it is kept with the return."),
    ("contract, period, kpi", "What the row is about. Leave them as they are."),
    ("title, unit, tsl, msl", "What is measured, in what, and the levels in force. Not read back."),
    ("last period, last value", "What the KPI showed in its period before this one. Not read back."),
    ("An empty row", "A KPI with neither value nor unavailable is not returned, and stays awaiting."),
    ("The table", "Keep the header. Hidden or merged cells and added columns are refused. Formulas are read as shown."),
)


def template(
    ctx: typer.Context,
    contract: Contract,
    period: Period,
    output: Annotated[
        Path | None,
        typer.Option(help="A new file, .csv or .xlsx; default CSV on standard output.", metavar="FILE"),
    ] = None,
    as_at: AsAt = None,
) -> None:
    """Write the return of a period for the provider to fill in; `record` takes the filled-in file."""
    from projections.template import template as view

    month = as_month(period, "PERIOD")
    assert month is not None
    suffix = output.suffix.casefold() if output else ".csv"
    if suffix not in (".csv", ".xlsx"):
        raise BadInput.of(f'found "{output}"; give a file that ends in .csv or .xlsx', "--output")
    with open_ledger(ctx.obj) as ledger:
        found = view(question(ledger, ctx.obj, contract, as_at), month)
    content = _as_xlsx(found) if suffix == ".xlsx" else _as_csv(found).encode()
    if output is None:
        print(content.decode(), end="")
    else:
        write_new(output, content, "--output")
    if found.settled:
        typer.echo(f"Left out, as their result is settled: {', '.join(found.settled)}.", err=True)
    if found.submitted:
        sentence = "Their return is in, but not agreed, and a new one takes its place"
        typer.echo(f"{sentence}: {', '.join(found.submitted)}.", err=True)


def _as_csv(found: "Template") -> str:
    """Write the return as CSV; text that would be run as a formula is quoted with '."""
    from cli.render import clean
    from ledger.inert import guarded

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([guarded(clean(name)) for name in found.columns])
    blank = len(found.columns)
    writer.writerows([guarded(clean(text)) for text in [*row.given, *[""] * blank][:blank]] for row in found.rows)
    return out.getvalue()


def _as_xlsx(found: "Template") -> bytes:
    """Write the return as a workbook: the table alone on its sheet, explanations on another.

    The same return gives the same bytes.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

    from cli.render import clean
    from ledger.grid import SHEET

    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        created = datetime.fromisoformat(f"{found.period}-01")
        book.set_properties({"title": clean(found.title), "author": clean(found.author), "created": created})
        _write_table(book, book.add_worksheet(SHEET), found)
        _write_notes(book, book.add_worksheet("Notes"))
    return out.getvalue()


def _write_table(book: Any, sheet: Any, found: "Template") -> None:
    from cli.render import clean
    from ledger.inert import guarded

    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = {"num_format": "@", "valign": "top", "text_wrap": True}
    given, quoted = book.add_format(text), book.add_format({**text, "quote_prefix": True})
    free = book.add_format({"locked": False, "bg_color": "#FFF8DC", "border": 1, "border_color": "#BFBFBF"})
    for column, name in enumerate(found.columns):
        sheet.set_column(column, column, _WIDTHS.get(name, 11))
        sheet.write_string(0, column, clean(name), head)
    for number, row in enumerate(found.rows, 1):
        for column, words in enumerate(row.given):
            shown = clean(words)
            sheet.write_string(number, column, shown, given if guarded(shown) == shown else quoted)
        for column in range(len(row.given), len(found.columns)):
            if row.takes(found.columns[column]):
                sheet.write_blank(number, column, None, free)
    sheet.freeze_panes(1, 0)


def _write_notes(book: Any, sheet: Any) -> None:
    head, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    for number, (name, words) in enumerate((("Column", "How to fill it in"), *_NOTES)):
        style = text if number else head
        sheet.write_string(number, 0, name, style)
        sheet.write_string(number, 1, words, style)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(template)
