"""What a fact may speak of: a KPI in use, a period of it, a period that is held. Pure; each refusal is a sentence."""

from difflib import get_close_matches

from ledger.contract import Contract, Kpi
from ledger.faults import Refused
from ledger.period import Month, is_period


def kpi_in_use(ref: str, contract: Contract) -> Kpi:
    """Return a KPI in use.

    Raises:
        Refused: if there is none of that reference, or it is reserved.
    """
    kpi = contract.kpis.get(ref)
    if kpi is None and ref in contract.references:
        raise Refused(f"{ref} is introduced only on a later date; date this after it", "kpi")
    if kpi is None:
        near = get_close_matches(ref, contract.references, n=1)
        hint = f"did you mean {near[0]}?" if near else "give the reference of one, or introduce it first"
        raise Refused(f'"{ref}" is not a KPI of this contract; {hint}', "kpi")
    if kpi.reserved:
        raise Refused(f"{ref} is a reserved reference, not in use; give a KPI that is", "kpi")
    return kpi


def check_alignment(kpi: Kpi, month: Month, name: str) -> None:
    """Refuse a month that begins no period of a KPI."""
    if not is_period(month, kpi.first_period, kpi.frequency):
        raise Refused(
            f"{month} does not begin a period of {kpi.ref}, which is {kpi.frequency} from {kpi.first_period}; "
            "give the first month of one",
            name,
        )


def check_period(kpi: Kpi, month: Month, name: str) -> None:
    """Refuse a month that begins no period of a KPI from its first on."""
    check_alignment(kpi, month, name)
    if month < kpi.first_period:
        raise Refused(
            f"{month} is before the first period of {kpi.ref}, {kpi.first_period}; give one from then on",
            name,
        )


def check_held(contract: Contract, month: Month, name: str) -> None:
    """Refuse a period of which the ledger keeps no records."""
    if not contract.holds(month):
        assert contract.terms is not None
        held = (
            f"the ledger begins with {contract.terms.held_from}"
            if month < contract.terms.held_from
            else "a declared gap"
        )
        raise Refused(f"{month} is not held by this ledger ({held}); give a period that is", name)


def check_last_period(kpi: Kpi, first: Month, last: Month) -> None:
    """Refuse a last period that is none of the KPI's, or before the first."""
    check_alignment(kpi, last, "last_period")
    check_forwards(first, last)


def check_forwards(first: Month, last: Month) -> None:
    """Refuse a range that runs backwards."""
    if last < first:
        raise Refused(f"found {last}; give a period from {first} on, the first period", "last_period")
