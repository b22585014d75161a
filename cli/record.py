"""Recording from files: a contract file registered, files of facts recorded."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import streams, tables
from cli.options import DryRun, counted, open_ledger
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.judgement import Reading
    from ledger.recording import Receipt
    from ledger.store import Ledger

_MOST_MOVED_SHOWN = 40
_MOST_NAMED = 5
_LARGEST_FILE = 1 << 30


def register(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="The contract files, TOML.", metavar="FILE…")],
    dry_run: DryRun = False,
) -> None:
    """Register contracts from their files, or the contract of each provider from a framework's file: all, or none."""
    from ledger.judgement import Reading

    reading, told = Reading(), []
    for file in files:
        try:
            found, settled = _definition(ctx.obj, file)
        except BadInput as wrong:
            reading.faults += wrong.faults
            continue
        reading += found
        told += [settled if len(files) == 1 else f"{file}: {settled}"] if settled else []
    try:
        take(ctx.obj, reading, dry_run=dry_run, told="\n".join(told) or None)
    except BadInput:
        for odd in reading.doubts:
            typer.echo(f"Warning: {odd}", err=True)
        raise


def _definition(settings: Any, file: Path) -> "tuple[Reading, str | None]":
    """Read a contract file; return the facts it comes to, and which of its doubts are settled."""
    from ledger.definition import are_registered, of_new_contracts
    from ledger.framework import changes_of_all, read_registration
    from ledger.location import is_there, place_of

    definition, registered = read_registration(contents(file), str(file)), False
    if not definition.faults and is_there(place_of(settings.location)):
        with open_ledger(settings) as ledger:
            changed = list(changes_of_all(definition.proposed, ledger.history, ledger.registrations()))
            registered = are_registered(definition.proposed, ledger.history)
            definition.faults += changed
            if changed:  # what a file changes of registered contracts is told, and not judged as if it were new
                definition.proposed = of_new_contracts(definition.proposed, ledger.history)
    return definition.to_register(registered=registered), definition.settled()


