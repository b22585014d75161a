"""The kept tables: the contract's tables as they stand now, beside the facts, for other tools to read.

They are disposable. Amounts are text, exact; periods are their first months; a flag is 1 or 0. `kept` says up to which
position, of which history (`head` stands for every fact up to there), and by which version of this module, the tables
were made.
"""

from sqlalchemy import Column, Integer, MetaData, String, Table

VERSION = 3

metadata = MetaData()

cells = Table(
    "cells",
    metadata,
    Column("contract", String, primary_key=True),
    Column("kpi", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("service", String, nullable=False),
    Column("status", String, nullable=False),
    Column("basis", String),
    Column("value", String),
    Column("points", String),
    Column("multiplier", String),
    Column("run", Integer),
    Column("provisional", Integer, nullable=False),
)

period_totals = Table(
    "period_totals",
    metadata,
    Column("contract", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("gross_points", String),
    Column("relieved_points", String),
    Column("net_points", String),
    Column("service_credit", String),
    Column("provisional", Integer, nullable=False),
)

trail = Table(
    "trail",
    metadata,
    Column("contract", String, primary_key=True),
    Column("kpi", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("id", String, nullable=False),
    Column("fact", String, nullable=False),
    Column("dated", String, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("period", String),
    Column("sentence", String, nullable=False),
    Column("status_before", String),
    Column("status_after", String),
)

kept = Table(
    "kept",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("head", String, nullable=False),
)

DERIVED = (cells, period_totals, trail)
