"""One transaction of the writer: places in the sequence, rows, the batch, and the new head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from amity.actions.outbox import OutboxMessage, enqueue
from amity.errors import AmityError, Problem
from amity.log import events, rollups, weekly
from amity.log.bulk import THESE, first_row, insert_rows, insert_values, look_up, run
from amity.log.canonical import canonical
from amity.log.chain import Head, beginning, leaf_of, next_head, root_of
from amity.log.days import DAY_US, week_of
from amity.log.errors import BadRecord, RequestReused, StaleKey, fault_of
from amity.log.keystore import add_keys
from amity.log.preparing import Prepared
from amity.log.record import Entry, Receipt
from amity.log.rows import Rows
from amity.log.tables import (
    about,
    batches,
    decisions,
    findings,
    keys,
    payloads,
    records,
    requests,
)

__all__ = ["NotTogether", "Transaction", "read_head", "read_log_id"]

Answer = Receipt | AmityError


class NotTogether(Exception):
    """The records could not be written together; the transaction must be given up."""


def read_log_id(connection: Connection) -> str:
    """The id of the log."""
    return str(connection.execute(LOG_ID).scalar_one())


def read_head(connection: Connection, log_id: str) -> Head:
    """Where the log ends now."""
    last = connection.execute(LAST_BATCH).first()
    return beginning(log_id) if last is None else Head(last.batch, last.last_seq, last.head)


@dataclass(slots=True)
class _Place:
    """How far the transaction has come."""

    seq: int
    at_us: int
    leaves: list[bytes] = field(default_factory=list)


class Transaction:
    """Appends to the log on *connection*, whose transaction has begun and has the turn to append.

    One that is not careful sets no savepoint for what it appends, which costs as much as the rows:
    it raises NotTogether where a careful one would write each record for itself.
    ``went_back_us`` is how far the clock is behind the last record; times then stand still.
    """

    def __init__(
        self, connection: Connection, log_id: str, now_us: int, *, is_careful: bool = True
    ) -> None:
        self._connection = connection
        self._is_careful = is_careful
        self._log_id = log_id
        batch, seq, head, last_us = first_row(connection, LAST) or (0, 0, b"", 0)
        self.head = Head(batch, seq, head) if batch else beginning(log_id)
        last_us = last_us or 0
        self._week = week_of(last_us // DAY_US)
        self.went_back_us = max(0, last_us - now_us)
        self._place = _Place(self.head.seq, max(now_us, last_us))

    def append(self, items: Sequence[Prepared]) -> list[Answer]:
        """Write *items*; the answer to each is its receipt, or why it alone was not written.

        Raises LogUnavailable if nothing can be written at all.
        """
        if not self._is_careful:
            return self._at_once(items)
        answers = self._tried(items)
        if answers is None:
            # One of them is not as it should be: alone, each fails or succeeds for itself.
            answers = [answer for item in items for answer in self._alone(item)]
        return answers

    @property
    def has_appended(self) -> bool:
        """Whether there is a batch to write."""
        return bool(self._place.leaves)

    def close(self) -> Head:
        """Write the batch of what was appended; the new head, or the old one if that is nothing."""
        if self.has_appended:
            root = root_of(self._place.leaves)
            first, self.head = self.head.seq + 1, next_head(self.head, root, self._place.seq)
            row = {
                "batch": self.head.number,
                "first_seq": first,
                "last_seq": self.head.seq,
                "root": root,
                "head": self.head.digest,
            }
            insert_rows(self._connection, batches, [row])
            if week_of(self._place.at_us // DAY_US) > self._week:
                weekly.close(self._connection, self._week)
        return self.head

    def _alone(self, item: Prepared) -> list[Answer]:
        answer = self._tried([item])
        if answer is None:
            message = "the store refuses this record"
            problem = Problem("G122", message, fix="report it, with the server's version")
            answer = [BadRecord("The record cannot be written.", [problem])]
        return answer

    def _at_once(self, items: Sequence[Prepared]) -> list[Answer]:
        try:
            return self._written(items, self._place)
        except Exception as error:
            raise (fault_of(error) or NotTogether()) from error

    def _tried(self, items: Sequence[Prepared]) -> list[Answer] | None:
        """The answers to *items* if all could be written together; else nothing is written."""
        run(self._connection, "SAVEPOINT appending")
        place = _Place(self._place.seq, self._place.at_us, list(self._place.leaves))
        try:
            answers = self._written(items, place)
        except Exception as error:
            if (fault := fault_of(error)) is not None:
                raise fault from error
            run(self._connection, "ROLLBACK TO SAVEPOINT appending")
            answers = None
        try:
            run(self._connection, "RELEASE SAVEPOINT appending")
        except Exception as error:
            raise (fault_of(error) or error) from error
        if answers is None:
            return None
        self._place = place
        return answers

    def _written(self, items: Sequence[Prepared], place: _Place) -> list[Answer]:
        known = self._known_requests(items)
        wrapped = self._wrapped_keys(items)
        answers: list[Answer] = []
        placed: list[_Placed] = []
        new_keys: dict[str, Mapping[str, Any]] = {}
        for item in items:
            answer = _answered(item, known) or _keyed(item, wrapped, new_keys)
            if answer is None:
                new = self._placed(item, place)
                placed.append(new)
                answer = Receipt(new.seq, new.at_us)
                if item.request_id:
                    known[item.request_id] = (new.seq, new.at_us, _fingerprint(item))
            answers.append(answer)
        add_keys(self._connection, list(new_keys.values()))
        if placed:
            self._insert(placed)
        return answers

    def _known_requests(self, items: Iterable[Prepared]) -> dict[str, tuple[int, int, bytes]]:
        asked = [item.request_id for item in items if item.request_id]
        found = look_up(self._connection, REQUESTS, asked)
        return {request: (seq, at_us, fingerprint) for request, seq, at_us, fingerprint in found}

    def _wrapped_keys(self, items: Iterable[Prepared]) -> dict[str, bytes | None]:
        refs = list({item.key_ref for item in items if item.key_ref})
        found = look_up(self._connection, KEYS, refs)
        return {row[0]: row[1] for row in found}

    def _placed(self, item: Prepared, place: _Place) -> _Placed:
        place.seq += 1
        header = canonical(
            {**item.header, "seq": place.seq, "atUs": place.at_us, "log": self._log_id}
        )
        leaf = leaf_of(header)
        place.leaves.append(leaf)
        rows = item.rows
        if rows is not None:
            at = {"seq": place.seq, "at_us": place.at_us, "day": place.at_us // DAY_US}
            rows = Rows({**rows.decision, **at, "superseded_by": None}, rows.findings)
        return _Placed(item, place.seq, place.at_us, header, leaf, rows)

    def _insert(self, placed: Sequence[_Placed]) -> None:
        connection = self._connection
        batch = self.head.number + 1
        insert_rows(connection, records, [each.record(batch) for each in placed])
        made = [each for each in placed if each.rows is not None]
        if made:
            insert_rows(connection, payloads, [each.payload() for each in made])
            self._insert_rows([each.rows for each in made if each.rows is not None])
        asked = [each.request() for each in placed if each.item.request_id]
        if asked:
            insert_rows(connection, requests, asked)
        enqueue(connection, [message for each in placed for message in each.messages()])
        for each in placed:
            if each.rows is None:
                events.apply(connection, each.seq, each.at_us, each.item)

    def _insert_rows(self, new: Sequence[Rows]) -> None:
        """Write the narrow rows of *new*, and what they supersede as superseded."""
        first: dict[str, int] = {}
        current: dict[str, Rows] = {}
        for rows in new:
            conversation, seq = rows.decision["conversation_id"], rows.decision["seq"]
            if conversation in current:
                current[conversation].decision["superseded_by"] = seq
            first.setdefault(conversation, seq)
            current[conversation] = rows
        old = self._superseded(first)
        insert_rows(self._connection, decisions, [rows.decision for rows in new])
        found = [
            (rows.decision["seq"], *_finding_values(finding))
            for rows in new
            for finding in rows.findings
        ]
        insert_values(self._connection, INSERT_FINDINGS, found)
        rollups.update(self._connection, list(current.values()), old)
        if old:
            weekly.take_out(self._connection, old, self._week)

    def _superseded(self, by: dict[str, int]) -> list[Rows]:
        """The rows that are the newest of their conversations no more, now marked as such."""
        names = [column.name for column in decisions.columns]
        rows = look_up(self._connection, CURRENT, list(by))
        found = [dict(zip(names, row, strict=True)) for row in rows]
        if found:
            changes = [{"old": row["seq"], "new": by[row["conversation_id"]]} for row in found]
            self._connection.execute(SUPERSEDE, changes)
        return _with_findings(self._connection, found)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item with its place in the sequence."""

    item: Prepared
    seq: int
    at_us: int
    header: bytes
    leaf: bytes
    rows: Rows | None

    def record(self, batch: int) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "kind": self.item.kind.value,
            "at_us": self.at_us,
            "batch": batch,
            "header": self.header,
            "leaf": self.leaf,
        }

    def payload(self) -> dict[str, Any]:
        return {"seq": self.seq, **(self.item.payload or {})}

    def messages(self) -> Sequence[OutboxMessage]:
        return self.item.item.messages if isinstance(self.item.item, Entry) else ()

    def request(self) -> dict[str, Any]:
        return {
            "request_id": self.item.request_id,
            "seq": self.seq,
            "fingerprint": _fingerprint(self.item),
            "at_us": self.at_us,
        }


