"""Writing many rows of one table: as SQLAlchemy would, for a fraction of the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

__all__ = ["insert_rows"]

Row = Mapping[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert *rows*, each with a value for every column of *table*, as the driver takes values."""
    if rows:
        statement, as_given = _prepared(connection.dialect, table)
        connection.exec_driver_sql(statement, [as_given(row) for row in rows])


@cache
def _prepared(dialect: Dialect, table: Table) -> tuple[str, Callable[[Row], Any]]:
    """The statement for *table*, and what makes a row of parameters for it."""
    compiled = insert(table).compile(dialect=dialect)
    names = getattr(compiled, "positiontup", None)
    if names is not None:
        return str(compiled), itemgetter(*names)
    return str(compiled), dict
