"""The views: each is asked, answered and drawn the same way."""

from typing import Annotated

import typer

from cli.answer import answer, of_many, of_periods
from cli.estate import Authority, Over, PageNumber, PageSize, Provider, Search, Service, Several
from cli.options import (
    AsAt,
    Contract,
    Format,
    KnownAt,
    KpiRef,
    Last,
    Period,
    Periods,
    as_month,
    at,
    check_format,
    open_ledger,
    question,
)

rag = of_many("rag", "status", "Show each KPI's status by period (Appendix A).", by_service=True)
summary = of_many("summary", "status", "Count KPIs by status, overall and by service (Tables 1, 2 and 4 to 7).")
abatement = of_many(
    "abatement",
    "points",
    "Show abatement points and service credits by period (Table 1b), and each failing KPI's line.",
)
actions = of_periods("actions", "Show what boards asked for, what is still open, and what they resolved.", "meeting")
failures = of_many(
    "failures", "failing", "Show what failed, why and with what effect (Table 8), and what was below TSL."
)
mitigations = of_periods("mitigations", "Show what was relieved and why (Table 9), for how long, and what waits.")
escalations = of_periods(
    "escalations", "Show the disputes that are open or cover a period shown: for how long, and what was decided."
)
incidents = of_periods("incidents", "Show each incident, what cites it, and the points of the cells it bears on.")


def trail(
    ctx: typer.Context,
    contract: Contract,
    kpi: KpiRef,
    period: Annotated[
        str | None, typer.Argument(help="The period's first month; without it, all of the KPI's.")
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Tell every fact behind a cell, one sentence each, with the status before and after it."""
    from projections.trail import trail as view

    month = as_month(period, "PERIOD")
    answer(ctx, lambda asked: view(asked, kpi, month), output, contract, as_at, known_at, last, periods)


def explain(
    ctx: typer.Context,
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    output: Format = "table",
) -> None:
    """Derive a figure step by step: its status, its points and what they cost, with the contract's term behind each."""
    from projections.explain import explain as view

    month = as_month(period, "PERIOD")
    assert month is not None
    answer(ctx, lambda asked: view(asked, kpi, month), output, contract, as_at, known_at)


def diff(
    ctx: typer.Context,
    contract: Several = None,
    *,
    earlier: Annotated[str, typer.Option("--from", help="A date, or the name of a published report.", metavar="D")],
    later: Annotated[
        str | None,
        typer.Option("--to", help="A date, or the name of a published report; default today.", metavar="D"),
    ] = None,
    from_known_at: Annotated[
        str | None,
        typer.Option(help="What the ledger knew then is the first moment; default as --known-at.", metavar="TIME"),
    ] = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Annotated[int | None, typer.Option(min=1, max=1200, help="How many periods; default all.")] = None,
    service: Service = None,
    provider: Provider = None,
    authority: Authority = None,
    search: Search = None,
    page: PageNumber = None,
    page_size: PageSize = None,
    output: Format = "table",
) -> None:
    """Show every cell and point total that differs between two dates, and the facts that moved it.

    All periods are compared, unless --last or --periods is given. Without a contract, or with several, those of which a
    cell has moved, with most first.
    """
    from cli.estate_diff import diff_many
    from cli.render import show, working
    from projections.diff import diff as view

    over = Over(tuple(contract or ()), service, provider, authority, search, page, page_size)
    if over.one is None:
        diff_many(ctx.obj, over, earlier, later, from_known_at, known_at, last, periods, output)
        return
    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        now = question(ledger, ctx.obj, over.one, None, known_at, last, periods or 6)
        first = at(ledger, ctx.obj, now, earlier, from_known_at or known_at, "--from")
        second = now if later is None else at(ledger, ctx.obj, now, later, known_at, "--to")
        with working("Comparing"):
            found = view(first, second, whole=last is None and periods is None)
        show(found, output)


def add_to(app: typer.Typer) -> None:
    """Add the views to the command line."""
    for view in (rag, summary, abatement, failures, mitigations, escalations, incidents, actions, trail, explain, diff):
        app.command()(view)
