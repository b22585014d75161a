"""What is to be said of a cell whose return gave components: another outturn stated, no denominator, a difference."""

from ledger.components import carried_wrongly, contradiction
from ledger.levels import Status
from ledger.period import Month, shift
from projections.cells import Verdict, verdict
from projections.standing import KpiStanding, Standing

_MEANS = {"not_counted": "shown, and not counted", "met": "counted as met", "missed": "counted as missed"}


def notes_on_components(standing: Standing, kpi: KpiStanding, period: Month, found: Verdict) -> list[str]:
    """Return a sentence for each thing that is to be said of a cell's components; most say nothing."""
    if found.components is None:
        return []
    told = []
    outturn = found.outturn
    if outturn is not None and outturn.derivation.no_denominator is not None:
        told.append(f"no denominator: {outturn.derivation.no_denominator} is 0{_meaning(kpi, found)}.")
    if outturn is not None and outturn.contradicted:
        told.append(f"{contradiction(kpi.introduced, outturn)}.")
    if kpi.introduced.carried_over:
        last = shift(period, -kpi.frequency.months)
        before = verdict(standing, kpi, last).components if last >= kpi.first_period else None
        wrong = carried_wrongly(kpi.introduced, period, found.components, before)
        told += [f"{each.sentence(kpi.frequency)}." for each in wrong]
    return told


def _meaning(kpi: KpiStanding, found: Verdict) -> str:
    """Say what the terms make of a period without a denominator, where that is what its status shows."""
    means = kpi.introduced.no_denominator or "not_counted"
    shows = {"not_counted": found.uncounted, "met": found.status is Status.GREEN, "missed": found.status is Status.RED}
    return f"; {_MEANS[means]}" if shows[means] and found.basis is None else ""
