"""What erasing text changes of published reports: their digests, which the erasure itself says."""

from collections.abc import Mapping, Sequence

from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from ledger.sealing import after_erasure
from projections.canonical import canonical
from projections.rebuilt import digest_in_force


def digests_after(history: Sequence[Recorded], erases: Mapping[str, Sequence[str]], position: int) -> dict[str, str]:
    """Return the digests of the published reports that an erasure changes, by their names.

    A report that is already not what was published is left out: no erasure is to explain that away.

    Args:
        history: the contract's facts, in order of position.
        erases: the fields to be erased, by the fact's id.
        position: the erasure's, which numbers the persons.
    """
    after = _without(history, erases, position)
    found = {}
    for each in history:
        report = each.fact
        if not isinstance(report, ReportPublished) or report.digest is None:
            continue
        was = canonical(history, report, each.position - 1).digest
        now = canonical(after, report, each.position - 1).digest
        if was == digest_in_force(report, history) != now:
            found[report.report] = now
    return found


def _without(history: Sequence[Recorded], erases: Mapping[str, Sequence[str]], position: int) -> list[Recorded]:
    """Return a history as it will read without some texts."""
    facts = {each.fact.id: each.fact for each in history}
    persons: dict[str, str] = {}
    changed = {
        id_: facts[id_].model_copy(update=after_erasure(facts[id_], fields, persons, position))
        for id_, fields in erases.items()
    }
    return [each._replace(fact=changed.get(each.fact.id, each.fact)) for each in history]
