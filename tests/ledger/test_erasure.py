"""What is erased is gone from the file, and the proof of all else stays whole."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from ledger.heads import head_of
from ledger.sealing import erasable
from ledger.store import Ledger
from ledger.values import Erasable
from ledger.verify import verify
from tests.given import contract, fact, kpi, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

NAME, STORY = "Zebedee Quillfeather", "Zebedee was in hospital all of Lent"


def erasing(reason: str = "Asked for.", **fields: Any) -> dict[str, Any]:
    return {"fact": "TextErased", "contract": "c", "dated": "2025-08-01", "by": "A", "reason": reason, **fields}


@pytest.fixture
def told(program: Program) -> Program:
    """A ledger in which a person and a story stand in several facts."""
    program.record(
        contract(),
        kpi(),
        submitted("2025-01", "80", id="jan", by=f"P/{NAME}", note=STORY),
        submitted("2025-02", "80", id="feb", by=f"P/{NAME}", source="A letter"),
        fact(
            "MitigationGranted",
            id="yes",
            by="A/officer",
            kpi="K",
            first_period="2025-02",
            last_period="2025-02",
            reason=STORY,
        ),
    )
    return program


def texts_of_files(program: Program) -> bytes:
    return b"".join(path.read_bytes() for path in program.path.parent.iterdir() if path.is_file())


def facts(program: Program) -> dict[str, dict[str, Any]]:
    return {fact["id"]: fact for fact in map(json.loads, program.done("export").stdout.splitlines())}


def test_a_person_and_texts_are_gone_from_every_file_of_the_ledger(told: Program) -> None:
    assert NAME.encode() in texts_of_files(told)
    assert STORY.encode() in texts_of_files(told)
    told.done(
        *("erase", "c", "--person", f"P/{NAME}", "--text", "jan=note", "--text", "yes=reason"),
        *("--reason", "Asked for.", "--by", "A", "--id", "gone"),
    )
    assert NAME.encode() not in texts_of_files(told)
    assert STORY.encode() not in texts_of_files(told)
    found = facts(told)
    assert found["jan"]["by"] == found["feb"]["by"] == "P/erased-6"
    assert (found["jan"]["note"], found["yes"]["reason"], found["feb"]["source"]) == (
        "[erased]",
        "[erased]",
        "A letter",
    )
    assert found["yes"]["by"] == "A/officer"


def test_the_heads_of_before_and_the_figures_still_stand(told: Program) -> None:
    before = told.json("rag", "c", "--last", "2025-02")["rows"]
    with Ledger(told.path) as ledger:
        head = head_of(ledger.leaves())
    told.done("erase", "c", "--person", f"P/{NAME}", "--text", "yes=reason", "--reason", "Asked for.", "--by", "A")
    with Ledger(told.path) as ledger:
        assert verify(ledger, [head], deep=True).problems == []
        assert [each.erased for each in ledger.history("c")] == [(), (), ("by",), ("by",), ("reason",), ()]
    after = told.json("rag", "c", "--last", "2025-02")["rows"]
    assert [row["cells"] for row in after] == [row["cells"] for row in before]
    told.done("replay", "--check")


def test_two_persons_are_told_apart_when_both_are_erased(told: Program) -> None:
    told.done("erase", "c", "--person", f"P/{NAME}", "--person", "A/officer", "--reason", "Asked for.", "--by", "A")
    found = facts(told)
    assert (found["jan"]["by"], found["feb"]["by"], found["yes"]["by"]) == ("P/erased-6", "P/erased-6", "A/erased-6-2")


def test_the_salts_are_gone_with_the_texts_so_that_nobody_can_try_names(told: Program) -> None:
    told.done("erase", "c", "--person", f"P/{NAME}", "--reason", "Asked for.", "--by", "A")
    connection = sqlite3.connect(told.path)
    opened = {position: json.loads(text) for position, text in connection.execute("SELECT * FROM texts")}
    connection.close()
    assert opened[3]["by"] == [None, "erased-6"]
    assert opened[3]["note"][0] is not None


def test_an_erasure_may_be_exported_and_recorded_elsewhere_with_what_it_erased(told: Program) -> None:
    from tests.conftest import Program as Another

    told.done("erase", "c", "--person", f"P/{NAME}", "--text", "jan=note", "--reason", "So.", "--by", "A", "--id", "g")
    lines = told.done("export").stdout.encode()
    other = Another(told.path.parent / "other.db")
    other.done("record", "-", given=lines)
    assert other.done("export").stdout.encode() == lines
    with Ledger(other.path) as ledger:
        assert verify(ledger, deep=True).problems == []


def test_a_file_sent_again_after_an_erasure_is_passed_over(told: Program) -> None:
    told.done("erase", "c", "--person", f"P/{NAME}", "--text", "jan=note", "--reason", "Asked.", "--by", "A")
    again = told.record(submitted("2025-01", "80", id="jan", by=f"P/{NAME}", note=STORY))
    assert "Passed over 1" in again.stderr
    other = told.record(submitted("2025-01", "81", id="jan", by=f"P/{NAME}", note=STORY))
    assert "already the id of another" in other.stderr


@pytest.mark.parametrize(
    ("erases", "sentence"),
    [
        ([{"id": "nobody", "fields": ["note"]}], 'no fact of c has the id "nobody"'),
        ([{"id": "jan", "fields": ["value"]}], '"value" is no text of the PerformanceSubmitted jan'),
        ([{"id": "jan", "fields": ["authority"]}], '"authority" is no text of the PerformanceSubmitted jan'),
        ([{"id": "jan", "fields": ["note", "note"]}], '"note" of jan is already erased'),
        ([], "give at least 1"),
    ],
)
def test_what_cannot_be_erased_is_refused_and_nothing_is_lost(
    told: Program, erases: list[dict[str, Any]], sentence: str
) -> None:
    result = told.record(erasing(erases=erases))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert STORY.encode() in texts_of_files(told)


def test_an_erasure_is_not_undone_not_done_twice_and_is_for_the_authority(told: Program) -> None:
    told.record(erasing(id="gone", erases=[{"id": "jan", "fields": ["note"]}]))
    assert "does not come back" in told.run("void", "c", "gone", "--reason", "No.", "--by", "A").stderr
    assert "already erased" in told.record(erasing(erases=[{"id": "jan", "fields": ["note"]}])).stderr
    refused = told.record({**erasing(erases=[{"id": "feb", "fields": ["by"]}]), "by": "P"})
    assert refused.exit_code == 2
    assert "authority" in refused.stderr


def test_what_is_erased_is_listed_and_where_the_name_still_stands(told: Program) -> None:
    told.record(submitted("2025-03", "80", id="mar", by="P", note=f"Asked {NAME.upper()} about it."))
    said = told.done("erase", "c", "--person", f"P/{NAME}", "--reason", "So.", "--by", "A", "--dry-run").stderr
    assert "jan: by\nfeb: by\n" in said
    assert f"{NAME} stands in other texts too, which stay: mar=note" in said
    unknown = told.run("erase", "c", "--person", "P/zebedee quillfeather", "--reason", "So.", "--by", "A")
    assert unknown.exit_code == 2
    assert f"did you mean P/{NAME}?" in unknown.stderr


def test_a_dry_run_erases_nothing(told: Program) -> None:
    told.done("erase", "c", "--text", "jan=note", "--reason", "Asked for.", "--by", "A", "--dry-run")
    assert STORY.encode() in texts_of_files(told)


def test_every_free_text_of_a_fact_may_be_erased_and_no_term_of_the_contract() -> None:
    always = {"by", "approved_by", "note", "source", "authority"}
    assert erasable("PerformanceScrutinised")["reason"] is Erasable.TEXT
    assert erasable("FailureExplained").keys() >= {*always, "cause", "effect", "resolution"}
    assert erasable("ActionAssigned").keys() >= {*always, "owner", "task"}
    assert erasable("ContractRegistered").keys() == erasable("KpiIntroduced").keys() == always


def tampered(told: Program, position: int, change: Any) -> list[str]:
    """Change what opens a fact's commitments; return the problems that are found."""
    connection = sqlite3.connect(told.path)
    ((text,),) = connection.execute("SELECT opened FROM texts WHERE position = ?", (position,))
    changed = json.dumps(change(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    connection.execute("UPDATE texts SET opened = ? WHERE position = ?", (changed, position))
    connection.commit()
    connection.close()
    with Ledger(told.path) as ledger:
        return verify(ledger).problems


def test_what_stands_for_a_person_is_that_of_the_erasure(told: Program) -> None:
    told.done("erase", "c", "--person", f"P/{NAME}", "--reason", "So.", "--by", "A", "--id", "gone")
    (problem,) = tampered(told, 3, lambda opened: {**opened, "by": [None, "erased-7"]})
    assert problem == "position 3: by of the fact jan is not what stands for it since it was erased"


def test_an_erased_text_that_is_there_again_is_named(told: Program) -> None:
    connection = sqlite3.connect(told.path)
    ((before,),) = connection.execute("SELECT opened FROM texts WHERE position = 3")
    connection.close()
    told.done("erase", "c", "--text", "jan=note", "--reason", "So.", "--by", "A", "--id", "gone")
    (problem,) = tampered(told, 3, lambda _: json.loads(before))
    assert problem == "position 6: note of the fact jan was erased by this one, and is there all the same"


def test_a_reader_at_work_is_said_to_hold_the_text(told: Program) -> None:
    reader = sqlite3.connect(told.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM texts").fetchone()
    said = told.done("erase", "c", "--text", "jan=note", "--reason", "So.", "--by", "A").stderr
    assert "Somebody is reading the ledger" in said
    reader.close()
    told.done("erase", "c", "--text", "yes=reason", "--reason", "So.", "--by", "A")
    assert STORY.encode() not in texts_of_files(told)


def test_an_erasure_while_the_facts_are_verified_raises_no_alarm(
    told: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.verify._REPORT_EVERY", 1)

    def erase_once(done: int, of: int) -> None:
        if (done, of) == (4, 5):
            told.done("erase", "c", "--text", "jan=note", "--text", "yes=reason", "--reason", "So.", "--by", "A")

    with Ledger(told.path) as ledger:
        assert verify(ledger, progress=erase_once).problems == []
        assert ledger.head() == 6
        assert verify(ledger).problems == []
