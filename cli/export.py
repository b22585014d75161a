"""Facts out again, as the lines that `record` takes."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.bundle import write_bundle
from cli.options import counted, open_ledger
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from ledger.store import Ledger


def export(
    ctx: typer.Context,
    contracts: Annotated[
        list[str] | None, typer.Argument(help="The contracts' ids; default all.", metavar="CONTRACT…")
    ] = None,
    financial_year: Annotated[
        str | None,
        typer.Option(help="Write the bundle an auditor takes away for this year, such as 2017/18.", metavar="YEAR"),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Where the bundle goes: a new folder, or a new .zip.", metavar="PATH")
    ] = None,
) -> None:
    """Write every fact as JSON Lines, in the order the ledger took them; `record` takes them into an empty ledger.

    With --financial-year: the facts of one contract, the reports published that bear on the year, the year's tables,
    heads, proofs, a manifest, and a page that checks all of it without a network. `verify` checks it too.
    """
    from ledger.recorded import as_line

    if financial_year is not None or to is not None:
        if financial_year is None or to is None or len(contracts or []) != 1:
            sentence = "a bundle is of one contract and year; give CONTRACT, --financial-year and --to"
            raise BadInput.of(sentence, "--to" if to is None else "--financial-year")
        write_bundle(ctx.obj, (contracts or [])[0], financial_year, to)
        return

    with open_ledger(ctx.obj) as ledger:
        chosen = _chosen(ledger, contracts or [])
        weighing: dict[str, list[AnyFact]] = {}
        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
        unsigned = 0
        for recorded in ledger.since(0):
            if recorded.fact.contract in chosen:
                print(json.dumps(as_line(recorded), ensure_ascii=plain))
                _weigh(recorded.fact, weighing)
                unsigned += bool(recorded.erased and recorded.fact.signature)
    sys.stdout.flush()
    if unsigned:
        left_out = f"Left out {counted(unsigned, 'signature')} of facts with erased texts"
        typer.echo(f"{left_out}: where the lines go they could not be checked.", err=True)
    _say_unbalanced(weighing)


def _chosen(ledger: "Ledger", contracts: list[str]) -> set[str]:
    known = ledger.contracts()
    unknown = [each for each in contracts if each not in known]
    if unknown:
        sentence = f'the ledger has no contract "{unknown[0]}"; `status` lists those it has'
        raise BadInput.of(sentence, "CONTRACT")
    return set(contracts or known)


def _weigh(fact: "AnyFact", weighing: dict[str, list["AnyFact"]]) -> None:
    from ledger.weights import moves_weights

    if moves_weights(fact):
        weighing.setdefault(fact.contract, []).append(fact)


def _say_unbalanced(weighing: dict[str, list["AnyFact"]]) -> None:
    """Say which contracts' weights miss their pool: lone facts may leave them so, a file of facts may not."""
    from ledger.facts import standing_facts
    from ledger.weights import unbalanced

    for contract, facts in weighing.items():
        for period, total in unbalanced(standing_facts(facts)).items():
            sentence = f"{contract}: from {period} the weights add up to {total.found}, and the pool is {total.pool}"
            typer.echo(f"Warning: {sentence}; `record` refuses a file that leaves them so.", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(export)
