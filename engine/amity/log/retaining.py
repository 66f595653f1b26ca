"""Carrying out retention: what a plan says is to go, goes, and the log says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from amity.log.erasure import forget_views, parts
from amity.log.log import DecisionLog
from amity.log.reading import LogReader
from amity.log.record import Kind
from amity.log.tables import decisions, findings, payloads
from amity.policy.model import Severity
from amity.privacy.policy import Retention
from amity.privacy.retention import Drop, RecordSummary, body, plan

__all__ = ["Retained", "planned", "retain"]

# Records that one transaction changes, so that nobody waits long behind it.
STEP = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Retained:
    """How many sealed originals and views go, of how many records that are old enough for it."""

    sealed: int
    views: int
    looked_at: int


def planned(log: LogReader, retention: Retention, now: datetime) -> Retained:
    """What *retention* would take at *now*; nothing is changed."""
    sealed = views = looked_at = 0
    for drops, count in _steps(log, retention, now):
        sealed += sum(drop.sealed for drop in drops)
        views += sum(drop.view for drop in drops)
        looked_at += count
    return Retained(sealed, views, looked_at)


def retain(
    log: DecisionLog,
    retention: Retention,
    now: datetime,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Retained:
    """Drop what *retention* says is over at *now*, each step with a record of its own.

    It ends before the next step once *is_over* says so.
    """
    sealed = views = looked_at = 0
    for drops, count in _steps(log, retention, now):
        if is_over():
            break
        looked_at += count
        if drops:
            log.record(Kind.RETENTION, _deed(drops)).result()
            sealed += sum(drop.sealed for drop in drops)
            views += sum(drop.view for drop in drops)
    return Retained(sealed, views, looked_at)


def _deed(drops: list[Drop]) -> Any:
    def deed(connection: Connection) -> Mapping[str, Any]:
        for some in parts([drop.seq for drop in drops if drop.sealed]):
            gone = update(payloads).where(payloads.c.seq.in_(some)).values(sealed=None)
            connection.execute(gone)
        forget_views(connection, [drop.seq for drop in drops if drop.view])
        return body(drops)

    return deed


def _steps(log: LogReader, retention: Retention, now: datetime) -> Iterator[tuple[list[Drop], int]]:
    """The plan, some records at a time, each step read when the one before is done."""
    if retention.shortest is None:
        return
    after, until = 0, (now - retention.shortest - EPOCH) // timedelta(microseconds=1)
    while True:
        with log.read() as connection:
            summaries = list(_summaries(connection, after, until))
        if not summaries:
            return
        after = summaries[-1].seq
        yield list(plan(retention, summaries, now)), len(summaries)


def _summaries(connection: Connection, after: int, until_us: int) -> Iterator[RecordSummary]:
    """The next records after *after*, made until *until_us*, that have any form left."""
    rows = connection.execute(
        select(
            decisions.c.seq,
            decisions.c.at_us,
            payloads.c.sealed.is_not(None).label("has_sealed"),
            payloads.c.view.is_not(None).label("has_view"),
        )
        .join(payloads, payloads.c.seq == decisions.c.seq)
        .where(decisions.c.seq > after, decisions.c.at_us <= until_us)
        .where(or_(payloads.c.sealed.is_not(None), payloads.c.view.is_not(None)))
        .order_by(decisions.c.seq)
        .limit(STEP)
    ).all()
    missed = _missed(connection, [row.seq for row in rows])
    for row in rows:
        at = EPOCH + timedelta(microseconds=row.at_us)
        yield RecordSummary(
            row.seq, at, missed.get(row.seq, ()), bool(row.has_sealed), bool(row.has_view)
        )


def _missed(connection: Connection, seqs: list[int]) -> dict[int, tuple[tuple[str, Severity], ...]]:
    found: dict[int, tuple[tuple[str, Severity], ...]] = {}
    for some in parts(seqs):
        query = select(
            findings.c.seq, findings.c.policy, findings.c.rule, findings.c.severity
        ).where(findings.c.seq.in_(some), findings.c.state == "missed")
        for row in connection.execute(query):
            rule = (f"{row.policy}/{row.rule}", Severity(row.severity))
            found[row.seq] = (*found.get(row.seq, ()), rule)
    return found
