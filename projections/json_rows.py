"""Rows out of the kept tables as one JSON text: a driver takes longer over many values than over one long one."""

from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ledger.uncollected import uncollected


class array(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """A JSON array of the values of a row; one of these may be such an array."""

    type = String()
    inherit_cache = True


class rows(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """A JSON array of every row selected, each an `array`; they come in no order."""

    type = String()
    inherit_cache = True


@compiles(array, "sqlite")
def _array_in_sqlite(element: array, compiler: Any, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


@compiles(array, "postgresql")
def _array_in_postgresql(element: array, compiler: Any, **options: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **options)})"


@compiles(rows, "sqlite")
def _rows_in_sqlite(element: rows, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(rows, "postgresql")
def _rows_in_postgresql(element: rows, compiler: Any, **options: Any) -> str:
    return f"CAST(coalesce(json_agg({compiler.process(element.clauses, **options)}), '[]') AS text)"


def read_rows(connection: Connection, statement: Any, asked: dict[str, str]) -> list[list[Any]]:
    """Return the rows that a statement selects as `rows`, in one text or, grouped, in several: a text has its limit.

    A row has texts, whole numbers, None, and lists of these.
    """
    with uncollected():
        return [row for text in connection.execute(statement, asked).scalars() for row in from_json(text)]
