"""Erasing a customer: keys destroyed, forms and words dropped, the chain left whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, or_, select, update

from amity.actions.outbox import OUTBOX
from amity.errors import Problem
from amity.log.forgotten import ranges_of
from amity.log.log import DecisionLog, now_us
from amity.log.record import Kind, Receipt
from amity.log.tables import decisions, findings, keys, payloads
from amity.privacy.erasure import Erasure, Subject, owner_of
from amity.privacy.failures import NothingToErase
from amity.privacy.forms import Privacy

__all__ = ["Erased", "erase", "forget_views", "found_of"]

T = TypeVar("T")
# Fewer than the values that one statement may have, in either store.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took, and the record that says so."""

    receipt: Receipt
    records: int
    keys: int


def erase(log: DecisionLog, erasure: Erasure, privacy: Privacy) -> Erased:
    """Forget everything about whom *erasure* names, in one transaction with the record of it.

    Destroyed are the keys of their originals, the views, the words in findings, and what stands for
    them in the narrow rows; verdicts, states and agents stay, and the chain stays provable. Raises
    NothingToErase.
    """
    owner_of(erasure, privacy)  # refuses what names nobody before anything is queued

    def deed(connection: Connection) -> Mapping[str, Any]:
        refs, seqs = found_of(connection, erasure, privacy)
        if not refs and not seqs:
            fix = "check the id; it may have been erased before"
            problem = Problem("E124", "nothing in the log is of this id", fix=fix)
            raise NothingToErase("There is nothing to erase.", [problem])
        views, sealed = _forms(connection, seqs)
        _destroy(connection, refs)
        _drop_sealed(connection, seqs)
        forget_views(connection, seqs)
        _empty_outbox(connection, seqs)
        return {
            "subject": erasure.subject.value,
            "reason": erasure.reason,
            "requestedBy": erasure.requested_by,
            "keys": len(refs),
            "views": ranges_of(views),
            "sealed": ranges_of(sealed),
            "records": len(seqs),
        }

    receipt, body = log.record(Kind.ERASURE, deed).result()
    return Erased(receipt, body["records"], body["keys"])


def found_of(
    connection: Connection, erasure: Erasure, privacy: Privacy
) -> tuple[list[str], list[int]]:
    """The keys and the records of whom *erasure* names. Raises NothingToErase for an empty id."""
    owner = owner_of(erasure, privacy)
    own = keys.c.ref.startswith(f"{owner}.", autoescape=True)
    refs = list(
        connection.execute(select(keys.c.ref).where(own, keys.c.wrapped.is_not(None))).scalars()
    )
    column = (
        decisions.c.customer_ref == owner
        if erasure.subject is Subject.CUSTOMER
        else decisions.c.conversation_id.in_([erasure.id, privacy.hashed_conversation(erasure.id)])
    )
    sealed_by = payloads.c.key_ref.startswith(f"{owner}.", autoescape=True)
    found = (
        select(decisions.c.seq)
        .outerjoin(payloads, payloads.c.seq == decisions.c.seq)
        .where(or_(column, sealed_by))
        .where(or_(payloads.c.view.is_not(None), payloads.c.sealed.is_not(None)))
        .order_by(decisions.c.seq)
    )
    return refs, list(connection.execute(found).scalars())


def forget_views(connection: Connection, seqs: Sequence[int]) -> None:
    """Drop the views of *seqs*, the words in their findings, and what stands for their customers."""
    for some in parts(seqs):
        gone = {"view": None, "salt": None}
        connection.execute(update(payloads).where(payloads.c.seq.in_(some)).values(**gone))
        connection.execute(update(findings).where(findings.c.seq.in_(some)).values(text=""))
        connection.execute(
            update(decisions).where(decisions.c.seq.in_(some)).values(customer_ref="")
        )


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """*items*, some at a time."""
    return (items[at : at + AT_ONCE] for at in range(0, len(items), AT_ONCE))


def _forms(connection: Connection, seqs: Sequence[int]) -> tuple[list[int], list[int]]:
    """Which of *seqs* have a view, and which a sealed original."""
    columns = select(payloads.c.seq, payloads.c.view.is_not(None), payloads.c.sealed.is_not(None))
    views: list[int] = []
    sealed: list[int] = []
    for some in parts(seqs):
        for seq, has_view, has_sealed in connection.execute(
            columns.where(payloads.c.seq.in_(some))
        ):
            views += [seq] * bool(has_view)
            sealed += [seq] * bool(has_sealed)
    return views, sealed


def _destroy(connection: Connection, refs: Sequence[str]) -> None:
    for some in parts(refs):
        gone = {"wrapped": None, "destroyed_us": now_us()}
        connection.execute(update(keys).where(keys.c.ref.in_(some)).values(**gone))


def _drop_sealed(connection: Connection, seqs: Sequence[int]) -> None:
    for some in parts(seqs):
        gone = {"sealed": None, "key_ref": None}
        connection.execute(update(payloads).where(payloads.c.seq.in_(some)).values(**gone))


def _empty_outbox(connection: Connection, seqs: Collection[int]) -> None:
    """Give up what is still to be delivered: it quotes the conversation."""
    of = select(decisions.c.decision_id)
    for some in parts(list(seqs)):
        ids = of.where(decisions.c.seq.in_(some))
        undelivered = OUTBOX.c.decision_id.in_(ids) & (OUTBOX.c.state != "delivered")
        gone = {"state": "dead", "payload": b"", "last_error": "erased", "ended_at": now_us()}
        connection.execute(update(OUTBOX).where(undelivered).values(**gone))
