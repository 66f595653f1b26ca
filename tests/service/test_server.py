"""Starting, being well, and stopping without losing a call."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from amity.errors import Problem, StartupError
from amity.service.health import COMPONENTS, Health
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import evaluation_service_pb2, evaluation_service_pb2_grpc

SERVING, NOT_SERVING = (
    health_pb2.HealthCheckResponse.SERVING,
    health_pb2.HealthCheckResponse.NOT_SERVING,
)
SLOW_SERVER = Path(__file__).parent / "slow_server.py"


def test_a_port_in_use_is_refused_with_its_number(address, judge, capfd):
    port = int(address.rpartition(":")[2])
    with pytest.raises(StartupError) as raised, running_server(judge, Settings(port=port)):
        pass
    (problem,) = raised.value.problems
    assert (problem.code, problem.message) == ("S101", f"port {port} on 127.0.0.1 is in use")
    assert "--port" in problem.fix
    assert capfd.readouterr().err == ""


def test_an_address_of_another_machine_is_refused(judge):
    with (
        pytest.raises(StartupError, match="S102"),
        running_server(judge, Settings(host="203.0.113.7", port=0)),
    ):
        pass


def test_a_missing_key_and_certificate_are_both_told(judge, tmp_path):
    settings = Settings(port=0, tls_certificate=tmp_path / "none.pem", tls_key=Path(__file__))
    with pytest.raises(StartupError) as raised, running_server(judge, settings):
        pass
    assert [problem.code for problem in raised.value.problems] == ["S103", "S103"]


# The log is a component only where there is one: see test_recording.
@pytest.mark.parametrize("component", [each for each in COMPONENTS if each != "log"])
def test_every_component_is_serving(channel, component):
    request = health_pb2.HealthCheckRequest(service=component)
    assert health_pb2_grpc.HealthStub(channel).Check(request).status == SERVING


def test_a_component_that_is_none_is_not_found(channel):
    with pytest.raises(grpc.RpcError) as raised:
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="amity"))
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


async def statuses(health):
    await health.look()
    return {
        name: (
            await health.servicer.Check(health_pb2.HealthCheckRequest(service=name), None)
        ).status
        for name in ("", "plugins")
    }


def test_a_failing_plugin_shows_in_the_health_of_plugins_alone(judge, run):
    from amity.plugins.host import PluginHost, PluginRecord

    record = PluginRecord("shaky")
    shaky = PluginHost((record,), judge.catalogue)

    async def before_and_after():
        health = Health(shaky)
        before = await statuses(health)
        record.fail(Problem("D201", "it failed"))
        return before, await statuses(health)

    assert run(before_and_after()) == (
        {"": SERVING, "plugins": SERVING},
        {"": SERVING, "plugins": NOT_SERVING},
    )


def test_reflection_shows_the_services_and_their_comments_are_not_needed(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = reflection_pb2.ServerReflectionRequest
    services, file = stub.ServerReflectionInfo(
        iter([asked(list_services=""), asked(file_containing_symbol="amity.v1.EvaluationService")])
    )
    names = {service.name for service in services.list_services_response.service}
    assert names >= {
        "amity.v1.EvaluationService",
        "amity.v1.PolicyService",
        "amity.v1.CatalogService",
    }
    parsed = descriptor_pb2.FileDescriptorProto.FromString(
        file.file_descriptor_response.file_descriptor_proto[0]
    )
    assert [method.name for method in parsed.service[0].method] == ["Evaluate", "EvaluateBatch"]


@pytest.fixture
def slow(request):
    """A slow server in its own process: the process and its address."""
    each_s, grace_s = request.param
    process = subprocess.Popen(
        [sys.executable, str(SLOW_SERVER), str(each_s), str(grace_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def batch(conversation, size):
    requests = [
        evaluation_service_pb2.EvaluateRequest(conversation=conversation(name=f"c-{index}"))
        for index in range(size)
    ]
    return evaluation_service_pb2.EvaluateBatchRequest(requests=requests)


@pytest.mark.parametrize("slow", [(0.01, 20)], indirect=True)
def test_a_call_that_runs_when_sigterm_comes_is_finished(slow, conversation):
    process, address = slow
    with grpc.insecure_channel(address) as channel:
        watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watching).status == SERVING
        stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        call = stub.EvaluateBatch.future(batch(conversation, 80))
        assert process.stdout.readline() == "judging\n"
        process.send_signal(signal.SIGTERM)
        assert next(watching).status == NOT_SERVING
        assert not call.done()
        assert all(result.HasField("decision") for result in call.result().results)
    assert process.wait() == 0
    events = [json.loads(line)["event"] for line in process.stderr]
    assert events == ["draining", "call", "stopped"]


@pytest.mark.parametrize("slow", [(0.02, 30)], indirect=True)
def test_a_second_signal_stops_at_once(slow, conversation):
    process, address = slow
    with grpc.insecure_channel(address) as channel:
        stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        call = stub.EvaluateBatch.future(batch(conversation, 200))
        assert process.stdout.readline() == "judging\n"
        process.send_signal(signal.SIGTERM)
        assert json.loads(process.stderr.readline())["event"] == "draining"
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        with pytest.raises(grpc.RpcError):
            call.result()
