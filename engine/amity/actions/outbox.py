"""The outbox: what is to be delivered, who is at it, and what became of it.

Every function works in the caller's transaction on the caller's connection. Times are whole
microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, MetaData, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from amity.actions.tables import outbox_tables

__all__ = [
    "MAX_WAIT_S",
    "Claim",
    "Claimed",
    "OutboxMessage",
    "bury",
    "claim",
    "defer",
    "enqueue",
    "forget_delivered",
    "give_back",
    "held",
    "is_due",
    "mark_delivered",
    "retry",
]

SECOND = 1_000_000
MAX_WAIT_S = 24 * 3600
"""No message waits longer than this for its next attempt, whatever a target asks for."""
MAX_ERROR = 500

OUTBOX = outbox_tables(MetaData())
_C = OUTBOX.c
_ADD_POSTGRESQL = postgresql.insert(OUTBOX).on_conflict_do_nothing().returning(_C.id)
_ADD_SQLITE = sqlite.insert(OUTBOX).on_conflict_do_nothing().returning(_C.id)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Something to deliver to one target. ``id`` is the same for the same moment and target."""

    id: str
    decision_id: str
    conversation_id: str
    action: str
    target: str
    payload: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims messages, when, and for how long; ``limit`` is how many at most."""

    owner: str
    now: int
    lease_s: float
    limit: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that a worker holds. ``attempt`` counts from 1 and tells one claim from the next."""

    id: str
    action: str
    target: str
    payload: bytes
    owner: str
    attempt: int


def enqueue(connection: Connection, messages: Iterable[OutboxMessage]) -> int:
    """Put *messages* into the outbox; those that are there already are left alone. Gives how many are new."""
    add = _ADD_POSTGRESQL if connection.dialect.name == "postgresql" else _ADD_SQLITE
    return sum(connection.execute(add, _row(m)).first() is not None for m in messages)


def _row(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "decision_id": message.decision_id,
        "conversation_id": message.conversation_id,
        "action": message.action,
        "target": message.target,
        "payload": message.payload,
        "created_at": message.created_at,
        "state": "waiting",
        "attempts": 0,
        "not_before": message.created_at,
        "lease_owner": "",
        "last_error": "",
    }


def is_due(connection: Connection, targets: Collection[str], now: int) -> bool:
    """Whether there is anything to claim for *targets*: a look that locks nothing."""
    return any(
        connection.execute(select(_C.id).where(_C.target == target, due).limit(1)).first()
        for target in targets
        for due in _due(now)
    )


def claim(
    connection: Connection, target: str, wanted: Claim, abandoned: Collection[tuple[str, int]] = ()
) -> list[Claimed]:
    """Take messages to *target* that are due, oldest first, and count an attempt for each.

    *abandoned* are claims (id, attempt) that the caller has seen unchanged for longer than a lease
    by its own steady clock; they are due whatever the wall clock says.
    """
    rows: list[Any] = []
    left = (and_(_C.id == key, _C.attempts == attempt) for key, attempt in abandoned)
    for due in (*_due(wanted.now), *(and_(_C.state == "claimed", one) for one in left)):
        found = (
            select(_C.id, _C.action, _C.payload, _C.attempts)
            .where(_C.target == target, due, _C.id.not_in([row.id for row in rows]))
            .order_by(_C.not_before, _C.id)
            .limit(wanted.limit - len(rows))
            .with_for_update(skip_locked=True)
        )
        rows += connection.execute(found).all()
        if len(rows) == wanted.limit:
            break
    if rows:
        connection.execute(
            update(OUTBOX)
            .where(_C.id.in_([row.id for row in rows]))
            .values(
                state="claimed",
                attempts=_C.attempts + 1,
                lease_owner=wanted.owner,
                lease_until=wanted.now + int(wanted.lease_s * SECOND),
            )
        )
    return [
        Claimed(row.id, row.action, target, bytes(row.payload), wanted.owner, row.attempts + 1)
        for row in rows
    ]


