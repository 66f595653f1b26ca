"""Proving a log: everything is computed again from what the chain vouches for, and compared.

Records are read in the order of their sequence, some thousands at a time, in one snapshot: a log of
any size needs little memory, and a server may go on writing to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from amity.log.anchors import Anchor, anchor_flaws
from amity.log.chain import Head, beginning, next_head, root_of
from amity.log.errors import LogUnavailable
from amity.log.flaws import Flaws, Verified
from amity.log.reading import LogReader
from amity.log.tables import batches, decisions, findings, outcomes, payloads, records
from amity.log.verify_records import Records
from amity.log.verify_rows import fetched
from amity.log.verify_tables import Tables

__all__ = ["verify"]

# Records that are held at once; a batch is never split.
CHUNK = 2_000
MOST_FLAWS = 20


def verify(
    log: LogReader,
    anchors: Sequence[Anchor] = (),
    *,
    most_flaws: int = MOST_FLAWS,
    is_thorough: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    chunk: int = CHUNK,
) -> Verified:
    """Whether *log* is as it was written, and ends no earlier than *anchors* say.

    Columns are compared with their digest in the record's header; *is_thorough* has them made again
    from every view as well, which would also show a mistake of the program that wrote them. What is
    found is told in the order of records, up to *most_flaws*. *progress* hears how many records
    have been read, each time that about *chunk* more have, and ends it by what it raises.
    """
    flaws = Flaws(most_flaws)
    walk = _Walk(log.log_id, flaws, is_thorough, progress, chunk)
    try:
        with log.read() as connection:
            walk.go(connection, anchors)
    except LogUnavailable as error:
        problem = error.problems[0]
        seq = walk.head.seq
        message = f"the database cannot be read after record {seq}: {problem.message}"
        flaws.add("G299", seq + 1, message, problem.fix)
    return Verified(log.log_id, walk.head, walk.records, walk.forgotten, len(anchors), flaws.found)


@dataclass(slots=True)
class _Walk:
    """One way through a log, from its beginning."""

    log_id: str
    flaws: Flaws
    is_thorough: bool
    progress: Callable[[int], None]
    chunk: int
    head: Head = field(init=False)
    records: int = 0
    forgotten: int = 0

    def __post_init__(self) -> None:
        self.head = beginning(self.log_id)

    def go(self, connection: Connection, anchors: Sequence[Anchor]) -> None:
        """Check everything that *connection* shows."""
        checks = Records(connection, self.log_id, self.flaws, is_thorough=self.is_thorough)
        tables = Tables(self.flaws)
        wanted = {anchor.head.number for anchor in anchors}
        heads: dict[int, Head] = {}
        for rows in _chunks(connection, self.chunk):
            leaves = checks.check(rows[0][1], rows[-1][2], tables)
            self.records, self.forgotten = checks.count, checks.forgotten
            for row in rows:
                self._batch(row, leaves)
                if self.head.number in wanted:
                    heads[self.head.number] = self.head
            self.progress(self.records)
        self._strays(connection)
        tables.close(connection)
        for flaw in anchor_flaws(anchors, self.log_id, heads, self.head):
            self.flaws.add(*flaw)

    def _batch(self, row: Sequence[Any], leaves: dict[int, bytes]) -> None:
        number, first, last, root, head = row
        expected = self.head
        if number != expected.number + 1:
            gone = f"batch {expected.number + 1}" + f" to {number - 1}" * (
                number > expected.number + 2
            )
            self.flaws.add("G208", expected.seq + 1, f"{gone} is not there")
        elif first != expected.seq + 1 or last < first:
            message = f"batch {number} goes from {first} to {last}, and {expected.seq + 1} is next"
            self.flaws.add("G208", expected.seq + 1, message)
        own = [leaves[seq] for seq in range(first, last + 1) if seq in leaves]
        computed = root_of(own) if own else b""
        if computed != bytes(root):
            message = f"records {first} to {last} are not those of which batch {number} was made"
            self.flaws.add("G205", first, message)
        following = next_head(Head(number - 1, first - 1, expected.digest), bytes(root), last)
        if following.digest != bytes(head):
            message = f"the head of batch {number} does not follow from the one before it"
            self.flaws.add("G206", first, message)
        # Goes on from what is stored, so that one break is told once.
        self.head = Head(number, last, bytes(head))

    def _strays(self, connection: Connection) -> None:
        """Rows that belong to no record of the chain."""
        for table, what in STRAYS.items():
            # Asked for one by one: each is then a step into the table's own order.
            for outside in (table.c.seq < 1, table.c.seq > self.head.seq):
                found = connection.execute(select(func.min(table.c.seq)).where(outside)).scalar()
                if found is not None:
                    message = f"{what} {found} is in no batch of the chain"
                    self.flaws.add("G207", found, message)
                    break


def _chunks(connection: Connection, most: int) -> Iterator[list[Sequence[Any]]]:
    """Batches, as many at a time as have about *most* records."""
    after, size = 0, 0
    kept: list[Sequence[Any]] = []
    while rows := fetched(connection, BATCHES, {"after": after}):
        for row in rows:
            kept.append(row)
            size += row[2] - row[1] + 1
            if size >= most:
                yield kept
                kept, size = [], 0
        after = rows[-1][0]
    if kept:
        yield kept


STRAYS = {
    records: "record",
    payloads: "the payload of record",
    decisions: "the decision of record",
    findings: "a finding of record",
    outcomes: "the outcome of record",
}
BATCHES = (
    select(batches.c.batch, batches.c.first_seq, batches.c.last_seq, batches.c.root, batches.c.head)
    .where(batches.c.batch > bindparam("after"))
    .order_by(batches.c.batch)
    .limit(1_000)
)
