"""The services themselves: thin, for judging is the judge's and translating is `wire`'s."""

# ruff: noqa: ARG002, N802 - gRPC dictates names and arguments

from __future__ import annotations

import asyncio
import time
from difflib import get_close_matches
from typing import Any

import grpc.aio

from amity.errors import AmityError, Problem
from amity.problems import quoted
from amity.service import wire_decision, wire_listing, wire_log_status, wire_reload
from amity.service.active import ActiveJudge
from amity.service.answering import Answering
from amity.service.failures import NotFound
from amity.service.gate import Gate
from amity.service.judging import Judged, Judging, Refused
from amity.service.metrics import Metrics
from amity.service.recording import Pending, Recording
from amity.service.reloading import Reloader
from amity.service.validation import Validation
from amity.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    decision_pb2,
    evaluation_service_pb2,
    evaluation_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
)
from amity.versions import amity_version

__all__ = ["CatalogServicer", "EvaluationServicer", "PolicyServicer"]

Context = grpc.aio.ServicerContext[Any, Any]
WORK_AT_MOST_S = 0.005


class EvaluationServicer(evaluation_service_pb2_grpc.EvaluationServiceServicer):
    """Judges conversations, one at a time, in the order in which the gate lets calls work."""

    def __init__(
        self, judging: Judging, gate: Gate, metrics: Metrics, answering: Answering
    ) -> None:
        self._judging, self._gate, self._metrics = judging, gate, metrics
        self._answering = answering

    async def Evaluate(
        self, request: evaluation_service_pb2.EvaluateRequest, context: Context
    ) -> evaluation_service_pb2.EvaluateResponse:
        """Judge one conversation, and answer once its decision is in the log."""
        with self._gate.admitted(1):
            async with self._gate:
                judged = self._judging.evaluate(request)
                pending = self._answering.begin(judged)
                self._gate.worked(1)
            # Outside the gate: what others judge meanwhile goes into the same commit.
            response = await self._answering.one(judged, pending)
        self._count(response.decision)
        return response

    async def EvaluateBatch(
        self, request: evaluation_service_pb2.EvaluateBatchRequest, context: Context
    ) -> evaluation_service_pb2.EvaluateBatchResponse:
        """Judge each conversation; after some milliseconds of work, others get their turn."""
        results = self._judging.results(request)
        batch: list[Judged | Refused] = []
        pending: list[Pending] = []
        with self._gate.admitted(len(request.requests)):
            while len(batch) < len(request.requests):
                async with self._gate:
                    before, began = len(batch), time.monotonic()
                    for judged in results:
                        batch.append(judged)
                        pending.append(self._answering.begin(judged))
                        if time.monotonic() - began > WORK_AT_MOST_S:
                            break
                    self._gate.worked(len(batch) - before)
                # A free gate is entered without a pause, so the loop must be given one.
                await asyncio.sleep(0)
            response = await self._answering.each(batch, pending)
        for result in response.results:
            if result.HasField("decision"):
                self._count(result.decision)
        return response

    def _count(self, decision: decision_pb2.Decision) -> None:
        self._metrics.decisions.labels(wire_decision.verdict_name(decision)).inc()


class PolicyServicer(policy_service_pb2_grpc.PolicyServiceServicer):
    """Shows the policies that judge, and changes them.

    Without a *reloader* they do not change.
    """

    def __init__(
        self,
        active: ActiveJudge,
        validation: Validation,
        recording: Recording,
        reloader: Reloader | None = None,
    ) -> None:
        self._active, self._validation, self._reloader = active, validation, reloader
        self._recording = recording

    async def ListPolicies(
        self, request: policy_service_pb2.ListPoliciesRequest, context: Context
    ) -> policy_service_pb2.ListPoliciesResponse:
        """All policies in a line each, in the order of their names."""
        bundle = self._active.judge.bundle
        policies = sorted(bundle.policies, key=lambda policy: policy.name)
        return policy_service_pb2.ListPoliciesResponse(
            policies=map(wire_listing.summary_to_wire, policies), policy_digest=bundle.digest
        )

    async def GetPolicy(
        self, request: policy_service_pb2.GetPolicyRequest, context: Context
    ) -> policy_service_pb2.GetPolicyResponse:
        """One policy with each rule in English."""
        bundle = self._active.judge.bundle
        by_name = {policy.name: policy for policy in bundle.policies}
        policy = by_name.get(request.name)
        if policy is None:
            raise _no_policy(request.name, sorted(by_name))
        return policy_service_pb2.GetPolicyResponse(
            policy=wire_listing.policy_to_wire(policy), policy_digest=bundle.digest
        )

    async def GetStatus(
        self, request: policy_service_pb2.GetStatusRequest, context: Context
    ) -> policy_service_pb2.GetStatusResponse:
        """Which bundle is active, since when, and what became of newer ones."""
        active = self._active.current
        return policy_service_pb2.GetStatusResponse(
            bundle=wire_listing.bundle_to_wire(active.judge.bundle, active.since),
            version=amity_version(),
            reload=wire_reload.state_to_wire(self._reloader.state) if self._reloader else None,
            log=wire_log_status.status_to_wire(self._recording),
        )

    async def ReloadPolicies(
        self, request: policy_service_pb2.ReloadPoliciesRequest, context: Context
    ) -> policy_service_pb2.ReloadPoliciesResponse:
        """Look at the sources now, and say what came of it."""
        if self._reloader is None:
            message = "the server was started with policies that do not change"
            fix = "start it with `amity serve`"
            raise AmityError(message, [Problem("B245", message, fix=fix)])
        outcome = await self._reloader.reload()
        return wire_reload.outcome_to_wire(
            outcome, self._active.judge.bundle.digest, self._reloader.state
        )

    async def ValidateBundle(
        self, request: policy_service_pb2.ValidateBundleRequest, context: Context
    ) -> policy_service_pb2.ValidateBundleResponse:
        """Check a bundle file as if it were to be activated."""
        return wire_reload.validity_to_wire(await self._validation.check(request.bundle))


def _no_policy(name: str, known: list[str]) -> NotFound:
    near = get_close_matches(name, known, n=1)
    fix = f"did you mean {quoted(near[0])}?" if near else f"there are: {', '.join(known)}"
    message = f"there is no policy {quoted(name)}"
    return NotFound(message, [Problem("C160", message, field="name", fix=fix)])


class CatalogServicer(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Shows what can be detected, and by which plugins."""

    def __init__(self, active: ActiveJudge) -> None:
        self._active = active

    async def ListSignals(
        self, request: catalog_service_pb2.ListSignalsRequest, context: Context
    ) -> catalog_service_pb2.ListSignalsResponse:
        """Every name of the catalogue, with the detectors that can report it."""
        judge = self._active.judge
        return catalog_service_pb2.ListSignalsResponse(
            signals=[
                wire_listing.signal_to_wire(definition, judge.detectors_of(definition.name))
                for definition in judge.catalogue
            ]
        )

    async def ListPlugins(
        self, request: catalog_service_pb2.ListPluginsRequest, context: Context
    ) -> catalog_service_pb2.ListPluginsResponse:
        """Every plugin and how it is doing, in the order of their names."""
        records = sorted(self._active.judge.host.records, key=lambda record: record.name)
        return catalog_service_pb2.ListPluginsResponse(
            plugins=map(wire_listing.plugin_to_wire, records)
        )