def _with_findings(connection: Connection, found: Sequence[dict[str, Any]]) -> list[Rows]:
    """The rows of ``decisions`` in *found*, each with its findings."""
    names = [column.name for column in findings.columns]
    by_seq: dict[int, list[dict[str, Any]]] = {row["seq"]: [] for row in found}
    for values in look_up(connection, FINDINGS, list(by_seq)):
        finding = dict(zip(names, values, strict=True))
        by_seq[finding["seq"]].append(finding)
    return [Rows(row, tuple(by_seq[row["seq"]])) for row in found]


def _keyed(
    item: Prepared, wrapped: dict[str, bytes | None], new: dict[str, Mapping[str, Any]]
) -> StaleKey | None:
    """See that the key of *item* will be in the log; or say that its original has no key there."""
    ref, key = item.key_ref, item.key
    if not ref:
        return None
    if ref not in wrapped and key is not None:
        new[ref] = key
        wrapped[ref] = key["wrapped"]
    stored = wrapped.get(ref)
    if stored is not None and (key is None or bytes(stored) == key["wrapped"]):
        return None
    problem = Problem("G125", "the key of this record's original is no longer good")
    return StaleKey("The record must be sealed again.", [problem])


def forget_requests(connection: Connection, before_us: int) -> None:
    """Let go of the ids of requests that were answered before *before_us*."""
    connection.execute(delete(requests).where(requests.c.at_us < before_us))


