"""Words of a conversation reach the caller who sent them, and nothing that others read."""

from __future__ import annotations

import io
import logging
import sys
from types import ModuleType

import grpc
import pytest

from amity.judge import open_judge
from amity.plugins.host import PluginSelection
from amity.sdk import Finding, hookimpl
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    conversation_pb2,
    evaluation_service_pb2,
    evaluation_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
)

CANARY = "kanarie-5b1d"
POLICY = """
apiVersion: amity/v1
kind: Policy
metadata: {name: small, title: Small, version: 1, owner: tests, intent: Calm., scores: wording of agents}
rules:
  - id: anger-is-heard
    title: Anger is heard
    why: It defuses.
    given: customer.anger
    expect: agent.apology
    within: 1 agent turn
    coach: Say sorry.
    actions: [shout]
"""


class Quoting:
    """A detector that puts what was said into everything that it raises."""

    name = "quoting"
    signals = frozenset({"customer.anger", "agent.apology"})

    def detect(self, turns):
        for turn in turns:
            if "fail" in turn.text:
                raise ValueError(f"cannot read {turn.text!r} of {turn.participant_id}")
            if turn.role == "customer":
                yield Finding("customer.anger", turn.index, 0, len(turn.text), 0.9)


class Shout:
    name = "shout"
    title = "Raises what was said"

    def propose(self, moment, conversation):
        raise RuntimeError(conversation.turns[0].text)


@pytest.fixture
def judge(tmp_path):
    name = "acme_quoting"
    module = ModuleType(name)
    module.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec(name, None)
    module.amity_detectors = hookimpl(lambda cues: [Quoting()])
    module.amity_actions = hookimpl(lambda: [Shout()])
    sys.modules[name] = module
    (tmp_path / "policy.yaml").write_text(POLICY, encoding="utf-8")
    yield open_judge([tmp_path], plugins=PluginSelection(enabled=(name,)))
    del sys.modules[name]


def everywhere(text: str) -> conversation_pb2.Conversation:
    """A conversation with the canary in every field that takes a text."""
    message = conversation_pb2.Conversation(id=f"{CANARY}-id", locale="en")
    for role in (conversation_pb2.ROLE_CUSTOMER, conversation_pb2.ROLE_AGENT):
        message.participants.add(
            id=f"{CANARY}-{role}", role=role, display_name=f"{CANARY} name", team=f"{CANARY} team"
        )
    message.turns.add(participant_id=f"{CANARY}-1", text=text)
    message.turns.add(participant_id=f"{CANARY}-2", text=f"{CANARY} sorry")
    message.attributes.update({f"{CANARY} key": {"deep": [f"{CANARY} value", 1.0]}})
    return message


def bad(change) -> conversation_pb2.Conversation:
    message = everywhere(CANARY)
    change(message)
    return message


REQUESTS = [
    everywhere(f"{CANARY} I am angry"),
    everywhere(f"{CANARY} fail"),
    bad(lambda message: message.turns.add(participant_id=f"{CANARY}-nobody", text=CANARY)),
    bad(lambda message: setattr(message, "locale", f"{CANARY}!{CANARY}")),
    bad(lambda message: setattr(message, "id", f"{CANARY}\n")),
    bad(lambda message: message.participants.add(id=f"{CANARY}-1", display_name=CANARY * 99)),
    bad(lambda message: message.attributes.update({CANARY * 2000: float("nan")})),
]


def ask_everything(address: str) -> list[object]:
    """Send every request in each way there is; what others can read afterwards."""
    with grpc.insecure_channel(address) as channel:
        evaluation = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        for message in REQUESTS:
            for explain in (False, True):
                request = evaluation_service_pb2.EvaluateRequest(
                    conversation=message, explain=explain
                )
                evaluation.Evaluate.future(request).code()
                batch = evaluation_service_pb2.EvaluateBatchRequest(requests=[request, request])
                evaluation.EvaluateBatch.future(batch).code()
                raw = request.SerializeToString()
                send = channel.unary_unary("/amity.v1.EvaluationService/Evaluate")
                send.future(raw[:-2]).code()
                send.future(raw.replace(CANARY.encode(), b"\xffanarie-5b1d", 1)).code()
        catalogue = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        policies = policy_service_pb2_grpc.PolicyServiceStub(channel)
        return [
            catalogue.ListPlugins(catalog_service_pb2.ListPluginsRequest()),
            catalogue.ListSignals(catalog_service_pb2.ListSignalsRequest()),
            policies.GetStatus(policy_service_pb2.GetStatusRequest()),
            policies.ListPolicies(policy_service_pb2.ListPoliciesRequest()),
        ]


def test_no_log_no_output_and_no_listing_has_a_word_of_a_conversation(judge, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    log = io.StringIO()
    with running_server(
        judge, Settings(port=0, drain_wait_s=0.0, log_level="debug"), log
    ) as address:
        listings = ask_everything(address)
    captured = capfd.readouterr()
    everything = log.getvalue() + captured.out + captured.err + caplog.text
    assert everything.count('"event": "call"') >= len(REQUESTS) * 8
    assert CANARY[1:] not in everything
    assert CANARY[1:] not in str(listings)
    (plugin,) = [found for found in listings[0].plugins if found.name == "acme_quoting"]
    assert plugin.failures > 0
    assert (
        "failed (ValueError)" in plugin.problem.message or "RuntimeError" in plugin.problem.message
    )


def test_the_caller_is_told_what_the_plugin_said(judge):
    with running_server(judge) as address, grpc.insecure_channel(address) as channel:
        evaluation = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        request = evaluation_service_pb2.EvaluateRequest(conversation=everywhere(f"{CANARY} fail"))
        (problem,) = evaluation.Evaluate(request).decision.problems
    assert CANARY in problem.message
