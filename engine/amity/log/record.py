"""What goes into the log, and what comes back when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amity.actions.outbox import OutboxMessage
from amity.conversation import Conversation
from amity.decision import Decision

__all__ = ["Durability", "Entry", "Event", "Kind", "Payload", "Receipt"]


class Kind(StrEnum):
    """What a record tells of."""

    DECISION = "decision"
    DISPUTE = "dispute"  # opened, upheld or overturned
    OUTCOME = "outcome"  # what became of the conversation in the world
    ERASURE = "erasure"  # a customer's key was destroyed
    RETENTION = "retention"  # forms of old records were dropped


class Durability(StrEnum):
    """When a decision's reply may leave."""

    DURABLE = "durable"  # after the decision is on the disk
    ASYNC = "async"  # at once; the decision is written soon after, and a crash may lose it
    OFF = "off"  # at once; nothing is written


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision to log, with the conversation that it judges and the request that asked for it.

    ``fingerprint`` is the SHA-256 of what the request asked, so that one id is not used for two
    requests; both are empty for a caller that gave no id. ``durability`` is what the caller was
    promised: the log writes every entry alike, and its record says whether the reply waited.
    ``messages`` go into the outbox in the same transaction.
    """

    decision: Decision
    conversation: Conversation
    request_id: str = ""
    fingerprint: bytes = b""
    durability: Durability = Durability.DURABLE
    messages: tuple[OutboxMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Anything else to log: a JSON object without personal data, of a kind that is no decision.

    It stands in the record's header, so that it can never be dropped or changed. A dispute has
    ``disputeId``, ``seq`` and ``number`` of the finding, ``state``, ``policy`` and ``rule``; an
    outcome has ``conversationId``, ``name`` and ``value``; each may have more.
    """

    kind: Kind
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record stands in the log.

    ``is_repeat`` says that the request had been answered before, by the record named here.
    """

    seq: int
    at_us: int
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """What the log holds of a record.

    ``view`` has the redacted ``conversation`` and ``decision``, ``original`` the same as they were;
    each is None where it is gone, was never kept, or cannot be opened. ``header`` is what the chain
    vouches for; the body of an event stands in it.
    """

    seq: int
    kind: Kind
    at_us: int
    header: Mapping[str, Any]
    view: Mapping[str, Any] | None = None
    original: Mapping[str, Any] | None = None
