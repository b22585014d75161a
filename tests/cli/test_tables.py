"""Tables in and out: what the provider fills in is what the tables show."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.conftest import Program
from tests.given import agreed, contract, fact, kpi, results, submitted
from tests.transcripts import TickingClock
from tests.workbooks import saved

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--by", "P", "--dated", "2025-04-05")


@pytest.fixture
def begun(program: Program) -> Program:
    """Return a ledger of four KPIs: K and Q (quarterly) in percent, N counted, Z reserved; February is agreed for K."""
    recorded = program.record(
        contract(None),
        kpi(weight="", unit="percent", decimals=2),
        kpi("N", "", unit="count", better="lower", targets=[{"from": "2025-01", "tsl": "2", "msl": "4"}]),
        kpi("Q", "", unit="percent", frequency="quarterly"),
        fact("KpiIntroduced", "2025-01-01", id="z", ref="Z", service="S", reserved=True),
        *results(("2025-02", "91.5")),
    )
    assert recorded.exit_code == 0, recorded.output
    return program


def cells(program: Program, last: str = "2025-03") -> dict[str, tuple[str, str | None]]:
    rows = program.json("rag", "c", "--last", last, "--periods", "1")["rows"]
    return {row["kpi"]: (cell["status"], cell["value"]) for row in rows for cell in row["cells"]}


def template(program: Program, period: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(program.done("template", "c", period).stdout)))


def levels(program: Program, period: str) -> tuple[str, str]:
    first = template(program, period)[0]
    return first["tsl"], first["msl"]


# --- templates -------------------------------------------------------------------------------------------------------


def test_a_template_has_a_row_for_each_kpi_that_is_due_and_what_it_last_showed(begun: Program) -> None:
    k, n, q = template(begun, "2025-03")
    assert k == {
        "contract": "c", "period": "2025-03", "kpi": "K", "title": "Measure K", "unit": "percent", "tsl": "90",
        "msl": "80", "last period": "Feb-25", "last value": "91.50", "value": "", "unavailable": "", "note": "",
    }  # fmt: skip
    assert (n["kpi"], n["last value"]) == ("N", "Awaiting")
    assert (q["kpi"], q["period"]) == ("Q", "2025-01"), "its quarter ends in March"


def test_a_quarterly_kpi_is_due_only_where_its_period_ends(begun: Program) -> None:
    assert [row["kpi"] for row in template(begun, "2025-06")] == ["K", "N", "Q"]
    assert [row["kpi"] for row in template(begun, "2025-05")] == ["K", "N"]
    assert template(begun, "2025-06")[2]["period"] == "2025-04"


def test_levels_in_a_template_are_those_in_force_in_its_period(begun: Program) -> None:
    begun.record(fact("TargetRebased", kpi="K", first_period="2025-03", tsl="95", msl="92"))
    assert levels(begun, "2025-03") == ("95", "92")
    assert levels(begun, "2025-01") == ("90", "80")


def test_what_is_settled_is_left_out_and_what_is_not_scrutinised_stays(begun: Program) -> None:
    begun.record(submitted("2025-02", "3", ref="N"))
    result = begun.done("template", "c", "2025-02")
    assert "c,2025-02,N," in result.stdout
    assert "K," not in result.stdout
    assert "Left out, as their result is settled: K." in result.stderr
    assert "a new one takes its place: N." in result.stderr


def test_a_rejected_return_is_due_again_and_an_upheld_escalation_settles(begun: Program) -> None:
    begun.record(submitted("2025-03", "3"), agreed("2025-03", decision="rejected"))
    assert [row["kpi"] for row in template(begun, "2025-03")] == ["K", "N", "Q"]
    begun.record(
        fact("EscalationRaised", "2025-05-01", ref="E", kpi="K", period="2025-03", against="score", by="P"),
        fact("EscalationDecided", "2025-05-09", ref="E", kpi="K", period="2025-03", outcome="upheld", value="91"),
    )
    assert [row["kpi"] for row in template(begun, "2025-03")] == ["N", "Q"]


def test_a_discontinued_kpi_and_one_not_held_are_not_due(begun: Program) -> None:
    begun.record(fact("KpiDiscontinued", kpi="N", last_period="2025-03"))
    assert [row["kpi"] for row in template(begun, "2025-05")] == ["K"]
    begun.record(fact("HistoryNotHeld", first_period="2025-05", last_period="2025-06"))
    assert "keeps no records" in begun.run("template", "c", "2025-05").stderr


@pytest.mark.parametrize(
    ("period", "sentence"),
    [("2024-12", "keeps no records"), ("2025-3", "YYYY-MM"), ("2025-13", "YYYY-MM")],
)
def test_periods_of_which_there_is_no_template(begun: Program, period: str, sentence: str) -> None:
    result = begun.run("template", "c", period)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_template_as_at_a_date_shows_what_was_due_then(begun: Program) -> None:
    result = begun.done("template", "c", "2025-02", "--as-at", "2025-03-01")
    assert "c,2025-02,K," in result.stdout


def test_a_template_is_written_once_and_never_over_a_file(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    begun.done("template", "c", "2025-03", "--output", str(file))
    first = file.read_bytes()
    result = begun.run("template", "c", "2025-03", "--output", str(file))
    assert (result.exit_code, file.read_bytes()) == (2, first)
    assert "is there already" in result.stderr
    assert begun.run("template", "c", "2025-03", "--output", str(tmp_path / "march.ods")).exit_code == 2
    nowhere = begun.run("template", "c", "2025-03", "--output", str(tmp_path / "no" / "march.csv"))
    assert (nowhere.exit_code, "cannot be made" in nowhere.stderr) == (2, True)


def test_the_same_template_has_the_same_bytes(begun: Program, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        begun.done("template", "c", "2025-03", "--output", str(tmp_path / name))
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_templates_workbook_is_one_plain_table_and_its_notes(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    begun.done("template", "c", "2025-03", "--output", str(file))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Return", "Notes"]
    page = book["Return"]
    assert [cell.value for cell in page[1]][:3] == ["contract", "period", "kpi"]
    assert (page.max_row, page.freeze_panes, list(page.merged_cells.ranges)) == (4, "A2", [])
    assert (book.properties.title, book.properties.creator) == ("Test: return for March 2025", "Authority")
    assert book.properties.created == datetime.fromisoformat("2025-03-01")
    assert page["J2"].protection.locked is False
    assert page["A2"].protection.locked is True


def test_what_is_filled_in_is_what_the_table_shows_from_csv(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    begun.done("template", "c", "2025-03", "--output", str(file))
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    rows[0]["value"], rows[1]["unavailable"], rows[1]["note"] = "97.50", "yes", "the counter broke"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    begun.done("record", str(file), *OPTIONS)
    assert cells(begun) == {"K": ("submitted", "97.50"), "N": ("submitted", None), "Z": ("not_in_use", None)}


def test_what_is_filled_in_is_what_the_table_shows_from_a_workbook(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    begun.done("template", "c", "2025-03", "--output", str(file))
    book = openpyxl.load_workbook(file)
    book["Return"]["J2"], book["Return"]["J2"].number_format = 0.975, "0.0%"
    book.save(file)
    result = begun.done("record", str(file), *OPTIONS)
    assert "is given for N, Q; nothing is recorded" in result.stderr
    assert "Recorded 1 fact" in result.stderr
    assert cells(begun)["K"] == ("submitted", "97.5")
    assert cells(begun)["N"] == ("awaiting", None)


# --- formulas --------------------------------------------------------------------------------------------------------

HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "'=1+1", " =1+1", "\n@x")


def test_no_text_leaves_as_a_formula_and_references_come_back_as_they_were(program: Program, tmp_path: Path) -> None:
    refs = [f"{text.strip()}{number}" for number, text in enumerate(HOSTILE)]
    kpis = [
        fact("KpiIntroduced", "2025-01-01", ref=ref, service="S", title=title, unit="=x", first_period="2025-01")
        for ref, title in zip(refs, HOSTILE, strict=True)
    ]
    assert program.record(contract(None, title="=1+1"), *kpis).exit_code == 0
    for name in ("march.csv", "march.xlsx"):
        program.done("template", "c", "2025-03", "--output", str(tmp_path / name))
    written = list(csv.reader(io.StringIO((tmp_path / "march.csv").read_text(encoding="utf-8"))))
    assert not [text for row in written for text in row if text.strip().startswith(("=", "+", "-", "@"))]
    page = openpyxl.load_workbook(tmp_path / "march.xlsx")["Return"]
    assert {cell.data_type for row in page for cell in row} == {"s", "n"}
    assert [row[2].value for row in page.iter_rows(min_row=2)] == refs
    for name, place in (("march.csv", 9), ("march.xlsx", None)):
        if place:
            filled = [[*row[:place], "7", *row[place + 1 :]] for row in written[1:]]
            with (tmp_path / name).open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([written[0], *filled])
        else:
            book = openpyxl.load_workbook(tmp_path / name)
            for number in range(2, len(refs) + 2):
                book["Return"].cell(number, 10).value = 7
                book["Return"].cell(number, 3).data_type = "s"
                for column in (4, 5):
                    book["Return"].cell(number, column).data_type = "s"
            book.save(tmp_path / name)
        own = Program(tmp_path / f"{name}.db", program.clock)
        own.path.write_bytes(program.path.read_bytes())
        own.done("record", str(tmp_path / name), *OPTIONS)
        lines = [json.loads(line) for line in own.done("export").stdout.splitlines()]
        assert [line["kpi"] for line in lines if line["fact"] == "PerformanceSubmitted"] == refs


def test_views_in_csv_hold_no_formula_either(program: Program) -> None:
    introduced = fact("KpiIntroduced", "2025-01-01", ref="@2", service="+S", title="-x", first_period="2025-01")
    assert program.record(contract(None), kpi("=1", ""), introduced).exit_code == 0
    for view in ("rag", "summary"):
        written = csv.reader(io.StringIO(program.done(view, "c", "--format", "csv").stdout))
        assert not [text for row in written for text in row if text.strip().startswith(("=", "+", "-", "@"))]


# --- record ----------------------------------------------------------------------------------------------------------


def test_every_fault_of_every_file_is_said_at_its_cell_and_nothing_is_recorded(begun: Program, tmp_path: Path) -> None:
    header = ("kpi", "value")
    (tmp_path / "a.xlsx").write_bytes(saved([header, ("K", "98,5"), ("KK", 1), ("N", 1)]))
    (tmp_path / "b.csv").write_text("kpi,value\nK,x\n", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text("{}\n", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("a.xlsx", "b.csv", "c.jsonl", "none.csv", "old.xls")]
    result = begun.run("record", *files, *OPTIONS, "--contract", "c", "--period", "2025-03")
    assert result.exit_code == 2
    for sentence in (
        'a.xlsx, Return!B2, value: found "98,5"',
        'a.xlsx, Return!A3, kpi: "KK" is not a KPI of this contract; did you mean K?',
        'b.csv, line 2, value: found "x"',
        "c.jsonl, line 1, fact: is missing",
        "none.csv: cannot be read",
        "old.xls: is a .xls file, which is not read; save it as .xlsx or .csv",
    ):
        assert sentence in result.stderr, result.stderr
    assert len(result.stderr.splitlines()) == 6
    assert begun.json("verify")["facts"] == 7


def test_what_the_ledger_refuses_is_said_at_its_cell_too(begun: Program, tmp_path: Path) -> None:
    rows = [("contract", "kpi", "period", "value", "dated", "by"), ("c", "K", "2025-02", 1, "2025-04-05", "P"),
            ("c", "N", "2025-03", 1, "2025-03-30", "P"), ("c", "Z", "2025-03", 1, "2025-04-05", "A")]  # fmt: skip
    (tmp_path / "a.xlsx").write_bytes(saved(rows))
    said = begun.run("record", str(tmp_path / "a.xlsx")).stderr
    assert "Return!C2, period: K for February 2025 has a result that is agreed" in said
    assert "Return!E3, dated: found 2025-03-30, before the period has ended" in said
    assert "Return!F4, by: A is the authority" in said


@pytest.mark.parametrize(
    ("option", "given", "sentence"),
    [
        ("--by", "P /x", '--by: found "P /x"; give PARTY or PARTY/person'),
        ("--dated", "05/04/2025", '--dated: found "05/04/2025"; give a date'),
        ("--period", "March", '--period: found "March"; give the first month'),
        ("--contract", "a b", '--contract: found "a b"; give a code'),
    ],
)
def test_options_are_read_strictly_and_said_once(
    begun: Program, tmp_path: Path, option: str, given: str, sentence: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("contract,kpi,period,value\nc,K,2025-03,1\nc,N,2025-03,1\n", encoding="utf-8")
    result = begun.run("record", str(file), *OPTIONS, option, given)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert sentence in result.stderr


def test_by_may_come_from_the_environment(begun: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "A.CSV"
    file.write_text("kpi;value\nK;91\n", encoding="utf-8")
    monkeypatch.setenv("CONTRACT_LEDGER_BY", "P/clerk")
    begun.done("record", str(file), "--dated", "2025-04-05", "--contract", "c", "--period", "2025-03")
    assert "Recorded 1 fact" in begun.record(agreed("2025-03")).stderr
    assert begun.json("trail", "c", "K", "2025-03")["entries"][-2]["by"] == "P/clerk"


def test_options_do_not_touch_json_lines(begun: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_LEDGER_BY", "no party / at all")
    line = submitted("2025-03", "1").model_dump_json(exclude={"by"}, exclude_none=True).encode()
    result = begun.run("record", "-", "--dated", "2025-04-05", given=line)
    assert "by: is missing; give it" in result.stderr
    assert begun.record(submitted("2025-03", "1")).exit_code == 0


def test_a_table_of_facts_records_what_lines_would(begun: Program, tmp_path: Path) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(
        "fact,id,contract,dated,by,kpi,period,first_period,last_period,value,decision,reason,tsl,msl\n"
        "PerformanceSubmitted,r,c,2025-04-05,P,K,2025-03,,,85,,,,\n"
        "PerformanceScrutinised,s,c,2025-04-20,A,K,2025-03,,,84.5,amended,two were late,,\n"
        "TargetRebased,t,c,2025-04-21,A,K,,2025-03,,,,as agreed,84,80\n"
        "MitigationGranted,m,c,2025-04-22,A,N,,2025-03,2025-03,,,a strike,,\n",
        encoding="utf-8",
    )
    begun.done("record", str(file))
    assert cells(begun) == {"K": ("green", "84.5"), "N": ("mitigated", None), "Z": ("not_in_use", None)}
    assert "Passed over 4" in begun.done("record", str(file)).stderr


def test_a_unit_introduced_in_an_earlier_file_of_the_run_counts(begun: Program, tmp_path: Path) -> None:
    line = kpi("L", "", unit="hours").model_dump_json(exclude_none=True, by_alias=True)
    (tmp_path / "kpi.jsonl").write_text(line, encoding="utf-8")
    (tmp_path / "a.csv").write_text("contract,kpi,period,value\nc,L,2025-03,5 %\n", encoding="utf-8")
    result = begun.run("record", str(tmp_path / "kpi.jsonl"), str(tmp_path / "a.csv"), *OPTIONS)
    assert "line 2, value: is shown as the percentage 5 %, but the KPI's unit is hours" in result.stderr


def test_a_return_into_no_ledger_says_so_and_leaves_none(tmp_path: Path) -> None:
    program = Program(tmp_path / "none.db")
    (tmp_path / "a.csv").write_text("contract,kpi,period,value\nc,K,2025-03,97 %\n", encoding="utf-8")
    result = program.run("record", str(tmp_path / "a.csv"), *OPTIONS)
    assert (result.exit_code, program.path.exists()) == (2, False)
    assert "c is not registered" in result.stderr


@pytest.mark.parametrize(
    ("ref", "value", "warned"),
    [("K", "0.975", True), ("K", "0.5", True), ("K", "1", False), ("K", "0", False), ("K", "97.5", False),
     ("N", "0.5", False)],
)  # fmt: skip
def test_a_share_of_one_where_a_percentage_is_meant_is_taken_with_a_warning(
    begun: Program, ref: str, value: str, warned: bool
) -> None:
    result = begun.done("submit", "c", ref, "2025-03", value, "--by", "P", "--dated", "2025-04-05")
    assert ("% is meant, give" in result.stderr) == warned
    if value == "0.975":
        assert "0.975 is taken as 0.975 %, where the target is 90 %; if 97.5 % is meant, give 97.5" in result.stderr


def test_levels_of_one_or_less_raise_no_doubt_of_a_share(begun: Program) -> None:
    temporary = {"first_period": "2025-03", "last_period": "2025-03"}
    begun.record(fact("TargetRebased", "2025-03-01", kpi="K", **temporary, tsl="0.9", msl="0.5"))
    assert "is meant" not in begun.record(submitted("2025-03", "0.7")).stderr
    assert "if 70 % is meant, give 70" in begun.record(submitted("2025-04", "0.7")).stderr


# --- export ----------------------------------------------------------------------------------------------------------


def test_a_ledger_comes_out_as_lines_and_goes_into_another_as_it_was(sample: Program, tmp_path: Path) -> None:
    lines = sample.done("export").stdout
    other = Program(tmp_path / "other.db", TickingClock(datetime(2026, 3, 1, tzinfo=UTC)))
    other.done("record", "-", given=lines.encode())
    assert other.done("export").stdout == lines
    for view in ("rag", "summary", "abatement"):
        asked = (view, "lincolnshire-css", "--as-at", "2025-12-31")
        assert _table(other.json(*asked)) == _table(sample.json(*asked))
    asked = ("diff", "lincolnshire-css", "--from", "2017-07-27", "--to", "2017-10-26")
    assert _table(other.json(*asked)) == _table(sample.json(*asked))


def _table(document: Any) -> Any:
    """Return a view's JSON without what the ledger alone sets."""
    if isinstance(document, list):
        return [_table(each) for each in document]
    if not isinstance(document, dict):
        return document
    own = ("known_at", "position", "recorded_at")
    return {name: _table(value) for name, value in document.items() if name not in own}


