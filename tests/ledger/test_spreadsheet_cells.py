"""A workbook's cells give what a person who opens it sees, or are refused by their addresses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from ledger.facts import KpiIntroduced
from ledger.faults import BadInput
from ledger.judgement import Reading
from ledger.returns import Units, read_table
from ledger.spreadsheet import Spreadsheet
from tests.given import kpi
from tests.workbooks import HEADER, MAIN, header, packed, parts, row, saved, sheet, text, with_value

FORMATS = {
    164: "0.0%",
    165: '0.0"%"',
    166: "dd/mm/yyyy",
    167: ";;;",
    168: "0.0;0.0%",
    169: "mmm\\-yy",
    170: "0.00\\ \\%",
}
PERCENT, LITERAL, DAY, UNSEEN, MIXED, MONTH, ESCAPED = range(1, 8)
NIGHT, MORNING = datetime.fromisoformat("2025-04-05"), datetime.fromisoformat("2025-04-05T09:30")
FILLED = {"by": "P", "dated": "2025-04-05"}


def read(content: bytes, *, unit: str | None = "percent", filled: dict[str, str] | None = None) -> Reading:
    """Read a workbook for a contract that has the KPI K."""
    introduced = kpi(unit=unit) if unit else kpi()
    assert isinstance(introduced, KpiIntroduced)
    numbers = count(1)
    units = Units(lambda contract: [introduced] if contract == "c" else [])
    try:
        reading = read_table(
            Spreadsheet(content, "return.xlsx"),
            FILLED if filled is None else filled,
            units,
            lambda: f"i{next(numbers)}",
        )
    except BadInput as wrong:
        return Reading(faults=list(wrong.faults))
    reading.faults = [reading.located(fault) for fault in reading.faults]
    return reading


def value(content: bytes, **given: Any) -> str:
    """Return the value of the only return of a workbook, as it would be kept."""
    reading = read(content, **given)
    assert not reading.faults, reading.faults
    (proposed,) = reading.proposed
    return str(proposed.fact.model_dump(mode="json")["value"])


def refused(content: bytes, *sentences: str, **given: Any) -> None:
    """Expect just these faults, each a part of one."""
    reading = read(content, **given)
    said = [str(fault) for fault in reading.faults]
    assert len(said) == len(sentences), said
    for sentence, fault in zip(sentences, said, strict=True):
        assert sentence in fault, said


def one(cell: str, **attributes: str) -> bytes:
    """Return a workbook with one return, whose value is this cell."""
    return packed(parts(with_value(cell, **attributes), formats=FORMATS, strings="<si><t>98.5</t></si>"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="D2"><v>98.5</v></c>', "98.5"),
        ('<c r="D2"><v>-2</v></c>', "-2"),
        ('<c r="D2"><v>0.30000000000000004</v></c>', "0.3"),
        ('<c r="D2"><v>1.5E2</v></c>', "150"),
        ('<c r="D2"><v>1E-7</v></c>', "0.0000001"),
        ('<c r="D2"><v>123456789012345678</v></c>', "123456789012346000"),
        (f'<c r="D2" s="{PERCENT}"><v>0.975</v></c>', "97.5"),
        (f'<c r="D2" s="{PERCENT}"><v>0.97499999999999998</v></c>', "97.5"),
        (f'<c r="D2" s="{PERCENT}"><v>1</v></c>', "100"),
        (f'<c r="D2" s="{LITERAL}"><v>97.5</v></c>', "97.5"),
        (f'<c r="D2" s="{ESCAPED}"><v>97.5</v></c>', "97.5"),
        ('<c r="D2" t="s"><v>0</v></c>', "98.5"),
        ('<c r="D2" t="str"><f>B9</f><v>98.5</v></c>', "98.5"),
        ('<c r="D2"><f>SUM(1,2)</f><v>3</v></c>', "3"),
        (text("D2", "97.5 %"), "97.5"),
        (text("D2", "97.5%"), "97.5"),
        (text("D2", " 98.50 "), "98.50"),
        ("<c><v>98.5</v></c>", "98.5"),
    ],
)
def test_a_number_is_taken_as_it_is_shown(cell: str, expected: str) -> None:
    assert value(one(cell)) == expected


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (text("D2", "98,5"), 'found "98,5"; give a number in plain digits'),
        (text("D2", "1,250"), 'found "1,250"'),
        (text("D2", "n/a"), 'found "n/a"'),
        ('<c r="D2" t="e"><v>#DIV/0!</v></c>', "holds the error #DIV/0!"),
        ('<c r="D2" t="e"><f>NA()</f><v>#N/A</v></c>', "holds the error #N/A"),
        ('<c r="D2"><f>SUM(1,2)</f></c>', "has not been calculated; open the file in a spreadsheet program and save"),
        ('<c r="D2"><f>SUM(1,2)</f><v></v></c>', "has not been calculated"),
        ('<c r="D2" t="b"><v>1</v></c>', "found TRUE; give a number"),
        (f'<c r="D2" s="{DAY}"><v>45750</v></c>', "found the date 2025-04-03; give a number"),
        (f'<c r="D2" s="{DAY}"><v>99999999</v></c>', "shown as a date or time and is no date"),
        (f'<c r="D2" s="{UNSEEN}"><v>98.5</v></c>', "does not show its number"),
        (f'<c r="D2" s="{MIXED}"><v>98.5</v></c>', "shows some numbers as percentages"),
        ('<c r="D2"><v>ninety</v></c>', "says it is a number and is none"),
        ('<c r="D2"><v>INF</v></c>', "says it is a number and is none"),
        ('<c r="D2" t="s"><v>7</v></c>', "a text that is not there"),
        ('<c r="D2" t="s"><v>-1</v></c>', "a text that is not there"),
        ('<c r="D2" t="d"><v>31/12/2025</v></c>', "says it is a date and is none"),
        (text("D2", "98_x0007_.5"), "control character '\\x07'"),
    ],
)
def test_a_cell_that_says_no_number_is_refused_by_its_address(cell: str, sentence: str) -> None:
    refused(one(cell), f"return.xlsx, Return!D2, value: {sentence}" if sentence.startswith("found") else sentence)
    assert str(read(one(cell)).faults[0]).startswith("return.xlsx, Return!D2, value: ")


@pytest.mark.parametrize("unit", ["count", None])
@pytest.mark.parametrize("cell", [f'<c r="D2" s="{PERCENT}"><v>0.975</v></c>', text("D2", "97.5 %")])
def test_a_percentage_of_a_kpi_that_is_counted_otherwise_is_refused(cell: str, unit: str | None) -> None:
    refused(one(cell), "Return!D2, value: is shown as the percentage 97.5 %, but the KPI's unit is", unit=unit)


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell() -> None:
    reading = read(one('<c r="D2" t="str"><f>IF(1,"","")</f><v></v></c>'))
    assert (reading.proposed, reading.faults) == ([], [])
    assert "K; nothing is recorded" in reading.doubts[0].sentence


def test_the_nought_that_a_program_puts_in_place_of_a_result_is_not_believed() -> None:
    made = parts(with_value('<c r="D2"><f>A9</f><v>0</v></c>'))
    assert value(packed(made)) == "0"
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace(
        "</workbook>", '<calcPr fullCalcOnLoad="1"/></workbook>'
    )
    refused(packed(made), "has not been calculated")


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("period", date(2025, 3, 1), "2025-03"),
        ("period", "2025-03", "2025-03"),
        ("dated", date(2025, 4, 5), "2025-04-05"),
        ("dated", NIGHT, "2025-04-05"),
        ("dated", "2025-04-05", "2025-04-05"),
        ("unavailable", True, True),
        ("unavailable", "Yes", True),
        ("unavailable", "TRUE", True),
        ("id", 20250301, "20250301"),
        ("note", "two\nlines", "two\nlines"),
        ("note", "=1+1 was the cause", "=1+1 was the cause"),
        ("kpi", " K\u00a0", "K"),
    ],
)
def test_other_fields_are_taken_as_they_are_shown(name: str, cell: object, expected: object) -> None:
    given = {"contract": "c", "kpi": "K", "period": "2025-03", "dated": "2025-04-05", name: cell}
    given.setdefault("value", None if name == "unavailable" else 98.5)

    def as_text(page: Any) -> None:
        for each in page[2]:
            if isinstance(each.value, str):
                each.data_type = "s"

    reading = read(saved([tuple(given), tuple(given.values())], as_text))
    assert not reading.faults, reading.faults
    assert reading.proposed[0].fact.model_dump(mode="json")[name] == expected


@pytest.mark.parametrize(
    ("name", "cell", "sentence"),
    [
        ("period", date(2025, 3, 31), "C2, period: found the date 2025-03-31; give the first month of a period"),
        ("period", 2025, 'C2, period: found "2025"; give the first month'),
        ("dated", MORNING, "D2, dated: found the time 2025-04-05 09:30:00; give the date alone"),
        ("dated", 45750, "D2, dated: found 45750; give a date as YYYY-MM-DD"),
        ("dated", "05/04/2025", 'D2, dated: found "05/04/2025"; give a date'),
        ("unavailable", "perhaps", 'E2, unavailable: found "perhaps"; give yes'),
        ("unavailable", 1, "E2, unavailable: found 1; give yes"),
        ("kpi", date(2025, 3, 1), "B2, kpi: found the date 2025-03-01; give text"),
        ("kpi", 1.5, "B2, kpi: found 1.5; give text"),
        ("kpi", True, "B2, kpi: found TRUE"),
    ],
)
def test_other_fields_that_are_not_what_their_column_is_for_are_refused(name: str, cell: object, sentence: str) -> None:
    given = {"contract": "c", "kpi": "K", "period": "2025-03", "dated": "2025-04-05", name: cell, "value": 98.5}
    reading = read(saved([tuple(given), tuple(given.values())]))
    assert any(f"return.xlsx, Return!{sentence}" in str(fault) for fault in reading.faults), reading.faults


def test_dates_of_a_workbook_that_counts_from_1904() -> None:
    cells = (text("A2", "c"), text("B2", "K"), f'<c r="C2" s="{MONTH}"><v>44255</v></c>', '<c r="D2"><v>1</v></c>')
    made = parts(sheet(header(), row(2, *cells)), formats=FORMATS)
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert read(packed(made)).proposed[0].fact.period == "2025-03"  # type: ignore[union-attr]


def test_texts_in_pieces_are_joined_and_the_reading_of_their_signs_is_left_out() -> None:
    strings = '<si><r><t>98</t></r><r><t>.5</t></r><rPh sb="0" eb="2"><t>ignored</t></rPh></si>'
    assert value(packed(parts(with_value('<c r="D2" t="s"><v>0</v></c>'), strings=strings))) == "98.5"


def test_an_escape_that_is_itself_escaped_is_left_as_it_stands() -> None:
    cells = (text("A2", "c"), text("B2", "K"), '<c r="C2" t="s"><v>0</v></c>', '<c r="D2"><v>1</v></c>')
    names = header("contract", "kpi", "note", "value")
    made = parts(sheet(names, row(2, *cells)), strings="<si><t>a_x005F_x0041_</t></si>")
    reading = read(packed(made), filled={**FILLED, "period": "2025-03"})
    assert reading.proposed[0].fact.note == "a_x0041_"  # type: ignore[union-attr]


def test_formats_are_found_wherever_they_are_and_whatever_stands_beside_them() -> None:
    made = parts(with_value(f'<c r="D2" s="{PERCENT}"><v>0.975</v></c>'), formats=FORMATS)
    styles = str(made.pop("xl/styles.xml"))
    made["xl/looks.xml"] = styles.replace("<numFmts>", '<fonts><font><family val="99"/></font></fonts><numFmts>')
    relations = "xl/_rels/workbook.xml.rels"
    made[relations] = str(made[relations]).replace("styles.xml", "looks.xml")
    assert value(packed(made)) == "97.5"


def test_a_format_that_is_not_there_is_refused_at_its_cell() -> None:
    refused(one('<c r="D2" s="77"><v>1</v></c>'), "Return!D2, value: has a format that cannot be read")


def test_the_strict_form_of_a_workbook_is_refused() -> None:
    made = parts(with_value('<c r="D2"><v>1</v></c>'))
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace(
        MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    refused_whole = "is in the strict form of Office files, which is not read; save it again as .xlsx"
    refused(packed(made), f"return.xlsx: its part xl/workbook.xml {refused_whole}")


# --- the table -------------------------------------------------------------------------------------------------------

ROW = ("c", "K", "2025-03", 98.5, None, None)


def test_merged_cells_in_the_table_are_refused_and_others_left() -> None:
    refused(saved([HEADER, ROW], lambda page: page.merge_cells("E2:F3")), "return.xlsx, Return!E2:F3: are merged cells")
    assert value(saved([HEADER, ROW], lambda page: page.merge_cells("K20:L21"))) == "98.5"


def test_hidden_rows_and_columns_are_refused() -> None:
    def hide_row(page: Any) -> None:
        page.row_dimensions[2].hidden = True

    def hide_column(page: Any) -> None:
        page.column_dimensions["D"].hidden = True

    def hide_header(page: Any) -> None:
        page.row_dimensions[1].hidden = True

    refused(saved([HEADER, ROW], hide_row), "return.xlsx, Return row 2: is a hidden row")
    refused(saved([HEADER, ROW], hide_header), "return.xlsx, Return row 1: is a hidden row")
    assert (
        value(saved([HEADER, ROW, (), (None,)], lambda page: setattr(page.row_dimensions[4], "hidden", True))) == "98.5"
    )
    refused(saved([HEADER, ROW], hide_column), "return.xlsx, Return!D1: stands in a hidden column")
    flat = with_value('<c r="D2"><v>1</v></c>', ht="0")
    refused(packed(parts(flat)), "Return row 2: is a hidden row")
    narrow = flat.replace("<sheetData>", '<cols><col min="2" max="4" width="0"/></cols><sheetData>').replace(
        ' ht="0"', ""
    )
    refused(packed(parts(narrow)), "Return!B1: stands in a hidden", "Return!C1: stands in a", "Return!D1: stands in a")


def test_hidden_sheets_are_refused_if_they_are_meant_and_passed_over_if_not() -> None:
    def hide(page: Any) -> None:
        page.parent.create_sheet("Other")
        page.sheet_state = "hidden"

    def hide_other(page: Any) -> None:
        page.title = "October"
        page.parent.create_sheet("Lists").sheet_state = "veryHidden"

    refused(saved([HEADER, ROW], hide), "return.xlsx, Return: is a hidden sheet")
    assert value(saved([HEADER, ROW], hide_other)) == "98.5"


def test_of_several_sheets_the_one_named_return_is_taken() -> None:
    def add(page: Any) -> None:
        page.parent.create_sheet("Notes", 0)

    def rename(page: Any) -> None:
        add(page)
        page.title = "October"

    assert value(saved([HEADER, ROW], add)) == "98.5"
    refused(saved([HEADER, ROW], rename), "has several sheets (Notes, October); name the one to take")


def test_a_renamed_column_is_refused_with_the_name_it_is_near() -> None:
    refused(
        saved([("contract", "kpi", "period", "value", "unavailble"), ROW[:5]]),
        'return.xlsx, Return!E1: found "unavailble", which is no column here; did you mean "unavailable"?',
    )
    refused(
        saved([("kpi", "value", "Gewicht"), ("K", 1, 2)]),
        'Return!C1: found "Gewicht", which is no column here; the columns are contract, kpi, period, value',
        "contract: is in no column",
        "period: is in no column",
    )


def test_a_column_given_twice_is_refused_naming_both() -> None:
    refused(
        saved([(*HEADER, "Value"), (*ROW, 97)]),
        'return.xlsx, Return!G1: found "Value", a column that is given twice, as is D1; give it once',
    )


def test_a_kpi_given_twice_for_one_period_is_refused_naming_both_cells() -> None:
    refused(
        saved([HEADER, ROW, ("c", "K", "2025-02", 1), ("c", "K", "2025-03", 97)]),
        "return.xlsx, Return!B4, kpi: K for 2025-03 is given twice, here and at return.xlsx, Return!B2; give it once",
    )
    refused(saved([HEADER, ROW, ("c", "K", "2025-03", None)]), "Return!B3, kpi: K for 2025-03 is given twice")


def test_columns_may_be_capitalised_and_informative_ones_are_passed_over() -> None:
    columns = ("Contract", "KPI", "Period", "Title", "Unit", "TSL", "MSL", "Last period", "last value", "VALUE")
    assert value(saved([columns, ("c", "K", "2025-03", "#N/A", 5, 90, 80, "Feb-25", "=", 98.5)])) == "98.5"


def test_blank_rows_are_passed_over_wherever_they_stand() -> None:
    reading = read(saved([(), (), HEADER, (), ROW, (), (), ("c", "K", "2025-02", 1), (), (" ",)]))
    assert [each.where for each in reading.proposed] == ["return.xlsx, Return row 5", "return.xlsx, Return row 8"]


def test_cells_far_outside_the_table_are_refused() -> None:
    def stray(address: str) -> bytes:
        return saved([HEADER, ROW], lambda page: page.__setitem__(address, 7))

    refused(stray("Z90"), "return.xlsx, Return!Z90: stands under no header, outside the table")
    refused(stray("XFD2"), "return.xlsx, Return!XFD2: is beyond column GR, the 200th")
    refused(stray("A1048576"), "return.xlsx, Return!A1048576: is below row 100,000")


def test_a_row_of_no_kpi_is_refused_unless_it_is_empty() -> None:
    refused(saved([HEADER, ROW, ("Total of all", None, None, None)]), "Return!B3, kpi: is missing; give it, or empty")


def test_a_table_without_a_header_is_refused() -> None:
    refused(saved([("Return for March",), HEADER, ROW]), "return.xlsx, Return row 1: is no header; the first row names")
    refused(saved([]), "return.xlsx, Return: is empty")
    refused(saved([(*HEADER, 7), ROW]), "Return!G1: found 7, which is no column here")


def test_what_every_row_lacks_is_said_once() -> None:
    rows = [("kpi", "value"), *(("K", number) for number in range(50))]
    refused(
        saved(rows),
        "row 1, contract: is in no column; give a column or the option --contract",
        "row 1, dated: is in no column",
        "row 1, by: is in no column",
        "row 1, period: is in no column",
        filled={},
    )


def test_what_one_row_lacks_is_said_at_its_cell() -> None:
    rows = [("contract", "kpi", "period", "value", "by"), ("c", "K", "2025-03", 1, None)]
    refused(saved(rows), "Return!E2, by: is missing; give it, or the option --by", filled={"dated": "2025-04-05"})


def test_options_fill_only_what_a_row_lacks() -> None:
    rows = [("contract", "kpi", "period", "value"), ("c", "K", None, 1), (None, "K", "2025-02", 2)]
    reading = read(saved(rows), filled={**FILLED, "period": "2025-03", "contract": "d"})
    assert [(each.fact.contract, each.fact.period) for each in reading.proposed] == [  # type: ignore[union-attr]
        ("c", "2025-03"),
        ("d", "2025-02"),
    ]


def test_rows_without_a_result_are_named_in_one_warning() -> None:
    rows = [HEADER, ROW, ("c", "L", "2025-03", None, None, "see below"), ("c", "M", "2025-03")]
    reading = read(saved(rows))
    assert len(reading.proposed) == 1
    (doubt,) = reading.doubts
    assert "is given for L, M; nothing is recorded" in doubt.sentence
    assert "awaiting" in doubt.sentence


def test_a_workbook_that_lies_about_its_dimensions_is_read_whole() -> None:
    data = with_value('<c r="D2"><v>98.5</v></c>').replace("<sheetData>", '<dimension ref="A1:A1"/><sheetData>')
    assert value(packed(parts(data))) == "98.5"
    assert value(packed(parts(data.replace("A1:A1", "A1:XFD1048576")))) == "98.5"


@pytest.mark.parametrize(
    "rows",
    [
        (row(2), row(2, text("A2", "c"))),
        (row(3), row(2, text("A2", "c"))),
        (row(2, text("B2", "K"), text("A2", "c")),),
        (row(2, text("A2", "c"), text("A2", "d")),),
        (row(2, text("A7", "c")),),
    ],
)
def test_rows_and_cells_that_are_out_of_order_or_there_twice_are_refused(rows: tuple[str, ...]) -> None:
    refused(packed(parts(sheet(header(), *rows))), "out of order")


# --- a table of facts ------------------------------------------------------------------------------------------------


def test_a_table_of_facts_takes_every_sort_of_field() -> None:
    names = ("fact", "contract", "dated", "by", "kpi", "first period", "last_period", "tsl", "msl", "reason", "ref",
             "service", "title", "reserved", "decimals", "amount", "report", "as_at", "unit", "better")  # fmt: skip
    rows = [
        ("TargetRebased", "c", date(2025, 4, 5), "A", "K", date(2025, 3, 1), None, ">95", 90.5, "agreed"),
        ("KpiIntroduced", "c", "2025-04-05", "A", None, "2025-03", None, None, None, None, "L", "S", "L", None, 2),
        ("KpiIntroduced", "c", "2025-04-05", "A", None, None, None, None, None, None, "M", "S", None, True),
        ("ChargesSet", "c", "2025-04-05", "A", None, "2025-03", *[None] * 9, 1250.75),
        ("ReportPublished", "c", "2025-04-05", "A", None, "2025-03", "2025-03", *[None] * 5, "March", None, None, None,
         "r1", date(2025, 4, 4)),
    ]  # fmt: skip

    reading = read(saved([names, *rows]))
    assert not reading.faults, reading.faults
    rebased, measured, reserved, charged, published = (each.fact.model_dump() for each in reading.proposed)
    assert (rebased["first_period"], rebased["tsl"], rebased["msl"]) == ("2025-03", ">95", "90.5")
    assert (measured["decimals"], reserved["reserved"], charged["amount"]) == (2, True, Decimal("1250.75"))
    assert published["as_at"] == date(2025, 4, 4)


def test_faults_of_a_table_of_facts_stand_at_their_cells() -> None:
    names = ("fact", "contract", "kpi", "period", "value", "decision", "amount")
    rows = [
        ("PerformanceScrutinised", "c", "K", "2025-03", None, "perhaps", None),
        ("Nonsense", "c", None, None, None, None, None),
        ("PerformanceSubmitted", "c", "K", "2025-03", 1, "agreed", None),
        ("ChargesSet", "c", None, None, None, None, "x"),
        (None, "c", "K", "2025-03", 1, None, None),
    ]
    refused(
        saved([names, *rows]),
        'Return!F2, decision: found "perhaps"; give one of',
        'Return!A3, fact: found "Nonsense"; give one of',
        "Return!F4, decision: is no field of PerformanceSubmitted",
        "first_period: is missing",
        'Return!G5, amount: found "x"',
        "Return!A6, fact: is missing",
    )


def test_a_column_that_no_cell_can_hold_is_refused() -> None:
    refused(saved([("fact", "contract", "weights"), ("WeightsSet", "c", "K=1")]), 'Return!C1: found "weights", which a')


def test_a_unit_given_in_the_same_table_counts() -> None:
    names = ("fact", "contract", "ref", "service", "title", "unit", "first_period", "kpi", "period", "value")
    rows = [
        ("KpiIntroduced", "c", "L", "S", "L", "count", "2025-01", None, None, None),
        ("PerformanceSubmitted", "c", None, None, None, None, None, "L", "2025-03", "5 %"),
    ]
    refused(saved([names, *rows]), "Return!J3, value: is shown as the percentage 5 %, but the KPI's unit is count")
