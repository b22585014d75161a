"""Chart: figures side by side, which renderers draw as bars beside the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from projections.table import STATUS_WORDS, Table

NOT_HELD = STATUS_WORDS["not_held"].lower()


class Bar(NamedTuple):
    """A figure of 0 or more with its label and a remark in words; None is not held, and not drawn as 0."""

    label: str
    amount: Decimal | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart for people, in one unit; the same figures stand in a table."""

    title: str
    unit: str
    bars: Sequence[Bar]

    def longest(self) -> Decimal:
        """Return the largest figure; 0 if none is held."""
        return max((bar.amount for bar in self.bars if bar.amount is not None), default=Decimal(0))


Exhibit = Table | Chart
