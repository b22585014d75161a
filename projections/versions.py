"""What a KPI's cells were as at every date, known now: each version with the facts that made it so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType

from ledger.period import Month
from ledger.recorded import Recorded
from projections.cells import Cell
from projections.movement import Walker, seen


@dataclass(frozen=True, slots=True)
class Version:
    """A cell as at every date from `since` on, up to the day before `until`; `date.max` where nothing has followed.

    `because` are the ids of the facts, dated `since`, at whose step it changed, and `gone_because` of those, dated
    `until`, at whose step there was no such cell any more.
    """

    cell: Cell
    since: date
    until: date
    because: tuple[str, ...]
    gone_because: tuple[str, ...] = ()


def versions(
    kpi: str, facts: Iterable[Recorded], reached: Mapping[date, Month] = MappingProxyType({})
) -> list[Version]:
    """Return the versions of a KPI's cells, in the order they came, from those that a fact has spoken of.

    Args:
        kpi: the KPI's reference.
        facts: those that bear on it, the contract's own included.
        reached: the days on which the cells have come to a later period, whatever facts have spoken of: what is
            relieved ahead of its returns shows as far as the contract does.
    """
    walker = Walker(kpi, (), None)
    latest: Month | None = None
    current: dict[Month, Version] = {}
    found: list[Version] = []
    by_day = {day: list(its) for day, its in groupby(sorted(facts, key=_place), key=lambda each: each.fact.dated)}
    for day in sorted({*by_day, *reached}):
        because: dict[Month, dict[str, None]] = {}
        for recorded in by_day.get(day, ()):
            for period in _moved_by(walker, recorded):
                because.setdefault(period, {})[recorded.fact.id] = None
        latest = reached.get(day, latest)
        if latest is not None:
            for period, (_, cell) in walker.reach(latest).items():
                relieving = cell.verdict.relieved_by if cell else ()
                because.setdefault(period, {}).update(dict.fromkeys(relieving))
        for period in sorted(because):
            was, cell = current.get(period), walker.cells.get(period)
            if was is not None and seen(was.cell) == seen(cell):
                continue
            if was is not None:
                gone_because = tuple(because[period]) if cell is None else ()
                found.append(Version(was.cell, was.since, day, was.because, gone_because))
                del current[period]
            if cell is not None:
                current[period] = Version(cell, day, date.max, tuple(because[period]))
    return [*found, *current.values()]


def _place(recorded: Recorded) -> tuple[date, int]:
    return recorded.place


def _moved_by(walker: Walker, recorded: Recorded) -> Iterator[Month]:
    """Yield the periods whose cells a fact changes, as a table shows them, and those it is the first to speak of."""
    for period, (was, now) in walker.change(recorded).items():
        if was is None or now is None or seen(was) != seen(now):
            yield period
