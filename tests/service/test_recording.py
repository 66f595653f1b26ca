"""Decisions are in the log before their replies leave; one request id is answered one way, once."""

from __future__ import annotations

import io
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.log.logkit import PlainForms

from amity.log.errors import LogRefused
from amity.log.log import open_log
from amity.log.record import Durability
from amity.log.writer import Settings as WriterSettings
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.service.status import problems_in, retry_after_s, status_in
from amity.v1 import (
    decision_service_pb2,
    decision_service_pb2_grpc,
    evaluation_service_pb2,
    evaluation_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
    receipt_pb2,
)

Request = evaluation_service_pb2.EvaluateRequest


class ViewsOnly(PlainForms):
    """Keeps no original, and puts a placeholder where a name was."""

    def of(self, conversation, decision):
        hidden = json.loads(json.dumps(decision).replace("frustrated", "<FEELING>"))
        formed = super().of(conversation, hidden)
        return type(formed)(formed.view, None, "", formed.customer_ref)


class Server:
    """Stubs of a server that logs to *log*."""

    def __init__(self, channel: grpc.Channel, log, output: io.StringIO) -> None:
        self.evaluation = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        self.decisions = decision_service_pb2_grpc.DecisionServiceStub(channel)
        self.policy = policy_service_pb2_grpc.PolicyServiceStub(channel)
        self.health = health_pb2_grpc.HealthStub(channel)
        self.log, self.output = log, output

    def rows(self, statement: str) -> list:
        with self.log.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def count(self) -> int:
        return self.rows("SELECT count(*) FROM decisions")[0][0]


