"""The moments behind a number: which conversations, which turns, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from amity.evaluate.outcome import State
from amity.log.tables import decisions, disputes, findings
from amity.reports.card import Counts, Dimension, Scorecard, Subject
from amity.reports.period import Period
from amity.reports.reading import OVERTURNED, of_subject, records_in

__all__ = ["Moment", "MomentPage", "Wanted", "moments", "moments_behind"]

_d, _f = decisions.c, findings.c


@dataclass(frozen=True, slots=True)
class Moment:
    """One finding. ``turn`` counts from 0 and is -1 if unknown; ``reason`` has no personal data."""

    decision_id: str
    conversation_id: str
    seq: int
    number: int
    policy: str
    rule: str
    state: State
    turn: int
    reason: str
    at_us: int
    agent_id: str
    is_overturned: bool


@dataclass(frozen=True, slots=True)
class MomentPage:
    """Moments, the newest first, and from where to go on; None at the end."""

    moments: tuple[Moment, ...]
    after: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose moments, when, of which rule, and in which state they ended."""

    subject: Subject
    period: Period
    policy: str
    rule: str
    state: State


def moments(
    connection: Connection,
    wanted: Wanted,
    *,
    limit: int = 50,
    after: tuple[int, int] | None = None,
) -> MomentPage:
    """A page of the findings that a number counts, and of those that a reviewer overturned.

    *after* is that of the page before. A conversation that is judged anew between two pages moves
    or vanishes with its findings; nothing else is ever skipped or told twice.
    """
    run = records_in(connection, wanted.period)
    if run is None:
        return MomentPage((), None)
    chosen = _of_rule(wanted.subject, run)
    if after is not None:
        seq, number = after
        below = or_(_f.seq < seq, and_(_f.seq == seq, _f.number < number))
        chosen = chosen.where(_f.seq <= seq, below)
    asked = {"policy": wanted.policy, "rule": wanted.rule, "state": wanted.state.value}
    rows = connection.execute(chosen, asked | {"most": limit + 1}).all()
    found = tuple(_moment(row) for row in rows[:limit])
    return MomentPage(found, (found[-1].seq, found[-1].number) if len(rows) > limit else None)


def moments_behind(
    connection: Connection, card: Scorecard, count: int
) -> dict[tuple[str, str], tuple[Moment, ...]]:
    """The newest *count* moments of each state of each rule on *card*, by policy and rule.

    *connection* must be the snapshot that the card was made from, or they may not fit the numbers.
    """
    run = records_in(connection, card.period)
    if run is None or not count:
        return {}
    found: dict[tuple[str, str], list[Moment]] = defaultdict(list)
    for row in _rows_behind(connection, card, run, count):
        moment = _moment(row)
        found[moment.policy, moment.rule].append(moment)
    return {
        rule: tuple(sorted(its, key=lambda moment: (-moment.seq, -moment.number)))
        for rule, its in found.items()
    }


def _rows_behind(
    connection: Connection, card: Scorecard, run: tuple[int, int], count: int
) -> Iterator[Any]:
    if card.subject.dimension in {Dimension.AGENT, Dimension.CUSTOMER}:
        # All that one person has is little, and may be a needle in the hay of each rule.
        yield from connection.execute(_of_person(card.subject, run, count))
        return
    chosen = _of_rule(card.subject, run)
    for rule in (rule for module in card.modules for rule in module.rules):
        for state in _counted(rule.measure.counts):
            asked = {"policy": rule.policy, "rule": rule.rule, "state": state.value}
            yield from connection.execute(chosen, asked | {"most": count})


def _counted(counts: Counts) -> list[State]:
    """The states that *counts* has any of, or may have had before a reviewer overturned them."""
    known = (State.SHOWN, State.MISSED, State.ABSTAINED, State.PENDING)
    return [state for state in known if counts.overturned or getattr(counts, state.value)]


def _of_rule(subject: Subject, run: tuple[int, int]) -> Select[Any]:
    """The newest findings of one rule in one state, which are parameters: it is asked many times."""
    state = bindparam("state", type_=Text)
    policy: ColumnElement[str] = _f.policy
    rule: ColumnElement[str] = _f.rule
    if subject.dimension is Dimension.AGENT:
        # Expressions, so that what is looked through is what the agent has, and not all of a rule.
        policy, rule = func.coalesce(policy, ""), func.coalesce(rule, "")
    where = [
        policy == bindparam("policy"),
        rule == bindparam("rule"),
        _f.state == state,
        or_(state == State.PENDING.value, _d.is_open.is_(False)),
    ]
    chosen = _findings(subject, run).where(*where)
    return chosen.order_by(_f.seq.desc(), _f.number.desc()).limit(bindparam("most"))


def _of_person(subject: Subject, run: tuple[int, int], count: int) -> Select[Any]:
    """The newest *count* findings of each rule in each state."""
    key = (_f.policy, _f.rule, _f.state)
    newest = func.row_number().over(partition_by=key, order_by=(_f.seq.desc(), _f.number.desc()))
    counts = or_(_f.state == State.PENDING.value, _d.is_open.is_(False))
    ranked = _findings(subject, run).where(counts).add_columns(newest.label("rank")).subquery()
    columns = [column for column in ranked.c if column.name != "rank"]
    return select(*columns).where(ranked.c.rank <= count)


def _findings(subject: Subject, run: tuple[int, int]) -> Select[Any]:
    """The findings of *subject* in the records of *run* that are current."""
    # An expression, so that the disputes of this finding are looked at, and not all overturned ones.
    is_overturned = func.coalesce(disputes.c.state, "") == OVERTURNED
    its = (disputes.c.seq == _f.seq, disputes.c.number == _f.number)
    overturned = exists().where(*its, is_overturned)
    chosen = select(
        _d.decision_id, _d.conversation_id, _f.seq, _f.number, _f.policy, _f.rule, _f.state,
        _f.turn, _f.text.label("reason"), _d.at_us, _f.agent_id, overturned.label("is_overturned"),
    )  # fmt: skip
    both = chosen.select_from(findings.join(decisions, _d.seq == _f.seq))
    where = [*of_subject(subject), _d.superseded_by.is_(None), _f.seq.between(*run)]
    if subject.dimension is Dimension.CUSTOMER:
        where.append(_d.seq.between(*run))
    return both.where(*where)


def _moment(row: Any) -> Moment:
    values = row._asdict()
    return Moment(**values | {"state": State(row.state), "is_overturned": bool(row.is_overturned)})
