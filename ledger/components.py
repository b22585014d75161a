"""What a return of components comes to, and what of a KPI's formula, or of such a return, contradicts itself. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ledger.facts import PerformanceSubmitted
from ledger.faults import Refused
from ledger.formula import Derivation, Formula, compared, read_formula, shown, unknown_names
from ledger.parts import KpiTable
from ledger.period import Frequency, Month, in_words, shift
from ledger.values import EXACT


def formula_of(kpi: KpiTable) -> Formula | None:
    """Return the formula that a KPI's returns are worked out by; None if it has none that can be."""
    text = kpi.formula_read_as or kpi.formula
    if text is None or not kpi.components:
        return None
    try:
        formula = read_formula(text)
    except ValueError:
        return None
    return formula if formula.names and not set(formula.names) - set(kpi.components) else None


@dataclass(frozen=True)
class Outturn:
    """What a return of components comes to.

    `amounts` are the components returned, those that the formula does not name included; `stated` is the outturn
    that the provider states beside them, if it does.
    """

    amounts: Mapping[str, Decimal]
    derivation: Derivation
    stated: Decimal | None

    @cached_property
    def value(self) -> Decimal | None:
        """Return the outturn as it is shown; None where there is no denominator."""
        return None if self.derivation.value is None else shown(self.derivation.value)

    @cached_property
    def compared(self) -> Decimal | None:
        """Return the outturn as it is compared with levels; None where there is no denominator."""
        return None if self.derivation.value is None else compared(self.derivation.value)

    @property
    def contradicted(self) -> bool:
        """Say whether the outturn stated is not the one worked out, rounded to the decimals stated."""
        if self.stated is None:
            return False
        if self.derivation.value is None:
            return True
        return abs(self.derivation.value - Fraction(self.stated)) > Fraction(_last_place(self.stated)) / 2


def outturn_of(kpi: KpiTable, returned: PerformanceSubmitted) -> Outturn | None:
    """Return what a return of components comes to; None for one without, or of a KPI without a formula for them."""
    formula = formula_of(kpi) if returned.components else None
    if formula is None or returned.components is None or set(formula.names) - set(returned.components):
        return None
    return Outturn(returned.components, formula.worked_out(returned.components), returned.value)


def errors_of_formula(kpi: KpiTable) -> list[tuple[str, str]]:
    """Return what of a KPI's formula and components cannot be: (sentence, field)."""
    if kpi.reserved:
        return []
    wrong = [] if kpi.formula_read_as is None else _errors_of_correction(kpi)
    field = "formula" if kpi.formula_read_as is None else "formula_read_as"
    text = kpi.formula_read_as or kpi.formula
    if text is not None and (kpi.components or kpi.formula_read_as is not None):
        wrong += [(sentence, field) for sentence in _unreadable(text, kpi)]
    for field, given in (("carried_over", kpi.carried_over), ("no_denominator", kpi.no_denominator)):
        if given and not (text is not None and kpi.components):
            wrong.append(("speaks of components; give formula and components too", field))
    if kpi.components:
        for name in (name for pair in (kpi.carried_over or {}).items() for name in pair if name not in kpi.components):
            wrong.append(
                (f"names {name}, which is no component; give one of {_listed(kpi.components)}", "carried_over")
            )
    return wrong


def _errors_of_correction(kpi: KpiTable) -> list[tuple[str, str]]:
    wrong = []
    if kpi.formula is None:
        wrong.append(("corrects a printed formula; give formula too, as it is printed", "formula_read_as"))
    if not kpi.components:
        wrong.append(("is worked out from components; give components too", "formula_read_as"))
    if not kpi.assumptions and not any(doubt.of == "formula" and doubt.read_as for doubt in kpi.doubts or ()):
        sentence = "is a reading of ours; state in the KPI's assumptions that the printed formula is read so"
        wrong.append((sentence, "formula_read_as"))
    return wrong


def _unreadable(text: str, kpi: KpiTable) -> list[str]:
    """Say what keeps a formula from being worked out."""
    try:
        formula = read_formula(text)
    except ValueError as unread:
        hint = (
            "" if kpi.formula_read_as else "; or leave it as it is printed, and give its correction in formula_read_as"
        )
        return [f"{unread}{hint}"]
    if not kpi.components:
        return []
    return unknown_names(formula, kpi.components) if formula.names else ["names no component; name those it takes"]


