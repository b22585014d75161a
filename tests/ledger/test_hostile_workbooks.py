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
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from tests.workbooks import MAIN, OFFICE, header, packed, parts, sheet, text, with_value

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMORY = 300_000_000
LONGEST_WAIT = 120
ROOT = Path(__file__).parent.parent.parent
READER = r"""
import json, os, resource, sys
from pathlib import Path
import ledger.spreadsheet
from cli import tables
from ledger.faults import BadInput
from ledger.returns import Units
from ledger.store import Ledger

filled = {"by": "P", "dated": "2025-04-05", "contract": "c", "period": "2025-03"}
running = 0
for name in map(str.strip, sys.stdin):
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
    answer = json.dumps([name, peak, taken, [str(fault)[:500] for fault in [*said[:5], *said[-1:]]]])
    os.write(1, f"{answer}\n".encode())  # in one piece, as others write too
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
    """Return a workbook whose sheet unpacks to 8 MiB, and says that it unpacks to 1,000 bytes."""
    content = with_sheet(sheet(header(), f"<!--{' ' * 8 * MIB}-->"))
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
    return with_sheet(with_value('<c r="D2" t="' + ">" * 8 * MIB + '"/>'))


def many_attributes() -> bytes:
    return with_sheet("<worksheet" + numbered(' a{}=""', MIB // 4) + "/>")


def many_codes() -> bytes:
    codes = numbered('<numFmt numFmtId="{}" formatCode="0"/>', MIB // 4)
    return with_part("xl/styles.xml", bomb("numFmts", codes, 1))


def many_relations() -> bytes:
    return with_part("xl/_rels/workbook.xml.rels", bomb("R", '<Relationship Id="x" Target="x"/>', MIB))


def many_merged() -> bytes:
    return with_sheet(GOOD.replace("</worksheet>", '<mergeCell ref="A1:B1"/>' * MIB + "</worksheet>"))


@cache
def large_and_sound() -> bytes:
    """Return a workbook that is at every limit, and that no guard can tell from a real one.

    It has as many rows as may be, and nearly as much text, in cells and shared, and as many bytes.
    """
    cells = "".join(f'<c t="str"><v>{each}{{0}}</v></c>' for each in ("K", "n" * 100, "s" * 100))
    rows = numbered(f"<row>{cells}<c><v>{{0}}.5</v></c></row>", 99_999)
    made = parts(sheet(header("kpi", "note", "source", "value"), rows), strings=f"<si><t>{'x' * 30_000}</t></si>" * 150)
    return packed({**made, "xl/media/image1.png": os.urandom(16 * MIB)})


def many_cells() -> bytes:
    cells = "".join(f"<c><v>{number}</v></c>" for number in range(100))
    return with_sheet(sheet(header("kpi", "value"), f"<row>{cells}</row>" * 30_000))


def one_long_text_for_all() -> bytes:
    rows = "".join(f'<row><c><v>{number}</v></c><c><v>1</v></c><c t="s"><v>0</v></c></row>' for number in range(99_000))
    made = parts(sheet(header("kpi", "value", "note"), rows), strings=f"<si><t>{'x' * 30_000}</t></si>")
    return packed(made)


def many_lines() -> bytes:
    noted = os.urandom(10 * MIB).hex()
    lines = (f"K{number},{number}.5,{noted[number * 200 : number * 200 + 180]}\n" for number in range(99_999))
    return ("kpi,value,note\n" + "".join(lines)).encode()


def wide_characters() -> bytes:
    return ("kpi,value\n" + "\U0001f600" * 4 * MIB).encode()


HOSTILE: dict[str, tuple[Callable[[], bytes], str | int]] = {
    "large and sound": (large_and_sound, 99_999),
    "a zip bomb": (lambda: with_sheet(sheet(header(), " " * 101 * MIB)), "unpacks to more than 100 MiB"),
    "a zip bomb beside the sheet": (lambda: with_part("xl/media/a", bytes(101 * MIB)), "unpacks to more than 100 MiB"),
    "a header that lies": (lying_header, "is not whole"),
    "many parts": (many_parts, "has more than 1,000 parts"),
    "a document type": (lambda: entity_bomb("doctype"), "declares a document type or entities"),
    "a bomb of entities": (lambda: entity_bomb("entities"), "declares a document type or entities"),
    "an external entity": (lambda: entity_bomb("external"), "declares a document type or entities"),
    "deep nesting": (lambda: with_sheet("<a>" * MIB), "is nested too deeply"),
    "deep nesting of texts": (lambda: with_part("xl/sharedStrings.xml", "<a>" * MIB), "is nested too deeply"),
    "many shared texts": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", f"<si><t>{'x' * 150}</t></si>", 250_000)),
        "more than 40 MiB of text",
    ),
    "long shared texts": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", f"<si><t>{'x' * 30_000}</t></si>", 2_000)),
        "more than 40 MiB of text",
    ),
    "one endless text": (
        lambda: with_part("xl/sharedStrings.xml", bomb("sst", f"<si><t>{'x' * 8 * MIB}</t></si>", 1)),
        "more than 32,767 characters",
    ),
    "one endless cell": (lambda: with_sheet(with_value(text("D2", "9" * 8 * MIB))), "more than 32,767 characters"),
    "one endless attribute": (endless_attribute, "a piece of XML without end"),
    "many attributes": (many_attributes, "a piece of XML without end"),
    "many kinds of elements": (lambda: with_sheet(sheet(numbered("<e{}/>", MIB // 4))), "too many kinds of elements"),
    "many formats": (lambda: with_part("xl/styles.xml", bomb("cellXfs", '<xf numFmtId="0"/>', MIB)), "many elements"),
    "many codes": (many_codes, "too many elements"),
    "many sheets": (lambda: with_part("xl/workbook.xml", bomb("sheets", "<sheet/>", MIB)), "too many elements"),
    "many relations": (many_relations, "too many elements"),
    "many merged ranges": (many_merged, "merged"),
    "many rows of nothing": (lambda: with_sheet(sheet('<row r="1040000"/>', "<row/>" * 10_000)), "rows out of order"),
    "many cells of nothing": (
        lambda: with_sheet(sheet(header(), f"<row>{'<c/>' * 10_000}</row>" * 100)),
        "1,000,000 cells",
    ),
    "many cells of nothing in a row": (
        lambda: with_sheet(sheet(header(), f"<row>{'<c/>' * MIB}</row>")),
        "too many elements",
    ),
    "many cells": (many_cells, "stands under no header"),
    "one long text for all": (one_long_text_for_all, "holds more than 40 MiB of text"),
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
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    reader = subprocess.Popen(
        [sys.executable, "-c", READER], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, cwd=folder, env=surroundings
    )
    assert reader.stdin is not None
    for name, (make, _) in HOSTILE.items():  # one is read while the next is made
        (folder / _file(name)).write_bytes(make())
        reader.stdin.write(f"{_file(name)}\n")
        reader.stdin.flush()
    answers, complaints = reader.communicate(timeout=LONGEST_WAIT)
    assert (reader.returncode, complaints) == (0, "")
    return {name: (peak, taken, said) for name, peak, taken, said in map(json.loads, answers.splitlines())}


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
