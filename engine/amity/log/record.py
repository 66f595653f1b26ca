"""What goes into the log, and what comes back when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amity.conversation import Conversation
from amity.decision import Decision

__all__ = ["Durability", "Entry", "Event", "Kind", "Receipt"]


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
    requests; both are empty for a caller that gave no id.
    """

    decision: Decision
    conversation: Conversation
    request_id: str = ""
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class Event:
    """Anything else to log: a JSON object without personal data, of a kind that is no decision."""

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
