"""Caps on service credits: that of each period, and that over several months in a row.

A cap over several months makes the credit of a period hang on those before it: it is worked out from the contract's
first period on. A credit counts in it as it is after all caps, waived or not; nothing credited is clawed back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from ledger.period import Month, periods, periods_within, shift
from ledger.values import EXACT, plain
from projections.standing import Standing

if TYPE_CHECKING:
    from projections.abatement import PeriodTotal


@dataclass(frozen=True, slots=True)
class Caps:
    """What caps do to the credit of a period, in pounds.

    `before` is the credit before any cap; `period_cut` and `rolling_cut` are what each of the two takes off it.
    `limit` is the most that the months of the rolling cap may come to together, `earlier` what those before this
    period came to; None where there is no such cap, or `limit` is not known. `provisional` says that those may still
    come to something else by what is undecided, and this period's credit with them.
    """

    before: Decimal
    period_cut: Decimal
    rolling_cut: Decimal = Decimal(0)
    limit: Decimal | None = None
    earlier: Decimal | None = None
    provisional: bool = False

    @property
    def cut(self) -> Decimal:
        """Return what all caps take off."""
        return EXACT.add(self.period_cut, self.rolling_cut)

    @property
    def reached(self) -> list[str]:
        """Return which caps take something off: `period`, `rolling`."""
        cuts = {"period": self.period_cut, "rolling": self.rolling_cut}
        return [name for name, cut in cuts.items() if cut]

    def document(self) -> dict[str, Any]:
        """Return the caps as JSON."""
        return {"credit_before_caps": plain(self.before), "cap_cut": plain(self.cut), "capped_by": self.reached}


def capped_in_period(credit: Decimal, cap: Decimal | None) -> Caps:
    """Return what the cap of a single period does to its credit."""
    return Caps(credit, Decimal(0) if cap is None else max(EXACT.subtract(credit, cap), Decimal(0)))


def periods_counted(standing: Standing, columns: Sequence[Month]) -> list[Month]:
    """Return the contract's periods whose totals some columns hang on: those before them too, if a cap rolls."""
    scheme = standing.terms.scheme
    if scheme is None or scheme.rolling_cap is None or not columns:
        return list(columns)
    before = periods(standing.terms.commenced, shift(min(columns), -1), standing.terms.frequency)
    return [*before, *columns]


def months_capped(standing: Standing, period: Month) -> list[Month]:
    """Return the contract's periods that the rolling cap counts with one, from the earliest to itself."""
    assert standing.terms.scheme is not None
    assert standing.terms.scheme.rolling_cap is not None
    length = standing.terms.frequency.months
    first = shift(period, length - standing.terms.scheme.rolling_cap.months)
    return periods_within(
        max(first, standing.terms.commenced), period, standing.terms.commenced, standing.terms.frequency
    )


def rolled(standing: Standing, totals: Iterable["PeriodTotal"]) -> list["PeriodTotal"]:
    """Return totals with the rolling cap applied, if there is one; they begin with the contract's first period.

    The credit of a period that is not held, or has none, counts as nothing. A credit of 0 before the cap stays 0,
    whatever the others come to.
    """
    found = sorted(totals, key=lambda each: each.period)
    scheme = standing.terms.scheme
    if scheme is None or scheme.rolling_cap is None:
        return found
    credits_: dict[Month, Decimal] = {}
    movable: set[Month] = set()
    for place, total in enumerate(found):
        if total.provisional:
            movable.add(total.period)
        if total.caps is None or total.service_credit is None:
            continue
        window = months_capped(standing, total.period)
        limit = scheme.rolling_cap.limit([standing.charge(each) for each in window])
        with localcontext(EXACT):
            earlier = sum((credits_.get(each, Decimal(0)) for each in window), Decimal(0))
            room = None if limit is None else max(limit - earlier, Decimal(0))
            cut = Decimal(0) if room is None else max(total.service_credit - room, Decimal(0))
            credit = total.service_credit - cut
        hangs = limit is not None and total.service_credit > 0 and not movable.isdisjoint(window[:-1])
        if hangs:
            movable.add(total.period)
        caps = replace(total.caps, rolling_cut=cut, limit=limit, earlier=earlier, provisional=hangs)
        found[place] = replace(total, service_credit=credit, caps=caps)
        credits_[total.period] = credit
    return found


def moved_through_the_cap(was: "PeriodTotal | None", now: "PeriodTotal | None") -> bool:
    """Say whether the rolling cap takes more or less off a period than it did."""
    return _rolling(was, "rolling_cut") != _rolling(now, "rolling_cut")


def limit_moved(was: "PeriodTotal | None", now: "PeriodTotal | None") -> bool:
    """Say whether the most that the rolling cap lets a period's months come to is another, and that bears on it."""
    return moved_through_the_cap(was, now) and _rolling(was, "limit") != _rolling(now, "limit")


def _rolling(total: "PeriodTotal | None", name: str) -> Decimal | None:
    found: Decimal | None = getattr(total.caps, name) if total and total.caps else None
    return found or None