def test_late_and_revised_marks_survive_as_the_order_of_positions_does(program: Program, tmp_path: Path) -> None:
    published = fact("ReportPublished", "2025-04-30", report="r", title="R", as_at="2025-04-25",
                     first_period="2025-03", last_period="2025-03")  # fmt: skip
    program.record(contract(), kpi(), *results(("2025-03", "91")), published)
    program.record(
        fact("EscalationRaised", "2025-04-21", ref="E", kpi="K", period="2025-03", against="score", by="P"),
        fact("EscalationDecided", "2025-04-22", ref="E", kpi="K", period="2025-03", outcome="upheld", value="70"),
    )
    other = Program(tmp_path / "other.db")
    other.done("record", "-", given=program.done("export").stdout.encode())
    asked = ("rag", "c", "--last", "2025-03")
    assert _table(other.json(*asked)) == _table(program.json(*asked))
    cell = other.json(*asked)["rows"][0]["cells"][-1]
    assert (cell["late"], cell["revised"]) == (True, True)


def test_facts_come_out_as_they_were_given(program: Program) -> None:
    given = [
        contract(),
        kpi(),
        submitted("2025-03", "0.10000000000000000000000000001", note="café ☕"),
        submitted("2025-04", "100.00"),
        fact("MitigationGranted", kpi="K", first_period="2025-04"),
        fact("FactVoided", voids="x", by="A"),
    ]
    given[-1] = fact("FactVoided", voids=given[4].id, by="A")
    lines = [
        {"fact": each.kind, **each.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)}
        for each in given
    ]
    for line in lines:
        line.pop("scheme", None)
    lines[1].pop("weights")
    program.done("record", "-", given="\n".join(map(json.dumps, lines)).encode())
    assert [json.loads(line) for line in program.done("export").stdout.splitlines()] == lines


def test_only_the_contracts_named_come_out_in_the_order_of_their_facts(program: Program) -> None:
    for name in ("b", "a"):
        program.record(contract(None, contract=name, title=name).model_copy(update={"id": name}))
    facts = [json.loads(line)["id"] for line in program.done("export").stdout.splitlines()]
    assert facts == ["b", "a"]
    assert json.loads(program.done("export", "a").stdout)["id"] == "a"
    result = program.run("export", "a", "none")
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'the ledger has no contract "none"' in result.stderr


def test_weights_that_a_file_may_not_leave_so_are_said(program: Program) -> None:
    program.record(contract(), kpi())
    assert program.done("export").stderr == ""
    program.done("reweigh", "c", "2025-06", "K=90", "--by", "A")
    assert "from 2025-06 the weights add up to 90, and the pool is 100" in program.done("export").stderr


def test_an_export_through_a_narrow_encoding_still_reads_back(program: Program) -> None:
    program.record(contract(None, title="Café ☕"))
    result = subprocess.run(
        [sys.executable, "-c", "from cli.main import run; run()", "--ledger", str(program.path), "export"],
        capture_output=True, check=True, env={"PYTHONPATH": ".", "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert json.loads(result.stdout)["title"] == "Café ☕"
