"""What is to be delivered stands beside the decisions that ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STATES = "'waiting', 'claimed', 'delivered', 'dead'"


def upgrade() -> None:
    """Make the table of the outbox."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("lease_owner", sa.Text, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("last_status", sa.SmallInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.CheckConstraint(f"state IN ({STATES})", name="outbox_state"),
    )
    op.create_index("outbox_due", "outbox", ["state", "target", "not_before", "id"])
    op.create_index("outbox_decision", "outbox", ["decision_id"])
    op.create_index("outbox_ended", "outbox", ["ended_at"])
