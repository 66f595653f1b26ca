"""The id of a decision: the same for the same conversation, policies and plugins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from amity.conversation import AttributeValue, Conversation
from amity.decision import PluginVersion

__all__ = ["decision_id"]


def decision_id(
    conversation: Conversation, digest: str, plugins: Sequence[PluginVersion], *, is_open: bool
) -> str:
    """32 hex digits that stand for everything a decision follows from, and for nothing else."""
    content = [
        conversation.id,
        conversation.channel,
        conversation.locale,
        [
            [person.id, person.role, person.display_name, person.team]
            for person in conversation.participants
        ],
        [[turn.participant_id, turn.text, str(turn.sent_at)] for turn in conversation.turns],
        _plain(conversation.attributes),
        is_open,
        digest,
        [[plugin.name, plugin.version] for plugin in plugins],
    ]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _plain(value: AttributeValue) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    # On the wire every number is a double, so 1 and 1.0 are the same attribute.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
