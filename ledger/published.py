"""An outside table, as lines of CSV: what somebody published of a contract, to be held against its ledger. Pure."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.faults import Fault
from ledger.period import Month
from ledger.shapes import shown

COLUMNS = ("table", "service", "row", "period", "published")
COUNTED_ROWS = ("green", "amber", "red", "mitigated", "total")
_PERIOD = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure of an outside table, and the line it stands on.

    `row` is one of green, amber, red, mitigated, total, or the reference of a KPI.
    """

    line: int
    table: str
    service: str
    row: str
    period: Month
    published: str

    @property
    def counts(self) -> bool:
        """Say whether it is a count of KPIs, not the result of one."""
        return self.row in COUNTED_ROWS


@dataclass(slots=True)
class Published:
    """What was read of a file: its figures, and its faults with the lines they are on."""

    name: str
    printed: list[Printed] = field(default_factory=list)
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def fault(self, line: int, where: str | None, sentence: str) -> None:
        """Note what is wrong with a line."""
        self.faults.append((line, Fault(f"{self.name}, line {line}", where, sentence)))


def read_published(content: bytes, name: str) -> Published:
    """Read an outside table: CSV in UTF-8 with the columns table, service, row, period, published, in any order.

    Blank lines are passed over. Whether the contract has such a service, KPI or period is not judged here.

    Args:
        content: the bytes of the file.
        name: the name of the file, for faults.
    """
    found = Published(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        found.fault(line, None, f"byte {wrong.start + 1} of the file is not UTF-8; save the file as UTF-8")
        return found
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    firsts: dict[tuple[str, str, str, str], int] = {}
    last = 0
    try:
        for cells in rows:
            line, last = last + 1, rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if _wrong_header(found, line, header):
                    return found
                continue
            _read_line(found, line, header, cells, firsts)
    except csv.Error as wrong:
        found.fault(rows.line_num, None, f"is not CSV ({wrong}); quote cells with a comma or a quotation mark in them")
    if header is None and not found.faults:
        found.fault(1, None, f"has no header; begin the file with {','.join(COLUMNS)}")
    if not found.printed and not found.faults:
        found.fault(last, None, "is the last line, and no figure has come; give one a line")
    return found


def _wrong_header(found: Published, line: int, header: Sequence[str]) -> bool:
    wrong = [f"{shown(name)} is no column here" for name in header if name not in COLUMNS]
    wrong += [f"{name} is missing" for name in COLUMNS if name not in header]
    wrong += [f"{name} is given twice" for name in COLUMNS if header.count(name) > 1]
    for sentence in wrong:
        found.fault(line, None, f"{sentence}; the columns are {','.join(COLUMNS)}")
    return bool(wrong)


def _read_line(
    found: Published,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    firsts: dict[tuple[str, str, str, str], int],
) -> None:
    if len(cells) != len(header):
        found.fault(line, None, f"has {len(cells)} cells; give {len(header)}, one for each column")
        return
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    before = len(found.faults)
    for name in COLUMNS:
        if not given[name]:
            found.fault(line, name, "is empty; give it")
        elif not given[name].isprintable():
            found.fault(line, name, f"found {shown(given[name])}; give plain text")
    if given["period"] and not _PERIOD.fullmatch(given["period"]):
        sentence = f"found {shown(given['period'])}; give the first month of a period as YYYY-MM, such as 2017-05"
        found.fault(line, "period", sentence)
    if given["row"] in COUNTED_ROWS and given["published"] and not _COUNT.fullmatch(given["published"]):
        sentence = f"found {shown(given['published'])}; give a count of KPIs, a whole number such as 32"
        found.fault(line, "published", sentence)
    key = (given["table"], given["service"], given["row"], given["period"])
    first = firsts.setdefault(key, line)
    if first != line:
        found.fault(line, None, f"gives {', '.join(key)} again, first on line {first}; give it once")
    if len(found.faults) == before:
        found.printed.append(Printed(line, *key, given["published"]))
