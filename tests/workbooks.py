"""Workbooks made by hand, part by part, where no library would make them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = ("contract", "kpi", "period", "value", "unavailable", "note")


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def parts(
    data: str, *, strings: str = "", formats: Mapping[int, str] | None = None, sheets: tuple[str, ...] = ("Return",)
) -> dict[str, str | bytes]:
    """Return the parts of a workbook whose first sheet holds this XML.

    Style n + 1 has the n-th of the formats; `strings` are the elements of the shared strings.
    """
    codes = list((formats or {}).items())
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in enumerate(sheets, 1)
    )
    others = ("styles", "sharedStrings")
    relations += "".join(f'<Relationship Id="{each}" Type="{OFFICE}/{each}" Target="{each}.xml"/>' for each in others)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>' for number, name in enumerate(sheets, 1)
    )
    numbered = "".join(f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>' for number, code in codes)
    styles = '<xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{number}"/>' for number, _ in codes)
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{numbered}</numFmts><cellXfs>{styles}</cellXfs>'
        "</styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    for number, _ in enumerate(sheets, 1):
        made[f"xl/worksheets/sheet{number}.xml"] = data if number == 1 else sheet()
    return made


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """Return the XML of a sheet with these rows."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def text(address: str, words: str) -> str:
    """Return a cell that holds text of its own."""
    return f'<c r="{address}" t="inlineStr"><is><t>{escape(words)}</t></is></c>'


def row(number: int, *cells: str, **attributes: str) -> str:
    """Return a row of cells."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<row r="{number}"{given}>{"".join(cells)}</row>'


def header(*names: str) -> str:
    """Return a header in the first row."""
    return row(1, *(text(f"{'ABCDEFGHIJ'[place]}1", name) for place, name in enumerate(names or HEADER)))


def with_value(cell: str, **attributes: str) -> str:
    """Return a sheet with one return of K for March 2025, whose cell D2 is this one."""
    return sheet(header(), row(2, text("A2", "c"), text("B2", "K"), text("C2", "2025-03"), cell, **attributes))


def saved(rows: list[tuple[Any, ...]], change: Callable[[Any], None] | None = None) -> bytes:
    """Return a workbook of these rows, on a sheet named Return, as openpyxl saves it."""
    book = openpyxl.Workbook()
    book.active.title = "Return"
    for each in rows:
        book.active.append(each)
    if change is not None:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
