"""Managing performance: reasons, action plans, formal warnings, intervention and suspension, one fact at a time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.answer import answer
from cli.new_file import write_new
from cli.one_fact import Fields, Reason, one_fact
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
    open_ledger,
    question,
)
from cli.record import contents

if TYPE_CHECKING:
    from projections.question import Question

plan = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="An action plan: from its template to its end.")
warning = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A formal warning: issue, receive, withdraw.")
intervention = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Intensive intervention: begin, end.")
PlanName = Annotated[str, typer.Argument(help="The plan's own name.", metavar="PLAN")]
WarningName = Annotated[str, typer.Argument(help="The warning's own reference.", metavar="WARNING")]
InterventionName = Annotated[str, typer.Argument(help="The intervention's own name.", metavar="INTERVENTION")]
Lots = Annotated[list[str] | None, typer.Option("--lot", help="A lot; without one, all of the framework.")]
Kpis = Annotated[list[str] | None, typer.Option("--kpi", help="A KPI it is about; give one for each.", metavar="KPI")]


def ladder(
    ctx: typer.Context,
    contract: Contract,
    kpi: Annotated[str | None, typer.Option(help="Only this KPI, by its reference.", metavar="KPI")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Show what each KPI's status asks for now, formal warnings and their clocks, and the condition for termination."""
    from projections.ladder import ladder as view

    answer(ctx, lambda asked: view(asked, kpi), output, contract, as_at, known_at, last, periods)


def plans(
    ctx: typer.Context, contract: Contract, as_at: AsAt = None, known_at: KnownAt = None, output: Format = "table"
) -> None:
    """Show every action plan: what it holds, who agreed it, its dates met or missed, and where it stands."""
    from projections.plans import plans as view

    answer(ctx, view, output, contract, as_at, known_at)


@one_fact("ReasonsGiven")
def give_reasons(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    reasons: Annotated[str, typer.Option(help="Why it missed its target, or its minimum.")],
) -> Fields:
    """Give the reasons why a KPI missed in a period."""
    return {"contract": contract, "kpi": kpi, "period": period, "reasons": reasons}


@one_fact("ProportionalityDecided")
def proportionality(
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    reason: Reason,
    plan_required: Annotated[
        bool, typer.Option("--plan-required/--no-plan-required", help="Whether an action plan is proportionate.")
    ],
) -> Fields:
    """Decide whether an action plan is proportionate to a miss."""
    return {"contract": contract, "kpi": kpi, "period": period, "plan_required": plan_required, "reason": reason}


@one_fact("IndicativeTriggersApplied")
def apply_triggers(
    contract: Contract,
    first: Period,
    reason: Reason,
    kpi: Annotated[str | None, typer.Option(help="The KPI; without it, every one.", metavar="KPI")] = None,
) -> Fields:
    """Apply what a miss asks for from a period on, although its targets are indicative."""
    return {"contract": contract, "kpi": kpi, "first_period": first, "reason": reason}


@one_fact("ActionPlanProposed")
def propose(
    contract: Contract,
    file: Annotated[
        Path, typer.Argument(help="The plan, TOML; `plan template` writes one to fill in.", metavar="FILE")
    ],
) -> Fields:
    """Propose an action plan, from a file."""
    from cli.plan_file import read_plan

    return {"contract": contract, **read_plan(contents(file), str(file))}


@one_fact("ActionPlanAgreed")
def agree(contract: Contract, name: PlanName) -> Fields:
    """Agree an action plan as it stands; it is agreed when both sides have."""
    return {"contract": contract, "plan": name}


