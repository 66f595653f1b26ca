"""Lists by team, channel and verdict alone go through an index; disputes know their steps."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the indexes and the table, with the steps of the disputes that there are."""
    op.drop_index("decisions_by_team", "decisions")
    op.create_index("decisions_by_team", "decisions", ["team", "seq"])
    op.create_index("decisions_by_channel", "decisions", ["channel", "seq"])
    op.create_index("decisions_by_verdict", "decisions", ["verdict", "seq"])
    op.drop_index("disputes_by_state", "disputes")
    op.create_index("disputes_by_state", "disputes", ["state", "last_seq"])
    op.create_index("disputes_by_change", "disputes", ["last_seq"])
    steps = op.create_table(
        "dispute_steps",
        sa.Column("dispute_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    found = op.get_bind().execute(
        sa.text("SELECT seq, header FROM records WHERE kind = 'dispute' ORDER BY seq")
    )
    rows = [
        {"dispute_id": json.loads(header)["body"]["disputeId"], "seq": seq} for seq, header in found
    ]
    if rows:
        op.bulk_insert(steps, rows)
