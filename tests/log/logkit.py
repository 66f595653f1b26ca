"""Real decisions to log, and the plainest forms: everything kept as it is."""

from __future__ import annotations

import dataclasses
from functools import cache

from google.protobuf import json_format

from amity.cli.samples import samples
from amity.conversation import Conversation
from amity.decision import Decision
from amity.judge import Judge, open_judge
from amity.log.canonical import canonical, parsed
from amity.log.documents import Document
from amity.log.forms import Formed
from amity.log.preparing import packed, unpacked
from amity.log.record import Entry, Event, Kind
from amity.service.wire_conversation import conversation_from_wire
from amity.v1 import conversation_pb2

PLAIN_KEY = {
    "ref": "key-1",
    "wrapped": b"plain",
    "master": "",
    "created_us": 0,
    "destroyed_us": None,
}


class PlainForms:
    """Keeps everything unredacted, and "seals" without a key: for tests only."""

    def of(self, conversation: Document, decision: Document) -> Formed:
        both = {"conversation": conversation, "decision": decision}
        customer = next(
            (p["id"] for p in conversation["participants"] if p["role"] == "ROLE_CUSTOMER"), ""
        )
        ref = f"ref-of-{customer}" if customer else ""
        return Formed(both, packed(canonical(both)), "key-1", ref, PLAIN_KEY)

    def customer_ref(self, customer_id: str) -> str:
        return f"ref-of-{customer_id}"

    def hashed_conversation(self, conversation_id: str) -> str:
        return ""

    def original(self, sealed: bytes, key_ref: str, record_id: str) -> Document | None:
        return parsed(unpacked(sealed)) if key_ref else None


@cache
def judge() -> Judge:
    return open_judge()


@cache
def conversations() -> tuple[Conversation, ...]:
    return tuple(
        conversation_from_wire(
            json_format.Parse(sample.conversation_json, conversation_pb2.Conversation())
        )
        for sample in samples()
    )


@cache
def decided(name: str) -> tuple[Conversation, Decision]:
    """The sample that *name* is the id of, and its decision."""
    conversation = next(each for each in conversations() if each.id == name)
    return conversation, judge().evaluate(conversation)


def entry(number: int = 0, *, conversation_id: str = "", **fields) -> Entry:
    """An entry of real content: the sample of this *number*, under an id of its own."""
    conversation = conversations()[number % len(conversations())]
    conversation, decision = decided(conversation.id)
    name = conversation_id or f"{conversation.id}-{number}"
    return Entry(
        dataclasses.replace(decision, conversation_id=name, decision_id=f"{number:032x}"),
        dataclasses.replace(conversation, id=name),
        **fields,
    )


def outcome(conversation_id: str, name: str = "csat", value: float = 4) -> Event:
    return Event(Kind.OUTCOME, {"conversationId": conversation_id, "name": name, "value": value})
