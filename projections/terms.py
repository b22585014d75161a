"""What a contract's tables rest on: every assumption in its terms, and those the rules had to make."""

from collections.abc import Sequence

from projections.standing import KpiStanding, Standing


def assumptions(standing: Standing, of: str | None = None) -> list[str]:
    """Return the assumptions of the contract, of its scheme, of each KPI or of one, and of runs that nobody gave."""
    scheme = standing.terms.scheme
    found = [*(standing.terms.assumptions or ()), *(scheme.assumptions if scheme else ())]
    kpis = standing.in_order() if of is None else [standing.kpis[of]]
    for kpi in kpis:
        found += [f"{kpi.introduced.ref}: {each}" for each in kpi.introduced.assumptions]
    return [*found, *_opening_runs(standing, kpis)]


def _opening_runs(standing: Standing, kpis: Sequence[KpiStanding]) -> list[str]:
    """Say for which KPIs a run is assumed to begin at 0 after periods that are not held."""
    if standing.terms.scheme is None:
        return []
    assumed = [
        kpi.introduced.ref
        for kpi in kpis
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
