"""A bundle checked without the ledger: read as what a stranger may have made, and made anew from its own facts."""

import json
import os
import stat
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ledger.faults import BadInput, LedgerUnusable, one_line

if TYPE_CHECKING:
    from zipfile import ZipFile

    from ledger.bundle import Bundle, Files, Findings
    from ledger.heads import Head

_LARGEST, _MOST_FILES = 512 << 20, 10_000
_NOT_DRAWN = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)
_NO_HEAD = "no head was given that was kept elsewhere, and whoever made the bundle could have made all of it"


@dataclass(slots=True)
class _Found:
    """The files of a bundle by name, and what is wrong with how they lie there."""

    files: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def verify_bundle(path: Path, heads: "list[Head]", output: str) -> list[str]:
    """Check a bundle without the ledger, say what was found, and return the problems.

    Raises:
        BadInput: if it is none.
    """
    from ledger.bundle import Findings
    from ledger.bundle_check import check

    held = _read(path)
    found, bundle = Findings(bad=held.wrong), None
    if not found.bad:
        try:
            found, bundle = check(held.files, heads)
        except BadInput as wrong:
            named = [replace(each, where=f"{path}: {each.where}" if each.where else str(path)) for each in wrong.faults]
            raise BadInput(named) from None
    if bundle is not None and not found.bad:
        _check_made_anew(found, bundle, held.files)
    if not heads:
        found.unproved.append(_NO_HEAD)
    _tell(found, bundle, output)
    return found.bad


def _tell(found: "Findings", bundle: "Bundle | None", output: str) -> None:
    if output == "json":
        facts = len(bundle.facts) if bundle else 0
        told = {"ok": not found.bad, "facts": facts, "head": bundle.manifest["head"]["root"] if bundle else None}
        print(json.dumps({**told, "problems": found.bad, "holds": found.good, "not_proved": found.unproved}, indent=2))
    else:
        for problem in found.bad:
            typer.echo(one_line(problem))
        for sentence in found.good:
            typer.echo(one_line(f"Holds: {sentence}."), err=True)
        for sentence in found.unproved:
            typer.echo(one_line(f"Not proved: {sentence}."), err=True)
    sys.stdout.flush()


def _check_made_anew(found: "Findings", bundle: "Bundle", files: "Files") -> None:
    """Make the bundle from its own facts and leaves, and hold each file against what comes out."""
    from cli.bundle_made import CHECKER, PAGE
    from ledger.bundle import MANIFEST, SEAL, left_by_systems
    from projections.code_version import code_version

    then, now = bundle.manifest["code_version"], code_version()
    try:
        made = _made_anew(bundle)
    except (*_NOT_DRAWN, BadInput, LedgerUnusable):
        found.bad.append("its tables and reports cannot be made from its facts")
        return
    differ = [name for name, content in made.items() if files.get(name) != content]
    differ += [name for name in files if name not in made and not left_by_systems(name)]
    told = [name for name in differ if name not in (MANIFEST, SEAL)] or differ[:1]
    if then != now:
        for name in (PAGE, CHECKER):
            if name in told:
                told.remove(name)
                found.unproved.append(f"{name} is of {then}, and this program is {now}: do not rely on what it says")
        told = [name for name in told if name not in (MANIFEST, SEAL)]
    other = f"is not what this program, {now}, makes of the facts; {then} made it, so ask that one"
    same = "is not what the facts give"
    _check_signatures(found, bundle)
    found.add(
        "made anew from its facts, every report, table and proof is the same",
        [f"{name} {same if then == now else other}" for name in sorted(told)],
    )


def _check_signatures(found: "Findings", bundle: "Bundle") -> None:
    from cli.options import counted
    from ledger.sealing import commitments

    if not any("signature" in each.fact for each in bundle.facts):
        return
    from ledger.signing import check_signatures

    erased = {
        each.position: {
            name: commitment
            for name, commitment in commitments(each.header[2], each.fact).items()
            if each.openings[name].salt is None
        }
        for each in bundle.facts
    }
    signed, problems = check_signatures([each.recorded() for each in bundle.facts], erased)
    found.add(f"{counted(signed, 'fact')} signed, each by a key of its party", problems)


def _made_anew(bundle: "Bundle") -> dict[str, bytes]:
    from datetime import date, datetime

    from cli.bundle_made import Made
    from ledger.financial_year import FinancialYear
    from projections.moment import Moment
    from projections.question import Question

    told = bundle.manifest
    moment = Moment(date.fromisoformat(told["as_at"]), datetime.fromisoformat(told["made_at"]), len(bundle.leaves))
    asked = Question(told["contract"], [each.recorded() for each in bundle.facts], moment)
    facts = [(each.position, each.content.encode(), each.openings) for each in bundle.facts]
    year = FinancialYear.read(told["financial_year"])
    return Made(asked, facts, bundle.leaves, year, told["code_version"]).files()


def _read(path: Path) -> _Found:
    """Read the files of a bundle; nothing is followed out of it, and nothing is written.

    Raises:
        BadInput: if they cannot be read.
    """
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.exists() and not path.is_file():
            raise BadInput.of("is neither a folder nor a file; give the folder or .zip of a bundle", where=str(path))
        return _in_zip(path)
    except OSError as wrong:
        why = wrong.strerror or "it is damaged"
        raise BadInput.of(f"cannot be read ({why}); give the folder or .zip of a bundle", where=str(path)) from None


def _in_folder(path: Path) -> _Found:
    found, size, count = _Found(), 0, 0
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders.sort()
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            file = Path(folder) / name
            told, of = file.relative_to(path).as_posix(), file.lstat()
            size, count = size + of.st_size, count + 1
            _refuse_huge(path, count, size)
            if stat.S_ISREG(of.st_mode):
                found.files[told] = file.read_bytes()
            else:
                found.wrong.append(f"{told} is no file of its own, but a link or a device")
    return found


def _raise(wrong: OSError) -> None:
    raise wrong


def _in_zip(path: Path) -> _Found:
    import struct
    import zlib
    from zipfile import BadZipFile, ZipFile

    damaged = (BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error, zlib.error)
    try:
        with ZipFile(path) as packed:
            return _unpacked(path, packed)
    except damaged:
        raise BadInput.of("is no bundle; give the folder or .zip that `export` wrote", where=str(path)) from None


def _unpacked(path: Path, packed: "ZipFile") -> _Found:
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    from ledger.bundle import MANIFEST, left_by_systems

    inside = [each for each in packed.infolist() if not each.is_dir()]
    _refuse_huge(path, len(inside), sum(each.file_size for each in inside))
    names = [each.filename for each in inside if not left_by_systems(each.filename)]
    root = f"{names[0].partition('/')[0]}/" if names and MANIFEST not in names else ""
    root = root if all(name.startswith(root) for name in names) else ""
    found = _Found()
    for each in inside:
        name = each.filename.removeprefix(root)
        if each.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise NotImplementedError
        if name in found.files:
            found.wrong.append(f"{name} is in it twice")
        found.files[name] = packed.read(each)
    return found


def _refuse_huge(path: Path, files: int, size: int) -> None:
    if files > _MOST_FILES or size > _LARGEST:
        sentence = f"is no bundle: it has more than {_MOST_FILES:,} files, or than {_LARGEST >> 20} MiB"
        raise BadInput.of(sentence, where=str(path))
