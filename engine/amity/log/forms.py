"""In which forms a conversation and its decision are kept: what people see, and what replay needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from amity.log.documents import Document

__all__ = ["Formed", "Forms"]


@dataclass(frozen=True, slots=True)
class Formed:
    """The forms of one conversation and decision.

    ``view`` is redacted, with the members ``conversation`` and ``decision``. ``sealed`` is the
    encrypted original, which the key ``key_ref`` opens, or None where it is not kept.
    ``customer_ref`` is a keyed hash that stands for the customer, or empty if unknown. ``key`` is
    the row of a new key, to be written with the record; ``told`` is then called with whether the
    key ``key_ref`` is in the log, or must not be used any more.
    """

    view: Document
    sealed: bytes | None = None
    key_ref: str = ""
    customer_ref: str = ""
    key: dict[str, Any] | None = None
    told: Told | None = None


class Told(Protocol):
    """Learns what became of a key."""

    def __call__(self, *, is_kept: bool) -> None:
        """It is in the log, or it is not to be used any more."""


class Forms(Protocol):
    """Makes the forms, and opens them. Called from any thread."""

    def of(self, conversation: Document, decision: Document) -> Formed:
        """The forms of *conversation* and *decision*, neither of which is changed."""

    def original(self, sealed: bytes, key_ref: str, record_id: str) -> Document | None:
        """What *sealed* was made of, or None where its key is not to be had.

        *record_id* is the id of the decision.
        """

    def customer_ref(self, customer_id: str) -> str:
        """What stands for the customer of that id in the records of decisions."""

    def hashed_conversation(self, conversation_id: str) -> str:
        """The id that the conversation has where such ids are hashed; "" if that is not known."""
