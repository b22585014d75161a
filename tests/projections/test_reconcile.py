"""An outside table against the ledger: what differs, what could explain it, and every fault of the file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.sample import contents_of
from ledger.csv_table import CsvTable
from ledger.published import COUNTED_ROWS, Published, read_published
from projections.moment import Moment
from projections.question import Question
from projections.reconcile import reconcile
from projections.summary import summary
from tests.given import agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from tests.conftest import Program

CONTRACT = "lincolnshire-css"
HEADER = "table,service,row,period,published"


def table(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


def answer(program: Program, content: bytes, *asked: str, contract: str = CONTRACT) -> dict[str, Any]:
    import json

    result = program.run("reconcile", contract, "-", *asked, "--format", "json", given=content)
    assert result.exit_code in (0, 1), result.output
    document = json.loads(result.stdout)
    assert result.exit_code == (1 if document["differences"] else 0)
    assert document["checked"] == document["agree"] + len(document["differences"])
    return document


def test_the_october_tables_differ_in_just_the_eight_known_cells_and_by_two_causes(sample: Program) -> None:
    document = answer(sample, contents_of("lincolnshire")["published.csv"], "--as-at", "2017-10-26")
    known = (Path(__file__).parent.parent / "sources" / "lincolnshire-2017-10-26-differences.csv").read_text("utf-8")
    assert (document["checked"], document["agree"]) == (180, 172)
    fields = ("table", "service", "row", "period", "published", "ledger")
    found = {tuple(str(each[name]) for name in fields) for each in document["differences"]}
    assert found == {tuple(row.values()) for row in csv.DictReader(known.splitlines())}
    june, july = document["findings"]
    for finding, month, likely in (
        (june, "2017-06", ["ACF_KPI_10", "ACF_KPI_04"]),
        (july, "2017-07", ["ACF_KPI_04", "ACF_KPI_10"]),
    ):
        assert (finding["period"], finding["differences"]) == (month, 4)
        assert set(finding["tables"]) == {"1", "6"}
        assert set(finding["rows"]) == {"green", "mitigated"}
        assert finding["candidates"][:2] == likely
        assert "holds no grant of relief" in finding["text"]
    assert all(any("ACF_KPI_10" in each for each in found["explanations"]) for found in document["differences"])


def test_the_tables_of_july_are_explained_by_what_its_report_showed(sample: Program) -> None:
    source = Path(__file__).parent.parent / "sources" / "lincolnshire-2017-07-27-tables.csv"
    content = source.read_bytes().replace(b",reported", b",published", 1)
    assert answer(sample, content, "--as-at", "2017-07-27")["differences"] == []
    now = answer(sample, content)
    assert len(now["differences"]) == 8
    assert [finding["candidates"][0] for finding in now["findings"]] == ["IMT_KPI_11", "PM_KPI_06"]
    assert "6.00 Below MSL as reported in osmb-2017-07-27" in now["findings"][1]["text"]


def test_every_result_of_appendix_a_agrees_as_a_value_and_as_a_status(sample: Program) -> None:
    source = Path(__file__).parent.parent / "sources" / "lincolnshire-2017-10-26-appendix-a.csv"
    with source.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] in ("green", "amber", "red", "mitigated")]
    values = [f"A,{row['service']},{row['kpi']},{row['period']},{row['value'] or row['status']}" for row in rows]
    statuses = [f"B,{row['service']},{row['kpi']},{row['period']},{row['status']}" for row in rows]
    document = answer(sample, table(*values, *statuses))
    assert (document["checked"], document["differences"]) == (490, [])


def test_a_kpis_result_that_differs_is_told_by_its_trail(sample: Program) -> None:
    lines = (
        "A,PM,PM_KPI_06,2017-05,6.00",
        "A,CSC,CSC_KPI_03,2017-05,Data not available",
        "A,F,F_KPI_01,2017-08,Amber",
        "A,ACF,ACF_KPI_10,2017-06,Mitigation Agreed",
    )
    document = answer(sample, table(*lines))
    told = {each["row"]: (each["published"], each["ledger"], each["explanations"]) for each in document["differences"]}
    assert set(told) == {"PM_KPI_06", "F_KPI_01", "ACF_KPI_10"}
    assert told["PM_KPI_06"][:2] == ("6.00", "1.00")
    assert any("escalation ESC-2017-01" in sentence for sentence in told["PM_KPI_06"][2])
    assert "It was 6.00 Below MSL in osmb-2017-07-27." in told["PM_KPI_06"][2]
    assert told["F_KPI_01"][:2] == ("Amber", "green")
    assert any("F_KPI_01-2017-07-rebase" in sentence for sentence in told["F_KPI_01"][2])
    assert "No grant relieves it in this period; it is relieved in Mar-17, Apr-17, May-17." in told["ACF_KPI_10"][2]


def test_what_the_second_sample_only_counts_is_said_to_be_not_held_and_no_more(
    program: Program, tmp_path: Path
) -> None:
    program.done("sample", "lincolnshire-2018-2021", "--to", str(tmp_path))
    program.done("register", str(tmp_path / "contract.toml"))
    program.done("record", str(tmp_path / "facts.jsonl"))
    document = answer(program, (tmp_path / "published.csv").read_bytes(), contract="lincolnshire-css-later")
    assert (document["checked"], document["agree"]) == (30, 3)
    assert [finding["text"] for finding in document["findings"]] == [
        *(f"The ledger keeps no records of {month} 2018." for month in ("February", "March", "April", "May", "June")),
        "July 2018: the ledger holds 2 of the 41 KPIs counted.",
    ]
    assert {each["ledger"] for each in document["differences"] if each["period"] < "2018-07"} == {None}


def test_only_the_periods_asked_for_are_checked(sample: Program) -> None:
    content = contents_of("lincolnshire")["published.csv"]
    document = answer(sample, content, "--last", "2017-06", "--periods", "2")
    assert (document["checked"], len(document["differences"])) == (60, 4)
    result = sample.run("reconcile", CONTRACT, "-", "--last", "2019-01", "--periods", "1", given=content)
    assert (result.exit_code, "no figure of it is about" in result.stderr) == (2, True)


def reconciled(facts: list[AnyFact], *lines: str) -> dict[str, Any]:
    """Reconcile lines with facts, all of them counting."""
    history = recorded(facts)
    taken = history[-1]
    moment = Moment(max(each.fact.dated for each in history), taken.recorded_at, taken.position)
    published = read_published(CsvTable(table(*lines), "t.csv"))
    return reconcile(Question("c", history, moment), published).document()


TWO = [contract(), kpi("K1", "50"), kpi("K2", "50")]


def test_counts_that_cannot_add_up_are_said_to() -> None:
    facts = [*TWO, *results(("2025-01", "95"), ref="K1"), *results(("2025-01", "95"), ref="K2")]
    rows = [f"1,S,{row},2025-01,{count}" for row, count in zip(COUNTED_ROWS, (2, 0, 1, 0, 2), strict=True)]
    (finding,) = reconciled(facts, *rows)["findings"]
    assert finding["text"] == "January 2025, S: the printed rows add up to 3, the printed total is 2."


def test_a_kpi_without_an_agreed_result_is_named_where_too_few_are_counted() -> None:
    facts = [*TWO, *results(("2025-01", "95"), ref="K1"), submitted("2025-01", "95", ref="K2")]
    rows = [f"1,S,{row},2025-01,{count}" for row, count in zip(COUNTED_ROWS, (2, 0, 0, 0, 2), strict=True)]
    (finding,) = reconciled(facts, *rows)["findings"]
    assert finding["text"] == ("January 2025, S: the ledger holds 1 of the 2 KPIs counted; K2 has no agreed result.")
    settled = [*facts, agreed("2025-01", ref="K2")]
    assert reconciled(settled, *rows)["findings"] == []


def test_no_more_is_told_of_a_count_than_the_rows_beside_it_allow() -> None:
    facts = [*TWO, *results(("2025-01", "95"), ref="K1"), *results(("2025-01", "70"), ref="K2")]
    (finding,) = reconciled(facts, "1,S,green,2025-01,2")["findings"]
    assert finding["text"] == (
        "January 2025, S: printed against the ledger, green +1; without its other rows no more can be told."
    )


def test_relief_that_the_table_does_not_show_is_named_with_its_grant() -> None:
    granted = fact("MitigationGranted", kpi="K1", first_period="2025-01", last_period="2025-01", id="g1")
    facts = [*TWO, *results(("2025-01", "95"), ref="K1"), *results(("2025-01", "95"), ref="K2"), granted]
    rows = [f"1,ALL,{row},2025-01,{count}" for row, count in zip(COUNTED_ROWS, (2, 0, 0, 0, 2), strict=True)]
    (finding,) = reconciled(facts, *rows)["findings"]
    assert finding["text"] == (
        "January 2025: one KPI is green in print and mitigated in the ledger. K1 (relieved by g1) would explain it."
    )


def test_a_period_of_a_quarter_is_counted_where_it_begins() -> None:
    quarterly = kpi("Q", "", frequency="quarterly")
    facts = [*TWO, quarterly, *results(("2025-01", "95"), ref="K1"), *results(("2025-01", "70"), ref="K2")]
    late = {"dated": "2025-04-07"}
    facts += [submitted("2025-01", "85", ref="Q", **late), agreed("2025-01", ref="Q", dated="2025-04-20")]
    rows = [f"1,S,{row},2025-01,{count}" for row, count in zip(COUNTED_ROWS, (1, 1, 1, 0, 3), strict=True)]
    assert reconciled(facts, *rows, "A,S,Q,2025-01,85.0", "B,S,Q,2025-01,amber")["differences"] == []


STATUS_OF = {"95": "green", "85": "amber", "70": "red"}


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.tuples(st.sampled_from(["95", "85", "70"]), st.booleans()), min_size=4, max_size=4),
    perturbed=st.integers(min_value=0, max_value=29),
    by=st.sampled_from([1, 2]),
)
def test_a_table_made_from_the_summary_agrees_and_one_cell_perturbed_is_the_one_that_differs(
    values: list[tuple[str, bool]], perturbed: int, by: int
) -> None:
    facts = list(TWO)
    for place, (value, relieved) in enumerate(values):
        ref, month = f"K{place % 2 + 1}", f"2025-0{place // 2 + 1}"
        facts += results((month, value), ref=ref)
        if relieved:
            facts.append(fact("MitigationGranted", kpi=ref, first_period=month, last_period=month))
    history = recorded(facts)
    moment = Moment(max(each.fact.dated for each in history), history[-1].recorded_at, history[-1].position)
    question = Question("c", history, moment, last="2025-03", count=3)
    lines = [
        ("t", service["service"], row, period["period"], period[row])
        for service in summary(question).document()["services"]
        for period in service["periods"]
        for row in COUNTED_ROWS
    ]
    assert len(lines) == 30

    def differing(figures: list[tuple[str, str, str, str, int]]) -> list[tuple[str, ...]]:
        content = table(*(",".join(map(str, figure)) for figure in figures))
        document = reconcile(question, read_published(CsvTable(content, "t.csv"))).document()
        assert document["checked"] == 30
        assert all(each["explanations"] for each in document["differences"])
        return [tuple(each[name] for name in HEADER.split(",")) for each in document["differences"]]

    assert differing(lines) == []
    changed = (*lines[perturbed][:4], lines[perturbed][4] + by)
    assert differing([*lines[:perturbed], changed, *lines[perturbed + 1 :]]) == [changed]


@pytest.mark.parametrize(
    ("line", "field", "sentence"),
    [
        ("1,XX,green,2017-06,6", "service", "give one of PM, IMT, CSC, ACF, F, or ALL for all of them"),
        (
            "1,ACF,blue,2017-06,6",
            "row",
            "give green, amber, red, mitigated, total, gross_points, relieved_points, net_points, service_credit or",
        ),
        ("1,ACF,ACF_KPI_99,2017-06,6", "row", "did you mean ACF_KPI_0"),
        ("1,ACF,green,2017-13,6", "period", "give the first month of a period as YYYY-MM"),
        ("1,ACF,green,2015-03,6", "period", "from 2015-04 on"),
        ("1,ACF,green,2017-06,six", "published", "give a count of KPIs"),
        ("1,ACF,green,2017-06,-6", "published", "give a count of KPIs"),
        ("1,ACF,ACF_KPI_10,2017-06,fine", "published", "give a value such as 98.5, or a status"),
        ("1,PM,ACF_KPI_10,2017-06,100", "service", "ACF_KPI_10 belongs to ACF"),
        ("1,ACF,green,2017-06", None, "has 4 cells where the header has 5"),
        ("1,ACF,green,2017-06,", "published", "is empty; give it"),
        (",ACF,green,2017-06,6", "table", "is empty; give it"),
    ],
)
def test_a_faulty_line_is_refused_with_its_file_and_line(
    sample: Program, tmp_path: Path, line: str, field: str | None, sentence: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(table("1,ACF,total,2017-06,9", line))
    result = sample.run("reconcile", CONTRACT, str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    (told,) = result.stderr.splitlines()
    assert told.startswith(f"{file}, line 3, {field}: " if field else f"{file}, line 3: ")
    assert sentence in told


def test_all_faults_are_told_at_once_in_order_of_line(sample: Program) -> None:
    lines = ("1,XX,green,2017-06,6", "", "1,ACF,green,2017-06,six", "1,ACF,red,2017-06,1", "1,ACF,red,2017-06,1")
    result = sample.run("reconcile", CONTRACT, "-", given=table(*lines))
    assert result.exit_code == 2
    assert [told.split(":")[0].split(",")[1] for told in result.stderr.splitlines()] == [
        " line 2",
        " line 4",
        " line 6",
    ]
    assert "again, first on line 5" in result.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty; give a header row"),
        (b"\n\n", "is empty; give a header row"),
        (HEADER.encode(), "no figure has come"),
        (b"table,service,row,period\n", "published is missing"),
        (b"table,service,row,period,published,unit\n", '"unit" is no column here'),
        (b"table,service,row,period,published,table\n", "table is given twice"),
        (HEADER.encode() + b'\n1,ACF,green,2017-06,"6\n', "is not CSV"),
        (HEADER.encode() + b"\n1,\xff,green,2017-06,6\n", "is not UTF-8"),
        (HEADER.encode() + b"\n1,A\x07F,green,2017-06,6\n", "holds the control character"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(sample: Program, content: bytes, sentence: str) -> None:
    result = sample.run("reconcile", CONTRACT, "-", given=content)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_columns_may_stand_in_any_order_and_a_byte_order_mark_is_passed_over() -> None:
    found = read_published(
        CsvTable("\ufeffpublished,period,row,service,table\r\n7,2017-06,green,ACF,6\r\n".encode(), "t.csv")
    )
    assert not found.faults
    (printed,) = found.printed
    assert (printed.table, printed.service, printed.row, printed.period) == ("6", "ACF", "green", "2017-06")
    assert (printed.published, printed.line, isinstance(found, Published)) == ("7", 2, True)


def test_findings_are_shown_in_order_and_a_voided_one_is_not(own_sample: Program) -> None:
    found = own_sample.json("findings", CONTRACT, "--as-at", "2017-10-26")["findings"]
    assert len(found) == 15
    assert found[0] == {
        "id": "finding-2017-10-IMT_KPI_11-note",
        "document": "OSMB report of 26 October 2017",
        "place": "Appendix A, Part 2",
        "printed": "March's 69.00 carries note 1",
        "found": "note 1 speaks of April 2017 only",
        "kpi": "IMT_KPI_11",
        "period": "2017-03",
        "by": "LCC",
        "dated": "2017-10-26",
    }
    assert own_sample.json("findings", CONTRACT, "--as-at", "2017-10-25")["findings"] == []
    march = own_sample.json("findings", CONTRACT, "--last", "2017-03", "--periods", "1")["findings"]
    assert [each["id"] for each in march] == ["finding-2017-10-IMT_KPI_11-note"]
    own_sample.done("void", CONTRACT, "finding-2017-10-IMT_KPI_11-note", "--reason", "a slip", "--by", "LCC")
    assert len(own_sample.json("findings", CONTRACT)["findings"]) == 14
