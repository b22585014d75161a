"""The one door: as at a date, known at an instant, which facts count. The rules never see either."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ledger.recorded import Recorded

UNTOLD = datetime.min.replace(tzinfo=UTC)
"""The instant in an envelope that is not to say when the ledger took its fact."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a question fixes: facts dated on or before `as_at`, and taken up to `position`.

    `position` is the last that the ledger had taken by `known_at`.
    """

    as_at: date
    known_at: datetime
    position: int


def counting(history: Iterable[Recorded], as_at: date, position: int) -> list[Recorded]:
    """Return the facts that count as at a date, of those taken up to a position."""
    return [recorded for recorded in history if recorded.position <= position and recorded.fact.dated <= as_at]
