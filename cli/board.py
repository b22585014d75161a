"""What reports print beside the cells, one fact at a time: explanations, commentary, meetings, errata."""

from typing import Annotated

import typer

from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, KpiRef, Period

action = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What a board asked for: assign or complete it.")
Until = Annotated[str | None, typer.Option("--until", help="The last period; without it, the first.", metavar="PERIOD")]
MeetingOn = Annotated[str | None, typer.Option(help="The day of the meeting.", metavar="DATE")]
Report = Annotated[str | None, typer.Option(help="The report it was about.", metavar="REPORT")]


@one_fact("FailureExplained")
def explain_failure(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    effect: Annotated[str, typer.Option(help="What the failure did to the authority.")],
    resolution: Annotated[str, typer.Option(help="How and when it will be resolved.")],
    cause: Annotated[str | None, typer.Option(help="Why it failed.")] = None,
    until: Until = None,
    incident: Annotated[str | None, typer.Option(help="The incident that caused it.")] = None,
) -> Fields:
    """Explain why a KPI failed, what that did, and how it will end."""
    own = {"contract": contract, "kpi": kpi, "first_period": first, "last_period": until or first}
    return {**own, "cause": cause, "effect": effect, "resolution": resolution, "incident": incident}


@one_fact("CommentaryWritten")
def comment(
    contract: Contract,
    first: Period,
    text: Annotated[str, typer.Option(help="What is to be said.")],
    until: Until = None,
    service: Annotated[str | None, typer.Option(help="The service; without it, the contract as a whole.")] = None,
) -> Fields:
    """Comment on a service, or on the contract as a whole, for the board's report."""
    own = {"contract": contract, "service": service, "first_period": first, "last_period": until or first}
    return {**own, "text": text}


@one_fact("IncidentRecorded")
def incident(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The incident's name.", metavar="INCIDENT")],
    title: Annotated[str, typer.Option(help="What happened, in a few words.")],
    began_on: Annotated[str, typer.Option(help="The day it began.", metavar="DATE")],
    ended_on: Annotated[str | None, typer.Option(help="The day it ended.", metavar="DATE")] = None,
    description: Annotated[str | None, typer.Option(help="What happened, in full.")] = None,
) -> Fields:
    """Record an incident once, for requests, disputes and explanations to cite."""
    own = {"contract": contract, "incident": name, "title": title}
    return {**own, "began_on": began_on, "ended_on": ended_on, "description": description}


@one_fact("BoardResolved")
def resolution(
    contract: Contract,
    text: Annotated[str, typer.Argument(help="What the board resolved.", metavar="TEXT")],
    meeting_on: Annotated[str, typer.Option(help="The day of the meeting.", metavar="DATE")],
    report: Report = None,
) -> Fields:
    """Record what a board resolved."""
    return {"contract": contract, "meeting_on": meeting_on, "report": report, "resolution": text}


@one_fact("ActionAssigned")
def assign(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The action's own reference.", metavar="ACTION")],
    task: Annotated[str, typer.Option(help="What is to be done.")],
    owner: Annotated[str, typer.Option(help="Who is to do it.")],
    due_on: Annotated[str | None, typer.Option(help="The day by which.", metavar="DATE")] = None,
    due: Annotated[str | None, typer.Option(help="By when, in words.")] = None,
    meeting_on: MeetingOn = None,
    report: Report = None,
) -> Fields:
    """Record what a board asked for, of whom and by when."""
    own = {"contract": contract, "action": name, "task": task, "owner": owner}
    return {**own, "due_on": due_on, "due": due, "meeting_on": meeting_on, "report": report}


@one_fact("ActionCompleted")
def complete(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The action's own reference.", metavar="ACTION")],
    outcome: Annotated[str, typer.Option(help="What came of it.")],
) -> Fields:
    """Record that what a board asked for is done."""
    return {"contract": contract, "action": name, "outcome": outcome}


@one_fact("ReportCorrected")
def erratum(
    contract: Contract,
    report: Annotated[str, typer.Argument(help="The published report.", metavar="REPORT")],
    table: Annotated[str, typer.Argument(help="Its table, such as 1 or Appendix A.", metavar="TABLE")],
    row: Annotated[str, typer.Argument(help="The KPI, or what the row is called.", metavar="ROW")],
    period: Period,
    reason: Reason,
    printed: Annotated[str, typer.Option(help="What it printed.")],
    corrected: Annotated[str, typer.Option(help="What it should have printed.")],
) -> Fields:
    """Correct what a report printed; the report stays, the erratum stands beside it."""
    where = {"report": report, "table": table, "row": row, "period": period}
    return {"contract": contract, **where, "printed": printed, "corrected": corrected, "reason": reason}


@one_fact("FindingRecorded")
def note_finding(
    contract: Contract,
    document: Annotated[str, typer.Option(help="The document.")],
    place: Annotated[str, typer.Option(help="Where in it.")],
    printed: Annotated[str, typer.Option(help="What stands there.")],
    found: Annotated[str, typer.Option(help="What stands against it.")],
    kpi: Annotated[str | None, typer.Option(help="The KPI it is about.", metavar="KPI")] = None,
    period: Annotated[str | None, typer.Option(help="The period it is about.", metavar="PERIOD")] = None,
) -> Fields:
    """Note a contradiction found in a document; nobody is said to be right."""
    own = {"contract": contract, "document": document, "place": place, "printed": printed, "found": found}
    return {**own, "kpi": kpi, "period": period}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for act in (explain_failure, comment, incident, resolution, erratum, note_finding):
        app.command()(act)
    for step in (assign, complete):
        action.command()(step)
    app.add_typer(action, name="action")
