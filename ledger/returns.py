"""A table of returns, or of facts of any kind, into proposed facts; every fault with the place of its cell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ledger.facts import KINDS, AnyFact, KpiIntroduced, PerformanceSubmitted, standing_facts
from ledger.faults import BadInput, Fault
from ledger.field_cells import Sort, found, sorts_of, taken
from ledger.grid import Cell, Grid, Row, letter
from ledger.judgement import Cell as KpiAndPeriod
from ledger.judgement import Proposed, Reading
from ledger.shapes import shaped

RETURN_COLUMNS = (
    "contract", "kpi", "period", "value", "unavailable", "status", "dated", "by", "note", "source", "id",
)  # fmt: skip
INFORMATIVE = ("service", "title", "unit", "tsl", "msl", "better", "last_period", "last_value")
FILLED = ("contract", "period", "dated", "by")
COMPONENT = "component "
_OF_COMPONENTS = "components."
_RESULTS = ("value", "components", "unavailable", "status")
_MEASURES = ("value", "tsl", "msl")
_HIDDEN_ROW = "is a hidden row, and figures that nobody sees are not recorded; show or remove it"
_MOST_FAULTS = 1_000
_MOST_NAMED = 50


class Units:
    """The unit of each KPI, from the facts that introduce it.

    Args:
        facts_of: gives the facts that the ledger holds of a contract.
    """

    def __init__(self, facts_of: Callable[[str], Iterable[AnyFact]]) -> None:
        self._facts_of = facts_of
        self._held: dict[str, dict[str, str]] = {}
        self._proposed: dict[tuple[str, str], str] = {}

    def learn(self, fact: AnyFact) -> None:
        """Take in a fact that is proposed with others."""
        if isinstance(fact, KpiIntroduced):
            self._proposed[fact.contract, fact.ref] = fact.unit or ""

    def of(self, contract: str, kpi: str) -> str:
        """Return a KPI's unit, empty if it has none; `percent` for one that is unknown, which others refuse."""
        if contract not in self._held:
            standing = standing_facts(list(self._facts_of(contract)))
            introduced = [fact for fact in standing if isinstance(fact, KpiIntroduced)]
            self._held[contract] = {fact.ref: fact.unit or "" for fact in introduced}
        return self._held[contract].get(kpi, self._proposed.get((contract, kpi), "percent"))


@dataclass(slots=True)
class _Header:
    """The fields of a table's columns; a return has no column `fact`."""

    row: int
    columns: dict[int, str]
    width: range
    is_return: bool

    @property
    def has_components(self) -> bool:
        return any(name.startswith(_OF_COMPONENTS) for name in self.columns.values())

    def column(self, name: str) -> int | None:
        return next((column for column, each in self.columns.items() if each == name), None)


@dataclass(slots=True)
class _Table:
    """A table as it is read, and what reading it has found."""

    grid: Grid
    filled: Mapping[str, str]
    units: Units
    new_id: Callable[[], str]
    reading: Reading = field(default_factory=Reading)
    seen: dict[tuple[str, str, str], int] = field(default_factory=dict)
    awaiting: list[str] = field(default_factory=list)
    last_row: int = 0

    def fault(self, row: int, name: str | None, sentence: str) -> None:
        self.reading.faults.append(Fault(self.grid.place(row), name, sentence))

    def cell_fault(self, row: int, column: int, sentence: str) -> None:
        self.reading.faults.append(Fault(self.grid.place(row, column), None, sentence))


def read_table(grid: Grid, filled: Mapping[str, str], units: Units, new_id: Callable[[], str]) -> Reading:
    """Read a table: of facts if it has a column `fact`, else a return.

    Args:
        grid: the table; its first row that holds something is the header.
        filled: what rows that lack a contract, period, date or `by` take; names as fields.
        units: the units of KPIs; it learns those that the table introduces.
        new_id: gives an id to a fact that has none.
    """
    table = _Table(grid, filled, units, new_id)
    header = None
    try:
        for row in grid.rows():
            table.last_row = row.number
            if header is None:
                header = _header(row, table)
                if table.reading.faults:
                    break
            else:
                _read_row(row, header, table)
            if len(table.reading.faults) >= _MOST_FAULTS:
                table.reading.faults.append(Fault(grid.name, None, f"has {_MOST_FAULTS:,} faults or more; mend these"))
                break
    except BadInput as wrong:
        table.reading.faults += wrong.faults
    if header is None and not table.reading.faults:
        sentence = "is empty; give a header row, and a row for each return or fact"
        table.reading.faults.append(Fault(grid.name, None, sentence))
    elif header is not None:
        _judge_merged(header, table)
        _tell_awaiting(header, table)
    return table.reading