def _fingerprint(item: Prepared) -> bytes:
    return item.item.fingerprint if isinstance(item.item, Entry) else b""


def _answered(item: Prepared, known: dict[str, tuple[int, int, bytes]]) -> Answer | None:
    """The answer to *item* where its request has been answered before."""
    if item.request_id not in known:
        return None
    seq, at_us, fingerprint = known[item.request_id]
    if fingerprint != _fingerprint(item):
        message = "this request id was used for another request"
        problem = Problem(
            "G123", message, field="request_id", fix="give each request an id of its own"
        )
        return RequestReused("The request id was used before.", [problem])
    return Receipt(seq, at_us, is_repeat=True)


_finding_values = itemgetter(*(column.name for column in list(findings.columns)[1:]))

# Made once: building a statement costs more than running it.
LOG_ID = select(about.c.value).where(about.c.name == "log_id")
LAST_BATCH = (
    select(batches.c.batch, batches.c.last_seq, batches.c.head)
    .order_by(batches.c.batch.desc())
    .limit(1)
)
LAST = (
    select(batches.c.batch, batches.c.last_seq, batches.c.head, records.c.at_us)
    .outerjoin_from(batches, records, records.c.seq == batches.c.last_seq)
    .order_by(batches.c.batch.desc())
    .limit(1)
)
REQUESTS = select(
    requests.c.request_id, requests.c.seq, requests.c.at_us, requests.c.fingerprint
).where(requests.c.request_id.in_(THESE))
KEYS = select(keys.c.ref, keys.c.wrapped).where(keys.c.ref.in_(THESE))
CURRENT = select(decisions).where(
    decisions.c.conversation_id.in_(THESE), decisions.c.superseded_by.is_(None)
)
SUPERSEDE = (
    update(decisions)
    .where(decisions.c.seq == bindparam("old"))
    .values(superseded_by=bindparam("new"))
)
INSERT_FINDINGS = insert(findings)
FINDINGS = select(findings).where(findings.c.seq.in_(THESE))
