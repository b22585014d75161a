"""The command line: the app, what every command shares, and how what goes wrong is said."""

import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import (
    acts,
    admit,
    board,
    board_report,
    check,
    copies,
    demo,
    erase,
    estate,
    estate_cells,
    export,
    keep,
    managing,
    market,
    monitoring,
    month_end,
    notice,
    notice_acts,
    proofs,
    published,
    reconcile,
    record,
    reported,
    sample,
    show,
    signing,
    streams,
    template,
    timestamps,
    verify,
)
from cli import credits as money
from ledger.clock import Clock
from ledger.faults import BadInput, LedgerUnusable, one_line

EXIT_BAD_INPUT = 2
EXIT_UNUSABLE = 3


class SentencesGroup(TyperGroup):
    """Runs a command; what goes wrong becomes sentences on standard error and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BadInput as wrong:
            for fault in wrong.faults:
                typer.echo(str(fault), err=True)
            raise typer.Exit(EXIT_BAD_INPUT) from None
        except LedgerUnusable as wrong:
            typer.echo(one_line(str(wrong)), err=True)
            raise typer.Exit(EXIT_UNUSABLE) from None
        except BrokenPipeError:
            streams.flush()  # the reader has seen enough
            raise typer.Exit from None
        except OSError as wrong:
            streams.flush()
            _say_unwritten(wrong)
            raise typer.Exit(EXIT_UNUSABLE) from None


def _say_unwritten(wrong: OSError) -> None:
    with suppress(OSError):
        typer.echo(f"the output cannot be written ({wrong.strerror})", err=True)


@dataclass
class Settings:
    """What every command needs to know: where the ledger is, and what time it is."""

    location: str = "contract-ledger.db"
    wait_seconds: int = 15
    clock: Clock = field(default_factory=Clock)


app = typer.Typer(
    cls=SentencesGroup,
    name="contract-ledger",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=(
        "A ledger of one or many contracts: KPI returns, decisions and rebases are immutable facts, and every "
        "table is rebuilt from them as at any date. Tables go to standard output, everything else to standard error. "
        "Exit status: 0 done; 1 a check found something; 2 bad input, nothing recorded; 3 the ledger could not be used."
    ),
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"contract-ledger {version('contract-ledger')}")
        raise typer.Exit


@app.callback()
def settings(
    ctx: typer.Context,
    ledger: Annotated[
        str,
        typer.Option(
            envvar="CONTRACT_LEDGER",
            help="The ledger: a file path, sqlite:///PATH or postgresql://USER@HOST/DATABASE.",
            metavar="URL",
        ),
    ] = "contract-ledger.db",
    wait: Annotated[
        int,
        typer.Option(envvar="CONTRACT_LEDGER_WAIT", min=1, help="Seconds to wait while another program is writing."),
    ] = 15,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Set what every command shares."""
    given = ctx.obj if isinstance(ctx.obj, Settings) else Settings()
    ctx.obj = Settings(ledger, wait, given.clock)


for part in (
    demo,
    sample,
    check,
    record,
    template,
    acts,
    month_end,
    board,
    monitoring,
    show,
    estate,
    estate_cells,
    market,
    money,
    reconcile,
    reported,
    board_report,
    published,
    notice,
    notice_acts,
    keep,
    managing,
    proofs,
    signing,
    timestamps,
    verify,
    erase,
    copies,
    admit,
    export,
):
    part.add_to(app)


def run() -> None:
    """Run the command line, as the installed command does."""
    streams.prepare()
    out, status = sys.stdout, 0
    try:
        app()
    except SystemExit as done:
        status = int(done.code or 0)
    if sys.stdout is not out:  # typer has put another in its place, as the reader has left
        sys.stdout, status = out, 0
    wrong = streams.flush()
    if wrong is not None and not isinstance(wrong, BrokenPipeError):
        _say_unwritten(wrong)
        status = EXIT_UNUSABLE
    sys.exit(status)
