"""An outside table: what somebody published of a contract, to be held against its ledger. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from ledger.faults import BadInput, Fault
from ledger.field_cells import Sort, found, taken
from ledger.grid import Cell, Grid, Row
from ledger.period import Month
from ledger.shapes import shown
from ledger.values import EXACT

SHEET = "Published"
COLUMNS = ("table", "service", "row", "period", "published")
COUNTED_ROWS = ("green", "amber", "red", "mitigated", "total")
TOTAL_ROWS = ("gross_points", "relieved_points", "net_points", "service_credit")
POINTS = " points"
_PERIOD = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_AMOUNT = re.compile(r"([+-]?)£?(\d{1,30}|\d{1,3}(?:,\d{3}){1,9})(\.\d{1,30})?", re.ASCII)
_UNSEEN = "and figures that nobody sees are not checked; show or remove it"
_MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure of an outside table, and the row it stands on.

    `row` is one of green, amber, red, mitigated, total; one of gross_points, relieved_points, net_points,
    service_credit; the reference of a KPI; or that and " points". `published` is the figure as it is shown; `stored`
    the number that a workbook keeps behind it, where it shows fewer decimals than there are.
    """

    line: int
    table: str
    service: str
    row: str
    period: Month
    published: str
    stored: Decimal | None = None

    @property
    def counts(self) -> bool:
        """Say whether it is a count of KPIs, not the result of one."""
        return self.row in COUNTED_ROWS

    @property
    def totals(self) -> bool:
        """Say whether it is the points or the credit of a period."""
        return self.row in TOTAL_ROWS


