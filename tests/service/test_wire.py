"""Values to messages and back, and nobody but the wire knows both."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity import conversation as ours
from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.decision import Decision, Verdict
from amity.errors import BadConversation
from amity.limits import Limits
from amity.service.wire import conversation_from_wire, conversation_to_wire, decision_to_wire
from amity.service.wire_decision import SEVERITIES, STATES, VERDICTS
from amity.v1 import conversation_pb2, decision_pb2

ENGINE = Path(ours.__file__).parent
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_conversation(**changes):
    values = {
        "id": "c-1",
        "participants": (
            Participant("ann", Role.CUSTOMER, "Ann", "north"),
            Participant("ben", Role.AGENT),
        ),
        "turns": (
            Turn("ann", "grüezi 👋", NOON),
            Turn("ben", ""),
            Turn("ann", "a\x00b", NOON + timedelta(0, 1, 5)),
        ),
        "channel": Channel.VOICE,
        "locale": "de-CH",
        "attributes": {"tier": "gold", "visits": 3.0, "list": (True, None, {"x": "y"}), "none": {}},
    }
    return Conversation(**{**values, **changes})


def test_a_conversation_survives_the_wire():
    assert conversation_from_wire(conversation_to_wire(a_conversation())) == a_conversation()


def test_a_time_in_another_zone_is_the_same_moment():
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    sent = conversation_to_wire(a_conversation(turns=(Turn("ann", "", there),)))
    assert conversation_from_wire(sent).turns[0].sent_at == NOON


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_survives_the_wire(at):
    sent = conversation_to_wire(a_conversation(turns=(Turn("ann", "", at),)))
    assert conversation_from_wire(sent).turns[0].sent_at == at


@pytest.mark.parametrize("enum", [Channel, Role])
def test_every_member_of_an_enum_has_its_name_on_the_wire(enum):
    wire = getattr(conversation_pb2, enum.__name__)
    expected = {f"{enum.__name__.upper()}_{member.name}" for member in enum} | {
        f"{enum.__name__.upper()}_UNSPECIFIED"
    }
    assert set(wire.keys()) == expected


@pytest.mark.parametrize(
    ("table", "wire"),
    [
        (VERDICTS, decision_pb2.Verdict),
        (STATES, decision_pb2.State),
        (SEVERITIES, decision_pb2.Severity),
    ],
)
def test_every_value_of_a_decision_has_a_number(table, wire):
    assert set(table.values()) == set(wire.values()) - {0}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (
            {"turns": (Turn("ann", "x", NOON.replace(tzinfo=None)),)},
            "C114",
            "conversation.turns[0].sent_at",
        ),
        ({"turns": (Turn("ann", "caf\ud83d"),)}, "C117", "conversation.turns[0].text"),
        ({"id": "\udc00"}, "C117", "conversation.id"),
        ({"attributes": {"a": b"bytes"}}, "C122", 'conversation.attributes["a"]'),
        ({"attributes": {"a": 10**400}}, "C118", 'conversation.attributes["a"]'),
    ],
)
def test_what_cannot_be_sent_is_told_before_it_is_sent(changes, code, field):
    with pytest.raises(BadConversation) as raised:
        conversation_to_wire(a_conversation(**changes))
    assert (code, field) in {(problem.code, problem.field) for problem in raised.value.problems}


def test_limits_are_those_that_are_asked_for():
    sent = conversation_to_wire(a_conversation())
    with pytest.raises(BadConversation, match="C109"):
        conversation_from_wire(sent, Limits(max_turns=2))


def a_decision(**changes):
    values = dict.fromkeys(
        ("modules", "outcomes", "idle", "signals", "actions", "plugins", "problems"), ()
    )
    values |= {"decision_id": "d", "conversation_id": "c", "verdict": Verdict.CLEAR, "score": None}
    values |= {"policy_digest": "sha256:0", "is_open": False}
    return Decision(**{**values, **changes})


@pytest.mark.parametrize("score", [None, 0.0, 0.5])
def test_a_score_of_nothing_is_absent_and_a_score_of_zero_is_not(score):
    sent = decision_to_wire(a_decision(score=score))
    assert (sent.score if sent.HasField("score") else None) == score


def test_rules_without_an_opportunity_come_last_with_their_reason(judge):
    decision = judge.evaluate(
        a_conversation(turns=(Turn("ben", "calm down"),), channel=Channel.EMAIL, locale="en")
    )
    assert len(decision.idle) == 2
    sent = decision_to_wire(decision)
    assert [outcome.rule for outcome in sent.outcomes] == [
        outcome.rule.id for outcome in (*decision.outcomes, *decision.idle)
    ]
    last = sent.outcomes[-1]
    assert (last.state, last.reason) == (
        decision_pb2.STATE_NO_OPPORTUNITY,
        decision.idle[-1].reason,
    )
    assert (last.title, last.weight) == (decision.idle[-1].rule.title, 1.0)


def test_encoding_a_decision_again_gives_the_same_bytes(judge):
    decision = judge.evaluate(a_conversation(locale="en"))
    encoded = {decision_to_wire(decision).SerializeToString(deterministic=True) for _ in range(3)}
    assert len(encoded) == 1


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


OURS = ("amity.conversation", "amity.signals", "amity.decision", "amity.evaluate", "amity.policy")


@pytest.mark.parametrize(
    "path",
    [*sorted((ENGINE / "service").glob("*.py")), ENGINE / "client.py"],
    ids=lambda path: path.stem,
)
def test_only_the_wire_knows_both_messages_and_values(path):
    names = set(imports(path))
    knows_messages = any(name.startswith("amity.v1") for name in names)
    knows_values = any(name.startswith(OURS) for name in names)
    assert path.stem.startswith("wire") or not (knows_messages and knows_values)
