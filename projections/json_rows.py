"""Rows out of the kept tables as one JSON text: a driver takes longer over many values than over one long one."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, String, func, literal_column


def written(text: str) -> ColumnElement[str]:
    """Return a piece of JSON as a statement has it; it is not from outside."""
    return literal_column(f"'{text}'", String)


def array(values: ColumnElement[str]) -> ColumnElement[str]:
    """Return a JSON array of values that are JSON, with commas between them."""
    return written("[") + values + written("]")


def rows(*values: ColumnElement[str]) -> ColumnElement[str]:
    """Return a JSON array of every row selected, each an array of values that are JSON; they come in no order."""
    row = values[0]
    for value in values[1:]:
        row = row + written(",") + value
    return func.coalesce(array(array(func.aggregate_strings(row, "],["))), "[]")


def read_rows(connection: Connection, statement: Any, asked: dict[str, str]) -> Iterator[list[Any]]:
    """Yield the rows that a statement selects as `rows`, in one text or, grouped, in several: a text has its limit.

    A row has texts, whole numbers, None, and lists of these.
    """
    return chain.from_iterable(map(parsed, connection.execute(statement, asked).scalars()))


def parsed(text: str) -> list[list[Any]]:
    """Return the rows of a text that a statement selected as `rows`."""
    return from_json(text)  # type: ignore[no-any-return]
