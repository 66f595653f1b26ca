"""Policies, signals and plugins as messages, for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from amity.plugins.host import PluginRecord
from amity.policy.bundle import Bundle
from amity.policy.english import rule_english, scope_english
from amity.policy.model import Policy, Rule, RuleKind
from amity.service.wire_decision import SEVERITIES, problem_to_wire
from amity.signals import Kind, SignalDefinition
from amity.v1 import catalog_service_pb2, policy_pb2, signal_pb2

__all__ = [
    "bundle_to_wire",
    "plugin_to_wire",
    "policy_to_wire",
    "signal_to_wire",
    "summary_to_wire",
]

_KINDS: Mapping[RuleKind, policy_pb2.RuleKind.ValueType] = MappingProxyType(
    {kind: policy_pb2.RuleKind.Value(f"RULE_KIND_{kind.name}") for kind in RuleKind}
)
_SIGNAL_KINDS: Mapping[Kind, signal_pb2.SignalKind.ValueType] = MappingProxyType(
    {kind: signal_pb2.SignalKind.Value(f"SIGNAL_KIND_{kind.name}") for kind in Kind}
)


def summary_to_wire(policy: Policy) -> policy_pb2.PolicySummary:
    """*policy* in a line."""
    return policy_pb2.PolicySummary(
        name=policy.name,
        title=policy.title,
        version=policy.version,
        owner=policy.owner,
        intent=policy.intent,
        rules=len(policy.rules),
    )


def policy_to_wire(policy: Policy) -> policy_pb2.Policy:
    """*policy* with each rule in English."""
    return policy_pb2.Policy(
        summary=summary_to_wire(policy),
        scores=policy.scores,
        scope=scope_english(policy),
        rules=[_rule(rule, policy) for rule in policy.rules],
        weight=policy.weight,
    )


def _rule(rule: Rule, policy: Policy) -> policy_pb2.Rule:
    return policy_pb2.Rule(
        id=rule.id,
        title=rule.title,
        why=rule.why,
        kind=_KINDS[rule.kind],
        severity=SEVERITIES[rule.severity],
        weight=rule.weight,
        english=rule_english(rule, policy),
        coach=rule.coach,
        actions=rule.actions,
        file=rule.place.file,
        line=rule.place.line,
    )


def bundle_to_wire(bundle: Bundle, active_since: datetime) -> policy_pb2.BundleStatus:
    """What is loaded, and since when it judges."""
    sent = policy_pb2.BundleStatus(
        digest=bundle.digest,
        sources=bundle.sources,
        policies=len(bundle.policies),
        rules=sum(len(policy.rules) for policy in bundle.policies),
        cues=bundle.cues,
        cases=bundle.cases,
    )
    sent.active_since.FromDatetime(active_since)
    return sent


def signal_to_wire(
    definition: SignalDefinition, detectors: Iterable[str]
) -> signal_pb2.SignalDefinition:
    """A name of the catalogue, and the *detectors* that can report it."""
    return signal_pb2.SignalDefinition(
        name=definition.name,
        kind=_SIGNAL_KINDS[definition.kind],
        meaning=definition.meaning,
        not_meant=definition.not_meant,
        detectors=detectors,
    )


def plugin_to_wire(record: PluginRecord) -> catalog_service_pb2.Plugin:
    """How a plugin is doing."""
    return catalog_service_pb2.Plugin(
        name=record.name,
        version=record.version,
        distribution=record.distribution,
        health=catalog_service_pb2.PluginHealth.Value(f"PLUGIN_HEALTH_{record.health.upper()}"),
        detectors=record.detectors,
        actions=record.actions,
        failures=record.failures,
        problem=problem_to_wire(record.problem) if record.problem else None,
    )
