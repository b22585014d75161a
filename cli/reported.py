"""The views of what reports print beside the cells: counts of contacts, and projects."""

from typing import Annotated

import typer

from cli.answer import answer
from cli.options import AsAt, Contract, Format, KnownAt, Last, Periods, as_day

LastCounted = Annotated[
    str | None, typer.Option("--last", help="Last period shown; default the latest counted.", metavar="PERIOD")
]


def counts(
    ctx: typer.Context,
    contract: Contract,
    series: Annotated[
        str | None, typer.Option(help="The series to show, such as payroll contacts; default all.", metavar="NAME")
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: LastCounted = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show contacts received, resolved and outstanding by period (Table 3; Appendix C with --periods 12)."""
    from projections.counts import counts as view

    answer(ctx, lambda asked: view(asked, series), output, contract, as_at, known_at, last, periods)


def projects(
    ctx: typer.Context,
    contract: Contract,
    since: Annotated[
        str | None,
        typer.Option(
            help="Compare with each project's latest report by this date; default with its earliest.", metavar="DATE"
        ),
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show projects as last reported, and a review: done, due, overdue, slipped (Appendix B).

    Projects have no periods: --last and --periods change nothing here.
    """
    from projections.projects import projects as view

    day = None if since is None else as_day(since, ctx.obj.clock.today(), "--since")
    answer(ctx, lambda asked: view(asked, day), output, contract, as_at, known_at, last, periods)


def add_to(app: typer.Typer) -> None:
    """Add the views to the command line."""
    for view in (counts, projects):
        app.command()(view)
