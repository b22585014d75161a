"""What a contract's tables rest on: every assumption in its terms, and those the rules had to make."""

from collections.abc import Sequence

from ledger.components import formula_of
from ledger.facts import CellFact, PerformanceSubmitted
from ledger.parts import Doubt
from ledger.recorded import Recorded
from projections.point_terms import readings
from projections.standing import KpiStanding, Standing
from projections.wording import listed


def assumptions(standing: Standing, of: str | None = None) -> list[str]:
    """Return the assumptions of the contract, of its scheme, of each KPI or of one, and of runs that nobody gave.

    How a doubt is read is one of them.
    """
    terms, scheme = standing.terms, standing.terms.scheme
    found = [*(terms.assumptions or ()), *_of_doubts(terms.doubts)]
    if scheme is not None:
        found += [*scheme.assumptions, *_of_doubts(scheme.doubts)]
    kpis = standing.in_order() if of is None else [standing.kpis[of]]
    for kpi in kpis:
        own = [*kpi.introduced.assumptions, *_of_doubts(kpi.introduced.doubts)]
        found += [f"{kpi.introduced.ref}: {each}" for each in own]
        found += _formula_read_as(kpi)
    runs = [*_opening_runs(standing, kpis), *_no_denominators(kpis), *_rolling_cap(standing)]
    return [*found, *readings(standing), *runs]


def _formula_read_as(kpi: KpiStanding) -> list[str]:
    """Say that another formula is worked out than the one printed."""
    introduced = kpi.introduced
    formula = formula_of(introduced) if introduced.formula_read_as else None
    if formula is None:
        return []
    return [f"{introduced.ref}: its formula, printed as {introduced.formula}, is read as {formula.text}."]


def _no_denominators(kpis: Sequence[KpiStanding]) -> list[str]:
    """Say for which KPIs, of those returned in components, the terms leave open what no denominator means."""
    silent = [
        kpi.introduced.ref
        for kpi in kpis
        if kpi.levels
        and kpi.introduced.no_denominator is None
        and (formula := formula_of(kpi.introduced)) is not None
        and formula.denominators
        and any(isinstance(fact, PerformanceSubmitted) and fact.components for _, fact in _told(kpi))
    ]
    if not silent:
        return []
    return [f"No denominator: what it means is not said for {listed(silent)}; such a period is shown, and not counted."]


def _told(kpi: KpiStanding) -> list[tuple[Recorded, CellFact]]:
    return [each for its in kpi.cells.values() for each in its]


def _of_doubts(doubts: Sequence[Doubt] | None) -> list[str]:
    return [assumption for doubt in doubts or () if (assumption := doubt.assumption) is not None]


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


def management_assumptions(standing: Standing, of: str | None = None) -> list[str]:
    """Return the assumptions of the terms for managing performance, then all others, or those that one KPI has."""
    management = standing.terms.management
    return [*(management.assumptions if management else ()), *assumptions(standing, of)]


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
