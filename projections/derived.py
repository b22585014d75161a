"""The cells of a contract where several figures rest on them: each KPI's are derived once."""

from ledger.period import Month
from projections.cells import Cell, cells
from projections.standing import KpiStanding, Standing


class Derived:
    """The cells of a contract's KPIs by its standing facts, derived once however often they are asked for."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self._known: dict[str, tuple[Month, list[Cell]]] = {}

    def cells(self, kpi: KpiStanding, last: Month) -> list[Cell]:
        """Return a KPI's cells from its first period to the last asked for; the KPI is one of the standing facts'."""
        until, known = self._known.get(kpi.introduced.ref, ("", []))
        if until < last:
            known = cells(self.standing, kpi, last)
            self._known[kpi.introduced.ref] = (last, known)
        return [cell for cell in known if cell.period <= last]
