"""Messages as JSON (the protobuf mapping), in and out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from amity.conversation import Conversation
from amity.decision import Decision
from amity.errors import BadConversation, Problem
from amity.evaluate.trace import RuleTrace
from amity.limits import DEFAULT_LIMITS, Limits
from amity.problems import RequestProblems
from amity.service.json_check import JsonObject, check_json
from amity.service.json_place import place
from amity.service.wire_conversation import (
    conversation_from_wire,
    conversation_to_wire,
)
from amity.service.wire_decision import decision_to_wire
from amity.service.wire_trace import traces_to_wire
from amity.v1 import conversation_pb2

__all__ = [
    "ConversationLike",
    "conversation_from_json",
    "conversation_json",
    "decision_json",
    "explained_json",
    "message_json",
    "message_of",
]

ConversationLike = Conversation | dict[str, Any]


def decision_json(decision: Decision) -> str:
    """*decision* as protobuf JSON, with fields that are 0 or empty, in the order of the contract."""
    return message_json(decision_to_wire(decision))


def explained_json(decision: Decision, traces: Iterable[RuleTrace]) -> str:
    """*decision* with *traces*, as `decision_json` writes it without."""
    sent = decision_to_wire(decision)
    sent.traces.extend(traces_to_wire(traces))
    return message_json(sent)


def conversation_json(conversation: Conversation) -> str:
    """*conversation* as protobuf JSON, as `conversation_from_json` reads it."""
    return message_json(conversation_to_wire(conversation), is_sparse=True)


def message_json(message: Message, *, is_sparse: bool = False) -> str:
    """*message* as indented protobuf JSON in the order of its fields.

    Fields that are 0 or empty are written too, unless *is_sparse*: who reads a finding in turn 0
    should see that it is turn 0.
    """
    plain = json_format.MessageToDict(message, always_print_fields_with_no_presence=not is_sparse)
    return json.dumps(
        _ordered(plain, cast("Descriptor", message.DESCRIPTOR)), indent=2, ensure_ascii=False
    )


def _ordered(plain: dict[str, Any], descriptor: Descriptor) -> dict[str, Any]:
    return {
        field.json_name: _ordered_field(plain[field.json_name], field)
        for field in descriptor.fields
        if field.json_name in plain
    }


def _ordered_field(value: Any, field: FieldDescriptor) -> Any:
    message = field.message_type
    if message is None or message.full_name.startswith("google.protobuf."):
        return value
    if message.GetOptions().map_entry:
        return dict(sorted(value.items()))
    if field.is_repeated:
        return [_ordered(item, message) for item in value]
    return _ordered(value, message)


def conversation_from_json(
    text: str | bytes, where: str = "", limits: Limits = DEFAULT_LIMITS
) -> Conversation:
    """The conversation that *text* holds as protobuf JSON, with either spelling of field names.

    *where* names the source of the text, such as a file. Raises `BadConversation` with every
    problem, each with its line, its column and the path of its field.
    """
    decoded = _decode(text, where)
    found, value = _load(decoded, where)
    if not found:
        found = check_json(value, conversation_pb2.Conversation.DESCRIPTOR)
    if found:
        raise _bad(_placed(found.capped(), decoded, where), where)
    try:
        return conversation_from_wire(_parse(value), limits, field="")
    except BadConversation as error:
        raise _bad(_placed(error.problems, decoded, where), where) from error


def message_of(conversation: ConversationLike) -> conversation_pb2.Conversation:
    """*conversation*, a value of ours or protobuf JSON as a dict, as a message.

    Raises `BadConversation` for what cannot be sent at all.
    """
    if isinstance(conversation, Conversation):
        return conversation_to_wire(conversation)
    found = check_json(conversation, conversation_pb2.Conversation.DESCRIPTOR, "conversation")
    if found:
        raise _bad(found.capped(), "")
    return _parse(conversation)


def _decode(text: str | bytes, where: str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        message = f"the text is not UTF-8: byte {error.start} cannot be read"
        problem = Problem(
            "C141", message, file=where, line=line, column=column, fix="save it as UTF-8"
        )
        raise _bad([problem], where) from error


def _load(text: str, where: str) -> tuple[RequestProblems, object]:
    found, line, column = RequestProblems(), 1, 1
    try:
        return found, json.loads(text, object_pairs_hook=JsonObject)
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        what = (
            f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            if text.strip()
            else "the text is empty"
        )
    except RecursionError:
        what = "the text is nested too deeply"
    except ValueError as error:  # a number of thousands of digits
        what = f"not JSON that can be read: {error}"
    fix = "see the JSON at that place"
    found.append(Problem("C150", what, file=where, line=line, column=column, fix=fix))
    return found, None


def _parse(value: Any) -> conversation_pb2.Conversation:
    try:
        return json_format.ParseDict(value, conversation_pb2.Conversation())
    except json_format.ParseError as error:
        raise BadConversation(
            "the conversation cannot be read", [Problem("C153", str(error))]
        ) from error


def _placed(problems: Iterable[Problem], text: str, where: str) -> list[Problem]:
    return [problem if problem.line else _place(problem, text, where) for problem in problems]


def _place(problem: Problem, text: str, where: str) -> Problem:
    line, column = place(text, problem.field)
    return dataclasses.replace(problem, file=where, line=line, column=column)


def _bad(problems: Iterable[Problem], where: str) -> BadConversation:
    listed = list(problems)
    count = "a problem" if len(listed) == 1 else f"{len(listed)} problems"
    return BadConversation(f"{where or 'the conversation'} has {count}", listed)
