"""The digests kept with facts, against the files that somebody holds."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from ledger.evidence import check, held
from ledger.faults import BadInput
from tests.given import contract, fact, kpi, recorded

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = b"The board agreed."


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def facts(where: str = "minutes/2025/may.pdf", sha256: str | None = digest(MINUTE), title: str = "Minute") -> list:
    evidence = [{"title": title, "where": where, "sha256": sha256}]
    own = {"kpi": "K", "first_period": "2025-01", "last_period": "2025-01"}
    return recorded([contract(), kpi(), fact("MitigationGranted", id="g", evidence=evidence, **own)])


def counts(history: list, *files: Path) -> tuple[int, int, int, int]:
    found = check(history, held(files))
    return found.matched, len(found.not_given), found.without_digest, len(found.problems)


def test_a_file_counts_by_its_digest_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(MINUTE)
    assert counts(facts(), tmp_path / "a.txt") == (1, 0, 0, 0)


def test_a_file_of_that_name_and_another_digest_is_named_with_both(tmp_path: Path) -> None:
    changed = tmp_path / "may.pdf"
    changed.write_bytes(b"The board refused.")
    (problem,) = check(facts(), held([changed])).problems
    assert (problem.position, problem.fact_id) == (3, "g")
    assert problem.sentence == (
        f"g rests on Minute (minutes/2025/may.pdf) with the SHA-256 {digest(MINUTE)}; "
        f"{changed} has {digest(b'The board refused.')}"
    )
    copy = tmp_path / "copy"
    copy.write_bytes(MINUTE)
    assert counts(facts(), changed, copy) == (1, 0, 0, 0)


@pytest.mark.parametrize("where", ["may.pdf", "https://council.example/2025/may.pdf", r"F:\minutes\may.pdf"])
def test_the_name_is_the_last_part_of_where_the_document_is(tmp_path: Path, where: str) -> None:
    (tmp_path / "may.pdf").write_bytes(b"other")
    assert counts(facts(where), tmp_path) == (0, 0, 0, 1)


def test_what_is_not_given_and_what_has_no_digest_is_counted(tmp_path: Path) -> None:
    (tmp_path / "june.pdf").write_bytes(b"other")
    assert counts(facts(), tmp_path) == (0, 1, 0, 0)
    assert counts(facts(sha256=None), tmp_path) == (0, 0, 1, 0)
    (tmp_path / "may.pdf").write_bytes(b"other")
    assert counts(facts(sha256=None), tmp_path) == (0, 0, 1, 0)
    assert counts(facts()[:2], tmp_path) == (0, 0, 0, 0)


def test_documents_without_a_file_and_files_without_a_fact_are_named(tmp_path: Path) -> None:
    (tmp_path / "renamed.pdf").write_bytes(b"The board refused.")
    found = check(facts(), held([tmp_path]))
    assert found.not_given == (("g", "Minute"),)
    assert found.unnamed == (str(tmp_path / "renamed.pdf"),)
    (tmp_path / "may.pdf").write_bytes(MINUTE)
    assert check(facts(), held([tmp_path / "may.pdf"])).unnamed == ()


def test_folders_are_searched_whole(tmp_path: Path) -> None:
    deep = tmp_path / "2025" / "05"
    deep.mkdir(parents=True)
    (deep / "may.pdf").write_bytes(MINUTE)
    assert counts(facts(), tmp_path) == (1, 0, 0, 0)


def test_evidence_of_a_void_fact_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "may.pdf").write_bytes(b"other")
    void = recorded([fact("FactVoided", voids="g")], start=4)
    assert counts([*facts(), *void], tmp_path) == (0, 0, 0, 1)


def test_every_path_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput) as refused:
        held([tmp_path / "none.pdf", tmp_path / "pipe", tmp_path / "gone"])
    assert [each.where for each in refused.value.faults] == [str(tmp_path / n) for n in ("none.pdf", "pipe", "gone")]
