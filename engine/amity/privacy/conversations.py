"""The view of a conversation, and what its decision needs to be redacted alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from amity.conversation import Role
from amity.privacy.attributes import redacted_attributes
from amity.privacy.customers import CUSTOMER, customer_id, is_own
from amity.privacy.edits import Edit, Edited, edited
from amity.privacy.finder import Budget, Finder, Hit, merged
from amity.privacy.kinds import UNCLASSIFIED
from amity.privacy.labels import Labels
from amity.privacy.names import Names, Person
from amity.privacy.policy import Action, PersonRules, PrivacyPolicy
from amity.privacy.pseudonyms import Pseudonyms

__all__ = ["RedactedConversation"]

_ROLES = {f"ROLE_{role.name}": role for role in Role}
_STRICTEST = PersonRules(Action.HASH, Action.REDACT)
_LEAST_ID = 4  # a shorter id stands in texts by chance
_LEAST_VALUE = 4


class RedactedConversation:
    """One conversation, redacted. ``document`` is its view, ``turns`` the texts with their edits."""

    def __init__(
        self,
        conversation: Mapping[str, Any],
        policy: PrivacyPolicy,
        pseudonyms: Pseudonyms,
        finder: Finder,
        budget: Budget,
    ) -> None:
        self._policy, self._pseudonyms = policy, pseudonyms
        self._finder, self._budget = finder, budget
        self._people: list[Mapping[str, Any]] = list(conversation.get("participants", ()))
        self._customer = customer_id(conversation, policy)
        is_kept = self._rules(CUSTOMER).id is Action.KEEP
        # What is looked for in texts; "" where nothing is.
        self._own_id = "" if is_kept or len(self._customer) < _LEAST_ID else self._customer
        texts = [str(turn.get("text", "")) for turn in conversation.get("turns", ())]
        self._labels = Labels(texts)
        self._names = self._names_looked_for()
        self._values: dict[str, str] = {}
        self._ids = dict(self._new_ids())
        self.turns = self._edited(texts)
        self.id = self._by_action(
            conversation.get("id", ""), policy.conversation_id, "CONVERSATION"
        )
        self.document = self._view(conversation)

    @property
    def replaced(self) -> Mapping[str, str]:
        """Everything that was replaced in the turns, with its placeholder."""
        return self._values

    def may_hold(self, text: str) -> bool:
        """Whether *text* can hold anything to redact; False is certain."""
        return (
            self._names.may_stand_in(text) or self._own_id_in(text) or self._finder.may_hold(text)
        )

    @property
    def text_action(self) -> Action:
        """What becomes of texts."""
        return self._policy.text

    def may_hold_data(self, text: str) -> bool:
        """Whether *text* can hold anything to redact besides names and the customer's id."""
        return self._finder.may_hold(text)

    def text(self, value: str, context: str = "") -> str:
        """*value* with placeholders, the same as in the turns."""
        return self._redacted(value, context, self._budget).text

    def without_names(self, texts: list[str]) -> list[str]:
        """*texts*, which hold no other data, with placeholders for names and the customer's id."""
        named = self._named(texts)
        return [
            self._without(text, hits).text if hits or self._own_id_in(text) else text
            for text, hits in zip(texts, named, strict=True)
        ]

    def hashed(self, value: str) -> str:
        """The keyed hash of an attribute."""
        return self._pseudonyms.of("attribute", value)

    def id_of_customer(self, value: str) -> str | None:
        """What stands for *value* if it is the customer's id or a participant's that is not kept."""
        if not value:
            return None
        if value == self._customer:
            return self._by_action(value, self._rules(CUSTOMER).id, "CUSTOMER")
        changed = self._ids.get(value)
        return changed if changed != value and is_own(value) else None

    def _rules(self, role: str) -> PersonRules:
        known = _ROLES.get(role)
        # A role that is not known may be a customer's.
        return self._policy.people[known] if known else _STRICTEST

    def _names_looked_for(self) -> Names:
        wanted = self._policy.recognise.names
        return Names(
            Person(number, str(person.get("displayName", "")))
            for number, person in enumerate(self._people)
            if _ROLES.get(person.get("role", ""), Role.CUSTOMER) in wanted
        )

    def _new_ids(self) -> Iterator[tuple[str, str]]:
        for person in self._people:
            role, own = str(person.get("role", "")), str(person.get("id", ""))
            kind = role.removeprefix("ROLE_") or "PARTICIPANT"
            yield own, self._by_action(own, self._rules(role).id, kind)

    def _by_action(self, value: str, action: Action, kind: str) -> str:
        if action is Action.HASH and value:
            return self._pseudonyms.of(kind.lower(), value)
        return self._labels.of(kind, value) if action is Action.REDACT and value else value

    def _edited(self, texts: list[str]) -> list[Edited]:
        action = self._policy.text
        if action is not Action.REDACT:
            return [edited(text, self._whole(text, action)) for text in texts]
        named = self._named(texts)
        if not self._finder.may_hold("\n".join(texts)):
            return [self._without(text, hits) for text, hits in zip(texts, named, strict=True)]
        find, budget, before = self._finder.find, self._budget, ["", *texts]
        return [
            self._without(text, [*(find(text, before[at], budget) if text else ()), *named[at]])
            for at, text in enumerate(texts)
        ]

    def _named(self, texts: list[str]) -> list[list[Hit]]:
        """The names in each of *texts*."""
        if not self._names:
            return [[] for _ in texts]
        return [
            [Hit(start, end, "NAME", f"person{number}") for start, end, number in found]
            for found in self._names.find_in(texts)
        ]

    def _whole(self, text: str, action: Action) -> Iterable[Edit]:
        if action is Action.KEEP or not text:
            return ()
        new = f"[HASH_{self._pseudonyms.of('text', text)[2:]}]" if action is Action.HASH else ""
        return (Edit(0, len(text), new),)

    def _redacted(self, text: str, before: str, budget: Budget) -> Edited:
        hits = self._finder.find(text, before, budget) if text else []
        return self._without(text, [*hits, *self._named([text])[0]])

    def _without(self, text: str, hits: list[Hit]) -> Edited:
        """*text* without *hits* and the customer's id."""
        if self._own_id_in(text):
            hits = [*hits, *self._own_ids(text)]
        leave_out = self._policy.recognise.leave_out
        hits = [hit for hit in hits if hit.kind not in leave_out]
        return (
            edited(text, [self._edit(text, hit) for hit in merged(hits)])
            if hits
            else Edited(text, ())
        )

    def _edit(self, text: str, hit: Hit) -> Edit:
        value = text[hit.start : hit.end]
        if hit.kind == UNCLASSIFIED:
            new = f"[{UNCLASSIFIED}]"
        else:
            new = self._labels.of(hit.kind, hit.owner or value)
        if len(value) >= _LEAST_VALUE:
            self._values.setdefault(value, new)
        return Edit(hit.start, hit.end, new)

    def _own_id_in(self, text: str) -> bool:
        return bool(self._own_id) and self._own_id in text

    def _own_ids(self, text: str) -> Iterator[Hit]:
        at = text.find(self._own_id)
        while at >= 0:
            end = at + len(self._own_id)
            yield Hit(at, end, "ID", "customer")
            at = text.find(self._own_id, end)

    def _view(self, conversation: Mapping[str, Any]) -> dict[str, Any]:
        view = {**conversation, "id": self.id}
        if self._people:
            view["participants"] = [
                self._participant(number, person) for number, person in enumerate(self._people)
            ]
        if self.turns:
            view["turns"] = [
                self._turn(turn, text)
                for turn, text in zip(conversation["turns"], self.turns, strict=True)
            ]
        if conversation.get("attributes"):
            view["attributes"] = redacted_attributes(
                conversation["attributes"], self._policy.attributes, self
            )
        return view

    def _participant(self, number: int, person: Mapping[str, Any]) -> dict[str, Any]:
        new = {**person, "id": self._ids[str(person.get("id", ""))]}
        name = str(person.get("displayName", ""))
        action = self._rules(str(person.get("role", ""))).name
        if name and action is Action.REDACT:
            new["displayName"] = self._labels.of("NAME", f"person{number}")
        elif name:
            new["displayName"] = (
                "" if action is Action.DROP else self._by_action(name, action, "NAME")
            )
        return new

    def _turn(self, turn: Mapping[str, Any], text: Edited) -> dict[str, Any]:
        own = str(turn.get("participantId", ""))
        new = {**turn, "participantId": self._ids.get(own, own)}
        if turn.get("text"):
            new["text"] = text.text
        return new
