"""A contract held ready for judging: its facts, and where the walk of each KPI has come to. Pure.

A plain decision that stands last on its KPI's walk is judged against the contract as that walk left it. Whatever else
comes is judged on the whole timeline, as everything is by `judge`; the answer is that of `judge` in every case.
"""

from bisect import insort
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args, overload

from ledger.contract import Contract, move_on, unwritten
from ledger.decisions import decide
from ledger.doubts import doubts
from ledger.facts import (
    AnyFact,
    CellFact,
    MeasureRedefined,
    MitigationEnded,
    MitigationFact,
    TargetRebased,
    kpi_of,
)
from ledger.faults import Fault, Refused
from ledger.judgement import Cell, Judgement, Placed, Proposed
from ledger.parts import Until
from ledger.recorded import Recorded
from ledger.timeline import Routes, judge, routes, walked
from ledger.whole_file import asks_of_the_whole

_OF_ONE_WALK = frozenset(
    get_args(CellFact) + get_args(MitigationFact) + (MitigationEnded, TargetRebased, MeasureRedefined)
)


class First(Sequence[Recorded]):
    """The first of a list of facts that only grows, however long the list is by now."""

    def __init__(self, facts: list[Recorded]) -> None:
        self._facts = facts
        self._count = len(facts)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Recorded: ...

    @overload
    def __getitem__(self, at: slice) -> list[Recorded]: ...

    def __getitem__(self, at: int | slice) -> Recorded | list[Recorded]:
        found = range(self._count)[at]
        return self._facts[found] if isinstance(found, int) else [self._facts[each] for each in found]


@dataclass(slots=True)
class _Come:
    """Where a walk has come to: the contract by then, the ids that are void, and the date of its last fact."""

    contract: Contract
    voided: set[str]
    last: date


class Held:
    """A contract as every fact recorded of it has made it."""

    def __init__(self, history: Sequence[Recorded]) -> None:
        self.history = list(history)
        self._routes: Routes | None = None
        self._unwritten = Contract()
        self._judged_whole = False
        self._come: dict[str, _Come] = {}

    def take(self, recorded: Recorded) -> None:
        """Learn of a fact recorded after all that are held."""
        self.history.append(recorded)
        if self._routes is None:
            return
        fact = recorded.fact
        kpi = kpi_of(fact)
        if kpi not in self._routes.of_kpis or not _is_plain(fact):
            self._come.clear()
            self._routes = None
            return
        placed = Placed(fact, recorded.position)
        of_kpi = self._routes.of_kpis[kpi]
        if of_kpi[-1].place <= placed.place:
            of_kpi.append(placed)
        else:
            insort(of_kpi, placed, key=lambda each: each.place)
        come = self._come.get(kpi)
        if come is not None and come.last <= fact.dated and fact.id not in come.voided:
            come.contract, come.last = move_on(come.contract, fact), fact.dated
        else:
            self._come.pop(kpi, None)

    def judge(self, proposed: Sequence[Proposed], today: date, *, unread: Collection[Cell] | None = None) -> Judgement:
        """Judge facts proposed for the contract, as `timeline.judge` does with its history."""
        if unread is None and len(proposed) == 1 and (judgement := self._judged_last(proposed[0], today)):
            return judgement
        return judge(self.history, proposed, today, unread=unread)

    def _judged_last(self, proposed: Proposed, today: date) -> Judgement | None:
        """Judge a fact where its KPI's walk ends; None where that does not do, or is not known to."""
        fact = proposed.fact
        if fact.dated > today or fact.signature is not None or not _is_plain(fact):
            return None
        come = self._end_of(kpi_of(fact))
        if come is None or fact.dated < come.last or fact.id in come.voided:
            return None
        try:
            decide(fact, come.contract)
        except Refused:
            return None
        told = dict.fromkeys(doubts(fact, come.contract))
        return Judgement(taken=[proposed], warnings=[Fault(proposed.where, None, odd) for odd in told])

    def _end_of(self, kpi: str | None) -> _Come | None:
        """Return where a KPI's walk has come to; None if it has none, or the contract's facts are judged as a whole."""
        if kpi in self._come:
            return self._come[kpi]
        if self._routes is None:
            self._lay_out()
        assert self._routes is not None
        facts = self._routes.of_kpis.get(kpi) if kpi is not None else None
        if kpi is None or facts is None or self._judged_whole:
            return None
        contract, voided = walked(facts, self._unwritten)
        self._come[kpi] = _Come(contract, voided, facts[-1].fact.dated)
        return self._come[kpi]

    def _lay_out(self) -> None:
        facts = [recorded.fact for recorded in self.history]
        ordered = sorted(
            (Placed(recorded.fact, recorded.position) for recorded in self.history), key=lambda each: each.place
        )
        by_id = {each.fact.id: each for each in ordered}
        self._unwritten = unwritten(by_id, facts)
        self._judged_whole = asks_of_the_whole(facts)
        self._routes = routes(ordered, by_id)  # the last, in case of an interrupt


def _is_plain(fact: AnyFact) -> bool:
    """Say whether a fact is judged on the walk of its KPI alone, and tells sentences nothing of the whole timeline."""
    return type(fact) in _OF_ONE_WALK and not (isinstance(fact, Until) and fact.until_milestone is not None)
