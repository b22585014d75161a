"""A published report rebuilt from the facts, and held against what was pinned: whether it is the same, and if not, why.

A report rests on facts and on the program that draws it. Where both are what they were, so are its bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.keeping_facts import TextErased
from ledger.period import day_in_words
from ledger.recorded import Recorded
from ledger.report_facts import ReportCorrected, ReportPublished
from projections.board_report import BoardReport
from projections.canonical import Canonical, canonical
from projections.chart import Exhibit
from projections.notes import teller_of
from projections.pinned import as_pinned
from projections.standing import unvoided


@dataclass(frozen=True)
class Rebuilt:
    """The view: a report as it was pinned, with the proof of it.

    `digest_in_force` is the digest it must have, None if it was never pinned: that it was published with, or the one
    since text was erased. `why` says what explains that it has another, None if it has not.
    """

    recorded: Recorded
    report: ReportPublished
    drawn: BoardReport
    canonical: Canonical
    digest_in_force: str | None
    code_version: str
    why: str | None
    belonging: "Belonging"

    @property
    def matches(self) -> bool | None:
        """Say whether the report is what was published; None if it was never pinned."""
        return None if self.digest_in_force is None else self.canonical.digest == self.digest_in_force

    def _expected(self) -> str:
        given = "is given by the erasure of texts since" if self.was_erased else "was published"
        return f"{self.digest_in_force} {given}"

    @property
    def was_erased(self) -> bool:
        """Say whether it has another digest since text was erased from it."""
        return self.digest_in_force != self.report.digest

    def differing_parts(self) -> list[str]:
        """Return the names of the parts that are not what was published, as far as the report names its parts."""
        was, now = self.report.parts, self.canonical.parts
        if self.matches is not False or was is None:
            return []
        return [name for name in {**now, **was} if was.get(name) != now.get(name)]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON: the report from top to bottom, and the proof of it."""
        return {
            **self.drawn.document(),
            "report": self.report.report,
            "digest": self.canonical.digest,
            "published_digest": self.report.digest,
            "digest_in_force": self.digest_in_force,
            "matches": self.matches,
            "code_version": self.code_version,
            "published_code_version": self.report.code_version,
            "differing_parts": self.differing_parts(),
            "why": self.why,
            "head": {"size": self.recorded.position - 1, "root": self.recorded.head},
            **self.belonging.document(),
        }

    def tables(self) -> list[Exhibit]:
        """Return the report's tables and charts alone."""
        return self.drawn.tables()

    def verdict(self) -> list[str]:
        """Say whether the report is what was published, and if not, what differs and why."""
        name = self.report.report
        if self.matches is None:
            return [f"{name} was recorded without a digest, so nothing says whether this is what went out."]
        if self.matches:
            since = ", but for texts that were erased since" if self.was_erased else ""
            return [f"{name} matches what was published{since}: SHA-256 {self.canonical.digest}"]
        parts = self.differing_parts()
        digests = f"SHA-256 {self.canonical.digest}, where {self._expected()}"
        named = [f"What differs: {', '.join(parts)}."] if parts else []
        return [f"{name} differs from what was published: {digests}", *named, *([self.why] if self.why else [])]


@dataclass(frozen=True, slots=True)
class Belonging:
    """What was recorded of a report since: what adds to it, takes its place or corrects it, and whether it is void."""

    addenda: list[ReportPublished]
    reissues: list[ReportPublished]
    errata: list[ReportCorrected]
    void: bool

    def document(self) -> dict[str, Any]:
        """Return the names of the reports, and the ids of the errata."""
        return {
            "addenda": [each.report for each in self.addenda],
            "reissued_by": [each.report for each in self.reissues],
            "errata": [each.id for each in self.errata],
            "void": self.void,
        }


