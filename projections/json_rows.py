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


class parsed(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """JSON that a column keeps as text, as a value of such an array."""

    type = String()
    inherit_cache = True


@compiles(array)
def _array(element: array, compiler: Any, **options: Any) -> str:
    name = {"sqlite": "json_array", "postgresql": "json_build_array"}[compiler.dialect.name]
    return f"{name}({compiler.process(element.clauses, **options)})"


@compiles(rows)
def _rows(element: rows, compiler: Any, **options: Any) -> str:
    inner = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "sqlite":
        return f"json_group_array({inner})"
    return f"CAST(coalesce(json_agg({inner}), '[]') AS text)"


@compiles(parsed)
def _parsed(element: parsed, compiler: Any, **options: Any) -> str:
    inner = compiler.process(element.clauses, **options)
    return f"json({inner})" if compiler.dialect.name == "sqlite" else f"CAST({inner} AS json)"


def read_rows(connection: Connection, statement: Any, asked: dict[str, str]) -> list[list[Any]]:
    """Return the rows that a statement selects as `rows`, in one text or, grouped, in several: a text has its limit.

    A row has texts, whole numbers, None, and lists of these.
    """
    with uncollected():
        return [row for text in connection.execute(statement, asked).scalars() for row in from_json(text)]
