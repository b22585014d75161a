"""The documents that facts rest on: the digests kept with the facts, against the files that somebody holds."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ledger.faults import BadInput, Fault
from ledger.parts import Evidence
from ledger.recorded import Recorded


class Held(NamedTuple):
    """A file that was given: its path as it was given or found, its name, and the SHA-256 of its bytes, in hex."""

    path: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceProblem:
    """Evidence whose file was given and is another: the fact, and a sentence with both digests."""

    position: int
    fact_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EvidenceChecked:
    """What became of the evidence of facts: how much has a file of its digest, and how much has no digest.

    `not_given` are the documents that no file was given for, each as its fact's id and title; `unnamed` the files on
    which no fact rests, by digest or by name.
    """

    matched: int
    not_given: tuple[tuple[str, str], ...]
    without_digest: int
    unnamed: tuple[str, ...]
    problems: tuple[EvidenceProblem, ...]


def held(paths: Iterable[Path]) -> list[Held]:
    """Return files, and all files within folders, with their digests.

    Raises:
        BadInput: with every path that cannot be read.
    """
    found, faults = [], []
    for path in paths:
        for file in _files(path):
            try:
                if file.exists() and not file.is_file():
                    faults.append(
                        Fault(str(file), None, "is no file; give the path of a file, or of a folder of files")
                    )
                    continue
                with file.open("rb") as opened:
                    found.append(Held(str(file), file.name, hashlib.file_digest(opened, "sha256").hexdigest()))
            except OSError as wrong:
                sentence = f"cannot be read ({wrong.strerror}); give the path of a file, or of a folder of files"
                faults.append(Fault(str(file), None, sentence))
    if faults:
        raise BadInput(faults)
    return found


def _files(path: Path) -> list[Path]:
    """Return the files within a folder, in order of name; what is no folder as it is."""
    return sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def check(history: Iterable[Recorded], files: Sequence[Held]) -> EvidenceChecked:
    """Hold the evidence of every fact, void ones included, against files.

    A file counts by its digest, whatever its name. Where none has the digest, a file with the name that ends
    `where` is taken for the document, and is another than the fact rests on.
    """
    digests = {file.sha256 for file in files}
    by_name: dict[str, list[Held]] = defaultdict(list)
    for file in files:
        by_name[file.name].append(file)
    matched = without_digest = 0
    not_given, problems, used = [], [], set()
    for recorded, evidence in ((each, one) for each in history for one in each.fact.evidence):
        others = by_name.get(_name(evidence.where), [])
        if evidence.sha256 is None:
            without_digest += 1
        elif evidence.sha256 in digests:
            matched += 1
            used |= {file.path for file in files if file.sha256 == evidence.sha256}
        elif others:
            problems.append(_problem(recorded, evidence, others))
            used |= {file.path for file in others}
        else:
            not_given.append((recorded.fact.id, evidence.title))
    unnamed = tuple(file.path for file in files if file.path not in used)
    return EvidenceChecked(matched, tuple(not_given), without_digest, unnamed, tuple(problems))


def _name(where: str) -> str:
    r"""Return the last part of where a document is.

    >>> _name("minutes/2017/oct.pdf"), _name("https://council.example/oct.pdf"), _name("F:\\minutes\\oct.pdf")
    ('oct.pdf', 'oct.pdf', 'oct.pdf')
    """
    return PurePosixPath(where.replace("\\", "/")).name


def _problem(recorded: Recorded, evidence: Evidence, others: Sequence[Held]) -> EvidenceProblem:
    given = " and ".join(f"{each.path} has {each.sha256}" for each in others)
    sentence = (
        f"{recorded.fact.id} rests on {evidence.title} ({evidence.where}) with the SHA-256 {evidence.sha256}; {given}"
    )
    return EvidenceProblem(recorded.position, recorded.fact.id, sentence)
