"""The statements behind a scorecard: sums where there are sums, rows where there are few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from amity.evaluate.outcome import State
from amity.log.tables import (
    daily_verdicts,
    decisions,
    disputes,
    findings,
    group_verdicts,
)
from amity.log.tally import OPEN, millionths
from amity.log.weekly import open_week
from amity.reports.card import Counts, Dimension, Subject
from amity.reports.period import Period
from amity.reports.sources import ALONE, GROUPS, Asked, rows_of, spans, table_of, weekly_of

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
_Sums = dict[Any, Sequence[int]]

_SUMS = ("shown", "missed", "abstained", "pending", "weight_shown", "weight_missed")
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


def read_counts(connection: Connection, asked: Asked, most_parts: int = 0) -> tuple[Tallies, int]:
    """Counts of the period and the one before it, overturned findings taken out.

    With *most_parts* they are of so many parts, those with the most opportunities in the period;
    the second value says how many parts are left out.
    """
    earliest = Period(asked.period.before.first, asked.period.last)
    run = records_in(connection, earliest)
    overturned = _plain(connection, _overturned(asked, run)) if run is not None else []
    if asked.subject.dimension is Dimension.CUSTOMER:
        rows = list(map(_as_sums, connection.execute(_of_customer(asked))))
    else:
        rows = list(_of_spans(connection, asked))
    left_out = 0
    if most_parts:
        kept, left_out = _largest(rows, overturned, most_parts)
        rows = [row for row in rows if row[0] in kept]
        overturned = [row for row in overturned if row[0] in kept]
    sums = _summed(rows)
    tallies = {key: _counted(its) for key, its in sums.items()}
    _take_out(tallies, overturned)
    return tallies, left_out


def _of_spans(connection: Connection, asked: Asked) -> Iterator[Sequence[Any]]:
    """The rows of sums, of days and of weeks, which may have the same key."""
    table = table_of(asked)
    for each, days in spans(asked.period, table, weekly_of(asked, table), open_week(connection)):
        yield from _plain(connection, _of_sums(connection, asked, each, days))


def _summed(rows: Iterable[Sequence[Any]]) -> _Sums:
    sums: _Sums = {}
    for row in rows:
        key, its = row[:4], row[4:]
        old = sums.get(key)
        sums[key] = its if old is None else tuple(map(add, old, its))
    return sums


def _largest(
    rows: Iterable[Sequence[Any]], overturned: Iterable[Sequence[Any]], most: int
) -> tuple[set[str], int]:
    """The *most* parts with the most opportunities, and how many there are besides."""
    opportunities: defaultdict[str, int] = defaultdict(int)
    for part, bucket, _, _, shown, missed, abstained, pending, _, _ in rows:
        opportunities[part] += shown + missed + abstained + pending if bucket >= 0 else 0
    for part, bucket, *_, count in overturned:
        opportunities[part] -= count if bucket >= 0 else 0
    names = sorted(opportunities, key=lambda name: (-opportunities[name], name))
    return set(names[:most]), max(0, len(names) - most)


def _counted(its: Sequence[int]) -> Counts:
    shown, missed, abstained, pending, weight_shown, weight_missed = its
    return Counts(shown, missed, abstained, pending, 0, weight_shown, weight_missed)


def _as_sums(row: Sequence[Any]) -> Sequence[Any]:
    """What so many findings of one state and weight come to, in a row as those of sums are."""
    *key, state, weight, count = row
    its = _counts(state, weight, count)
    return (*key, *(getattr(its, name) for name in _SUMS))


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
        where = []
    key = (table.c.day, verdict, table.c.policy_digest)
    where.append(_in_days(table, period))
    # A day's sums come to nothing where all that it had was judged again on a later day.
    chosen = select(*key, count).where(*where).group_by(*key).having(count > 0)
    if table is not decisions:
        chosen = rows_of(connection, chosen, table, Asked(subject, period))
    return [(day, word, digest, int(n)) for day, word, digest, n in _plain(connection, chosen)]


def of_subject(subject: Subject) -> list[ColumnElement[bool]]:
    """What tells the findings of *subject* in a join of findings with their decisions."""
    if subject.dimension is None:
        return []
    return [_FINDING_COLUMNS[subject.dimension] == subject.name]


def _of_sums(connection: Connection, asked: Asked, table: Table, days: range) -> Select[Any]:
    """The sums of *days* in *table*, which is of days or of weeks."""
    day = table.c.week if "week" in table.c else table.c.day
    column = "name" if table in GROUPS else _SUM_COLUMNS.get(asked.by)
    key = _keys(asked, table.c[column] if column else None, day, table)
    where = [day.between(days.start, days.stop - 1), *_of_policy(asked, table)]
    if table in ALONE:
        sums: list[ColumnElement[int]] = [table.c[name] for name in _SUMS]
        return rows_of(connection, select(*key, *sums), table, asked).where(*where)
    sums = [cast(func.sum(table.c[name]), BigInteger) for name in _SUMS]
    chosen = rows_of(connection, select(*key, *sums), table, asked)
    return chosen.where(*where).group_by(*_grouped(key))


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


def _take_out(tallies: Tallies, rows: Iterable[Any]) -> None:
    for *key, state, weight, count in rows:
        less = _counts(state, weight, -count)._replace(overturned=count)
        tallies[_key(*key)] = tallies.get(_key(*key), Counts()) + less


def _counts(state: str, weight: float, count: int) -> Counts:
    counts = Counts(**{state: count})
    much = millionths(weight) * count
    if state == State.SHOWN.value:
        return counts._replace(weight_shown=much)
    return counts._replace(weight_missed=much) if state == State.MISSED.value else counts


def _key(part: str, bucket: int, policy: str, rule: str) -> Key:
    return part, int(bucket), policy, rule


def _bucket(day: ColumnElement[int], period: Period) -> ColumnElement[int]:
    """The number of the bucket; -1 for the period before. Written out, so that it can be grouped by."""
    first, origin, width = (
        literal_column(str(number), Integer)
        for number in (period.start, period.origin, period.bucket_days)
    )
    return case((day < first, literal_column("-1", Integer)), else_=(day - origin) // width)


def _in_days(table: Table, period: Period) -> ColumnElement[bool]:
    return table.c.day.between(period.before.start, period.end - 1)
