"""Each log has an id, which its chain begins with."""

from __future__ import annotations

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, and put the id there that the first record names; a new one if none is."""
    about = op.create_table(
        "about",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    first = op.get_bind().execute(sa.text("SELECT header FROM records WHERE seq = 1")).scalar()
    log_id = json.loads(first)["log"] if first is not None else str(uuid.uuid4())
    op.bulk_insert(about, [{"name": "log_id", "value": log_id}])
