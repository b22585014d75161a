"""Erasing text on lawful request; the proof of everything else stays whole."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.one_fact import OfMoment, Reason, one_fact
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
) -> OfMoment:
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
        head, history = ledger.head(), ledger.history(contract)
    for named in person or ():
        found = _said_of(history, named)
        if not found:
            hint = f"; did you mean {near[0]}?" if (near := _near(history, named)) else ""
            faults.append(Fault("", "--person", f'no fact of {contract} names "{named}" as who did something{hint}'))
        for fact, fields in found.items():
            wanted.setdefault(fact, []).extend(fields)
    if not wanted and not faults:
        faults.append(Fault("", None, "give --person, --text, or both"))
    if faults:
        raise BadInput(faults)
    reports = _digests_after(history, wanted, head + 1)
    erases = [{"id": fact, "fields": fields} for fact, fields in wanted.items()]
    told = [f"{fact}: {' and '.join(fields)}" for fact, fields in wanted.items()]
    told += [f"Digest of {name} from now on: SHA-256 {digest}" for name, digest in reports.items()]
    told += [
        f"{named} stands in other texts too, which stay: {where}"
        for named, where in _elsewhere(history, person or (), wanted)
    ]
    return OfMoment(
        {
            "contract": contract,
            "reason": reason,
            "erases": erases,
            "reports": reports or None,
            **_breaches(history),
        },
        head,
        "\n".join(told),
    )


def _persons(history: "list[Recorded]") -> set[str]:
    """Return every PARTY/person who did something."""
    from ledger.sealing import erasable
    from ledger.values import Erasable

    fields = (
        (each.fact, name)
        for each in history
        for name, mark in erasable(each.fact.kind).items()
        if mark is Erasable.PERSON
    )
    return {value for fact, name in fields if "/" in (value := getattr(fact, name) or "")}


def _near(history: "list[Recorded]", person: str) -> list[str]:
    """Return who may have been meant."""
    from difflib import get_close_matches

    known = {each.casefold(): each for each in sorted(_persons(history))}
    return [known[each] for each in get_close_matches(person.casefold(), known, n=1)]


def _elsewhere(
    history: "list[Recorded]", persons: Iterable[str], erases: dict[str, list[str]]
) -> list[tuple[str, str]]:
    """Return in which other texts a person's name stands, as FACT=FIELD, by the name."""
    from ledger.sealing import erasable_texts

    found = []
    for person in persons:
        name = person.partition("/")[2]
        where = [
            f"{each.fact.id}={field}"
            for each in history
            for field, text in erasable_texts(each.fact).items()
            if name.casefold() in text.casefold() and field not in erases.get(each.fact.id, ())
        ]
        if where:
            found.append((name, ", ".join(where)))
    return found


def _breaches(history: "list[Recorded]") -> dict[str, list[str]]:
    """Return the facts that fall short of the contract's checks: without the names nobody could tell for certain."""
    from ledger.checks import breaches

    now = {each.fact_id for each in breaches(history)}
    return {"breaches": sorted(now)} if now else {}


def _can_be_erased(history: "list[Recorded]", erases: dict[str, list[str]]) -> bool:
    from ledger.sealing import erasable_texts

    there = {each.fact.id: {*erasable_texts(each.fact)} - {*each.erased} for each in history}
    return all({*fields} <= there.get(fact, set()) for fact, fields in erases.items())


def _digests_after(history: "list[Recorded]", erases: dict[str, list[str]], position: int) -> dict[str, str]:
    """Return the digests that published reports will have; none if what is asked for cannot be erased."""
    from cli.render import working
    from projections.erasures import digests_after

    if not _can_be_erased(history, erases):
        return {}
    with working("Drawing the published reports without it"):
        return digests_after(history, erases, position)


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
