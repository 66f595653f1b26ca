"""A server signs the head of its log, and what is cut off afterwards is found."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.log.logkit import PlainForms
from tests.service.test_metrics import scrape

from amity.bundles.keys import load_trusted, new_key
from amity.errors import AmityError
from amity.log.anchors import read_anchors
from amity.log.log import open_log
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import evaluation_service_pb2, evaluation_service_pb2_grpc
from amity.v1.policy_service_pb2 import GetStatusRequest
from amity.v1.policy_service_pb2_grpc import PolicyServiceStub


@pytest.fixture
def key(tmp_path):
    """Where the private key is, and the public one."""
    _, private, public = new_key("anchors", tmp_path, datetime.now(UTC), None)
    return f"file:{private}", public


@pytest.fixture
def settings(tmp_path, key):
    return Settings(
        port=0,
        drain_wait_s=0.0,
        metrics_port=0,
        log=str(tmp_path / "log.db"),
        anchor_to=(f"file:{tmp_path / 'heads'}", "stdout"),
        anchor_key=key[0],
        anchor_every_s=0.02,
        log_level="warning",
    )


def judged(address, conversation, *names):
    with grpc.insecure_channel(address) as channel:
        stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        for name in names:
            asked = evaluation_service_pb2.EvaluateRequest(conversation=conversation(name=name))
            stub.Evaluate(asked)


def until(holds):
    end = time.monotonic() + 30
    while not (found := holds()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


def component(address, name="log"):
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return stub.Check(health_pb2.HealthCheckRequest(service=name)).status


def truncated(path, last):
    """Cut the log off after the record *last*, as whoever has the file could."""
    with sqlite3.connect(path) as raw:
        for table in ("records", "payloads", "decisions", "findings"):
            raw.execute(f"DELETE FROM {table} WHERE seq > ?", (last,))  # noqa: S608 - our own names
        raw.execute("DELETE FROM batches WHERE last_seq > ?", (last,))
        raw.execute("DELETE FROM requests WHERE seq > ?", (last,))
    raw.close()


def test_a_tail_that_was_cut_off_is_found_with_what_the_server_anchored(
    judge, conversation, settings, key, tmp_path, amity
):
    with running_server(judge, settings, io.StringIO()) as address:
        judged(address, conversation, "c-1", "c-2", "c-3")
    asked = ("log", "verify", settings.log, "--anchors", str(tmp_path / "heads"))
    proof = (*asked, "--trusted", str(key[1]))
    assert amity(*proof).exit_code == 0
    copy = tmp_path / "copy.db"
    shutil.copy(settings.log, copy)
    truncated(settings.log, 2)
    result = amity(*proof)
    assert result.exit_code == 1
    assert "record 3: G231 the log ends with record 2, and had record 3" in result.stdout
    assert amity("log", "verify", str(copy)).exit_code == 0


def test_lines_of_standard_output_are_anchors_whatever_the_level(
    judge, conversation, settings, key, tmp_path
):
    output = io.StringIO()
    with running_server(judge, settings, output) as address:
        judged(address, conversation, "c-1")
    path = tmp_path / "server.log"
    path.write_text(output.getvalue())
    assert all(json.loads(line)["level"] for line in path.read_text().splitlines())
    trusted = load_trusted(key[1])
    assert (
        read_anchors(path, trusted)[-1].head == read_anchors(tmp_path / "heads", trusted)[-1].head
    )


def test_metrics_tell_how_far_the_log_is_anchored(judge, conversation, settings):
    output = io.StringIO()
    with running_server(judge, replace(settings, log_level="info"), output) as address:
        judged(address, conversation, "c-1", "c-2")
        until(lambda: scrape(output)("amity_log_anchored_seq") == 2)
        assert scrape(output)("amity_log_anchor_age_seconds") == 0
        assert scrape(output)("amity_log_anchor_failures_total") == 0


def test_a_place_that_is_away_for_long_shows_in_the_health_and_the_status(
    judge, conversation, settings, tmp_path
):
    output, away = io.StringIO(), "http://127.0.0.1:9/heads"
    asked = replace(settings, anchor_to=(away,), anchor_patience_s=0.05, log_level="info")
    with running_server(judge, asked, output) as address:
        assert component(address) == health_pb2.HealthCheckResponse.SERVING
        judged(address, conversation, "c-1")
        until(lambda: component(address) == health_pb2.HealthCheckResponse.NOT_SERVING)
        assert component(address, "") == health_pb2.HealthCheckResponse.SERVING
        with grpc.insecure_channel(address) as channel:
            status = PolicyServiceStub(channel).GetStatus(GetStatusRequest())
        assert status.log.problem.code == "G240"
        assert scrape(output)("amity_log_anchor_failures_total") > 0
        assert scrape(output)("amity_log_anchored_seq") == 0
        assert scrape(output)("amity_log_writable") == 1
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    assert len([line for line in lines if line["event"] == "anchor_not_written"]) == 1


def refused(judge, settings):
    with pytest.raises(AmityError) as told, running_server(judge, settings, io.StringIO()):
        pass
    return [problem.code for problem in told.value.problems]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"anchor_key": ""}, "S105"),
        ({"anchor_to": ()}, "S105"),
        ({"log": ""}, "S105"),
        ({"anchor_to": ("ftp://keeper/heads",)}, "S106"),
        ({"anchor_to": ("file:/nowhere/at/all/heads",)}, "S106"),
        ({"anchor_key": "env:AMITY_NO_SUCH_KEY"}, "E111"),
        ({"anchor_key": "MC4CAQAwBQYDK2Vw"}, "E110"),
    ],
)
def test_anchors_that_cannot_be_written_keep_the_server_from_starting(
    judge, settings, change, code
):
    assert refused(judge, replace(settings, **change)) == [code]


def test_what_is_no_key_keeps_the_server_from_starting(judge, settings, monkeypatch):
    monkeypatch.setenv("NO_KEY", "not a key")
    assert refused(judge, replace(settings, anchor_key="env:NO_KEY")) == ["S207"]


def test_a_log_that_outlives_its_server_is_anchored_when_that_ends(
    judge, conversation, settings, tmp_path
):
    with open_log(tmp_path / "own.db", PlainForms()) as log:
        rare = replace(settings, anchor_every_s=1000.0)
        with running_server(judge, rare, io.StringIO(), decision_log=log) as address:
            judged(address, conversation, "c-1")
        assert read_anchors(tmp_path / "heads")[-1].head == log.head
