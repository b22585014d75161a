"""The bundle that an auditor takes away, written for a financial year to a new folder or .zip, whole or not at all."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.options import counted, open_ledger, question
from ledger.faults import BadInput, LedgerUnusable

if TYPE_CHECKING:
    from cli.bundle_made import Made
    from ledger.financial_year import FinancialYear
    from ledger.store import Ledger

EXIT_FOUND = 1
_DATE_IN_ZIP = (1980, 1, 1, 0, 0, 0)
_MODE_IN_ZIP = 0o644 << 16


def write_bundle(settings: Any, contract: str, financial_year: str, to: Path) -> None:
    """Write the bundle of a contract's financial year; exit status 1 if what is in it does not hold.

    Raises:
        BadInput: if there is no such contract or year, or something is there already.
    """
    from cli.render import working
    from ledger.bundle_check import check
    from ledger.financial_year import FinancialYear

    year = FinancialYear.read(financial_year)
    _refuse_old(to)
    with open_ledger(settings) as ledger, working("Writing the bundle"):
        made = _made(ledger, settings, contract, year)
        files = made.files()
        found, bundle = check(files, [])
        _write(to, files)
    assert bundle is not None
    head = bundle.manifest["head"]
    typer.echo(f"Wrote {counted(len(files), 'file')} to {to}; `contract-ledger verify {to}` checks them.", err=True)
    typer.echo(f"Head {head['size']} {head['root']}", err=True)
    for problem in found.bad:
        typer.echo(problem, err=True)
    if found.bad:
        typer.echo("It was written, and does not hold; `verify` and `report` of the ledger say more.", err=True)
        raise typer.Exit(EXIT_FOUND)


def _made(ledger: "Ledger", settings: Any, contract: str, year: "FinancialYear") -> "Made":
    """Return the bundle of a contract's facts up to now, in the making.

    Raises:
        LedgerUnusable: if a leaf is none.
    """
    from cli.bundle_made import Made
    from ledger.sealing import from_text
    from projections.code_version import code_version

    asked = question(ledger, settings, contract)
    position = asked.moment.position
    rows = [row for row in ledger.rows_since(0) if row.contract == contract and row.position <= position]
    facts = [(row.position, row.content(), from_text(row.opened) if row.opened else {}) for row in rows]
    asked = replace(asked, history=[ledger.read_row(row) for row in rows])
    leaves = ledger.leaves()[:position]
    if len(leaves) < position:
        raise LedgerUnusable(f"{ledger.name} has no tree over its facts; run `contract-ledger verify`")
    return Made(asked, facts, leaves, year, code_version())


def _refuse_old(to: Path) -> None:
    is_zip = to.suffix.lower() == ".zip"
    if os.path.lexists(to) and (is_zip or not to.is_dir() or to.is_symlink() or any(to.iterdir())):
        raise BadInput.of(f"{to} is there already; give a new folder, or a new file that ends with .zip", "--to")
    if not to.absolute().parent.is_dir():
        raise BadInput.of(f"there is no folder {to.parent}; make it first", "--to")


def _write(to: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside their place, and give them their name once all are written."""
    part = to.absolute().with_name(f"{to.absolute().name}.part")
    if os.path.lexists(part):
        raise BadInput.of(f"{part} is there already; remove what was left half written, or give another name", "--to")
    try:
        if to.suffix.lower() == ".zip":
            _pack(part, to.stem.strip(".") or "bundle", files)
        else:
            for name, content in files.items():
                file = part / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            if to.is_dir():
                to.rmdir()
        part.rename(to.absolute())
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)
        raise


def _pack(path: Path, folder: str, files: Mapping[str, bytes]) -> None:
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(path, "x") as packed:
        for name, content in files.items():
            entry = ZipInfo(f"{folder}/{name}", _DATE_IN_ZIP)
            entry.external_attr = _MODE_IN_ZIP
            packed.writestr(entry, content, ZIP_DEFLATED)
