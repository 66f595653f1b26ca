"""What becomes of a conversation's attributes in the view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from amity.privacy.policy import Action, AttributeRules

__all__ = ["Treatment", "redacted_attributes"]

_DROPPED = object()
_LEAST_DIGITS = 7  # a shorter number is no telephone number, and no identifier


class Treatment(Protocol):
    """How the values of one record are made fit for its view."""

    def id_of_customer(self, value: str) -> str | None:
        """What stands for *value* if it is the customer's id, else None."""

    def text(self, value: str, context: str) -> str:
        """*value* with placeholders; *context* is what it is about."""

    def hashed(self, value: str) -> str:
        """The keyed hash of *value*."""


def redacted_attributes(
    attributes: Mapping[str, Any], rules: AttributeRules, treatment: Treatment
) -> dict[str, Any]:
    """*attributes*, each by its rule. What is dropped is left out, and what is empty thereby as well."""
    walk = _Walk(rules, treatment)
    found = walk.mapping(attributes, ())
    return {} if found is _DROPPED else found


class _Walk:
    def __init__(self, rules: AttributeRules, treatment: Treatment) -> None:
        self._rules, self._treatment = rules, treatment

    def mapping(self, members: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        kept = {
            self._key(key, (*path, key)): found
            for key, member in members.items()
            if (found := self._value(member, (*path, key))) is not _DROPPED
        }
        return kept if kept or not members else _DROPPED

    def _value(self, value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, Mapping):
            return self.mapping(value, path)
        if isinstance(value, list | tuple):
            found = [self._value(each, (*path, str(at))) for at, each in enumerate(value)]
            kept = [each for each in found if each is not _DROPPED]
            return kept if kept or not found else _DROPPED
        return self._leaf(value, path)

    def _leaf(self, value: Any, path: tuple[str, ...]) -> Any:
        own = self._treatment.id_of_customer(_written(value))
        if own is not None:
            return own
        action = self._rules.at(path)
        by_action: Mapping[Action, Callable[[], Any]] = {
            Action.KEEP: lambda: value,
            Action.DROP: lambda: _DROPPED,
            Action.HASH: lambda: (
                value if value is None else self._treatment.hashed(_written(value))
            ),
            Action.REDACT: lambda: self._redacted(value, path[-1]),
        }
        return by_action[action]()

    def _redacted(self, value: Any, key: str) -> Any:
        written = _written(value)
        if not written or (not isinstance(value, str) and len(written) < _LEAST_DIGITS):
            return value
        found = self._treatment.text(written, key.replace("_", " "))
        return value if found == written else found

    def _key(self, key: str, path: tuple[str, ...]) -> str:
        return key if self._rules.at(path) is Action.KEEP else self._treatment.text(key, "")


def _written(value: Any) -> str:
    """A text or a whole number as text; "" for anything else, which holds nobody's data."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float) and not value.is_integer():
        return ""
    return str(int(value))
