"""Decisions as the narrow tables have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from amity.log.bulk import THESE, Row, look_up
from amity.log.tables import decisions, findings, records

__all__ = [
    "StoredDecision",
    "StoredFinding",
    "conversation_in_log",
    "first_stored",
    "has_customer",
    "last_seq",
    "newest_by_conversation",
    "newest_by_id",
    "stored_decisions",
]


class StoredFinding(NamedTuple):
    """How one rule ended; ``number`` is the outcome's index within the decision.

    A page has hundreds of them, and a tuple is made in a fraction of the time of a dataclass.
    """

    seq: int
    number: int
    policy: str
    rule: str
    state: str
    severity: str
    turn: int
    agent_id: str
    team: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision in a few words; ``superseded_by`` is None while it is the newest of its conversation."""

    seq: int
    decision_id: str
    conversation_id: str
    at_us: int
    channel: str
    team: str
    agent_id: str
    customer_ref: str
    verdict: str
    score: float | None
    is_open: bool
    policy_digest: str
    superseded_by: int | None
    findings: tuple[StoredFinding, ...] = ()


# Made once, and run by the driver: what SQLAlchemy does for each row would cost more than to read it.
_DECISIONS = (
    select(*(decisions.c[name] for name in StoredDecision.__slots__ if name != "findings"))
    .where(decisions.c.seq.in_(THESE))
    .order_by(decisions.c.seq.desc())
)
_FINDINGS = (
    select(*(findings.c[name] for name in StoredFinding._fields))
    .where(findings.c.seq.in_(THESE))
    .order_by(findings.c.seq, findings.c.number)
)
# How many to read of a page before it is known how many findings they have.
_FIRST = 16
_IS_OPEN = StoredDecision.__slots__.index("is_open")


def last_seq(connection: Connection) -> int:
    """The number of the last record; 0 where there is none."""
    return connection.execute(select(func.max(records.c.seq))).scalar() or 0


def stored_decisions(connection: Connection, seqs: Collection[int]) -> list[StoredDecision]:
    """The decisions of the records *seqs*, the newest first; those that are no decisions are left out."""
    these = list(seqs)
    by_seq: dict[int, list[StoredFinding]] = defaultdict(list)
    made = StoredFinding._make
    for row in look_up(connection, _FINDINGS, these):
        by_seq[row[0]].append(made(row))
    return [_stored(row, by_seq.get(row[0], ())) for row in look_up(connection, _DECISIONS, these)]


def first_stored(
    connection: Connection, seqs: Sequence[int], most_findings: int
) -> list[StoredDecision]:
    """The first of *seqs*, which are the newest first: as many as have *most_findings*, but one at least."""
    made: list[StoredDecision] = []
    at, some, count = 0, _FIRST, 0
    while at < len(seqs) and (some > 0 or not made):
        more = stored_decisions(connection, seqs[at : at + some])
        made += more
        at += some
        count += sum(len(each.findings) for each in more)
        some = (most_findings - count) * at // max(count, 1)
    return made


def _stored(row: Row, its: Sequence[StoredFinding]) -> StoredDecision:
    values = [*row, tuple(its)]
    values[_IS_OPEN] = bool(values[_IS_OPEN])  # SQLite has no truth values
    return StoredDecision(*values)


def newest_by_id(connection: Connection, decision_id: str) -> int | None:
    """The last record of the decision *decision_id*."""
    return _newest(connection, "decision_id", decision_id)


def newest_by_conversation(connection: Connection, conversation_id: str) -> int | None:
    """The last record of a decision on *conversation_id*."""
    return _newest(connection, "conversation_id", conversation_id)


def conversation_in_log(
    connection: Connection, conversation_id: str, hashed: Callable[[str], str]
) -> str:
    """*conversation_id* as decisions bear it: its hash where there are any of that, and else itself."""
    if conversation_id and newest_by_conversation(connection, conversation_id) is None:
        other = hashed(conversation_id)
        if other and newest_by_conversation(connection, other) is not None:
            return other
    return conversation_id


def has_customer(connection: Connection, customer_ref: str) -> bool:
    """Whether any decision bears this reference of a customer."""
    return _newest(connection, "customer_ref", customer_ref) is not None


def _newest(connection: Connection, column: str, value: str) -> int | None:
    found = select(func.max(decisions.c.seq)).where(decisions.c[column] == value)
    newest: int | None = connection.execute(found).scalar()
    return newest
