"""The forms that a server keeps: redacted views, and originals sealed under keys in the log itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from amity.log.documents import Document
from amity.log.forms import Formed
from amity.log.keystore import HeldKeys, StoredKeys, Transactions
from amity.privacy.failures import CannotOpen
from amity.privacy.forms import Privacy
from amity.privacy.keys import MasterKey
from amity.privacy.policy import DEFAULT_POLICY, PrivacyPolicy
from amity.privacy.pseudonyms import Pseudonyms
from amity.privacy.redactor import Redactor
from amity.privacy.sealing import Sealed, Sealer, hash_key

__all__ = ["PrivateForms", "private_forms"]


class PrivateForms:
    """Makes views and sealed originals by a privacy policy; safe to share between threads."""

    def __init__(self, privacy: Privacy, held: HeldKeys, opener: Sealer | None) -> None:
        self.privacy = privacy
        self._held = held
        self._opener = opener

    def of(self, conversation: Document, decision: Document) -> Formed:
        """The forms of *conversation* and *decision*."""
        record_id = decision.get("decisionId", "")
        both = {"conversation": conversation, "decision": decision}
        forms = self.privacy.forms(both, record_id)
        if forms.sealed is None:
            return Formed(forms.view, customer_ref=forms.customer_ref)
        ref = forms.sealed.key_ref
        return Formed(
            forms.view,
            forms.sealed.data,
            ref,
            forms.customer_ref,
            self._held.unsaved(ref),
            partial(self._held.told, ref),
        )

    def original(self, sealed: bytes, key_ref: str, record_id: str) -> Document | None:
        """The original of the decision *record_id*, or None where it cannot be opened any more."""
        if self._opener is None:
            return None
        try:
            return Privacy(self.privacy.redactor, self._opener).original(
                Sealed(sealed, key_ref), record_id
            )
        except CannotOpen:
            return None

    def customer_ref(self, customer_id: str) -> str:
        """What stands for the customer of that id in the records of decisions."""
        return self.privacy.customer_ref(customer_id)

    def hashed_conversation(self, conversation_id: str) -> str:
        """The id that the conversation has where such ids are hashed."""
        return self.privacy.hashed_conversation(conversation_id)


def private_forms(
    masters: Sequence[MasterKey],
    policy: PrivacyPolicy = DEFAULT_POLICY,
    *,
    now_us: Callable[[], int],
    starts: bool = True,
) -> Callable[[Transactions], PrivateForms]:
    """What makes the forms of a log once it is open, by *policy*.

    Originals are sealed under keys that the first of *masters* wraps; without any only views are
    kept, and nothing can be replayed. Unless told otherwise the recognisers of personal data begin to load.
    Raises CannotOpen where the log's own keys need another master key.
    """

    def of(log: Transactions) -> PrivateForms:
        stored, held = StoredKeys(log), HeldKeys(log)
        redactor = Redactor(Pseudonyms(hash_key(masters, stored, now_us())), policy)
        if starts:
            redactor.start()
        sealer = Sealer(masters, held, now_us) if masters else None
        opener = Sealer(masters, stored, now_us) if masters else None
        return PrivateForms(Privacy(redactor, sealer), held, opener)

    return of
