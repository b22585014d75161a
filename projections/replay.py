"""Keeping the kept tables: caught up after each recording, rebuilt from nothing, or checked.

Rows and position move together in one transaction, or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, inspect, select

from ledger.clock import Clock
from ledger.facts import FactVoided, WeightsSet, kpi_of
from ledger.keeping_facts import TextErased
from ledger.recorded import Recorded
from ledger.report_facts import ReportCorrected
from ledger.store import Ledger
from projections import schema
from projections.abatement import amount, period_totals
from projections.cells import extent, last_spoken_of, window
from projections.kept_engine import empty, kept_tables
from projections.moment import Moment
from projections.movement import MOVE_NO_CELL
from projections.question import Question
from projections.standing import stand
from projections.trail import stamp, trail

Fields = dict[str, Any]
Progress = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Report no progress."""


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
        return _how_kept(ledger, connection)


def _how_kept(ledger: Ledger, connection: Connection) -> Kept:
    kept = _position_and_head(connection)
    last = ledger.head()  # asked after what is kept, as others may be recording
    if kept is None:
        return Kept(Freshness.MISSING, 0, last)
    position, head = kept
    if position > last:
        return Kept(Freshness.AHEAD, position, last)
    if head != head_at(ledger, position):
        return Kept(Freshness.ELSEWHERE, position, last)
    return Kept(Freshness.CURRENT if position == last else Freshness.BEHIND, position, last)


def catch_up(ledger: Ledger, clock: Clock) -> Kept:
    """Bring the kept tables up to the last fact; rebuild them unless they only are behind.

    Returns:
        How the tables stood before.

    Raises:
        LedgerUnusable: if they cannot be written; the facts are not touched.
    """
    with kept_tables(ledger) as connection:
        kept = _how_kept(ledger, connection)
        position = kept.position
        if kept.freshness not in (Freshness.CURRENT, Freshness.BEHIND):
            _rebuild(ledger, connection, clock, _silent)
            return kept
        touched: dict[str, set[str | None]] = {}
        last = position
        for recorded in ledger.since(position):
            last = recorded.position
            touched.setdefault(recorded.fact.contract, set()).update(_subjects(recorded, ledger))
        for contract, kpis in touched.items():
            _replace(connection, contract, _question(ledger, contract, clock), None if None in kpis else kpis)
        _set_position(connection, ledger, last)
        return kept


def _subjects(recorded: Recorded, ledger: Ledger) -> set[str | None]:
    """Return the KPIs whose rows a fact may change; None among them stands for all of the contract's.

    A fact that moves no cell is told in the trail of the KPI it speaks of.
    """
    fact = recorded.fact
    if isinstance(fact, FactVoided):
        voided = ledger.with_ids([fact.voids]).get(fact.voids)
        return _subjects(voided, ledger) if voided else {None}
    if isinstance(fact, ReportCorrected):
        return {fact.row}
    if isinstance(fact, TextErased):
        return {None}
    if isinstance(fact, MOVE_NO_CELL):
        return {kpi_of(fact)} - {None}
    return set(fact.weights) if isinstance(fact, WeightsSet) else {kpi_of(fact)}


def _question(ledger: Ledger, contract: str, clock: Clock) -> Question:
    """Ask for everything the ledger holds: the tables as they stand now."""
    history = ledger.history(contract)
    return Question(contract, history, Moment(date.max, clock.now(), history[-1].position))


def _questions(ledger: Ledger, clock: Clock) -> list[Question]:
    """Ask for everything of every contract that is registered."""
    asked = [_question(ledger, contract, clock) for contract in ledger.contracts()]
    return [question for question in asked if stand(question.facts) is not None]


def rebuild(ledger: Ledger, clock: Clock, progress: Progress = _silent) -> int:
    """Rebuild the kept tables from nothing; return how many KPIs were derived.

    Raises:
        LedgerUnusable: if they cannot be written; what was kept before stays.
    """
    with kept_tables(ledger) as connection:
        return _rebuild(ledger, connection, clock, progress)


def _rebuild(ledger: Ledger, connection: Connection, clock: Clock, progress: Progress) -> int:
    last = ledger.head()  # asked first: where others may record meanwhile, what comes later is caught up later
    empty(ledger, connection, schema.metadata)
    questions = _questions(ledger, clock)
    of = sum(len(question.standing.kpis) for question in questions)
    done = 0
    for question in questions:
        _insert_totals(connection, question)
        for ref in question.standing.kpis:
            _insert_kpi(connection, question, ref)
            done += 1
            progress(done, of)
    _set_position(connection, ledger, last)
    return done


def _replace(connection: Connection, contract: str, question: Question, kpis: set[str | None] | None) -> None:
    connection.execute(delete(schema.period_totals).where(schema.period_totals.c.contract == contract))
    _insert_totals(connection, question)
    for ref in question.standing.kpis if kpis is None else sorted(filter(None, kpis)):
        for table in (schema.cells, schema.trail):
            connection.execute(delete(table).where(table.c.contract == contract, table.c.kpi == ref))
        if ref in question.standing.kpis:
            _insert_kpi(connection, question, ref)
    if kpis is None:
        for table in (schema.cells, schema.trail):
            gone = table.c.kpi.not_in(list(question.standing.kpis))
            connection.execute(delete(table).where(table.c.contract == contract, gone))


def _insert_kpi(connection: Connection, question: Question, ref: str) -> None:
    _insert(connection, schema.cells, cell_rows(question, ref))
    _insert(connection, schema.trail, trail_rows(question, ref))


