"""What notices of performance rest on, one fact at a time."""

from typing import Annotated

import typer

from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, KpiRef, Period
from ledger.faults import BadInput

improvement = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="An opportunity to improve: give it, or judge what became of it."
)
Concerned = Annotated[list[str] | None, typer.Option("--kpi", help="A KPI it concerns.", metavar="KPI")]
Opportunity = Annotated[str, typer.Argument(help="The opportunity's own name.", metavar="OPPORTUNITY")]


@one_fact("NoticeKpisChosen")
def choose_kpis(
    contract: Contract,
    kpis: Annotated[list[str], typer.Argument(help="The KPIs' references.", metavar="KPI…")],
    reason: Reason,
) -> Fields:
    """Record which KPIs were set and published for the contract; notices assess them."""
    return {"contract": contract, "kpis": kpis, "reason": reason}


@one_fact("RatingMapSet")
def map_ratings(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    reason: Reason,
    status: Annotated[
        list[str] | None, typer.Option(help="The rating of a status, such as green=good.", metavar="STATUS=RATING")
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(help='Or: the level that earns a rating, such as good=">=95".', metavar="RATING=LEVEL"),
    ] = None,
    year_rating: Annotated[
        str | None,
        typer.Option(help="How a year follows from its periods: latest, worst or most.", metavar="latest|worst|most"),
    ] = None,
) -> Fields:
    """Record how a KPI's results are rated in notices, by status or by value, from a period on."""
    own = {"contract": contract, "kpi": kpi, "first_period": first, "year_rating": year_rating, "reason": reason}
    return {**own, "statuses": _pairs(status, "--status"), "levels": _pairs(level, "--level")}


def _pairs(given: list[str] | None, option: str) -> dict[str, str] | None:
    """Read NAME=VALUE, some of them.

    Raises:
        BadInput: if one is none, or a name is given twice.
    """
    found: dict[str, str] = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise BadInput.of(f'found "{each}"; give a name and a value with = between them', option)
        if name in found:
            raise BadInput.of(f"{name} is given twice; give it once", option)
        found[name] = value
    return found or None


@one_fact("BreachRecorded")
def breach(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The breach's own name.", metavar="BREACH")],
    what: Annotated[str, typer.Option(help="What was breached, and how.")],
    result: Annotated[
        str,
        typer.Option(help="What it resulted in.", metavar="termination|partial_termination|damages|settlement"),
    ],
    on: Annotated[str, typer.Option(help="The day on which it resulted in that.", metavar="DATE")],
    kpis: Concerned = None,
    remedy: Annotated[str | None, typer.Option(help="How it was put right.")] = None,
) -> Fields:
    """Record a breach that resulted in termination, damages or a settlement: a notice of it has 30 days."""
    own = {"contract": contract, "breach": name, "what": what, "result": result, "on": on}
    return {**own, "kpis": kpis or [], "remedy": remedy}


@one_fact("ImprovementOpportunityGiven")
def give(
    contract: Contract,
    name: Opportunity,
    what: Annotated[str, typer.Option(help="What the authority is not satisfied with.")],
    until: Annotated[str, typer.Option(help="The day by which it is to improve.", metavar="DATE")],
    kpis: Concerned = None,
) -> Fields:
    """Record that the provider was given an opportunity to improve."""
    return {"contract": contract, "opportunity": name, "what": what, "until": until, "kpis": kpis or []}


@one_fact("ImprovementJudged")
def judge(
    contract: Contract,
    name: Opportunity,
    outcome: Annotated[str, typer.Argument(help="What became of it.", metavar="improved|not_improved")],
    on: Annotated[str, typer.Option(help="The day on which the authority considered so.", metavar="DATE")],
    reason: Reason,
) -> Fields:
    """Record what became of an opportunity to improve; without improvement a notice of it has 30 days."""
    return {"contract": contract, "opportunity": name, "outcome": outcome, "on": on, "reason": reason}


@one_fact("ContractTerminated")
def terminate(
    contract: Contract,
    on: Annotated[str, typer.Option(help="The day on which the contract ended.", metavar="DATE")],
    reason: Reason,
) -> Fields:
    """Record that the contract came to its end; its last assessment has 30 days."""
    return {"contract": contract, "on": on, "reason": reason}


@one_fact("NoticePublished")
def publish_notice(
    contract: Contract,
    notice: Annotated[
        str, typer.Argument(help="What it is of.", metavar="assessment|breach|no_improvement|termination")
    ],
    reference: Annotated[str, typer.Option(help="The notice's own reference.", metavar="REFERENCE")],
    published_on: Annotated[str, typer.Option(help="The day it was published.", metavar="DATE")],
    year: Annotated[str | None, typer.Option(help="The notice year of an assessment.", metavar="YEAR")] = None,
    about: Annotated[
        str | None, typer.Option(help="The breach or the opportunity that it is of.", metavar="NAME")
    ] = None,
) -> Fields:
    """Record that a notice went out."""
    own = {"contract": contract, "notice": notice, "reference": reference, "published_on": published_on}
    return {**own, "year": year, "about": about}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for act in (choose_kpis, map_ratings, breach, terminate, publish_notice):
        app.command()(act)
    for step in (give, judge):
        improvement.command()(step)
    app.add_typer(improvement, name="improvement")
