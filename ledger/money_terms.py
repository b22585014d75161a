"""The terms that turn points into money beside their price: bands of points, caps over months, triggers. Pure.

Part of the storage format, as every term of a scheme: add optional fields, never edit or remove one.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ledger.values import EXACT, Amount, Name, Text


class MoneyTerm(BaseModel):
    """A piece of a scheme's terms for money."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PointBand(MoneyTerm):
    """The points of a period above a number cost so many times their price, up to where the next band begins."""

    above: Annotated[Amount, Field(ge=0)]
    times: Annotated[Amount, Field(ge=0)]


class RollingCap(MoneyTerm):
    """The most that the credits of some months in a row may come to: pounds, or a percentage of their charges."""

    months: Annotated[int, Field(ge=1, le=600, strict=True)]
    pounds: Annotated[Amount, Field(ge=0)] | None = None
    percent_of_charges: Annotated[Amount, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.pounds is None) == (self.percent_of_charges is None):
            raise ValueError("give pounds or percent_of_charges, one of the two")
        return self

    def limit(self, charges: Sequence[Decimal | None]) -> Decimal | None:
        """Return the most that some months' credits may come to, in pounds; None where that is not known.

        Args:
            charges: the charges of the same months, in pounds; None where none are set, which adds nothing.
        """
        if self.percent_of_charges is None:
            return self.pounds
        known = [each for each in charges if each is not None]
        if not known:
            return None
        with localcontext(EXACT):
            return (sum(known, Decimal(0)) * self.percent_of_charges).scaleb(-2)


class Trigger(MoneyTerm):
    """So many points within so many contract periods in a row have a consequence; it is reported, never acted on."""

    name: Name
    points: Annotated[Amount, Field(gt=0)]
    within: Annotated[int, Field(ge=1, le=600, strict=True)]
    consequence: Text | None = None


def check_bands(bands: Sequence[PointBand]) -> None:
    """Refuse bands that contradict each other.

    Raises:
        ValueError: with a sentence that says what would do.
    """
    if not bands:
        raise ValueError("give at least one band, or leave them out")
    if bands[0].above != 0:
        raise ValueError(f"the first band begins above {bands[0].above:f}; let it begin above 0")
    for lower, upper in pairwise(bands):
        if upper.above <= lower.above:
            raise ValueError(
                f"a band above {upper.above:f} follows one above {lower.above:f}; give them in ascending order"
            )


def check_triggers(triggers: Sequence[Trigger]) -> None:
    """Refuse two triggers of one name.

    Raises:
        ValueError: with a sentence that says what would do.
    """
    if not triggers:
        raise ValueError("give at least one trigger, or leave them out")
    names = [each.name for each in triggers]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two triggers are called {name}; give each a name of its own")


def charged_points(points: Decimal, bands: Sequence[PointBand] | None) -> Decimal:
    """Return the points that a period's net points are charged as; each band takes the points within it.

    >>> bands = [PointBand(above="0", times="0"), PointBand(above="20", times="1"), PointBand(above="100", times="1.2")]
    >>> [f"{charged_points(Decimal(points), bands):f}" for points in (120, 100, 20)]
    ['104.0', '80.0', '0.0']
    """
    if bands is None:
        return points
    charged = Decimal(0)
    with localcontext(EXACT):
        for place, band in enumerate(bands):
            end = bands[place + 1].above if place + 1 < len(bands) else points
            charged += max(min(points, end) - band.above, Decimal(0)) * band.times
    return charged
