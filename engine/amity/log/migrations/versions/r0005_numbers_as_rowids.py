"""In a SQLite file the number of a record is the place of its row, without an index of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEYS = {
    "records": "seq",
    "batches": "batch",
    "payloads": "seq",
    "decisions": "seq",
    "outcomes": "seq",
}


def upgrade() -> None:
    """Copy the tables whose key was a BIGINT, in the order of their numbers."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, key in KEYS.items():
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.alter_column(key, existing_type=sa.BigInteger, type_=sa.Integer)
