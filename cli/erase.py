"""Erasing text on lawful request; the proof of everything else stays whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, open_ledger
from ledger.faults import BadInput, Fault

if TYPE_CHECKING:
    from ledger.recorded import Recorded


@one_fact("TextErased")
def erase(
    ctx: typer.Context,
    contract: Contract,
    reason: Reason,
    person: Annotated[
        list[str] | None,
        typer.Option(help="A person's name, erased wherever it says who did something.", metavar="PARTY/PERSON"),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(help="A text of one fact, such as its reason or note.", metavar="FACT=FIELD"),
    ] = None,
) -> Fields:
    """Erase a person's name, or free text, from facts; it cannot be undone.

    What is erased is gone from the ledger file; copies, backups and published reports are for you to see to. The
    erasure is a fact of its own, and every proof still holds: in the tree stands only a commitment to the text.
    """
    wanted: dict[str, list[str]] = {}
    faults = []
    for each in text or ():
        fact, equals, field = each.rpartition("=")
        if not equals or not fact:
            faults.append(Fault("", "--text", f'found "{each}"; give FACT=FIELD, such as f-12ab=reason'))
        wanted.setdefault(fact, []).append(field)
    with open_ledger(ctx.obj) as ledger:
        history = ledger.history(contract)
    for named in person or ():
        found = _said_of(history, named)
        if not found:
            faults.append(Fault("", "--person", f'no fact of {contract} names "{named}" as who did something'))
        for fact, fields in found.items():
            wanted.setdefault(fact, []).extend(fields)
    if not wanted and not faults:
        faults.append(Fault("", None, "give --person, --text, or both"))
    if faults:
        raise BadInput(faults)
    return {
        "contract": contract,
        "reason": reason,
        "erases": [{"id": fact, "fields": fields} for fact, fields in wanted.items()],
    }


def _said_of(history: "list[Recorded]", person: str) -> dict[str, list[str]]:
    """Return the fields that name a person as who did something, by the fact's id."""
    from ledger.sealing import erasable
    from ledger.values import Erasable

    found: dict[str, list[str]] = {}
    for recorded in history:
        for name, mark in erasable(recorded.fact.kind).items():
            if mark is Erasable.PERSON and "/" in person and getattr(recorded.fact, name) == person:
                found.setdefault(recorded.fact.id, []).append(name)
    return found


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(erase)
