"""What follows from many records together: what supersedes what, sums, disputes and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, func, select

from amity.log import rollups, weekly
from amity.log.events import dispute_row, outcome_row
from amity.log.flaws import Flaws
from amity.log.record import Kind
from amity.log.tables import (
    daily_findings,
    daily_verdicts,
    decisions,
    dispute_steps,
    disputes,
    outcomes,
)
from amity.log.verify_counts import Counts

__all__ = ["Tables"]

Rows = dict[Any, Mapping[str, Any]]
Row = Sequence[Any]


class Tables:
    """Gathers what the events say while records are checked, and compares it in the end."""

    def __init__(self, flaws: Flaws) -> None:
        self._flaws = flaws
        self._disputes: Rows = {}
        self._steps: Rows = {}
        self._outcomes: Rows = {}
        self._counts = Counts()

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
        """Count a decision with its findings, as the sums of each day do."""
        self._counts.add(decided, found)

    def close(self, connection: Connection) -> None:
        """Compare the tables with what was gathered."""
        self._superseded(connection)
        self._sums(connection)
        self._same(connection, disputes, self._disputes, "G221", "last_seq")
        self._same(connection, dispute_steps, self._steps, "G221", "seq")
        self._same(connection, outcomes, self._outcomes, "G222", "seq")

    def _superseded(self, connection: Connection) -> None:
        if self._counts.follows(connection):
            return
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
        tables = [
            table
            for table in rollups.ROLLUPS
            if table not in DAILY or not self._counts.agrees(connection, table)
        ]
        found = (rollups.differences(connection, tables), weekly.differences(connection))
        for difference in chain.from_iterable(found):
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


DAILY = (daily_findings, daily_verdicts)
FIX_SUMS = "the records are the truth; write the sums anew from them"