@pytest.fixture
def serving(judge):
    """Opens a log and serves with it, until the end of the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def serve(place, forms=None, durability=Durability.DURABLE, **options) -> Server:
            output = io.StringIO()
            log = stack.enter_context(open_log(place, forms or PlainForms(), **options))
            settings = Settings(port=0, drain_wait_s=0.0, durability=durability)
            address = stack.enter_context(running_server(judge, settings, output, decision_log=log))
            channel = stack.enter_context(grpc.insecure_channel(address))
            return Server(channel, log, output)

        yield serve


def refusal(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    status = status_in(dict(raised.value.trailing_metadata()))
    return raised.value.code(), problems_in(status), retry_after_s(status)


def test_a_reply_tells_where_its_decision_stands(serving, url, conversation):
    server = serving(url)
    first = server.evaluation.Evaluate(Request(conversation=conversation(name="a")))
    second = server.evaluation.Evaluate(Request(conversation=conversation(name="b")))
    assert [first.receipt.seq, second.receipt.seq] == [1, 2]
    assert first.receipt.durability == receipt_pb2.DURABILITY_DURABLE
    assert first.receipt.recorded_at.seconds > 1_700_000_000
    assert server.rows("SELECT seq, conversation_id FROM decisions ORDER BY seq") == [
        (1, "a"), (2, "b"),
    ]  # fmt: skip


def test_the_same_request_id_gives_the_same_decision_written_once(serving, url, conversation):
    server = serving(url)
    request = Request(conversation=conversation(), request_id="r-1")
    first = server.evaluation.Evaluate(request)
    again = server.evaluation.Evaluate(request)
    assert again.receipt.repeat
    assert again.receipt.seq == first.receipt.seq
    assert again.decision.SerializeToString(deterministic=True) == first.decision.SerializeToString(
        deterministic=True
    )
    assert server.count() == 1


def test_one_request_id_sent_by_many_at_once_is_written_once(serving, url, conversation):
    server = serving(url)
    request = Request(conversation=conversation(), request_id="r-1")
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: server.evaluation.Evaluate(request), range(32)))
    assert {reply.receipt.seq for reply in replies} == {1}
    assert sum(not reply.receipt.repeat for reply in replies) == 1
    assert server.count() == 1


def test_asking_for_traces_makes_no_other_request_of_it(serving, url, conversation):
    server = serving(url)
    server.evaluation.Evaluate(Request(conversation=conversation(), request_id="r-1"))
    asked = Request(conversation=conversation(), request_id="r-1", explain=True)
    again = server.evaluation.Evaluate(asked)
    assert again.receipt.repeat
    assert again.decision.traces


@pytest.mark.parametrize("other", ["words", "open"])
def test_a_request_id_for_another_request_is_refused(serving, url, conversation, other):
    server = serving(url)
    server.evaluation.Evaluate(Request(conversation=conversation(), request_id="r-1"))
    changed = (
        Request(conversation=conversation("Hello?"), request_id="r-1")
        if other == "words"
        else Request(conversation=conversation(), request_id="r-1", open=True)
    )
    code, problems, _ = refusal(lambda: server.evaluation.Evaluate(changed))
    assert code is grpc.StatusCode.ALREADY_EXISTS
    assert problems[0].code == "G123"
    assert server.count() == 1


def test_where_only_views_are_kept_the_same_judgement_is_given_whole(serving, url, conversation):
    server = serving(url, ViewsOnly())
    request = Request(conversation=conversation(), request_id="r-1")
    first = server.evaluation.Evaluate(request)
    again = server.evaluation.Evaluate(request)
    assert again.receipt.repeat
    assert not again.receipt.redacted
    assert again.decision == first.decision


def test_a_request_id_that_is_too_long_is_refused_with_its_field(serving, tmp_path, conversation):
    server = serving(tmp_path / "log.db")
    request = Request(conversation=conversation(), request_id="r" * 257)
    code, problems, _ = refusal(lambda: server.evaluation.Evaluate(request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(each.code, each.field) for each in problems] == [("C133", "request_id")]


def test_a_batch_waits_for_all_of_its_records(serving, url, conversation):
    server = serving(url)
    requests = [Request(conversation=conversation(name=f"c-{index}")) for index in range(20)]
    requests.append(Request(conversation=conversation(name="")))
    reply = server.evaluation.EvaluateBatch(
        evaluation_service_pb2.EvaluateBatchRequest(requests=requests)
    )
    assert [result.receipt.seq for result in reply.results] == [*range(1, 21), 0]
    assert not reply.results[-1].HasField("receipt")
    assert server.count() == 20


def test_a_request_id_twice_in_a_batch_is_refused_where_it_comes_again(
    serving, tmp_path, conversation
):
    server = serving(tmp_path / "log.db")
    batch = [Request(conversation=conversation(name=name), request_id="r-1") for name in ("a", "b")]
    reply = server.evaluation.EvaluateBatch(
        evaluation_service_pb2.EvaluateBatchRequest(requests=batch)
    )
    [problem] = reply.results[1].error.problems
    assert (problem.code, problem.field) == ("C134", "requests[1].request_id")


def test_a_request_id_of_another_request_spoils_only_its_own_place_in_a_batch(
    serving, tmp_path, conversation
):
    server = serving(tmp_path / "log.db")
    server.evaluation.Evaluate(Request(conversation=conversation(name="a"), request_id="r-1"))
    batch = [
        Request(conversation=conversation(name="b"), request_id="r-1"),
        Request(conversation=conversation(name="c")),
    ]
    reply = server.evaluation.EvaluateBatch(
        evaluation_service_pb2.EvaluateBatchRequest(requests=batch)
    )
    assert reply.results[0].error.code == grpc.StatusCode.ALREADY_EXISTS.value[0]
    assert reply.results[1].receipt.seq == 2


def test_without_a_log_each_reply_says_so(judge, conversation):
    with (
        running_server(judge) as address,
        grpc.insecure_channel(address) as channel,
    ):
        server = Server(channel, None, io.StringIO())
        reply = server.evaluation.Evaluate(Request(conversation=conversation(), request_id="r"))
        assert reply.receipt == receipt_pb2.Receipt(durability=receipt_pb2.DURABILITY_OFF)
        status = server.policy.GetStatus(policy_service_pb2.GetStatusRequest())
        assert status.log.durability == receipt_pb2.DURABILITY_OFF
        with pytest.raises(grpc.RpcError) as raised:
            server.health.Check(health_pb2.HealthCheckRequest(service="log"))
        assert raised.value.code() is grpc.StatusCode.NOT_FOUND
        code, problems, _ = refusal(
            lambda: server.decisions.ListDecisions(decision_service_pb2.ListDecisionsRequest())
        )
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert problems[0].code == "C166"


def test_async_replies_leave_at_once_and_are_written_before_the_server_is_gone(
    judge, tmp_path, conversation
):
    with open_log(tmp_path / "log.db", PlainForms()) as log:
        settings = Settings(port=0, drain_wait_s=0.0, durability=Durability.ASYNC)
        with (
            running_server(judge, settings, io.StringIO(), decision_log=log) as address,
            grpc.insecure_channel(address) as channel,
        ):
            server = Server(channel, log, io.StringIO())
            for index in range(30):
                reply = server.evaluation.Evaluate(
                    Request(conversation=conversation(name=f"c-{index}"))
                )
                assert reply.receipt.durability == receipt_pb2.DURABILITY_ASYNC
                assert reply.receipt.seq == 0
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (30,)
    connection.close()


def test_an_async_request_with_an_id_is_as_safe_as_a_durable_one(serving, tmp_path, conversation):
    server = serving(tmp_path / "log.db", durability=Durability.ASYNC)
    reply = server.evaluation.Evaluate(Request(conversation=conversation(), request_id="r-1"))
    assert reply.receipt.durability == receipt_pb2.DURABILITY_DURABLE
    assert reply.receipt.seq == 1


def locked(path):
    """A connection of another program that keeps the database locked."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_log_that_cannot_write_fails_the_call_and_says_when_to_come_back(
    serving, tmp_path, conversation
):
    server = serving(tmp_path / "log.db", busy_s=0.05)
    other = locked(tmp_path / "log.db")
    request = Request(conversation=conversation())
    code, problems, after_s = refusal(lambda: server.evaluation.Evaluate(request))
    assert code is grpc.StatusCode.UNAVAILABLE
    assert problems[0].code == "G111"
    assert after_s == 1.0
    batch = evaluation_service_pb2.EvaluateBatchRequest(requests=[request])
    assert refusal(lambda: server.evaluation.EvaluateBatch(batch))[0] is code
    status = server.policy.GetStatus(policy_service_pb2.GetStatusRequest()).log
    assert status.problem.code == "G111"
    other.close()
    assert server.evaluation.Evaluate(request).receipt.seq == 1
    assert not server.policy.GetStatus(policy_service_pb2.GetStatusRequest()).log.HasField(
        "problem"
    )


