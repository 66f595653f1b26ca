"""The statements that every batch runs, given to the driver as it takes them.

SQLAlchemy writes each statement once. To have it run them would cost a small batch more than all
the rest. Into a SQLite file many rows go by one statement: each one lets other threads run, and
on a busy server it takes longer to have the interpreter back than to write the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Insert, Select, Table, bindparam, insert

__all__ = ["THESE", "Row", "first_row", "insert_rows", "insert_values", "look_up", "run"]

Row = Sequence[Any]
THESE: BindParameter[Any] = bindparam("these", expanding=True)
"""What `look_up` puts its values for."""
# The driver keeps a statement for each number of rows that has come up.
MOST_ROWS = 32
_PLACE = "__[POSTCOMPILE_these]"


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, each with a value for every column of *table*, as the driver takes values."""
    statement, as_given = _plain(table)
    insert_values(connection, statement, [as_given(row) for row in rows])


def insert_values(connection: Connection, statement: Insert, rows: Sequence[Row]) -> None:
    """Run *statement* for *rows*, which have a value for every column of its table, in their order."""
    raw = _raw(connection)
    if raw is None:
        if rows:
            text, names = _named(connection.dialect, statement)
            given = [dict(zip(names, row, strict=True)) for row in rows]
            connection.exec_driver_sql(text, given)
        return
    for at in range(0, len(rows), MOST_ROWS):
        some = rows[at : at + MOST_ROWS]
        raw.execute(
            _of_many(connection.dialect, statement, len(some)), tuple(chain.from_iterable(some))
        )


def look_up(connection: Connection, statement: Select[Any], values: Sequence[Any]) -> list[Row]:
    """The rows of *statement*, with *values* for `THESE`; none if there are no values."""
    if not values:
        return []
    raw = _raw(connection)
    if raw is None:
        text = _of_any(connection.dialect, statement)
        cursor: Any = connection.exec_driver_sql(text, {"these": list(values)}).cursor
        return list(cursor.fetchall())
    # As many as a power of two, so that there are few statements.
    count = 1 << (len(values) - 1).bit_length()
    given = [*values, *[values[-1]] * (count - len(values))]
    found: list[Row] = raw.execute(
        _of_these(connection.dialect, statement, count), given
    ).fetchall()
    return found


def first_row(connection: Connection, statement: Select[Any]) -> Row | None:
    """The first row of *statement*, which has no parameters."""
    raw = _raw(connection)
    if raw is None:
        return connection.execute(statement).first()
    row: Row | None = raw.execute(*_with_values(connection.dialect, statement)).fetchone()
    return row


def run(connection: Connection, statement: str) -> None:
    """Run *statement*, which has neither parameters nor rows."""
    raw = _raw(connection)
    if raw is None:
        connection.exec_driver_sql(statement)
    else:
        raw.execute(statement)


def _raw(connection: Connection) -> Any:
    """The driver's own connection to a SQLite file; None for another database."""
    if connection.dialect.name != "sqlite":
        return None
    return connection.connection.driver_connection


@cache
def _plain(table: Table) -> tuple[Insert, Callable[[Mapping[str, Any]], Row]]:
    return insert(table), itemgetter(*(column.name for column in table.columns))


@cache
def _named(dialect: Dialect, statement: Insert) -> tuple[str, list[str]]:
    names = [column.name for column in statement.table.columns]
    return str(statement.compile(dialect=dialect)), names


@cache
def _of_many(dialect: Dialect, statement: Insert, count: int) -> str:
    places = f"({', '.join('?' * len(statement.table.columns))})"
    before, _, after = str(statement.compile(dialect=dialect)).partition(places)
    return f"{before}{', '.join([places] * count)}{after}"


@cache
def _of_these(dialect: Dialect, statement: Select[Any], count: int) -> str:
    return str(statement.compile(dialect=dialect)).replace(_PLACE, ", ".join("?" * count))


@cache
def _of_any(dialect: Dialect, statement: Select[Any]) -> str:
    """The same for PostgreSQL, with one list however long it is: so the server plans it once."""
    return str(statement.compile(dialect=dialect)).replace(f"IN ({_PLACE})", "= ANY (%(these)s)")


@cache
def _with_values(dialect: Dialect, statement: Select[Any]) -> tuple[str, Row]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), tuple(compiled.params[name] for name in compiled.positiontup or ())
