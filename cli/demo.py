"""The main job on the sample: a real contract's tables as reported, and what changed since."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from cli.options import open_ledger, question
from cli.sample import contents_of

_CONTRACT, _SAMPLE = "lincolnshire-css", "lincolnshire"
_KEPT = "sample.db"
_JULY, _OCTOBER = "2017-07-27", "2017-10-26"


def demo(ctx: typer.Context) -> None:
    """Load the Lincolnshire sample and show its October 2017 tables, and what changed since July.

    The ledger is kept in a temporary folder, unless --ledger names one.
    """
    from cli.render import tell

    named = ctx.get_parameter_source if ctx.parent is None else ctx.parent.get_parameter_source
    given = getattr(named("ledger"), "name", "DEFAULT") != "DEFAULT"
    folder: AbstractContextManager[Any] = nullcontext() if given else TemporaryDirectory(prefix="contract-ledger-")
    with folder as temporary:
        settings = ctx.obj if given else replace(ctx.obj, location=str(Path(temporary) / "demo.db"))
        load_sample(settings)
        with open_ledger(settings) as ledger:
            count = len(ledger.history("lincolnshire-css"))
        tell(f"{count} facts of the Lincolnshire contract, March to August 2017, from its published report.", indent=0)
        typer.echo("")
        _show(settings, f"contract-ledger --ledger {_named(settings) if given else _KEPT}")
    typer.echo(_next(_named(settings) if given else None))


def _named(settings: Any) -> str:
    """Return the ledger's place as it may be printed."""
    from ledger.location import place_of

    return str(place_of(settings.location))


def load_sample(settings: Any) -> int:
    """Record the sample contract and its facts; return how many facts the ledger then has."""
    from ledger.definition import read_definition
    from ledger.lines import read_lines
    from ledger.recording import record
    from ledger.store import Ledger
    from projections.catching_up import catch_up

    sample = contents_of(_SAMPLE)
    reading = read_definition(sample["contract.toml"], "contract.toml")
    reading += read_lines(sample["facts.jsonl"], "facts.jsonl", Ledger.new_id)
    with open_ledger(settings, create=True) as ledger:
        record(ledger, reading, settings.clock)
        catch_up(ledger, settings.clock)
        return ledger.head()


def _show(settings: Any, command: str) -> None:
    from cli.render import draw, tell
    from projections.abatement import abatement
    from projections.diff import diff
    from projections.summary import summary
    from projections.terms import assumptions

    with open_ledger(settings) as ledger:
        july = question(ledger, settings, _CONTRACT, _JULY, last="2017-05", count=3)
        october = question(ledger, settings, _CONTRACT, _OCTOBER)
        typer.echo(
            f"1. The summary as reported on 26 October 2017\n   {command} summary {_CONTRACT} --as-at {_OCTOBER}\n"
        )
        draw(summary(october).tables()[:1])
        typer.echo("")
        tell("2. What has changed since it was reported on 27 July 2017, for March to May, and why", indent=0)
        typer.echo(f"   {command} diff {_CONTRACT} --from {_JULY} --to {_OCTOBER} --last 2017-05 --periods 3\n")
        changed = diff(july, replace(october, last="2017-05", count=3), whole=False)
        draw(changed.tables())
        _tell(july, october, changed)
        typer.echo(
            f"\n3. Abatement points as at 26 October 2017\n   {command} abatement {_CONTRACT} --as-at {_OCTOBER}\n"
        )
        found = abatement(october)
        draw([found.chart(), replace(found.totals_table(), assumptions=assumptions(october.standing))])


def _tell(july: Any, october: Any, changed: Any) -> None:
    """Tell, for each cell whose status moved, the facts that moved it."""
    from cli.render import tell
    from projections.notes import teller_of

    teller = teller_of(october.standing)
    by_id = {recorded.fact.id: recorded.fact for recorded in october.facts}
    told = dict.fromkeys(fact for moved in changed.found.cells for fact in moved.because)
    typer.echo("")
    for fact in told:
        tell(teller.sentence(by_id[fact]), indent=3)


def _next(location: str | None) -> str:
    """Return what to try next."""
    command = f"contract-ledger --ledger {location or _KEPT}"
    keep = "" if location else f"\n  {command} demo            keeps this ledger in a file; then"
    return f"""
What to try next{keep}
  {command} rag {_CONTRACT} --as-at {_OCTOBER}
  {command} board-report {_CONTRACT} --as-at {_OCTOBER}
  {command} trail {_CONTRACT} PM_KPI_06 2017-05
  {command} escalate decide {_CONTRACT} IMT_KPI_01 2017-08 upheld \\
    --ref ESC-2017-03 --by LCC --dry-run
  contract-ledger sample {_SAMPLE}       writes the printed tables of the report to a folder; then
  {command} reconcile {_CONTRACT} {_SAMPLE}/published.csv --as-at {_OCTOBER}"""


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)
