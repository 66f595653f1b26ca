"""Sums of whole weeks beside those of days, for scorecards of a long time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SUMS = ("shown", "missed", "abstained", "pending", "weight_shown", "weight_missed")
KEYS = {
    "weekly_findings": ("dimension", "name", "week", "policy", "rule"),
    "weekly_agents": ("team", "agent_id", "week"),
    "weekly_channels": ("team", "channel", "week"),
}
SOURCES = {
    "weekly_findings": "group_findings",
    "weekly_agents": "daily_totals",
    "weekly_channels": "daily_totals",
}
DAY_US = 86_400_000_000


def upgrade() -> None:
    """Make the tables, and fill them with the weeks before that of the last record."""
    last = sa.text("SELECT at_us FROM records ORDER BY seq DESC LIMIT 1")
    day = (op.get_bind().execute(last).scalar() or 0) // DAY_US
    for table, key in KEYS.items():
        op.create_table(
            table,
            *(_key(name) for name in key),
            *(sa.Column(name, _number(name), nullable=False) for name in SUMS),
            sqlite_with_rowid=False,
        )
        op.execute(_filling(table, key, day - (day + 3) % 7))


def _key(name: str) -> sa.Column[str] | sa.Column[int]:
    if name == "week":
        return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)
    return sa.Column(name, sa.Text, primary_key=True)


def _number(name: str) -> sa.Integer:
    return sa.BigInteger() if name.startswith("weight") else sa.Integer()


def _filling(table: str, key: tuple[str, ...], before: int) -> str:
    names = ", ".join((*key, *SUMS))
    chosen = names.replace("week", "day - (day + 3) % 7 AS week", 1)
    each = f"SELECT {chosen} FROM {SOURCES[table]} WHERE day < {before:d}"  # noqa: S608
    sums = ", ".join((*key, *(f"sum({name})" for name in SUMS)))
    by = ", ".join(key)
    return f"INSERT INTO {table} ({names}) SELECT {sums} FROM ({each}) AS days GROUP BY {by}"  # noqa: S608
