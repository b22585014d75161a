"""A report laid out: what is numbered, and what refers to it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from projections.chart import Bar, Chart
from projections.document import (
    Document,
    Heading,
    Items,
    Paragraph,
    Ref,
    Section,
    Sentence,
    Shown,
    as_data,
    lay_out,
)
from projections.table import Table, Text

ROW = Table("Counts", ("Row",), [(Text("1"),)])
BARS = Chart("Points", "points", [Bar("Jan-25", Decimal("1.5")), Bar("Feb-25", None)])


def laid_out(*sections: Section, appendices: tuple[Section, ...] = ()) -> list[object]:
    return list(lay_out(Document("A report", [("To", "the board")], [], sections, appendices)))


def sentences(printed: list[object]) -> list[str]:
    return [each.text for each in printed if isinstance(each, Sentence)]


def test_sections_are_numbered_and_appendices_lettered_in_order() -> None:
    printed = laid_out(Section("One", []), Section("Two", []), appendices=(Section("Rows", []), Section("Bars", [])))
    headings = [each.text for each in printed if isinstance(each, Heading)]
    assert headings == ["A report", "1. One", "2. Two", "Appendix A – Rows", "Appendix B – Bars"]


def test_tables_and_figures_are_counted_apart_through_sections_parts_and_appendices() -> None:
    parts = [Section("First", [Shown("c", ROW)]), Section("Second", [Shown("d", ROW)])]
    printed = laid_out(
        Section("One", [Shown("a", ROW), Shown("bars", BARS)]),
        Section("Two", [Shown("b", ROW)]),
        appendices=(Section("Rows", [], parts=parts),),
    )
    titles = [each.title for each in printed if isinstance(each, (Table, Chart))]
    assert titles == ["Table 1: Counts", "Figure 1: Points", "Table 2: Counts", "Table 3: Counts", "Table 4: Counts"]


def test_a_reference_names_the_number_and_the_place_unless_that_is_its_own() -> None:
    told = Paragraph(["See ", Ref("b"), ", ", Ref("a"), " and ", Ref("rows"), "."])
    printed = laid_out(
        Section("One", [Shown("a", ROW), told]),
        Section("Two", [Shown("b", ROW), Items([["Above: ", Ref("a")]])]),
        appendices=(Section("Rows", [Paragraph(["Here is ", Ref("rows"), "."])], key="rows"),),
    )
    assert sentences(printed)[1:] == [
        "See Table 2 (in section 2), Table 1 and Appendix A.",
        "Above: Table 1 (in section 1)",
        "Here is Appendix A.",
    ]


def test_a_document_is_data_too() -> None:
    data = as_data(lay_out(Document("A report", [], [], [Section("One", [Shown("a", ROW), Shown("b", BARS)])], [])))
    assert data == [
        {"heading": "A report", "level": 1},
        {"heading": "1. One", "level": 2},
        {"table": "Table 1: Counts", "columns": ["Row"], "rows": [["1"]], "notes": []},
        {
            "chart": "Figure 1: Points",
            "unit": "points",
            "bars": [
                {"label": "Jan-25", "amount": "1.5", "remark": ""},
                {"label": "Feb-25", "amount": None, "remark": ""},
            ],
        },
    ]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_every_reference_leads_to_the_table_it_means(tables: list[int]) -> None:
    keys = [(section, table) for section, count in enumerate(tables) for table in range(count)]
    told = [[Ref(f"{section}-{table}")] for section, table in keys]
    sections = [
        Section(
            f"S{section}",
            [Shown(f"{section}-{table}", Table(f"{section}-{table}", ("Row",), [])) for table in range(count)],
        )
        for section, count in enumerate(tables)
    ]
    printed = laid_out(*sections, Section("Last", [Items(told)]))
    titles = {
        each.title.partition(": ")[2]: each.title.partition(": ")[0] for each in printed if isinstance(each, Table)
    }
    expected = [f"{titles[f'{section}-{table}']} (in section {section + 1})" for section, table in keys]
    assert sentences(printed)[1:] == expected
