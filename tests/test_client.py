"""Calling a server from Python, as a CRM does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import grpc
import pytest

from amity.client import AmityCallError, AmityClient
from amity.conversation import Conversation, Participant, Role, Turn
from amity.errors import BadConversation, Problem
from amity.judge import open_judge
from amity.limits import Limits
from amity.service.failures import Overloaded
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.service.status import DETAILS_KEY, code_of, status_of
from amity.v1 import decision_pb2, evaluation_service_pb2, evaluation_service_pb2_grpc

BUNDLE = Path(__file__).parent / "service" / "bundle"
AS_DICT = {
    "id": "c-1",
    "participants": [{"id": "ann", "role": "ROLE_CUSTOMER"}, {"id": "ben", "role": "ROLE_AGENT"}],
    "turns": [
        {"participantId": "ann", "text": "I am frustrated"},
        {"participant_id": "ben", "text": "Calm down"},
    ],
}
AS_VALUE = Conversation(
    "c-1",
    (Participant("ann", Role.CUSTOMER), Participant("ben", Role.AGENT)),
    (Turn("ann", "I am frustrated"), Turn("ben", "Calm down")),
)


@pytest.fixture(scope="module")
def address():
    settings = Settings(
        port=0,
        drain_wait_s=0.0,
        log_level="error",
        limits=Limits(max_batch=3, max_message_bytes=1_000),
    )
    with running_server(open_judge([BUNDLE]), settings) as address:
        yield address


@pytest.fixture
def client(address):
    with AmityClient(address) as client:
        yield client


@pytest.mark.parametrize("conversation", [AS_DICT, AS_VALUE])
def test_a_conversation_gives_its_decision(client, conversation):
    assert client.evaluate(conversation).verdict == decision_pb2.VERDICT_INTERVENE


def test_a_conversation_that_goes_on_is_judged_as_open(client):
    assert client.evaluate(AS_DICT, is_open=True).open


def test_a_refused_conversation_tells_its_problems(client):
    with pytest.raises(AmityCallError) as raised:
        client.evaluate({**AS_DICT, "id": ""})
    assert raised.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.problems == (
        Problem(
            "C101",
            "the id is empty",
            field="conversation.id",
            fix="give the id that your own system uses",
        ),
    )
    assert len(raised.value.request_id) == 16


def test_what_cannot_be_sent_is_told_without_a_call():
    naive = Turn("ann", "x", datetime(2026, 1, 1))  # noqa: DTZ001
    with AmityClient("127.0.0.1:1") as client, pytest.raises(BadConversation, match="C114"):
        client.evaluate(Conversation("c", (Participant("ann", Role.CUSTOMER),), (naive,)))


def test_a_batch_gives_a_decision_or_an_error_for_each(client):
    good, bad = client.evaluate_batch([AS_DICT, {**AS_DICT, "id": "c-2", "turns": []}])
    assert good.conversation_id == "c-1"
    assert isinstance(bad, AmityCallError)
    assert [(problem.code, problem.field) for problem in bad.problems] == [
        ("C108", "requests[1].conversation.turns")
    ]


def test_a_batch_that_is_too_large_is_refused_as_a_whole(client):
    with pytest.raises(AmityCallError, match="C131"):
        client.evaluate_batch([AS_DICT] * 4)


def test_a_message_that_is_too_large_is_not_sent_again(client):
    with pytest.raises(AmityCallError, match="larger than max") as raised:
        client.evaluate({**AS_DICT, "locale": "x" * 1_000})
    assert raised.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_server_that_is_not_there_is_told_with_a_fix():
    with AmityClient("127.0.0.1:1", attempts=1) as client, pytest.raises(AmityCallError) as raised:
        client.evaluate(AS_DICT)
    assert raised.value.code is grpc.StatusCode.UNAVAILABLE
    assert raised.value.problems[0].code == "S130"


UNAVAILABLE, FULL = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED


class Moody(evaluation_service_pb2_grpc.EvaluationServiceServicer):
    """Ends each call with the next of some codes or errors, then answers."""

    def __init__(self, *moods):
        self.moods, self.calls = list(moods), 0

    def Evaluate(self, request, context):  # noqa: N802 - gRPC dictates the name
        self.calls += 1
        if self.moods:
            self.refuse(self.moods.pop(0), context)
        return evaluation_service_pb2.EvaluateResponse()

    def refuse(self, mood, context):
        if isinstance(mood, grpc.StatusCode):
            context.abort(mood, "moody")
        status = status_of(mood)
        context.set_trailing_metadata(((DETAILS_KEY, status.SerializeToString()),))
        context.abort(code_of(mood), status.message)


@pytest.fixture
def moody(request):
    """A servicer with moods, and a client of a server that has it."""
    servicer = Moody(*request.param)
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        evaluation_service_pb2_grpc.add_EvaluationServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with AmityClient(f"127.0.0.1:{port}") as client:
            yield servicer, client
        server.stop(None).wait()


@pytest.mark.parametrize(
    "moody", [[UNAVAILABLE, UNAVAILABLE], [Overloaded(400, 0.05)] * 2], indirect=True
)
def test_a_server_that_is_away_or_full_for_a_moment_is_asked_again(moody):
    servicer, client = moody
    client.evaluate(AS_DICT)
    assert servicer.calls == 3


@pytest.mark.parametrize("moody", [[UNAVAILABLE] * 9], indirect=True)
def test_it_is_not_asked_for_ever(moody):
    servicer, client = moody
    with pytest.raises(AmityCallError, match="UNAVAILABLE: moody"):
        client.evaluate(AS_DICT)
    assert servicer.calls == 4


@pytest.mark.parametrize("code", [FULL, grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT])
@pytest.mark.parametrize("moody", [[]], indirect=True)
def test_what_would_fail_again_is_not_asked_again(moody, code):
    servicer, client = moody
    servicer.moods = [code]
    with pytest.raises(AmityCallError):
        client.evaluate(AS_DICT)
    assert servicer.calls == 1


@pytest.mark.parametrize("moody", [[Overloaded(400, 60.0)]], indirect=True)
def test_a_delay_that_the_deadline_does_not_allow_is_not_waited_for(moody):
    servicer, client = moody
    client._timeout_s = 1.0
    with pytest.raises(AmityCallError) as raised:
        client.evaluate(AS_DICT)
    assert (servicer.calls, raised.value.retry_after_s) == (1, 60.0)
