"""Conversations between the wire and our values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from google.protobuf import struct_pb2, timestamp_pb2

from amity.conversation import AttributeValue, Channel, Conversation, Participant, Role, Turn
from amity.errors import BadConversation, Problem
from amity.limits import DEFAULT_LIMITS, Limits, check
from amity.problems import RequestProblems, quoted
from amity.v1 import conversation_pb2

__all__ = ["conversation_from_wire", "conversation_to_wire"]

BEYOND_ANY = Limits(*[2**63] * 10)
Member = TypeVar("Member")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOS = 1_000_000_000

_CHANNELS: Mapping[int, Channel] = MappingProxyType(
    {conversation_pb2.Channel.Value(f"CHANNEL_{channel.name}"): channel for channel in Channel}
)
_ROLES: Mapping[int, Role] = MappingProxyType(
    {conversation_pb2.Role.Value(f"ROLE_{role.name}"): role for role in Role}
)
_CHANNEL_NUMBERS = {
    channel: conversation_pb2.Channel.ValueType(number) for number, channel in _CHANNELS.items()
}
_ROLE_NUMBERS = {role: conversation_pb2.Role.ValueType(number) for number, role in _ROLES.items()}


def conversation_from_wire(
    message: conversation_pb2.Conversation,
    limits: Limits = DEFAULT_LIMITS,
    field: str = "conversation",
) -> Conversation:
    """The conversation in *message*; times are cut to microseconds.

    Raises `BadConversation` with every problem, each with the path of its field below *field*.
    """
    found = RequestProblems(field)
    # Counted before anything is read, so that a message of millions of empty turns costs nothing.
    if found.too_many(
        "C109", "turns", len(message.turns), limits.max_turns, "turns"
    ) | found.too_many(
        "C105", "participants", len(message.participants), limits.max_participants, "participants"
    ):
        raise _bad(found)
    conversation = Conversation(
        message.id,
        tuple(_participants(message, found)),
        tuple(_turns(message, found)),
        _channel(message.channel, found),
        message.locale,
        _Attributes(limits, found).read(message.attributes)
        if message.HasField("attributes")
        else NO_ATTRIBUTES,
    )
    found.extend(check(conversation, limits, field))
    if found:
        raise _bad(found)
    return conversation


NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})


def _bad(found: RequestProblems) -> BadConversation:
    problems = found.capped()
    count = "a problem" if len(problems) == 1 else f"{len(found)} problems"
    return BadConversation(f"the conversation has {count}", problems)


def _channel(number: int, found: RequestProblems) -> Channel:
    channel = _CHANNELS.get(number)
    if channel is None:
        known = ", ".join(f"{name} ({value})" for name, value in conversation_pb2.Channel.items())
        found.add("C115", "channel", f"{number} is no channel", f"send one of {known}")
        return Channel.UNSPECIFIED
    return channel


def _participants(
    message: conversation_pb2.Conversation, found: RequestProblems
) -> list[Participant]:
    people = []
    for index, sent in enumerate(message.participants):
        role = _ROLES.get(sent.role)
        if role is None:
            what = (
                f"{sent.role} is no role"
                if sent.role
                else f"the participant {quoted(sent.id)} has no role"
            )
            known = ", ".join(
                f"{name} ({value})" for name, value in conversation_pb2.Role.items() if value
            )
            found.add("C107", f"participants[{index}].role", what, f"send one of {known}")
            role = Role.CUSTOMER
        people.append(Participant(sent.id, role, sent.display_name, sent.team))
    return people


def _turns(message: conversation_pb2.Conversation, found: RequestProblems) -> list[Turn]:
    return [
        Turn(
            sent.participant_id,
            sent.text,
            _time(sent.sent_at, index, found) if sent.HasField("sent_at") else None,
        )
        for index, sent in enumerate(message.turns)
    ]


def _time(sent: timestamp_pb2.Timestamp, index: int, found: RequestProblems) -> datetime | None:
    seconds, nanos = sent.seconds, sent.nanos
    try:
        if 0 <= nanos < NANOS:
            whole = datetime.fromtimestamp(seconds, UTC)
            return whole.replace(microsecond=nanos // 1000) if nanos else whole
        message = f"{nanos} nanoseconds are not between 0 and 999,999,999"
    except (ValueError, OverflowError, OSError):
        message = f"{seconds} seconds after 1970 is not between the years 1 and 9999"
    fix = "send seconds and nanoseconds since 1970-01-01T00:00:00Z, or leave the time out"
    found.add("C114", f"turns[{index}].sent_at", message, fix)
    return None


class _Attributes:
    """Reads attributes, no more of them and no deeper than can be allowed."""

    def __init__(self, limits: Limits, found: RequestProblems) -> None:
        self._left = limits.max_attributes + 1
        self._deepest = limits.max_attribute_depth + 2
        self._found = found

    def read(
        self, sent: struct_pb2.Struct, path: str = "attributes", depth: int = 1
    ) -> Mapping[str, AttributeValue]:
        # Sorted, because the order of a map on the wire means nothing and must change nothing.
        names: Iterable[str] = sorted(sent.fields) if depth <= self._deepest else ()
        return MappingProxyType(
            {
                name: self._value(sent.fields[name], (path, name), depth + 1)
                for name in self._few(names)
            }
        )

    def _list(
        self, sent: struct_pb2.ListValue, path: str, depth: int
    ) -> tuple[AttributeValue, ...]:
        values: Iterable[struct_pb2.Value] = sent.values if depth <= self._deepest else ()
        return tuple(
            self._value(value, (path, index), depth + 1)
            for index, value in enumerate(self._few(values))
        )

    def _few(self, members: Iterable[Member]) -> Iterator[Member]:
        for member in members:
            self._left -= 1
            if self._left < 0:
                return
            yield member

    def _value(
        self, sent: struct_pb2.Value, place: tuple[str, str | int], depth: int
    ) -> AttributeValue:
        kind = sent.WhichOneof("kind")
        if kind == "struct_value":
            return self.read(sent.struct_value, _path(*place), depth)
        if kind == "list_value":
            return self._list(sent.list_value, _path(*place), depth)
        if kind is None:
            fix = "set one of its fields, or leave it out"
            self._found.add("C122", _path(*place), "the value is of no kind", fix)
        plain: AttributeValue = getattr(sent, kind) if kind and kind != "null_value" else None
        return plain


def _path(above: str, name: str | int) -> str:
    return f"{above}[{name if isinstance(name, int) else quoted(name)}]"


def conversation_to_wire(conversation: Conversation) -> conversation_pb2.Conversation:
    """*conversation* as a message.

    Raises `BadConversation` for what cannot be sent at all: a time without a zone, half a
    character, an attribute of no known kind. Everything else is for the server to judge.
    """
    message = conversation_pb2.Conversation()
    try:
        _fill(message, conversation)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        problems = check(conversation, BEYOND_ANY)
        unsendable = problems or [
            Problem("C122", "a value cannot be sent", field="conversation", fix=str(error))
        ]
        raise BadConversation("the conversation cannot be sent", unsendable) from error
    return message


def _fill(message: conversation_pb2.Conversation, conversation: Conversation) -> None:
    message.id = conversation.id
    message.channel = _CHANNEL_NUMBERS[conversation.channel]
    message.locale = conversation.locale
    for person in conversation.participants:
        message.participants.add(
            id=person.id,
            role=_ROLE_NUMBERS[person.role],
            display_name=person.display_name,
            team=person.team,
        )
    for turn in conversation.turns:
        sent = message.turns.add(participant_id=turn.participant_id, text=turn.text)
        if turn.sent_at is not None:
            _set_time(sent.sent_at, turn.sent_at)
    if conversation.attributes:
        message.attributes.update(
            {str(name): _plain(member) for name, member in conversation.attributes.items()}
        )


def _set_time(sent: timestamp_pb2.Timestamp, at: datetime) -> None:
    # A naive time raises TypeError here, where Timestamp.FromDatetime would take it for UTC.
    since = at - EPOCH
    sent.seconds = since // timedelta(seconds=1)
    sent.nanos = since.microseconds * 1000


def _plain(value: AttributeValue) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    return value
