"""The statements behind a scorecard: sums where there are sums, rows where there are few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from amity.evaluate.outcome import State
from amity.log.tables import (
    daily_findings,
    daily_totals,
    daily_verdicts,
    decisions,
    disputes,
    findings,
    group_findings,
    group_totals,
    group_verdicts,
)
from amity.log.tally import OPEN, millionths
from amity.reports.card import Counts, Dimension, Subject
from amity.reports.period import Period

__all__ = [
    "OVERTURNED",
    "Asked",
    "Key",
    "Tallies",
    "of_subject",
    "read_counts",
    "read_verdicts",
    "records_in",
]

# Part, bucket (-1: the period before), policy, rule. Where parts are asked for, policy and rule are
# "", for nobody asks for the rules of each part; and where they are not, the part is.
Key = tuple[str, int, str, str]
Tallies = dict[Key, Counts]

_SUMS = ("shown", "missed", "abstained", "pending", "weight_shown", "weight_missed")
_BOTH = 2
_GROUPS = {group_findings, group_totals, group_verdicts}
_NOTHING = literal_column("''", Text)
OVERTURNED = "overturned"

_d, _f = decisions.c, findings.c
_SUM_COLUMNS: Mapping[Dimension | None, str] = {
    Dimension.AGENT: "agent_id",
    Dimension.TEAM: "team",
    Dimension.CHANNEL: "channel",
}
_FINDING_COLUMNS: Mapping[Dimension, ColumnElement[str]] = MappingProxyType(
    {
        Dimension.AGENT: _f.agent_id,
        Dimension.TEAM: _f.team,
        Dimension.CUSTOMER: _d.customer_ref,
        Dimension.CHANNEL: _d.channel,
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to count: whose, when, only of one policy if that is named, and by what besides."""

    subject: Subject
    period: Period
    policy: str = ""
    by: Dimension | None = None


def read_counts(connection: Connection, asked: Asked) -> Tallies:
    """Counts of the period and the one before it, overturned findings taken out."""
    tallies: Tallies = {}
    if asked.subject.dimension is Dimension.CUSTOMER:
        _add_rows(tallies, connection.execute(_of_customer(asked)))
    else:
        for row in _plain(connection, _of_sums(connection, asked)):
            part, bucket, policy, rule, shown, missed, abstained, pending, *weights = row
            counts = Counts(shown, missed, abstained, pending, 0, weights[0], weights[1])
            tallies[part, bucket, policy, rule] = counts
    earliest = Period(asked.period.before.first, asked.period.last)
    if (run := records_in(connection, earliest)) is not None:
        _take_out(tallies, connection.execute(_overturned(asked, run)))
    return tallies


def records_in(connection: Connection, period: Period) -> tuple[int, int] | None:
    """The first and the last decision of *period*: records stand in the order of their times."""
    up = select(_d.seq).where(_d.at_us >= period.start_us).order_by(_d.at_us, _d.seq)
    down = select(_d.seq).where(_d.at_us < period.end_us)
    first = connection.scalar(up.limit(1))
    last = connection.scalar(down.order_by(_d.at_us.desc(), _d.seq.desc()).limit(1))
    return None if first is None or last is None or first > last else (first, last)


def _plain(connection: Connection, statement: Select[Any]) -> list[Sequence[Any]]:
    """The rows of *statement* as the driver has them: there may be many."""
    cursor: Any = connection.execute(statement).cursor
    return list(cursor.fetchall())


def read_verdicts(
    connection: Connection, subject: Subject, period: Period
) -> list[tuple[int, str, str, int]]:
    """Day, verdict, policy digest and how many conversations, of *period* and the one before."""
    if subject.dimension is Dimension.CUSTOMER:
        table = decisions
        verdict: ColumnElement[str] = case((_d.is_open, literal(OPEN)), else_=_d.verdict)
        count: ColumnElement[int] = func.count()
        where = [_d.customer_ref == subject.name, _d.superseded_by.is_(None)]
    else:
        table = daily_verdicts if subject.dimension is Dimension.AGENT else group_verdicts
        verdict, count = table.c.verdict, func.sum(table.c.decisions)
        where = _rows_of(connection, table, subject, None)
    key = (table.c.day, verdict, table.c.policy_digest)
    where.append(_in_days(table, period))
    # A day's sums come to nothing where all that it had was judged again on a later day.
    chosen = select(*key, count).where(*where).group_by(*key).having(count > 0)
    return [(day, word, digest, int(n)) for day, word, digest, n in _plain(connection, chosen)]


def of_subject(subject: Subject) -> list[ColumnElement[bool]]:
    """What tells the findings of *subject* in a join of findings with their decisions."""
    if subject.dimension is None:
        return []
    return [_FINDING_COLUMNS[subject.dimension] == subject.name]


def _of_sums(connection: Connection, asked: Asked) -> Select[Any]:
    table = _table(asked)
    where = _rows_of(connection, table, asked.subject, asked.by)
    column = "name" if table in _GROUPS else _SUM_COLUMNS.get(asked.by)
    key = _keys(asked, table.c[column] if column else None, table.c.day, table)
    where += [_in_days(table, asked.period), *_of_policy(asked, table)]
    sums = [cast(func.sum(table.c[name]), BigInteger) for name in _SUMS]
    return select(*key, *sums).where(*where).group_by(*_grouped(key))


def _keys(
    asked: Asked, part: ColumnElement[str] | None, day: ColumnElement[int], table: Table
) -> list[Any]:
    """Part, bucket, policy and rule; text where it is the same for all cannot be grouped by."""
    bucket = _bucket(day, asked.period)
    if asked.by is None or part is None:
        return [_NOTHING, bucket, table.c.policy, table.c.rule]
    return [part, bucket, _NOTHING, _NOTHING]


