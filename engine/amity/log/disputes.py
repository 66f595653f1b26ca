"""What people say against findings. The finding stays as it is, and each step is a record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from amity.errors import AmityError, Problem
from amity.evaluate.outcome import State
from amity.log.canonical import parsed
from amity.log.forms import Forms
from amity.log.page_token import Position, read_token, token_of
from amity.log.record import Event, Kind
from amity.log.stored import StoredFinding, last_seq
from amity.log.tables import dispute_steps, disputes, findings, records

__all__ = [
    "BadDispute",
    "Dispute",
    "DisputeState",
    "Party",
    "Statement",
    "Step",
    "disputes_of",
    "find_dispute",
    "list_disputes",
    "opening",
    "redacted_reason",
    "resolution",
]

REASON_MAX, BY_MAX = 4_000, 256


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    UPHELD = "upheld"  # the finding is right
    OVERTURNED = "overturned"  # it is wrong


class Party(StrEnum):
    """In what part somebody speaks."""

    AGENT = "agent"
    REVIEWER = "reviewer"


class BadDispute(AmityError):
    """A dispute that cannot be opened or decided so."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says something, in what part, and why; the reason is redacted before it is recorded."""

    by: str
    party: Party
    reason: str

    def problems(self) -> list[Problem]:
        """What keeps it from being recorded."""
        sizes = (("by", self.by, BY_MAX), ("reason", self.reason, REASON_MAX))
        return [
            Problem(
                "C173",
                f'"{name}" has {len(value):,} characters; 1 to {most:,} are needed',
                field=name,
                fix="say who, and why",
            )
            for name, value, most in sizes
            if not 0 < len(value.strip()) <= len(value) <= most
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """Something said in a dispute, and where it stood then."""

    seq: int
    at_us: int
    by: str
    party: Party
    state: DisputeState
    reason: str
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A finding that somebody says is wrong: ``finding`` is how it ended, and stays so.

    ``corrected`` is how it should have ended, as whoever overturned it says.
    """

    dispute_id: str
    seq: int
    number: int
    policy: str
    rule: str
    finding: str
    state: DisputeState
    steps: tuple[Step, ...]

    @property
    def corrected(self) -> str:
        """How the finding should have ended; empty unless it is overturned."""
        return self.steps[-1].corrected if self.state is DisputeState.OVERTURNED else ""


def opening(connection: Connection, seq: int, number: int, said: Statement) -> Event:
    """What records that the finding *number* of the record *seq* is disputed. Raises BadDispute."""
    finding = _finding(connection, seq, number)
    problems = said.problems()
    same = select(disputes.c.dispute_id).where(
        disputes.c.seq == seq, disputes.c.number == number, disputes.c.state == DisputeState.OPEN
    )
    if other := connection.execute(same).scalar():
        fix = "decide that one first; it is in ListDisputes"
        problems.append(Problem("C174", f"it is disputed already, by {other}", "", fix=fix))
    if problems:
        raise BadDispute("The finding cannot be disputed so.", problems)
    return Event(
        Kind.DISPUTE,
        {
            "disputeId": uuid.uuid4().hex,
            "seq": seq,
            "number": number,
            "policy": finding.policy,
            "rule": finding.rule,
            "finding": finding.state,
            **_said(said, DisputeState.OPEN),
        },
    )


def resolution(
    dispute: Dispute, said: Statement, state: DisputeState, corrected: State | None
) -> Event:
    """What records how *dispute* was decided. Raises BadDispute."""
    problems = said.problems()
    if state is DisputeState.OPEN:
        fix = "say that it is upheld or overturned"
        problems.append(Problem("C175", "a dispute is not decided by leaving it open", fix=fix))
    is_overturned = state is DisputeState.OVERTURNED
    if is_overturned and corrected in (None, dispute.finding):
        message = "an overturned finding needs a state that it should have had, and has not"
        fix = "name another of shown, missed, abstained, pending and no_opportunity"
        problems.append(Problem("C176", message, field="corrected", fix=fix))
    if corrected is not None and not is_overturned:
        fix = "leave it out, or overturn the finding"
        message = "only an overturned finding should have ended otherwise"
        problems.append(Problem("C176", message, field="corrected", fix=fix))
    if problems:
        raise BadDispute("The dispute cannot be decided so.", problems)
    body = {
        "disputeId": dispute.dispute_id,
        "seq": dispute.seq,
        "number": dispute.number,
        "policy": dispute.policy,
        "rule": dispute.rule,
        "finding": dispute.finding,
        **_said(said, state),
    }
    return Event(Kind.DISPUTE, {**body, "corrected": corrected.value} if corrected else body)


def _said(said: Statement, state: DisputeState) -> dict[str, Any]:
    return {
        "by": said.by,
        "party": said.party.value,
        "reason": said.reason,
        "state": state.value,
    }


def redacted_reason(forms: Forms, document: Mapping[str, Any] | None, reason: str) -> str:
    """*reason* as it may be kept: without personal data, such as the names of those in *document*."""
    people = (document or {}).get("conversation", {}).get("participants", [])
    agent = {"id": "-", "role": "ROLE_AGENT"}
    conversation = {
        "id": "-",
        "participants": [*people, agent],
        "turns": [{"participantId": "-", "text": reason}],
    }
    decision = {"decisionId": "-", "conversationId": "-", "verdict": "VERDICT_CLEAR"}
    redacted: str = forms.of(conversation, decision).view["conversation"]["turns"][0]["text"]
    return redacted


def _finding(connection: Connection, seq: int, number: int) -> StoredFinding:
    columns = [findings.c[name] for name in StoredFinding._fields]
    found = select(*columns).where(findings.c.seq == seq, findings.c.number == number)
    row = connection.execute(found).first()
    if row is None:
        message = f"the record {seq} has no finding {number}"
        fix = "name a finding that `amity log show` lists: a rule without an occasion has none"
        raise BadDispute(message, [Problem("C163", message, field="number", fix=fix)])
    return StoredFinding(**row._mapping)


def find_dispute(connection: Connection, dispute_id: str) -> Dispute | None:
    """The dispute of that id."""
    found = _read(connection, [dispute_id])
    return found[0] if found else None


def disputes_of(connection: Connection, seqs: Iterable[int]) -> list[Dispute]:
    """The disputes about the decisions *seqs*, the oldest first."""
    found = select(disputes.c.dispute_id).where(disputes.c.seq.in_(list(seqs)))
    ids = connection.execute(found).scalars().all()
    return sorted(_read(connection, ids), key=lambda dispute: dispute.steps[0].seq)


def list_disputes(
    connection: Connection, state: str, log_id: str, *, size: int, page_token: str = ""
) -> tuple[list[Dispute], str]:
    """Disputes that stand so (all for ""), those that changed last first, and the next page's token."""
    listed = b"disputes:" + state.encode()
    if page_token:
        position = read_token(page_token, listed, log_id)
    else:
        upper = last_seq(connection)
        position = Position(upper, upper + 1)
    found = select(disputes.c.dispute_id, disputes.c.last_seq).where(
        disputes.c.last_seq < position.before
    )
    if state:
        found = found.where(disputes.c.state == state)
    rows = connection.execute(found.order_by(disputes.c.last_seq.desc()).limit(size + 1)).all()
    token = ""
    if len(rows) > size:
        token = token_of(Position(position.upper, rows[size - 1].last_seq), listed, log_id)
    by_id = {each.dispute_id: each for each in _read(connection, [r[0] for r in rows[:size]])}
    return [by_id[row.dispute_id] for row in rows[:size]], token


def _read(connection: Connection, ids: Sequence[str]) -> list[Dispute]:
    if not ids:
        return []
    said = (
        select(dispute_steps.c.dispute_id, records.c.seq, records.c.at_us, records.c.header)
        .join(records, records.c.seq == dispute_steps.c.seq)
        .where(dispute_steps.c.dispute_id.in_(ids))
        .order_by(records.c.seq)
    )
    told: dict[str, list[tuple[Step, Mapping[str, Any]]]] = {}
    for row in connection.execute(said):
        body = parsed(row.header)["body"]
        told.setdefault(row.dispute_id, []).append((_step(row.seq, row.at_us, body), body))
    return [_dispute(steps) for steps in told.values()]


def _step(seq: int, at_us: int, body: Mapping[str, Any]) -> Step:
    return Step(
        seq,
        at_us,
        body.get("by", ""),
        Party(body.get("party", Party.REVIEWER)),
        DisputeState(body["state"]),
        body.get("reason", ""),
        body.get("corrected", ""),
    )


def _dispute(steps: Sequence[tuple[Step, Mapping[str, Any]]]) -> Dispute:
    last, body = steps[-1]
    return Dispute(
        body["disputeId"],
        body["seq"],
        body["number"],
        body["policy"],
        body["rule"],
        body.get("finding", ""),
        last.state,
        tuple(step for step, _ in steps),
    )
