"""The only place that knows both the contracts of amity.v1 and our own values.

``wire`` is the front of the ``wire_*`` modules: no other module of the engine imports generated
messages together with the values that they carry, and a test sees to it.
"""

from amity.service.wire_conversation import conversation_from_wire, conversation_to_wire
from amity.service.wire_decision import decision_to_wire, problem_from_wire, problem_to_wire
from amity.service.wire_json import (
    ConversationLike,
    conversation_from_json,
    conversation_json,
    decision_json,
    explained_json,
    message_json,
    message_of,
)
from amity.service.wire_log import Logged, decision_of, logged_json, summary_json
from amity.service.wire_trace import traces_to_wire

__all__ = [
    "ConversationLike",
    "Logged",
    "conversation_from_json",
    "conversation_from_wire",
    "conversation_json",
    "conversation_to_wire",
    "decision_json",
    "decision_of",
    "decision_to_wire",
    "explained_json",
    "logged_json",
    "message_json",
    "message_of",
    "problem_from_wire",
    "problem_to_wire",
    "summary_json",
    "traces_to_wire",
]
