"""A customer's right to be forgotten, and what the log tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amity.errors import Problem
from amity.privacy.failures import NothingToErase
from amity.privacy.forms import Privacy

__all__ = ["Erasure", "Subject", "owner_of"]


class Subject(StrEnum):
    """Whose records are erased."""

    CUSTOMER = "customer"
    CONVERSATION = "conversation"  # one that has no customer with an id of their own


@dataclass(frozen=True, slots=True)
class Erasure:
    """A request to erase. ``reason`` is kept in the log for good, and must name nobody."""

    subject: Subject
    id: str
    reason: str
    requested_by: str = ""

    def body(self, owner: str, key_refs: Sequence[str], views: int) -> dict[str, Any]:
        """What the log keeps of it: no id, but the references of what is gone."""
        return {
            "subject": self.subject.value,
            "owner": owner,
            "keyRefs": list(key_refs),
            "viewsDropped": views,
            "reason": self.reason,
            "requestedBy": self.requested_by,
        }


def owner_of(erasure: Erasure, privacy: Privacy) -> str:
    """Who owns the keys that *erasure* destroys. Raises NothingToErase for an empty id."""
    if not erasure.id or not erasure.reason.strip():
        message = "an erasure needs an id and a reason"
        raise NothingToErase(message, [Problem("E124", message, fix="give both")])
    of = {
        Subject.CUSTOMER: privacy.customer_ref,
        Subject.CONVERSATION: privacy.conversation_ref,
    }
    return of[erasure.subject](erasure.id)
