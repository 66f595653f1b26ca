"""Finds the records that a filter describes, the newest first, by the index that narrows them most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    TextClause,
    bindparam,
    func,
    or_,
    select,
    union,
)

from amity.evaluate.outcome import State
from amity.log.filter import Filter
from amity.log.tables import UNKNOWN, decisions, findings

__all__ = ["Found", "Search"]

# A filter on findings that no index narrows looks for one page at so many records, then further
# back at so many, and so on: what is common is found among few.
WINDOWS = (1_000, 3_000, 9_000, 27_000)
_STATES = tuple(state.value for state in State if state is not State.NO_OPPORTUNITY)
_UNKNOWN = {State.ABSTAINED.value, State.PENDING.value}
_ESCAPE = "\\"
Query = Select[tuple[int]]
_LOW, _BEFORE = bindparam("low", type_=BigInteger), bindparam("before", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class Found:
    """Records, the newest first, and below which one to go on; None where there are no more."""

    seqs: list[int]
    goes_on_below: int | None


class Search:
    """One list: a filter, the last record that it is of, and the first that is not too old.

    Each of its *branches* is a query whose rows come in the order of an index, so that a page costs
    what is on it and not what is in the log. A record may be in more than one.
    """

    def __init__(self, wanted: Filter, upper: int, lowest: int) -> None:
        self._wanted, self._upper, self._lowest = wanted, upper, lowest
        self._is_windowed = wanted.is_about_findings and not _is_narrow(wanted)
        self._branches = list(self._made())

    def page(self, connection: Connection, before: int, size: int) -> Found:
        """Up to *size* records below *before*."""
        seqs: list[int] = []
        for low in self._windows(before):
            seqs += self._newest(connection, low, before, size + 1 - len(seqs))
            if len(seqs) > size:
                return Found(seqs[:size], seqs[size - 1])
            before = low
        return Found(seqs, before if before > self._lowest else None)

    def count(self, connection: Connection, before: int, most: int) -> int:
        """How many there are below *before*, or *most* if there are more."""
        parts = [each.distinct().limit(most).subquery() for each in self._branches]
        some = [select(part.c[0]) for part in parts]
        every = (union(*some) if len(some) > 1 else some[0]).limit(most).subquery()
        span = {"low": self._lowest, "before": before}
        return connection.execute(select(func.count()).select_from(every), span).scalar_one()

    def queries(self, before: int, size: int) -> list[Query]:
        """What a page of *size* below *before* asks the database."""
        low = next(iter(self._windows(before)), self._lowest)
        span = {"low": low, "before": before}
        return [_ordered(each, size + 1).params(span) for each in self._branches]

    def _windows(self, before: int) -> Iterator[int]:
        """The lower ends of the spans of records to look at, one after the other."""
        if before <= self._lowest:
            return
        if not self._is_windowed:
            yield self._lowest
            return
        for window in WINDOWS:
            before = max(self._lowest, before - window)
            yield before
            if before == self._lowest:
                return

    def _newest(self, connection: Connection, low: int, before: int, limit: int) -> list[int]:
        seqs: list[int] = []
        for query in self._branches:
            span = {"low": low, "before": before}
            found = connection.execute(_ordered(query, limit), span).scalars()
            seqs = sorted({*seqs, *found}, reverse=True)[:limit]
            if len(seqs) == limit:
                low = seqs[-1]  # nothing below it can be on the page
        return seqs

    def _made(self) -> Iterator[Query]:
        wanted = self._wanted
        if not wanted.is_about_findings:
            yield self._by_decision(is_main=True)
            if wanted.agent_id:
                yield self._by_finding(findings.c.agent_id == wanted.agent_id)
        elif _is_narrow_decision(wanted) or (self._is_windowed and _has_decision(wanted)):
            yield self._by_decision()
        elif wanted.rule and not wanted.agent_id:
            for state in (wanted.state,) if wanted.state else _STATES:
                yield self._by_finding(*self._of_finding(), findings.c.state == state)
        elif wanted.state in _UNKNOWN and not wanted.agent_id:
            yield self._by_finding(*self._of_finding(), UNKNOWN)
        else:
            yield self._by_finding(*self._of_finding())

    def _by_decision(self, *, is_main: bool = False) -> Query:
        query = select(decisions.c.seq).where(*_span(decisions.c.seq), *self._of_decision())
        wanted = self._wanted
        if is_main and wanted.agent_id:
            query = query.where(decisions.c.agent_id == wanted.agent_id)
        if wanted.is_about_findings:
            its = select(findings.c.seq).where(
                findings.c.seq == decisions.c.seq, *self._of_finding()
            )
            query = query.where(its.exists())
        return query

    def _by_finding(self, *conditions: ColumnElement[bool] | TextClause) -> Query:
        query = select(findings.c.seq).where(*_span(findings.c.seq), *conditions)
        of_decision = list(self._of_decision())
        if not of_decision:
            return query.group_by(findings.c.seq)
        if not self._wanted.is_about_findings:
            # A decision may have many findings of the agent, and is looked at once.
            its = query.distinct().subquery()
            return (
                select(its.c.seq).join(decisions, decisions.c.seq == its.c.seq).where(*of_decision)
            )
        joined = findings.join(decisions, decisions.c.seq == findings.c.seq)
        return query.select_from(joined).where(*of_decision).group_by(findings.c.seq)

    def _of_decision(self) -> Iterator[ColumnElement[bool]]:
        wanted = self._wanted
        names = ["conversation_id", "customer_ref", "channel", "verdict", "policy_digest"]
        for name in names if wanted.is_about_findings else [*names, "team"]:
            if value := getattr(wanted, name):
                yield decisions.c[name] == value
        if wanted.newest_only:
            # What superseded a decision after the list was begun is not in the list.
            later = decisions.c.superseded_by
            yield or_(later.is_(None), later > self._upper)

    def _of_finding(self) -> Iterator[ColumnElement[bool]]:
        wanted = self._wanted
        for name in ("policy", "rule", "state", "agent_id", "team"):
            if value := getattr(wanted, name):
                column: ColumnElement[str] = findings.c[name]
                if name in {"policy", "rule"} and wanted.agent_id:
                    # What one agent has of a rule is found among what the agent has: the index of
                    # rules, which an expression keeps from being taken, has that of all agents.
                    column = func.coalesce(column, "")
                yield column == value
        if text := wanted.text:
            yield func.lower(findings.c.text).like(f"%{_literal(text.lower())}%", escape=_ESCAPE)


def _has_decision(wanted: Filter) -> bool:
    """Whether it narrows decisions by what few of them may have."""
    return bool(wanted.channel or wanted.verdict or wanted.policy_digest) and not wanted.agent_id


def _is_narrow_decision(wanted: Filter) -> bool:
    """Whether it names a conversation or a customer, of which there are few decisions."""
    return bool(wanted.conversation_id or wanted.customer_ref)


def _is_narrow(wanted: Filter) -> bool:
    if _is_narrow_decision(wanted):
        return True
    is_indexed = wanted.rule or wanted.state in _UNKNOWN or (wanted.agent_id and wanted.state)
    return bool(is_indexed) and not wanted.text


def _span(column: Column[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= _LOW, column < _BEFORE


def _ordered(query: Select[Any], limit: int) -> Select[Any]:
    return query.order_by(query.selected_columns[0].desc()).limit(limit)


def _literal(text: str) -> str:
    for mark in (_ESCAPE, "%", "_"):
        text = text.replace(mark, _ESCAPE + mark)
    return text
