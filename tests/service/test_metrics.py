"""What Prometheus reads says how the server is doing, and nothing about anybody."""

from __future__ import annotations

import io
import json
import re
import socket
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.actions.receiverkit import Receiver
from tests.service.deliverykit import targets
from tests.service.reloadkit import SETTINGS, change, copied, following, opened, overreach, write

from amity.bundles.keys import new_key
from amity.errors import StartupError
from amity.service.metrics import Metrics
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import evaluation_service_pb2_grpc
from amity.v1.evaluation_service_pb2 import EvaluateBatchRequest, EvaluateRequest
from amity.v1.policy_service_pb2 import RELOAD_OUTCOME_REFUSED

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
WATCHED = replace(SETTINGS, metrics_port=0)
EVALUATE = "amity.v1.EvaluationService/Evaluate"


class Scraped:
    """The metrics of one moment."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        self.samples = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self.samples[(name, *sorted(labels.items()))]


def address_in(log: io.StringIO) -> str:
    lines = map(json.loads, log.getvalue().splitlines())
    return next(line["address"] for line in lines if line["event"] == "metrics_served")


def scrape(log: io.StringIO) -> Scraped:
    with urllib.request.urlopen(address_in(log), timeout=5) as answer:  # noqa: S310 - our own
        assert answer.headers["Content-Type"].startswith("text/plain")
        return Scraped(answer.read().decode())


@contextmanager
def measured(judge, **changes):
    """A server with fixed policies, its stub and its log."""
    log = io.StringIO()
    settings = Settings(port=0, drain_wait_s=0.0, metrics_port=0, **changes)
    with running_server(judge, settings, log) as address, grpc.insecure_channel(address) as channel:
        yield evaluation_service_pb2_grpc.EvaluationServiceStub(channel), log


def test_calls_are_counted_by_method_and_status_and_timed(judge, conversation):
    with measured(judge) as (stub, log):
        for _ in range(3):
            stub.Evaluate(EvaluateRequest(conversation=conversation()))
        with pytest.raises(grpc.RpcError):
            stub.Evaluate(EvaluateRequest())
        found = scrape(log)
    assert found("amity_rpc_requests_total", method=EVALUATE, code="OK") == 3
    assert found("amity_rpc_requests_total", method=EVALUATE, code="INVALID_ARGUMENT") == 1
    assert found("amity_rpc_duration_seconds_count", method=EVALUATE) == 4
    assert found("amity_rpc_duration_seconds_bucket", method=EVALUATE, le="30.0") == 4
    # A reply leaves a moment before its call is counted out.
    assert found("amity_rpc_running") <= 1


def test_conversations_are_counted_by_verdict_and_at_the_gate(judge, conversation):
    with measured(judge, max_waiting=2) as (stub, log):
        requests = [EvaluateRequest(conversation=conversation(name=f"c{n}")) for n in range(3)]
        stub.EvaluateBatch(EvaluateBatchRequest(requests=requests))
        found = scrape(log)
    assert found("amity_decisions_total", verdict="intervene") == 3
    assert found("amity_gate_admitted_total") == 3
    assert (found("amity_gate_refused_total"), found("amity_gate_waiting")) == (0, 0)


def test_a_scrape_during_a_bad_reload_tells_that_the_last_good_policies_judge(tmp_path):
    folder = copied(tmp_path / "policies")
    with following(folder, settings=WATCHED) as server:
        first = scrape(server.log_stream)
        overreach(folder, 1)
        waiting = server.reload_soon()
        while not waiting.done():
            found = scrape(server.log_stream)
            assert found("amity_policy_active_info", digest=server.judge_digest) == 1
        assert waiting.result().outcome == RELOAD_OUTCOME_REFUSED
        found = scrape(server.log_stream)
        assert found("amity_policy_reloads_total", result="refused") == 1
        assert found("amity_policy_last_reload_successful") == 0
        assert found("amity_policy_problems") == 2
        since = server.status().reload.failure.since.ToDatetime(UTC).timestamp()
        assert found("amity_policy_failing_since_timestamp_seconds") == pytest.approx(
            since, abs=0.001
        )
        last = "amity_policy_last_reload_success_timestamp_seconds"
        assert found(last) == first(last) > 0
        change(folder, 2)
        server.reload()
        found = scrape(server.log_stream)
        assert found("amity_policy_active_info", digest=server.digest) == 1
        assert found("amity_policy_reloads_total", result="activated") == 1
        assert found("amity_policy_last_reload_successful") == 1
        assert found(last) > first(last)
        assert found("amity_policy_warnings") == server.status().reload.warning_count > 0


def test_no_metric_has_a_word_or_an_id_of_a_conversation(judge, conversation):
    with measured(judge) as (stub, log):
        said = conversation("I am frustrated, says Wilhelmina.", name="case-4711")
        stub.Evaluate(EvaluateRequest(conversation=said))
        text = scrape(log).text
    assert not re.search("frustrated|Wilhelmina|4711|ann|ben", text)


def test_plugins_are_told_by_health(judge):
    with measured(judge) as (_, log):
        found = scrape(log)
    for record in judge.host.records:
        if record.health == "disabled":
            continue
        assert found("amity_plugin_healthy", plugin=record.name, version=record.version) == 1
        assert found("amity_plugin_failures_total", plugin=record.name) == 0


def test_servers_share_no_metrics(judge, conversation):
    with measured(judge) as (stub, log), measured(judge) as (_, other_log):
        stub.Evaluate(EvaluateRequest(conversation=conversation()))
        assert "amity_decisions_total{" in scrape(log).text
        assert "amity_decisions_total{" not in scrape(other_log).text


def test_there_is_nothing_but_metrics_and_nothing_without_a_port(judge):
    with measured(judge) as (_, log):
        elsewhere = address_in(log).replace("/metrics", "/")
        with pytest.raises(urllib.error.HTTPError, match="404") as raised:
            urllib.request.urlopen(elsewhere, timeout=5)  # noqa: S310 - our own
        raised.value.close()
    log = io.StringIO()
    with running_server(judge, Settings(port=0, drain_wait_s=0.0), log):
        assert "metrics_served" not in log.getvalue()


def test_a_port_for_metrics_that_is_taken_is_told(judge):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(port=0, drain_wait_s=0.0, metrics_port=taken.getsockname()[1])
        with (
            pytest.raises(StartupError, match=r"S101 .* for the metrics") as raised,
            running_server(judge, settings, io.StringIO()),
        ):
            pass
    assert "--metrics-port" in raised.value.problems[0].fix


@pytest.fixture
def everything(tmp_path):
    """A server that has all that there are metrics of, and has delivered something."""
    with Receiver().running() as receiver:
        _, private, _ = new_key("anchors", tmp_path, datetime.now(UTC), None)
        privacy = tmp_path / "privacy.yaml"
        privacy.write_text("apiVersion: amity/v1\nkind: Privacy\nretention: {view: 1 days}\n")
        settings = replace(
            WATCHED,
            log=str(tmp_path / "log.db"),
            targets=targets(tmp_path, receiver),
            privacy=privacy,
            anchor_to=(f"file:{tmp_path / 'heads'}",),
            anchor_key=f"file:{private}",
        )
        folder = copied(tmp_path / "policies")
        write(folder, "coach: Stay calm.\n    actions: [coach]")
        with following(folder, settings=settings) as server:
            server.decide()
            end = time.monotonic() + 30
            while (
                not receiver.got or "outbox_attempts_total{" not in scrape(server.log_stream).text
            ):
                assert time.monotonic() < end, "nothing was delivered"
            yield server


def test_every_metric_is_documented_and_no_other(everything):
    families = scrape(everything.log_stream).families
    told = {}
    section = PAGE.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| `amity_"):
            name, labels, kind, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            told[name.strip("`")] = (set(re.findall(r"`(\w+)`", labels)), kind, meaning)
    given = {
        (f"{family.name}_total" if family.type == "counter" else family.name): (
            {label for sample in family.samples for label in sample.labels} - {"le"},
            family.type,
            family.documentation,
        )
        for family in families
        if not family.name.endswith("_created")
    }
    assert told == given


def test_something_new_to_count_needs_a_line():
    from amity.service.metrics import counted

    metrics = Metrics()
    metrics.observe(lambda: [counted("amity_things", "Things that were seen.", 7)])
    assert metrics.registry.get_sample_value("amity_things_total") == 7


def test_a_server_that_cannot_start_leaves_the_port_for_metrics(tmp_path):
    policies = opened([copied(tmp_path / "policies")])
    judge = policies.open()
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = Settings(port=taken.getsockname()[1], metrics_port=port, drain_wait_s=0.0)
        with (
            pytest.raises(StartupError, match="S101"),
            running_server(judge, settings, io.StringIO()),
        ):
            pass
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))
