"""What a report that takes the place of another says of it: why, what differs, and to what effect."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from ledger.period import day_in_words
from ledger.recorded import Recorded
from ledger.report_facts import ReportPublished
from ledger.values import EXACT, plain
from projections.abatement import PeriodTotal, in_pounds
from projections.diff import Differences, differences, tables_of
from projections.document import Block, Items, Paragraph, Section, Shown
from projections.moment import counting
from projections.notes import teller_of
from projections.question import Question
from projections.standing import unvoided


def published_as(history: Iterable[Recorded], name: str) -> tuple[Recorded, ReportPublished] | None:
    """Return the published report of a name; one that was declared void only if none stands; None if there is none."""
    history = list(history)
    standing = {each.position for each in unvoided(history)}
    found = [
        (each, each.fact) for each in history if isinstance(each.fact, ReportPublished) and each.fact.report == name
    ]
    return max(found, key=lambda each: (each[0].position in standing, each[0].position), default=None)


@dataclass(frozen=True, slots=True)
class _Replacing:
    """A report whose place another takes: what counted for it, and what the other moves in the periods both show."""

    replaced: ReportPublished
    known: list[Recorded]
    moved: Differences


def _replacing(question: Question, report: ReportPublished) -> _Replacing | None:
    """Return what a report changes in the one whose place it takes; None if it takes none."""
    if report.reissues is None:
        return None
    known_by_then = (each for each in question.history if each.position <= question.moment.position)
    found = published_as(known_by_then, report.reissues)
    if found is None:
        return None
    recorded, replaced = found
    known = counting(question.history, replaced.as_at, recorded.position - 1)
    columns = [each for each in question.columns if replaced.first_period <= each <= replaced.last_period]
    return _Replacing(replaced, known, differences(known, question.facts, columns) if columns else Differences([], []))


def effect(question: Question, report: ReportPublished) -> str | None:
    """Say in a sentence what a report changes in the one whose place it takes; None if it takes none."""
    found = _replacing(question, report)
    return _effect(found.moved) if found else None


def reissue(question: Question, report: ReportPublished) -> list[Section]:
    """Return the section of a report that takes the place of another; none for one that does not."""
    found = _replacing(question, report)
    if found is None:
        return []
    replaced, moved = found.replaced, found.moved
    dates = f"as at {day_in_words(replaced.as_at)}, which went out on {day_in_words(replaced.dated)}"
    why = (
        f"This report takes the place of {replaced.report}, {dates}. The reason: {(report.reason or '').rstrip('. ')}."
    )
    blocks: list[Block] = [Paragraph([why]), Paragraph([_effect(moved)])]
    if moved.cells or moved.totals:
        shown = tables_of(moved, question.standing)
        blocks += [Shown(f"reissued-{place}", each) for place, each in enumerate(shown)]
        blocks += [Paragraph(["What moved them:"]), Items([[each] for each in _causes(question, found.known, moved)])]
    return [Section(f"What this report changes in {replaced.report}", blocks)]


def _causes(question: Question, known: Iterable[Recorded], moved: Differences) -> list[str]:
    """Tell each fact that moved a cell or a total in a sentence, under its id."""
    facts = {each.fact.id: each.fact for each in [*known, *question.facts]}
    teller = teller_of(question.standing)
    of_cells = (each for cell in moved.cells for each in cell.because)
    ids = dict.fromkeys([*of_cells, *(each for total in moved.totals for each in total.because)])
    return [f"{each}: {teller.sentence(facts[each])}" for each in ids if each in facts]


def _effect(moved: Differences) -> str:
    """Say how many cells differ, and what that does to points and credits."""
    if not moved.cells and not moved.totals:
        return "No cell and no total of the periods that both show differs."
    cells = "1 cell differs" if len(moved.cells) == 1 else f"{len(moved.cells)} cells differ"
    if not moved.totals:
        return f"{cells}; no points or credits move."
    points = " to ".join(plain(_sum(side, "net_points")) for side in _sides(moved))
    named = "period" if len(moved.totals) == 1 else f"{len(moved.totals)} periods"
    money = ""
    if any(total and total.service_credit for side in _sides(moved) for total in side):
        money = ", service credits from " + " to ".join(
            in_pounds(_sum(side, "service_credit")) for side in _sides(moved)
        )
    return f"{cells}. Net points over the {named} that moved go from {points}{money}."


def _sides(moved: Differences) -> tuple[list[PeriodTotal | None], list[PeriodTotal | None]]:
    return [each.before for each in moved.totals], [each.after for each in moved.totals]


def _sum(totals: list[PeriodTotal | None], field: str) -> Decimal:
    with localcontext(EXACT):
        return sum((getattr(each, field, None) or Decimal(0) for each in totals), Decimal(0))
