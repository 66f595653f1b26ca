"""Writing to a log beside its server: no decision is ever logged by a command."""

from __future__ import annotations

from amity.errors import Problem
from amity.log.documents import Document
from amity.log.errors import BadRecord
from amity.log.forms import Formed

__all__ = ["NoForms"]


class NoForms:
    """The forms of nothing: for commands that forget, and log no decision."""

    def of(self, conversation: Document, decision: Document) -> Formed:  # noqa: ARG002 - protocol
        """Never made."""
        raise BadRecord(
            "This command logs no decisions.", [Problem("G126", "no forms are made here")]
        )

    def original(self, sealed: bytes, key_ref: str, record_id: str) -> Document | None:  # noqa: ARG002 - protocol
        """Never opened."""
        return None

    def customer_ref(self, customer_id: str) -> str:  # noqa: ARG002 - protocol
        """Unknown without the log's keys."""
        return ""

    def hashed_conversation(self, conversation_id: str) -> str:  # noqa: ARG002 - protocol
        """Unknown without the log's keys."""
        return ""
