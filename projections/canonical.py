"""The canonical form of a report: the bytes that its digest is taken over, the same wherever they are made again.

It holds what the report says, and nothing of where, when or by whom its facts were recorded. So the facts are put into
neutral envelopes before anything is drawn: each is known by its number among the contract's, not by its id or position.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from ledger.values import plain
from projections.abatement import abatement
from projections.board_report import BoardReport
from projections.canonical_terms import terms_shown
from projections.chart import Chart, Exhibit
from projections.moment import UNTOLD
from projections.pinned import SAYS_CAPS, as_pinned
from projections.question import Question
from projections.rag import rag
from projections.standing import Standing
from projections.summary import summary
from projections.table import Table, Text
from projections.terms import assumptions

TERMS = "terms"
_VIEWS: dict[str, Callable[[Question], Any]] = {
    "rag": rag,
    "summary": partial(summary, says_how=False),
    "abatement": abatement,
}
_OF_THE_LEDGER = ("known_at", "position")
_LATER = ("severity", "stretch", "failures_in_window", "within", "multiplier_from", "failure", "days_late")
_NAMING_FACTS = ("id", "voids", "decision_ref")


@dataclass(frozen=True)
class Canonical:
    """A report in canonical form; `content` is what its bytes say."""

    content: dict[str, Any]

    @cached_property
    def form(self) -> bytes:
        """Return the canonical bytes."""
        return in_bytes(self.content)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes, in hexadecimal."""
        return sha256(self.form).hexdigest()

    @cached_property
    def parts(self) -> dict[str, str]:
        """Return the SHA-256 of each part by its name: terms and assumptions, tables, charts and views."""
        named = {TERMS: [self.content["terms"], self.content["assumptions"]], **self.content["parts"]}
        return {name: sha256(in_bytes(part)).hexdigest() for name, part in named.items()}


def form_of(standing: Standing) -> int | None:
    """Return the number of the form that a contract's next report is pinned in; None for the first.

    One that holds other things gets the next: the second says where a cap on credits is reached.
    """
    scheme = standing.terms.scheme
    return SAYS_CAPS if scheme and scheme.caps_credits else None


def canonical(history: Sequence[Recorded], report: ReportPublished, position: int) -> Canonical:
    """Return the canonical form of a report drawn from the facts up to a position.

    Args:
        history: the contract's facts, in order of position.
        report: the report, recorded or about to be; only what it says of periods, dates and other reports counts.
        position: the last position before its own.
    """
    facts = neutral([each for each in history if each.position <= position])
    drawn = as_pinned(facts, report, len(facts), UNTOLD)
    question = drawn.question
    views = {
        f"view {name}": _without_trends(_without_ledger(view(question).document())) for name, view in _VIEWS.items()
    }
    return Canonical(
        {
            "form": report.form or 1,
            "contract": report.contract,
            "as_at": report.as_at.isoformat(),
            "periods": question.columns,
            "terms": terms_shown(question),
            "assumptions": assumptions(question.standing),
            "parts": {**_exhibits(drawn), **views},
        }
    )


def neutral(facts: Sequence[Recorded]) -> list[Recorded]:
    """Return a contract's facts in envelopes that say only their order, known by their numbers in it (`#12`)."""
    names = {each.fact.id: f"#{number}" for number, each in enumerate(facts, 1)}
    return [
        Recorded(number, number, UNTOLD, "", each.fact.model_copy(update=_renamed(each.fact, names)))
        for number, each in enumerate(facts, 1)
    ]


def _renamed(fact: Any, names: dict[str, str]) -> dict[str, str]:
    named = {field: getattr(fact, field, None) for field in _NAMING_FACTS}
    return {field: names[value] for field, value in named.items() if value in names}


def in_bytes(content: Any) -> bytes:
    r"""Write content as canonical JSON: keys in order, no spaces, UTF-8, a line's end at the end.

    >>> in_bytes({"b": ["£", None], "a": 1})
    b'{"a":1,"b":["\xc2\xa3",null]}\n'
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _without_ledger(document: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in document.items() if name not in _OF_THE_LEDGER}
    return _without_later(shown)  # type: ignore[no-any-return]  # a document stays one


def _without_later(content: Any) -> Any:
    """Leave out what views came to say after this form was set, where they have nothing to say."""
    if isinstance(content, list):
        return [_without_later(each) for each in content]
    if isinstance(content, dict):
        kept = ((name, value) for name, value in content.items() if value is not None or name not in _LATER)
        return {name: _without_later(value) for name, value in kept}
    return content


def _without_trends(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out trends: they only compare figures that are reported, and reports were pinned before they were told."""
    for cell in (cell for row in document.get("rows", ()) for cell in row.get("cells", ())):
        cell.pop("trend", None)
    return document


def _words(cell: Text) -> str:
    return f"{cell.words if cell.pinned is None else cell.pinned} {cell.also}".rstrip()


def _exhibits(drawn: BoardReport) -> dict[str, Any]:
    """Return the report's tables and charts by the keys that its sections give them."""
    found: dict[str, Any] = {}
    for key, exhibit in drawn.exhibits():
        name = f"table {key}" if isinstance(exhibit, Table) else f"chart {key}"
        while name in found:
            name = f"{name} again"
        found[name] = _content(exhibit)
    return found


def _content(exhibit: Exhibit) -> dict[str, Any]:
    if isinstance(exhibit, Chart):
        bars = [[bar.label, None if bar.amount is None else plain(bar.amount), bar.remark] for bar in exhibit.bars]
        return {"title": exhibit.title, "unit": exhibit.unit, "bars": bars}
    return {
        "title": exhibit.title,
        "columns": list(exhibit.columns),
        "rows": [[_words(cell) for cell in row] for row in exhibit.rows],
        "shorthand": dict(exhibit.shorthand),
        "notes": [[number, text] for number, text in exhibit.notes],
        "assumptions": list(exhibit.assumptions),
    }
