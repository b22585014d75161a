"""The kept tables: what questions over many contracts are answered from, and what other tools read.

They are disposable: made from the facts, never trusted by a view of one contract. Amounts are text, exact; periods are
their first months; dates are YYYY-MM-DD; a flag is 1 or 0. `kept` says up to which position, of which history (`head`
stands for every fact up to there), and by which version of this module, the tables were made.

`cell_versions` holds each cell as at every date, and `kpis` what each KPI is: a version stands from `since` up to the
day before `until`, known now; `because` is a JSON array of the ids of the facts that made it, in order, and
`gone_because` of those that ended it where no other followed at once. `previous_since` and `previous_because` are those
of the version of the cell before it. A cell is read out of `cell`, which has the values of its other columns as JSON,
with commas between them. The view `cells` is the cells as they stand now. All the other tables are as they stand now.

`stretches` holds where the periods of a KPI wait for something or are relieved, those too that are not over yet: from a
first to a last, which is missing where every later period is so, too. One that is over waits for what `waiting` says.
"""

from collections.abc import Callable
from datetime import date, timedelta
from secrets import token_hex

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, delete, inspect

VERSION = 11
NOT_YET = "9999-12-31"
_LAST_DAY = date.max - timedelta(1)
_SHADOW = "replaying_"
_KEY = String().with_variant(String(collation="C"), "postgresql")
"""A text by which rows are told apart; in every database such texts have the order of their code points."""


def asked_day(day: date) -> str:
    """Return a date as the tables are asked about it: the last of all, which stands for no end, as the one before."""
    return min(day, _LAST_DAY).isoformat()


def _contracts(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}contracts",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("title", String, nullable=False),
        Column("frequency", String, nullable=False),
        Column("commenced", String, nullable=False),
        Column("held_from", String, nullable=False),
        Column("registered", String, nullable=False),
        Column("framework", String),
        Column("last_agreed", String),
        Column("last_mentioned", String),
        Column("facts", Integer, nullable=False),
        Column("last_position", Integer, nullable=False),
        Column("last_dated", String, nullable=False),
        Column("open_matters", Integer, nullable=False),
    )


def _parties(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}parties",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("party", _KEY, primary_key=True),
        Column("role", String, nullable=False),
        Column("name", String, nullable=False),
    )


def _kpis(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}kpis",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("kpi", _KEY, primary_key=True),
        Column("since", _KEY, primary_key=True),
        Column("until", String, nullable=False),
        Column("service", String, nullable=False),
        Column("title", String),
        Column("unit", String),
        Column("frequency", String, nullable=False),
        Column("first_period", String),
        Column("last_period", String),
        Column("has_levels", Integer, nullable=False),
    )


def _cell_versions(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}cell_versions",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("period", _KEY, primary_key=True),
        Column("kpi", _KEY, primary_key=True),
        Column("since", _KEY, primary_key=True),
        Column("until", String, nullable=False),
        Column("cell", String, nullable=False),
        Column("status", String, nullable=False),
        Column("basis", String),
        Column("value", String),
        Column("points", String),
        Column("multiplier", String),
        Column("run", Integer),
        Column("provisional", Integer, nullable=False),
        Column("severity", String),
        Column("late_points", String),
        Column("because", String, nullable=False),
        Column("gone_because", String),
        Column("previous_since", String),
        Column("previous_because", String),
        sqlite_with_rowid=False,
    )


def _period_totals(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}period_totals",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("period", _KEY, primary_key=True),
        Column("gross_points", String),
        Column("relieved_points", String),
        Column("net_points", String),
        Column("service_credit", String),
        Column("provisional", Integer, nullable=False),
    )


def _open_matters(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}open_matters",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("fact", _KEY, primary_key=True),
        Column("kpi", _KEY, primary_key=True),
        Column("first_period", _KEY, primary_key=True),
        Column("last_period", String),
        Column("matter", String, nullable=False),
        Column("ref", String),
        Column("raised_on", String, nullable=False),
    )


def _stretches(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}stretches",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("kpi", _KEY, primary_key=True),
        Column("first_period", _KEY, primary_key=True),
        Column("last_period", String),
        Column("status", String, nullable=False),
        Column("waiting", String),
    )


def _kept(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}kept",
        metadata,
        Column("one", Integer, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("head", String, nullable=False),
    )


