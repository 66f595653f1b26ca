"""Sums of all rules together, and indexes that have what is often asked for besides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INDEXES = {
    "decisions_by_agent": ("decisions", ["agent_id", "seq", "verdict", "channel"]),
    "decisions_by_team": ("decisions", ["team", "seq", "verdict", "channel"]),
    "decisions_by_channel": ("decisions", ["channel", "seq", "verdict"]),
    "findings_by_rule": ("findings", ["policy", "rule", "state", "seq", "team"]),
    "findings_by_agent": ("findings", ["agent_id", "seq", "state", "policy", "rule"]),
}
UNKNOWN = "state IN ('abstained', 'pending')"
SUMS = ("shown", "missed", "abstained", "pending", "weight_shown", "weight_missed")
KEYS = {
    "daily_totals": ("team", "agent_id", "day", "channel"),
    "group_totals": ("dimension", "name", "day"),
}
SOURCES = {"daily_totals": "daily_findings", "group_totals": "group_findings"}


def upgrade() -> None:
    """Make the indexes anew, and the tables with the sums of what there is."""
    for name, (table, columns) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    only = sa.text(UNKNOWN)
    op.create_index(
        "findings_unknown", "findings", ["state", "seq"], sqlite_where=only, postgresql_where=only
    )
    for table, key in KEYS.items():
        op.create_table(
            table,
            *(_key(name) for name in key),
            *(sa.Column(name, _number(name), nullable=False) for name in SUMS),
            sqlite_with_rowid=False,
        )
        op.execute(_filling(table, key))


def _key(name: str) -> sa.Column[str] | sa.Column[int]:
    if name == "day":
        return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)
    return sa.Column(name, sa.Text, primary_key=True)


def _number(name: str) -> sa.Integer:
    return sa.BigInteger() if name.startswith("weight") else sa.Integer()


def _filling(table: str, key: tuple[str, ...]) -> str:
    names = ", ".join((*key, *SUMS))
    sums = ", ".join((*key, *(f"sum({name})" for name in SUMS)))
    source, by = SOURCES[table], ", ".join(key)
    return f"INSERT INTO {table} ({names}) SELECT {sums} FROM {source} GROUP BY {by}"  # noqa: S608
