"""The sums of whole weeks, each written once the week is over: a scorecard of a year reads few of them.

The first record after the end of a week, whatever it is, adds the week's daily sums up in its own
transaction; until then nothing is written for them. So the weeks that have sums are those before
the week of the last record, which is all that a reader must know. When a decision of such a week
is superseded later, it is taken out here as it is from the sums of its day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    insert,
    select,
)

from amity.log.bulk import insert_values
from amity.log.days import DAY_US, WEEK, week_of
from amity.log.rollups import Difference, adding, differing, summed
from amity.log.tables import (
    daily_totals,
    group_findings,
    records,
    weekly_agents,
    weekly_channels,
    weekly_findings,
)
from amity.log.tally import Counted, Tally

__all__ = ["WEEKLY", "close", "differences", "open_week", "recompute", "take_out"]

# The daily sums that each is made of.
WEEKLY: Mapping[Table, Table] = {
    weekly_findings: group_findings,
    weekly_agents: daily_totals,
    weekly_channels: daily_totals,
}
_KEYS: Mapping[Table, Callable[..., Sequence[tuple[Any, ...]]]] = {
    weekly_findings: lambda team, _, day, channel, policy, rule: (
        ("team", team, week_of(day), policy, rule),
        ("channel", channel, week_of(day), policy, rule),
    ),
    weekly_agents: lambda team, agent, day, *_: ((team, agent, week_of(day)),),
    weekly_channels: lambda team, _, day, channel, *__: ((team, channel, week_of(day)),),
}


def open_week(connection: Connection) -> int | None:
    """The week of the last record, the first that has no sums yet; None for an empty log."""
    last = select(records.c.at_us).order_by(records.c.seq.desc()).limit(1)
    at_us = connection.scalar(last)
    return None if at_us is None else week_of(at_us // DAY_US)


def close(connection: Connection, week: int) -> None:
    """Write the sums of *week*, which is over."""
    for table, daily in WEEKLY.items():
        _write(connection, table, daily.c.day.between(week, week + WEEK - 1))


def take_out(connection: Connection, superseded: Iterable[Counted], before: int) -> None:
    """Count *superseded* no more, those of them that are of the weeks before *before*."""
    tally = Tally()
    for each in superseded:
        if week_of(each.decision["day"]) < before:
            tally.count(each, -1)
    for table, keys_of in _KEYS.items():
        insert_values(connection, adding(connection.dialect.name, table), tally.made(keys_of))


def recompute(connection: Connection) -> None:
    """Write all sums of weeks anew from those of days."""
    week = open_week(connection)
    for table, daily in WEEKLY.items():
        connection.execute(delete(table))
        if week is not None:
            _write(connection, table, daily.c.day < week)


def differences(connection: Connection) -> Iterator[Difference]:
    """Where the sums of weeks are not what those of their days come to."""
    week = open_week(connection)
    if week is None:
        return
    for table, daily in WEEKLY.items():
        yield from differing(connection, table, _truth(table, daily.c.day < week))


def _write(connection: Connection, table: Table, days: ColumnElement[bool]) -> None:
    names = [column.name for column in table.columns]
    connection.execute(insert(table).from_select(names, _truth(table, days)))


def _truth(table: Table, days: ColumnElement[bool]) -> Select[Any]:
    """What the rows of *table* must be for *days* of the sums that it is made of."""
    daily = WEEKLY[table]
    key = [column.name for column in table.primary_key.columns]
    names = [column.name for column in table.columns if not column.primary_key]
    week = (daily.c.day - (daily.c.day + 3) % WEEK).label("week")
    # Named within, so that PostgreSQL sees that what is chosen is what is grouped by.
    columns = [week if name == "week" else daily.c[name] for name in key]
    each = select(*columns, *(daily.c[name] for name in names)).where(days).subquery()
    return summed(names, each, [each.c[name] for name in key])
