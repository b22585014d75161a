"""Monitoring a contract beside its figures: meetings and minutes, checks, changes, contacts; and the views of them."""

from typing import Annotated

import typer

from cli.answer import of_periods
from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, KpiRef, Period

_UNPERIODIC = "It has no periods: --last and --periods change nothing here."
meetings = of_periods(
    "meetings",
    "Show monitoring meetings: who attended, what came of the minutes, and how many were held of those asked for. "
    + _UNPERIODIC,
    "monitoring_meetings",
)
assurance = of_periods(
    "assurance",
    "Show how the provider's figures were checked: spot checks, cross-checks beside returns, self-assessments, "
    f"information asked for. {_UNPERIODIC}",
)
changes = of_periods(
    "changes", f"Show changes proposed by either side, what was decided, and what is not yet carried out. {_UNPERIODIC}"
)
contacts = of_periods("contacts", f"Show whom to turn to on each side, at each level. {_UNPERIODIC}")

meeting = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="A monitoring meeting: hold it, send or answer its minutes."
)
information = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Information that the authority demands: request or supply it."
)
change = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="A change of the contract: propose, decide or carry it out."
)
contact = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A point of contact: name or end it.")

MeetingName = Annotated[str, typer.Argument(help="The meeting's name.", metavar="MEETING")]
ChangeName = Annotated[str, typer.Argument(help="The change's name.", metavar="CHANGE")]
Request = Annotated[str, typer.Argument(help="The request's own name.", metavar="REQUEST")]
Level = Annotated[int, typer.Argument(help="1 (the contract manager), 2 or 3.", metavar="LEVEL")]
WhyAtAll = Annotated[str | None, typer.Option("--reason", help="Why; it is told with the decision.")]
OfKpi = Annotated[str | None, typer.Option("--kpi", help="The KPI it is about.", metavar="KPI")]


@one_fact("MeetingHeld")
def hold(
    contract: Contract,
    name: MeetingName,
    purpose: Annotated[
        str,
        typer.Argument(
            help="annual, forum, review, self_assessment, spot_check, intervention or other.", metavar="PURPOSE"
        ),
    ],
    held_on: Annotated[str, typer.Option(help="The day it was held.", metavar="DATE")],
    managers: Annotated[
        list[str] | None,
        typer.Option("--manager", help="A party whose contract manager attended.", metavar="PARTY"),
    ] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--attended", help="A party that attended without its contract manager.", metavar="PARTY"),
    ] = None,
    persons: Annotated[str | None, typer.Option(help="Who attended, by name; it can be erased.")] = None,
    framework_wide: Annotated[
        bool, typer.Option("--framework-wide", help="It was with all the providers of a framework.")
    ] = False,
) -> Fields:
    """Record that a monitoring meeting was held, and who attended."""
    attended = [{"party": party, "contract_manager": True} for party in managers or ()]
    attended += [{"party": party} for party in others or ()]
    own = {"contract": contract, "meeting": name, "purpose": purpose, "held_on": held_on, "attended": attended}
    return {**own, "persons": persons, "framework_wide": framework_wide or None}


@one_fact("MinutesSent")
def send_minutes(
    contract: Contract,
    name: MeetingName,
    received_on: Annotated[str, typer.Option(help="The day the provider received them.", metavar="DATE")],
    sent_on: Annotated[str | None, typer.Option(help="The day they were sent.", metavar="DATE")] = None,
) -> Fields:
    """Record that the minutes of a meeting were received: the time to answer them begins."""
    return {"contract": contract, "meeting": name, "sent_on": sent_on, "received_on": received_on}


@one_fact("MinutesAnswered")
def answer_minutes(
    contract: Contract,
    name: MeetingName,
    answer: Annotated[str, typer.Argument(help="approved or withheld.", metavar="ANSWER")],
    reason: WhyAtAll = None,
) -> Fields:
    """Approve the minutes last received of a meeting, or withhold approval, on the day the fact is dated."""
    return {"contract": contract, "meeting": name, "answer": answer, "reason": reason}


@one_fact("SpotCheckMade")
def spot_check(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The check's own name.", metavar="CHECK")],
    made_on: Annotated[str, typer.Option(help="The day it was made.", metavar="DATE")],
    findings: Annotated[str, typer.Option(help="What was found.")],
    satisfactory: Annotated[
        bool | None,
        typer.Option("--satisfactory/--not-satisfactory", help="What was concluded; without either, nothing was."),
    ] = None,
    kpi: OfKpi = None,
    period: Annotated[
        str | None, typer.Option(help="The period of that KPI, its first month.", metavar="PERIOD")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Where it was made.")] = None,
    follow_up: Annotated[str | None, typer.Option(help="What is to follow.")] = None,
    follow_up_by: Annotated[str | None, typer.Option(help="By which day.", metavar="DATE")] = None,
) -> Fields:
    """Record a spot check, and what it found."""
    own = {"contract": contract, "check": name, "made_on": made_on, "findings": findings, "satisfactory": satisfactory}
    return {
        **own,
        "kpi": kpi,
        "period": period,
        "place": place,
        "follow_up": follow_up,
        "follow_up_by": follow_up_by,
    }


@one_fact("CrossCheckMade")
def cross_check(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    value: Annotated[str, typer.Argument(help="The figure; put -- before a negative one.", metavar="VALUE")],
    system: Annotated[str, typer.Option(help="The authority's system that gives it.")],
    remark: Annotated[str | None, typer.Option(help="What is to be said of it.")] = None,
) -> Fields:
    """Record what the authority's own system gives for a cell; it changes none."""
    own = {"contract": contract, "kpi": kpi, "period": period, "value": value}
    return {**own, "system": system, "remark": remark}


@one_fact("SelfAssessmentReviewed")
def self_assess(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The assessment's own name.", metavar="ASSESSMENT")],
    reviewed_on: Annotated[str, typer.Option(help="The day it was reviewed.", metavar="DATE")],
    outcome: Annotated[str, typer.Option(help="What came of the review.")],
    findings: Annotated[str | None, typer.Option(help="What was found.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first month it covers.", metavar="MONTH")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="The last month; without it, the first.", metavar="MONTH")
    ] = None,
) -> Fields:
    """Record that the provider's self-assessment was reviewed."""
    own = {"contract": contract, "assessment": name, "reviewed_on": reviewed_on, "outcome": outcome}
    return {**own, "findings": findings, "first_period": first, "last_period": until or first}


