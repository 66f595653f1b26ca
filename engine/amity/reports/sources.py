"""Which rows a scorecard is read from: the smallest sums that can tell, as runs of their keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    false,
    func,
    or_,
    select,
)

from amity.log.days import WEEK, week_of
from amity.log.tables import (
    daily_findings,
    daily_totals,
    group_findings,
    group_totals,
    group_verdicts,
    weekly_agents,
    weekly_channels,
    weekly_findings,
)
from amity.reports.card import Dimension, Subject
from amity.reports.period import Period

__all__ = ["ALONE", "GROUPS", "Asked", "rows_of", "spans", "table_of", "weekly_of"]

_BOTH = 2
GROUPS = {group_findings, group_totals, group_verdicts, weekly_findings}
# Most of whose rows are alone in their bucket: to group them would only take time.
ALONE = {weekly_agents, weekly_channels}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to count: whose, when, only of one policy if that is named, and by what besides."""

    subject: Subject
    period: Period
    policy: str = ""
    by: Dimension | None = None


def table_of(asked: Asked) -> Table:
    """The smallest table that can tell.

    One without agents, unless agents are asked for, or one dimension within another; and for parts
    one without rules, unless those of one policy are to be counted.
    """
    dimensions = {asked.subject.dimension, asked.by} - {None}
    is_small = Dimension.AGENT not in dimensions and len(dimensions) < _BOTH
    if asked.by and not asked.policy:
        return group_totals if is_small else daily_totals
    return group_findings if is_small else daily_findings


def weekly_of(asked: Asked, table: Table) -> Table | None:
    """The sums of weeks that have what *table* has of days; None where there are none."""
    if table is group_findings:
        return weekly_findings
    if table is daily_totals:
        dimensions = {asked.subject.dimension, asked.by}
        if Dimension.CHANNEL not in dimensions:
            return weekly_agents
        return None if Dimension.AGENT in dimensions else weekly_channels
    return None


def spans(
    period: Period, daily: Table, weekly: Table | None, open_week: int | None
) -> Iterator[tuple[Table, range]]:
    """From where to read which days of *period* and of the one before it.

    Whole weeks that are over come from their own sums, unless each day is told apart.
    """
    day, end = period.before.start, period.end
    if weekly is not None and open_week is not None:
        for part in (period.before, period):
            if part is period and period.bucket_days == 1:
                break
            first, beyond = week_of(part.start + WEEK - 1), min(week_of(part.end), open_week)
            if first < beyond:
                yield weekly, range(first, beyond)
                if day < first:
                    yield daily, range(day, first)
                day = beyond
    if day < end:
        yield daily, range(day, end)


def rows_of(connection: Connection, chosen: Select[Any], table: Table, asked: Asked) -> Select[Any]:
    """*chosen* from the rows of the subject: runs of the table's key wherever there can be."""
    subject, by = asked.subject, asked.by
    if table in GROUPS:
        dimension = subject.dimension or by or Dimension.CHANNEL
        chosen = chosen.where(table.c.dimension == dimension.value)
        if subject.dimension:
            return chosen.where(table.c.name == subject.name)
        its = table.alias()
        names = _steps(its.c.name, its.c.dimension == dimension.value)
        return chosen.select_from(names.join(table, table.c.name == names.c.value))
    name = subject.name
    if subject.dimension is Dimension.AGENT:
        teams = _teams(table, None)
        both = teams.join(table, table.c.team == teams.c.value)
        return chosen.select_from(both).where(table.c.agent_id == name)
    runs = _runs(table, name if subject.dimension is Dimension.TEAM else None)
    if connection.dialect.name == "postgresql":
        # It would rather read the whole table than join what it cannot estimate.
        chosen = chosen.where(_listed(connection, table, runs))
    else:
        its_own = and_(table.c.team == runs.c.team, _second(table) == runs.c.value)
        chosen = chosen.select_from(runs.join(table, its_own))
    if subject.dimension is Dimension.CHANNEL:
        return chosen.where(table.c.channel == name)
    return chosen


def _listed(connection: Connection, table: Table, runs: CTE) -> ColumnElement[bool]:
    """What the rows of *table* that belong to *runs* have, one team after the other."""
    its: defaultdict[str, list[str]] = defaultdict(list)
    chosen = select(runs.c.team, runs.c.value).where(runs.c.value.is_not(None))
    for team, value in connection.execute(chosen):
        its[team].append(value)
    each = (and_(table.c.team == team, _second(table).in_(some)) for team, some in its.items())
    return or_(false(), *each)


def _second(table: Table) -> Column[str]:
    """What the key of *table* has after the team."""
    return list(table.primary_key.columns)[1]


def _runs(table: Table, team: str | None) -> CTE:
    """Each team with each of its agents or channels, so that days are a run of the key for each."""
    teams, its = _teams(table, team), table.alias()
    second = its.c[_second(table).name]
    first = select(func.min(second)).where(its.c.team == teams.c.value)
    found = (
        select(teams.c.value.label("team"), first.scalar_subquery().label("value"))
        .where(teams.c.value.is_not(None))
        .cte("runs", recursive=True)
    )
    following = select(func.min(second)).where(its.c.team == found.c.team, second > found.c.value)
    return found.union_all(
        select(found.c.team, following.scalar_subquery()).where(found.c.value.is_not(None))
    )


def _teams(table: Table, team: str | None) -> CTE:
    """All teams in *table*, or only *team*."""
    its = table.alias()
    return _steps(its.c.team, *([] if team is None else [its.c.team == team]))


def _steps(column: ColumnElement[str], *where: ColumnElement[bool]) -> CTE:
    """The values of *column*, the next of the key after *where*: a step of the index for each."""
    found = select(func.min(column).label("value")).where(*where).cte("steps", recursive=True)
    following = select(func.min(column)).where(*where, column > found.c.value)
    return found.union_all(select(following.scalar_subquery()).where(found.c.value.is_not(None)))