def record(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of facts: JSON Lines (- for standard input), or a table, .csv or .xlsx.", metavar="FILE…"
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option(
            envvar="CONTRACT_LEDGER_BY", help="Who records the rows of a table that do not say: PARTY or PARTY/person."
        ),
    ] = None,
    dated: Annotated[
        str | None, typer.Option(help="The date of the rows of a table that have none.", metavar="DATE")
    ] = None,
    contract: Annotated[
        str | None, typer.Option(help="The contract of the rows of a table that name none.", metavar="CONTRACT")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="The period of the rows of a table that have none.", metavar="PERIOD")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Record facts from files: all of them, or none if there is a fault in any.

    A table is a return (its header has kpi and value) or a table of facts (its header has fact).
    """
    from ledger.uncollected import uncollected

    fill = tables.filled(ctx.obj, files, contract=contract, period=period, dated=dated, by=by)
    with uncollected():  # from the first line read to the last cell moved
        take(ctx.obj, _read(ctx.obj, files, fill, ids(dry_run=dry_run)), dry_run=dry_run)


def _read(settings: Any, files: list[Path], fill: dict[str, str], new_id: Callable[[], str]) -> "Reading":
    """Read the facts of files, one after another; a table may speak of what the files before it introduce."""
    from ledger.judgement import Reading
    from ledger.lines import read_lines

    known = tables.units(settings)
    reading = Reading()
    for file in files:
        try:
            if str(file) != "-" and tables.is_table(file):
                found = tables.read(file, fill, known, new_id)
            else:
                found = read_lines(contents(file), "standard input" if str(file) == "-" else str(file), new_id)
        except BadInput as wrong:
            reading.faults += wrong.faults
            continue
        for each in found.proposed:
            known.learn(each.fact)
        reading += found
    return reading


def ids(*, dry_run: bool) -> Callable[[], str]:
    """Return what gives ids to facts that have none; a dry run gives none that could be taken for one."""
    from ledger.store import Ledger

    numbers = count(1)
    return (lambda: f"(new fact {next(numbers)})") if dry_run else Ledger.new_id


def contents(file: Path) -> bytes:
    """Return the bytes of a file, or of standard input for `-`.

    Raises:
        BadInput: if the file cannot be read.
    """
    if str(file) == "-":
        if sys.stdin is None:
            raise BadInput.of("is closed; give a file, or something to read", where="standard input")
        return sys.stdin.buffer.read()
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise BadInput.of("is larger than 1 GiB; split it", where=str(file))
        return file.read_bytes()
    except OSError as wrong:
        raise BadInput.of(f"cannot be read ({wrong.strerror}); give the path of a file", where=str(file)) from None


def take(
    settings: Any, reading: "Reading", *, dry_run: bool, expected_head: int | None = None, told: str | None = None
) -> None:
    """Record what was read, say what was recorded, and show what moved.

    Args:
        settings: where the ledger is, and what time it is.
        reading: what was read.
        dry_run: record nothing.
        expected_head: the position after which it must be taken, if what it says hangs on it.
        told: what else is to be said of what is taken, or would be.

    Raises:
        BadInput: with every fault; nothing is recorded.
        Overtaken: if the ledger's last position is not the expected one; nothing is recorded.
        LedgerUnusable: if the ledger cannot be used.
    """
    from cli.render import working
    from ledger.location import is_there, place_of
    from ledger.recording import record as record_facts

    if not is_there(place_of(settings.location)):
        _try_elsewhere(settings, reading, dry_run=dry_run)
        if dry_run:
            return
    with open_ledger(settings, create=not dry_run) as ledger:
        with working("Recording"):
            receipt = record_facts(ledger, reading, settings.clock, dry_run=dry_run, expected_head=expected_head)
            behind = None if dry_run else _catch_up(ledger, settings, receipt)
            held = None if dry_run else _scrub(ledger, receipt)
        try:
            _say(receipt, dry_run=dry_run)
            for sentence in (told if receipt.recorded else None, behind, held):
                if sentence:
                    typer.echo(sentence, err=True)
            show_moved(ledger, receipt, settings, dry_run=dry_run)
            sys.stdout.flush()
        except OSError:
            if not receipt.recorded or dry_run:
                raise
            streams.flush()  # what is recorded is recorded, even if nobody can be told


def _catch_up(ledger: "Ledger", settings: Any, receipt: "Receipt") -> str | None:
    """Bring the kept tables up to the facts; return what is to be said about it, if anything is."""
    from ledger.faults import LedgerUnusable
    from projections.catching_up import catch_up
    from projections.freshness import Freshness

    try:
        kept = catch_up(ledger, settings.clock, receipt.after)
    except LedgerUnusable as wrong:
        return f"The facts are recorded. {wrong}; run `contract-ledger replay`."
    astray = kept.freshness in (Freshness.AHEAD, Freshness.ELSEWHERE)
    return f"The kept tables were {kept}. They were rebuilt." if astray else None


def _scrub(ledger: "Ledger", receipt: "Receipt") -> str | None:
    """Leave nothing of erased text beside the tables; return what is to be said if it is still somewhere."""
    from ledger.keeping_facts import TextErased

    return ledger.scrub() if any(isinstance(each.fact, TextErased) for each in receipt.recorded) else None


def _try_elsewhere(settings: Any, reading: "Reading", *, dry_run: bool) -> None:
    """Judge a first recording in a folder that is thrown away, so that a fault leaves no empty ledger behind."""
    from dataclasses import replace
    from tempfile import TemporaryDirectory

    from ledger.location import place_of, refuse_new
    from ledger.recording import record as record_facts

    refuse_new(place_of(settings.location))
    with TemporaryDirectory() as folder:
        elsewhere = replace(settings, location=str(Path(folder) / "try.db"))
        with open_ledger(elsewhere, create=True) as ledger:
            receipt = record_facts(ledger, reading, settings.clock, dry_run=True)
            if dry_run:
                _say(receipt, dry_run=True)
                show_moved(ledger, receipt, settings, dry_run=True)


def _say(receipt: "Receipt", *, dry_run: bool) -> None:
    for odd in receipt.warnings:
        typer.echo(f"Warning: {odd}", err=True)
    taken = len(receipt.recorded)
    facts = counted(taken, "fact")
    if dry_run:
        typer.echo(f"Dry run: {facts} would be recorded; nothing was.", err=True)
    elif taken:
        first, last = receipt.recorded[0].position, receipt.recorded[-1].position
        where = f"position {first}" if taken == 1 else f"positions {first} to {last}"
        typer.echo(f"Recorded {facts} at {where}.", err=True)
    else:
        typer.echo("Nothing new to record.", err=True)
    if receipt.passed_over:
        again = len(receipt.passed_over)
        typer.echo(f"Passed over {again} already recorded.", err=True)


def show_moved(ledger: "Ledger", receipt: "Receipt", settings: Any, *, dry_run: bool) -> None:
    """Show what the recorded facts moved, as things stand today: cells, totals, triggers, reports that differ."""
    from cli.credits import warn_of_amounts
    from cli.render import draw
    from projections.diff import differences, tables_with_triggers
    from projections.moment import counting
    from projections.reports import mismatch_table, mismatches
    from projections.standing import stand

    today, unshown = settings.clock.today(), []
    for contract, before in receipt.before.items():
        taken = [recorded for recorded in receipt.recorded if recorded.fact.contract == contract]
        if not taken:
            continue
        warn_of_amounts([*before, *taken], taken)
        last = taken[-1].position
        old, new = counting(before, today, last), counting([*before, *taken], today, last)
        standing = stand(new)
        if standing is None:
            continue
        if len(taken) > _MOST_MOVED_SHOWN and not dry_run:
            unshown.append(contract)
            continue
        found = differences(old, new)
        if found.cells or found.totals or found.triggers:
            no_longer = mismatches([*before, *taken], standing, [(moved.kpi, moved.period) for moved in found.cells])
            draw([*tables_with_triggers(found, standing), *([mismatch_table(no_longer)] if no_longer else [])])
        else:
            typer.echo(f"{contract}: no cell moved.", err=True)
    if len(unshown) > _MOST_NAMED:
        typer.echo(f"{len(unshown)} contracts: `contract-ledger contracts` lists them, worst first.", err=True)
        return
    for contract in unshown:
        typer.echo(f"{contract}: `contract-ledger rag {contract}` shows its table.", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(register)
    app.command()(record)
