"""The first tables: records and their chain, payloads, the narrow rows, sums, requests, keys."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

revision = "0001"
down_revision = None

# A copy on purpose: amity.log.tables changes, and this step must not.
METADATA = MetaData()

Table(
    "records",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("batch", BigInteger, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)

Table(
    "batches",
    METADATA,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
)

Table(
    "payloads",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),
    Column("view", LargeBinary),
    Column("sealed", LargeBinary),
    Column("key_ref", Text),
)

Table(
    "decisions",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("decision_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("customer_ref", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("score", Float),
    Column("is_open", Boolean, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("superseded_by", BigInteger),
    Index("decisions_by_id", "decision_id", "seq"),
    Index("decisions_by_conversation", "conversation_id", "seq"),
    Index("decisions_by_time", "at_us", "seq"),
    Index("decisions_by_agent", "agent_id", "seq"),
    Index("decisions_by_team", "team", "verdict", "seq"),
    Index("decisions_by_customer", "customer_ref", "seq"),
    Index("decisions_by_digest", "policy_digest", "seq"),
)

Table(
    "findings",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("policy", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("findings_by_rule", "policy", "rule", "state", "seq"),
    Index("findings_by_agent", "agent_id", "seq"),
    sqlite_with_rowid=False,
)

Table(
    "daily_findings",
    METADATA,
    Column("team", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("shown", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("abstained", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("weight_shown", BigInteger, nullable=False),
    Column("weight_missed", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Table(
    "daily_verdicts",
    METADATA,
    Column("team", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("verdict", Text, primary_key=True),
    Column("policy_digest", Text, primary_key=True),
    Column("decisions", Integer, nullable=False),
    sqlite_with_rowid=False,
)

Table(
    "group_findings",
    METADATA,
    Column("dimension", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("policy", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("shown", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("abstained", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("weight_shown", BigInteger, nullable=False),
    Column("weight_missed", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Table(
    "group_verdicts",
    METADATA,
    Column("dimension", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("verdict", Text, primary_key=True),
    Column("policy_digest", Text, primary_key=True),
    Column("decisions", Integer, nullable=False),
    sqlite_with_rowid=False,
)

Table(
    "requests",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("requests_by_time", "at_us"),
    sqlite_with_rowid=False,
)

Table(
    "keys",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("wrapped", LargeBinary),
    Column("master", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("destroyed_us", BigInteger),
    sqlite_with_rowid=False,
)

Table(
    "disputes",
    METADATA,
    Column("dispute_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("disputes_by_decision", "seq"),
    Index("disputes_by_state", "state", "at_us"),
    sqlite_with_rowid=False,
)

Table(
    "outcomes",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("outcomes_by_conversation", "conversation_id", "name"),
    Index("outcomes_by_name", "name", "at_us"),
)


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind())