def _header(row: Row, table: _Table) -> _Header:
    columns: dict[int, str] = {}
    names = {column: _name(cell) for column, cell in row.cells.items()}
    is_return = "fact" not in names.values()
    if is_return and not {"kpi", "value"} & set(names.values()):
        sentence = "is no header; the first row names the columns: kpi and value for a return, fact for facts"
        table.fault(row.number, None, sentence)
        return _Header(row.number, {}, range(0), is_return)
    if row.hidden:
        table.fault(row.number, None, _HIDDEN_ROW)
    known = [*RETURN_COLUMNS, *INFORMATIVE] if is_return else list(_fields_of_facts())
    known += [name for name in names.values() if is_return and name.startswith(_OF_COMPONENTS)]
    for column, name in names.items():
        if (wrong := _wrong_column(row, column, name, names, known)) is not None:
            table.cell_fault(row.number, column, wrong)
        elif table.grid.hides(column):
            sentence = "stands in a hidden column, and figures that nobody sees are not recorded; show or remove it"
            table.cell_fault(row.number, column, sentence)
        columns[column] = name
    header = _Header(row.number, columns, range(min(names), max(names) + 1), is_return)
    _judge_missing(header, table)
    if table.grid.letters():
        table.reading.sheets[table.grid.name] = {name: letter(column) for column, name in columns.items()}
    return header


def _name(cell: Cell) -> str:
    """Return the field that a header names, however it is spaced or capitalised; a component as it is written."""
    if cell.flaw is not None or not isinstance(cell.value, str):
        return ""
    words = " ".join(cell.value.split())
    for before in (COMPONENT, _OF_COMPONENTS):
        if words.casefold().startswith(before):
            return _OF_COMPONENTS + words[len(before) :]
    return "_".join(cell.value.casefold().replace("_", " ").split())


def _fields_of_facts() -> dict[str, Sort]:
    """Return every field that some kind of fact has and a cell can hold."""
    fields: dict[str, Sort] = {}
    for kind in KINDS:
        fields |= {name: sort for name, sort in sorts_of(kind).items() if sort is not Sort.TABLE}
    return fields