def _grouped(key: list[Any]) -> list[Any]:
    return [each for each in key if each is not _NOTHING]


def _of_policy(asked: Asked, table: Table) -> list[ColumnElement[bool]]:
    return [table.c.policy == asked.policy] if asked.policy else []


def _table(asked: Asked) -> Table:
    """The smallest table that can tell.

    One without agents, unless agents are asked for, or one dimension within another; and for parts
    one without rules, unless those of one policy are to be counted.
    """
    dimensions = {asked.subject.dimension, asked.by} - {None}
    is_small = Dimension.AGENT not in dimensions and len(dimensions) < _BOTH
    if asked.by and not asked.policy:
        return group_totals if is_small else daily_totals
    return group_findings if is_small else daily_findings


def _rows_of(
    connection: Connection, table: Table, subject: Subject, by: Dimension | None
) -> list[ColumnElement[bool]]:
    """The rows of *subject*: runs of the table's key wherever there can be."""
    if table in _GROUPS:
        dimension = subject.dimension or by or Dimension.CHANNEL
        where = [table.c.dimension == dimension.value]
        return [*where, table.c.name == subject.name] if subject.dimension else where
    teams = _values(connection, table.c.team)
    if subject.dimension is Dimension.AGENT:
        return [table.c.team.in_(teams), table.c.agent_id == subject.name]
    if subject.dimension is Dimension.TEAM:
        teams = [subject.name]
    agents = {team: _values(connection, table.c.agent_id, table.c.team == team) for team in teams}
    runs = [and_(table.c.team == team, table.c.agent_id.in_(agents[team])) for team in teams]
    where = [or_(false(), *runs)]
    return (
        [*where, table.c.channel == subject.name]
        if subject.dimension is Dimension.CHANNEL
        else where
    )


def _values(
    connection: Connection, column: Column[str], *where: ColumnElement[bool]
) -> Sequence[str]:
    """The values of *column*, the next of the key after *where*: a step of the index for each."""
    found = select(func.min(column).label("value")).where(*where).cte("found", recursive=True)
    following = select(func.min(column)).where(*where, column > found.c.value)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.value.is_not(None)))
    return connection.scalars(select(found.c.value).where(found.c.value.is_not(None))).all()


def _of_customer(asked: Asked) -> Select[Any]:
    counted = or_(_d.is_open.is_(False), _f.state == State.PENDING.value)
    whose = [*of_subject(asked.subject), *_of_policy(asked, findings)]
    chosen = _findings(asked, *whose).where(counted)
    return chosen.select_from(decisions.join(findings, _f.seq == _d.seq))


def _overturned(asked: Asked, run: tuple[int, int]) -> Select[Any]:
    """The findings among the decisions of *run* that would count, had no reviewer overturned them.

    They are few, and found from their disputes: other columns stand in expressions, so that the
    database does not begin with all findings of an agent or a policy.
    """
    its = (_f.seq == disputes.c.seq) & (_f.number == disputes.c.number)
    both = disputes.join(findings, its).join(decisions, _d.seq == _f.seq)
    chosen = _findings(asked, *_of_any(asked)).select_from(both)
    is_overturned = func.coalesce(disputes.c.state, "") == OVERTURNED
    return chosen.where(disputes.c.seq.between(*run), is_overturned, _d.is_open.is_(False))


def _of_any(asked: Asked) -> list[ColumnElement[bool]]:
    """What tells the findings that are *asked* for, such that no index is of use."""
    where = [*of_subject(asked.subject), *_of_policy(asked, findings)]
    return [func.coalesce(each.left, "") == each.right for each in where]


def _findings(asked: Asked, *conditions: ColumnElement[bool]) -> Select[Any]:
    part = _FINDING_COLUMNS[asked.by] if asked.by else None
    key = [*_keys(asked, part, _d.day, findings), _f.state, _f.weight]
    where = [*conditions, _d.superseded_by.is_(None), _in_days(decisions, asked.period)]
    return select(*key, func.count()).where(*where).group_by(*_grouped(key))


def _add_rows(tallies: Tallies, rows: Iterable[Any]) -> None:
    for *key, state, weight, count in rows:
        tallies[_key(*key)] = tallies.get(_key(*key), Counts()) + _counts(state, weight, count)


def _take_out(tallies: Tallies, rows: Iterable[Any]) -> None:
    for *key, state, weight, count in rows:
        less = replace(_counts(state, weight, -count), overturned=count)
        tallies[_key(*key)] = tallies.get(_key(*key), Counts()) + less


def _counts(state: str, weight: float, count: int) -> Counts:
    counts = Counts(**{state: count})
    much = millionths(weight) * count
    if state == State.SHOWN.value:
        return replace(counts, weight_shown=much)
    return replace(counts, weight_missed=much) if state == State.MISSED.value else counts


def _key(part: str, bucket: int, policy: str, rule: str) -> Key:
    return part, int(bucket), policy, rule


def _bucket(day: ColumnElement[int], period: Period) -> ColumnElement[int]:
    """The number of the bucket; -1 for the period before. Written out, so that it can be grouped by."""
    start, width = period.start, period.bucket_days
    days = literal_column(str(start), Integer)
    return case(
        (day < days, literal_column("-1", Integer)),
        else_=(day - days) // literal_column(str(width), Integer),
    )


def _in_days(table: Table, period: Period) -> ColumnElement[bool]:
    return table.c.day.between(period.before.start, period.end - 1)
