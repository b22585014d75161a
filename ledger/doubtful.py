"""What is found doubtful in a contract file, as data: of which kind, where, and what settles it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeVar

from ledger.parts import Doubt, DoubtKind

Table = Literal["contract", "scheme", "service", "kpi", "lot", "provider"]


class Found(NamedTuple):
    """What a rule finds: of which kind, at which field, what it is, and what would do away with it.

    `item` is the place in the field's list, from 0 on. `rests` says that a figure hangs on how it is read: what is
    written can be read in two ways, or says the opposite of what it measures; `rates`, that every status does, whether
    or not it costs money. `at_large` says that what settles it is any assumption of its KPI, which may speak of
    something else.
    """

    kind: DoubtKind
    field: str
    sentence: str
    remedy: str
    rests: bool
    item: int | None = None
    at_large: bool = False
    rates: bool = False


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A doubt about a contract's words, noted by a person or found by a rule.

    `settled_by` is the interpretation recorded for it; None while there is none. `at_large` says that it is any
    assumption of the KPI, and no entry for the doubt's kind. `bars` says that the contract is not registered until
    there is one, as a status or money rests on it. `number` is the table's place among those of its name.
    """

    kind: DoubtKind
    table: Table
    number: int
    field: str
    item: int | None
    kpi: str | None
    sentence: str
    remedy: str
    settled_by: str | None
    at_large: bool
    bars: bool

    @property
    def warned_of(self) -> bool:
        """Say whether registering tells it: nobody said how it is read, or not in so many words."""
        return self.settled_by is None or self.at_large

    @property
    def told(self) -> str:
        """Return the doubt, and what would settle it or how it is read, as one sentence."""
        if self.settled_by is not None:
            return f"{self.sentence}; read so: {self.settled_by}"
        return f"{self.sentence}; {self.remedy}"


def noted(doubts: Sequence[Doubt] | None) -> list[tuple[Found, str | None]]:
    """Return what a person found doubtful, with the reading of each."""
    return [
        (
            Found(
                doubt.of,
                "doubts",
                doubt.text.rstrip("."),
                "give the entry read_as, how it is read",
                rests=True,
                item=item,
            ),
            doubt.read_as,
        )
        for item, doubt in enumerate(doubts or ())
        if doubt.text is not None
    ]


class OfAKind(Protocol):
    """What a rule finds, as far as entries go by it."""

    @property
    def kind(self) -> DoubtKind: ...

    @property
    def sentence(self) -> str: ...


_Found = TypeVar("_Found", bound=OfAKind)


def readings(kind: DoubtKind, doubts: Iterable[Doubt] | None) -> list[str]:
    """Return how doubts of a kind are read, by the entries for that kind: first those that note no doubt themselves."""
    entries = [doubt for doubt in doubts or () if doubt.of == kind and doubt.read_as is not None]
    return [doubt.read_as or "" for doubt in sorted(entries, key=lambda doubt: doubt.text is not None)]


def each_read(found: Iterable[_Found], doubts: Sequence[Doubt] | None) -> list[tuple[_Found, str | None]]:
    """Return what rules found in a table, each with its reading: the first of a kind has the first entry, and so on.

    What is said in the same words of several steps is one doubt, and has one reading.
    """
    read: list[tuple[_Found, str | None]] = []
    told: dict[DoubtKind, list[str]] = defaultdict(list)
    for doubt in found:
        if doubt.sentence not in told[doubt.kind]:
            told[doubt.kind].append(doubt.sentence)
        place, given = told[doubt.kind].index(doubt.sentence), readings(doubt.kind, doubts)
        read.append((doubt, given[place] if place < len(given) else None))
    return read


def with_entry(found: Found) -> Found:
    """Return what a rule found, its remedy completed by the entry that would settle it."""
    entry = f'say how it is read: doubts = [{{ of = "{found.kind}", read_as = "…" }}]'
    return found._replace(remedy=f"{found.remedy}, or {entry}" if found.remedy else entry)


def judged(
    found: Found, table: Table, number: int, kpi: str | None, settled_by: str | None, *, costs: bool
) -> Doubtful:
    """Return what was found in a table as a doubt.

    Args:
        found: what was found.
        table: the name of the table.
        number: its place among those of its name.
        kpi: the reference of its KPI, if it is one's.
        settled_by: the interpretation recorded for it, if one is.
        costs: whether what the table measures costs money.
    """
    bars = found.rests and (costs or found.rates) and settled_by is None
    return Doubtful(
        found.kind,
        table,
        number,
        found.field,
        found.item,
        kpi,
        found.sentence,
        found.remedy,
        settled_by,
        found.at_large,
        bars,
    )
