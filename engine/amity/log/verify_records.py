"""Records one by one: the header, the payload, and the narrow rows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.exc import OperationalError

from amity.log.canonical import digest, parsed
from amity.log.chain import leaf_of
from amity.log.errors import fault_of
from amity.log.flaws import Flaws
from amity.log.forgotten import Ranges, forgotten_by
from amity.log.preparing import unpacked
from amity.log.record import Kind
from amity.log.rows import DAY_US, FINDING_PROVED, PROVED, Rows, proof, rows_of, words_proof
from amity.log.tables import decisions, findings, keys, payloads, records
from amity.log.verify_tables import Tables

__all__ = ["Records", "fetched"]

Row = Sequence[Any]
NOTHING: tuple[Row, ...] = ()


def fetched(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Row]:
    """The rows of *statement* as the driver has them: plain tuples, which cost the least."""
    try:
        return _all(connection, statement, values)
    except (sqlite3.OperationalError, OperationalError) as error:
        if "decode" not in str(error):
            raise fault_of(error) or error from error
    # Somebody put text that is none into a column: read it all the same, and tell of its record.
    raw: Any = connection.connection.driver_connection
    raw.text_factory = lambda data: data.decode(errors="replace")
    try:
        return _all(connection, statement, values)
    finally:
        raw.text_factory = str


def _all(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Row]:
    cursor: Any = connection.execute(statement, values).cursor
    return list(cursor.fetchall())


class Records:
    """Checks ranges of records, which must come in order."""

    def __init__(
        self, connection: Connection, log_id: str, flaws: Flaws, *, is_thorough: bool = False
    ) -> None:
        self._is_thorough = is_thorough
        self._connection = connection
        self._log_id = log_id
        self._flaws = flaws
        self._views_gone, self._sealed_gone = Ranges(), Ranges()
        self._at_us = 0
        self.count = 0
        self.forgotten = 0
        self._whole_keys: set[str] = set()
        self._learn_what_was_forgotten()

    def _learn_what_was_forgotten(self) -> None:
        """Read which forms may be gone; the records that say so are checked when they come."""
        orders = {"kinds": [Kind.ERASURE.value, Kind.RETENTION.value]}
        views: list[list[int]] = []
        sealed: list[list[int]] = []
        for (header,) in self._connection.execute(ORDERS, orders):
            try:
                of_views, of_sealed = forgotten_by(parsed(bytes(header))["body"])
            except (ValueError, KeyError, TypeError):
                continue  # told where the record is checked
            views += of_views
            sealed += of_sealed
        self._views_gone.add(views)
        self._sealed_gone.add(sealed)
        self._whole_keys = set(self._connection.execute(WHOLE_KEYS).scalars())

    def check(self, first: int, last: int, tables: Tables) -> dict[int, bytes]:
        """Check the records from *first* to *last*; their leaves, computed from their headers."""
        span = {"first": first, "last": last}
        own = {row[0]: row for row in fetched(self._connection, PAYLOADS, span)}
        decided = {row[0]: row for row in fetched(self._connection, DECISIONS, span)}
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in fetched(self._connection, FINDINGS, span):
            found[row[0]].append(row[1:])
        leaves: dict[int, bytes] = {}
        expected = first
        for row in fetched(self._connection, RECORDS, span):
            seq = row[0]
            if seq != expected:
                self._missing(expected, seq - 1)
            expected = seq + 1
            self.count += 1
            header = self._header(row, leaves)
            its = (own.pop(seq, None), decided.pop(seq, None), found.pop(seq, NOTHING))
            if header is None:
                continue
            if header["kind"] == Kind.DECISION:
                self._decision(header, *its, tables)
            else:
                if any(its):
                    self._flaws.add(
                        "G214", seq, f"a record of kind {header['kind']} has rows of a decision"
                    )
                tables.event(seq, row[2], header)
        if expected <= last:
            self._missing(expected, last)
        for seq in sorted({*own, *decided, *found}):
            self._flaws.add("G207", seq, "there are rows without a record")
        return leaves

    def _missing(self, first: int, last: int) -> None:
        which = f"record {first} is" if first == last else f"records {first} to {last} are"
        self._flaws.add("G201", first, f"{which} not there")

    def _header(self, row: Row, leaves: dict[int, bytes]) -> dict[str, Any] | None:
        """The header in *row*, if it can be trusted to be that of this record."""
        seq, kind, at_us, raw, leaf = row
        raw = bytes(raw)
        leaves[seq] = leaf_of(raw)
        if leaves[seq] != bytes(leaf):
            self._flaws.add("G202", seq, "its header was changed")
            return None
        try:
            header = parsed(raw)
        except ValueError:
            self._flaws.add("G202", seq, "its header cannot be read")
            return None
        for name, value in (("seq", seq), ("kind", kind), ("atUs", at_us), ("log", self._log_id)):
            if header.get(name) != value:
                message = f"its header says {name} {header.get(name)!r}, and its row {value!r}"
                self._flaws.add("G203", seq, message)
                return None
        if at_us < self._at_us:
            self._flaws.add("G204", seq, "its time is earlier than that of the record before it")
        self._at_us = at_us
        return header

    def _decision(
        self,
        header: dict[str, Any],
        payload: Row | None,
        decided: Row | None,
        found: Sequence[Row],
        tables: Tables,
    ) -> None:
        seq = header["seq"]
        if payload is None:
            self._flaws.add("G211", seq, "its payload is not there")
            payload = (seq, None, None, None, None)
        if decided is None:
            self._flaws.add("G214", seq, "its row in decisions is not there")
            self._payload(header, payload)
            return
        has_view = self._payload(header, payload)
        tables.decision(decided, found)
        self._rows(header, decided, found, payload if has_view else None)
        salt = payload[1]
        texts = [row[-1] for row in found]
        words = [decided[CUSTOMER], payload[4] or "", texts]
        if salt is None:
            if seq not in self._views_gone:
                self._flaws.add("G211", seq, "its salt is gone, and no record says why")
            elif any((words[0], *texts)):
                self._flaws.add("G218", seq, "words are there that were to be forgotten")
        elif not _matches(header, "wordsSha256", lambda: words_proof(bytes(salt), *words)):
            self._words_differ(seq, decided, found, payload if has_view else None)

    def _payload(self, header: dict[str, Any], payload: Row) -> bool:
        """Check both forms; whether the view is there and as it was."""
        seq, salt, view, sealed, key_ref = payload
        is_gone = (seq in self._views_gone, seq in self._sealed_gone)
        self.forgotten += any(is_gone)
        is_whole = False
        if view is None:
            if not is_gone[0]:
                self._flaws.add("G211", seq, "its view is gone, and no record says why")
        elif is_gone[0]:
            self._flaws.add("G218", seq, "its view is there, and was to be forgotten")
        elif _matches(header, "viewSha256", lambda: digest(_bytes(salt or b"") + _bytes(view))):
            is_whole = True
        else:
            self._flaws.add("G210", seq, "its view was changed")
        if sealed is None:
            if "sealedSha256" in header and not is_gone[1]:
                self._flaws.add("G213", seq, "its sealed original is gone, and no record says why")
        elif is_gone[1]:
            self._flaws.add("G218", seq, "its sealed original is there, and was to be forgotten")
        elif not _matches(header, "sealedSha256", lambda: digest(_bytes(sealed))):
            self._flaws.add("G212", seq, "its sealed original was changed")
        elif key_ref not in self._whole_keys:
            self._flaws.add("G223", seq, "the key of its sealed original is not there")
        return is_whole

    def _rows(
        self, header: dict[str, Any], decided: Row, found: Sequence[Row], payload: Row | None
    ) -> None:
        seq, at_us = header["seq"], header["atUs"]
        if decided[AT_US : AT_US + 2] != (at_us, at_us // DAY_US):
            self._flaws.add("G214", seq, "its time in decisions is not that of its header")
        values = decided[1 : 1 + len(PROVED)]
        if _matches(header, "rowsSha256", lambda: proof(values, [row[:-1] for row in found])):
            if not self._is_thorough or payload is None:
                return
            made = rows_of(parsed(unpacked(bytes(payload[2]))), at_us)
            if not _differences(made, decided, found):
                return
        if payload is None:
            self._flaws.add("G214", seq, "its rows in decisions or findings were changed")
            return
        made = rows_of(parsed(unpacked(bytes(payload[2]))), at_us)
        for message in _differences(made, decided, found):
            self._flaws.add(*message[:1], seq, *message[1:])
            return
        self._flaws.add("G214", seq, "its rows are not those of its header, although its view is")

    def _words_differ(
        self, seq: int, decided: Row, found: Sequence[Row], payload: Row | None
    ) -> None:
        """Say which of the words were changed; what they are is never told."""
        if payload is not None:
            made = rows_of(parsed(unpacked(bytes(payload[2]))), 0)
            for ours, row in zip(made.findings, found, strict=False):
                if ours["text"] != row[-1]:
                    message = f"the text of finding {row[0]} is not that of its view"
                    self._flaws.add("G216", seq, message)
                    return
            if len(made.findings) != len(found):
                return  # told with the rows
            if made.decision["customer_ref"] != decided[CUSTOMER]:
                self._flaws.add("G216", seq, "its customer is not that of its view")
                return
        self._flaws.add("G216", seq, "its words, its customer or the name of its key was changed")


def _bytes(value: Any) -> bytes:
    """*value* as bytes; of text, which can stand in no such column, something that is not its own."""
    return value.encode() + b"?" if isinstance(value, str) else bytes(value)


def _matches(header: dict[str, Any], name: str, computed: Any) -> bool:
    try:
        return bool(header.get(name) == computed().hex())
    except (TypeError, ValueError):
        return False  # a column holds what no column of its kind can


def _differences(made: Rows, decided: Row, found: Sequence[Row]) -> list[tuple[str, str]]:
    """Where the rows are not those *made* from the view, as code and words."""
    told: list[tuple[str, str]] = []
    for name, value in zip(PROVED, decided[1:], strict=False):
        if made.decision[name] != value:
            message = f"{name} in decisions is {value!r}, and its view says {made.decision[name]!r}"
            told.append(("G214", message))
    ours = {row["number"]: row for row in made.findings}
    theirs = {row[0]: row for row in found}
    for number in sorted({*ours, *theirs}):
        if number not in theirs:
            told.append(("G215", f"finding {number} is not there"))
        elif number not in ours:
            told.append(("G215", f"finding {number} is not in its view"))
        else:
            told += [
                (
                    "G215",
                    f"{name} of finding {number} is {value!r}, and its view says {ours[number][name]!r}",
                )
                for name, value in zip(FINDING_PROVED, theirs[number], strict=False)
                if ours[number][name] != value
            ]
    return told


_SPAN: tuple[Any, Any] = (bindparam("first"), bindparam("last"))
AT_US = 1 + len(PROVED)
CUSTOMER = AT_US + 2
RECORDS = (
    select(records.c.seq, records.c.kind, records.c.at_us, records.c.header, records.c.leaf)
    .where(records.c.seq.between(*_SPAN))
    .order_by(records.c.seq)
)
PAYLOADS = select(
    payloads.c.seq, payloads.c.salt, payloads.c.view, payloads.c.sealed, payloads.c.key_ref
).where(payloads.c.seq.between(*_SPAN))
DECISIONS = select(
    decisions.c.seq,
    *(decisions.c[name] for name in PROVED),
    decisions.c.at_us,
    decisions.c.day,
    decisions.c.customer_ref,
    decisions.c.superseded_by,
).where(decisions.c.seq.between(*_SPAN))
FINDINGS = (
    select(findings.c.seq, *(findings.c[name] for name in FINDING_PROVED), findings.c.text)
    .where(findings.c.seq.between(*_SPAN))
    .order_by(findings.c.seq, findings.c.number)
)
ORDERS = select(records.c.header).where(records.c.kind.in_(bindparam("kinds", expanding=True)))
WHOLE_KEYS = select(keys.c.ref).where(keys.c.wrapped.is_not(None))
