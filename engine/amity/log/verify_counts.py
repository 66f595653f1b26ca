"""What many decisions come to together, each kind as one number that is the same in any order.

A table of sums is right when counting every decision gives the same number as its rows do. A key
stands for itself by a hash, a count is multiplied by that of its key, and the products are added:
only equal sums give equal numbers, but for one chance in some trillions. What is random in it is
made anew each time, so that nobody can aim at it; and none of what was counted need be kept.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from amity.log.rows import PROVED
from amity.log.tables import daily_findings, daily_verdicts, decisions
from amity.log.tally import OPEN, millionths
from amity.log.verify_rows import AT_US, SUPERSEDED, Row, streamed

__all__ = ["Counts"]

DAY = AT_US + 1
CONVERSATION, CHANNEL, TEAM, AGENT, VERDICT, IS_OPEN, DIGEST = (
    1 + PROVED.index(name)
    for name in (
        "conversation_id",
        "channel",
        "team",
        "agent_id",
        "verdict",
        "is_open",
        "policy_digest",
    )
)
STATES = ("shown", "missed", "abstained", "pending")
WEIGHED = ("shown", "missed")
# Of what one finding adds: as many as there are rules, times states.
MOST_KNOWN = 10_000


class Counts:
    """Counts decisions, and tells which tables agree with that."""

    def __init__(self) -> None:
        self._secret = secrets.randbits(61)
        self._once = {state: secrets.randbits(61) for state in STATES}
        self._much = {state: secrets.randbits(61) for state in WEIGHED}
        self._known: dict[tuple[Any, ...], int] = {}
        self._findings = self._verdicts = self._followed = 0
        self._is_odd = False

    def add(self, decided: Row, found: Sequence[Sequence[Any]]) -> None:
        """Count a decision with its findings, whose columns are those that are proved."""
        try:
            superseded = decided[SUPERSEDED]
            if superseded is not None:
                self._followed += hash((self._secret, decided[0], superseded))
            else:
                self._newest(decided, found)
        except (TypeError, ValueError):
            self._is_odd = True  # a column holds what no column of its kind can: nothing agrees

    def _newest(self, decided: Row, found: Sequence[Sequence[Any]]) -> None:
        secret, known = self._secret, self._known
        day, channel, is_open = decided[DAY], decided[CHANNEL], decided[IS_OPEN]
        verdict = OPEN if is_open else decided[VERDICT]
        key = (secret, decided[TEAM], decided[AGENT], day, channel, verdict, decided[DIGEST])
        self._verdicts += hash(key)
        some = 0
        whose: tuple[Any, Any] = ("", "")
        for _, policy, rule, state, _, weight, _, agent, team in found:
            if is_open and state != "pending":
                continue
            if (team, agent) != whose:
                self._findings += some * hash((secret, *whose, day, channel))
                some, whose = 0, (team, agent)
            one = known.get((policy, rule, state, weight))
            some += self._of(policy, rule, state, weight) if one is None else one
        self._findings += some * hash((secret, *whose, day, channel))

    def _of(self, policy: str, rule: str, state: str, weight: float) -> int:
        """What one finding adds, but for whose it is and when."""
        if state not in self._once:
            raise ValueError("it is no state")
        worth = self._once[state]
        if state in self._much:
            worth += self._much[state] * millionths(weight)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        made = self._known[policy, rule, state, weight] = worth * hash((self._secret, policy, rule))
        return made

    def agrees(self, connection: Connection, table: Table) -> bool:
        """Whether *table*, one of the daily sums, has just what was counted."""
        if table is daily_findings:
            return self._is(
                self._findings, map(self._stored_finding, streamed(connection, FINDINGS))
            )
        return self._is(self._verdicts, map(self._stored_verdict, streamed(connection, VERDICTS)))

    def follows(self, connection: Connection) -> bool:
        """Whether each decision that was counted is superseded by the next of its conversation."""
        return self._is(self._followed, self._following(streamed(connection, REPEATED)))

    def _is(self, counted: int, stored: Iterator[int]) -> bool:
        try:
            return not self._is_odd and sum(stored) == counted
        except (sqlite3.Error, TypeError, ValueError):
            return False  # what is wrong is told by whoever reads the table row by row

    def _stored_verdict(self, row: Row) -> int:
        *key, count = row
        # Added to 0, for text times a number would be a text as long as that.
        number: int = hash((self._secret, *key)) * (0 + count)
        return number

    def _stored_finding(self, row: Row) -> int:
        team, agent, day, channel, policy, rule, *counts = row
        much = counts[len(STATES) :]
        worth: int = sum(
            factor * (0 + count)
            for factors, counted in ((self._once, counts), (self._much, much))
            for factor, count in zip(factors.values(), counted, strict=False)
        )
        whose = hash((self._secret, team, agent, day, channel))
        return worth * whose * hash((self._secret, policy, rule))

    def _following(self, rows: Iterator[Row]) -> Iterator[int]:
        before = ("", 0)
        for conversation, seq in rows:
            if conversation == before[0]:
                yield hash((self._secret, before[1], seq))
            before = (conversation, seq)


FINDINGS = select(
    *(
        daily_findings.c[name]
        for name in ("team", "agent_id", "day", "channel", "policy", "rule", *STATES)
    ),
    *(daily_findings.c[f"weight_{state}"] for state in WEIGHED),
)
VERDICTS = select(
    *(
        daily_verdicts.c[name]
        for name in ("team", "agent_id", "day", "channel", "verdict", "policy_digest", "decisions")
    )
)
# Those of conversations that were judged more than once, which are few.
_AGAIN = (
    select(decisions.c.conversation_id)
    .group_by(decisions.c.conversation_id)
    .having(func.count() > 1)
    .subquery()
)
REPEATED = (
    select(decisions.c.conversation_id, decisions.c.seq)
    .join(_AGAIN, _AGAIN.c.conversation_id == decisions.c.conversation_id)
    .order_by(decisions.c.conversation_id, decisions.c.seq)
)
