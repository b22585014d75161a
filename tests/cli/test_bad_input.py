"""Whatever is wrong is said in sentences, with its exit status, and nothing is recorded."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Program
from tests.given import agreed, contract, fact, kpi, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def begun(program: Program) -> Program:
    """Return a ledger with a contract of one KPI."""
    assert program.record(contract(), kpi()).exit_code == 0
    return program


def refused(program: Program, result: Result, *sentences: str, head: int = 2) -> None:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    for sentence in sentences:
        assert sentence in result.stderr, result.stderr
    assert program.json("verify")["facts"] == head


def test_a_return_for_a_month_that_has_not_ended(begun: Program) -> None:
    refused(
        begun,
        begun.record(submitted("2026-01", "1", dated="2026-01-04")),
        "standard input, line 1, dated",
        "before the period has ended",
    )


def test_a_scrutiny_of_nothing(begun: Program) -> None:
    refused(begun, begun.record(agreed("2025-03")), "line 1, period", "record the return first")


def test_a_decision_of_an_escalation_never_raised(begun: Program) -> None:
    decided = fact("EscalationDecided", ref="E", kpi="K", period="2025-03", outcome="dismissed")
    refused(begun, begun.record(decided), "line 1, ref", "no escalation E of K for March 2025")


def test_a_void_that_pulls_the_ground_from_under_a_later_fact(begun: Program) -> None:
    returned, scrutiny = submitted("2025-03", "91"), agreed("2025-03")
    begun.record(returned, scrutiny)
    result = begun.run("void", "c", returned.id, "--by", "P", "--reason", "wrong month")
    refused(begun, result, scrutiny.id, "void that one first", head=4)


def test_a_fact_dated_tomorrow(begun: Program) -> None:
    refused(
        begun,
        begun.record(submitted("2025-03", "91", dated="2026-01-06")),
        "found 2026-01-06",
        "in the future",
    )


def test_a_file_with_three_faults_names_all_three(begun: Program, tmp_path: Path) -> None:
    good = json.loads(submitted("2025-03", "91").model_dump_json(exclude_none=True))
    lines = [
        good,
        {**good, "id": "b", "value": "98,5"},
        {**good, "id": "c", "periods": "2025-03"},
        {**good, "id": "d", "kpi": "X"},
    ]
    file = tmp_path / "returns.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = begun.run("record", str(file))
    refused(
        begun,
        result,
        'line 2, value: found "98,5"',
        "line 3, periods: is no field",
        'line 4, kpi: "X" is not a KPI',
    )
    assert len(result.stderr.splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"fact": "caf\xe9"}'.encode("latin-1"), "is not UTF-8"),
        ('{"fact": "x"}'.encode("utf-16"), "is not UTF-8"),
        (b"not json", "is not JSON at character 1"),
        (b"[1, 2]", "give one object a line"),
        (b'{"fact": "Nonsense"}', 'found "Nonsense"; give one of'),
        (b"{}", "fact: is missing"),
        (b'{"fact": "FactVoided", "fact": "FactVoided"}', 'the field "fact" is given twice'),
        (b'{"fact": "PerformanceSubmitted", "value": NaN}', "NaN is not a number in JSON"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"fact": [1]}', "found [1]; give one of"),
        (b'{"value": 1e99999999999999999999}', "out of all bounds"),
        (b'{"value": ' + b"9" * 5000 + b"}", "a number has 5,000 digits"),
        (b'{"fact": "FactVoided", "\\u001b[31m": 1}', "characters that do not print"),
    ],
)
def test_lines_that_cannot_be_read(begun: Program, content: bytes, sentence: str) -> None:
    refused(begun, begun.run("record", "-", given=content), "standard input, line 1", sentence)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, "give a number"),
        ("1_000", "plain digits"),
        ("１２", "plain digits"),
        ("1e99", "at most 30 digits"),
        ("1" * 31, "at most 30 digits"),
        ("Infinity", "plain digits"),
        ([1], "give a number"),
    ],
)
def test_values_that_are_no_amounts(begun: Program, value: object, sentence: str) -> None:
    raw = {**json.loads(submitted("2025-03", "91").model_dump_json(exclude_none=True)), "value": value}
    refused(begun, begun.record(raw), "line 1, value", sentence)


def test_what_rests_on_a_line_that_cannot_be_read_is_not_blamed(begun: Program) -> None:
    bad = {**json.loads(submitted("2025-03", "91").model_dump_json(exclude_none=True)), "value": "x"}
    result = begun.record(bad, agreed("2025-03"), agreed("2025-04"))
    refused(begun, result, "line 1, value", "line 3, period: there is no return of K for April 2025")
    assert len(result.stderr.splitlines()) == 2


def test_every_file_is_read_before_anything_is_refused(begun: Program, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{}", encoding="utf-8")
    result = begun.run("record", str(tmp_path / "bad.jsonl"), str(tmp_path / "none.jsonl"), str(tmp_path))
    refused(
        begun,
        result,
        "bad.jsonl, line 1, fact: is missing",
        "none.jsonl: cannot be read",
        f"{tmp_path}: cannot be read",
    )


def test_a_kpi_table_does_not_overrule_the_fact_around_it(begun: Program) -> None:
    raw = {"fact": "KpiIntroduced", "id": "x", "contract": "c", "dated": "2025-06-05", "by": "A"}
    sly = {**raw, "kpi": {"fact": "FactVoided", "voids": "c:K", "reason": "x"}}
    refused(begun, begun.record(sly), "kpi.fact: is no field of a kpi table here")
    fair = {**raw, "kpi": {"ref": "L", "service": "S", "title": "L", "first_period": "2025-01"}}
    assert begun.record(fair).exit_code == 0


def test_a_fact_before_the_contract_begins_and_one_of_no_contract(begun: Program) -> None:
    refused(
        begun,
        begun.record(fact("ChargesSet", "2024-12-31", first_period="2025-01", amount="1")),
        "line 1, dated",
        "give a date from 2025-01-01",
    )
    other = fact("ChargesSet", "2025-12-31", first_period="2025-01", amount="1", contract="d")
    refused(begun, begun.record(other), "line 1, contract: d is not registered")


def test_a_contract_registered_again_as_it_is_adds_nothing(begun: Program) -> None:
    again = contract().model_copy(update={"id": "again"})
    assert "Passed over 1" in begun.record(again).stderr
    assert begun.json("verify")["facts"] == 2


@pytest.mark.parametrize(
    "field", [{"unavailable": 1}, {"unavailable": False}, {"value": "1", "unavailable": None, "status": "blue"}]
)
def test_fields_are_read_strictly(begun: Program, field: dict[str, object]) -> None:
    raw = {**json.loads(submitted("2025-03", "91").model_dump_json(exclude_none=True)), **field}
    if "unavailable" in field and "value" not in field:
        del raw["value"]
    refused(begun, begun.record(raw), "line 1")


def test_an_empty_date_and_a_weight_given_twice(begun: Program) -> None:
    refused(begun, begun.run("submit", "c", "K", "2025-03", "1", "--by", "P", "--dated", ""), "dated", "give a date")
    refused(begun, begun.run("reweigh", "c", "2025-03", "K=1", "K=2", "--by", "A"), "K is given twice")


def test_amounts_are_kept_exactly(begun: Program) -> None:
    raw = (
        submitted("2025-03", "91").model_dump_json(exclude_none=True).replace('"91"', "0.10000000000000000000000000001")
    )
    begun.done("record", "-", given=raw.encode())
    cell = begun.json("rag", "c", "--last", "2025-03", "--periods", "1")["rows"][0]["cells"][0]
    assert cell["value"] == "0.10000000000000000000000000001"


def test_a_good_file_with_an_odd_form_is_read(begun: Program) -> None:
    line = submitted("2025-03", "91").model_dump_json(exclude_none=True).encode()
    begun.done("record", "-", given=b"\xef\xbb\xbf\r\n" + line + b"\r\n\r\n")
    assert begun.json("verify")["facts"] == 3


def test_a_file_sent_twice_adds_nothing(begun: Program) -> None:
    facts = (submitted("2025-03", "91"), agreed("2025-03"))
    assert begun.record(*facts).exit_code == 0
    assert "Passed over 2" in begun.record(*facts).stderr
    assert begun.json("verify")["facts"] == 4


# --- ledgers that cannot be used -------------------------------------------------------------------------------------


def unusable(result: Result, sentence: str) -> None:
    assert result.exit_code == 3, result.output
    assert sentence in result.stderr, result.stderr
    assert "Traceback" not in result.output


def test_there_is_no_ledger(program: Program) -> None:
    unusable(program.run("rag", "c"), "there is no ledger at")
    assert not program.path.exists()


def test_a_refused_first_recording_and_a_dry_run_leave_no_ledger_behind(program: Program) -> None:
    assert program.record(submitted("2025-03", "91")).exit_code == 2
    assert not program.path.exists()
    line = contract().model_dump_json(exclude_none=True, by_alias=True).encode()
    assert "Dry run: 1 fact" in program.done("record", "-", "--dry-run", given=line).stderr
    assert not program.path.exists()


def test_a_file_that_is_not_a_ledger(program: Program) -> None:
    program.path.write_text("Dear council,\n" * 50, encoding="utf-8")
    unusable(program.run("rag", "c"), "is not a ledger")
    unusable(program.record(contract()), "is not a ledger")


def test_a_database_of_another_program(program: Program) -> None:
    connection = sqlite3.connect(program.path)
    connection.execute("CREATE TABLE facts (a)")
    connection.commit()
    connection.close()
    unusable(program.record(contract()), "another program")


def test_a_database_of_another_program_that_is_still_in_its_log(program: Program) -> None:
    other = sqlite3.connect(program.path, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE orders (x)")
    unusable(program.record(contract()), "another program")
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]
    other.close()


def test_a_path_that_cannot_be_one(tmp_path: Path) -> None:
    unusable(Program(tmp_path / ("x" * 300)).record(contract()), "cannot be opened")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    unusable(Program(loop).run("rag", "c"), "loop")
    unusable(Program(loop).record(contract()), "loop")


def test_a_read_only_ledgers_kept_tables_are_not_rewritten(begun: Program) -> None:
    begun.path.chmod(0o444)
    unusable(begun.run("replay"), "read-only")
    assert begun.run("replay", "--check").exit_code == 0


def test_a_writer_waits_for_another_to_finish(begun: Program) -> None:
    from threading import Timer

    other = sqlite3.connect(begun.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = Timer(0.3, lambda: other.execute("ROLLBACK"))
    done.start()
    assert begun.record(submitted("2025-03", "91")).exit_code == 0
    done.join()
    other.close()


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    unusable(Program(tmp_path).run("rag", "c"), "is a folder")
    unusable(Program(tmp_path / "no" / "ledger.db").record(contract()), "no folder")


def test_a_read_only_ledger_can_be_read_and_not_written(begun: Program) -> None:
    begun.path.chmod(0o444)
    unusable(begun.record(submitted("2025-03", "91")), "is read-only")
    assert begun.json("rag", "c")["position"] == 2
    begun.path.chmod(0o644)
    assert begun.json("verify")["facts"] == 2


def test_a_locked_ledger(begun: Program) -> None:
    other = sqlite3.connect(begun.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    unusable(begun.record(submitted("2025-03", "91")), "locked by another program")
    assert begun.json("rag", "c")["position"] == 2
    other.execute("ROLLBACK")
    other.close()
    assert begun.record(submitted("2025-03", "91")).exit_code == 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("--as-at", "26/10/2017"), "give a date as YYYY-MM-DD"),
        (("--as-at", "1508976000"), "give a date as YYYY-MM-DD"),
        (("--known-at", "yesterday"), "give a time"),
        (("--last", "2025-13"), "YYYY-MM"),
        (("--format", "pdf"), "give one of table, json, csv, md"),
    ],
)
def test_options_are_read_strictly(begun: Program, asked: tuple[str, str], sentence: str) -> None:
    refused(begun, begun.run("rag", "c", *asked), asked[0], sentence)


def test_an_unknown_contract_or_kpi(begun: Program) -> None:
    refused(begun, begun.run("rag", "d"), 'no contract "d"')
    refused(begun, begun.run("trail", "c", "KK"), 'no KPI "KK"')
    refused(begun, begun.run("rag", "c", "--as-at", "2024-12-31"), "was not registered as at 2024-12-31")
