"""What the facts of one cell add up to, before it is judged. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal

from ledger.facts import EscalationDecided, EscalationRaised, PerformanceScrutinised, PerformanceSubmitted
from ledger.levels import Status
from ledger.period import Month
from projections.standing import KpiStanding


@dataclass(slots=True)
class Result:
    """What the facts of one cell add up to, folded in order of (dated, position)."""

    value: Decimal | None = None
    status_set: Status | None = None
    status_only: Status | None = None
    unavailable: bool = False
    scrutinised: bool = False
    agreed: bool = False
    relieved_by: list[str] = field(default_factory=list)
    last_return: PerformanceSubmitted | None = None
    pending: PerformanceSubmitted | None = None
    open: dict[str, EscalationRaised] = field(default_factory=dict)

    def settle(self, *, value: Decimal | None = None, unavailable: bool = False) -> None:
        """Take a value, or word that there is none, in place of what was there."""
        self.value, self.unavailable = value, unavailable
        self.status_set = self.status_only = None


def fold(kpi: KpiStanding, period: Month) -> Result:
    """Return what the facts of a cell add up to."""
    result = Result()
    for _, fact in kpi.cells.get(period, ()):
        match fact:
            case PerformanceSubmitted():
                result.last_return = result.pending = fact
            case PerformanceScrutinised() if result.last_return is not None:
                _scrutinise(result, fact, result.last_return)
            case EscalationRaised():
                result.open[fact.ref] = fact
            case EscalationDecided() if fact.ref in result.open:
                _settle_dispute(result, fact, result.open.pop(fact.ref))
            case _:
                pass
    return result


def _scrutinise(result: Result, fact: PerformanceScrutinised, returned: PerformanceSubmitted) -> None:
    result.scrutinised, result.pending = True, None
    result.agreed = fact.decision in ("agreed", "amended")
    match fact.decision:
        case "agreed":
            result.settle(value=returned.value, unavailable=bool(returned.unavailable))
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
        result.settle(value=result.value)
        result.status_set = Status(fact.status)
