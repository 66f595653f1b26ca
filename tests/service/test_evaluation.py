"""Judging over real gRPC: one and many, good and bad, and many at once."""

from __future__ import annotations

import io
import json
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from amity.judge import Judge
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.service.status import problems_in, retry_after_s, status_in
from amity.v1 import decision_pb2, evaluation_service_pb2, evaluation_service_pb2_grpc

EvaluateRequest = evaluation_service_pb2.EvaluateRequest
BatchRequest = evaluation_service_pb2.EvaluateBatchRequest


def test_evidence_is_exact(evaluation, conversation):
    decision = evaluation.Evaluate(EvaluateRequest(conversation=conversation())).decision
    assert decision.verdict == decision_pb2.VERDICT_INTERVENE
    # Whether the surest span is the cue's or the sentence of the model, training decides.
    assert [
        (found.signal, found.turn, found.start, found.quote.rstrip("."), len(found.quote))
        for found in decision.signals
    ] == [
        (name, turn, start, quote, found.end - found.start)
        for found, (name, turn, start, quote) in zip(
            decision.signals,
            [
                ("customer.frustration", 0, 5, "frustrated"),
                ("agent.dismissal", 1, 0, "Calm down"),
            ],
            strict=True,
        )
    ]


def test_an_open_conversation_has_pending_duties(evaluation, conversation):
    request = EvaluateRequest(conversation=conversation("I am frustrated."), open=True)
    decision = evaluation.Evaluate(request).decision
    assert decision.open
    assert decision_pb2.STATE_PENDING in {outcome.state for outcome in decision.outcomes}


def test_the_same_request_gives_the_same_bytes(channel, conversation):
    message = conversation()
    message.attributes.update({"z": 1, "a": {"y": True, "b": None}})
    raw = channel.unary_unary("/amity.v1.EvaluationService/Evaluate")
    answers = {raw(EvaluateRequest(conversation=message).SerializeToString()) for _ in range(5)}
    assert len(answers) == 1


def test_the_order_of_attributes_changes_nothing(channel, conversation):
    one, other = conversation(), conversation()
    names = [f"n{index}" for index in range(40)]
    for name in names:
        one.attributes[name] = name
    for name in reversed(names):
        other.attributes[name] = name
    raw = channel.unary_unary("/amity.v1.EvaluationService/Evaluate")
    assert (
        len({raw(EvaluateRequest(conversation=sent).SerializeToString()) for sent in (one, other)})
        == 1
    )


def test_a_batch_judges_the_good_and_tells_the_bad_apart(evaluation, conversation):
    lonely = conversation(name="c-2")
    lonely.turns[1].participant_id = "zoe"
    twin = conversation("again", name="c-1")
    requests = [
        EvaluateRequest(conversation=sent)
        for sent in (conversation(), lonely, conversation(name="c-3"), twin)
    ]
    results = evaluation.EvaluateBatch(BatchRequest(requests=requests)).results
    assert [result.WhichOneof("result") for result in results] == [
        "decision",
        "error",
        "decision",
        "error",
    ]
    assert [result.decision.conversation_id for result in results] == ["c-1", "", "c-3", ""]
    assert [
        (result.error.code, problem.code, problem.field)
        for result in results
        for problem in result.error.problems
    ] == [
        (3, "C110", "requests[1].conversation.turns[1].participant_id"),
        (3, "C132", "requests[3].conversation.id"),
    ]


def test_a_batch_gives_each_the_decision_that_it_gets_alone(evaluation, conversation):
    requests = [
        EvaluateRequest(conversation=conversation(text, name=text))
        for text in ("one", "I am frustrated")
    ]
    results = evaluation.EvaluateBatch(BatchRequest(requests=requests)).results
    assert [result.decision for result in results] == [
        evaluation.Evaluate(request).decision for request in requests
    ]


@pytest.mark.parametrize(("size", "code"), [(0, "C130"), (201, "C131")])
def test_a_batch_of_a_wrong_size_is_refused_as_a_whole(evaluation, conversation, size, code):
    with pytest.raises(grpc.RpcError) as raised:
        evaluation.EvaluateBatch(BatchRequest(requests=[EvaluateRequest()] * size))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (problem,) = problems_in(status_in(dict(raised.value.trailing_metadata())))
    assert (problem.code, problem.field) == (code, "requests")


