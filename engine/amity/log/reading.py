"""Reading the log."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from amity.errors import Problem
from amity.log.canonical import parsed
from amity.log.chain import Head
from amity.log.errors import BadRecord
from amity.log.forms import Forms
from amity.log.preparing import unpacked
from amity.log.record import Kind, Payload
from amity.log.store import Store
from amity.log.tables import decisions, keys, payloads, records
from amity.log.transaction import read_head, read_log_id

__all__ = ["LogReader", "Sealing"]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is left of a sealed original."""

    is_kept: bool
    is_destroyed: bool


class LogReader:
    """A log that is only read; another process may write to it meanwhile."""

    def __init__(self, store: Store, forms: Forms | None = None) -> None:
        self.store = store
        self.forms = forms
        with store.read() as connection:
            self.log_id = read_log_id(connection)

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    @property
    def head(self) -> Head:
        """Where the log ends now."""
        with self.read() as connection:
            return read_head(connection, self.log_id)

    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot: nothing that is written meanwhile is seen, and never half a transaction."""
        return self.store.read()

    def glance(self) -> AbstractContextManager[Connection]:
        """A connection for one look-up, which sees what is committed by then."""
        return self.store.glance()

    def payload(self, seq: int) -> Payload:
        """What the log holds of the record at *seq*. Raises BadRecord if there is none."""
        with self.read() as connection:
            return self.payload_in(connection, seq)

    def payload_in(self, connection: Connection, seq: int) -> Payload:
        """The same, from the snapshot *connection*."""
        row = connection.execute(PAYLOAD, {"seq": seq}).first()
        if row is None:
            problem = Problem("G124", f"there is no record {seq}", fix="see `amity log list`")
            raise BadRecord("The record is not there.", [problem])
        return Payload(
            seq,
            Kind(row.kind),
            row.at_us,
            parsed(row.header),
            parsed(unpacked(row.view)) if row.view is not None else None,
            self._original(row),
        )

    def sealing(self, seq: int) -> Sealing:
        """Whether the sealed original of the record at *seq* is kept, and its key destroyed."""
        with self.read() as connection:
            return self.sealing_in(connection, seq)

    def sealing_in(self, connection: Connection, seq: int) -> Sealing:
        """The same, from the snapshot *connection*."""
        row = connection.execute(SEALING, {"seq": seq}).first()
        if row is None:
            return Sealing(is_kept=False, is_destroyed=False)
        return Sealing(is_kept=row.sealed is not None, is_destroyed=row.destroyed_us is not None)

    def _original(self, row: Any) -> dict[str, Any] | None:
        if row.sealed is None or self.forms is None:
            return None
        return self.forms.original(row.sealed, row.key_ref or "", row.decision_id or "")


PAYLOAD = (
    select(
        records.c.kind,
        records.c.at_us,
        records.c.header,
        payloads.c.view,
        payloads.c.sealed,
        payloads.c.key_ref,
        decisions.c.decision_id,
    )
    .outerjoin(payloads, payloads.c.seq == records.c.seq)
    .outerjoin(decisions, decisions.c.seq == records.c.seq)
    .where(records.c.seq == bindparam("seq"))
)
SEALING = (
    select(payloads.c.sealed, keys.c.destroyed_us)
    .outerjoin(keys, keys.c.ref == payloads.c.key_ref)
    .where(payloads.c.seq == bindparam("seq"))
)
