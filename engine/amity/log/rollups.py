"""The daily sums that scorecards are read from, kept right in the writer's own transaction.

What they count: the newest decision of each conversation, and no other. A finished conversation
counts with its verdict and with all its findings. One that is still under way has no verdict yet,
and what it has shown or missed so far may be judged anew with the next turn; it counts as ``OPEN``
among the verdicts, and its findings only while they are pending. Once it is judged again, the
decision that is superseded is taken out and the new one put in.

``findings`` of a decision have the agent and the team whose conduct they are about, which need not
be those of the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Insert,
    Select,
    Table,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from amity.evaluate.outcome import State
from amity.log.bulk import insert_values
from amity.log.tables import (
    daily_findings,
    daily_totals,
    daily_verdicts,
    decisions,
    findings,
    group_findings,
    group_totals,
    group_verdicts,
)
from amity.log.tally import MILLION, OPEN, STATES, WEIGHTED, Counted, Tally

__all__ = [
    "ROLLUPS",
    "Difference",
    "adding",
    "differences",
    "differing",
    "recompute",
    "summed",
    "update",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a table of sums that is there and must not be, or must be and is not."""

    table: str
    row: Mapping[str, Any]
    is_stored: bool


# Each after those that it is made from.
ROLLUPS: tuple[Table, ...] = (
    daily_findings,
    daily_verdicts,
    group_findings,
    group_verdicts,
    daily_totals,
    group_totals,
)
_TOTALS = {daily_totals.name: daily_findings, group_totals.name: group_findings}

_d, _f = decisions.c, findings.c


def update(connection: Connection, added: Iterable[Counted], superseded: Iterable[Counted]) -> None:
    """Count *added*, and *superseded* no more.

    To be called once for each transaction, with the decisions that are now the newest of their
    conversations, and those that were before. One that comes and goes within it is in neither.
    """
    tally = Tally()
    for each in superseded:
        tally.count(each, -1)
    for each in added:
        tally.count(each)
    for table, rows in tally.changed():
        insert_values(connection, adding(connection.dialect.name, table), rows)


def recompute(connection: Connection) -> None:
    """Write all sums anew from the decisions and findings."""
    for table in ROLLUPS:
        connection.execute(delete(table))
        names = [column.name for column in table.columns]
        connection.execute(insert(table).from_select(names, _truth(connection, table)))


def differences(connection: Connection, tables: Sequence[Table] = ROLLUPS) -> Iterator[Difference]:
    """Where the sums in *tables* are not what counting the decisions and findings gives.

    The database does the counting. The sums of groups are compared with those of agents, which are
    themselves compared with what they count.
    """
    for table in tables:
        yield from differing(connection, table, _truth(connection, table))


def differing(
    connection: Connection, table: Table, must: Select[Any] | CompoundSelect[Any]
) -> Iterator[Difference]:
    """Where the rows of *table*, but for sums of nothing, are not those that *must* be."""
    is_any = or_(*(column != 0 for column in table.columns if not column.primary_key))
    found = select(table).where(is_any)
    truth = select(must.subquery())
    for is_stored, chosen in ((False, truth.except_(found)), (True, found.except_(truth))):
        for row in connection.execute(chosen):
            yield Difference(table.name, dict(row._mapping), is_stored)


def _truth(connection: Connection, table: Table) -> Select[Any] | CompoundSelect[Any]:
    """What the rows of *table* must be, in the order of its columns."""
    if table is daily_findings:
        return _true_findings(is_postgres=connection.dialect.name == "postgresql")
    if table is daily_verdicts:
        verdict = case((_d.is_open, literal(OPEN)), else_=_d.verdict).label("verdict")
        key = (_d.team, _d.agent_id, _d.day, _d.channel, verdict, _d.policy_digest)
        counted = select(*key, func.count().label("decisions"))
        return counted.where(_d.superseded_by.is_(None)).group_by(*key)
    if (detail := _TOTALS.get(table.name)) is not None:
        return summed(
            _SUMS[table.name], detail, [detail.c[c.name] for c in table.primary_key.columns]
        )
    detail = daily_findings if table is group_findings else daily_verdicts
    return union_all(*(_of_group(table, detail, name) for name in ("team", "channel")))


def _true_findings(*, is_postgres: bool) -> Select[Any]:
    # SQLite cuts what it casts to a whole number, and PostgreSQL rounds it.
    millionths: ColumnElement[Any] = _f.weight * MILLION + 0.5
    whole = cast(func.floor(millionths) if is_postgres else millionths, BigInteger)
    key = (_f.team, _f.agent_id, _d.day, _d.channel, _f.policy, _f.rule)
    sums = [
        cast(func.sum(case((_f.state == state, much), else_=0)), BigInteger).label(name)
        for name, state, much in (
            *((state, state, 1) for state in STATES),
            *((name, state, whole) for state, name in WEIGHTED.items()),
        )
    ]
    counts = or_(_d.is_open.is_(False), _f.state == State.PENDING.value)
    both = findings.join(decisions, _d.seq == _f.seq)
    chosen = select(*key, *sums).select_from(both)
    return chosen.where(_d.superseded_by.is_(None), counts).group_by(*key)


def _of_group(table: Table, detail: Table, dimension: str) -> Select[Any]:
    """The sums of *detail* by *dimension*, without agents and without what has come to 0."""
    ours = {"dimension", "name"}
    key = [c for c in table.primary_key.columns if c.name not in ours]
    columns = [detail.c[dimension].label("name"), *(detail.c[c.name] for c in key)]
    return summed(_SUMS[table.name], detail, columns, literal(dimension).label("dimension"))


def summed(
    names: Iterable[str],
    detail: FromClause,
    columns: Sequence[ColumnElement[Any]],
    *before: ColumnElement[Any],
) -> Select[Any]:
    """The sums *names* of *detail* for each value of *columns*, without what has come to 0."""
    sums = [cast(func.sum(detail.c[name]), BigInteger).label(name) for name in names]
    chosen = select(*before, *columns, *sums)
    return chosen.group_by(*columns).having(or_(*(each != 0 for each in sums)))


_SUMS = {
    table.name: [column.name for column in table.columns if not column.primary_key]
    for table in ROLLUPS
}


@cache
def adding(dialect: str, table: Table) -> Insert:
    """The statement that adds to the sums of *table*."""
    made: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    names = [column.name for column in table.columns if not column.primary_key]
    added = {name: table.c[name] + made.excluded[name] for name in names}
    keys = list(table.primary_key.columns)
    adding: Insert = made.on_conflict_do_update(index_elements=keys, set_=added)
    return adding
