"""Published reports: the list of them, one rebuilt and held against what was pinned, and what came late to them."""

import sys
from typing import Annotated

import typer

from cli.answer import of_periods
from cli.board_report import show_printed
from cli.options import Contract, Format, check_format, open_ledger, question
from ledger.faults import BadInput

EXIT_DIFFERS = 1

reports = of_periods(
    "reports",
    "List the published reports, what each belongs to, and whether the facts that count now would change it.\n\n"
    "Each report has periods of its own: --last and --periods change nothing here.",
    "published_reports",
)
late = of_periods(
    "late",
    "Show every fact that came late to a published report: by whom, how late, and what it would have changed.\n\n"
    "Each report has periods of its own: --last and --periods change nothing here.",
    "late_facts",
)


def report(
    ctx: typer.Context,
    contract: Contract,
    report: Annotated[str, typer.Argument(help="The published report's name.", metavar="REPORT")],
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Write the bytes that the digest is taken over, in place of the report.")
    ] = False,
    output: Format = "table",
) -> None:
    """Rebuild a published report as it was, and check that it is what was published.

    Whatever has been recorded since changes nothing. Exit status 1 says that its digest is not the one published.
    """
    from cli.render import show, working
    from ledger.verify import verify
    from projections.code_version import code_version
    from projections.rebuilt import rebuild
    from projections.reissues import published_as

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract)
        known = published_as(asked.history, report)
        if known is None:
            there = ", ".join(each.report for _, each in asked.standing.reports) or "none yet"
            raise BadInput.of(f'{contract} has no published report "{report}"; there is {there}', "REPORT")
        with working("Rebuilding the report"):
            found = rebuild(asked.history, known[0], code_version(), lambda: not verify(ledger).problems)
            printed = [] if canonical else found.drawn.printed
        if canonical:
            sys.stdout.flush()
            sys.stdout.buffer.write(found.canonical.form)
        elif output in ("table", "md"):
            show_printed(printed, output)
        else:
            show(found, output)
        if found.matches is False or canonical or output == "csv":
            for sentence in found.verdict():
                typer.echo(sentence, err=True)
    if found.matches is False:
        raise typer.Exit(EXIT_DIFFERS)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (reports, report, late):
        app.command()(command)
