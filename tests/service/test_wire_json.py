"""Conversations and decisions as JSON: what is read, what is written, and what is wrong where."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.errors import BadConversation
from amity.service.json_place import place
from amity.service.wire import (
    conversation_from_json,
    conversation_json,
    decision_json,
    decision_to_wire,
    message_of,
)
from amity.v1 import decision_pb2

CAMEL = """{
  "id": "c-1", "channel": "CHANNEL_CHAT", "locale": "en",
  "participants": [{"id": "ann", "role": "ROLE_CUSTOMER", "displayName": "Ann"}],
  "turns": [{"participantId": "ann", "text": "hi", "sentAt": "2026-03-01T12:00:00Z"}],
  "attributes": {"tier": "gold", "n": 3}
}"""
SNAKE = (
    CAMEL.replace("displayName", "display_name")
    .replace("participantId", "participant_id")
    .replace("sentAt", "sent_at")
)
MEANT = Conversation(
    "c-1",
    (Participant("ann", Role.CUSTOMER, "Ann"),),
    (Turn("ann", "hi", datetime(2026, 3, 1, 12, tzinfo=UTC)),),
    Channel.CHAT,
    "en",
    {"n": 3.0, "tier": "gold"},
)


@pytest.mark.parametrize(
    "text", [CAMEL, SNAKE, CAMEL.encode(), "\ufeff" + CAMEL, CAMEL.replace('"CHANNEL_CHAT"', "1")]
)
def test_either_spelling_is_read(text):
    assert conversation_from_json(text) == MEANT


def test_what_is_written_is_read_again():
    assert conversation_from_json(conversation_json(MEANT)) == MEANT


def problems(text):
    with pytest.raises(BadConversation) as raised:
        conversation_from_json(text, "chat.json")
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "chat.json:1:1: C150 the text is empty"),
        ("{", "chat.json:1:2: C150 not JSON: expecting property name enclosed in double quotes"),
        (
            '{"id": 1,\n 5}',
            "chat.json:2:2: C150 not JSON: expecting property name enclosed in double quotes",
        ),
        ("[" * 100_000, "chat.json:1:1: C150 the text is nested too deeply"),
        ("[]", "chat.json:1:1: C153 there is a list where an object should be"),
        (b'{\n "id": "\xff"}', "chat.json:2:9: C141 the text is not UTF-8: byte 10 cannot be read"),
        ('{"id": ' + "9" * 5_000 + "}", "chat.json:1:1: C150 not JSON that can be read"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text, told):
    (problem,) = problems(text)
    assert problem.startswith(told)


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        (
            '"locale"',
            '"local"',
            '"local"',
            'C151 a Conversation has no field "local" (did you mean "locale"?)',
        ),
        (
            "CHANNEL_CHAT",
            "chat",
            '"channel"',
            'C152 "chat" is no Channel (did you mean "CHANNEL_CHAT"?)',
        ),
        (
            "ROLE_CUSTOMER",
            "CUSTOMR",
            '"role"',
            'C152 "CUSTOMR" is no Role (did you mean "ROLE_CUSTOMER"?)',
        ),
        ('"en"', "5", '"locale"', "C153 there is a number where text should be (send text)"),
        ('"n": 3', '"n": NaN', '"n"', "C118 the number is not finite (leave it out, or send null)"),
        (
            '"n": 3',
            '"n": 1e999',
            '"n"',
            "C118 the number is not finite (leave it out, or send null)",
        ),
        (
            '"n": 3',
            f'"n": {"[" * 40}{"]" * 40}',
            '"n"',
            "C120 nested more than 30 levels deep (flatten it)",
        ),
        (
            '"en",',
            '"en", "locale": "de",',
            '"locale"',
            'C154 the field "locale" is given twice (keep one of them)',
        ),
        (
            '"displayName": "Ann"',
            '"displayName": "Ann", "display_name": "Ann"',
            '"displayName"',
            'C154 "display_name" is the field "displayName" once more (keep one of them)',
        ),
        (
            "12:00:00Z",
            "12:00:00",
            '"sentAt"',
            'C114 "2026-03-01T12:00:00" is not a time with a time zone (write it as "2026-03-01T09:30:00Z")',
        ),
        (
            '"hi"',
            '"caf\\ud83d"',
            '"text"',
            "C117 character 3 is half of a character (the lone surrogate U+D83D) "
            "(send whole characters; was a text cut in the middle of an emoji?)",
        ),
        (
            '"participantId": "ann"',
            '"participantId": "bob"',
            '"participantId"',
            'C110 no participant has the id "bob" (the participants are "ann")',
        ),
    ],
)
def test_a_bad_field_is_told_with_its_place_and_a_fix(old, new, at, told):
    assert old in CAMEL
    text = CAMEL.replace(old, new)
    (problem,) = problems(text)
    file, line, column, rest = problem.split(":", 3)
    assert (file, rest) == ("chat.json", f" {told}")
    place = text.splitlines()[int(line) - 1][int(column) - 1 :]
    assert place.startswith((at, "[" * 10))


def test_everything_that_is_wrong_is_told_at_once():
    text = (
        CAMEL.replace("CHANNEL_CHAT", "CHAT")
        .replace('"text"', '"texts"')
        .replace('"gold"', "Infinity")
    )
    assert [problem.split()[1] for problem in problems(text)] == ["C152", "C151", "C118"]


def test_a_dict_is_taken_as_protobuf_json():
    message = message_of(json.loads(CAMEL))
    assert message == message_of(MEANT)


def test_a_bad_dict_is_told_by_field():
    with pytest.raises(BadConversation) as raised:
        message_of({"turns": [{"text": 5}]})
    assert [(problem.code, problem.field) for problem in raised.value.problems] == [
        ("C153", "conversation.turns[0].text")
    ]


def test_a_decision_in_json_is_the_message(judge):
    decision = judge.evaluate(conversation_from_json(CAMEL.replace('"hi"', '"I am frustrated"')))
    text = decision_json(decision)
    assert json_format.Parse(text, decision_pb2.Decision()) == decision_to_wire(decision)


def test_a_decision_in_json_has_zeros_and_the_order_of_the_contract(judge):
    decision = json.loads(decision_json(judge.evaluate(MEANT)))
    assert list(decision)[:4] == ["decisionId", "conversationId", "verdict", "modules"]
    assert (decision["modules"][0]["missed"], decision["open"]) == (0, False)
    assert "score" not in decision


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(JSON, st.integers(0, 3))
def test_any_json_is_read_or_refused_with_a_place(value, indent):
    text = json.dumps(
        {"id": "c", "turns": [value], "attributes": value, "extra": value}, indent=indent
    )
    with pytest.raises(BadConversation) as raised:
        conversation_from_json(text, "x.json")
    assert all(problem.line >= 1 and problem.column >= 1 for problem in raised.value.problems)


@given(
    st.dictionaries(
        st.text(min_size=1), st.lists(st.integers(), max_size=3), min_size=1, max_size=4
    ),
    st.data(),
)
def test_a_place_points_at_its_field(value, data):
    name = data.draw(st.sampled_from(sorted(value)))
    text = json.dumps({"attributes": value}, indent=1)
    line, column = place(text, f"attributes[{json.dumps(name)}]")
    assert text.splitlines()[line - 1][column - 1 :].startswith(json.dumps(name))
