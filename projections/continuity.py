"""Continuous failure: how many periods in a row a KPI has been red, for certain and at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from ledger.levels import RELIEVED, Status
from ledger.period import Month

_UNDECIDED = (Status.AWAITING, Status.SUBMITTED)


class Limb(StrEnum):
    """How a limb of a condition stands: it is reported, and decides nothing."""

    MET = "met"
    NOT_MET = "not_met"
    OPEN = "open"


class Ended(NamedTuple):
    """A period of a KPI that is over: its status, whether that is in dispute, and whether triggers are held back."""

    period: Month
    status: Status
    provisional: bool = False
    held_back: bool = False

    @property
    def undecided(self) -> bool:
        """Say whether it may still come out red or not."""
        return self.status in _UNDECIDED or (self.provisional and self.status is Status.RED)


@dataclass(frozen=True, slots=True)
class Continuity:
    """The red periods in a row up to the latest that is decided.

    `red` are those that are certain, of which `needed` make a continuous failure; `hangs_on` are the undecided periods
    among and after them, and `most` is the run if all of these come out red.
    """

    needed: int
    red: tuple[Month, ...]
    hangs_on: tuple[Month, ...]
    most: int

    @property
    def limb(self) -> Limb:
        """Say whether the failure is continuous: open where that hangs on what is undecided."""
        if len(self.red) >= self.needed:
            return Limb.MET
        return Limb.OPEN if self.most >= self.needed else Limb.NOT_MET


def continuity(needed: int, relieved: Literal["ends", "pauses"], ended: Iterable[Ended]) -> Continuity:
    """Return the run of red periods that a KPI's periods end with.

    An undecided period between two that are decided may break the run; one after the last may only lengthen it.

    Args:
        needed: how many red periods in a row are a continuous failure.
        relieved: what a relieved period does to a run.
        ended: the KPI's periods that are over, in order.
    """
    red: list[Month] = []
    open_: list[Month] = []
    most = 0
    waiting = False
    for each in ended:
        if each.status in RELIEVED and relieved == "pauses":
            continue
        if each.held_back or not (each.undecided or each.status is Status.RED):
            red, open_, most, waiting = [], [], 0, False
            continue
        most += 1
        if each.undecided:
            open_.append(each.period)
            waiting = True
        else:
            red, waiting = [*([] if waiting else red), each.period], False
    return Continuity(needed, tuple(red), tuple(open_), most)
