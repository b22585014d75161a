"""The samples that come with the program: real contracts, from their own documents, as files to work with."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.faults import BadInput, Fault

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SAMPLES = {
    "lincolnshire": "the board report of 26 October 2017: 41 KPIs, March to August 2017",
    "lincolnshire-2018-2021": "an addendum of August 2018 and minutes of 2021: what little they name",
    "social-care-annex": "the six KPIs of a social-care contract's annex; a year of invented returns",
    "kent-framework": "the 37 measures of a county's framework for day services; a year of three invented providers",
    "model-services": "severities, a cap and a trigger after the Model Services Contract: invented figures",
}


def contents_of(name: str) -> dict[str, bytes]:
    """Return the files of a sample by name: contract.toml, facts.jsonl, and published.csv where tables were published.

    Raises:
        BadInput: if there is no sample of that name.
    """
    if name not in SAMPLES:
        raise BadInput.of(f'found "{name}"; give one of {", ".join(SAMPLES)}', "SAMPLE")
    folder: Traversable = files("cli") / "samples" / name
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir(), key=lambda each: each.name)}


def sample(
    name: Annotated[
        str | None, typer.Argument(help="The sample; without it, all are listed.", metavar="SAMPLE")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The folder to write it to; default one of its name.", metavar="FOLDER")
    ] = None,
) -> None:
    """Write a sample to a folder, to register and record: a contract, its facts, and what was published of it."""
    if name is None:
        for each, about in SAMPLES.items():
            typer.echo(f"{each}: {about}")
        return
    folder = to or Path(name)
    given = {folder / file: content for file, content in contents_of(name).items()}
    _check(folder, given)
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in given.items():
        path.write_bytes(content)
        typer.echo(str(path))


def _check(folder: Path, given: dict[Path, bytes]) -> None:
    """Refuse to write over what is there, unless it is the same.

    Raises:
        BadInput: naming each file that differs.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput.of("is no folder; name another with --to", where=str(folder))
    there = [path for path, content in given.items() if path.exists() and not _is(path, content)]
    if there:
        raise BadInput([Fault(str(path), None, "is already there; name another folder with --to") for path in there])


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(sample)
