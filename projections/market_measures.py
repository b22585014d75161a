"""What a market is made of: the contracts under a framework, the measures that they share, and the periods shown.

A measure is a KPI's reference with a frequency, in every contract that has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.facts import KpiIntroduced
from ledger.faults import BadInput
from ledger.parts import Framework, Party
from ledger.period import Frequency, Month, is_period, shift
from projections.question import Question
from projections.standing import KpiStanding, Standing, stand


@dataclass(frozen=True)
class Member:
    """A contract under a framework, and its provider."""

    question: Question
    provider: Party

    @property
    def contract(self) -> str:
        """Return the contract's id."""
        return self.question.contract

    @property
    def standing(self) -> Standing:
        """Return the contract's facts that count."""
        return self.question.standing

    @property
    def framework(self) -> Framework:
        """Return the framework as the contract's terms have it."""
        assert self.standing.terms.framework is not None
        return self.standing.terms.framework

    @cached_property
    def lots(self) -> tuple[str, ...]:
        """Return the lots it is registered for, and those that it has joined since, with a KPI of none of these."""
        registered = tuple(lot.code for lot in self.standing.terms.lots or ())
        joined = [
            lot
            for kpi in self.standing.kpis.values()
            if kpi.introduced.lots and not set(kpi.introduced.lots) & set(registered)
            for lot in kpi.introduced.lots
        ]
        return tuple(dict.fromkeys([*registered, *joined]))


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI of a frequency, by contract; `first` is that of the first contract that has it."""

    ref: str
    frequency: Frequency
    kpis: Mapping[str, KpiStanding]

    @property
    def first(self) -> KpiIntroduced:
        """Return the terms of the first contract that has the measure."""
        return next(iter(self.kpis.values())).introduced

    @property
    def lots(self) -> tuple[str, ...]:
        """Return the lots that it applies to; none if to all providers."""
        named = [kpi.introduced.lots for kpi in self.kpis.values()]
        return tuple(dict.fromkeys(lot for lots in named for lot in lots or ())) if all(named) else ()


@dataclass(frozen=True, slots=True)
class Window:
    """From which month to which the periods of a market begin."""

    first: Month
    last: Month


def members_of(framework: str, questions: Sequence[Question]) -> list[Member]:
    """Return the contracts that are registered under a framework at the moment of the questions.

    Raises:
        BadInput: if there is none.
    """
    found = []
    for question in questions:
        if stand(question.facts) is None:
            continue
        terms = question.standing.terms
        if terms.framework is not None and terms.framework.id == framework:
            found.append(Member(question, next(party for party in terms.parties if party.role == "provider")))
    if not found:
        raise BadInput.of(
            f'no contract was registered under "{framework}" as at that date; `status` lists those there are'
        )
    return found


def window_of(questions: Sequence[Question], last: Month | None, count: int) -> Window:
    """Return the periods shown: the last ones, up to the latest with an agreed result of any of these contracts.

    Raises:
        BadInput: if the last one is no period of any of them.
    """
    frequency = questions[0].standing.terms.frequency
    if last is not None and not any(
        is_period(last, each.standing.terms.commenced, each.standing.terms.frequency) for each in questions
    ):
        commenced = questions[0].standing.terms.commenced
        raise BadInput.of(f"found {last}; give the first month of a {frequency} period from {commenced}", "--last")
    end = last or max(each.last_column for each in questions)
    return Window(shift(end, -(count - 1) * frequency.months), shift(end, frequency.months - 1))


def measures_of(members: Sequence[Member]) -> list[Measure]:
    """Return the measures of a market, by service, then as they first come."""
    kpis: dict[tuple[str, Frequency], dict[str, KpiStanding]] = {}
    services: dict[str, int] = {}
    for member in members:
        for service in member.standing.terms.services:
            services.setdefault(service.code, len(services))
        for kpi in member.standing.in_order():
            if not kpi.introduced.reserved:
                kpis.setdefault((kpi.introduced.ref, kpi.frequency), {})[member.contract] = kpi
    found = [Measure(ref, frequency, its) for (ref, frequency), its in kpis.items()]
    return sorted(found, key=lambda measure: services.get(measure.first.service, len(services)))


def chosen(
    measures: Sequence[Measure],
    members: Sequence[Member],
    *,
    service: str | None = None,
    lot: str | None = None,
    kpi: str | None = None,
) -> list[Measure]:
    """Return the measures of a service, of a lot, or of a reference; a measure is one market, whatever the lot.

    Raises:
        BadInput: if there is no such service, lot or KPI.
    """
    known: list[tuple[str, str | None, list[str]]] = [
        ("--service", service, [each.first.service for each in measures]),
        ("--lot", lot, [each for member in members for each in member.lots]),
        ("--kpi", kpi, [each.ref for each in measures]),
    ]
    for option, given, there in known:
        if given is not None and given not in there:
            listed = ", ".join(dict.fromkeys(there))
            raise BadInput.of(
                f'found "{given}"; give one of {listed}' if listed else f'found "{given}"; there are none', option
            )
    return [
        each
        for each in measures
        if service in (None, each.first.service)
        and kpi in (None, each.ref)
        and (lot is None or not each.lots or lot in each.lots)
    ]
