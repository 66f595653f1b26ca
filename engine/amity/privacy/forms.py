"""The two forms of a record: the view that people see, and the sealed original that replays need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from amity.privacy.customers import customer_id
from amity.privacy.failures import cannot_open
from amity.privacy.redactor import Redactor
from amity.privacy.sealing import Sealed, Sealer

__all__ = ["Forms", "Privacy", "canonical"]


@dataclass(frozen=True, slots=True)
class Forms:
    """What of a record is kept. ``sealed`` is None where the operator keeps views only.

    ``customer_ref`` is a keyed hash, or "" for a conversation whose customer has no id of their
    own; ``unclassified`` counts the places that were redacted without telling what they are.
    """

    view: dict[str, Any]
    sealed: Sealed | None
    customer_ref: str
    unclassified: int = 0


class Privacy:
    """Makes the forms of records; safe to share between threads.

    Without *sealer* only views are kept, and nothing can be replayed.
    """

    def __init__(self, redactor: Redactor, sealer: Sealer | None) -> None:
        self.redactor, self.sealer = redactor, sealer

    def forms(self, document: Mapping[str, Any], record_id: str) -> Forms:
        """The forms of *document*; *record_id* is what its sealed form is bound to.

        Raises CannotOpen where the customer's key is there and cannot be unwrapped.
        """
        view, unclassified = self.redactor.redact_counted(document)
        conversation = document["conversation"]
        customer = self.customer_ref(customer_id(conversation, self.redactor.policy))
        sealed = None
        if self.sealer:
            owner = customer or self.conversation_ref(str(conversation.get("id", "")))
            sealed = self.sealer.seal(owner, record_id, canonical(document))
        return Forms(view, sealed, customer, unclassified)

    def customer_ref(self, customer: str) -> str:
        """What stands for a customer in the log, and owns the keys of their records; "" for none."""
        return self.redactor.pseudonyms.of("customer", customer) if customer else ""

    def conversation_ref(self, conversation: str) -> str:
        """What owns the key of a conversation that is nobody's."""
        return self.redactor.pseudonyms.of("conversation-key", conversation)

    def hashed_conversation(self, conversation: str) -> str:
        """The id that a conversation has in views where the policy hashes such ids."""
        return self.redactor.pseudonyms.of("conversation", conversation)

    def original(self, sealed: Sealed, record_id: str) -> dict[str, Any]:
        """The document as it was. Raises CannotOpen."""
        if self.sealer is None:
            raise cannot_open("E121", "there is no master key here", "start with a master key")
        found: dict[str, Any] = orjson.loads(self.sealer.open(sealed, record_id))
        return found


def canonical(document: Mapping[str, Any]) -> bytes:
    """*document* as bytes that are the same for the same content: JSON with sorted keys."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError
