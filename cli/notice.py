"""The views of notices of performance: which are due, and the assessment of one notice year."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answer import answer
from cli.options import AsAt, Contract, Format, KnownAt, check_format, open_ledger, question


def notices(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    output: Format = "table",
) -> None:
    """Show which public notices of performance are due by when, by the recorded terms, and which went out."""
    from projections.notices import notices as view

    answer(ctx, view, output, contract, as_at, known_at)


def notice(
    ctx: typer.Context,
    contract: Contract,
    year: Annotated[str, typer.Option(help="The notice year, such as 2026/27.", metavar="YEAR")],
    as_at: AsAt = None,
    known_at: KnownAt = None,
    output: Format = "table",
    ocds: Annotated[
        Path | None,
        typer.Option(
            help="Also write it to a new file, as a release of the Open Contracting Data Standard.", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Show whether and why a notice of a year is due, and the year's assessment of the chosen KPIs.

    It applies the recorded terms and gives no legal advice.
    """
    from cli.new_file import write_new
    from cli.render import show
    from projections.notices import notice as view

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        found = view(question(ledger, ctx.obj, contract, as_at, known_at), year)
    if ocds is not None:
        import json

        from projections.notice_ocds import release

        written = json.dumps(release(found), ensure_ascii=False, indent=2)
        write_new(ocds, f"{written}\n".encode(), "--ocds")
    show(found, output)


def add_to(app: typer.Typer) -> None:
    """Add the views to the command line."""
    for view in (notices, notice):
        app.command()(view)
