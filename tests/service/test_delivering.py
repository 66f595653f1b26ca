"""What a missed duty asks for is delivered by the server that judged it, once the decision is logged."""

from __future__ import annotations

import io
import time
from pathlib import Path

import grpc
import pytest
from tests.actions.receiverkit import Receiver
from tests.log.logkit import PlainForms
from tests.service.deliverykit import targets

from amity.actions.read_targets import BadTargets
from amity.errors import StartupError
from amity.judge import open_judge
from amity.log.log import open_log
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import evaluation_service_pb2, evaluation_service_pb2_grpc


@pytest.fixture(scope="module")
def judge():
    return open_judge([Path(__file__).parents[1] / "cli" / "bundle"])


@pytest.fixture
def receiver():
    with Receiver().running() as running:
        yield running


def until(holds) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def missed() -> evaluation_service_pb2.EvaluateRequest:
    request = evaluation_service_pb2.EvaluateRequest()
    request.conversation.id = "c-1"
    request.conversation.participants.add(id="c", role="ROLE_CUSTOMER")
    request.conversation.participants.add(id="a", role="ROLE_AGENT")
    for who, text in (
        ("c", "I am furious, this is outrageous!"),
        ("a", "Your order number, please."),
    ):
        request.conversation.turns.add(participant_id=who, text=text)
    return request


def evaluated(address: str, request):
    with grpc.insecure_channel(address) as channel:
        return evaluation_service_pb2_grpc.EvaluationServiceStub(channel).Evaluate(request)


def test_a_missed_duty_is_posted_once_and_counted(judge, receiver, tmp_path):
    output = io.StringIO()
    settings = Settings(
        port=0, drain_wait_s=0.0, targets=targets(tmp_path, receiver), log_level="debug"
    )
    with (
        open_log(tmp_path / "log.sqlite", PlainForms()) as log,
        running_server(judge, settings, output, decision_log=log) as address,
    ):
        reply = evaluated(address, missed())
        assert [action.action for action in reply.decision.actions].count("coach")
        until(lambda: receiver.got)
        evaluated(address, missed())  # the same moment asks for the same thing
        until(lambda: '"action_delivered"' in output.getvalue())
        with log.read() as connection:
            states = connection.exec_driver_sql("SELECT state, count(*) FROM outbox GROUP BY state")
            assert [tuple(row) for row in states] == [("delivered", len(receiver.got))]
    wanted = [action for action in reply.decision.actions if action.action == "coach"]
    assert len(receiver.got) == len(wanted)
    event = receiver.got[0].event
    assert event["subject"] == "c-1"
    assert event["data"]["decision_id"] == reply.decision.decision_id
    assert "furious" not in receiver.got[0].body.decode()


def test_what_waited_is_delivered_by_the_next_server(judge, receiver, tmp_path):
    receiver.answer = lambda got: (503, {"retry-after": "0"}, b"")
    settings = Settings(port=0, drain_wait_s=0.0, targets=targets(tmp_path, receiver))
    with open_log(tmp_path / "log.sqlite", PlainForms()) as log:
        with running_server(judge, settings, io.StringIO(), decision_log=log) as address:
            evaluated(address, missed())
            until(lambda: receiver.got)
        receiver.answer = lambda got: (204, {}, b"")
        log.write(lambda c: c.exec_driver_sql("UPDATE outbox SET not_before = 0")).result()
        with running_server(judge, settings, io.StringIO(), decision_log=log):
            until(lambda: receiver.got[-1].status == 204)


def test_targets_need_a_log_and_must_be_good(judge, receiver, tmp_path):
    good = Settings(port=0, targets=targets(tmp_path, receiver))
    with pytest.raises(StartupError) as told, running_server(judge, good, io.StringIO()):
        pass
    assert told.value.problems[0].code == "S104"
    bad = Settings(port=0, targets=targets(tmp_path, receiver, "coahc"))
    with (
        open_log(tmp_path / "log.sqlite", PlainForms()) as log,
        pytest.raises(BadTargets),
        running_server(judge, bad, io.StringIO(), decision_log=log),
    ):
        pass
