"""The reports of a bundle, rebuilt from its facts: neither the ledger nor its program's word is needed."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.bundle import Findings, Kept
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.canonical import canonical
from projections.rebuilt import digest_in_force


def check_reports(found: Findings, manifest: Mapping[str, Any], facts: Sequence[Kept], code_version: str) -> None:
    """Rebuild each report that was pinned, and note whether it is what was published.

    Args:
        found: what was found of the bundle so far; more is added.
        manifest: its manifest.
        facts: its facts, which are in the tree.
        code_version: the version of this program.
    """
    try:
        history = [each.recorded() for each in facts]
    except (ValueError, KeyError, TypeError) as wrong:
        found.bad.append(f"its facts do not read back ({wrong})")
        return
    reports = {each.position: each for each in history if isinstance(each.fact, ReportPublished)}
    for told in manifest["reports"]:
        if told["position"] in reports:
            _check(found, history, reports[told["position"]], code_version)


def _check(found: Findings, history: Sequence[Recorded], recorded: Recorded, code_version: str) -> None:
    report = recorded.fact
    assert isinstance(report, ReportPublished)
    expected = digest_in_force(report, history)
    if expected is None:
        found.good.append(f"{report.report} was recorded without a digest, so there is nothing to rebuild it against")
        return
    made = canonical(history, report, recorded.position - 1).digest
    other = (
        f"this program, {code_version}, draws {report.report} otherwise than {report.code_version}, which published it"
    )
    same_code = f"{report.report}, rebuilt from the facts, is not what was published"
    wrong = [] if made == expected else [same_code if report.code_version == code_version else other]
    found.add(f"{report.report}, rebuilt from the facts, is what was published", wrong)
