"""The rows that records other than decisions leave: where disputes stand, and what became of things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from amity.log.preparing import Prepared
from amity.log.record import Event, Kind
from amity.log.tables import dispute_steps, disputes, outcomes

__all__ = ["apply", "dispute_row", "outcome_row"]


def apply(connection: Connection, seq: int, at_us: int, prepared: Prepared) -> None:
    """Write the row that *prepared*, an event at *seq*, leaves; some leave none."""
    event = prepared.item
    if not isinstance(event, Event):
        return
    if event.kind is Kind.OUTCOME:
        connection.execute(outcomes.insert(), outcome_row(seq, at_us, event.body))
    elif event.kind is Kind.DISPUTE:
        row = dispute_row(seq, at_us, event.body)
        new = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(disputes)
        changed = {name: new.excluded[name] for name in row if name != "dispute_id"}
        connection.execute(
            new.on_conflict_do_update(index_elements=["dispute_id"], set_=changed), row
        )
        step = {"dispute_id": row["dispute_id"], "seq": seq}
        connection.execute(dispute_steps.insert(), step)


def dispute_row(seq: int, at_us: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """Where a dispute stands after the record at *seq*."""
    return {
        "dispute_id": body["disputeId"],
        "seq": body["seq"],
        "number": body["number"],
        "last_seq": seq,
        "state": body["state"],
        "policy": body["policy"],
        "rule": body["rule"],
        "at_us": at_us,
    }


def outcome_row(seq: int, at_us: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the record at *seq* says became of a conversation, and when it was observed."""
    return {
        "seq": seq,
        "conversation_id": body["conversationId"],
        "name": body["name"],
        "value": float(body["value"]),
        "at_us": body.get("observedUs", at_us),
    }
