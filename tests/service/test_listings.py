"""Policies, signals and plugins, as a server shows them."""

from __future__ import annotations

import grpc
import pytest

from amity.policy.english import rule_english
from amity.service.status import problems_in, status_in
from amity.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    policy_pb2,
    policy_service_pb2,
    policy_service_pb2_grpc,
    signal_pb2,
)


@pytest.fixture
def policies(channel):
    return policy_service_pb2_grpc.PolicyServiceStub(channel)


@pytest.fixture
def catalogue(channel):
    return catalog_service_pb2_grpc.CatalogServiceStub(channel)


def test_policies_are_listed_with_the_digest_of_their_bundle(policies, judge):
    response = policies.ListPolicies(policy_service_pb2.ListPoliciesRequest())
    assert [(policy.name, policy.version, policy.rules) for policy in response.policies] == [
        ("small-trust", 3, 3)
    ]
    assert response.policy_digest == judge.bundle.digest


def test_a_policy_is_shown_in_english(policies, judge):
    policy = policies.GetPolicy(policy_service_pb2.GetPolicyRequest(name="small-trust")).policy
    assert policy.rules[0].english == rule_english(
        judge.bundle.policies[0].rules[0], judge.bundle.policies[0]
    )
    assert policy.rules[1].kind == policy_pb2.RULE_KIND_FORBID
    assert policy.rules[1].line > policy.rules[0].line > 1
    assert policy.scores == "wording of agents"


def test_a_policy_that_is_not_there_is_not_found_with_the_nearest_name(policies):
    with pytest.raises(grpc.RpcError) as raised:
        policies.GetPolicy(policy_service_pb2.GetPolicyRequest(name="smal-trust"))
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    (problem,) = problems_in(status_in(dict(raised.value.trailing_metadata())))
    assert (problem.code, problem.fix) == ("C160", 'did you mean "small-trust"?')


def test_the_status_says_what_is_loaded(policies, judge):
    status = policies.GetStatus(policy_service_pb2.GetStatusRequest())
    assert (status.bundle.policies, status.bundle.rules, status.bundle.cues) == (
        1,
        3,
        judge.bundle.cues,
    )
    assert status.bundle.active_since.seconds > 0
    assert status.version


def test_signals_are_listed_with_the_detectors_that_report_them(catalogue, judge):
    signals = catalogue.ListSignals(catalog_service_pb2.ListSignalsRequest()).signals
    assert [signal.name for signal in signals] == judge.catalogue.names()
    by_name = {signal.name: signal for signal in signals}
    frustration = by_name["customer.frustration"]
    assert (frustration.kind, list(frustration.detectors)) == (
        signal_pb2.SIGNAL_KIND_EMOTION,
        ["cues", "sentences"],
    )
    assert all(signal.meaning and signal.kind for signal in signals)


def test_plugins_are_listed_with_their_health(catalogue):
    plugins = catalogue.ListPlugins(catalog_service_pb2.ListPluginsRequest()).plugins
    assert [plugin.name for plugin in plugins] == sorted(plugin.name for plugin in plugins)
    cues = next(plugin for plugin in plugins if plugin.name == "amity_cues")
    assert (cues.health, list(cues.detectors)) == (catalog_service_pb2.PLUGIN_HEALTH_OK, ["cues"])
