"""The bundle that an auditor takes away: written for a financial year, and checked without the ledger."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.options import counted, open_ledger, question
from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.bundle import FinancialYear, Kept
    from ledger.heads import Head
    from ledger.recorded import Recorded
    from ledger.report_facts import ReportPublished
    from ledger.store import Ledger
    from projections.question import Question
    from projections.rebuilt import Rebuilt

_LARGEST, _MOST_FILES = 1 << 30, 10_000
_DATE_IN_ZIP = (1980, 1, 1, 0, 0, 0)
_TABLES = ("rag", "summary", "abatement")
_WHAT = {
    "facts.jsonl": "every fact of the contract: its canonical bytes, and what opens its texts",
    "record.jsonl": "the same facts as lines that `record` takes",
    "leaves.txt": "the leaf of every fact of the ledger, in order; other contracts' facts are only hashes here",
    "heads.txt": "the size and root of the ledger's tree when each report was published, and now",
    "check_proof.py": "the program that checks a proof; it needs Python and nothing else",
    "index.html": "this page",
}


def write_bundle(settings: Any, contract: str, financial_year: str, to: Path) -> None:
    """Write the bundle of a contract's financial year to a new folder, or a new .zip.

    Raises:
        BadInput: if there is no such contract or year, or something is there already.
    """
    from cli.render import working
    from ledger.bundle import MANIFEST, FinancialYear, manifest_of

    year = FinancialYear.read(financial_year)
    _refuse_old(to)
    with open_ledger(settings) as ledger, working("Writing the bundle"):
        source = _Source(ledger, question(ledger, settings, contract), settings.clock.now().isoformat())
        found = dict(source.files(year))
        told = source.manifest(year, found)
        found["index.html"] = _page(told, found).encode()
        found[MANIFEST] = manifest_of(found, told)
        _write(to, found)
    typer.echo(f"Wrote {counted(len(found), 'file')} to {to}; `contract-ledger verify {to}` checks them.", err=True)
    typer.echo(f"Head {told['head']['size']} {told['head']['root']}", err=True)
    for each in told["reports"]:
        if each["published_digest"] and each["digest"] != each["digest_in_force"]:
            typer.echo(f"{each['report']} is not what was published; `report` says why.", err=True)


@dataclass(slots=True)
class _Source:
    """What a bundle is made of: a ledger, and a contract's facts at one moment."""

    ledger: "Ledger"
    asked: "Question"
    made_at: str
    leaves: "list[bytes]" = field(init=False)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves = self.ledger.leaves()[: self.asked.moment.position]

    def files(self, year: "FinancialYear") -> Iterator[tuple[str, bytes]]:
        """Yield the files by name, all but the page and the manifest."""
        from ledger.recorded import as_line

        kept = list(self._kept())
        yield "facts.jsonl", "".join(f"{each.line()}\n" for each in kept).encode()
        given = (json.dumps(as_line(each), ensure_ascii=False) for each in self.asked.history)
        yield "record.jsonl", "".join(f"{line}\n" for line in given).encode()
        yield "leaves.txt", "".join(f"{leaf.hex()}\n" for leaf in self.leaves).encode()
        yield from self._tables(year)
        for number, recorded in enumerate(self._published(year), 1):
            yield from self._report(f"{number:02d}", recorded)
        heads = [f"{each['position'] - 1} {each['head']} {each['report']}\n" for each in self.reports]
        yield "heads.txt", "".join([*heads, f"{len(self.leaves)} {self._root()} now\n"]).encode()
        yield "check_proof.py", (resources("ledger") / "check_proof.py").read_bytes()

    def manifest(self, year: "FinancialYear", files: Mapping[str, bytes]) -> dict[str, Any]:
        """Return what the manifest says beside the files, once they are made."""
        from projections.code_version import code_version

        return {
            "contract": self.asked.contract,
            "title": self.asked.standing.terms.title,
            "financial_year": str(year),
            "made_at": self.made_at,
            "code_version": code_version(),
            "facts": files["record.jsonl"].count(b"\n"),
            "head": {"size": len(self.leaves), "root": self._root()},
            "reports": self.reports,
        }

    def _root(self) -> str:
        return self.ledger.root_at(len(self.leaves)).hex()

    def _kept(self) -> "Iterator[Kept]":
        from ledger.bundle import Kept
        from ledger.sealing import from_text

        for row in self.ledger.rows_since(0):
            if row.originator_id == self.asked.contract and row.position <= len(self.leaves):
                yield Kept(row.position, row.content(), from_text(row.opened) if row.opened else {})

    def _tables(self, year: "FinancialYear") -> Iterator[tuple[str, bytes]]:
        """Yield the year's tables as the facts now give them."""
        from importlib import import_module

        from cli.render import as_csv
        from ledger.period import is_period

        terms = self.asked.standing.terms
        shown = [each for each in year.periods() if is_period(each, terms.commenced, terms.frequency)]
        shown = [each for each in shown if each >= terms.commenced]
        if not shown:
            sentence = f"{self.asked.contract} has no period in {year}; it began in {terms.commenced}"
            raise BadInput.of(sentence, "--financial-year")
        asked = replace(self.asked, last=shown[-1], count=len(shown))
        for name in _TABLES:
            view = getattr(import_module(f"projections.{name}"), name)(asked)
            yield f"tables/{name}.csv", as_csv(view.tables()).encode()

    def _published(self, year: "FinancialYear") -> "Iterator[Recorded]":
        """Yield the reports that show a period of the year."""
        from ledger.period import shift
        from ledger.report_facts import ReportPublished

        first, *_, last = year.periods()
        step = self.asked.standing.terms.frequency.months
        for recorded in self.asked.history:
            report = recorded.fact
            if not isinstance(report, ReportPublished):
                continue
            if report.first_period <= last and shift(report.last_period, step - 1) >= first:
                yield recorded

    def _report(self, number: str, recorded: "Recorded") -> Iterator[tuple[str, bytes]]:
        """Yield the files of a report: as it was pinned, for people, and its proofs; note it for the manifest."""
        from ledger.proofs import consistency_document, inclusion_document

        report: ReportPublished = recorded.fact  # type: ignore[assignment]  # chosen so
        rebuilt = self._rebuilt(recorded)
        told = {
            "report": report.report,
            "title": report.title,
            "as_at": report.as_at.isoformat(),
            "position": recorded.position,
            "head": recorded.head,
            "published_digest": report.digest,
            "digest": rebuilt.canonical.digest if rebuilt else None,
            "digest_in_force": rebuilt.digest_in_force if rebuilt else None,
            "file": f"reports/{number}.json" if rebuilt else None,
        }
        self.reports.append(told)
        if rebuilt:
            from cli.board_report import markdown

            yield f"reports/{number}.json", rebuilt.canonical.form
            yield f"reports/{number}.md", f"{markdown(rebuilt.drawn.printed)}\n".encode()
        at = recorded.position
        openings = {name: [str(each.salt), each.text] for name, each in self.ledger.openings(at).items()}
        included = inclusion_document(self.leaves, at, self.ledger.canonical(at), openings)
        yield f"proofs/{number}-published.json", _json(included)
        if at > 1:
            yield f"proofs/{number}-extension.json", _json(consistency_document(self.leaves, at - 1))

    def _rebuilt(self, recorded: "Recorded") -> "Rebuilt | None":
        """Return a report rebuilt; None if nothing can be drawn as at its date."""
        from projections.code_version import code_version
        from projections.rebuilt import rebuild

        try:
            return rebuild(self.asked.history, recorded, code_version(), lambda: True)
        except BadInput:
            return None


