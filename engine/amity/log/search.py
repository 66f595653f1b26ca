"""Finds the records that a filter describes, the newest first, by the index that narrows them most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, or_, select, union

from amity.evaluate.outcome import State
from amity.log.filter import Filter
from amity.log.tables import decisions, findings

__all__ = ["Found", "Search"]

# A filter on findings that no index narrows looks at so many records at once, and at so many of
# these windows for one page.
WINDOW = 20_000
MOST_WINDOWS = 5
_STATES = tuple(state.value for state in State if state is not State.NO_OPPORTUNITY)
_ESCAPE = "\\"


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

    def page(self, connection: Connection, before: int, size: int) -> Found:
        """Up to *size* records below *before*."""
        seqs: list[int] = []
        for low in self._windows(before):
            seqs += self._newest(connection, low, before, size + 1 - len(seqs))
            if len(seqs) > size:
                return Found(seqs[:size], seqs[size - 1])
            before = low
        return Found(seqs, before if before > self._lowest else None)

    def count(self, connection: Connection, before: int) -> int:
        """How many there are below *before*."""
        parts = [query.distinct() for query in self._branches(self._lowest, before)]
        every = (union(*parts) if len(parts) > 1 else parts[0]).subquery()
        return connection.execute(select(func.count()).select_from(every)).scalar_one()

    def queries(self, before: int, size: int) -> list[Select[tuple[int]]]:
        """What a page of *size* below *before* asks the database."""
        low = next(iter(self._windows(before)), self._lowest)
        return [_ordered(query, size + 1) for query in self._branches(low, before)]

    def _windows(self, before: int) -> Iterator[int]:
        """The lower ends of the spans of records to look at, one after the other."""
        if before <= self._lowest:
            return
        if not self._is_windowed:
            yield self._lowest
            return
        for _ in range(MOST_WINDOWS):
            before = max(self._lowest, before - WINDOW)
            yield before
            if before == self._lowest:
                return

    def _newest(self, connection: Connection, low: int, before: int, limit: int) -> list[int]:
        seqs: set[int] = set()
        for query in self._branches(low, before):
            seqs.update(connection.execute(_ordered(query, limit)).scalars())
        return sorted(seqs, reverse=True)[:limit]

    def _branches(self, low: int, before: int) -> list[Select[tuple[int]]]:
        wanted = self._wanted
        if not wanted.is_about_findings:
            branches = [self._by_decision(low, before, about_agent=True)]
            if wanted.agent_id:
                own = findings.c.agent_id == wanted.agent_id
                branches.append(self._by_finding(low, before, own))
            return branches
        if _is_narrow_decision(wanted):
            return [self._by_decision(low, before)]
        if wanted.rule:
            states = (wanted.state,) if wanted.state else _STATES
            return [
                self._by_finding(low, before, *self._of_finding(), findings.c.state == state)
                for state in states
            ]
        if wanted.agent_id:
            return [self._by_finding(low, before, *self._of_finding())]
        return [self._by_decision(low, before)]

    def _by_decision(
        self, low: int, before: int, *, about_agent: bool = False
    ) -> Select[tuple[int]]:
        query = select(decisions.c.seq).where(*_span(decisions, low, before), *self._of_decision())
        wanted = self._wanted
        if about_agent and wanted.agent_id:
            query = query.where(decisions.c.agent_id == wanted.agent_id)
        if wanted.is_about_findings:
            its = select(findings.c.seq).where(
                findings.c.seq == decisions.c.seq, *self._of_finding()
            )
            query = query.where(its.exists())
        return query

    def _by_finding(
        self, low: int, before: int, *conditions: ColumnElement[bool]
    ) -> Select[tuple[int]]:
        joined = findings.join(decisions, decisions.c.seq == findings.c.seq)
        return (
            select(findings.c.seq)
            .select_from(joined)
            .where(*_span(findings, low, before), *conditions, *self._of_decision())
            .group_by(findings.c.seq)
        )

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
        for name in ("policy", "rule", "state", "agent_id", "team"):
            if value := getattr(self._wanted, name):
                yield findings.c[name] == value
        if text := self._wanted.text:
            yield func.lower(findings.c.text).like(f"%{_literal(text.lower())}%", escape=_ESCAPE)


def _is_narrow_decision(wanted: Filter) -> bool:
    """Whether it names a conversation or a customer, of which there are few decisions."""
    return bool(wanted.conversation_id or wanted.customer_ref)


def _is_narrow(wanted: Filter) -> bool:
    is_one_rule = bool(wanted.rule) and not wanted.text
    return _is_narrow_decision(wanted) or is_one_rule


def _span(table: FromClause, low: int, before: int) -> tuple[ColumnElement[bool], ...]:
    return table.c.seq >= low, table.c.seq < before


def _ordered(query: Select[Any], limit: int) -> Select[Any]:
    return query.order_by(query.selected_columns[0].desc()).limit(limit)


def _literal(text: str) -> str:
    for mark in (_ESCAPE, "%", "_"):
        text = text.replace(mark, _ESCAPE + mark)
    return text
