"""Looking after the ledger: replay, status."""

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import counted, open_ledger
from cli.progress import progress
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.recorded import Recorded
    from ledger.store import Ledger

EXIT_FOUND = 1


def replay(
    ctx: typer.Context,
    contract: Annotated[
        str | None, typer.Argument(help="The contract whose tables are made anew; default all.", metavar="[CONTRACT]")
    ] = None,
    from_position: Annotated[
        int | None,
        typer.Option("--from", min=0, help="Take in again only the facts after this position.", metavar="POSITION"),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many processes derive contracts at once; default this one.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(help="The scheduler of a Dask cluster that derives contracts.", metavar="tcp://HOST:PORT"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what is kept with what the facts give; replace nothing.")
    ] = False,
) -> None:
    """Make the kept tables anew from the facts: of all contracts, of one, or from a position on.

    All are made beside those that are read, and take their place at once. A replay that was broken off goes on.
    """
    from projections import catching_up

    _check_asked(contract, from_position, workers, dask, check=check)
    with open_ledger(ctx.obj) as ledger:
        if contract is not None and contract not in ledger.contracts():
            raise BadInput.of(f'the ledger has no contract "{contract}"; `status` lists those it has', "CONTRACT")
        if check:
            _check_kept(ledger, ctx.obj, contract)
        elif contract is not None:
            catching_up.replay_contract(ledger, contract, ctx.obj.clock)
            typer.echo(f"Replayed {contract}.", err=True)
        elif from_position is not None:
            taken = catching_up.replay_from(ledger, from_position, ctx.obj.clock)
            typer.echo(f"Replayed {counted(taken, 'fact')} after position {from_position}.", err=True)
        else:
            _replay_all(ledger, ctx.obj, workers, dask)


def _check_asked(
    contract: str | None, from_position: int | None, workers: int | None, dask: str | None, *, check: bool
) -> None:
    if from_position is not None and (contract is not None or check):
        raise BadInput.of("goes with neither a contract nor --check; give it alone", "--from")
    of_all = contract is None and from_position is None and not check
    for given, option in ((workers, "--workers"), (dask, "--dask")):
        if given is not None and not of_all:
            raise BadInput.of("is for a replay of all contracts; leave it out here", option)
    if workers is not None and dask is not None:
        raise BadInput.of("the cluster has workers of its own; give one of the two", "--workers")


def _replay_all(ledger: "Ledger", settings: Any, workers: int | None, dask: str | None) -> None:
    from contextlib import nullcontext
    from functools import partial

    from projections.replay import replay as replay_all
    from projections.spread import dask_cluster, processes

    over = dask_cluster(dask) if dask else processes(workers) if workers else nullcontext()
    with over as spread, progress("Replaying") as report:
        done = replay_all(ledger, partial(open_ledger, settings), settings.clock, spread, report)
    for fault in done.faults:
        typer.echo(fault, err=True)
    if done.faults:
        raise LedgerUnusable("the kept tables stay as they were; mend what is named, and `replay` again")
    again = f", {done.resumed} of them by another replay" if done.resumed else ""
    typer.echo(f"Replayed {counted(done.facts, 'fact')} of {counted(done.contracts, 'contract')}{again}.", err=True)


def _check_kept(ledger: "Ledger", settings: Any, contract: str | None) -> None:
    from projections.kept_check import check

    with progress("Checking") as report:
        found = check(ledger, settings.clock, contract, report)
    for difference in found:
        typer.echo(difference)
    if found:
        typer.echo(f"{counted(len(found), 'difference')}; `contract-ledger replay` makes the tables whole.", err=True)
        raise typer.Exit(EXIT_FOUND)
    typer.echo("The kept tables are what the facts give.", err=True)


def status(ctx: typer.Context) -> None:
    """Say what the ledger holds: its contracts and its last position, and whether its kept tables keep up."""
    from projections.freshness import Freshness, how_kept, rows_kept
    from projections.schema import VERSION

    with open_ledger(ctx.obj) as ledger:
        typer.echo(f"{ledger.name}: {ledger.head()} facts")
        registered = defaultdict(list)
        for each in ledger.registrations_and_voids():
            registered[each.fact.contract].append(each)
        for contract, (count, last) in ledger.last_of_each().items():
            taken = f"the last taken {last.recorded_at:%Y-%m-%d %H:%M} UTC"
            typer.echo(f"{contract}: {count} facts, {taken}{_framework(registered[contract])}")
        kept = how_kept(ledger)
        typer.echo(f"kept tables: {kept}")
        if kept.freshness is not Freshness.MISSING:
            rows = ", ".join(f"{name} {count}" for name, count in rows_kept(ledger).items())
            behind = f", {counted(kept.lag, 'fact')} behind" if kept.freshness is Freshness.BEHIND else ""
            typer.echo(f"kept tables: version {VERSION}{behind}; rows: {rows}")


def _framework(registered: "Sequence[Recorded]") -> str:
    """Say under which framework a contract is, and in which of its lots; nothing of one that is under none.

    Args:
        registered: the facts that registered it, and those that void any fact of it.
    """
    from projections.standing import stand

    standing = stand(registered)
    if standing is None or standing.terms.framework is None:
        return ""
    lots = ", ".join(lot.code for lot in standing.terms.lots or ())
    return f"; under {standing.terms.framework.id}{f', lots {lots}' if lots else ''}"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (replay, status):
        app.command()(command)
