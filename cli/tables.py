"""Files of tables: CSV and XLSX read within limits, told from JSON Lines by the ends of their names."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.options import as_day, as_month, open_ledger
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from ledger.grid import Grid
    from ledger.judgement import Reading
    from ledger.returns import Units

_TABLES = (".csv", ".xlsx")
_OTHERS = (".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".tsv", ".numbers")


def is_table(file: Path) -> bool:
    """Say whether a file is a table, by the end of its name.

    Raises:
        BadInput: if it is a table of a form that is not read.
    """
    suffix = file.suffix.casefold()
    if suffix in _OTHERS:
        raise BadInput.of(f"is a {suffix} file, which is not read; save it as .xlsx or .csv", where=str(file))
    return suffix in _TABLES


def filled(settings: Any, files: Iterable[Path], **given: str | None) -> dict[str, str]:
    """Return what rows that lack a field take, from the options of that name; they bear on tables alone.

    Raises:
        BadInput: if one is no value of its field.
    """
    from pydantic import TypeAdapter, ValidationError

    from ledger.values import By, Code

    if not any(file.suffix.casefold() in _TABLES for file in files):
        return {}
    given = {name: value for name, value in given.items() if value}
    as_day(given.get("dated"), settings.clock.today(), "--dated")
    as_month(given.get("period"), "--period")
    for name, kind in (("by", By), ("contract", Code)):
        try:
            if name in given:
                TypeAdapter(kind).validate_python(given[name])
        except ValidationError as wrong:
            reason = str(wrong.errors()[0].get("ctx", {}).get("error", ""))
            raise BadInput.of(f'found "{given[name]}"; {reason}', f"--{name}") from None
    return {name: value for name, value in given.items() if value is not None}


def units(settings: Any) -> "Units":
    """Return the units of the KPIs that the ledger knows; of none if there is no ledger yet."""
    from ledger.location import is_there, place_of
    from ledger.returns import Units

    def facts_of(contract: str) -> "Iterable[AnyFact]":
        if not is_there(place_of(settings.location)):
            return []
        with open_ledger(settings) as ledger:
            return [recorded.fact for recorded in ledger.history(contract)]

    return Units(facts_of)


def read(file: Path, fill: dict[str, str], known: "Units", new_id: Callable[[], str]) -> "Reading":
    """Read a table of returns or facts from a file.

    Raises:
        BadInput: if the file cannot be read at all.
    """
    from ledger.grid import SHEET
    from ledger.returns import read_table

    return read_table(grid(file, SHEET), fill, known, new_id)


def grid(file: Path, sheet: str) -> "Grid":
    """Return the table in a file: a workbook's if its name ends so, else CSV.

    Args:
        file: the file.
        sheet: what the sheet of a workbook is named, where it has several.

    Raises:
        BadInput: if the file cannot be read at all.
    """
    from ledger.csv_table import CsvTable

    content = _contents(file)
    if file.suffix.casefold() != ".xlsx":
        return CsvTable(content, str(file))
    from ledger.spreadsheet import Spreadsheet

    return Spreadsheet(content, str(file), sheet)


def _contents(file: Path) -> bytes:
    from ledger.grid import LARGEST_FILE

    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as wrong:
        raise BadInput.of(f"cannot be read ({wrong.strerror}); give the path of a file", where=str(file)) from None
    if len(content) > LARGEST_FILE:
        raise BadInput.of(f"is larger than {LARGEST_FILE >> 20} MiB; split it", where=str(file))
    return content
