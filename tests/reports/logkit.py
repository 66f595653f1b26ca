"""A small log to report on: many agents, teams, rules and days, and some things judged twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, update

from amity.log import rollups, weekly
from amity.log.tables import decisions, disputes, findings, records
from amity.reports.period import day_of

DAY_US = 86_400_000_000
MONDAY = date(2026, 3, 2)
STATES = ("shown", "missed", "abstained", "pending")


@dataclass
class Told:
    """A decision to log. ``found`` has (policy, rule, state) or (policy, rule, state, agent)."""

    found: list[tuple[str, ...]] = field(default_factory=list)
    day: date = MONDAY
    agent: str = "amy"
    team: str = "north"
    channel: str = "chat"
    customer: str = "k1"
    verdict: str = "clear"
    digest: str = "sha256:one"
    conversation: str = ""
    is_open: bool = False
    weight: float = 1.0


@dataclass
class Rows:
    decision: dict[str, Any]
    findings: list[dict[str, Any]]


def write(connection: Connection, told: Iterable[Told]) -> list[Rows]:
    """Log *told* one by one, in the order of days, as the writer does."""
    current: dict[str, Rows] = {}
    written = []
    for seq, each in enumerate(sorted(told, key=lambda t: t.day), start=1):
        rows = rows_of(seq, each)
        old = current.get(rows.decision["conversation_id"])
        if old:
            old.decision["superseded_by"] = seq
            gone = decisions.c.seq == old.decision["seq"]
            connection.execute(update(decisions).where(gone).values(superseded_by=seq))
        connection.execute(insert(decisions), rows.decision)
        if rows.findings:
            connection.execute(insert(findings), rows.findings)
        rollups.update(connection, [rows], [old] if old else [])
        current[rows.decision["conversation_id"]] = rows
        written.append(rows)
    if written:
        its = {"seq": len(written), "kind": "decision", "at_us": written[-1].decision["at_us"]}
        rest = {"batch": 1, "header": b"", "leaf": b""}
        connection.execute(insert(records), its | rest)
        weekly.recompute(connection)
    return written


def rows_of(seq: int, told: Told) -> Rows:
    day = day_of(told.day)
    decision = {
        "seq": seq,
        "decision_id": f"d{seq}",
        "conversation_id": told.conversation or f"c{seq}",
        "at_us": day * DAY_US + seq,
        "day": day,
        "channel": told.channel,
        "team": told.team,
        "agent_id": told.agent,
        "customer_ref": told.customer,
        "verdict": told.verdict,
        "score": None,
        "is_open": told.is_open,
        "policy_digest": told.digest,
        "superseded_by": None,
    }
    return Rows(
        decision,
        [
            {
                "seq": seq,
                "number": number,
                "policy": policy,
                "rule": rule,
                "state": state,
                "severity": "minor",
                "weight": told.weight,
                "turn": number,
                "agent_id": who[0] if who else told.agent,
                "team": told.team,
                "text": f"reason {number}",
            }
            for number, (policy, rule, state, *who) in enumerate(told.found)
        ],
    )


def overturn(connection: Connection, seq: int, number: int, state: str = "overturned") -> None:
    """A reviewer decides about a finding."""
    row = {"dispute_id": f"x{seq}-{number}", "seq": seq, "number": number, "last_seq": seq}
    rest = {"state": state, "policy": "p", "rule": "r", "at_us": 0}
    connection.execute(insert(disputes), row | rest)


def mixture(count: int = 300) -> list[Told]:
    """Decisions of 40 days, the same each time."""
    chance = random.Random(7)
    told = []
    for _ in range(count):
        team, agent = chance.choice(
            [("north", "amy"), ("north", "bob"), ("south", "cy"), ("", ""), ("south", "amy")]
        )
        found = [
            (
                chance.choice(["care", "own"]),
                chance.choice(["r1", "r2"]),
                chance.choice(STATES[: 4 if chance.random() < 0.3 else 3]),
                *((chance.choice(["amy", "cy"]),) if chance.random() < 0.2 else ()),
            )
            for _ in range(chance.randrange(4))
        ]
        told.append(
            Told(
                found,
                date.fromordinal(MONDAY.toordinal() - chance.randrange(40)),
                agent,
                team,
                chance.choice(["chat", "email"]),
                chance.choice(["k1", "k2", "k3"]),
                chance.choice(["clear", "coach", "commend"]),
                chance.choice(["sha256:one", "sha256:two"]),
                f"c{chance.randrange(count)}",
                chance.random() < 0.2,
                chance.choice([0.1, 1.0, 3.0]),
            )
        )
    return told
