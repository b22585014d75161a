"""Components that are carried over from the period before: what a recording makes contradict itself. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from ledger.components import Carried, carried_wrongly
from ledger.facts import (
    AnyFact,
    ContractRegistered,
    FactVoided,
    KpiIntroduced,
    PerformanceScrutinised,
    PerformanceSubmitted,
)
from ledger.period import Frequency, Month, shift

if TYPE_CHECKING:
    from decimal import Decimal

_MOVING = (PerformanceSubmitted, PerformanceScrutinised, FactVoided)


class Stands(Protocol):
    """A fact that may stand on a timeline."""

    @property
    def fact(self) -> AnyFact: ...


_Stands = TypeVar("_Stands", bound=Stands)


def differences_made(recorded: Sequence[_Stands], taken: Sequence[_Stands]) -> list[tuple[_Stands, str]]:
    """Say which of the facts taken make a component differ from the one it is carried over from.

    A return may make it whichever of the two periods it is of, and so may a void that brings an earlier one back.

    Args:
        recorded: the contract's facts, in order of (dated, position).
        taken: those about to be recorded, in that order too, each among all of them where it would stand.
    """
    bears = [each for each in taken if isinstance(each.fact, _MOVING)]
    facts = [each.fact for each in recorded]
    checked = {fact.ref: fact for fact in facts if isinstance(fact, KpiIntroduced) and fact.carried_over}
    if not bears or not checked:
        return []
    standard = next(fact.frequency for fact in facts if isinstance(fact, ContractRegistered))
    proposed = {each.fact.id for each in taken}
    before = set(_found([fact for fact in facts if fact.id not in proposed], checked, standard))
    made = []
    for found in _found(facts, checked, standard):
        if found not in before:
            length = checked[found.kpi].frequency or standard
            made.append((_cause(found, bears, length), found.sentence(length)))
    return made


def _found(facts: Sequence[AnyFact], checked: dict[str, KpiIntroduced], standard: Frequency) -> list[Carried]:
    void = {fact.voids for fact in facts if isinstance(fact, FactVoided)}
    amounts: dict[str, dict[Month, dict[str, Decimal]]] = {ref: {} for ref in checked}
    for fact in facts:
        if fact.id in void or not isinstance(fact, _MOVING[:2]) or fact.kpi not in checked:
            continue
        if isinstance(fact, PerformanceSubmitted) and fact.components is not None:
            amounts[fact.kpi][fact.period] = fact.components
        elif isinstance(fact, PerformanceSubmitted) or fact.decision == "rejected":
            amounts[fact.kpi].pop(fact.period, None)
    return [
        each
        for ref, kpi in checked.items()
        for period, now in sorted(amounts[ref].items())
        for each in carried_wrongly(
            kpi, period, now, amounts[ref].get(shift(period, -(kpi.frequency or standard).months))
        )
    ]


def _cause(found: Carried, bears: Sequence[_Stands], length: Frequency) -> _Stands:
    """Return the last fact taken that is a return of one of the two periods, else the last that bears on any."""
    periods = (found.period, shift(found.period, -length.months))
    of_these = [
        each
        for each in bears
        if isinstance(each.fact, PerformanceSubmitted) and each.fact.kpi == found.kpi and each.fact.period in periods
    ]
    return (of_these or list(bears))[-1]
