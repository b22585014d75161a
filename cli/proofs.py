"""Proofs for people who have not the ledger: made, checked, and the program that checks them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.new_file import write_new
from cli.options import open_ledger
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from ledger.store import Ledger

Size = Annotated[
    int | None, typer.Option(min=1, help="Prove it under the head of so many facts; default all.", metavar="N")
]
To = Annotated[Path | None, typer.Option("--to", help="Write it to this file, which is not there yet.", metavar="FILE")]


def prove(
    ctx: typer.Context,
    fact: Annotated[str, typer.Argument(help="The fact's id.", metavar="FACT")],
    size: Size = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Do not show the text of this field; it stays a commitment.")
    ] = None,
    to: To = None,
) -> None:
    """Prove that a fact is in the ledger, to people who have only its head."""
    with open_ledger(ctx.obj) as ledger:
        _write(_proof_of_fact(ledger, fact, size, withhold or []), to)


def prove_extension(
    ctx: typer.Context,
    first: Annotated[int, typer.Argument(min=1, help="How many facts the earlier head is of.", metavar="N")],
    size: Size = None,
    to: To = None,
) -> None:
    """Prove that what was recorded since an earlier head changed nothing before it."""
    with open_ledger(ctx.obj) as ledger:
        _write(_proof_of_extension(ledger, first, size), to)


def check_proof(
    proof: Annotated[Path, typer.Argument(help="The proof.", metavar="FILE")],
    head: Annotated[
        Path | None, typer.Option(help="A head kept elsewhere: SIZE ROOT, or JSON with size and root.", metavar="FILE")
    ] = None,
) -> None:
    """Check a proof, without the ledger; the program that `verifier` writes does the same."""
    from ledger.check_proof import main

    status = main([*([f"--head={head}"] if head else []), "--", str(proof)])
    raise typer.Exit(status)


def verifier(to: To = None) -> None:
    """Write the program that checks proofs: one file of Python, for people who have nothing else."""
    from ledger import check_proof as alone

    _put(Path(alone.__file__).read_text(encoding="utf-8"), to)


def _proof_of_fact(ledger: "Ledger", fact: str, size: int | None, withhold: Sequence[str]) -> dict[str, Any]:
    """Return the proof of a fact.

    Raises:
        BadInput: if there is no such fact, size or text.
    """
    from ledger.proofs import inclusion_document

    recorded = ledger.with_ids([fact]).get(fact)
    if recorded is None:
        raise BadInput.of(f'no fact has the id "{fact}"; `export` writes every fact with its id', "FACT")
    leaves = _first(ledger.leaves(), size)
    if recorded.position < 1:
        raise LedgerUnusable(f"{fact} stands at position {recorded.position}, where no fact may be; run `verify`")
    if recorded.position > len(leaves):
        sentence = f"found {size}; {fact} is fact {recorded.position}, so give that or more"
        raise BadInput.of(sentence, "--size")
    openings = {field: (salt, text) for field, (salt, text) in ledger.openings(recorded.position).items() if salt}
    for field in withhold:
        if field not in openings:
            able = f"give one of {', '.join(openings)}" if openings else "none of its texts can be"
            raise BadInput.of(f'"{field}" is no text of {fact} that can be withheld; {able}', "--withhold")
    shown = {field: pair for field, pair in openings.items() if field not in withhold}
    return inclusion_document(leaves, recorded.position, ledger.canonical(recorded.position), shown)


def _proof_of_extension(ledger: "Ledger", first: int, size: int | None) -> dict[str, Any]:
    """Return the proof that the ledger extends its first facts.

    Raises:
        BadInput: if there are not so many.
    """
    from ledger.proofs import consistency_document

    leaves = _first(ledger.leaves(), size)
    if first > len(leaves):
        raise BadInput.of(f"found {first}; give a number of facts up to {len(leaves)}", "N")
    return consistency_document(leaves, first)


def _first(leaves: list[bytes], size: int | None) -> list[bytes]:
    if size is not None and size > len(leaves):
        raise BadInput.of(f"found {size}; the ledger has {len(leaves)} facts", "--size")
    return leaves[:size]


def _write(document: dict[str, Any], to: Path | None) -> None:
    _put(json.dumps(document, indent=2) + "\n", to)


def _put(text: str, to: Path | None) -> None:
    """Print a text, or write it to a new file."""
    if to is None:
        print(text, end="")
        return
    write_new(to, text.encode(), "--to")
    typer.echo(f"Wrote {to}.", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (prove, prove_extension, check_proof, verifier):
        app.command()(command)