def _wrong_column(row: Row, column: int, name: str, names: Mapping[int, str], known: list[str]) -> str | None:
    cell = row.cells[column]
    if cell.flaw is not None:
        return cell.flaw
    earlier = next((other for other, each in names.items() if other < column and each == name), None)
    if name and earlier is not None:
        where = f", as is {letter(earlier)}{row.number}"
        return f"found {found(cell.value)}, a column that is given twice{where}; give it once"
    if name in known:
        return None
    if name == "components" and "fact" not in names.values():
        return f'found {found(cell.value)}; give a column for each, such as "component A"'
    if any(sorts_of(kind).get(name) is Sort.TABLE for kind in KINDS):
        return f"found {found(cell.value)}, which a cell cannot hold; record facts with it as JSON Lines"
    near = get_close_matches(name, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"the columns are {', '.join(known)}"
    return f"found {found(cell.value)}, which is no column here; {hint}"


def _judge_missing(header: _Header, table: _Table) -> None:
    """Refuse a table in which no row can be whole, once and not for each row."""
    needed = ["contract", "dated", "by", *(["kpi", "period", "value"] if header.is_return else [])]
    if header.has_components:
        needed.remove("value")
    for name in needed:
        if name in table.filled or header.column(name) is not None:
            continue
        hint = f" or the option --{name}" if name in FILLED else ""
        table.fault(header.row, name, f"is in no column; give a column{hint}")


def _read_row(row: Row, header: _Header, table: _Table) -> None:
    if row.flaw is not None:
        table.fault(row.number, None, row.flaw)
        return
    outside = [column for column in row.cells if column not in header.columns]
    for column in outside:
        sentence = "stands under no header, outside the table; remove it, or give its column a header"
        table.cell_fault(row.number, column, sentence)
    cells = {header.columns[column]: cell for column, cell in row.cells.items() if column in header.columns}
    if header.is_return:
        cells = {
            name: cell for name, cell in cells.items() if name in RETURN_COLUMNS or name.startswith(_OF_COMPONENTS)
        }
    if not cells:
        return
    if row.hidden:
        table.fault(row.number, None, _HIDDEN_ROW)
        return
    if header.is_return:
        _read_return(row.number, cells, table)
    else:
        _read_fact(row.number, cells, table)


def _read_return(row: int, cells: dict[str, Cell], table: _Table) -> None:
    kind = PerformanceSubmitted.__name__
    raw, faulty = _fields(row, cells, kind, table)
    if not faulty and not any(name in raw for name in _RESULTS):
        if "kpi" in raw:
            table.awaiting.append(raw["kpi"])
            _once_each(row, raw, table)
        else:
            table.fault(row, "kpi", "is missing; give it, or empty the row")
        return
    _once_each(row, raw, table)
    _propose(row, raw, table, faulty=faulty)


def _once_each(row: int, raw: Mapping[str, Any], table: _Table) -> None:
    """Refuse a KPI that is in a return twice for one period."""
    key = (str(raw.get("contract")), str(raw.get("kpi")), str(raw.get("period")))
    earlier = table.seen.setdefault(key, row)
    if earlier == row or "kpi" not in raw:
        return
    first = table.reading.located(Fault(table.grid.place(earlier), "kpi", ""))
    table.fault(row, "kpi", f"{key[1]} for {key[2]} is given twice, here and at {first.where}; give it once")


def _read_fact(row: int, cells: dict[str, Cell], table: _Table) -> None:
    kind = cells["fact"].value if "fact" in cells else None
    if kind not in KINDS:
        raw = {name: cell.value for name, cell in cells.items() if name == "fact"}
        _propose(row, raw, table, faulty=False)
        return
    raw, faulty = _fields(row, cells, str(kind), table)
    _propose(row, raw, table, faulty=faulty)


def _fields(row: int, cells: Mapping[str, Cell], kind: str, table: _Table) -> tuple[dict[str, Any], bool]:
    """Return the fields that a row gives, and whether any of its cells cannot be taken."""
    sorts = sorts_of(kind)
    raw: dict[str, Any] = {name: value for name, value in table.filled.items() if name in sorts}
    faulty = False
    for name in sorted(cells, key=lambda name: name in _MEASURES):
        unit = None
        if name in _MEASURES:
            unit = table.units.of(str(raw.get("contract")), str(raw.get("kpi")))
        try:
            component = name.startswith(_OF_COMPONENTS)
            value = taken(cells[name], Sort.AMOUNT if component else sorts.get(name, Sort.TEXT), unit)
        except ValueError as wrong:
            table.fault(row, name, str(wrong))
            faulty = True
        else:
            if component:
                raw.setdefault("components", {})[name.removeprefix(_OF_COMPONENTS)] = value
            elif value is not None:
                raw[name] = value
    return {"fact": kind, **raw}, faulty


def _propose(row: int, raw: dict[str, Any], table: _Table, *, faulty: bool) -> None:
    where = table.grid.place(row)
    fact, wrong = (None, []) if faulty else shaped(raw, where, table.new_id)
    for fault in wrong:
        optional = fault.field in FILLED and fault.field not in raw
        hint = f"; give it, or the option --{fault.field}" if optional else ""
        table.reading.faults.append(Fault(where, fault.field, "is missing" + hint) if hint else fault)
    if fact is None:
        about: KpiAndPeriod = (str(raw.get("kpi")), str(raw.get("period")))
        table.reading.unread.add(about)
        return
    table.units.learn(fact)
    table.reading.proposed.append(Proposed(fact, where))


def _judge_merged(header: _Header, table: _Table) -> None:
    for address, rows, columns in table.grid.merged():
        across = columns.start < header.width.stop and header.width.start < columns.stop
        if across and rows.start <= table.last_row and header.row < rows.stop:
            sentence = "are merged cells, which give one figure several places; unmerge them"
            table.reading.faults.append(Fault(f"{table.grid.name}!{address}", None, sentence))


def _tell_awaiting(header: _Header, table: _Table) -> None:
    if not table.awaiting:
        return
    named = ", ".join(table.awaiting[:_MOST_NAMED])
    more = len(table.awaiting) - _MOST_NAMED
    several = f"{named} and {more:,} more" if more > 0 else named
    given = "no value, component, unavailable or status" if header.has_components else "no value, unavailable or status"
    sentence = f"{given} is given for {several}; nothing is recorded for them, and a KPI "
    table.reading.doubts.append(Fault(table.grid.name, None, sentence + "without a return stays awaiting"))
