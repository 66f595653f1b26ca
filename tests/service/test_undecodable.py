"""Bytes that are no message, over a real channel: what is wrong with them, and where."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.service.status import problems_in, status_in
from amity.service.undecodable import undecodable
from amity.v1 import evaluation_service_pb2

METHODS = {
    "Evaluate": evaluation_service_pb2.EvaluateRequest,
    "EvaluateBatch": evaluation_service_pb2.EvaluateBatchRequest,
}


@pytest.fixture
def send(channel):
    """Sends raw bytes that must be refused, and gives the problems."""

    def send(raw, method="Evaluate"):
        with pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary(f"/amity.v1.EvaluationService/{method}")(raw)
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        return [
            (problem.code, problem.field, problem.message)
            for problem in problems_in(status_in(dict(raised.value.trailing_metadata())))
        ]

    return send


@pytest.fixture
def request_of(conversation):
    return lambda *texts: evaluation_service_pb2.EvaluateRequest(conversation=conversation(*texts))


def spoilt(message):
    """The bytes of *message* with each tilde made a byte that no UTF-8 has."""
    return message.SerializeToString().replace(b"~", b"\xff")


def test_a_text_that_is_not_utf8_is_named_by_field_and_byte(send, request_of):
    assert send(spoilt(request_of("well", "caf~ noir"))) == [
        (
            "C141",
            "conversation.turns[1].text",
            "byte 3 of the text (0xFF) is not UTF-8: invalid start byte",
        )
    ]


def test_every_such_text_is_named(send, request_of):
    request = request_of("one~", "two", "three~")
    request.conversation.participants[1].display_name = "B~"
    request.conversation.attributes.update({"tier": {"name": ["gold", "~"]}, "k~": 1})
    assert {field for _, field, _ in send(spoilt(request))} == {
        "conversation.participants[1].display_name",
        "conversation.turns[0].text",
        "conversation.turns[2].text",
        'conversation.attributes["tier"]["name"][1]',
        'conversation.attributes["k�"]',
    }


def test_in_a_batch_the_request_is_named(send, request_of):
    batch = evaluation_service_pb2.EvaluateBatchRequest(
        requests=[request_of("a"), request_of("b~")]
    )
    fields = [field for _, field, _ in send(spoilt(batch), "EvaluateBatch")]
    assert fields == ["requests[1].conversation.turns[0].text"]


def test_a_message_that_breaks_off_says_where(send, request_of):
    raw = request_of("well", "hello").SerializeToString()[:-1]
    assert send(raw) == [
        (
            "C140",
            "conversation",
            f"the field is 1 bytes longer than what there is at byte 2 of {len(raw)}",
        )
    ]


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\x00\x00", b"{}", b"\x0b", b"\x0a\xff\xff\xff\xff\x7f", b"\xff" * 20]
)
def test_garbage_is_refused(send, raw):
    assert [code for code, _, _ in send(raw)] == ["C140"]


def test_attributes_nested_too_deep_for_protobuf_are_refused(send):
    value = b""
    for _ in range(60):  # each level is a Value in a Struct's map entry in a Value
        entry = field(1, b"k") + field(2, value)
        value = field(5, field(1, entry))
    assert [code for code, _, _ in send(field(1, field(6, field(1, field(2, value)))))] == ["C140"]


def field(number, content):
    """A field of bytes on the wire."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number):
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_protobuf_refuses_is_explained(data):
    """Changed bytes of a good message either still parse, or give at least one problem."""
    request = evaluation_service_pb2.EvaluateBatchRequest()
    for _ in range(2):
        conversation = request.requests.add().conversation
        conversation.id = "c"
        conversation.turns.add(participant_id="añn", text="grüezi").sent_at.seconds = 5
        conversation.attributes.update({"tier": "gold", "list": [1, {"a": None}]})
    raw = bytearray(request.SerializeToString())
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=3)):
        raw[at] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(1, len(raw)))]
    try:
        evaluation_service_pb2.EvaluateBatchRequest.FromString(bytes(raw))
    except DecodeError:
        assert undecodable(bytes(raw), request.DESCRIPTOR).problems