@dataclass(slots=True)
class Published:
    """What was read of a table: its figures, and its faults with the rows they are on."""

    grid: Grid
    printed: list[Printed] = field(default_factory=list)
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the file, and of its sheet if it has some."""
        return self.grid.name

    def fault(self, row: int, name: str | None, sentence: str) -> None:
        """Note what is wrong with a row, or with its cell in the column of that name."""
        column = self.columns.get(name) if name else None
        self.faults.append((row, Fault(self.grid.place(row, column), name, sentence)))


def amount_of(text: str) -> Decimal | None:
    """Return the amount that a figure prints, with or without a pound sign and commas; None if it is none.

    >>> amount_of("37.50"), amount_of("£1,250.00"), amount_of("1,25"), amount_of("12 %")
    (Decimal('37.50'), Decimal('1250.00'), None, None)
    """
    printed = _AMOUNT.fullmatch(text)
    return Decimal(printed[1] + printed[2].replace(",", "") + (printed[3] or "")) if printed else None


def read_published(grid: Grid) -> Published:
    """Read an outside table with the columns table, service, row, period, published, in any order.

    Blank rows are passed over. Whether the contract has such a service, KPI or period is not judged here.
    """
    table = Published(grid)
    header = 0
    last = 1
    firsts: dict[tuple[str, str, str, str], int] = {}
    try:
        for row in grid.rows():
            last = row.number
            if header:
                _read_row(row, table, firsts)
            else:
                header = row.number
                _read_header(row, table)
                if table.faults:
                    return table
            if len(table.faults) >= _MOST_FAULTS:
                table.faults.append((last, Fault(grid.name, None, f"has {_MOST_FAULTS:,} faults or more; mend these")))
                break
    except BadInput as wrong:
        table.faults += [(last, fault) for fault in wrong.faults]
    _judge_merged(table, range(header, last + 1))
    if not table.printed and not table.faults:
        sentence = "no figure has come; give a header row, and a row for each figure"
        table.fault(last, None, f"is the last row, and {sentence}")
    return table


def _read_header(row: Row, table: Published) -> None:
    given = [(column, _named(cell)) for column, cell in row.cells.items()]
    names = [name for _, name in given]
    wrong = [f"{shown(name)} is no column here" for name in names if name not in COLUMNS]
    wrong += [f"{name} is missing" for name in COLUMNS if name not in names]
    wrong += [f"{name} is given twice" for name in COLUMNS if names.count(name) > 1]
    for sentence in wrong:
        table.fault(row.number, None, f"{sentence}; the columns are {','.join(COLUMNS)}")
    if row.hidden:
        table.fault(row.number, None, f"is a hidden row, {_UNSEEN}")
    table.columns = {name: column for column, name in given}
    for name in table.columns.keys() & set(COLUMNS):
        if table.grid.hides(table.columns[name]):
            table.fault(row.number, name, f"stands in a hidden column, {_UNSEEN}")


def _named(cell: Cell) -> str:
    return " ".join(cell.value.casefold().split()) if isinstance(cell.value, str) else found(cell.value)


def _judge_merged(table: Published, rows: range) -> None:
    for address, down, across in table.grid.merged():
        if (
            any(column in across for column in table.columns.values())
            and down.start < rows.stop
            and rows.start < down.stop
        ):
            sentence = "are merged cells, which give one figure several places; unmerge them"
            table.faults.append((down.start, Fault(f"{table.grid.name}!{address}", None, sentence)))


def _read_row(row: Row, table: Published, firsts: dict[tuple[str, str, str, str], int]) -> None:
    before = len(table.faults)
    if row.flaw is not None:
        table.fault(row.number, None, row.flaw)
    elif row.hidden:
        table.fault(row.number, None, f"is a hidden row, {_UNSEEN}")
    for column in row.cells.keys() - set(table.columns.values()):
        sentence = "stands under no header, outside the table; remove it, or give its column a header"
        table.faults.append((row.number, Fault(table.grid.place(row.number, column), None, sentence)))
    if len(table.faults) > before:
        return
    cells = {name: row.cells[column] for name, column in table.columns.items() if column in row.cells}
    given = {name: text for name in COLUMNS if (text := _text(row.number, name, cells, table)) is not None}
    stored = _judge(row.number, given, cells, table)
    if len(table.faults) == before:
        key = given["table"], given["service"], given["row"], given["period"]
        first = firsts.setdefault(key, row.number)
        if first != row.number:
            where = f"in row {first}" if table.grid.letters() else f"on line {first}"
            table.fault(row.number, None, f"gives {', '.join(key)} again, first {where}; give it once")
            return
        table.printed.append(Printed(row.number, *key, given["published"], stored))


def _text(row: int, name: str, cells: Mapping[str, Cell], table: Published) -> str | None:
    """Return what a cell says, a figure as it is shown; None, with a fault, if it cannot be said."""
    if name not in cells:
        table.fault(row, name, "is empty; give it")
        return None
    cell = cells[name]
    try:
        if name == "published" and cell.flaw is None:
            text = _figure(cell)
        else:
            text = taken(cell, Sort.MONTH if name == "period" else Sort.TEXT, None)
    except ValueError as wrong:
        table.fault(row, name, str(wrong))
        return None
    if not text.isprintable():
        table.fault(row, name, f"found {shown(text)}; give plain text")
        return None
    return text


def _figure(cell: Cell) -> str:
    """Return a figure as it is shown: a number with the decimals of its format, and its percent sign.

    >>> _figure(Cell(Decimal("97.456"), decimals=2)), _figure(Cell(Decimal("97.5"), percent=True, decimals=2))
    ('97.46', '97.50%')
    """
    if isinstance(cell.value, str):
        return cell.value
    if isinstance(cell.value, (bool, datetime)):
        raise ValueError(f"found {found(cell.value)}; give a figure, or a status")  # noqa: TRY004 - a sentence, not a bug
    return f"{_rounded(cell.value, cell.decimals):f}{'%' if cell.percent else ''}"


def _rounded(number: Decimal, decimals: int | None) -> Decimal:
    return number if decimals is None else number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT)


def _judge(row: int, given: Mapping[str, str], cells: Mapping[str, Cell], table: Published) -> Decimal | None:
    """Refuse a period and a figure that are none; return the number behind a figure that shows less of it."""
    if "period" in given and not _PERIOD.fullmatch(given["period"]):
        sentence = f"found {shown(given['period'])}; give the first month of a period as YYYY-MM, such as 2017-05"
        table.fault(row, "period", sentence)
    figure, named = given.get("published"), given.get("row")
    if figure is not None and named in COUNTED_ROWS and not _COUNT.fullmatch(figure):
        sentence = f"found {shown(figure)}; give a count of KPIs, a whole number such as 32"
        table.fault(row, "published", sentence)
    if figure is not None and named in TOTAL_ROWS and amount_of(figure) is None:
        such = "£1,250.00" if named == "service_credit" else "37.5"
        table.fault(row, "published", f"found {shown(figure)}; give an amount such as {such}")
    number = cells["published"].value if figure is not None else None
    behind = isinstance(number, Decimal) and number != _rounded(number, cells["published"].decimals)
    return number if isinstance(number, Decimal) and behind else None
