"""The view of a decision: spans moved with the texts, quotes cut anew, sentences that quote redacted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from amity.evaluate.reasons import quoted
from amity.privacy.conversations import RedactedConversation
from amity.privacy.edits import Edited
from amity.privacy.policy import Action

__all__ = ["redacted_decision"]

# Sentences about the conversation, which may quote it. Titles, names and codes are the policies' own.
_SENTENCES = frozenset(("reason", "coach", "text", "message", "words", "unknown"))
_NUMBERS = (int, float)
_MAY_QUOTE = ("signals", "outcomes", "actions", "problems", "traces")
# The outcome of a rule without an occasion is the policy's own words, the same in every decision.
_IDLE = "STATE_NO_OPPORTUNITY"
_CUT = "…"
_QUOTATION = re.compile('“[^”]*”|"[^"]*"')
_SAID = re.compile(r"( failed \(\w{1,80}): .*", re.DOTALL)  # what a plugin's exception says
# A moment that a detector works out, as when a promise is due: nobody's data, and a dozen digits that
# each telephone region would be asked about.
_MOMENT = re.compile(
    r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]"
    r"(?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_LEAST_CUT = 4
_LEAST_SWAP = 4


def redacted_decision(
    decision: Mapping[str, Any], conversation: RedactedConversation
) -> dict[str, Any]:
    """*decision* as it may stand beside the view of its conversation."""
    return _Work(decision, conversation).view()


class _Work:
    def __init__(self, decision: Mapping[str, Any], conversation: RedactedConversation) -> None:
        self._decision, self._conversation = decision, conversation
        self._parts = {name: decision[name] for name in _MAY_QUOTE if decision.get(name)}
        # A signal that is evidence of several outcomes is the same document in each: seen once.
        self._signals: dict[int, dict[str, Any]] = {}
        self._views: dict[int, dict[str, Any]] = {}
        self._sentences: dict[str, str] = {}
        self._hides_attributes = conversation.text_action in {Action.DROP, Action.HASH}
        self._collect(self._parts, "")

    def view(self) -> dict[str, Any]:
        view = {**self._decision, "conversationId": self._conversation.id}
        if any(turn.is_changed for turn in self._conversation.turns) or self._may_quote():
            swaps = self._quotes_to_swap()
            self._sentences = self._all_redacted(swaps)
            self._views |= {key: self._signal(signal) for key, signal in self._signals.items()}
            view |= {name: self._walk(part, name) for name, part in self._parts.items()}
        return view

    def _may_quote(self) -> bool:
        """Whether any sentence can hold anything, looked at all at once."""
        return self._conversation.may_hold("\n".join(self._sentences))

    # Every decision goes through what follows member by member, so that each test counts.
    def _collect(self, value: Any, key: str) -> None:
        """Gather the signals and the sentences below *value*."""
        if isinstance(value, dict):
            self._collect_members(value)
        elif isinstance(value, list | tuple):
            signals = self._signals
            for member in value:
                if id(member) not in signals:
                    self._collect(member, key)
        elif isinstance(value, str) and key in _SENTENCES:
            self._sentences[value] = value

    def _collect_members(self, value: dict[str, Any]) -> None:
        if value.get("state") == _IDLE:
            self._views[id(value)] = value
            return
        if _is_signal(value):
            self._collect_signal(value)
            return
        for name, member in value.items():
            if isinstance(member, str):
                if name in _SENTENCES:
                    self._sentences[member] = member
            elif not isinstance(member, _NUMBERS):
                self._collect(member, name)

    def _collect_signal(self, signal: dict[str, Any]) -> None:
        self._signals[id(signal)] = signal
        if attributes := signal.get("attributes"):
            for text in map(str, attributes.values()):
                if not _MOMENT.fullmatch(text):
                    self._sentences[text] = text

    def _walk(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            return self._sentences[value] if key in _SENTENCES else value
        if isinstance(value, dict):
            return self._views.get(id(value)) or self._walked(value)
        if isinstance(value, list | tuple):
            known = self._views
            return [known.get(id(member)) or self._walk(member, key) for member in value]
        return value

    def _walked(self, value: dict[str, Any]) -> dict[str, Any]:
        # Most members stay: to copy them all at once costs the least.
        view = dict(value)
        for name, member in value.items():
            if isinstance(member, str):
                if name in _SENTENCES:
                    view[name] = self._sentences[member]
            elif not isinstance(member, _NUMBERS):
                view[name] = self._walk(member, name)
        return view

    def _signal(self, old: dict[str, Any]) -> dict[str, Any]:
        edited = _turn_of(old, self._conversation.turns)
        is_changed = edited is not None and edited.is_changed
        attributes, is_hidden = old.get("attributes"), self._hides_attributes
        if not (is_changed or attributes or is_hidden):
            return old
        new = dict(old)
        if is_hidden:
            new["attributes"] = {}  # a detector may have taken them from the words
        elif attributes:
            new["attributes"] = {
                name: self._sentences.get(str(text), text) for name, text in attributes.items()
            }
        if edited is not None and is_changed:
            start, end = edited.moved(int(old.get("start", 0)), int(old.get("end", 0)))
            new |= {"start": start, "end": end, "quote": edited.text[start:end]}
        return new

    def _all_redacted(self, swaps: Mapping[str, str]) -> dict[str, str]:
        """Every sentence, redacted. Few have anything left once what was said is replaced in them."""
        swapped = {text: self._swapped(text, swaps) for text in self._sentences}
        conversation = self._conversation
        if conversation.text_action is Action.KEEP:
            return swapped
        if conversation.may_hold_data("\n".join(swapped.values())):
            redacted = [conversation.text(new) for new in swapped.values()]
        else:
            redacted = conversation.without_names(list(swapped.values()))
        return dict(zip(swapped, _uncut_all(redacted, conversation.replaced), strict=True))

    def _swapped(self, text: str, swaps: Mapping[str, str]) -> str:
        """*text* with what it quotes as that is now."""
        action = self._conversation.text_action
        if action is Action.KEEP:
            return text
        for old, new in swaps.items():
            text = text.replace(old, new)
        for value, label in self._conversation.replaced.items():
            text = text.replace(value, label)
        if action is not Action.REDACT:
            # Texts may not be seen at all, so that whatever may quote them goes.
            text = _SAID.sub(r"\1)", _QUOTATION.sub("“…”", text))
        return text

    def _quotes_to_swap(self) -> dict[str, str]:
        """What sentences may quote, as it was and as it is, the longest first."""
        swaps: dict[str, str] = {}
        for signal in self._signals.values():
            edited = _turn_of(signal, self._conversation.turns)
            old = str(signal.get("quote", ""))
            if edited is None or not edited.is_changed or len(old) < _LEAST_SWAP:
                continue
            start, end = edited.moved(int(signal.get("start", 0)), int(signal.get("end", 0)))
            new = edited.text[start:end]
            if new != old:
                swaps[quoted(old)] = quoted(new)
                swaps[old] = new
        return dict(sorted(swaps.items(), key=lambda swap: -len(swap[0])))


def _is_signal(value: dict[str, Any]) -> bool:
    return "signal" in value and ("quote" in value or "end" in value)


def _turn_of(signal: Mapping[str, Any], turns: list[Edited]) -> Edited | None:
    index = int(signal.get("turn", 0))
    return turns[index] if 0 <= index < len(turns) else None


def _uncut_all(texts: list[str], replaced: Mapping[str, str]) -> list[str]:
    """*texts*, each without beginnings of replaced values where a quotation was cut off."""
    joined = "\n".join(texts)
    begun = {value: label for value, label in replaced.items() if value[:_LEAST_CUT] in joined}
    return [_uncut(text, begun) for text in texts] if begun else texts


def _uncut(text: str, replaced: Mapping[str, str]) -> str:
    """*text* without beginnings of replaced values where a quotation was cut off."""
    if not replaced or (_CUT not in text and len(text) < _LEAST_CUT):
        return text
    parts = text.split(_CUT)
    return _CUT.join(_without_beginning(part, replaced) for part in parts)


def _without_beginning(part: str, replaced: Mapping[str, str]) -> str:
    for value, label in replaced.items():
        if value[:_LEAST_CUT] not in part:
            continue
        for size in range(min(len(value) - 1, len(part)), _LEAST_CUT - 1, -1):
            if part.endswith(value[:size]):
                return part[: len(part) - size] + label
    return part
