"""Documents are what the JSON mapping of protobuf prints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from tests.log.logkit import conversations, judge

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.log.canonical import canonical, parsed
from amity.log.documents import (
    conversation_document,
    conversation_from_document,
    decision_document,
    printed_time,
)
from amity.service.wire_conversation import conversation_from_wire, conversation_to_wire
from amity.service.wire_decision import decision_to_wire

EACH = pytest.mark.parametrize("conversation", conversations(), ids=lambda each: each.id)
ATTRIBUTES = MappingProxyType(
    {"tier": "gold", "orders": 3, "vip": False, "none": None, "list": (1, "a", ()), "in": {"x": 0}}
)
FULL = Conversation(
    "c-1",
    (Participant("ann", Role.CUSTOMER, "Ann"), Participant("bot", Role.BOT, team="bots")),
    (
        Turn("ann", "", datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))),
        Turn("bot", "hi", datetime(2026, 3, 1, 12, 0, 0, 7000, UTC)),
        Turn("bot", "there", datetime(2026, 3, 1, 12, 0, 0, 7001, UTC)),
    ),
    Channel.UNSPECIFIED,
    "en-GB",
    ATTRIBUTES,
)


@EACH
def test_a_conversation_reads_as_its_message(conversation):
    assert conversation_document(conversation) == MessageToDict(conversation_to_wire(conversation))


def test_every_field_of_a_conversation_reads_as_in_its_message():
    assert conversation_document(FULL) == MessageToDict(conversation_to_wire(FULL))


@pytest.mark.parametrize("is_open", [False, True])
@EACH
def test_a_decision_reads_as_its_message(conversation, is_open):
    decision = judge().evaluate(conversation, is_open=is_open)
    assert decision_document(decision) == MessageToDict(decision_to_wire(decision))


@EACH
def test_a_conversation_comes_back_as_it_was(conversation):
    kept = parsed(canonical(conversation_document(conversation)))
    assert conversation_from_document(kept) == conversation


def test_what_comes_back_is_what_came_over_the_wire():
    kept = parsed(canonical(conversation_document(FULL)))
    assert conversation_from_document(kept) == conversation_from_wire(conversation_to_wire(FULL))


def test_equal_numbers_give_equal_bytes():
    whole = Conversation("c", (), (), attributes={"n": 1})
    real = Conversation("c", (), (), attributes={"n": 1.0})
    assert canonical(conversation_document(whole)) == canonical(conversation_document(real))


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_printed_as_protobuf_prints_it(at):
    sent = Timestamp()
    sent.FromDatetime(at)
    assert printed_time(at) == sent.ToJsonString()
