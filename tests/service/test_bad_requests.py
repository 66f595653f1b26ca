"""Each bad input, sent over real gRPC: what is refused, with which code, at which field."""

from __future__ import annotations

import grpc
import pytest

from amity.limits import Limits
from amity.v1 import conversation_pb2, evaluation_service_pb2

LIMITS = Limits()


def told(problems):
    return {(problem.code, problem.field) for problem in problems}


def test_an_empty_conversation_is_told_everything_that_it_lacks(refusal):
    assert told(refusal(conversation_pb2.Conversation())) == {
        ("C101", "conversation.id"),
        ("C104", "conversation.participants"),
        ("C108", "conversation.turns"),
    }


def test_a_request_without_a_conversation_says_so(evaluation):
    with pytest.raises(grpc.RpcError, match="C100"):
        evaluation.Evaluate(evaluation_service_pb2.EvaluateRequest())


def test_an_unknown_participant_is_named_with_the_nearest_known(refusal, conversation):
    message = conversation()
    message.turns[1].participant_id = "bem"
    (problem,) = refusal(message)
    assert (problem.code, problem.field) == ("C110", "conversation.turns[1].participant_id")
    assert (problem.message, problem.fix) == (
        'no participant has the id "bem"',
        'did you mean "ben"?',
    )


def test_turns_out_of_order_are_told_with_both_times(refusal, conversation):
    message = conversation("a", "b", "c")
    message.turns[2].sent_at.seconds = message.turns[1].sent_at.seconds - 1
    (problem,) = refusal(message)
    assert (problem.code, problem.field) == ("C113", "conversation.turns[2].sent_at")
    assert problem.message == (
        "the turn was sent at 2026-01-01T00:00:59+00:00, before turns[1], which it follows, "
        "at 2026-01-01T00:01:00+00:00"
    )


def test_missing_times_are_fine(evaluation, conversation):
    message = conversation("a", "b", "c")
    message.turns[1].ClearField("sent_at")
    assert evaluation.Evaluate(
        evaluation_service_pb2.EvaluateRequest(conversation=message)
    ).decision.decision_id


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(0, -1), (0, 1_000_000_000), (2**62, 0), (-(2**62), 0)]
)
def test_a_time_that_is_none_is_refused(refusal, conversation, seconds, nanos):
    message = conversation()
    message.turns[0].sent_at.seconds, message.turns[0].sent_at.nanos = seconds, nanos
    assert told(refusal(message)) == {("C114", "conversation.turns[0].sent_at")}


def test_as_many_turns_as_the_limit_are_judged(evaluation, conversation):
    message = conversation(*["fine"] * LIMITS.max_turns)
    assert evaluation.Evaluate(
        evaluation_service_pb2.EvaluateRequest(conversation=message)
    ).decision.decision_id


def test_one_turn_more_is_refused(refusal, conversation):
    (problem,) = refusal(conversation(*["fine"] * (LIMITS.max_turns + 1)))
    assert (problem.code, problem.field) == ("C109", "conversation.turns")
    assert problem.message == "there are 2,001 turns; at most 2,000 are allowed"


def test_a_turn_of_a_megabyte_is_refused(refusal, conversation):
    (problem,) = refusal(conversation("x" * 1_000_000))
    assert (problem.code, problem.field) == ("C111", "conversation.turns[0].text")


def test_a_message_over_the_size_limit_is_refused_by_its_size(evaluation, conversation):
    message = conversation("x" * (LIMITS.max_message_bytes + 1))
    with pytest.raises(grpc.RpcError) as raised:
        evaluation.Evaluate(evaluation_service_pb2.EvaluateRequest(conversation=message))
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in raised.value.details()


def test_an_unknown_channel_is_refused_with_those_that_there_are(refusal, conversation):
    message = conversation()
    message.channel = 77
    (problem,) = refusal(message)
    assert (problem.code, problem.field) == ("C115", "conversation.channel")
    assert "CHANNEL_EMAIL (2)" in problem.fix


@pytest.mark.parametrize("role", [0, 9])
def test_a_role_that_is_none_is_refused(refusal, conversation, role):
    message = conversation()
    message.participants[1].role = role
    assert told(refusal(message)) == {("C107", "conversation.participants[1].role")}


def test_two_participants_with_one_id_are_refused(refusal, conversation):
    message = conversation("hello")
    message.participants[1].id = "ann"
    assert told(refusal(message)) == {("C106", "conversation.participants[1].id")}


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "\x7f", "\x85"])
def test_control_characters_in_an_id_are_refused(refusal, conversation, name):
    assert told(refusal(conversation(name=name))) == {("C103", "conversation.id")}


def test_nul_in_a_text_is_judged(evaluation, conversation):
    request = evaluation_service_pb2.EvaluateRequest(
        conversation=conversation("I am \x00 frustrated")
    )
    assert evaluation.Evaluate(request).decision.signals[0].quote == "frustrated"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_refused(refusal, conversation, number):
    message = conversation()
    message.attributes.fields["a"].struct_value.fields["b"].list_value.values.add(
        number_value=number
    )
    assert told(refusal(message)) == {("C118", 'conversation.attributes["a"]["b"][0]')}


def test_an_attribute_of_no_kind_is_refused(refusal, conversation):
    message = conversation()
    message.attributes.fields["a"].SetInParent()
    assert told(refusal(message)) == {("C122", 'conversation.attributes["a"]')}


def test_a_hundred_problems_do_not_burst_the_metadata(refusal, conversation):
    message = conversation(*["x"] * 200)
    for turn in message.turns:
        turn.participant_id = "somebody whose name is long enough to need some room in the answer"
    problems = refusal(message)
    assert problems[-1].code == "C199"
    assert len(problems) > 5


def test_millions_of_empty_turns_are_refused_unread(refusal):
    message = conversation_pb2.Conversation.FromString(b"\x2a\x00" * 500_000)
    assert [problem.code for problem in refusal(message)] == ["C109"]