def rebuild(
    history: Sequence[Recorded], recorded: Recorded, code_version: str, facts_untouched: Callable[[], bool]
) -> Rebuilt:
    """Rebuild a published report from the facts that the ledger had taken when it was published.

    Args:
        history: the contract's facts, in order of position.
        recorded: the report, as the ledger took it.
        code_version: the version of this program.
        facts_untouched: says whether the facts up to the report are those the ledger took; asked only if the report
            is not what was published.

    Raises:
        BadInput: if nothing can be drawn as at the report's date.
    """
    report = recorded.fact
    assert isinstance(report, ReportPublished)
    made = canonical(history, report, recorded.position - 1)
    expected = digest_in_force(report, history)
    why = None
    if expected is not None and made.digest != expected:
        silent = [each.fact.id for each in history if _erased_silently(each, recorded)]
        why = _why(report, code_version, untouched=facts_untouched(), silent=silent)
    belonging = _belonging(history, recorded, report)
    drawn = as_pinned(history, report, recorded.position - 1, recorded.recorded_at)
    found = Rebuilt(recorded, report, drawn, made, expected, code_version, why, belonging)
    return replace(found, drawn=replace(drawn, proof=_proof(found)))


def digest_in_force(report: ReportPublished, history: Sequence[Recorded]) -> str | None:
    """Return the digest that a report must have: that it was published with, or the one after the last erasure.

    An erasure of text from the record says which digest each report that printed it has without it.
    """
    found = report.digest
    for each in history:
        if isinstance(each.fact, TextErased):
            found = (each.fact.reports or {}).get(report.report, found)
    return found


def _erased_silently(each: Recorded, report: Recorded) -> bool:
    """Say whether a fact erased text after a report was published without saying which digests that changed."""
    return isinstance(each.fact, TextErased) and not each.fact.reports and each.position > report.position


def _why(report: ReportPublished, code_version: str, *, untouched: bool, silent: Sequence[str]) -> str:
    """Say what explains that a report is not what was published."""
    if not untouched:
        return "The facts are not as the ledger took them; `contract-ledger verify` says which."
    if report.code_version != code_version:
        then = report.code_version or "a version that did not give its name"
        return (
            f"This version of the program draws it otherwise: it was published by {then}, and this is {code_version}. "
            "The facts it rests on are as the ledger took them."
        )
    if silent:
        return f"Text was erased since, by {', '.join(silent)}, without saying which digests of reports that changed."
    return (
        "The facts are as the ledger took them and the program is the one that published it, so neither explains the "
        "difference; a digest that was given by hand, with the fact, would."
    )


def _belonging(history: Sequence[Recorded], recorded: Recorded, report: ReportPublished) -> Belonging:
    standing = unvoided(history)
    reports = [each.fact for each in standing if isinstance(each.fact, ReportPublished)]
    return Belonging(
        [each for each in reports if each.addendum_to == report.report],
        [each for each in reports if each.reissues == report.report],
        [
            each.fact
            for each in standing
            if isinstance(each.fact, ReportCorrected) and each.fact.report == report.report
        ],
        all(each.position != recorded.position for each in standing),
    )


def _proof(found: Rebuilt) -> list[tuple[str, str]]:
    """Return the lines of the report's head that say what proves it, and what was recorded of it since."""
    report, belonging = found.report, found.belonging
    published = f"; published by {report.code_version}" if report.code_version else ""
    head = f" with the head {found.recorded.head}" if found.recorded.head else ""
    size = found.recorded.position - 1
    unpinned = "; it went out without one, so nothing says whether this is what was published"
    lines = [
        ("Digest", f"SHA-256 {found.canonical.digest}{unpinned if found.matches is None else ''}"),
        ("Proof", {None: "not pinned", True: "matches what was published", False: "DIFFERS"}[found.matches]),
        ("Drawn by", f"contract-ledger {found.code_version}{published}"),
        ("Rests on", f"the ledger's first {'fact' if size == 1 else f'{size} facts'}{head}"),
    ]
    if found.matches and found.was_erased:
        lines[1] = ("Proof", "matches what was published, but for texts that were erased since")
        lines.insert(1, ("Published with", f"SHA-256 {report.digest}; an erasure since gives the one above"))
    if found.matches is False:
        lines[1:2] = [("Proof", sentence) for sentence in found.verdict()]
    if belonging.void:
        lines.append(("Void", "the report was declared void, recorded in error"))
    if report.addendum_to:
        lines.append(("Adds to", report.addendum_to))
    for name, reports in (("Addendum", belonging.addenda), ("Its place was taken by", belonging.reissues)):
        lines += [(name, f"{each.report}, {each.title}, {day_in_words(each.dated)}") for each in reports]
    teller = teller_of(found.drawn.question.standing)
    return lines + [("Erratum", teller.sentence(each)) for each in belonging.errata]
