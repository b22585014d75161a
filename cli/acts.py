"""One fact from arguments: each command makes the fields of one fact, and prints what moved."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Contract, DryRun, KpiRef, Period
from cli.record import contents, ids, take
from ledger.faults import BadInput

Fields = dict[str, Any]
Reason = Annotated[str, typer.Option(help="Why; it is told in the trail.")]
Remark = Annotated[str | None, typer.Option("--reason", help="Why, if it is to be told; it is told in the trail.")]
Until = Annotated[
    str | None, typer.Option("--until", help="The last period; without it, until ended.", metavar="PERIOD")
]

mitigate = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Relief of a KPI: request, grant, refuse or end it."
)
escalate = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A formal dispute: raise or decide it.")


def _shared(
    by: Annotated[str, typer.Option(envvar="CONTRACT_LEDGER_BY", help="Who records it: PARTY or PARTY/person.")],
    dated: Annotated[str | None, typer.Option(help="The date the fact bears; default today.", metavar="DATE")] = None,
    id: Annotated[str | None, typer.Option("--id", help="An id of your own for the fact.")] = None,  # noqa: A002
    source: Annotated[str | None, typer.Option(help="Where the fact is from.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark kept with the fact.")] = None,
    authority: Annotated[str | None, typer.Option(help="The minute or delegation a decision rests on.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Give the options that every fact has."""


def _one_fact(kind: str) -> Callable[[Callable[..., Fields]], Callable[..., None]]:
    """Make a command of a function that returns the own fields of one fact."""

    def wrap(fields: Callable[..., Fields]) -> Callable[..., None]:
        @wraps(fields)
        def command(ctx: typer.Context, **given: Any) -> None:
            own = {name: given.pop(name) for name in inspect.signature(fields).parameters}
            dry_run = given.pop("dry_run")
            if given["dated"] is None:
                given["dated"] = ctx.obj.clock.today().isoformat()
            _take_one(ctx.obj, {"fact": kind, **given, **fields(**own)}, dry_run=dry_run)

        context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        both = [
            *inspect.signature(fields).parameters.values(),
            *inspect.signature(_shared).parameters.values(),
        ]
        parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in both)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer asks for it
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return wrap


def _take_one(settings: Any, raw: Fields, *, dry_run: bool) -> None:
    from ledger.shapes import shaped
    from ledger.timeline import Proposed, Reading

    given = {name: value for name, value in raw.items() if value is not None}
    fact, faults = shaped(given, "", ids(dry_run=dry_run))
    take(settings, Reading([Proposed(fact)] if fact else [], faults), dry_run=dry_run)


@_one_fact("PerformanceSubmitted")
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
) -> Fields:
    """Record a return: a value, a status published without its value, or that there is no data."""
    own = {"contract": contract, "kpi": kpi, "period": period, "value": value, "status": status}
    return {**own, "unavailable": unavailable or None}


@_one_fact("PerformanceScrutinised")
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


def _mitigation(contract: str, kpi: str, first: str, until: str | None, reason: str | None) -> Fields:
    return {"contract": contract, "kpi": kpi, "first_period": first, "last_period": until, "reason": reason}


@_one_fact("MitigationRequested")
def request(contract: Contract, kpi: KpiRef, first: Period, reason: Reason, until: Until = None) -> Fields:
    """Ask for relief from a period on."""
    return _mitigation(contract, kpi, first, until, reason)


@_one_fact("MitigationGranted")
def grant(contract: Contract, kpi: KpiRef, first: Period, reason: Reason, until: Until = None) -> Fields:
    """Grant relief from a period on."""
    return _mitigation(contract, kpi, first, until, reason)


@_one_fact("MitigationRefused")
def refuse(contract: Contract, kpi: KpiRef, first: Period, reason: Reason, until: Until = None) -> Fields:
    """Refuse relief from a period on."""
    return _mitigation(contract, kpi, first, until, reason)


@_one_fact("MitigationEnded")
def end(contract: Contract, kpi: KpiRef, last: Period, reason: Reason) -> Fields:
    """Give every grant of a KPI now in force its last period."""
    return {"contract": contract, "kpi": kpi, "last_period": last, "reason": reason}


@_one_fact("EscalationRaised")
def raise_(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    ref: Annotated[str, typer.Option(help="The dispute's own reference.")],
    reason: Reason,
    against: Annotated[str, typer.Option(help="score, or mitigation where one was refused.")] = "score",
) -> Fields:
    """Record that a dispute was raised."""
    return {
        "contract": contract,
        "kpi": kpi,
        "period": period,
        "ref": ref,
        "against": against,
        "reason": reason,
    }


@_one_fact("EscalationDecided")
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


@_one_fact("TargetRebased")
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
    until: Annotated[
        str | None, typer.Option("--until", help="The last period, if temporary.", metavar="PERIOD")
    ] = None,
) -> Fields:
    """Set new targets from a period on; it may reach back."""
    bands = {name: band for name, band in (("green", green), ("amber", amber), ("red", red)) if band is not None}
    own = {"contract": contract, "kpi": kpi, "first_period": first, "last_period": until, "reason": reason}
    return {**own, "tsl": tsl, "msl": msl, "bands": bands or None}


@_one_fact("WeightsSet")
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


@_one_fact("KpiIntroduced")
def introduce(
    contract: Contract,
    file: Annotated[Path, typer.Argument(help="A TOML file with one [[kpi]] table.", metavar="FILE")],
) -> Fields:
    """Bring a KPI into use, from a file with its [[kpi]] table."""
    from ledger.definition import one_kpi

    return {"contract": contract, "kpi": one_kpi(contents(file), str(file))}


@_one_fact("KpiDiscontinued")
def discontinue(contract: Contract, kpi: KpiRef, last: Period, reason: Reason) -> Fields:
    """Measure a KPI for the last time in a period."""
    return {"contract": contract, "kpi": kpi, "last_period": last, "reason": reason}


@_one_fact("CreditsSuspended")
def suspend_credits(contract: Contract, first: Period, reason: Reason) -> Fields:
    """Suspend service credits, contract-wide, from a period until resumed."""
    return {"contract": contract, "first_period": first, "reason": reason}


@_one_fact("CreditsResumed")
def resume_credits(contract: Contract, first: Period, reason: Reason) -> Fields:
    """Resume service credits from a period on."""
    return {"contract": contract, "first_period": first, "reason": reason}


@_one_fact("ChargesSet")
def charges(
    contract: Contract,
    first: Period,
    amount: Annotated[str, typer.Argument(help="Pounds a period.", metavar="AMOUNT")],
) -> Fields:
    """Set a period's charges, from a period on."""
    return {"contract": contract, "first_period": first, "amount": amount}


@_one_fact("HistoryNotHeld")
def not_held(
    contract: Contract,
    first: Period,
    last: Annotated[str, typer.Argument(help="The last period without records.", metavar="PERIOD")],
    reason: Reason,
) -> Fields:
    """Declare periods of which the ledger keeps no records."""
    return {"contract": contract, "first_period": first, "last_period": last, "reason": reason}


@_one_fact("FactVoided")
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