def _due(now: int) -> tuple[ColumnElement[bool], ...]:
    """What makes a message due; each by itself, since together no index could give their order."""
    return (
        and_(_C.state == "waiting", _C.not_before <= now),
        and_(_C.state == "claimed", _C.lease_until <= now),
        # A wait longer than any that is ever set means that the clock has been put back since.
        and_(_C.state == "waiting", _C.not_before > now + MAX_WAIT_S * SECOND),
    )


def held(connection: Connection, targets: Collection[str]) -> list[tuple[str, int]]:
    """Every claim (id, attempt) that is open for *targets*, whoever has it."""
    found = select(_C.id, _C.attempts).where(_C.state == "claimed", _C.target.in_(targets))
    return [(row.id, row.attempts) for row in connection.execute(found)]


def mark_delivered(connection: Connection, message: Claimed, status: int, now: int) -> None:
    """Record that *message* has arrived. That is a fact, even if the lease has run out meanwhile."""
    connection.execute(
        update(OUTBOX)
        .where(_C.id == message.id, _C.state != "delivered")
        .values(
            state="delivered",
            payload=b"",
            ended_at=now,
            last_status=status,
            last_error="",
            lease_until=None,
        )
    )


def defer(
    connection: Connection, message: Claimed, not_before: int, error: str, status: int | None
) -> bool:
    """Record that an attempt failed, and when the next may be; False if somebody else has it now."""
    values = {"state": "waiting", "not_before": not_before, "lease_until": None}
    return _settle(connection, message, {**values, **_failure(error, status)})


def bury(
    connection: Connection, message: Claimed, error: str, status: int | None, now: int
) -> bool:
    """Record that *message* is given up, until somebody retries it; False if somebody else has it now."""
    values = {"state": "dead", "ended_at": now, "lease_until": None}
    return _settle(connection, message, {**values, **_failure(error, status)})


def give_back(connection: Connection, message: Claimed, now: int) -> bool:
    """Undo a claim whose attempt was not made or not finished, as when a worker is stopped."""
    values = {"state": "waiting", "not_before": now, "lease_until": None}
    return _settle(connection, message, {**values, "attempts": message.attempt - 1})


def _failure(error: str, status: int | None) -> dict[str, object]:
    return {"last_error": error[:MAX_ERROR], "last_status": status}


def _settle(connection: Connection, message: Claimed, values: dict[str, object]) -> bool:
    mine = and_(
        _C.id == message.id,
        _C.state == "claimed",
        _C.lease_owner == message.owner,
        _C.attempts == message.attempt,
    )
    return connection.execute(update(OUTBOX).where(mine).values(**values)).rowcount > 0


def retry(
    connection: Connection, now: int, *, ids: Sequence[str] = (), target: str = ""
) -> list[str]:
    """Make dead messages due with all their attempts before them: those *ids*, or all of *target*, or all.

    Gives the ids of those that were dead.
    """
    dead = select(_C.id).where(_C.state == "dead")
    if ids:
        dead = dead.where(_C.id.in_(ids))
    if target:
        dead = dead.where(_C.target == target)
    found = list(connection.execute(dead.order_by(_C.created_at, _C.id)).scalars())
    if found:
        connection.execute(
            update(OUTBOX)
            .where(_C.state == "dead", _C.id.in_(found))
            .values(state="waiting", attempts=0, not_before=now, ended_at=None)
        )
    return found


def forget_delivered(connection: Connection, before: int, limit: int = 1000) -> int:
    """Delete at most *limit* messages that were delivered earlier than *before*; gives how many.

    Dead messages are never deleted.
    """
    old = select(_C.id).where(_C.ended_at < before, _C.state == "delivered").limit(limit)
    ids = list(connection.execute(old).scalars())
    if ids:
        connection.execute(OUTBOX.delete().where(_C.id.in_(ids)))
    return len(ids)