def doubts_of_formula(kpi: KpiTable) -> list[str]:
    """Say what is missing for a KPI's returns to be worked out, and of a term that can never apply."""
    if kpi.formula is not None and not kpi.components:
        return [f"{kpi.ref} has a formula and no components; give components to have its returns worked out"]
    if kpi.components and kpi.formula is None:
        return [f"{kpi.ref} has components and no formula; give formula to have its returns worked out"]
    formula = formula_of(kpi)
    if kpi.no_denominator is not None and formula is not None and not formula.denominators:
        return [f"{kpi.ref} says what no denominator means, and its formula divides by no component"]
    return []


def check_components(given: Collection[str], kpi: KpiTable) -> None:
    """Refuse a return of components that its KPI's formula cannot be worked out from.

    Args:
        given: the names of the components.
        kpi: the KPI's terms.

    Raises:
        Refused: with a sentence that names what is missing or unknown, and what there is.
    """
    formula = formula_of(kpi)
    if formula is None:
        lacks = "a formula that cannot be read" if kpi.formula and kpi.components else "no formula over components"
        raise Refused(f"{kpi.ref} has {lacks}, so its components come to no outturn; give value", "components")
    unknown = [name for name in given if name not in kpi.components]
    missing = [name for name in formula.names if name not in given]
    wrong = [f"{_listed(unknown)} is no component of {kpi.ref}; its components are {_listed(kpi.components)}"]
    lacking = f"{_listed(missing)} is missing, which the formula {formula.text} needs; give it"
    wrong = [*(wrong if unknown else []), *([lacking] if missing else [])]
    if wrong:
        raise Refused("; ".join(wrong), "components")


def doubts_of_components(returned: PerformanceSubmitted, kpi: KpiTable) -> list[str]:
    """Say what is odd about a return of components: one below 0, another outturn stated, or no denominator."""
    outturn = outturn_of(kpi, returned)
    if outturn is None:
        return []
    odd = [f"{name} is {amount:f}, below 0" for name, amount in outturn.amounts.items() if amount < 0]
    if outturn.derivation.no_denominator is not None:
        odd.append(f"there is no denominator: {outturn.derivation.no_denominator} is 0")
    if outturn.contradicted:
        odd.append(contradiction(kpi, outturn))
    return odd


def contradiction(kpi: KpiTable, outturn: Outturn) -> str:
    """Say that another outturn is stated than the components come to, with the decimals stated."""
    formula = formula_of(kpi)
    assert formula is not None
    assert outturn.stated is not None
    found = "has no denominator"
    if outturn.compared is not None:
        found = f"comes to {outturn.compared.quantize(_last_place(outturn.stated), ROUND_HALF_UP, EXACT):f}"
    return f"the outturn stated is {outturn.stated:f}, and {formula.text} {found}"


def _last_place(stated: Decimal) -> Decimal:
    exponent = stated.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(min(exponent, 0))


class Carried(NamedTuple):
    """A component that is carried over from the period before, and is not what was returned there."""

    kpi: str
    period: Month
    component: str
    amount: Decimal
    of: str
    before: Decimal

    def sentence(self, frequency: Frequency) -> str:
        """Say what contradicts what."""
        last = in_words(shift(self.period, -frequency.months), frequency)
        this = in_words(self.period, frequency)
        return (
            f"{self.component} of {self.kpi} for {this} is {self.amount:f}, carried over from the period before, and "
            f"{self.of} for {last} is {self.before:f}"
        )


def carried_wrongly(
    kpi: KpiTable, period: Month, now: Mapping[str, Decimal] | None, before: Mapping[str, Decimal] | None
) -> list[Carried]:
    """Return the components of a period that differ from what the period before carries over.

    Args:
        kpi: the KPI's terms.
        period: the period.
        now: the components returned for it, if any were.
        before: those returned for the period before, if any were.
    """
    return [
        Carried(kpi.ref, period, name, now[name], of, before[of])
        for name, of in (kpi.carried_over or {}).items()
        if now is not None and before is not None and name in now and of in before and now[name] != before[of]
    ]


def _listed(names: Mapping[str, object] | list[str]) -> str:
    return ", ".join(names)
