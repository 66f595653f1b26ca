"""The outbox as people see it: messages without what they say, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, func, select

from amity.actions.outbox import OUTBOX

__all__ = ["Backlog", "Entry", "backlog", "entries", "known"]

_C = OUTBOX.c


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the outbox as people see it, without what it says."""

    id: str
    decision_id: str
    conversation_id: str
    action: str
    target: str
    state: str
    attempts: int
    created_at: int
    not_before: int
    ended_at: int | None
    last_status: int | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages of *target* are in *state*, and since when the oldest is."""

    target: str
    state: str
    count: int
    oldest: int


def entries(
    connection: Connection,
    *,
    states: Collection[str] = (),
    target: str = "",
    ids: Collection[str] = (),
    limit: int = 100,
) -> list[Entry]:
    """Messages, the newest first, of these states, target and ids where any are given."""
    found = select(*(_C[column.name] for column in fields(Entry)))
    if states:
        found = found.where(_C.state.in_(states))
    if target:
        found = found.where(_C.target == target)
    if ids:
        found = found.where(_C.id.in_(ids))
    ordered = found.order_by(_C.created_at.desc(), _C.id).limit(limit)
    return [Entry(*row) for row in connection.execute(ordered)]


def backlog(connection: Connection) -> list[Backlog]:
    """Counts by target and state."""
    found = (
        select(_C.target, _C.state, func.count(), func.min(_C.created_at))
        .group_by(_C.target, _C.state)
        .order_by(_C.target, _C.state)
    )
    return [Backlog(*row) for row in connection.execute(found)]


def known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of *ids* that are in the outbox."""
    return set(connection.execute(select(_C.id).where(_C.id.in_(ids))).scalars())
