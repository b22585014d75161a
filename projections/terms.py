"""What a contract's tables rest on: every assumption in its terms, and those the rules had to make."""

from collections.abc import Sequence

from ledger.parts import Doubt
from projections.standing import Standing


def assumptions(standing: Standing) -> list[str]:
    """Return the assumptions of the contract, of its scheme, of each KPI, and of runs that nobody gave.

    How a doubt is read is one of them.
    """
    terms, scheme = standing.terms, standing.terms.scheme
    found = [*(terms.assumptions or ()), *_readings(terms.doubts)]
    if scheme is not None:
        found += [*scheme.assumptions, *_readings(scheme.doubts)]
    for kpi in standing.in_order():
        own = [*kpi.introduced.assumptions, *_readings(kpi.introduced.doubts)]
        found += [f"{kpi.introduced.ref}: {each}" for each in own]
    return [*found, *_opening_runs(standing)]


def _readings(doubts: Sequence[Doubt]) -> list[str]:
    return [assumption for doubt in doubts if (assumption := doubt.assumption) is not None]


def _opening_runs(standing: Standing) -> list[str]:
    """Say for which KPIs a run is assumed to begin at 0 after periods that are not held."""
    if standing.terms.scheme is None:
        return []
    assumed = [
        kpi.introduced.ref
        for kpi in standing.in_order()
        if not kpi.introduced.reserved
        and kpi.levels
        and kpi.introduced.opening_run is None
        and (
            kpi.first_period < standing.terms.held_from
            or any(gap.last_period >= kpi.first_period for gap in standing.gaps)
        )
    ]
    if not assumed:
        return []
    named = ", ".join(assumed) if len(assumed) <= 3 else f"{len(assumed)} KPIs"
    return [f"The run into the first held period is not known for {named}: it is taken as 0."]
