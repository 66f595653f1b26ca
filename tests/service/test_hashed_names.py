"""Where the log has hashes for ids, people and programs go on naming things by their own ids."""

from __future__ import annotations

import base64
import io

import grpc
import pytest

from amity.client import AmityClient
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import scorecard_pb2
from amity.v1.decision_service_pb2 import DecisionFilter
from amity.v1.decision_service_pb2_grpc import DecisionServiceStub

PRIVACY = """\
apiVersion: amity/v1
kind: Privacy
customer_id: [participant]
fields: {conversation_id: hash}
"""
NAME, CUSTOMER = "case-1042", "c-881234"


@pytest.fixture(params=["", "env:AMITY_TEST_MASTER"], ids=["views only", "with a master key"])
def logged(request, judge, conversation, tmp_path, monkeypatch):
    """A server whose log hashes ids, with one decision; its address, its log, how to open it."""
    monkeypatch.setenv("AMITY_TEST_MASTER", base64.b64encode(b"m" * 32).decode())
    privacy = tmp_path / "privacy.yaml"
    privacy.write_text(PRIVACY)
    keys = tuple(filter(None, [request.param]))
    settings = Settings(
        port=0, drain_wait_s=0.0, log=str(tmp_path / "log.db"), privacy=privacy, master_keys=keys
    )
    asked = conversation(name=NAME)
    asked.participants[0].id = CUSTOMER
    for turn in asked.turns:
        turn.participant_id = CUSTOMER if turn.participant_id == "ann" else turn.participant_id
    with running_server(judge, settings, io.StringIO()) as address, AmityClient(address) as client:
        from amity.service.wire import conversation_from_wire

        client.evaluate(conversation_from_wire(asked))
        yield client, address, settings.log, [arg for key in keys for arg in ("--master-key", key)]


def test_a_server_finds_a_conversation_by_its_own_id(logged):
    client, _, _, _ = logged
    assert client.get_decision(conversation_id=NAME).summary.conversation_id.startswith("h:")
    client.record_outcome(NAME, "csat", 4)
    found = client.get_decision(conversation_id=NAME)
    assert [(each.name, each.value) for each in found.outcomes] == [("csat", 4)]
    assert len(list(client.list_decisions(DecisionFilter(conversation_id=NAME)))) == 1
    assert len(list(client.list_decisions(DecisionFilter(conversation_id="other")))) == 0


def test_a_server_counts_for_a_customer_by_their_own_id(logged):
    _, address, _, _ = logged
    with grpc.insecure_channel(address) as channel:
        ask = DecisionServiceStub(channel).GetScorecard
        days = {"first_day": "2026-01-01", "last_day": "2035-12-31"}
        own = ask(scorecard_pb2.GetScorecardRequest(customer_id=CUSTOMER, **days))
        other = ask(scorecard_pb2.GetScorecardRequest(customer_id="c-2222", **days))
    assert own.scorecard.conversations == 1
    assert other.scorecard.conversations == 0


def test_commands_take_own_ids(logged, amity):
    _, _, log, keys = logged
    assert amity("log", "show", log, NAME, *keys).exit_code == 0
    for given in (("--customer", CUSTOMER), ("--conversation", NAME)):
        listed = amity("log", "list", log, *given, *keys, "-o", "json")
        assert len(listed.stdout.splitlines()) == 1, listed.output
    report = amity("report", "--log", log, "--customer", CUSTOMER, *keys, "--to", "2027-01-01")
    assert report.exit_code == 0, report.output


def test_a_key_that_is_needed_is_asked_for(logged, amity):
    _, _, log, keys = logged
    if not keys:
        return
    result = amity("report", "--log", log, "--customer", CUSTOMER)
    assert result.exit_code == 2
    assert "E121" in result.stderr
    assert amity("log", "show", log, NAME).exit_code == 2


def test_a_conversation_is_erased_by_its_own_id(logged, amity, tmp_path):
    _, _, log, keys = logged
    erased = amity("log", "erase", log, "--conversation", NAME, "--reason", "asked", *keys)
    assert erased.exit_code == 0, erased.output
    assert erased.stdout.startswith("erased 1 record")
