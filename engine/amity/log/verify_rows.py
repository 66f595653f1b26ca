"""The rows that `verify` reads, as the driver has them, some hundred records at a time.

The findings of a record come as two JSON arrays, of just the bytes that its header has the digests
of. The database makes them, at half of what it costs to make a value of each column here.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Float,
    Integer,
    LargeBinary,
    Select,
    bindparam,
    case,
    cast,
    func,
    select,
)

from amity.log.canonical import canonical
from amity.log.errors import fault_of
from amity.log.rows import FINDING_PROVED, PROVED
from amity.log.tables import decisions, findings, payloads, records

__all__ = [
    "AT_US",
    "CUSTOMER",
    "NO_FINDINGS",
    "SUPERSEDED",
    "Row",
    "Span",
    "fetched",
    "spans",
    "streamed",
]

Row = Sequence[Any]
# Few enough that what is read stays in the processor's cache until it has been compared.
SPAN = 256


class Span:
    """The rows of the records from *first* to *last*.

    ``found`` has of each record that has findings its number, the proved columns and the texts, both
    as canonical JSON, and whether the first says them exactly; `findings` has them as values.
    """

    def __init__(self, connection: Connection, first: int, last: int) -> None:
        self.first, self.last = first, last
        self._connection = connection
        self._values = {"first": first, "last": last}
        self.records = self._rows(RECORDS)
        self.payloads = {row[0]: row for row in self._rows(PAYLOADS)}
        self.decisions = {row[0]: row for row in self._decisions()}
        self.found = self._found()

    @cached_property
    def findings(self) -> Mapping[int, Sequence[Row]]:
        """The findings of each record that has any: the proved columns, then the text."""
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self._rows(FINDINGS):
            found[row[0]].append(row[1:])
        return found

    def _found(self) -> dict[int, Row]:
        if self._connection.dialect.name == "sqlite":
            try:
                return {row[0]: row for row in _all(self._connection, FOUND, self._values)}
            except sqlite3.Error:
                pass  # bytes, of which there is no JSON; what else it is the next query tells
        return {seq: _as_json(seq, rows) for seq, rows in self.findings.items()}

    def _decisions(self) -> list[Row]:
        rows = self._rows(DECISIONS)
        if self._connection.dialect.name == "sqlite":
            return rows
        # As SQLite has them, and as they are proved: it has no truth values.
        return [(*row[:IS_OPEN], int(row[IS_OPEN]), *row[IS_OPEN + 1 :]) for row in rows]

    def _rows(self, statement: Select[Any]) -> list[Row]:
        return fetched(self._connection, statement, self._values)


def spans(connection: Connection, first: int, last: int) -> Iterator[Span]:
    """The records from *first* to *last*, in order."""
    for at in range(first, last + 1, SPAN):
        yield Span(connection, at, min(at + SPAN - 1, last))


def fetched(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Row]:
    """The rows of *statement* as the driver has them: plain tuples, which cost the least."""
    try:
        return _all(connection, statement, values)
    except sqlite3.Error as error:
        if "decode" not in str(error):
            raise fault_of(error) or error from error
    # Somebody put text that is none into a column: read it all the same, and tell of its record.
    raw: Any = connection.connection.driver_connection
    raw.text_factory = lambda data: data.decode(errors="replace")
    try:
        return _all(connection, statement, values)
    finally:
        raw.text_factory = str


def streamed(connection: Connection, statement: Select[Any]) -> Iterator[Row]:
    """The rows of *statement* one after the other, however many there are.

    Raises what the driver of a SQLite file raises.
    """
    if connection.dialect.name == "sqlite":
        text, names, own = _compiled(connection.dialect, statement)
        raw: Any = connection.connection.driver_connection
        yield from raw.execute(text, [own[name] for name in names])
    else:
        yield from connection.execute(statement.execution_options(yield_per=1_000))


def _all(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Row]:
    if connection.dialect.name == "sqlite":
        text, names, own = _compiled(connection.dialect, statement)
        given = {**own, **values}
        raw: Any = connection.connection.driver_connection
        rows: list[Row] = raw.execute(text, [given[name] for name in names]).fetchall()
        return rows
    cursor: Any = connection.execute(statement, values).cursor
    return list(cursor.fetchall())


@cache
def _compiled(
    dialect: Dialect, statement: Select[Any]
) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup or (), compiled.params


def _as_json(seq: int, rows: Sequence[Row]) -> Row:
    try:
        return seq, canonical([row[:-1] for row in rows]), canonical([row[-1] for row in rows]), 1
    except TypeError:
        return seq, b"", b"", 0  # a column holds what no column of its kind can


NO_FINDINGS: Row = (0, b"[]", b"[]", 1)
IS_OPEN = 1 + PROVED.index("is_open")
AT_US = 1 + len(PROVED)
CUSTOMER = AT_US + 2
SUPERSEDED = AT_US + 3
_SPAN: tuple[Any, Any] = (bindparam("first"), bindparam("last"))
_PROVED = [findings.c[name] for name in FINDING_PROVED]
_WEIGHT = findings.c.weight
RECORDS = (
    select(records.c.seq, records.c.kind, records.c.at_us, records.c.header, records.c.leaf)
    .where(records.c.seq.between(*_SPAN))
    .order_by(records.c.seq)
)
PAYLOADS = select(
    payloads.c.seq, payloads.c.salt, payloads.c.view, payloads.c.sealed, payloads.c.key_ref
).where(payloads.c.seq.between(*_SPAN))
DECISIONS = select(
    decisions.c.seq,
    *(decisions.c[name] for name in PROVED),
    decisions.c.at_us,
    decisions.c.day,
    decisions.c.customer_ref,
    decisions.c.superseded_by,
).where(decisions.c.seq.between(*_SPAN))
FINDINGS = (
    select(findings.c.seq, *_PROVED, findings.c.text)
    .where(findings.c.seq.between(*_SPAN))
    .order_by(findings.c.seq, findings.c.number)
)
# SQLite prints fifteen digits of a number, which says a weight exactly if it is a small multiple of
# an eighth, as nearly all are, or reads back as the same.
_EIGHTHS = _WEIGHT * 8
_IS_EXACT = case(
    (_WEIGHT.between(0, 1_000_000) & (cast(_EIGHTHS, Integer) == _EIGHTHS), 1),
    else_=cast(func.json_quote(_WEIGHT), Float) == _WEIGHT,
)
FOUND = (
    select(
        findings.c.seq,
        cast(func.json_group_array(func.json_array(*_PROVED)), LargeBinary),
        cast(func.json_group_array(findings.c.text), LargeBinary),
        func.min(_IS_EXACT),
    )
    .where(findings.c.seq.between(*_SPAN))
    .group_by(findings.c.seq)
)