def _insert_totals(connection: Connection, question: Question) -> None:
    _insert(connection, schema.period_totals, total_rows(question))


def _insert(connection: Connection, table: Table, rows: Sequence[Fields]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _position_and_head(connection: Connection) -> tuple[int, str] | None:
    """Return the position that the tables are kept to, and the head there; None if they must be rebuilt."""
    there = set(inspect(connection).get_table_names())
    if not {table.name for table in schema.metadata.sorted_tables} <= there:
        return None
    for table in schema.metadata.sorted_tables:
        if {column["name"] for column in inspect(connection).get_columns(table.name)} != set(table.c.keys()):
            return None
    state = connection.execute(select(schema.kept.c.version, schema.kept.c.position, schema.kept.c.head)).first()
    if state is None or state.version != schema.VERSION or not isinstance(state.position, int) or state.position < 0:
        return None
    return state.position, state.head


def _set_position(connection: Connection, ledger: Ledger, position: int) -> None:
    state = {"one": 1, "version": schema.VERSION, "position": position, "head": head_at(ledger, position)}
    connection.execute(delete(schema.kept))
    connection.execute(insert(schema.kept).values(state))


def cell_rows(question: Question, ref: str) -> list[Fields]:
    """Return the rows of a KPI's cells, from the first held period to the last that its facts speak of."""
    standing = question.standing
    kpi = standing.kpis[ref]
    return [
        {
            "contract": question.contract,
            "kpi": ref,
            "period": cell.period,
            "service": kpi.introduced.service,
            "status": cell.status.value,
            "basis": cell.verdict.basis,
            "value": None if cell.verdict.value is None else f"{cell.verdict.value:f}",
            "points": amount(cell.points),
            "multiplier": amount(cell.multiplier),
            "run": cell.run,
            "provisional": int(cell.verdict.provisional),
        }
        for cell in window(standing, kpi, standing.terms.held_from, max(last_spoken_of(kpi), standing.terms.held_from))
    ]


def total_rows(question: Question) -> list[Fields]:
    """Return the rows of a contract's point totals, from the first held period on."""
    standing = question.standing
    columns = [period for period in extent(standing) if period >= standing.terms.held_from]
    return [
        {
            "contract": question.contract,
            "period": total.period,
            "gross_points": amount(total.gross_points),
            "relieved_points": amount(total.relieved_points),
            "net_points": amount(total.net_points),
            "service_credit": amount(total.service_credit),
            "provisional": int(total.movable),
        }
        for total in (period_totals(standing, columns) if columns else [])
    ]


def trail_rows(question: Question, ref: str) -> list[Fields]:
    """Return the rows of a KPI's trail, in the order its facts are told."""
    return [
        {
            "contract": question.contract,
            "kpi": ref,
            "position": entry.recorded.position,
            "place": place,
            "id": entry.recorded.fact.id,
            "fact": entry.recorded.fact.kind,
            "dated": entry.recorded.fact.dated.isoformat(),
            "recorded_at": stamp(entry.recorded.recorded_at),
            "by": entry.recorded.fact.by,
            "period": entry.period,
            "sentence": entry.sentence,
            "status_before": entry.before and entry.before.status.value,
            "status_after": entry.after and entry.after.status.value,
        }
        for place, entry in enumerate(trail(question, ref, None).entries, 1)
    ]


def check(ledger: Ledger, clock: Clock, progress: Progress = _silent) -> list[str]:
    """Compare what is kept with what the facts give; return a sentence for each cell that differs."""
    with kept_tables(ledger, writing=False) as connection:
        kept = _how_kept(ledger, connection)
        if kept.freshness is Freshness.MISSING:
            return [f"the kept tables are {kept}; run `contract-ledger replay`"]
        found = [] if kept.freshness is Freshness.CURRENT else [f"the kept tables are {kept}"]
        expected: dict[str, list[Fields]] = {table.name: [] for table in schema.DERIVED}
        questions = _questions(ledger, clock)
        for done, question in enumerate(questions, 1):
            expected["period_totals"] += total_rows(question)
            for ref in question.standing.kpis:
                expected["cells"] += cell_rows(question, ref)
                expected["trail"] += trail_rows(question, ref)
            progress(done, len(questions))
        for table in schema.DERIVED:
            found += _compare(table, connection, expected[table.name])
        return found


def _compare(table: Table, connection: Connection, expected: Sequence[Fields]) -> list[str]:
    keys = [column.name for column in table.primary_key]
    given = {tuple(row[key] for key in keys): row for row in expected}
    kept = {tuple(row[key] for key in keys): dict(row) for row in connection.execute(select(table)).mappings()}
    found = []
    for key in sorted({*given, *kept}, key=str):
        named = f"{table.name}: {' '.join(map(str, key))}"
        if key not in kept:
            found.append(f"{named} is missing; the facts give {_gist(given[key])}")
        elif key not in given:
            found.append(f"{named} is kept ({_gist(kept[key])}); the facts give no such row")
        else:
            found += [
                f"{named}: kept {name} {_quoted(kept[key][name])}, the facts give {_quoted(given[key][name])}"
                for name in (column.name for column in table.c)
                if kept[key][name] != given[key][name]
            ]
    return found


def _gist(row: Fields) -> str:
    telling = ("status", "value", "points", "net_points", "sentence")
    return ", ".join(f"{name} {row[name]}" for name in telling if row.get(name) is not None)


def _quoted(value: Any) -> str:
    return "nothing" if value is None else f'"{value}"'
