"""Which published reports facts came late to, among the facts that reports print beside the cells."""

from collections.abc import Callable, Hashable, Iterable, Mapping

from ledger.period import day_in_words
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from projections.moment import counting
from projections.question import Question
from projections.standing import unvoided

Shown = Mapping[str, Hashable]


def late_to_reports(question: Question, shown: Callable[[Iterable[Recorded], ReportPublished], Shown]) -> list[str]:
    """Say, for each report, what it would have shown otherwise, had it known the facts taken after it.

    Args:
        question: whose moment fixes the facts in sight; reports count whenever they went out.
        shown: what a report shows by name, given the standing facts in order of (dated, position).
    """
    notes = []
    history = question.split.shared
    for published in unvoided(history):
        report = published.fact
        if not isinstance(report, ReportPublished):
            continue
        pinned = counting(history, report.as_at, published.position)
        late = [
            each
            for each in counting(history, min(report.as_at, question.moment.as_at), question.moment.position)
            if each.position > published.position
        ]
        if not late:
            continue
        was, now = shown(unvoided(pinned), report), shown(unvoided([*pinned, *late]), report)
        moved = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        if moved:
            notes.append(
                f"Late: facts taken after the report {report.report} was published bear dates up to its as-at, "
                f"{day_in_words(report.as_at)}, and would have changed {', '.join(moved)}."
            )
    return notes