class SlowJudge(Judge):
    def decide(self, conversation, detection, *, is_open=False):
        time.sleep(0.01)
        return super().decide(conversation, detection, is_open=is_open)


class FaultyJudge(Judge):
    """Fails over some conversations, and says what they said."""

    def decide(self, conversation, detection, *, is_open=False):
        if "fail" in conversation.id:
            raise RuntimeError(conversation.turns[0].text)
        return super().decide(conversation, detection, is_open=is_open)


@pytest.fixture
def busy(judge, conversation):
    """A channel to a server that is busy with a batch, and the batch."""
    settings = Settings(port=0, drain_wait_s=0.0, max_waiting=50, log_level="error")
    requests = [
        EvaluateRequest(conversation=conversation(name=f"c-{index}")) for index in range(60)
    ]
    with (
        running_server(SlowJudge(judge.host, judge.bundle), settings) as address,
        grpc.insecure_channel(address) as channel,
    ):
        stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        call = stub.EvaluateBatch.future(BatchRequest(requests=requests))
        while not call.running():
            time.sleep(0.001)
        # The server has begun when it answers something that was sent later.
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        yield channel, call
        call.result()


def test_health_answers_while_a_batch_is_judged(busy):
    channel, call = busy
    for _ in range(5):
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert not call.done()


def test_more_work_than_may_wait_is_refused_with_a_delay(busy, conversation):
    channel, _ = busy
    stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
    with pytest.raises(grpc.RpcError) as raised:
        stub.Evaluate(EvaluateRequest(conversation=conversation()))
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    status = status_in(dict(raised.value.trailing_metadata()))
    assert problems_in(status)[0].code == "S110"
    assert 0.05 <= retry_after_s(status) <= 5


@pytest.fixture
def faulty(judge):
    log = io.StringIO()
    settings = Settings(port=0, drain_wait_s=0.0)
    with (
        running_server(FaultyJudge(judge.host, judge.bundle), settings, log) as address,
        grpc.insecure_channel(address) as channel,
    ):
        yield evaluation_service_pb2_grpc.EvaluationServiceStub(channel), log


def faults(log):
    lines = map(json.loads, log.getvalue().splitlines())
    return [line for line in lines if line["event"] == "fault"]


def test_a_fault_of_ours_is_internal_with_an_id_that_the_log_has(faulty, conversation):
    stub, log = faulty
    with pytest.raises(grpc.RpcError) as raised:
        stub.Evaluate(EvaluateRequest(conversation=conversation("my secret", name="fail")))
    (fault,) = faults(log)
    assert raised.value.code() is grpc.StatusCode.INTERNAL
    assert (
        raised.value.details()
        == f"S120 the server failed; its log has the error id {fault['error_id']}"
    )
    assert fault["error"] == "builtins.RuntimeError"
    assert fault["where"][-1].endswith(" decide")
    assert "secret" not in log.getvalue()


def test_a_fault_over_one_of_a_batch_leaves_the_others(faulty, conversation):
    stub, log = faulty
    requests = [
        EvaluateRequest(conversation=conversation(name=name)) for name in ("c-1", "fail", "c-3")
    ]
    results = stub.EvaluateBatch(BatchRequest(requests=requests)).results
    assert [result.WhichOneof("result") for result in results] == ["decision", "error", "decision"]
    assert results[1].error.code == grpc.StatusCode.INTERNAL.value[0]
    assert faults(log)[0]["error_id"] in results[1].error.message


def test_a_request_id_comes_back(evaluation, conversation):
    request = EvaluateRequest(conversation=conversation())
    _, call = evaluation.Evaluate.with_call(request, metadata=[("x-request-id", "my-id")])
    assert dict(call.trailing_metadata())["x-request-id"] == "my-id"


def test_a_request_without_an_id_gets_one(evaluation, conversation):
    _, call = evaluation.Evaluate.with_call(EvaluateRequest(conversation=conversation()))
    assert len(dict(call.trailing_metadata())["x-request-id"]) == 16
