"""What was published stays as it was: a change of the code that would alter a published report fails here.

`tests/published/` holds, for each report of each example, its canonical form and its digests. Where a change is meant,
`pytest tests/test_published.py --accept-published` writes them anew; the diff shows every figure and word that moves.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from cli.sample import SAMPLES, contents_of
from ledger.framework import read_registration
from ledger.lines import read_lines
from ledger.recording import record
from ledger.report_facts import ReportPublished
from ledger.store import Ledger
from projections.canonical import Canonical, canonical, in_bytes
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from ledger.recorded import Recorded

FOLDER = Path(__file__).parent / "published"
OWN = ("care", "library", "waste")
REPORTS = [
    ("care", "spring"),
    ("care", "winter"),
    ("kent-framework", "annual-2024-25"),
    ("library", "quarter-1"),
    ("library", "quarter-1-again"),
    ("library", "quarter-1-note"),
    ("lincolnshire", "osmb-2017-07-27"),
    ("lincolnshire", "osmb-2017-10-26"),
    ("lincolnshire-2018-2021", "osmb-2018-08-30-addendum"),
    ("social-care-annex", "annual-2024-25"),
    ("waste", "april"),
]
MOST_LINES = 40


@cache
def history(example: str) -> list[Recorded]:
    """Record an example in a ledger of its own and return the facts of its contract, if it publishes anything."""
    if example in SAMPLES:
        files = contents_of(example)
    else:
        files = {path.name: path.read_bytes() for path in (FOLDER / example).iterdir()}
    reading = read_registration(files["contract.toml"], "contract.toml").to_register(registered=False)
    reading += read_lines(files["facts.jsonl"], "facts.jsonl", Ledger.new_id)
    with TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, reading, TickingClock())
        reporting = {each.fact.contract for each in reading.proposed if isinstance(each.fact, ReportPublished)}
        return [recorded for contract in sorted(reporting) for recorded in ledger.history(contract)]


def published(example: str) -> dict[str, Canonical]:
    """Return the canonical form of each of an example's reports."""
    return {
        each.fact.report: canonical(history(example), each.fact, each.position - 1)
        for each in history(example)
        if isinstance(each.fact, ReportPublished)
    }


def kept(found: Canonical) -> dict[str, Any]:
    """Return what is kept of a report."""
    return {"digest": found.digest, "parts": found.parts, "content": found.content}


def pretty(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def differences(was: dict[str, Any], now: Canonical) -> str:
    """Name the parts that differ, and show the first lines that do."""
    names = {**was["parts"], **now.parts}
    parts = [name for name in names if was["parts"].get(name) != now.parts.get(name)]
    lines = difflib.unified_diff(
        pretty(was["content"]).splitlines(), pretty(now.content).splitlines(), "published", "now", lineterm="", n=2
    )
    told = [line for _, line in zip(range(MOST_LINES), lines, strict=False)]
    return "\n".join([f"these parts of a published report would be drawn otherwise: {', '.join(parts)}", *told])


@pytest.mark.parametrize(("example", "report"), REPORTS, ids=lambda each: each)
def test_a_published_report_is_drawn_as_it_was(example: str, report: str, request: pytest.FixtureRequest) -> None:
    path = FOLDER / example / f"{report}.json"
    now = published(example)[report]
    if request.config.getoption("--accept-published"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(pretty(kept(now)), encoding="utf-8")
    was = json.loads(path.read_text(encoding="utf-8"))
    assert was["digest"] == now.digest, differences(was, now)
    assert was["parts"] == now.parts


@pytest.mark.parametrize(("example", "report"), REPORTS, ids=lambda each: each)
def test_what_is_kept_of_a_report_is_what_its_digest_is_over(example: str, report: str) -> None:
    was = json.loads((FOLDER / example / f"{report}.json").read_text(encoding="utf-8"))
    assert Canonical(was["content"]).digest == was["digest"]
    assert Canonical(was["content"]).parts == was["parts"]
    assert in_bytes(was["content"]).count(b"\n") == 1


def test_every_report_of_every_example_is_kept() -> None:
    assert sorted((example, report) for example in (*OWN, *SAMPLES) for report in published(example)) == REPORTS


def test_a_change_names_the_part_that_it_is_in() -> None:
    was = kept(published("waste")["april"])
    content = json.loads(json.dumps(was["content"]))
    content["parts"]["view abatement"]["periods"][0]["net_points"] = "99"
    told = differences(was, Canonical(content))
    assert "would be drawn otherwise: view abatement\n" in told
    assert '"net_points": "99"' in told
    content["terms"]["kpis"][0]["title"] = "Something else"
    assert "otherwise: terms, view abatement\n" in differences(was, Canonical(content))
