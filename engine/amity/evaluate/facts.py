"""Conversation facts: what is measured, not detected, for the ``when`` conditions of policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from amity.conversation import Conversation, Role

__all__ = ["facts"]


def facts(conversation: Conversation) -> Mapping[str, object]:
    """The facts of *conversation* under their CEL names; what cannot be measured is left out.

    Times are whole seconds; shares are of words, from 0.0 to 1.0.
    """
    known = {**_counts(conversation), **_times(conversation)}
    found: dict[str, object] = {
        f"conversation.{name}": value for name, value in known.items() if value is not None
    }
    found["attributes"] = _plain(conversation.attributes)
    return found


def _counts(conversation: Conversation) -> dict[str, object]:
    roles = conversation.roles()
    spoken = [roles[turn.participant_id] for turn in conversation.turns]
    words = dict.fromkeys(Role, 0)
    for role, turn in zip(spoken, conversation.turns, strict=True):
        words[role] += len(turn.text.split())
    total = sum(words.values())
    served = [role for role in spoken if role is not Role.COLLEAGUE]
    return {
        "channel": conversation.channel.value,
        "locale": conversation.locale,
        "language": conversation.language,
        "turns": len(spoken),
        **{f"{role}_turns": spoken.count(role) for role in Role},
        "agent_spoke_last": served[-1] is Role.AGENT if served else None,
        "customer_word_share": words[Role.CUSTOMER] / total if total else None,
        "agent_word_share": words[Role.AGENT] / total if total else None,
    }


def _times(conversation: Conversation) -> dict[str, object]:
    roles = conversation.roles()
    spoken = [(roles[turn.participant_id], turn.sent_at) for turn in conversation.turns]
    return {
        "first_response_s": _first_response(spoken),
        "longest_silence_s": max(_silences(spoken), default=None),
    }


def _first_response(spoken: list[tuple[Role, datetime | None]]) -> int | None:
    """Seconds from the customer's first turn to the first agent's turn after it."""
    asked: datetime | None = None
    has_asked = False
    for role, sent_at in spoken:
        if role is Role.CUSTOMER and not has_asked:
            has_asked, asked = True, sent_at
        elif role is Role.AGENT and has_asked:
            return int((sent_at - asked).total_seconds()) if sent_at and asked else None
    return None


def _silences(spoken: list[tuple[Role, datetime | None]]) -> Iterator[int]:
    for (_, before), (_, after) in pairwise(spoken):
        if before and after:
            yield int((after - before).total_seconds())


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value
