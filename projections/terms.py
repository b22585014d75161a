"""What a contract's tables rest on: every assumption in its terms, and those the rules had to make."""

from projections.standing import Standing


def assumptions(standing: Standing) -> list[str]:
    """Return the assumptions of the contract, of its scheme, of each KPI, and of runs that nobody gave."""
    scheme = standing.terms.scheme
    found = [*(standing.terms.assumptions or ()), *(scheme.assumptions if scheme else ())]
    for kpi in standing.in_order():
        found += [f"{kpi.introduced.ref}: {each}" for each in kpi.introduced.assumptions]
    return [*found, *_opening_runs(standing), *_rolling_cap(standing)]


def _rolling_cap(standing: Standing) -> list[str]:
    """Say what the cap over several months takes for granted of months whose credits or charges are not known."""
    scheme = standing.terms.scheme
    if scheme is None or scheme.rolling_cap is None:
        return []
    found = []
    if standing.gaps or standing.terms.held_from > standing.terms.commenced:
        found.append("The credits of periods that are not held are not known: in the rolling cap they count as none.")
    if scheme.rolling_cap.percent_of_charges is not None and standing.charge(standing.terms.commenced) is None:
        found.append(
            "The rolling cap is a percentage of charges, and counts periods without charges as nothing; where it "
            "counts none with charges, it takes nothing off."
        )
    return found


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
