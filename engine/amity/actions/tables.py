"""The table of the outbox. The decision log creates and migrates it beside its own tables."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

__all__ = ["STATES", "outbox_tables"]

STATES = ("waiting", "claimed", "delivered", "dead")


def outbox_tables(metadata: MetaData) -> Table:
    """The table ``outbox`` in *metadata*; the same table when asked again.

    Times are whole microseconds since 1970 in UTC. ``id`` is what the receiver knows as webhook-id;
    ``payload`` is the exact body to send, and is emptied once it is delivered.
    """
    if "outbox" in metadata.tables:
        return metadata.tables["outbox"]
    states = ", ".join(f"'{state}'" for state in STATES)
    return Table(
        "outbox",
        metadata,
        Column("id", String(64), primary_key=True),
        Column("decision_id", String(64), nullable=False),
        Column("conversation_id", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("state", String(10), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("not_before", BigInteger, nullable=False),
        Column("lease_until", BigInteger, nullable=True),
        Column("lease_owner", Text, nullable=False),
        Column("last_error", Text, nullable=False),
        Column("last_status", SmallInteger, nullable=True),
        Column("ended_at", BigInteger, nullable=True),
        CheckConstraint(f"state IN ({states})", name="outbox_state"),
        Index("outbox_due", "state", "target", "not_before", "id"),
        Index("outbox_decision", "decision_id"),
        Index("outbox_ended", "ended_at"),
    )
