"""Whose conversation a record is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amity.privacy.policy import PrivacyPolicy

__all__ = ["CUSTOMER", "customer_id"]

CUSTOMER = "ROLE_CUSTOMER"
# Many systems number the participants of a conversation, or name them by their role. Such an id is
# everybody's: a key of its own would be one key for all customers, destroyed by the first erasure.
_WORDS = "a b c p u x customer cust client guest visitor user caller buyer anonymous unknown"
_NOBODY = frozenset(_WORDS.split())


def customer_id(conversation: Mapping[str, Any], policy: PrivacyPolicy) -> str:
    """The customer's own id in *conversation*, from the first place of *policy* that has one, or ``""``."""
    for place in policy.customer_id:
        found = _at(conversation.get("attributes"), place) if place else _participant(conversation)
        if found:
            return found
    return ""


def _at(value: Any, path: tuple[str, ...]) -> str:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _participant(conversation: Mapping[str, Any]) -> str:
    for person in conversation.get("participants", ()):
        if person.get("role") == CUSTOMER and is_own(person.get("id", "")):
            return str(person["id"])
    return ""


def is_own(participant_id: str) -> bool:
    """Whether a participant's id can be somebody's own, and not that of a role or a place in a list.

    >>> [is_own(each) for each in ("customer-1", "p2", "7", "ana.lopez", "C-88121")]
    [False, False, False, True, True]
    """
    letters = "".join(filter(str.isalpha, participant_id)).casefold()
    digits = "".join(filter(str.isdecimal, participant_id))
    return not (len(digits) <= 2 and (not letters or letters in _NOBODY))  # noqa: PLR2004 - p1 to p99
