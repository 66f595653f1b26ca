"""From the original of a record to its view: the document that queries, exports and people see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amity.errors import Problem
from amity.privacy.conversations import RedactedConversation
from amity.privacy.decisions import redacted_decision
from amity.privacy.finder import Budget, Finder
from amity.privacy.loading import Loading
from amity.privacy.policy import DEFAULT_POLICY, PrivacyPolicy
from amity.privacy.pseudonyms import Pseudonyms

__all__ = ["Redactor"]

Document = Mapping[str, Any]


class Redactor:
    """Redacts records by a policy; safe to share between threads.

    It can be used at once. While `is_ready` is false, whatever may be personal data becomes
    ``[REDACTED]`` as a whole: nothing is written unredacted, and no record waits.
    """

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        policy: PrivacyPolicy = DEFAULT_POLICY,
        loading: Loading | None = None,
    ) -> None:
        recognise = policy.recognise
        self.policy, self.pseudonyms = policy, pseudonyms
        self._loading = loading or Loading(recognise.countries, recognise.phone_regions)
        self._finder = Finder(recognise, self._loading)

    def start(self) -> None:
        """Begin to load the recognisers in the background, which takes seconds."""
        self._loading.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Load the recognisers and wait for them; say whether they are ready."""
        return self._loading.wait(timeout_s)

    @property
    def is_ready(self) -> bool:
        """Whether the recognisers are loaded, so that placeholders name the kind of data."""
        return self._loading.is_ready

    @property
    def problem(self) -> Problem | None:
        """Why the recognisers will not be ready, if they cannot be loaded."""
        return self._loading.problem

    def redact(self, document: Document) -> dict[str, Any]:
        """The view of *document*, which has a ``conversation`` and may have a ``decision``.

        The document is left as it is; parts that need no change are shared with the view.
        """
        return self.redact_counted(document)[0]

    def redact_counted(self, document: Document) -> tuple[dict[str, Any], int]:
        """The view, and how many places were redacted without telling what they are."""
        budget = Budget()
        conversation = RedactedConversation(
            document["conversation"], self.policy, self.pseudonyms, self._finder, budget
        )
        view = {**document, "conversation": conversation.document}
        if "decision" in document:
            view["decision"] = redacted_decision(document["decision"], conversation)
        return view, budget.unclassified
