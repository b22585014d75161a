"""Which contracts a question over many is about, and how bad each is, from their facts alone.

For what the kept tables do not hold: what the ledger knew before now, and a ledger beside which they cannot be written.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ledger.levels import Status
from ledger.period import shift
from ledger.values import EXACT
from projections.abatement import period_totals
from projections.cells import Cell, window
from projections.diff import differences
from projections.estate import (
    Described,
    Filters,
    Key,
    Span,
    Telling,
    by_failing,
    by_points,
    column_of,
    span_of,
    worst_first,
)
from projections.latest_results import latest_results, reds_and_ambers
from projections.question import Question
from projections.standing import Standing, stand

Ask = Callable[[str], Question]

LONGEST = 11
"""By how many months a period may begin before the one that it is still part of."""

_FAILING = (Status.RED, Status.AMBER)


def ranked(
    ask: Ask,
    contracts: Sequence[str],
    filters: Filters,
    key: Callable[[Question], Key | None],
    progress: Callable[[int, int], None],
) -> list[str]:
    """Return the contracts that a question over many is about, worst first.

    Args:
        ask: what puts the question to a contract.
        contracts: those that the ledger has.
        filters: which of them are meant.
        key: what a contract is ranked by; None leaves it out.
        progress: told how many contracts are read, of how many.

    Raises:
        BadInput: if no contract has the service, the provider or the authority.
    """
    asked = [each for each in contracts if not filters.contracts or each in filters.contracts]
    described, keys = [], {}
    for done, contract in enumerate(asked, 1):
        question = ask(contract)
        standing = stand(question.facts)
        if standing is not None:
            each = described_by(standing, contract)
            described.append(each)
            if filters.takes(each) and (its := key(question)) is not None:
                keys[contract] = its
        progress(done, len(asked))
    filters.check(described)
    return worst_first(keys)


def in_its_periods(question: Question) -> Question:
    """Return a question whose last period is the contract's own that the month asked for falls in."""
    if question.last is None or (standing := stand(question.facts)) is None:
        return question
    terms = standing.terms
    return replace(question, last=column_of(question.last, terms.commenced, terms.frequency))


def described_by(standing: Standing, contract: str) -> Described:
    """Return a contract as filters see it."""
    return Described(
        contract,
        standing.terms.title,
        tuple((party.code, party.name, party.role) for party in standing.terms.parties),
        frozenset(kpi.introduced.service for kpi in standing.kpis.values()),
        tuple(kpi.introduced.title for kpi in standing.kpis.values() if kpi.introduced.title),
    )


def key_by(order: str, question: Question, service: str | None = None) -> Key:
    """Return what a contract is ranked by.

    Args:
        order: what ranks: status, failing or points.
        question: the question to the contract.
        service: of which service's KPIs the status counts; None for all.
    """
    standing = question.standing
    if order == "status":
        until = question.last_month if question.last else None
        latest = latest_results(standing, question.moment.as_at, until)
        return reds_and_ambers(status for kpi, status in latest if service in (None, kpi.introduced.service))
    span = span_of(question.last_column, standing.terms.frequency, question.count)
    if order == "failing":
        return by_failing(telling(standing, span), span)
    totals = period_totals(standing, question.columns)
    if not totals:
        return by_points(telling(standing, span), span)
    points, credit = Decimal(0), Decimal(0)
    for each in totals:
        points = EXACT.add(points, each.net_points or Decimal(0))
        credit = EXACT.add(credit, each.service_credit or Decimal(0))
    return points, credit


def telling(standing: Standing, span: Span) -> Iterator[Telling]:
    """Yield the cells that may make a contract worse than another."""
    for kpi in standing.in_order():
        for cell in window(standing, kpi, shift(span.first, -LONGEST), span.last):
            if cell.status in _FAILING or cell.points or cell.late:
                points, late = cell.points or Decimal(0), _late(cell)
                its = kpi.introduced
                yield Telling(its.ref, its.service, kpi.frequency, cell.period, cell.status.value, points, late)


def _late(cell: Cell) -> Decimal:
    return cell.late.points if cell.late else Decimal(0)


def key_by_moves(earlier: Question, later: Question, *, whole: bool) -> Key | None:
    """Return how many of a contract's cells differ between two moments; None if none does."""
    moved = differences(earlier.facts, later.facts, None if whole else later.columns).cells
    return (len(moved),) if moved else None
