"""The tables of the decision log, the same in SQLite and in PostgreSQL.

Times are whole microseconds since 1970 in UTC, days are whole days since then, digests are the 32
bytes of a SHA-256. The primary key's columns stand first in each table: SQLite's own integrity
check cries corruption over a table without rowids that has them elsewhere.
"""

from __future__ import annotations

from typing import Any

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
    text,
)

from amity.actions.tables import outbox_tables

__all__ = [
    "METADATA",
    "UNKNOWN",
    "about",
    "batches",
    "daily_findings",
    "daily_totals",
    "daily_verdicts",
    "decisions",
    "dispute_steps",
    "disputes",
    "findings",
    "group_findings",
    "group_totals",
    "group_verdicts",
    "keys",
    "outbox",
    "outcomes",
    "payloads",
    "records",
    "requests",
    "weekly_agents",
    "weekly_channels",
    "weekly_findings",
]

METADATA = MetaData()

# In SQLite only a key of type INTEGER is the place of the row itself; any other makes an index of
# its own, which every commit would have to write and every look-up to read.
NUMBER = BigInteger().with_variant(Integer, "sqlite")

# What is to be delivered, enqueued in the transaction of the decision that asks for it.
outbox = outbox_tables(METADATA)

# What the log says of itself: "log_id", which the chain begins with.
about = Table(
    "about",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

# The chain: one row for each thing that was ever logged, never changed and never deleted.
records = Table(
    "records",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),  # 1, 2, 3… without gaps
    Column("kind", Text, nullable=False),  # amity.log.record.Kind
    Column("at_us", BigInteger, nullable=False),  # never earlier than that of the row before
    Column("batch", BigInteger, nullable=False),
    Column("header", LargeBinary, nullable=False),  # canonical JSON; `leaf` is its digest
    Column("leaf", LargeBinary, nullable=False),
)

# One row for each transaction of the writer: a Merkle tree over its leaves, chained to the last.
batches = Table(
    "batches",
    METADATA,
    Column("batch", NUMBER, primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
)

# What was logged, apart from the narrow rows that queries read. Either form may be gone, by
# retention, erasure or the operator's choice; the header says what it was the digest of.
payloads = Table(
    "payloads",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),  # goes with the view, whose digest it salts
    Column("view", LargeBinary),  # zstd of canonical JSON, redacted
    Column("sealed", LargeBinary),  # encrypted original
    Column("key_ref", Text),  # whose key opens it: keys.ref
)

