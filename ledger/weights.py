"""Weights against the pool: they add up to it in every period from the first that has a weighted KPI."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.facts import (
    AnyFact,
    ContractRegistered,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    WeightsSet,
)
from ledger.period import Frequency, Month, following
from ledger.values import plain

_MOVING = frozenset({ContractRegistered, KpiIntroduced, KpiDiscontinued, WeightsSet, HistoryNotHeld, FactVoided})


class Total(NamedTuple):
    """The sum of the weights of the KPIs in use, and the pool it should equal."""

    found: str
    pool: str


def unbalanced(facts: Sequence[AnyFact]) -> dict[Month, Total]:
    """Return the periods from which the weights miss the pool, with what they add up to.

    Weights change only where a fact says so; each such period is the first of those it stands for.
    """
    terms = next((fact for fact in facts if isinstance(fact, ContractRegistered)), None)
    if terms is None or terms.scheme is None or terms.scheme.pool is None:
        return {}
    kpis = {fact.ref: fact for fact in facts if isinstance(fact, KpiIntroduced) and not fact.reserved}
    ends = {
        fact.kpi: following(fact.last_period, _frequency(kpis.get(fact.kpi), terms))
        for fact in facts
        if isinstance(fact, KpiDiscontinued)
    }
    steps = _steps(facts, kpis)
    missed: dict[Month, Total] = {}
    for period in _turns(facts, terms, kpis, ends, steps):
        in_use = [ref for ref, kpi in kpis.items() if (kpi.first_period or "") <= period < ends.get(ref, "9999-99")]
        points = [weight for ref in in_use if (weight := _weight(steps.get(ref, []), period))]
        if (points or missed) and sum(points) != terms.scheme.pool:
            missed[period] = Total(plain(sum(points, Decimal(0))), plain(terms.scheme.pool))
    return missed


def _frequency(kpi: KpiIntroduced | None, terms: ContractRegistered) -> Frequency:
    return (kpi.frequency if kpi else None) or terms.frequency


def _steps(facts: Sequence[AnyFact], kpis: dict[str, KpiIntroduced]) -> dict[str, list[tuple[Month, object, Decimal]]]:
    """Return each KPI's weights as (first period, when decided, points)."""
    steps: dict[str, list[tuple[Month, object, Decimal]]] = {ref: [] for ref in kpis}
    for order, fact in enumerate(facts):
        if isinstance(fact, KpiIntroduced):
            steps.setdefault(fact.ref, []).extend(
                (step.first_period, (fact.dated, order), step.points) for step in fact.weights
            )
        elif isinstance(fact, WeightsSet):
            for ref, points in fact.weights.items():
                steps.setdefault(ref, []).append((fact.first_period, (fact.dated, order), points))
    return steps


def _weight(steps: list[tuple[Month, object, Decimal]], period: Month) -> Decimal:
    begun = [step for step in steps if step[0] <= period]
    return max(begun, key=lambda step: (step[0], step[1]))[2] if begun else Decimal(0)


def _turns(
    facts: Sequence[AnyFact],
    terms: ContractRegistered,
    kpis: dict[str, KpiIntroduced],
    ends: dict[str, Month],
    steps: dict[str, list[tuple[Month, object, Decimal]]],
) -> list[Month]:
    """Return the held periods in which the sum can change, the first held one included."""
    gaps = [fact for fact in facts if isinstance(fact, HistoryNotHeld)]
    turns = {kpi.first_period for kpi in kpis.values() if kpi.first_period} | set(ends.values())
    turns |= {first for each in steps.values() for first, _, _ in each} | {terms.held_from}
    turns |= {following(gap.last_period, terms.frequency) for gap in gaps}
    held = {max(turn, terms.held_from) for turn in turns}
    held = {_after_gaps(turn, gaps, terms) for turn in held}
    return sorted(held)


def _after_gaps(period: Month, gaps: Sequence[HistoryNotHeld], terms: ContractRegistered) -> Month:
    for gap in sorted(gaps, key=lambda gap: gap.first_period):
        if gap.first_period <= period <= gap.last_period:
            period = following(gap.last_period, terms.frequency)
    return period


def moves_weights(fact: AnyFact) -> bool:
    """Say whether a fact may change what the weights add up to."""
    return type(fact) in _MOVING
