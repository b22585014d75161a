"""One decision from arguments: each command makes the fields of one fact, and prints what moved."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, KpiRef, Period
from cli.record import contents
from cli.severities import SEVERITIES, severities_given
from ledger.faults import BadInput

Remark = Annotated[str | None, typer.Option("--reason", help="Why, if it is to be told; it is told in the trail.")]
Until = Annotated[
    str | None, typer.Option("--until", help="The last period; without it, until ended.", metavar="PERIOD")
]

Milestone = Annotated[
    str | None, typer.Option("--until-milestone", help="Until this is reached, in place of a last period.")
]
PlusMonths = Annotated[int | None, typer.Option("--plus-months", min=0, help="So many months more than that.")]
Incident = Annotated[str | None, typer.Option(help="The incident it is about.")]

mitigate = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Relief of a KPI: request, grant, refuse or end it."
)
escalate = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A formal dispute: raise or decide it.")


@one_fact("PerformanceSubmitted")
def submit(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    value: Annotated[
        str | None, typer.Argument(help="The result; put -- before a negative one.", metavar="VALUE")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="green, amber or red, where only the status was published.")
    ] = None,
    unavailable: Annotated[bool, typer.Option("--unavailable", help="There is no data for the period.")] = False,
    component: Annotated[
        list[str] | None,
        typer.Option(
            help="What a formula takes, once for each; VALUE is then the outturn stated.", metavar="NAME=AMOUNT"
        ),
    ] = None,
) -> Fields:
    """Record a return: a value, components, a status published without its value, or that there is no data."""
    own = {"contract": contract, "kpi": kpi, "period": period, "value": value, "status": status}
    return {**own, "unavailable": unavailable or None, "components": _components(component or ())}


def _components(given: Iterable[str]) -> dict[str, str] | None:
    """Return components by name; None if none are given.

    Raises:
        BadInput: if one is no NAME=AMOUNT, or is given twice.
    """
    found: dict[str, str] = {}
    for each in given:
        name, equals, amount = (part.strip() for part in each.partition("="))
        if not (name and equals and amount):
            raise BadInput.of(f'found "{each}"; give NAME=AMOUNT, such as A=12', "--component")
        if name in found:
            raise BadInput.of(f"{name} is given twice; give it once", "--component")
        found[name] = amount
    return found or None


@one_fact("PerformanceScrutinised")
def scrutinise(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    decision: Annotated[str, typer.Argument(help="agreed, rejected or amended.", metavar="DECISION")],
    value: Annotated[str | None, typer.Argument(help="The amended value.", metavar="VALUE")] = None,
    reason: Remark = None,
) -> Fields:
    """Agree a return, reject it (data not available) or amend its value."""
    return {
        "contract": contract,
        "kpi": kpi,
        "period": period,
        "decision": decision,
        "value": value,
        "reason": reason,
    }


def _mitigation(contract: str, kpi: str, first: str, until: str | None, reason: str, incident: str | None) -> Fields:
    own = {"contract": contract, "kpi": kpi, "first_period": first, "last_period": until}
    return {**own, "reason": reason, "incident": incident}


@one_fact("MitigationRequested")
def request(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    reason: Reason,
    until: Until = None,
    milestone: Milestone = None,
    plus_months: PlusMonths = None,
    incident: Incident = None,
) -> Fields:
    """Ask for relief from a period on."""
    own = _mitigation(contract, kpi, first, until, reason, incident)
    return {**own, "until_milestone": milestone, "plus_months": plus_months}


@one_fact("MitigationGranted")
def grant(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    reason: Reason,
    until: Until = None,
    milestone: Milestone = None,
    plus_months: PlusMonths = None,
    incident: Incident = None,
) -> Fields:
    """Grant relief from a period on."""
    own = _mitigation(contract, kpi, first, until, reason, incident)
    return {**own, "until_milestone": milestone, "plus_months": plus_months}


@one_fact("MitigationRefused")
def refuse(
    contract: Contract, kpi: KpiRef, first: Period, reason: Reason, until: Until = None, incident: Incident = None
) -> Fields:
    """Refuse relief from a period on."""
    return _mitigation(contract, kpi, first, until, reason, incident)


@one_fact("MitigationEnded")
def end(contract: Contract, kpi: KpiRef, last: Period, reason: Reason) -> Fields:
    """Give every grant of a KPI now in force its last period."""
    return {"contract": contract, "kpi": kpi, "last_period": last, "reason": reason}


@one_fact("EscalationRaised")
def raise_(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    ref: Annotated[str, typer.Option(help="The dispute's own reference.")],
    reason: Reason,
    against: Annotated[str, typer.Option(help="score, or mitigation where one was refused.")] = "score",
    incident: Incident = None,
) -> Fields:
    """Record that a dispute was raised."""
    return {
        "contract": contract,
        "kpi": kpi,
        "period": period,
        "ref": ref,
        "against": against,
        "reason": reason,
        "incident": incident,
    }


@one_fact("EscalationDecided")
def decide(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    outcome: Annotated[str, typer.Argument(help="upheld, upheld_in_part, dismissed or withdrawn.", metavar="OUTCOME")],
    ref: Annotated[str, typer.Option(help="The dispute's own reference.")],
    value: Annotated[str | None, typer.Option(help="The value it sets.")] = None,
    status: Annotated[str | None, typer.Option(help="The status it sets, where no value was agreed.")] = None,
    reason: Remark = None,
) -> Fields:
    """Record the outcome of a dispute."""
    own = {"contract": contract, "kpi": kpi, "period": period, "ref": ref, "outcome": outcome}
    return {**own, "value": value, "status": status, "reason": reason}


@one_fact("TargetRebased")
def rebase(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    reason: Reason,
    tsl: Annotated[str | None, typer.Option(help="The target service level.")] = None,
    msl: Annotated[str | None, typer.Option(help="The minimum service level.")] = None,
    green: Annotated[str | None, typer.Option(help='A band instead, such as "<10".')] = None,
    amber: Annotated[str | None, typer.Option(help='A band instead, such as "10..25".')] = None,
    red: Annotated[str | None, typer.Option(help='A band instead, such as ">25".')] = None,
    severity: SEVERITIES = None,
    stretch: Annotated[str | None, typer.Option(help="A stretch target: shown, never judged by.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="The last period, if temporary.", metavar="PERIOD")
    ] = None,
    milestone: Milestone = None,
    plus_months: PlusMonths = None,
) -> Fields:
    """Set new targets from a period on; it may reach back."""
    bands = {name: band for name, band in (("green", green), ("amber", amber), ("red", red)) if band is not None}
    own = {"contract": contract, "kpi": kpi, "first_period": first, "last_period": until, "reason": reason}
    end = {"until_milestone": milestone, "plus_months": plus_months}
    more = {"severities": severities_given(severity), "stretch": stretch}
    return {**own, **end, "tsl": tsl, "msl": msl, "bands": bands or None, **more}


@one_fact("MeasureRedefined")
def redefine(
    contract: Contract,
    kpi: KpiRef,
    first: Period,
    change: Annotated[str, typer.Option(help="What is measured now, or how.")],
    reason: Reason,
) -> Fields:
    """Measure a KPI in another way from a period on: its series breaks there."""
    return {"contract": contract, "kpi": kpi, "first_period": first, "change": change, "reason": reason}


@one_fact("MilestoneReached")
def milestone(
    contract: Contract,
    name: Annotated[str, typer.Argument(help="The milestone's name.", metavar="MILESTONE")],
    reached_on: Annotated[str, typer.Option(help="The day it was reached.", metavar="DATE")],
) -> Fields:
    """Say that a milestone was reached: relief and targets that last until then have their last period."""
    return {"contract": contract, "milestone": name, "reached_on": reached_on}


@one_fact("WeightsSet")
def reweigh(
    contract: Contract,
    first: Period,
    weights: Annotated[list[str], typer.Argument(help="KPI=POINTS for each KPI that changes.", metavar="KPI=POINTS…")],
) -> Fields:
    """Re-deal abatement points from a period on."""
    dealt = {}
    for each in weights:
        ref, equals, points = each.rpartition("=")
        if not equals or not ref:
            raise BadInput.of(f'found "{each}"; give a KPI and its points, such as PM_KPI_06=25', "weights")
        if ref in dealt:
            raise BadInput.of(f"{ref} is given twice; give each KPI once", "weights")
        dealt[ref] = points
    return {"contract": contract, "first_period": first, "weights": dealt}


@one_fact("KpiIntroduced")
def introduce(
    contract: Contract,
    file: Annotated[Path, typer.Argument(help="A TOML file with one [[kpi]] table.", metavar="FILE")],
) -> Fields:
    """Bring a KPI into use, from a file with its [[kpi]] table."""
    from ledger.definition import one_kpi

    return {"contract": contract, "kpi": one_kpi(contents(file), str(file))}


@one_fact("KpiDiscontinued")
def discontinue(contract: Contract, kpi: KpiRef, last: Period, reason: Reason) -> Fields:
    """Measure a KPI for the last time in a period."""
    return {"contract": contract, "kpi": kpi, "last_period": last, "reason": reason}


@one_fact("CreditsSuspended")
def suspend_credits(contract: Contract, first: Period, reason: Reason) -> Fields:
    """Suspend service credits, contract-wide, from a period until resumed."""
    return {"contract": contract, "first_period": first, "reason": reason}


@one_fact("CreditsResumed")
def resume_credits(contract: Contract, first: Period, reason: Reason) -> Fields:
    """Resume service credits from a period on."""
    return {"contract": contract, "first_period": first, "reason": reason}


@one_fact("ChargesSet")
def charges(
    contract: Contract,
    first: Period,
    amount: Annotated[str, typer.Argument(help="Pounds a period.", metavar="AMOUNT")],
) -> Fields:
    """Set a period's charges, from a period on."""
    return {"contract": contract, "first_period": first, "amount": amount}


@one_fact("HistoryNotHeld")
def not_held(
    contract: Contract,
    first: Period,
    last: Annotated[str, typer.Argument(help="The last period without records.", metavar="PERIOD")],
    reason: Reason,
) -> Fields:
    """Declare periods of which the ledger keeps no records."""
    return {"contract": contract, "first_period": first, "last_period": last, "reason": reason}


@one_fact("FactVoided")
def void(
    contract: Contract,
    fact: Annotated[str, typer.Argument(help="The id of the fact recorded in error.", metavar="ID")],
    reason: Reason,
) -> Fields:
    """Declare that an earlier fact was recorded in error; nothing is ever edited."""
    return {"contract": contract, "voids": fact, "reason": reason}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for signed in (submit, scrutinise):
        app.command()(signed)
    for act in (request, grant, refuse, end):
        mitigate.command()(act)
    escalate.command("raise")(raise_)
    escalate.command("decide")(decide)
    app.add_typer(mitigate, name="mitigate")
    app.add_typer(escalate, name="escalate")
    for act in (
        rebase,
        redefine,
        milestone,
        reweigh,
        introduce,
        discontinue,
        suspend_credits,
        resume_credits,
        charges,
        not_held,
        void,
    ):
        app.command()(act)