decisions = Table(
    "decisions",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("decision_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("team", Text, nullable=False),  # of the main agent; "" if unknown, as below
    Column("agent_id", Text, nullable=False),  # who spoke most of the agents' turns
    Column("customer_ref", Text, nullable=False),  # a keyed hash, never the id itself
    Column("verdict", Text, nullable=False),
    Column("score", Float),
    Column("is_open", Boolean, nullable=False),
    Column("policy_digest", Text, nullable=False),
    # A conversation is often judged more than once (live, then finished); reports count the newest.
    Column("superseded_by", BigInteger),
    Index("decisions_by_id", "decision_id", "seq"),
    Index("decisions_by_conversation", "conversation_id", "seq"),
    Index("decisions_by_time", "at_us", "seq"),
    # What is often asked for besides stands in the index, so that rows that lack it are not read.
    Index("decisions_by_agent", "agent_id", "seq", "verdict", "channel"),
    Index("decisions_by_team", "team", "seq", "verdict", "channel"),
    Index("decisions_by_channel", "channel", "seq", "verdict"),
    Index("decisions_by_verdict", "verdict", "seq"),
    Index("decisions_by_customer", "customer_ref", "seq"),
    Index("decisions_by_digest", "policy_digest", "seq"),
)

# Every outcome that has an opportunity or is abstained; rules without one leave no finding.
UNKNOWN = text("state IN ('abstained', 'pending')")
findings = Table(
    "findings",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # the outcome's index
    Column("policy", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("turn", Integer, nullable=False),  # -1 if unknown
    Column("agent_id", Text, nullable=False),  # whose conduct it is about
    Column("team", Text, nullable=False),
    Column("text", Text, nullable=False),  # the reason, redacted
    Index("findings_by_rule", "policy", "rule", "state", "seq", "team"),
    Index("findings_by_agent", "agent_id", "seq", "state", "policy", "rule"),
    # Those that may be far apart, unlike what was shown or missed.
    Index("findings_unknown", "state", "seq", sqlite_where=UNKNOWN, postgresql_where=UNKNOWN),
    sqlite_with_rowid=False,
)

COUNTED = ("shown", "missed", "abstained", "pending")


def _sums(name: str, *key: str) -> Table:
    """A table of what findings come to for each *key*, in whose order the rows lie."""
    return Table(
        name,
        METADATA,
        *map(_part_of_key, key),
        *(Column(each, Integer, nullable=False) for each in COUNTED),
        *(Column(each, BigInteger, nullable=False) for each in ("weight_shown", "weight_missed")),
        sqlite_with_rowid=False,
    )


def _verdicts(name: str, *key: str) -> Table:
    """A table of how many decisions there are for each *key*."""
    return Table(
        name,
        METADATA,
        *map(_part_of_key, key),
        Column("decisions", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _part_of_key(name: str) -> Column[Any]:
    if name in {"day", "week"}:
        return Column(name, Integer, primary_key=True, autoincrement=False)
    return Column(name, Text, primary_key=True)


# Sums for scorecards, written in the transaction of the decision that they count (rollups.py). A
# scorecard asks for one agent, team or channel over a run of days, so that is how the keys begin.
# Weights are millionths: sums of whole numbers are the same in whatever order they were made.
daily_findings = _sums("daily_findings", "team", "agent_id", "day", "channel", "policy", "rule")
# The verdict is "open" for a conversation under way.
daily_verdicts = _verdicts(
    "daily_verdicts", "team", "agent_id", "day", "channel", "verdict", "policy_digest"
)

# The same sums by team and by channel (the dimension), without agents: a hundredth of the rows.
group_findings = _sums("group_findings", "dimension", "name", "day", "policy", "rule")
group_verdicts = _verdicts("group_verdicts", "dimension", "name", "day", "verdict", "policy_digest")

# The sums of all rules together, for scorecards that tell people, teams or channels apart.
daily_totals = _sums("daily_totals", "team", "agent_id", "day", "channel")
group_totals = _sums("group_totals", "dimension", "name", "day")

# The same sums of whole weeks, each written once the week is over (weekly.py): a year has few of
# them. ``week`` is the Monday that it begins with, in days.
weekly_findings = _sums("weekly_findings", "dimension", "name", "week", "policy", "rule")
weekly_agents = _sums("weekly_agents", "team", "agent_id", "week")
weekly_channels = _sums("weekly_channels", "team", "channel", "week")

# Which record answered a request, for as long as the window of idempotency lasts.
requests = Table(
    "requests",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),  # digest of what was asked
    Column("at_us", BigInteger, nullable=False),
    Index("requests_by_time", "at_us"),
    sqlite_with_rowid=False,
)

# The data keys that seal payloads, wrapped by a master key; destroying one erases what it sealed.
keys = Table(
    "keys",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("wrapped", LargeBinary),  # null once destroyed
    Column("master", Text, nullable=False),  # which master key wraps it
    Column("created_us", BigInteger, nullable=False),
    Column("destroyed_us", BigInteger),
    sqlite_with_rowid=False,
)

# What people answered. Each change is a record of its own; the row is where the dispute stands.
disputes = Table(
    "disputes",
    METADATA,
    Column("dispute_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the decision
    Column("number", Integer, nullable=False),  # of the finding
    Column("last_seq", BigInteger, nullable=False),  # of the record that changed it last
    Column("state", Text, nullable=False),  # open, upheld, overturned
    Column("policy", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("disputes_by_decision", "seq"),
    Index("disputes_by_state", "state", "last_seq"),
    Index("disputes_by_change", "last_seq"),
    sqlite_with_rowid=False,
)

# Which records a dispute consists of, in their order.
dispute_steps = Table(
    "dispute_steps",
    METADATA,
    Column("dispute_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What became of the conversation in the world: satisfaction, resolved, returned, churned, refund…
outcomes = Table(
    "outcomes",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("conversation_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("outcomes_by_conversation", "conversation_id", "name"),
    Index("outcomes_by_name", "name", "at_us"),
)
