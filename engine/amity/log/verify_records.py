"""Records one by one: the header, the payload, and the narrow rows."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from amity.log.canonical import parsed
from amity.log.chain import leaf_of
from amity.log.days import DAY_US
from amity.log.flaws import Flaws
from amity.log.forgotten import Ranges, forgotten_by
from amity.log.preparing import unpacked
from amity.log.record import Kind
from amity.log.rows import PROVED, proofs_of, rows_of
from amity.log.tables import keys, records
from amity.log.verify_naming import Naming
from amity.log.verify_rows import AT_US, CUSTOMER, NO_FINDINGS, Row, Span, spans
from amity.log.verify_tables import Tables

__all__ = ["Records"]

VALUES = slice(1, 1 + len(PROVED))
TIMES = slice(AT_US, AT_US + 2)


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
        self._naming = Naming(
            flaws,
            self._views_gone,
            self._sealed_gone,
            self._whole_keys,
            is_thorough=is_thorough,
        )

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
        self._whole_keys.update(self._connection.execute(WHOLE_KEYS).scalars())

    def check(self, first: int, last: int, tables: Tables) -> dict[int, bytes]:
        """Check the records from *first* to *last*; their leaves, computed from their headers."""
        leaves: dict[int, bytes] = {}
        for span in spans(self._connection, first, last):
            self._span(span, leaves, tables)
        return leaves

    def _span(self, span: Span, leaves: dict[int, bytes], tables: Tables) -> None:
        own, decided, found = span.payloads, span.decisions, span.found
        expected = span.first
        for row in span.records:
            seq = row[0]
            if seq != expected:
                self._missing(expected, seq - 1)
            expected = seq + 1
            self.count += 1
            header = self._header(row, leaves)
            its = (own.pop(seq, None), decided.pop(seq, None), found.pop(seq, NO_FINDINGS))
            if header is None:
                continue
            if header["kind"] == Kind.DECISION:
                self._decision(header, *its, span, tables)
            else:
                if its[0] or its[1] or its[2] is not NO_FINDINGS:
                    message = f"a record of kind {header['kind']} has rows of a decision"
                    self._flaws.add("G214", seq, message)
                tables.event(seq, row[2], header)
        if expected <= span.last:
            self._missing(expected, span.last)
        for seq in sorted({*own, *decided, *found}):
            self._flaws.add("G207", seq, "there are rows without a record")

    def _missing(self, first: int, last: int) -> None:
        which = f"record {first} is" if first == last else f"records {first} to {last} are"
        self._flaws.add("G201", first, f"{which} not there")

    def _header(self, row: Row, leaves: dict[int, bytes]) -> dict[str, Any] | None:
        """The header in *row*, if it can be trusted to be that of this record."""
        seq, kind, at_us, raw, leaf = row
        leaves[seq] = computed = leaf_of(bytes(raw))
        if computed != bytes(leaf):
            self._flaws.add("G202", seq, "its header was changed")
            return None
        try:
            header = parsed(bytes(raw))
        except ValueError:
            self._flaws.add("G202", seq, "its header cannot be read")
            return None
        said = tuple(map(header.get, ("seq", "kind", "atUs", "log")))
        there = (seq, kind, at_us, self._log_id)
        if said != there:
            for name, ours, value in zip(("seq", "kind", "atUs", "log"), said, there, strict=True):
                if ours != value:
                    message = f"its header says {name} {ours!r}, and its row {value!r}"
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
        found: Row,
        span: Span,
        tables: Tables,
    ) -> None:
        seq = header["seq"]
        self.forgotten += seq in self._views_gone or seq in self._sealed_gone
        if payload and decided and self._is_right(header, payload, decided, found):
            tables.decision(decided, orjson.loads(found[1]))
            return
        named = span.findings.get(seq, ())
        if decided:
            tables.decision(decided, [row[:-1] for row in named])
        self._naming.decision(header, payload, decided, named)

    def _is_right(self, header: dict[str, Any], payload: Row, decided: Row, found: Row) -> bool:
        """Whether all of a decision is plainly as it was written; where not, more is to be asked."""
        try:
            return (
                _are_its_rows(header, decided, found)
                and self._is_its_original(header, payload)
                and self._is_its_view(header, payload, decided, found[2])
            )
        except (KeyError, TypeError):
            return (
                False  # a column holds what no column of its kind can, or lacks what it must have
            )

    def _is_its_original(self, header: dict[str, Any], payload: Row) -> bool:
        seq, _, _, sealed, key_ref = payload
        is_gone = seq in self._sealed_gone
        if sealed is None:
            return is_gone or "sealedSha256" not in header
        is_whole: bool = _hex(sealed) == header["sealedSha256"]
        return is_whole and not is_gone and key_ref in self._whole_keys

    def _is_its_view(
        self, header: dict[str, Any], payload: Row, decided: Row, texts: bytes
    ) -> bool:
        seq, salt, view, _, key_ref = payload
        if seq in self._views_gone:
            words = (decided[CUSTOMER], *orjson.loads(texts))
            return view is None and salt is None and not any(words)
        names = orjson.dumps((decided[CUSTOMER], key_ref or ""))[:-1]
        is_whole: bool = (
            _hex(salt + view) == header["viewSha256"]
            and _hex(b"%b%b,%b]" % (salt, names, texts)) == header["wordsSha256"]
        )
        return is_whole and (not self._is_thorough or self._is_of_view(header, view))

    def _is_of_view(self, header: dict[str, Any], view: bytes) -> bool:
        made = rows_of(parsed(unpacked(view)), header["atUs"])
        return bool(proofs_of(made, b"", "")["rowsSha256"] == header["rowsSha256"])


def _are_its_rows(header: dict[str, Any], decided: Row, found: Row) -> bool:
    _, rows, _, is_exact = found
    at_us = header["atUs"]
    proved = b"[%b,%b]" % (orjson.dumps(decided[VALUES]), rows)
    is_whole: bool = _hex(proved) == header["rowsSha256"]
    return bool(is_exact) and is_whole and decided[TIMES] == (at_us, at_us // DAY_US)


def _hex(data: bytes) -> str:
    return sha256(data).hexdigest()


ORDERS = select(records.c.header).where(records.c.kind.in_(bindparam("kinds", expanding=True)))
WHOLE_KEYS = select(keys.c.ref).where(keys.c.wrapped.is_not(None))
