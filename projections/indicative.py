"""Indicative targets: up to a period a status is shown, and what a miss asks for is held back."""

from ledger.levels import Status
from ledger.period import Frequency, Month, heading
from ledger.plan_facts import IndicativeTriggersApplied
from projections.standing import Standing

_RATED = (Status.GREEN, Status.AMBER, Status.RED)


def indicative(standing: Standing, period: Month) -> bool:
    """Say whether targets are indicative in a period."""
    until = standing.terms.indicative_until
    return until is not None and period <= until


def applied_by(standing: Standing, kpi: str, period: Month) -> list[str]:
    """Return the ids of the facts by which what a miss asks for applies all the same."""
    return [
        fact.id
        for fact in standing.plans
        if isinstance(fact, IndicativeTriggersApplied) and fact.kpi in (None, kpi) and fact.first_period <= period
    ]


def held_back(standing: Standing, kpi: str, period: Month) -> bool:
    """Say whether what a miss asks for is held back in a period of a KPI."""
    return indicative(standing, period) and not applied_by(standing, kpi, period)


def note(standing: Standing) -> str:
    """Say up to when targets are indicative."""
    until = standing.terms.indicative_until
    assert until is not None
    return f"Targets are indicative up to {heading(until, Frequency.MONTHLY)}."


def note_of_cell(standing: Standing, status: Status, period: Month) -> list[str]:
    """Return the note of a cell that is judged by indicative targets."""
    return [note(standing)] if status in _RATED and indicative(standing, period) else []
