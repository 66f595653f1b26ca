"""What became of conversations in the world: satisfaction, resolved, returned, churned or refunded."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from amity.errors import AmityError, Problem
from amity.log.record import Event, Kind
from amity.log.stored import newest_by_conversation
from amity.log.tables import outcomes

__all__ = ["BadOutcome", "WorldOutcome", "outcome_event", "outcomes_of"]

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


class BadOutcome(AmityError):
    """Something that cannot be recorded as what became of a conversation."""


@dataclass(frozen=True, slots=True)
class WorldOutcome:
    """*name* was *value* for a conversation, as observed at a time. ``seq`` is 0 until recorded."""

    conversation_id: str
    name: str
    value: float
    at_us: int
    seq: int = 0


def outcome_event(connection: Connection, wanted: WorldOutcome) -> Event:
    """What records *wanted*. Raises BadOutcome with all that is wrong."""
    problems = []
    if not _NAME.fullmatch(wanted.name):
        fix = (
            'use a to z, digits, "_", "-" and ".", a letter first, at most 64: csat, refund.amount'
        )
        message = "the name is not of the form that outcomes have"
        problems.append(Problem("C177", message, field="name", fix=fix))
    if not math.isfinite(wanted.value):
        problems.append(Problem("C178", "the value is not a finite number", field="value"))
    if newest_by_conversation(connection, wanted.conversation_id) is None:
        message = "no decision on this conversation is in the log"
        fix = "judge it first, and record what became of it under the same id"
        problems.append(Problem("C162", message, field="conversation_id", fix=fix))
    if problems:
        raise BadOutcome("The outcome cannot be recorded.", problems)
    return Event(
        Kind.OUTCOME,
        {
            "conversationId": wanted.conversation_id,
            "name": wanted.name,
            "value": float(wanted.value),
            "observedUs": wanted.at_us,
        },
    )


def outcomes_of(connection: Connection, conversation_ids: Iterable[str]) -> list[WorldOutcome]:
    """What became of *conversation_ids*, in the order in which it was recorded."""
    found = (
        select(
            outcomes.c.conversation_id,
            outcomes.c.name,
            outcomes.c.value,
            outcomes.c.at_us,
            outcomes.c.seq,
        )
        .where(outcomes.c.conversation_id.in_(list(conversation_ids)))
        .order_by(outcomes.c.seq)
    )
    return [WorldOutcome(**row._mapping) for row in connection.execute(found)]