@one_fact("ActionPlanUpdated")
def update(
    contract: Contract,
    name: PlanName,
    progress: Annotated[str, typer.Option(help="What has been done so far.")],
    action: Annotated[int | None, typer.Option(help="The number of the action it is about.", min=1)] = None,
    expected_outcome: Annotated[
        int | None, typer.Option(help="The number of the expected outcome it is about.", min=1)
    ] = None,
    done: Annotated[bool, typer.Option("--done", help="It is done, or reached.")] = False,
    done_on: Annotated[
        str | None, typer.Option(help="The day it was done, if not the date of the fact.", metavar="DATE")
    ] = None,
    due_on: Annotated[str | None, typer.Option(help="Its new date, or the plan's deadline.", metavar="DATE")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it has a new date.")] = None,
) -> Fields:
    """Tell the progress of an action plan, or of one of its actions or expected outcomes."""
    own: Fields = {"contract": contract, "plan": name, "progress": progress, "action": action}
    own |= {"expected_outcome": expected_outcome, "done": done or done_on is not None or None, "done_on": done_on}
    return {**own, "due_on": due_on, "reason": reason}


@one_fact("ActionPlanClosed")
def close(
    contract: Contract,
    name: PlanName,
    outcome: Annotated[str, typer.Argument(help="delivered, failed or withdrawn.", metavar="OUTCOME")],
    reason: Reason,
) -> Fields:
    """Close an action plan, and say what became of it."""
    return {"contract": contract, "plan": name, "outcome": outcome, "reason": reason}


def template(
    ctx: typer.Context,
    contract: Contract,
    kpi: KpiRef,
    period: Period,
    output: Annotated[Path | None, typer.Option(help="A new file; default standard output.", metavar="FILE")] = None,
    as_at: AsAt = None,
) -> None:
    """Write an action plan to fill in: what the KPI showed in a period, and the prompts of the template."""
    from projections.plan_template import plan_template

    month = as_month(period, "PERIOD")
    assert month is not None
    with open_ledger(ctx.obj) as ledger:
        asked: Question = question(ledger, ctx.obj, contract, as_at)
        text = plan_template(asked, kpi, month)
    if output is None:
        print(text, end="")
    else:
        write_new(output, text.encode(), "--output")


@one_fact("FormalWarningIssued")
def issue(
    contract: Contract,
    name: WarningName,
    kpis: Annotated[list[str], typer.Option("--kpi", help="A KPI it is about; give one for each.", metavar="KPI")],
    inadequate: Annotated[str, typer.Option(help="What level of performance is not adequate.")],
    why: Annotated[str, typer.Option(help="Why it is not.")],
    plan_required: Annotated[
        bool, typer.Option("--plan-required/--no-plan-required", help="Whether an action plan is required.")
    ] = True,
    received_on: Annotated[
        str | None, typer.Option(help="The day of issue, if it was received the same day.", metavar="DATE")
    ] = None,
) -> Fields:
    """Issue a formal warning: what is not adequate, and why."""
    own: Fields = {"contract": contract, "warning": name, "kpis": kpis, "inadequate": inadequate, "why": why}
    return {**own, "plan_required": plan_required, "received_on": received_on}


@one_fact("WarningReceived")
def receive(
    contract: Contract,
    name: WarningName,
    received_on: Annotated[str, typer.Option(help="The day it was received.", metavar="DATE")],
) -> Fields:
    """Record when a formal warning was received: from then the time for its plan runs."""
    return {"contract": contract, "warning": name, "received_on": received_on}


@one_fact("WarningWithdrawn")
def withdraw(contract: Contract, name: WarningName, reason: Reason) -> Fields:
    """Withdraw a formal warning."""
    return {"contract": contract, "warning": name, "reason": reason}


@one_fact("InterventionBegun")
def begin(
    contract: Contract,
    name: InterventionName,
    consists_of: Annotated[str, typer.Option(help="What it consists of, such as weekly meetings.")],
    reason: Reason,
    kpis: Kpis = None,
) -> Fields:
    """Begin an intensive intervention."""
    own: Fields = {"contract": contract, "intervention": name, "consists_of": consists_of, "reason": reason}
    return {**own, "kpis": kpis}


@one_fact("InterventionEnded")
def end(contract: Contract, name: InterventionName, reason: Reason) -> Fields:
    """End an intensive intervention."""
    return {"contract": contract, "intervention": name, "reason": reason}


@one_fact("FrameworkSuspended")
def suspend_provider(
    contract: Contract,
    since: Annotated[str, typer.Argument(help="The first day of the suspension.", metavar="DATE")],
    reason: Reason,
    lots: Lots = None,
) -> Fields:
    """Suspend the provider from the framework, or from some of its lots."""
    return {"contract": contract, "suspended_from": since, "lots": lots, "reason": reason}


@one_fact("FrameworkReinstated")
def reinstate_provider(
    contract: Contract,
    since: Annotated[str, typer.Argument(help="The day from which it is back.", metavar="DATE")],
    reason: Reason,
    lots: Lots = None,
) -> Fields:
    """End the suspension of the provider, or that from some lots."""
    return {"contract": contract, "reinstated_from": since, "lots": lots, "reason": reason}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    steps: dict[typer.Typer, tuple[Any, ...]] = {
        plan: (template, propose, agree, update, close),
        warning: (issue, receive, withdraw),
        intervention: (begin, end),
    }
    for group, its in steps.items():
        for step in its:
            group.command()(step)
    app.add_typer(plan, name="plan")
    app.add_typer(warning, name="warning")
    app.add_typer(intervention, name="intervention")
    for act in (give_reasons, proportionality, apply_triggers, suspend_provider, reinstate_provider, plans, ladder):
        app.command()(act)
