"""The demonstration: a real server, every sample, and requests that can be sent on."""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf import json_format

from amity.cli.samples import samples
from amity.v1 import evaluation_service_pb2

SMALL = ("--policies", str(Path(__file__).parent / "bundle"))


def test_it_shows_every_sample_and_then_all_together(amity):
    result = amity("demo", COLUMNS="100")
    assert result.exit_code == 0
    assert all(sample.title in result.stdout for sample in samples())
    assert f"{len(samples())} conversations:" in result.stdout
    assert "amity serve" in result.stdout


def test_it_shows_one_sample(amity):
    result = amity("demo", "--sample", "dismissive", "--plain", *SMALL)
    assert "Told to calm down" in result.stdout
    assert "INTERVENE" in result.stdout


def test_it_lists_the_samples_without_judging(amity):
    lines = amity("demo", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [sample.name for sample in samples()]


def test_a_request_can_be_judged_by_evaluate(amity):
    request = amity("demo", "--sample", "still-open", "--request").stdout
    assert json.loads(request)["open"] is True
    assert (
        json.loads(amity("evaluate", "-", "-o", "json", *SMALL, text=request).stdout)["open"]
        is True
    )


def test_a_sample_that_does_not_exist_is_told_with_the_nearest(amity):
    result = amity("demo", "--sample", "dismisive")
    assert 'did you mean "dismissive"?' in result.stderr
    assert result.exit_code == 2


def test_a_request_needs_a_sample(amity):
    assert amity("demo", "--request").exit_code == 2


def test_a_request_is_the_message_that_the_service_takes(amity):
    request = amity("demo", "--sample", "dismissive", "--request").stdout
    sent = json_format.Parse(request, evaluation_service_pb2.EvaluateRequest())
    assert sent.conversation.id == "dismissive"
