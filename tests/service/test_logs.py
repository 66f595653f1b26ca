"""The log is JSON, tells enough to find a call, and never a word of a conversation."""

from __future__ import annotations

import io
import json

import grpc
import pytest

from amity.judge import Judge
from amity.service.logs import open_log
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import evaluation_service_pb2

CANARY = "canary-7f3a"
FIELDS = {
    "timestamp",
    "level",
    "event",
    "method",
    "status",
    "duration_ms",
    "items",
    "request_bytes",
    "request_id",
}


def test_a_call_is_one_line(log, evaluation, conversation):
    before = len(log.getvalue())
    request = evaluation_service_pb2.EvaluateRequest(conversation=conversation())
    evaluation.Evaluate.with_call(request, metadata=[("x-request-id", "find-me")])
    (line,) = (json.loads(line) for line in log.getvalue()[before:].splitlines())
    assert set(line) == FIELDS
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert line["method"] == "/amity.v1.EvaluationService/Evaluate"
    assert (line["status"], line["items"], line["request_id"]) == ("OK", 1, "find-me")
    assert line["request_bytes"] == request.ByteSize()


def test_a_refused_call_is_a_warning_with_its_codes(log, evaluation):
    before = len(log.getvalue())
    with pytest.raises(grpc.RpcError):
        evaluation.EvaluateBatch(evaluation_service_pb2.EvaluateBatchRequest())
    (line,) = (json.loads(line) for line in log.getvalue()[before:].splitlines())
    assert (line["level"], line["status"], line["codes"]) == (
        "warning",
        "INVALID_ARGUMENT",
        ["C130"],
    )


def test_a_level_leaves_out_what_is_less_grave():
    stream = io.StringIO()
    log = open_log(stream, "warning")
    log.info("call")
    log.warning("call")
    assert stream.getvalue().count("\n") == 1


class FaultyJudge(Judge):
    def decide(self, conversation, detection, *, is_open=False):
        if len(conversation.turns) > 2:
            raise RuntimeError(repr(conversation)) from ValueError(conversation.turns[0].text)
        return super().decide(conversation, detection, is_open=is_open)


def bad_and_good(conversation):
    """A good conversation, one that the judge fails over, and ones that are bad in each way."""
    everywhere = conversation(f"{CANARY} I am frustrated", f"calm down {CANARY}")
    everywhere.participants[0].display_name = CANARY
    everywhere.attributes.update({CANARY: {CANARY: [CANARY]}})
    yield everywhere
    yield conversation(CANARY, CANARY, CANARY)
    unknown = conversation(CANARY, name=CANARY)
    unknown.turns[0].participant_id = CANARY
    unknown.locale = CANARY * 9
    yield unknown
    yield conversation(f"{CANARY}{'x' * 200_000}")


def test_no_output_has_a_word_of_a_conversation(judge, conversation, capfd):
    log = io.StringIO()
    settings = Settings(port=0, drain_wait_s=0.0, log_level="debug")
    sent = [
        evaluation_service_pb2.EvaluateRequest(conversation=message).SerializeToString()
        for message in bad_and_good(conversation)
    ]
    sent.append(sent[0].replace(CANARY.encode(), b"\xff" + CANARY[1:].encode(), 1))
    sent.append(sent[0][:-3])
    server = running_server(FaultyJudge(judge.host, judge.bundle), settings, log)
    with server as address, grpc.insecure_channel(address) as channel:
        raw = channel.unary_unary("/amity.v1.EvaluationService/Evaluate")
        statuses = [raw.future(request).code() for request in sent]
    assert statuses.count(grpc.StatusCode.INVALID_ARGUMENT) == 4
    assert {grpc.StatusCode.OK, grpc.StatusCode.INTERNAL} < set(statuses)
    captured = capfd.readouterr()
    everything = log.getvalue() + captured.out + captured.err
    assert everything.count('"event": "call"') == len(sent)
    assert CANARY[1:] not in everything


def test_the_log_says_nothing_of_whom_it_speaks_to(log, evaluation, conversation):
    evaluation.Evaluate(evaluation_service_pb2.EvaluateRequest(conversation=conversation()))
    assert "127.0.0.1" not in log.getvalue()
