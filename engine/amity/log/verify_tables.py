"""What follows from many records together: what supersedes what, sums, disputes and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from amity.log import rollups
from amity.log.events import dispute_row, outcome_row
from amity.log.flaws import Flaws
from amity.log.record import Kind
from amity.log.rows import PROVED
from amity.log.tables import daily_findings, decisions, dispute_steps, disputes, outcomes

__all__ = ["Tables"]

Rows = dict[Any, Mapping[str, Any]]
Row = Sequence[Any]
# Where they stand in the rows of decisions that `verify_records` reads.
CHANNEL, IS_OPEN = 1 + PROVED.index("channel"), 1 + PROVED.index("is_open")
DAY, SUPERSEDED = len(PROVED) + 2, len(PROVED) + 4
WEIGHED = {"shown": "weight_shown", "missed": "weight_missed"}
KEY = ("team", "agent_id", "day", "channel", "policy", "rule")
COUNTS = ("shown", "missed", "abstained", "pending", *WEIGHED.values())
SUMS = select(*(daily_findings.c[name] for name in (*KEY, *COUNTS)))


class Tables:
    """Gathers what the events say while records are checked, and compares it in the end."""

    def __init__(self, flaws: Flaws) -> None:
        self._flaws = flaws
        self._disputes: Rows = {}
        self._steps: Rows = {}
        self._outcomes: Rows = {}
        self._counted = _Counted()

    def event(self, seq: int, at_us: int, header: Mapping[str, Any]) -> None:
        """Take note of the event at *seq*."""
        try:
            body = header["body"]
            if header["kind"] == Kind.DISPUTE:
                row = dispute_row(seq, at_us, body)
                self._disputes[row["dispute_id"]] = row
                step = {"dispute_id": row["dispute_id"], "seq": seq}
                self._steps[row["dispute_id"], seq] = step
            elif header["kind"] == Kind.OUTCOME:
                self._outcomes[seq] = outcome_row(seq, at_us, body)
        except (KeyError, TypeError, ValueError):
            self._flaws.add("G203", seq, "its header lacks what a record of its kind has")

    def decision(self, decided: Row, found: Sequence[Row]) -> None:
        """Count the findings of a decision, as the sums of each day do."""
        if decided[SUPERSEDED] is None:
            self._counted.add(decided, found)

    def close(self, connection: Connection) -> None:
        """Compare the tables with what was gathered."""
        self._superseded(connection)
        self._sums(connection)
        self._same(connection, disputes, self._disputes, "G221", "last_seq")
        self._same(connection, dispute_steps, self._steps, "G221", "seq")
        self._same(connection, outcomes, self._outcomes, "G222", "seq")

    def _superseded(self, connection: Connection) -> None:
        following = func.lead(decisions.c.seq).over(
            partition_by=decisions.c.conversation_id, order_by=decisions.c.seq
        )
        made = select(
            decisions.c.seq, decisions.c.superseded_by, following.label("following")
        ).subquery()
        wrong = select(made).where(made.c.superseded_by.is_distinct_from(made.c.following))
        for row in connection.execute(wrong.order_by(made.c.seq).limit(1)):
            message = f"it is superseded by {row.superseded_by}, and should be by {row.following}"
            self._flaws.add("G217", row.seq, message)

    def _sums(self, connection: Connection) -> None:
        rest = [table for table in rollups.ROLLUPS if table is not daily_findings]
        tables = rest if self._counted.is_stored(connection) else rollups.ROLLUPS
        for difference in rollups.differences(connection, tables):
            how = "is not what its findings come to" if difference.is_stored else "lacks what is"
            key = ", ".join(f"{name} {value}" for name, value in difference.row.items())
            self._flaws.add("G220", 0, f"{difference.table} {how}: {key}", FIX_SUMS)
            return

    def _same(
        self, connection: Connection, table: Table, expected: Rows, code: str, seq: str
    ) -> None:
        keys = [column.name for column in table.primary_key]
        left = dict(expected)
        for row in connection.execute(select(table)):
            there = dict(row._mapping)
            key = tuple(there[name] for name in keys) if len(keys) > 1 else there[keys[0]]
            ours = left.pop(key, None)
            if ours != there:
                where = (ours or there)[seq]
                self._flaws.add(code, where, f"a row of {table.name} is not what its record says")
        for gone in left.values():
            self._flaws.add(code, gone[seq], f"its row in {table.name} is not there")


class _Counted:
    """What the sums of findings must be, without keeping any of them.

    Each count is multiplied by a hash of its key, and these products are added: the same in any
    order, and a single number. The hash is another in each process, so that nobody can aim at it.
    """

    def __init__(self) -> None:
        self._total = 0

    def add(self, decided: Row, found: Sequence[Row]) -> None:
        """Count the rows of *found*."""
        channel, is_open, day = decided[CHANNEL], decided[IS_OPEN], decided[DAY]
        total = 0
        for _, policy, rule, state, _, weight, _, agent, team, _ in found:
            if is_open and state != "pending":
                continue
            key = (team, agent, day, channel, policy, rule)
            total += hash((key, state))
            if state in WEIGHED:
                total += hash((key, WEIGHED[state])) * rollups.millionths(weight)
        self._total += total

    def is_stored(self, connection: Connection) -> bool:
        """Whether the table has just these sums."""
        total = 0
        for row in connection.execute(SUMS):
            key = tuple(row[: len(KEY)])
            total += sum(
                hash((key, name)) * value
                for name, value in zip(COUNTS, row[len(KEY) :], strict=True)
                if value
            )
        return total == self._total


FIX_SUMS = "the records are the truth; write the sums anew from them"