@one_fact("InformationRequested")
def request(
    contract: Contract,
    name: Request,
    what: Annotated[str, typer.Option(help="What is asked for.")],
    asked_on: Annotated[str, typer.Option(help="The day it was asked for.", metavar="DATE")],
    due_on: Annotated[str, typer.Option(help="The day by which.", metavar="DATE")],
) -> Fields:
    """Record that the authority demanded information by a day."""
    return {"contract": contract, "request": name, "what": what, "asked_on": asked_on, "due_on": due_on}


@one_fact("InformationSupplied")
def supply(
    contract: Contract,
    name: Request,
    supplied_on: Annotated[str, typer.Option(help="The day it came.", metavar="DATE")],
    remark: Annotated[str | None, typer.Option(help="What is to be said of it.")] = None,
) -> Fields:
    """Record that information that was demanded came."""
    return {"contract": contract, "request": name, "supplied_on": supplied_on, "remark": remark}


@one_fact("ChangeProposed")
def propose(
    contract: Contract,
    name: ChangeName,
    what: Annotated[str, typer.Option(help="What is to change.")],
    reason: Reason,
    kpi: OfKpi = None,
    would_take_effect: Annotated[
        str | None, typer.Option("--from", help="The first period in which it would hold.", metavar="PERIOD")
    ] = None,
) -> Fields:
    """Propose a change of the contract; either side may."""
    own = {"contract": contract, "change": name, "what": what, "reason": reason}
    return {**own, "kpi": kpi, "would_take_effect": would_take_effect}


@one_fact("ChangeDecided")
def decide(
    contract: Contract,
    name: ChangeName,
    decision: Annotated[str, typer.Argument(help="agreed, rejected or withdrawn.", metavar="DECISION")],
    reason: WhyAtAll = None,
) -> Fields:
    """Agree a change that the other side proposed or reject it, or withdraw one's own."""
    return {"contract": contract, "change": name, "decision": decision, "reason": reason}


@one_fact("ChangeCarriedOut")
def carry_out(
    contract: Contract,
    name: ChangeName,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", help="The id of a fact that carries it out.", metavar="FACT")
    ] = None,
    remark: Annotated[str | None, typer.Option(help="What was done outside the ledger.")] = None,
) -> Fields:
    """Record that an agreed change was carried out; facts with its name as --decision-ref need no such word."""
    return {"contract": contract, "change": name, "carried_out_by": facts or None, "remark": remark}


@one_fact("ContactNamed")
def name_contact(
    contract: Contract,
    who: Annotated[str, typer.Argument(help="The contact: PARTY/person.", metavar="PARTY/person")],
    level: Level,
    from_on: Annotated[str, typer.Option(help="The first day as such.", metavar="DATE")],
    post: Annotated[str | None, typer.Option(help="The person's post.")] = None,
    email: Annotated[str | None, typer.Option(help="It can be erased.")] = None,
    telephone: Annotated[str | None, typer.Option(help="It can be erased.")] = None,
) -> Fields:
    """Name the contact of a party at a level from a day on; it takes the place of the one before."""
    own = {"contract": contract, "contact": who, "level": level, "from_on": from_on, "post": post}
    return {**own, "email": email, "telephone": telephone}


@one_fact("ContactEnded")
def end_contact(
    contract: Contract,
    side: Annotated[str, typer.Argument(help="The party's code.", metavar="PARTY")],
    level: Level,
    last_on: Annotated[str, typer.Option(help="The contact's last day.", metavar="DATE")],
    reason: WhyAtAll = None,
) -> Fields:
    """Give the contact of a party at a level a last day, where nobody takes the place yet."""
    return {"contract": contract, "side": side, "level": level, "last_on": last_on, "reason": reason}


def add_to(app: typer.Typer) -> None:
    """Add the commands and views to the command line."""
    for act in (spot_check, cross_check, self_assess):
        app.command()(act)
    for group, name, acts in (
        (meeting, "meeting", {"hold": hold, "send-minutes": send_minutes, "answer-minutes": answer_minutes}),
        (information, "information", {"request": request, "supply": supply}),
        (change, "change", {"propose": propose, "decide": decide, "carry-out": carry_out}),
        (contact, "contact", {"name": name_contact, "end": end_contact}),
    ):
        for each, act in acts.items():
            group.command(each)(act)
        app.add_typer(group, name=name)
    for view in (meetings, assurance, changes, contacts):
        app.command()(view)
