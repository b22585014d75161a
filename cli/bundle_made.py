"""What is in a bundle, made from a contract's facts and the ledger's leaves alone: who has both can make it anew."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html import escape
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

from ledger.faults import BadInput

if TYPE_CHECKING:
    from ledger.financial_year import FinancialYear
    from ledger.recorded import Recorded
    from ledger.report_facts import ReportPublished
    from ledger.sealing import Openings
    from projections.question import Question
    from projections.rebuilt import Rebuilt

PAGE, CHECKER, MADE = "index.html", "check_proof.py", "record.jsonl"
_TABLES = ("rag", "summary", "abatement")
_WHAT = {
    "facts.jsonl": "every fact of the contract: its canonical bytes, and what opens its texts",
    "record.jsonl": "the same facts as lines that `record` takes",
    "leaves.txt": "the leaf of every fact of the ledger, in order; other contracts' facts are only hashes here",
    "heads.txt": "the size and root of the ledger's tree when each report was published, and now",
    "check_proof.py": "the program that checks a proof; it needs Python and nothing else",
    "index.html": "this page",
    "manifest.json": "what is here, each file with its digest",
    "manifest.sha256": "the digest of the manifest, as `sha256sum --check` reads it",
}


@dataclass(slots=True)
class Made:
    """A bundle in the making.

    Args:
        asked: the question that the tables answer: the contract, its facts, and the moment at which it is made.
        facts: of each fact of the contract its position, its canonical bytes and what opens its texts, in order.
        leaves: the leaf of every fact of the ledger up to the moment.
        year: the financial year.
        code_version: the version of the program that makes it.
    """

    asked: "Question"
    facts: "Sequence[tuple[int, bytes, Openings]]"
    leaves: Sequence[bytes]
    year: "FinancialYear"
    code_version: str
    reports: list[dict[str, Any]] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Return every file of the bundle by name.

        Raises:
            BadInput: if the year has no period of the contract.
            LedgerUnusable: if a report's publication is not what its leaf was made of.
        """
        from ledger.bundle import MANIFEST, SEAL, manifest_of, seal_of

        found = dict(self._files())
        told = self._told()
        found[PAGE] = _page(told, sorted({*found, PAGE, MANIFEST, SEAL})).encode()
        found[MANIFEST] = manifest_of(found, told)
        found[SEAL] = seal_of(found[MANIFEST])
        return found

    def _files(self) -> Iterator[tuple[str, bytes]]:
        from ledger.bundle import FACTS, LEAVES, fact_line
        from ledger.recorded import as_line

        yield from self._tables()
        yield FACTS, "".join(f"{fact_line(*each)}\n" for each in self.facts).encode()
        lines = (json.dumps(as_line(each), ensure_ascii=False) for each in self.asked.history)
        yield MADE, "".join(f"{line}\n" for line in lines).encode()
        yield LEAVES, "".join(f"{leaf.hex()}\n" for leaf in self.leaves).encode()
        kept = {position: (content, openings) for position, content, openings in self.facts}
        for number, recorded in enumerate(self._published(), 1):
            yield from self._report(f"{number:02d}", recorded, *kept[recorded.position])
        heads = [f"{each['position'] - 1} {each['head']} {each['report']}\n" for each in self.reports]
        yield "heads.txt", "".join([*heads, f"{len(self.leaves)} {self._root()} now\n"]).encode()
        yield CHECKER, (resources("ledger") / CHECKER).read_bytes().replace(b"\r\n", b"\n")

    def _told(self) -> dict[str, Any]:
        """Return what the manifest says beside the files."""
        return {
            "contract": self.asked.contract,
            "title": self.asked.standing.terms.title,
            "financial_year": str(self.year),
            "as_at": self.asked.moment.as_at.isoformat(),
            "made_at": self.asked.moment.known_at.isoformat(),
            "code_version": self.code_version,
            "facts": len(self.facts),
            "head": {"size": len(self.leaves), "root": self._root()},
            "reports": self.reports,
        }

    def _root(self) -> str:
        from ledger.proof import root_of

        return root_of(self.leaves).hex()

    def _tables(self) -> Iterator[tuple[str, bytes]]:
        """Yield the tables of the contract's periods that begin in the year, as the facts now give them."""
        from importlib import import_module

        from cli.render import as_csv

        terms = self.asked.standing.terms
        shown = self.year.columns(terms.commenced, terms.frequency)
        if not shown:
            sentence = f"{self.asked.contract} began in {terms.commenced}, after {self.year}; give a later year"
            raise BadInput.of(sentence, "--financial-year")
        if self.asked.moment.as_at.isoformat() < shown[0]:
            sentence = f"{self.year} has not begun for {self.asked.contract}; give an earlier year"
            raise BadInput.of(sentence, "--financial-year")
        asked = replace(self.asked, last=shown[-1], count=len(shown))
        for name in _TABLES:
            view = getattr(import_module(f"projections.{name}"), name)(asked)
            yield f"tables/{name}.csv", as_csv(view.tables()).encode()

    def _published(self) -> "Iterator[Recorded]":
        """Yield the reports that show a month of the year."""
        from ledger.report_facts import ReportPublished

        frequency = self.asked.standing.terms.frequency
        for recorded in self.asked.history:
            report = recorded.fact
            if isinstance(report, ReportPublished) and self.year.bears_on(
                report.first_period, report.last_period, frequency
            ):
                yield recorded

    def _report(
        self, number: str, recorded: "Recorded", content: bytes, openings: "Openings"
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a report: as it was pinned, for people, and its proofs; note it for the manifest."""
        from ledger.proofs import consistency_document, inclusion_document
        from projections.rebuilt import digest_in_force

        report: ReportPublished = recorded.fact  # type: ignore[assignment]  # chosen so
        rebuilt = self._rebuilt(recorded)
        told = {
            "report": report.report,
            "title": report.title,
            "as_at": report.as_at.isoformat(),
            "position": recorded.position,
            "head": recorded.head,
            "published_digest": report.digest,
            "digest_in_force": digest_in_force(report, self.asked.history),
            "digest": rebuilt.canonical.digest if rebuilt else None,
            "file": f"reports/{number}.json" if rebuilt else None,
        }
        self.reports.append(told)
        if rebuilt:
            from cli.board_report import markdown

            yield f"reports/{number}.json", rebuilt.canonical.form
            yield f"reports/{number}.md", f"{markdown(rebuilt.drawn.printed)}\n".encode()
        at = recorded.position
        shown = {name: [each.salt, each.text] for name, each in openings.items() if each.salt is not None}
        yield f"proofs/{number}-published.json", _json(inclusion_document(self.leaves, at, content, shown))
        if at > 1:
            yield f"proofs/{number}-extension.json", _json(consistency_document(self.leaves, at - 1))

    def _rebuilt(self, recorded: "Recorded") -> "Rebuilt | None":
        """Return a report rebuilt; None if nothing can be drawn as at its date."""
        from projections.rebuilt import rebuild

        try:
            return rebuild(self.asked.history, recorded, self.code_version, lambda: True)
        except BadInput:
            return None


def _json(document: Any) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode()


def erasable_fields() -> dict[str, dict[str, str]]:
    """Return which fields of each kind of fact may be erased, and what of each: its text, or the person it names."""
    from ledger.facts import KINDS
    from ledger.sealing import erasable
    from ledger.values import Erasable

    names = {Erasable.TEXT: "text", Erasable.PERSON: "person"}
    return {kind: {field: names[mark] for field, mark in sorted(erasable(kind).items())} for kind in sorted(KINDS)}


def _page(told: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the page that says how to check the bundle, and does; it runs no script and no style but its own."""
    page = _resource("page.html")
    script = _resource("check.js") + _resource("page.js").replace("{{erasable}}", json.dumps(erasable_fields()))
    style = _resource("page.css")
    reports = "\n".join(
        f"<tr><td>{escape(each['report'])}</td><td>{each['as_at']}</td>"
        f"<td>{each['file'] or 'none: nothing can be drawn'}</td>"
        f'<td class="hash">{each["digest"] or "none"}{"" if each["published_digest"] else ", not pinned"}</td></tr>'
        for each in told["reports"]
    )
    filled = {
        "title": escape(told["title"]),
        "contract": escape(told["contract"]),
        "year": told["financial_year"],
        "made": told["made_at"],
        "version": escape(told["code_version"]),
        "count": str(told["facts"]),
        "head": f"{told['head']['size']} {told['head']['root']}",
        "reports": reports or '<tr><td colspan="4">None bears on the year.</td></tr>',
        "files": "\n".join(f"<tr><td>{escape(name)}</td><td>{escape(_what(name))}</td></tr>" for name in names),
        "script": script,
        "style": style,
        "script_hash": _source_hash(script),
        "style_hash": _source_hash(style),
    }
    before, *parts = page.split("{{")
    return before + "".join(filled[part.partition("}}")[0]] + part.partition("}}")[2] for part in parts)


def _resource(name: str) -> str:
    return (resources("cli") / "bundle_page" / name).read_text(encoding="utf-8")


def _source_hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


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
