"""Ending a month: what it waits for, agreeing what is left, and sending the report out."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.answer import answer
from cli.one_fact import Fields, OfMoment, one_fact
from cli.options import (
    AsAt,
    Contract,
    Format,
    KnownAt,
    Last,
    Period,
    Periods,
    as_day,
    as_month,
    open_ledger,
    question,
)
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.facts import ContractRegistered

Looked = Annotated[
    str | None,
    typer.Option(help="The period looked at; default the latest that is over on the as-at date.", metavar="PERIOD"),
]
Back = Annotated[
    int, typer.Option(min=1, max=1200, help="How many periods back outstanding returns are looked for, this one first.")
]


def month(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Looked = None,
    periods: Back = 6,
    output: Format = "table",
) -> None:
    """Show how far a month's results have come: what is awaited, from when, and what is open."""
    from projections.month import month as view

    answer(ctx, view, output, contract, as_at, known_at, last, periods)


@one_fact("PerformanceScrutinised")
def agree(
    ctx: typer.Context,
    contract: Contract,
    period: Period,
    but: Annotated[list[str] | None, typer.Option("--except", help="Leave this KPI as it is.", metavar="KPI")] = None,
) -> list[Fields]:
    """Agree every return of a period that waits for scrutiny, those of the KPIs named excepted."""
    from ledger.period import is_period
    from projections.progress import Waiting, due

    looked = as_month(period, "PERIOD") or ""
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, last=looked, count=1)
        terms = asked.standing.terms
        if not is_period(looked, terms.commenced, terms.frequency):
            sentence = f"found {looked}; give the first month of a {terms.frequency} period from {terms.commenced}"
            raise BadInput.of(sentence, "PERIOD")
        found = due(asked.standing, looked, asked.last_month, asked.moment.as_at)
        left_out = {asked.kpi(ref).introduced.ref for ref in but or ()}
    waiting = [each for each in found if each.waiting in (Waiting.SUBMITTED, Waiting.RETURNED_AGAIN)]
    return [
        {"contract": contract, "kpi": each.kpi.introduced.ref, "period": each.period, "decision": "agreed"}
        for each in waiting
        if each.kpi.introduced.ref not in left_out
    ]


@one_fact("ReportPublished")
def publish(
    ctx: typer.Context,
    contract: Contract,
    as_at: Annotated[str, typer.Option(help="The date that its tables are as at.", metavar="DATE")],
    meeting: Annotated[str | None, typer.Option(help="The day of the meeting it goes to.", metavar="DATE")] = None,
    report: Annotated[
        str | None, typer.Option(help="Its short name; default the contract and the date.", metavar="REPORT")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title.", metavar="TITLE")] = None,
    last: Last = None,
    periods: Periods = 6,
    addendum_to: Annotated[str | None, typer.Option(help="The report it adds to.", metavar="REPORT")] = None,
    reissues: Annotated[str | None, typer.Option(help="The report it takes the place of.", metavar="REPORT")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it takes that one's place.", metavar="TEXT")] = None,
    by: Annotated[
        str | None,
        typer.Option(
            envvar="CONTRACT_LEDGER_BY",
            help="Who records it: PARTY or PARTY/person; default the contract's authority, if it has only one.",
        ),
    ] = None,
) -> OfMoment:
    """Record that a report went out, and pin it: the digest of its tables, terms and assumptions.

    `report` rebuilds it from the facts and says whether it is still the same.
    """
    from cli.render import working
    from ledger.period import day_in_words
    from ledger.report_facts import ReportPublished
    from projections.canonical import canonical, form_of
    from projections.code_version import code_version
    from projections.pinned import as_pinned
    from projections.reissues import effect

    day = as_day(as_at, ctx.obj.clock.today(), "--as-at")
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, as_at, None, last, periods)
        columns, position = asked.columns, asked.moment.position
    own: Fields = {
        "contract": contract,
        "by": by or _authority(asked.standing.terms),
        "report": report or f"{contract}-{as_at}",
        "title": title or f"Report as at {day_in_words(day)}",
        "first_period": columns[0],
        "last_period": columns[-1],
        "form": form_of(asked.standing),
        "reissues": reissues,
        "reason": reason,
    }
    with working("Pinning the report"):
        drawn = ReportPublished.model_construct(as_at=day, dated=day, **own)
        pinned = canonical(asked.history, drawn, position)
        changes = effect(as_pinned(asked.history, drawn, position, asked.moment.known_at).question, drawn)
    digests = {"digest": pinned.digest, "parts": pinned.parts, "code_version": code_version()}
    told = f"Against {reissues}: {changes}\n" if changes else ""
    told += f"Digest of {own['report']} and its {len(pinned.parts)} parts: SHA-256 {pinned.digest}"
    return OfMoment(
        {**own, "as_at": as_at, "meeting_on": meeting, "addendum_to": addendum_to, **digests}, position, told
    )


def _authority(terms: "ContractRegistered") -> str:
    """Return the contract's only authority.

    Raises:
        BadInput: if it has several.
    """
    codes = [party.code for party in terms.parties if party.role == "authority"]
    if len(codes) != 1:
        raise BadInput.of(f"is missing; give PARTY or PARTY/person, such as {codes[0]}/a.officer", "--by")
    return codes[0]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (month, agree, publish):
        app.command()(command)
