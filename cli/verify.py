"""Whether anybody has touched the record: the head of its tree, and the facts held against it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import counted, open_ledger
from cli.progress import progress
from cli.record import contents
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.heads import Head
    from ledger.verify import Verification

EXIT_FOUND = 1
_Output = Annotated[str, typer.Option("--format", help="table or json.", metavar="FORMAT")]


def verify(
    ctx: typer.Context,
    heads: Annotated[
        list[Path] | None,
        typer.Option("--head", help="A head that was kept elsewhere; the ledger must extend it.", metavar="FILE"),
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also read every fact back as one.")] = False,
    output: _Output = "table",
) -> None:
    """Prove that no fact was changed, removed, added or moved since it was taken; name the first that was.

    The tree is computed anew from the facts. Who can write the whole file can write its tree too: keep heads
    elsewhere, and give them with --head. Exit status 1 if anything is found.
    """
    from ledger.verify import verify as verify_facts

    _check_output(output)
    kept = [_read_head(file) for file in heads or ()]
    with open_ledger(ctx.obj) as ledger, progress("Verifying") as report:
        found = verify_facts(ledger, kept, deep=deep, progress=report)
    if output == "json":
        print(json.dumps(_document(found), indent=2))
    else:
        _tell(found, kept)
    if found.problems:
        raise typer.Exit(EXIT_FOUND)


def _read_head(file: Path) -> "Head":
    from ledger.heads import read_head

    return read_head(contents(file), "standard input" if str(file) == "-" else str(file))


def _document(found: "Verification") -> dict[str, Any]:
    return {
        "ok": not found.problems,
        "facts": found.facts,
        "head": found.root.hex(),
        "problems": found.problems,
    }


def _tell(found: "Verification", kept: "list[Head]") -> None:
    for problem in found.problems:
        typer.echo(problem)
    facts = counted(found.facts, "fact")
    if found.problems:
        typer.echo(f"{facts}: {counted(len(found.problems), 'problem')}.", err=True)
        return
    typer.echo(f"{facts}: each is what was taken, in its place. Head {found.root.hex()}.", err=True)
    for head in kept:
        since = counted(found.facts - head.size, "fact")
        typer.echo(f"An extension of the kept head of {counted(head.size, 'fact')}; {since} taken since.", err=True)


def head(ctx: typer.Context, output: _Output = "table") -> None:
    """Print the size and the root of the tree of facts, to be kept elsewhere: in the minutes, with the other party.

    As JSON it also tells, to `verify --head`, the place of a later change.
    """
    from ledger.heads import head_of

    _check_output(output)
    with open_ledger(ctx.obj) as ledger:
        found = head_of(ledger.leaves())
    print(json.dumps(found.document(), indent=1) if output == "json" else f"{found.size} {found.root.hex()}")


def _check_output(output: str) -> None:
    if output not in ("table", "json"):
        raise BadInput.of(f'found "{output}"; give table or json', "--format")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (verify, head):
        app.command()(command)
