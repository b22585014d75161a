"""Whether anybody has touched the record: the head of its tree, and the facts held against it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.bundle_verified import verify_bundle
from cli.options import counted, open_ledger
from cli.progress import progress
from cli.record import contents
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from ledger.checks import Breach
    from ledger.evidence import EvidenceChecked
    from ledger.heads import Head
    from ledger.store import Ledger
    from ledger.verify import Verification

EXIT_FOUND = 1
_Output = Annotated[str, typer.Option("--format", help="table or json.", metavar="FORMAT")]


def verify(
    ctx: typer.Context,
    bundle: Annotated[
        Path | None,
        typer.Argument(help="A bundle, folder or .zip, to check instead of the ledger.", metavar="BUNDLE"),
    ] = None,
    heads: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            help="A file with a head that was kept elsewhere, or the head itself; the ledger must extend it.",
            metavar="FILE",
        ),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(help="A document, or a folder of them, to hold against the evidence of facts.", metavar="PATH"),
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read every fact back as one, and check every signature.")
    ] = False,
    output: _Output = "table",
) -> None:
    """Prove that no fact was changed, removed, added or moved since it was taken; name the first that was.

    The tree is computed anew from the facts. Who can write the whole file can write its tree too: keep heads
    elsewhere, and give them with --head. Where a contract's terms ask for a second person but only warn, the facts
    that had none are listed. Exit status 1 if a problem is found.
    """
    _check_output(output)
    kept = [head for given in heads or () for head in _read_heads(given)]
    if bundle is not None:
        if evidence or deep:
            raise BadInput.of("a bundle is checked whole; leave out --deep and --evidence", "BUNDLE")
        problems = verify_bundle(bundle, kept, output)
    else:
        found = _verified(ctx.obj, kept, evidence or [], deep=deep)
        if output == "json":
            print(json.dumps(found.document(), indent=2))
        else:
            _tell(found, kept)
        problems = found.problems
    if problems:
        raise typer.Exit(EXIT_FOUND)


@dataclass(frozen=True, slots=True)
class _Verified:
    """What was found: in the facts, and in what was asked for beside them."""

    facts: "Verification"
    breaches: "list[Breach]"
    evidence: "EvidenceChecked | None"
    signed: int | None
    forged: list[str]

    @property
    def problems(self) -> list[str]:
        """Return a sentence for each problem."""
        wrong = self.evidence.problems if self.evidence else ()
        return [*self.facts.problems, *self.forged, *(f"position {each.position}: {each.sentence}" for each in wrong)]

    def document(self) -> dict[str, Any]:
        """Return what was found as JSON."""
        found: dict[str, Any] = {
            "ok": not self.problems,
            "facts": self.facts.facts,
            "head": self.facts.root.hex(),
            "problems": self.problems,
            "breaches": [
                {"position": each.position, "id": each.fact_id, "field": each.field, "sentence": each.sentence}
                for each in self.breaches
            ],
        }
        if self.signed is not None:
            found["signed"] = self.signed
        if self.evidence is not None:
            found["evidence"] = {
                "matched": self.evidence.matched,
                "not_given": [{"id": fact, "title": title} for fact, title in self.evidence.not_given],
                "without_digest": self.evidence.without_digest,
                "unnamed": list(self.evidence.unnamed),
            }
        return found


def _verified(settings: Any, heads: "list[Head]", evidence: list[Path], *, deep: bool) -> _Verified:
    from ledger.checks import breaches
    from ledger.evidence import check, held
    from ledger.signing import check_signatures
    from ledger.verify import verify as verify_facts

    files = held(evidence)
    with open_ledger(settings) as ledger, progress("Verifying") as report:
        found = verify_facts(ledger, heads, deep=deep, progress=report)
        found.problems += [] if found.problems else _of_kept_tables(ledger)
        if found.problems:
            return _Verified(found, [], None, None, [])
        asked = sorted(found.signed) if deep else []
        try:
            short = [breach for contract in sorted(found.checked) for breach in breaches(ledger.history(contract))]
            signed = [check_signatures(ledger.history(contract), found.sealed) for contract in asked]
            checked = check(ledger.since(0), files) if evidence else None
        except LedgerUnusable:
            return _Verified(verify_facts(ledger, heads, deep=True, progress=report), [], None, None, [])
        return _Verified(
            found,
            short,
            checked,
            sum(count for count, _ in signed) if deep else None,
            [problem for _, problems in signed for problem in problems],
        )


def _of_kept_tables(ledger: "Ledger") -> list[str]:
    """Return what the kept tables say against the facts: they never are ahead of the facts they were made from."""
    from projections.freshness import Freshness, how_kept

    kept = how_kept(ledger)
    astray = kept.freshness in (Freshness.AHEAD, Freshness.ELSEWHERE)
    return [f"the kept tables are {kept}: facts were taken away, or another ledger's tables put here"] if astray else []


def _read_heads(given: str) -> "list[Head]":
    """Return the heads of a file, or the one that is given in full."""
    from ledger.heads import read_heads

    if " " in given and not Path(given).exists():
        return read_heads(given.encode(), given)
    return read_heads(contents(Path(given)), "standard input" if given == "-" else given)


def _tell(found: _Verified, kept: "list[Head]") -> None:
    for problem in found.problems:
        typer.echo(problem)
    for each in found.breaches:
        typer.echo(f"position {each.position}: {each.fact_id}: {each.sentence}")
    count = found.facts.facts
    if found.problems:
        typer.echo(f"{counted(count, 'fact')}: {counted(len(found.problems), 'problem')}.", err=True)
        return
    whole = f"{counted(count, 'fact')}: each is what was taken, in its place."
    typer.echo(f"{whole} Head {found.facts.root.hex()}.", err=True)
    if found.signed is not None:
        signed = f"{counted(found.signed, 'fact')} signed, each with a key of its party"
        typer.echo(f"{signed if found.signed else 'No fact is signed'}.", err=True)
    for head in kept:
        since = counted(count - head.size, "fact")
        typer.echo(f"An extension of the kept head of {counted(head.size, 'fact')}; {since} taken since.", err=True)
    if found.breaches:
        short = counted(len(found.breaches), "fact")
        typer.echo(f"{short} fell short of the checks that a contract's terms ask for, with a warning.", err=True)
    if found.evidence is not None:
        _tell_evidence(found.evidence)


def _tell_evidence(found: "EvidenceChecked") -> None:
    for fact, title in found.not_given:
        typer.echo(f"{fact} rests on {title}, and no file with its digest was given", err=True)
    for path in found.unnamed:
        typer.echo(f"{path}: no fact rests on a document with this digest, or of this name", err=True)
    given = f"{counted(found.matched, 'document')} as recorded, {len(found.not_given)} not given"
    typer.echo(f"Evidence: {given}, {found.without_digest} recorded without a digest.", err=True)


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
