"""An outside table as a workbook: its figures as they are shown, or a fault with the address of its cell."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ledger.faults import BadInput
from ledger.published import Printed, Published, read_published
from ledger.spreadsheet import Spreadsheet
from tests.workbooks import saved

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = ("table", "service", "row", "period", "published")


def read(*rows: tuple[Any, ...], change: Callable[[Any], None] | None = None) -> Published:
    return read_published(Spreadsheet(saved([HEADER, *rows], change), "t.xlsx", "Published"))


def figure(value: Any, number_format: str = "General", row: str = "K") -> Printed:
    def shown(sheet: Any) -> None:
        sheet["E2"].number_format = number_format

    found = read(("A", "S", row, "2025-01", value), change=shown)
    assert not found.faults, [str(fault) for _, fault in found.faults]
    (printed,) = found.printed
    return printed


@pytest.mark.parametrize(
    ("value", "number_format", "published", "stored"),
    [
        (32, "General", "32", None),
        (97.46, "General", "97.46", None),
        (0.1 + 0.2, "General", "0.3", None),
        (97.456, "0.00", "97.46", "97.456"),
        (97.4, "0.00", "97.40", None),
        (0.97456, "0.0%", "97.5%", "97.456"),
        (0.975, "0%", "98%", "97.5"),
        (1250.5, '"£"#,##0.00', "1250.50", None),
        (97.5, '0.0"%"', "97.5", None),
        ("Data not available", "General", "Data not available", None),
        ("£1,250.00", "General", "£1,250.00", None),
    ],
)
def test_a_figure_is_taken_as_it_is_shown(value: Any, number_format: str, published: str, stored: str | None) -> None:
    found = figure(value, number_format)
    assert (found.published, found.stored) == (published, stored and Decimal(stored))


def test_months_are_dates_or_text_and_tables_may_be_numbers() -> None:
    found = read((6, "S", "green", datetime(2017, 6, 1), 7), ("1b", "ALL", "net_points", "2017-06", 37.5))  # noqa: DTZ001 - a spreadsheet's dates have no zone
    assert not found.faults
    assert [(each.table, each.period, each.published) for each in found.printed] == [
        ("6", "2017-06", "7"),
        ("1b", "2017-06", "37.5"),
    ]


def test_every_fault_is_told_at_once_with_the_sheet_and_the_cell() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[6].hidden = True

    found = read(
        ("1", "S", "green", datetime(2017, 6, 2), 7),  # noqa: DTZ001 - a spreadsheet's dates have no zone
        ("1", "S", "green", "2017-06", 7.5),
        ("1", "S", "green", "2017-07", True),
        ("1", "S", None, "2017-08", 7),
        ("1", "S", "green", "2017-09", 7),
        ("1", "S", "net_points", "2017-09", "red"),
        ("1", "S", "red", "2017-09", 1, "beside"),
        ("1", "S", "amber", "2017-09", 1),
        ("1", "S", "amber", "2017-09", 1),
        change=hide,
    )
    sheet = "t.xlsx, Return"
    assert [str(fault) for _, fault in found.faults] == [
        f"{sheet}!D2, period: found the date 2017-06-02; give the first month of a period as YYYY-MM, such as 2017-05",
        f'{sheet}!E3, published: found "7.5"; give a count of KPIs, a whole number such as 32',
        f"{sheet}!E4, published: found TRUE; give a figure, or a status",
        f"{sheet}!C5, row: is empty; give it",
        f"{sheet} row 6: is a hidden row, and figures that nobody sees are not checked; show or remove it",
        f'{sheet}!E7, published: found "red"; give an amount such as 37.5',
        f"{sheet}!F8: stands under no header, outside the table; remove it, or give its column a header",
        f"{sheet} row 10: gives 1, S, amber, 2017-09 again, first in row 9; give it once",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda sheet: sheet.merge_cells("A2:A3"), "Return!A2:A3: are merged cells"),
        (
            lambda sheet: setattr(sheet.column_dimensions["E"], "hidden", True),
            "Return!E1, published: stands in a hidden column, and figures that nobody sees are not checked",
        ),
        (lambda sheet: setattr(sheet["E2"], "value", "=1/0"), "Return!E2, published: is a formula that has not been"),
        (lambda sheet: setattr(sheet["E2"], "number_format", ";;;"), "does not show its number"),
        (lambda sheet: setattr(sheet["E1"], "value", "printed"), '"printed" is no column here'),
    ],
)
def test_what_cannot_be_seen_or_said_is_refused(change: Callable[[Any], None], sentence: str) -> None:
    found = read(("1", "S", "green", "2017-06", 7), (None, "S", "green", "2017-07", 7), change=change)
    assert any(sentence in str(fault) for _, fault in found.faults)


def test_of_several_sheets_the_one_named_published_is_taken() -> None:
    def another(sheet: Any) -> None:
        sheet.title = "published"
        sheet.parent.create_sheet("Notes").append(("words",))

    assert len(read(("1", "S", "green", "2017-06", 7), change=another).printed) == 1
    with pytest.raises(BadInput, match='has several sheets \\(Return, Notes\\); name the one to take "Published"'):
        read(("1", "S", "green", "2017-06", 7), change=lambda sheet: sheet.parent.create_sheet("Notes"))
