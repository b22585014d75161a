"""Errata stand beside the report, and the trail, the diff and the notes know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.given import contract, fact, kpi, results

if TYPE_CHECKING:
    from tests.conftest import Program

ERRATUM = {"report": "R", "table": "2", "period": "2025-02", "printed": "59", "corrected": "95", "reason": "Swapped."}


@pytest.fixture
def corrected(program: Program) -> Program:
    report = {"report": "R", "title": "A report", "first_period": "2025-01", "last_period": "2025-02"}
    program.record(
        contract(),
        kpi(),
        *results(("2025-01", "70"), ("2025-02", "95")),
        fact("ReportPublished", "2025-05-01", as_at="2025-04-30", **report),
        fact("ReportCorrected", "2025-05-14", id="of-a-cell", row="K", **ERRATUM),
        fact("ReportCorrected", "2025-05-14", id="of-a-count", row="green", **ERRATUM),
    )
    return program


def test_the_trail_of_the_cell_tells_its_erratum_and_no_other_cells(corrected: Program) -> None:
    told = [each["id"] for each in corrected.json("trail", "c", "K", "2025-02")["entries"]]
    assert "of-a-cell" in told
    assert "of-a-count" not in told
    assert "of-a-cell" not in [each["id"] for each in corrected.json("trail", "c", "K", "2025-01")["entries"]]


def test_the_diff_tells_what_was_corrected_between_two_dates_until_that_is_void(corrected: Program) -> None:
    asked = ("diff", "c", "--from", "2025-05-02", "--to", "2025-05-20")
    assert [each["id"] for each in corrected.json(*asked)["errata"]] == ["of-a-cell", "of-a-count"]
    assert "Errata between the two: 2" in corrected.done(*asked).stdout
    assert corrected.json("diff", "c", "--from", "2025-05-15", "--to", "2025-05-20")["errata"] == []
    assert corrected.json(*asked, "--last", "2025-01", "--periods", "1")["errata"] == []
    corrected.record(fact("FactVoided", "2025-05-16", voids="of-a-cell"))
    assert [each["id"] for each in corrected.json(*asked)["errata"]] == ["of-a-count"]


def test_an_erratum_of_a_count_is_a_note_of_the_summary(corrected: Program) -> None:
    notes = [note["text"] for note in corrected.json("summary", "c")["notes"]]
    assert [note for note in notes if note.startswith("Erratum: ")] == [
        "Erratum: On 14 May 2025 Authority corrected green, February 2025, in table 2 of R, from 59 to 95: Swapped."
    ]


def test_no_cell_moves_by_an_erratum(corrected: Program) -> None:
    before = corrected.json("rag", "c", "--as-at", "2025-05-13")["rows"][0]["cells"]
    after = corrected.json("rag", "c", "--as-at", "2025-05-14")["rows"][0]["cells"]
    assert [{**each, "notes": []} for each in after] == [{**each, "notes": []} for each in before]