def test_the_health_of_the_log_is_a_component_of_its_own(serving, tmp_path, conversation):
    server = serving(tmp_path / "log.db", busy_s=0.05)
    watch = server.health.Watch(health_pb2.HealthCheckRequest(service="log"), timeout=30)
    well = health_pb2.HealthCheckResponse.SERVING
    states = (each.status for each in watch)
    while next(states) != well:
        pass
    other = locked(tmp_path / "log.db")
    refusal(lambda: server.evaluation.Evaluate(Request(conversation=conversation())))
    assert next(states) == health_pb2.HealthCheckResponse.NOT_SERVING
    whole = server.health.Check(health_pb2.HealthCheckRequest())
    assert whole.status == well
    other.close()
    server.evaluation.Evaluate(Request(conversation=conversation()))
    assert next(states) == well
    watch.cancel()


def test_async_losses_are_counted_and_told_in_the_servers_log(serving, tmp_path, conversation):
    server = serving(tmp_path / "log.db", durability=Durability.ASYNC, busy_s=0.05)
    other = locked(tmp_path / "log.db")
    server.evaluation.Evaluate(Request(conversation=conversation()))
    until_lost = threading.Event()
    for _ in range(200):
        status = server.policy.GetStatus(policy_service_pb2.GetStatusRequest()).log
        if status.lost:
            break
        until_lost.wait(0.02)
    other.close()
    assert status.lost == 1
    assert "decision_not_logged" in server.output.getvalue()


def test_what_customers_say_is_in_no_line_of_the_servers_log(serving, tmp_path, conversation):
    server = serving(tmp_path / "log.db", busy_s=0.05)
    said = conversation("My secret is plum jam.", "Noted.")
    server.evaluation.Evaluate(Request(conversation=said))
    other = locked(tmp_path / "log.db")
    refusal(lambda: server.evaluation.Evaluate(Request(conversation=said)))
    other.close()
    assert "plum" not in server.output.getvalue()


def test_a_second_server_on_the_same_file_does_not_start_and_says_why(judge, tmp_path):
    settings = Settings(port=0, drain_wait_s=0.0, log_level="error", log=str(tmp_path / "a.db"))
    with (
        running_server(judge, settings, io.StringIO()),
        pytest.raises(LogRefused) as raised,
        running_server(judge, settings, io.StringIO()),
    ):
        pass
    assert raised.value.problems[0].code == "G102"


def test_with_durability_off_nothing_is_written_even_where_a_log_is_named(
    judge, tmp_path, conversation
):
    place = tmp_path / "a.db"
    settings = Settings(port=0, drain_wait_s=0.0, log=str(place), durability=Durability.OFF)
    with (
        running_server(judge, settings, io.StringIO()) as address,
        grpc.insecure_channel(address) as channel,
    ):
        reply = evaluation_service_pb2_grpc.EvaluationServiceStub(channel).Evaluate(
            Request(conversation=conversation())
        )
    assert reply.receipt.durability == receipt_pb2.DURABILITY_OFF
    assert not place.exists()


def test_ids_of_requests_are_forgotten_after_their_window(judge, tmp_path, conversation):
    clock = [1_790_000_000_000_000]
    writing = WriterSettings(window_us=1_000_000)
    with open_log(tmp_path / "a.db", PlainForms(), clock=lambda: clock[0], settings=writing) as log:
        settings = Settings(port=0, drain_wait_s=0.0)
        with (
            running_server(judge, settings, io.StringIO(), decision_log=log) as address,
            grpc.insecure_channel(address) as channel,
        ):
            stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
            request = Request(conversation=conversation(), request_id="r-1")
            assert stub.Evaluate(request).receipt.seq == 1
            clock[0] += 120_000_000
            other = Request(conversation=conversation(name="other"))
            assert stub.Evaluate(other).receipt.seq == 2
            again = stub.Evaluate(request).receipt
    assert (again.seq, again.repeat) == (3, False)
