"""How the kept tables stand to the facts: how far they are kept, of which history, by which version."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, delete, func, insert, select

from ledger.store import Ledger
from projections.kept_engine import kept_tables
from projections.schema import LIVE, VERSION, Tables


class Freshness(Enum):
    """How the kept tables stand to the facts; the value says it."""

    CURRENT = "current (at position {position}, as the facts are)"
    BEHIND = "behind the facts (at position {position}, the facts at {last})"
    AHEAD = "ahead of the facts (at position {position}, the facts at {last})"
    ELSEWHERE = "of another history (another fact was at position {position} when they were made)"
    MISSING = "missing or of another version"


@dataclass(frozen=True, slots=True)
class Kept:
    """How far the kept tables are kept, and how far the facts go."""

    freshness: Freshness
    position: int
    last: int

    @property
    def lag(self) -> int:
        """Return how many facts the tables do not take in yet."""
        return max(0, self.last - self.position)

    def __str__(self) -> str:
        return self.freshness.value.format(position=self.position, last=self.last)


def head_at(ledger: Ledger, position: int) -> str:
    """Return what stands for every fact up to a position, the head of their tree: another history has another."""
    return ledger.root_at(position).hex()


def how_kept(ledger: Ledger) -> Kept:
    """Return how the kept tables stand to the facts.

    Raises:
        LedgerUnusable: if they cannot be read.
    """
    with kept_tables(ledger, writing=False) as connection:
        return how_they_are_kept(ledger, connection)


def rows_kept(ledger: Ledger) -> dict[str, int]:
    """Return how many rows each of the kept tables has, by table; the tables must be there.

    Raises:
        LedgerUnusable: if they cannot be read.
    """
    with kept_tables(ledger, writing=False) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in LIVE.derived
        }


def how_they_are_kept(ledger: Ledger, connection: Connection, tables: Tables = LIVE) -> Kept:
    """Return how one set of kept tables stands to the facts, in a transaction that has begun."""
    kept = _position_and_head(connection, tables)
    last = ledger.head()  # asked after what is kept, as others may be recording
    if kept is None:
        return Kept(Freshness.MISSING, 0, last)
    position, head = kept
    if position > last:
        return Kept(Freshness.AHEAD, position, last)
    if head != head_at(ledger, position):
        return Kept(Freshness.ELSEWHERE, position, last)
    return Kept(Freshness.CURRENT if position == last else Freshness.BEHIND, position, last)


def _position_and_head(connection: Connection, tables: Tables) -> tuple[int, str] | None:
    """Return the position that the tables are kept to, and the head there; None if they must be made anew."""
    if not tables.are_there(connection):
        return None
    kept = tables.kept.c
    state = connection.execute(select(kept.version, kept.position, kept.head)).first()
    if state is None or state.version != VERSION or not isinstance(state.position, int) or state.position < 0:
        return None
    return state.position, state.head


def set_position(connection: Connection, tables: Tables, ledger: Ledger, position: int) -> None:
    """Write up to which position, of which history, the tables are kept."""
    connection.execute(delete(tables.kept))
    state = {"one": 1, "version": VERSION, "position": position, "head": head_at(ledger, position)}
    connection.execute(insert(tables.kept).values(state))