def _replayed(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}replayed",
        metadata,
        Column("contract", _KEY, primary_key=True),
        Column("rows", Integer, nullable=False),
    )


_DERIVED: tuple[Callable[[MetaData, str], Table], ...] = (
    _contracts,
    _parties,
    _kpis,
    _cell_versions,
    _period_totals,
    _open_matters,
    _stretches,
)
_CELLS = """
CREATE VIEW cells AS
SELECT cell_versions.contract, cell_versions.kpi, period, service, status, basis, value, points, multiplier, run,
       provisional, severity
FROM cell_versions JOIN kpis ON kpis.contract = cell_versions.contract AND kpis.kpi = cell_versions.kpi
WHERE cell_versions.until = '9999-12-31' AND kpis.until = '9999-12-31'
"""
_ENDED = f"(until) WHERE until < '{NOT_YET}'"
_INDEXES = {
    "standing": {"sqlite": "(contract, until, since, cell) WHERE since < until"},  # for those who ask by these words
    "since": {
        "sqlite": "(since, until, previous_since, previous_because, because, cell)",
        "postgresql": "(since)",  # where a row of an index has a limit, that texts may exceed
    },
    "until": {"sqlite": _ENDED, "postgresql": _ENDED},
}  # on SQLite an estate as at a date, and what moved between two, are each read out of one index alone
INDEXES = tuple(_INDEXES)


class Tables:
    """One set of the kept tables: those that are read, or the shadows that a replay fills."""

    def __init__(self, prefix: str = "") -> None:
        self.metadata = MetaData()
        self.derived = tuple(make(self.metadata, prefix) for make in _DERIVED)
        self.contracts, self.parties, self.kpis, self.cell_versions = self.derived[:4]
        self.period_totals, self.open_matters, self.stretches = self.derived[4:]
        self.kept = _kept(self.metadata, prefix)
        self.every: tuple[Table, ...] = (*self.derived, self.kept)
        if prefix:
            self.replayed = _replayed(self.metadata, prefix)
            self.every = (*self.every, self.replayed)

    def are_there(self, connection: Connection) -> bool:
        """Say whether every table is there with its columns, and the view over those that are read."""
        found = inspect(connection).get_multi_columns(filter_names=[table.name for table in self.every])
        columns = {name: {column["name"] for column in its} for (_, name), its in found.items()}
        as_made = all(columns.get(table.name) == set(table.c.keys()) for table in self.every)
        return as_made and (self is not LIVE or "cells" in inspect(connection).get_view_names())

    def make_empty(self, connection: Connection) -> None:
        """Put empty tables in the place of whatever has their names, without indexes: those are made when all is in."""
        self.drop(connection)
        self.metadata.create_all(connection)
        if self is LIVE:
            connection.exec_driver_sql(_CELLS)

    def add_index(self, connection: Connection, name: str) -> None:
        """Make one of the indexes, unless it is there or this database has none such."""
        table, of = self.cell_versions.name, _INDEXES[name].get(connection.dialect.name)
        prefix = f"cell_versions_{name}_"
        if of and not any(str(each["name"]).startswith(prefix) for each in inspect(connection).get_indexes(table)):
            unique = token_hex(4)  # a table takes another's name, on SQLite its index cannot
            connection.exec_driver_sql(f"CREATE INDEX {prefix}{unique} ON {table} {of}")

    def empty(self, connection: Connection) -> None:
        """Delete every row."""
        for table in self.every:
            connection.execute(delete(table))

    def drop(self, connection: Connection) -> None:
        """Drop whatever has the names of the tables."""
        found = inspect(connection)
        views, tables = set(found.get_view_names()), set(found.get_table_names())
        for name in [*(["cells"] if self is LIVE else []), *(table.name for table in self.every)]:
            if name in views or name in tables:
                connection.exec_driver_sql(f"DROP {'VIEW' if name in views else 'TABLE'} {name}")


LIVE = Tables()
SHADOW = Tables(_SHADOW)


def switch(connection: Connection) -> None:
    """Put the shadow tables in the place of those that are read; in a transaction, nobody sees anything between."""
    LIVE.drop(connection)
    connection.exec_driver_sql(f"DROP TABLE {SHADOW.replayed.name}")
    for table in LIVE.every:
        connection.exec_driver_sql(f"ALTER TABLE {_SHADOW}{table.name} RENAME TO {table.name}")
    connection.exec_driver_sql(_CELLS)
