"""CSV files are read rightly, or refused by their lines."""

from __future__ import annotations

from itertools import count

import pytest

from ledger.csv_table import CsvTable
from ledger.faults import BadInput
from ledger.judgement import Reading
from ledger.returns import Units, read_table
from tests.given import kpi

HEADER = "contract,kpi,period,value,unavailable,note\n"
FILLED = {"by": "P", "dated": "2025-04-05"}


def read(content: str | bytes) -> Reading:
    numbers = count(1)
    units = Units(lambda _: [kpi(unit="percent")])
    given = content if isinstance(content, bytes) else content.encode()
    try:
        return read_table(CsvTable(given, "return.csv"), FILLED, units, lambda: f"i{next(numbers)}")
    except BadInput as wrong:
        return Reading(faults=list(wrong.faults))


def fields(content: str | bytes) -> dict[str, object]:
    reading = read(content)
    assert not reading.faults, reading.faults
    (proposed,) = reading.proposed
    return proposed.fact.model_dump(mode="json", exclude_none=True)


def refused(content: str | bytes, *sentences: str) -> None:
    said = [str(fault) for fault in read(content).faults]
    assert len(said) == len(sentences), said
    for sentence, fault in zip(sentences, said, strict=True):
        assert sentence in fault, said


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_marks_and_line_endings_are_found(separator: str, mark: str, ending: str) -> None:
    lines = ["kpi,contract,value,period", "K,c,98.50,2025-03", ""]
    content = mark + ending.join(lines).replace(",", separator)
    assert fields(content)["value"] == "98.50"


def test_text_in_quotes_may_hold_separators_quotes_and_lines() -> None:
    found = fields(HEADER + 'c,K,2025-03,1,,"late; by ""two"" days,\nas agreed"\n')
    assert found["note"] == 'late; by "two" days,\nas agreed'


def test_a_header_in_quotes_that_holds_separators_does_not_mislead() -> None:
    refused('"kpi";"value";"a, b, c, d"\nK;1;x\n', 'found "a, b, c, d"', "contract", "period")


def test_the_place_of_a_fault_is_the_line_its_row_begins_on() -> None:
    two_lines = 'c,K,2025-03,1,,"one\ntwo"\n'
    refused(
        HEADER + "\n" + two_lines + 'c,K,2025-02,"98,5",,\n', 'return.csv, line 5, value: found "98,5"; give a number'
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [("'=1+1", "=1+1"), ("'-late", "-late"), ("'@home", "@home"), ("'tis", "'tis"), ("''=x", "'=x")],
)
def test_the_guard_before_formulas_is_taken_off_again(given: str, expected: str) -> None:
    assert fields(HEADER + f"c,K,2025-03,'-1,,{given}\n")["note"] == expected
    assert fields(HEADER + f"c,K,2025-03,'-1,,{given}\n")["value"] == "-1"


def test_a_percentage_written_as_text_is_taken_for_a_kpi_in_percent() -> None:
    assert fields(HEADER + "c,K,2025-03,97.5 %,,\n")["value"] == "97.5"


def test_every_value_keeps_its_digits() -> None:
    assert (
        fields(HEADER + "c,K,2025-03,0.10000000000000000000000000001,,\n")["value"] == "0.10000000000000000000000000001"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ((HEADER + "c,K,2025-03,1,,caf\xe9\n").encode("latin-1"), "return.csv, line 2: is not UTF-8"),
        ((HEADER + "c,K,2025-03,1,,\n").encode("utf-16"), "return.csv, line 1: is not UTF-8"),
        ((HEADER + "c,K,2025-03,1,,\n").encode("utf-16-le"), "return.csv, line 1: holds a NUL"),
        (HEADER + "c,K,2025-03,1,,a\0b\n", "return.csv, line 2: holds a NUL"),
        (HEADER + "c,K,2025-03,1,,a\x07b\n", "line 2, note: holds the control character '\\x07'"),
        (HEADER + "c,K,2025-03,1,\n", "return.csv, line 2: has 5 cells where the header has 6"),
        (HEADER + "\nc,K,2025-03,1,,,\n", "return.csv, line 3: has 7 cells where the header has 6"),
        (HEADER + 'c,K,2025-03,1,,"unclosed\n', "return.csv, line 2: is not CSV"),
        (HEADER + 'c,K,2025-03,1,,"a"b\n', "return.csv, line 2: is not CSV"),
        (HEADER + f"c,K,2025-03,1,,{'x' * 200_000}\n", "return.csv, line 2: is not CSV (field larger"),
        ("", "return.csv: is empty"),
        ("\ufeff", "return.csv: is empty"),
        (" \n\t\n", "return.csv: is empty"),
        ("kpi," * 250 + "value\nK\n", "return.csv, line 1: has 251 columns"),
        ("x" * 1000, "return.csv, line 1: is no header"),
    ],
)
def test_what_is_no_table_is_refused(content: str | bytes, sentence: str) -> None:
    refused(content, sentence)


def test_more_lines_than_a_table_may_have_are_refused() -> None:
    refused("contract,kpi,period,value\n" + "\n" * 100_000 + "c,K,2025-03,1\n", "has more than 100,000 lines")


def test_a_table_of_nothing_but_faults_stops_before_it_fills_the_screen() -> None:
    faults = read(HEADER + "c,K,2025-03,x,,\n" * 5000).faults
    assert 1000 <= len(faults) <= 1003
    assert "1,000 faults or more" in faults[-1].sentence


def test_blank_lines_and_lines_of_separators_are_passed_over() -> None:
    assert [each.where for each in read(HEADER + "\n,,,,,\nc,K,2025-03,1,,\n\n").proposed] == ["return.csv, line 4"]


def test_a_table_without_rows_gives_nothing() -> None:
    assert read(HEADER) == Reading()


def test_a_row_of_another_width_does_not_hide_the_faults_below_it() -> None:
    refused(HEADER + "c,K,2025-03,1,\nc,K,2025-04,x,,\n", "line 2: has 5 cells", "line 3, value")
