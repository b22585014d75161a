"""Workbooks made to harm are refused in a sentence, in little memory; each is made here."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workbooks import MAIN, OFFICE, header, packed, parts, row, sheet, text, with_value

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMORY = 300 << 20
LONGEST_WAIT = 120
ROOT = Path(__file__).parent.parent.parent
READER = """
import json, os, resource, sys
from pathlib import Path
import ledger.spreadsheet
from cli import tables
from ledger.faults import BadInput
from ledger.returns import Units
from ledger.store import Ledger

filled = {"by": "P", "dated": "2025-04-05", "contract": "c", "period": "2025-03"}
running = 0
for name in sys.argv[1:]:
    if running == (os.cpu_count() or 1):
        os.wait()
        running -= 1
    if os.fork():  # each file is read by a process of its own, whose peak is its own
        running += 1
        continue
    try:
        reading = tables.read(Path(name), filled, Units(lambda contract: []), Ledger.new_id)
        said, taken = reading.faults, len(reading.proposed)
    except BadInput as wrong:
        said, taken = wrong.faults, 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps([name, peak, taken, [str(fault) for fault in [*said[:5], *said[-1:]]]]), flush=True)
    os._exit(0)
while running:
    os.wait()
    running -= 1
"""
GOOD = with_value('<c r="D2"><v>98.5</v></c>')
MIB = 1 << 20


def with_sheet(xml: str | bytes) -> bytes:
    return packed({**parts(""), "xl/worksheets/sheet1.xml": xml})


def with_part(name: str, content: str | bytes, data: str = GOOD) -> bytes:
    return packed({**parts(data), name: content})


def bomb(tag: str, inside: str, times: int) -> str:
    return f'<{tag} xmlns="{MAIN}">{inside * times}</{tag}>'


def lying_header() -> bytes:
    """Return a workbook whose sheet unpacks to 120 MiB, and says that it unpacks to 1,000 bytes."""
    content = with_sheet(sheet(header(), f"<!--{' ' * 120 * MIB}-->"))
    entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    size = struct.pack("<I", next(entry.file_size for entry in entries if "sheet1" in entry.filename))
    assert content.count(size) == 2
    return content.replace(size, struct.pack("<I", 1000))


def outside(target: str, mode: str = "Internal") -> bytes:
    """Return a workbook whose sheet is said to be elsewhere."""
    relation = f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="{target}" TargetMode="{mode}"/>'
    return with_part("xl/_rels/workbook.xml.rels", f"<R>{relation}</R>")


def many_parts() -> bytes:
    return packed({**parts(GOOD), **{f"xl/media/{number}": "" for number in range(1001)}})


def entity_bomb(kind: str) -> bytes:
    declared = {
        "doctype": "<!DOCTYPE worksheet>",
        "entities": '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        "external": '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    }[kind]
    return with_sheet(declared + with_value('<c r="D2" t="str"><v>1</v></c>'))


def with_password() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000


def protected_zip() -> bytes:
    content = bytearray(with_sheet(GOOD))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def same_part_twice() -> bytes:
    out = io.BytesIO(with_sheet(GOOD))
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("XL/worksheets/SHEET1.xml", GOOD)
    return out.getvalue()


def other_compression() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as package:
        for name, content in parts(GOOD).items():
            package.writestr(name, content)
    return out.getvalue()


def numbered(form: str, times: int) -> str:
    """Return a form filled in with each number up to one."""
    return "".join(form.format(number) for number in range(times))


def endless_attribute() -> bytes:
    return with_sheet(with_value('<c r="D2" t="' + ">" * 90 * MIB + '"/>'))


def many_attributes() -> bytes:
    return with_sheet("<worksheet" + numbered(' a{}=""', 2 * MIB) + "/>")


def many_codes() -> bytes:
    codes = numbered('<numFmt numFmtId="{}" formatCode="0"/>', MIB)
    return with_part("xl/styles.xml", bomb("numFmts", codes, 1))


def many_relations() -> bytes:
    return with_part("_rels/.rels", "<R>" + numbered('<Relationship Id="{}" Target="x"/>', MIB) + "</R>")


def many_merged() -> bytes:
    return with_sheet(GOOD.replace("</worksheet>", '<mergeCell ref="A1:B1"/>' * 2 * MIB + "</worksheet>"))


@cache
def large_and_sound() -> bytes:
    """Return a sheet of a hundred thousand rows that no guard can tell from a real one: 15 MiB packed."""
    noted = os.urandom(16 * MIB).hex()
    rows = "".join(
        row(number, text(f"A{number}", f"K{number}"), f'<c r="B{number}"><v>{number}.5</v></c>',
            text(f"C{number}", noted[number * 330 : number * 330 + 270]))
        for number in range(2, 100_001)
    )  # fmt: skip
    return with_sheet(sheet(header("kpi", "value", "note"), rows))


def many_cells() -> bytes:
    cells = "".join(f"<c><v>{number}</v></c>" for number in range(100))
    return with_sheet(sheet(header("kpi", "value"), f"<row>{cells}</row>" * 30_000))


def one_long_text_for_all() -> bytes:
    rows = "".join(f'<row><c><v>{number}</v></c><c><v>1</v></c><c t="s"><v>0</v></c></row>' for number in range(99_000))
    made = parts(sheet(header("kpi", "value", "note"), rows), strings=f"<si><t>{'x' * 30_000}</t></si>")
    return packed(made)


def every_column() -> bytes:
    """Return a sheet with as many cells as may be, every column of a return filled."""
    names = ("contract", "kpi", "period", "dated", "by", "note", "source", "id", "value")
    given = ("c", "K{0}", "2025-03", "2025-04-05", "P/{0}", "n{0}", "s{0}", "i{0}")
    cells = "".join(f'<c t="str"><v>{each}</v></c>' for each in given)
    return with_sheet(sheet(header(*names), numbered(f"<row>{cells}<c><v>{{0}}.5</v></c></row>", 99_999)))


def rows_beside_texts() -> bytes:
    """Return a sheet of as many rows as may be, in a workbook with nearly as much shared text as may be."""
    rows = numbered('<row><c t="str"><v>K{}</v></c><c><v>1.5</v></c><c t="str"><v>n</v></c></row>', 99_999)
    strings = numbered("<si><t>" + "x" * 30_000 + "</t></si>", 1_000)
    return packed(parts(sheet(header("kpi", "value", "note"), rows), strings=strings))


def many_lines() -> bytes:
    noted = os.urandom(10 * MIB).hex()
    lines = (f"K{number},{number}.5,{noted[number * 200 : number * 200 + 180]}\n" for number in range(99_999))
    return ("kpi,value,note\n" + "".join(lines)).encode()


def wide_characters() -> bytes:
    return ("kpi,value\n" + "\U0001f600" * 4 * MIB).encode()


HOSTILE: dict[str, tuple[Callable[[], bytes], str | int]] = {
    "a zip bomb": (lambda: with_sheet(sheet(header(), " " * 120 * MIB)), "unpacks to more than 100 MiB"),
    "a zip bomb beside the sheet": (lambda: with_part("xl/media/a", bytes(120 * MIB)), "unpacks to more than 100 MiB"),
    "a header that lies": (lying_header, "is not whole"),
    "many parts": (many_parts, "has more than 1,000 parts"),
    "a document type": (lambda: entity_bomb("doctype"), "declares a document type or entities"),
    "a bomb of entities": (lambda: entity_bomb("entities"), "declares a document type or entities"),
    "an external entity": (lambda: entity_bomb("external"), "declares a document type or entities"),
    "deep nesting": (lambda: with_sheet("<a>" * 30 * MIB), "is nested too deeply"),
    "deep nesting of texts": (lambda: with_part("xl/sharedStrings.xml", "<a>" * 30 * MIB), "is nested too deeply"),
    "many shared texts": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", "<si><t>ab</t></si>", 3 * MIB)),
        "has more than 1,000,000 texts",
    ),
    "long shared texts": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", f"<si><t>{'x' * 30_000}</t></si>", 3_000)),
        "more than 48 MiB of text",
    ),
    "one endless text": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", f"<si><t>{'x' * 90 * MIB}</t></si>", 1)),
        "more than 32,767 characters",
    ),
    "one endless cell": (lambda: with_sheet(with_value(text("D2", "9" * 90 * MIB))), "more than 32,767 characters"),
    "one endless attribute": (endless_attribute, "a piece of XML without end"),
    "many attributes": (many_attributes, "a piece of XML without end"),
    "many kinds of elements": (lambda: with_sheet(sheet(numbered("<e{}/>", 2 * MIB))), "too many kinds of elements"),
    "many formats": (lambda: with_part("xl/styles.xml", bomb("cellXfs", '<xf numFmtId="0"/>', 4 * MIB)), "formats"),
    "many codes": (many_codes, "formats"),
    "many sheets": (lambda: with_part("xl/workbook.xml", bomb("sheets", "<sheet/>", 9 * MIB)), "1,000 sheets"),
    "many relations": (many_relations, "too many parts"),
    "many merged ranges": (many_merged, "merged"),
    "many rows of nothing": (lambda: with_sheet(sheet("<row/>" * 2 * MIB)), "rows out of order"),
    "many cells of nothing": (
        lambda: with_sheet(sheet(header(), "<row>" + "<c/>" * 2 * MIB + "</row>")),
        "1,000,000 cells",
    ),
    "many cells": (many_cells, "stands under no header"),
    "large and sound": (large_and_sound, 99_999),
    "every column": (every_column, 99_999),
    "rows beside texts": (rows_beside_texts, 99_999),
    "one long text for all": (one_long_text_for_all, "holds more than 48 MiB of text"),
    "many lines.csv": (many_lines, 99_999),
    "one long line.csv": (lambda: b"kpi,value\nK," + b"9" * 19 * MIB, "line 2: is not CSV"),
    "a line of wide characters.csv": (wide_characters, "line 2"),
    "nothing but lines.csv": (lambda: b"kpi,value\n" * 2 * MIB, "1,000 faults"),
    "macros": (lambda: with_part("xl/vbaProject.bin", b"x"), "has macros"),
    "old macros": (lambda: with_part("xl/macrosheets/sheet1.xml", "<a/>"), "has macros"),
    "links to other workbooks": (
        lambda: with_part("xl/externalLinks/externalLink1.xml", "<a/>"),
        "links to other workbooks",
    ),
    "a sheet elsewhere": (lambda: outside("http://127.0.0.1/", "External"), "has several sheets (none that is seen)"),
    "a part that climbs out": (lambda: outside("../../../../etc/passwd"), "is not whole"),
    "a password": (with_password, "has a password; save it without one"),
    "a zip with a password": (protected_zip, "has a password"),
    "an .xls file": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "the old .xls form; save it as .xlsx"),
    "a part twice": (same_part_twice, "is not whole"),
    "another compression": (other_compression, "is not whole"),
    "an empty file": (lambda: b"", "is empty"),
    "a truncated zip": (lambda: with_sheet(GOOD)[:-200], "is not whole"),
    "a zip cut at its beginning": (lambda: with_sheet(GOOD)[40:], "is not whole"),
    "a zip of something else": (lambda: packed({"word/document.xml": "<a/>"}), "is not whole"),
    "a page of text": (lambda: b"Dear council,\n" * 50, "is not whole"),
    "XML that is none": (lambda: with_sheet(GOOD[:-20]), "is not whole"),
    "XML in an unknown encoding": (
        lambda: with_sheet('<?xml version="1.0" encoding="x-none"?>' + GOOD),
        "is not whole",
    ),
    "control characters": (lambda: with_sheet(GOOD.replace("98.5", "9\x075")), "is not whole"),
    "a style out of all bounds": (
        lambda: with_sheet(GOOD.replace('r="D2"', 'r="D2" s="99999999999"')),
        "cannot be read",
    ),
    "too large a file": (lambda: bytes(21 * MIB), "is larger than 20 MiB"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int, list[str]]]:
    """Return what reading each file took and gave: the peak of its memory in bytes, the facts read, and the faults."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in HOSTILE.items():
        (folder / _file(name)).write_bytes(make())
    files = [_file(name) for name in HOSTILE]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", READER, *files]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST_WAIT, cwd=folder, env=surroundings, check=False
    )
    assert result.returncode == 0, result.stderr
    assert not result.stderr, result.stderr
    answers = map(json.loads, result.stdout.splitlines())
    return {name: (peak, taken, said) for name, peak, taken, said in answers}


def _file(name: str) -> str:
    return name if name.endswith(".csv") else f"{name}.xlsx"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="reading the peak of a process needs fork and getrusage")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_read_or_refused_in_little_memory(
    name: str, found: dict[str, tuple[int, int, list[str]]]
) -> None:
    peak, taken, said = found[_file(name)]
    sentence = HOSTILE[name][1]
    assert peak < MOST_MEMORY, f"{peak / MIB:.0f} MiB"
    if isinstance(sentence, int):
        assert (taken, said) == (sentence, [])
    else:
        assert any(sentence in each for each in said), said
        assert said[0].startswith(_file(name)), said


def test_the_large_and_sound_workbook_is_nearly_as_large_as_may_be() -> None:
    assert 14 * MIB < len(large_and_sound()) < 20 * MIB
