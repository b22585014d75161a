"""What the facts of one cell add up to, whatever it is judged by: a value, a status, or word that there is no data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ledger.components import Outturn, outturn_of
from ledger.facts import EscalationDecided, EscalationRaised, PerformanceScrutinised, PerformanceSubmitted
from ledger.levels import Status
from ledger.period import Month
from projections.standing import KpiStanding


@dataclass(slots=True)
class Result:
    """What the facts of one cell add up to, folded in order of (dated, position).

    `value` is that of a return not yet scrutinised, too; `outturn` what its components came to where it is that;
    `components` those returned and not rejected.
    """

    value: Decimal | None = None
    outturn: Outturn | None = None
    components: Mapping[str, Decimal] | None = None
    status_set: Status | None = None
    status_only: Status | None = None
    unavailable: bool = False
    scrutinised: bool = False
    agreed: bool = False
    relieved_by: list[str] = field(default_factory=list)
    last_return: PerformanceSubmitted | None = None
    pending: PerformanceSubmitted | None = None
    open: dict[str, EscalationRaised] = field(default_factory=dict)

    def settle(
        self, *, value: Decimal | None = None, outturn: Outturn | None = None, unavailable: bool = False
    ) -> None:
        """Take a result in place of what was there."""
        self.value, self.outturn, self.unavailable = value, outturn, unavailable
        self.status_set = self.status_only = None


def fold(kpi: KpiStanding, period: Month) -> Result:
    """Return what the facts of a cell add up to."""
    result = Result()
    for _, fact in kpi.cells.get(period, ()):
        match fact:
            case PerformanceSubmitted():
                result.last_return = result.pending = fact
            case PerformanceScrutinised() if result.last_return is not None:
                _scrutinise(kpi, result, fact, result.last_return)
            case EscalationRaised():
                result.open[fact.ref] = fact
            case EscalationDecided() if fact.ref in result.open:
                _settle_dispute(result, fact, result.open.pop(fact.ref))
            case _:
                pass
    if result.pending is not None and not result.scrutinised:
        result.value, result.outturn = _returned(kpi, result.pending)
        result.components = result.pending.components
    return result


def _returned(kpi: KpiStanding, returned: PerformanceSubmitted) -> tuple[Decimal | None, Outturn | None]:
    """Return the value that a return gives, and what its components come to where it is that."""
    outturn = outturn_of(kpi.introduced, returned)
    return (outturn.value if outturn else returned.value), outturn


def _scrutinise(kpi: KpiStanding, result: Result, fact: PerformanceScrutinised, returned: PerformanceSubmitted) -> None:
    result.scrutinised, result.pending = True, None
    result.agreed = fact.decision in ("agreed", "amended")
    result.components = returned.components if result.agreed else None
    match fact.decision:
        case "agreed":
            value, outturn = _returned(kpi, returned)
            result.settle(value=value, outturn=outturn, unavailable=bool(returned.unavailable))
            result.status_only = Status(returned.status) if returned.status else None
        case "amended":
            result.settle(value=fact.value)
        case "rejected":
            result.settle(unavailable=True)


def _settle_dispute(result: Result, fact: EscalationDecided, raised: EscalationRaised) -> None:
    if fact.outcome not in ("upheld", "upheld_in_part"):
        return
    sets_something = fact.value is not None or fact.status is not None
    if raised.against == "mitigation" and (fact.outcome == "upheld" or not sets_something):
        result.relieved_by.append(fact.id)
    if fact.value is not None:
        result.settle(value=fact.value)
    elif fact.status is not None:
        result.settle(value=result.value, outturn=result.outturn)
        result.status_set = Status(fact.status)
