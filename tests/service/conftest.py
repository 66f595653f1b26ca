"""A judge over a small bundle, a server that judges by it, and requests to change and send."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.log.conftest import database, url  # noqa: F401 - a log of each kind

from amity.errors import Problem
from amity.judge import Judge, open_judge
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.service.status import problems_in, status_in
from amity.v1 import conversation_pb2, evaluation_service_pb2, evaluation_service_pb2_grpc

BUNDLE = Path(__file__).parent / "bundle"

Build = Callable[..., conversation_pb2.Conversation]


@pytest.fixture(scope="session")
def judge() -> Judge:
    return open_judge([BUNDLE])


@pytest.fixture(scope="session")
def log() -> io.StringIO:
    """What the shared server has logged so far."""
    return io.StringIO()


@pytest.fixture(scope="session")
def address(judge: Judge, log: io.StringIO) -> Iterator[str]:
    with running_server(judge, Settings(port=0, drain_wait_s=0.0), log) as address:
        yield address


@pytest.fixture(scope="session")
def channel(address: str) -> Iterator[grpc.Channel]:
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(address, options) as channel:
        yield channel


@pytest.fixture
def evaluation(channel: grpc.Channel) -> evaluation_service_pb2_grpc.EvaluationServiceStub:
    return evaluation_service_pb2_grpc.EvaluationServiceStub(channel)


@pytest.fixture
def conversation() -> Build:
    """Builds a good conversation of a customer and an agent, with other texts if asked."""

    def build(*texts: str, name: str = "c-1") -> conversation_pb2.Conversation:
        message = conversation_pb2.Conversation(
            id=name, channel=conversation_pb2.CHANNEL_CHAT, locale="en-GB"
        )
        message.participants.add(id="ann", role=conversation_pb2.ROLE_CUSTOMER)
        message.participants.add(id="ben", role=conversation_pb2.ROLE_AGENT)
        for index, text in enumerate(texts or ("I am frustrated.", "Calm down.")):
            turn = message.turns.add(participant_id=("ann", "ben")[index % 2], text=text)
            turn.sent_at.seconds = 1_767_225_600 + 60 * index
        return message

    return build


@pytest.fixture
def refusal(
    evaluation: evaluation_service_pb2_grpc.EvaluationServiceStub,
) -> Callable[[conversation_pb2.Conversation], list[Problem]]:
    """Sends a conversation that must be refused as INVALID_ARGUMENT, and gives the problems."""

    def send(message: conversation_pb2.Conversation) -> list[Problem]:
        with pytest.raises(grpc.RpcError) as raised:
            evaluation.Evaluate(evaluation_service_pb2.EvaluateRequest(conversation=message))
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        status = status_in(dict(raised.value.trailing_metadata()))
        return list(problems_in(status))

    return send


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine to its end, in a loop of its own."""
    return asyncio.run