def _json(document: Any) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode()


def _page(told: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Return the page that says how to check the bundle, and does."""
    reports = "\n".join(
        f"<tr><td>{escape(each['report'])}</td><td>{each['as_at']}</td><td>{escape(each['file'] or 'none')}</td>"
        f'<td class="hash">{each["digest"] or "not pinned"}</td></tr>'
        for each in told["reports"]
    )
    listed = "\n".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_what(name))}</td></tr>" for name in sorted({*files, "index.html"})
    )
    filled = {
        "title": escape(told["title"]),
        "contract": escape(told["contract"]),
        "year": told["financial_year"],
        "made": told["made_at"],
        "count": str(told["facts"]),
        "head": f"{told['head']['size']} {told['head']['root']}",
        "reports": reports,
        "files": listed,
        "script": (resources("cli") / "bundle_page" / "check.js").read_text(encoding="utf-8"),
    }
    page = (resources("cli") / "bundle_page" / "page.html").read_text(encoding="utf-8")
    before, *parts = page.split("{{")
    return before + "".join(filled[part.partition("}}")[0]] + part.partition("}}")[2] for part in parts)


def _what(name: str) -> str:
    """Say what a file of a bundle is."""
    if name in _WHAT:
        return _WHAT[name]
    folder, _, file = name.partition("/")
    return {
        "tables": f"the year's {file.partition('.')[0]}, as the facts give it now",
        "reports": "a report in the canonical form that its digest is of" if file.endswith(".json") else "it, to read",
        "proofs": "that a report's publication is in the tree"
        if file.endswith("published.json")
        else "that what was recorded since changed nothing before it",
    }[folder]


def _refuse_old(to: Path) -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BadInput.of(f"{to} is there already; give a new folder, or a new file that ends with .zip", "--to")
    if not to.absolute().parent.is_dir():
        raise BadInput.of(f"there is no folder {to.parent}; make it first", "--to")


def _write(to: Path, files: Mapping[str, bytes]) -> None:
    if to.suffix.lower() != ".zip":
        for name, content in files.items():
            file = to / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(to, "x") as packed:
        for name, content in files.items():
            packed.writestr(ZipInfo(f"{to.stem}/{name}", _DATE_IN_ZIP), content, ZIP_DEFLATED)


def verify_bundle(path: Path, heads: "list[Head]", output: str) -> list[str]:
    """Check a bundle without the ledger, say what was found, and return the problems.

    Raises:
        BadInput: if it is none.
    """
    from ledger.bundle import check, read_manifest
    from projections.bundled_reports import check_reports
    from projections.code_version import code_version

    files = _read(path)
    try:
        found, facts = check(files, heads)
        if not found.bad:
            check_reports(found, read_manifest(files), facts, code_version())
    except BadInput as wrong:
        named = [replace(each, where=f"{path}: {each.where}" if each.where else str(path)) for each in wrong.faults]
        raise BadInput(named) from None
    if output == "json":
        print(
            json.dumps({"ok": not found.bad, "facts": len(facts), "holds": found.good, "problems": found.bad}, indent=2)
        )
        return found.bad
    for problem in found.bad:
        typer.echo(problem)
    for sentence in found.good:
        typer.echo(f"Holds: {sentence}.", err=True)
    if not found.bad and not heads:
        typer.echo(
            "No head was given that was kept elsewhere: whoever made the bundle could have made all of it.", err=True
        )
    sys.stdout.flush()
    return found.bad


def _read(path: Path) -> dict[str, bytes]:
    """Read the files of a bundle.

    Raises:
        BadInput: if they cannot be read.
    """
    try:
        if path.is_dir():
            names = sorted(each for each in path.rglob("*") if each.is_file())
            _refuse_huge(len(names), sum(each.stat().st_size for each in names))
            return {each.relative_to(path).as_posix(): each.read_bytes() for each in names}
        return _unpacked(path)
    except OSError as wrong:
        raise BadInput.of(
            f"cannot be read ({wrong.strerror}); give the folder or .zip of a bundle", where=str(path)
        ) from None


def _unpacked(path: Path) -> dict[str, bytes]:
    import zlib
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as packed:
            inside = [each for each in packed.infolist() if not each.is_dir()]
            _refuse_huge(len(inside), sum(each.file_size for each in inside))
            return {each.filename.partition("/")[2] or each.filename: packed.read(each) for each in inside}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise BadInput.of("is no bundle; give the folder or .zip that `export` wrote", where=str(path)) from None


def _refuse_huge(files: int, size: int) -> None:
    if files > _MOST_FILES or size > _LARGEST:
        raise BadInput.of(f"has {files:,} files of {size:,} bytes; that is no bundle", "BUNDLE")
