"""The services themselves: thin, for judging is the judge's and translating is `wire`'s."""

# ruff: noqa: ARG002, N802 - gRPC dictates names and arguments

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import grpc.aio

from amity.errors import Problem
from amity.judge import Judge
from amity.problems import quoted
from amity.service import wire_listing
from amity.service.failures import NotFound
from amity.service.gate import Gate
from amity.service.judging import Judging
from amity.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    evaluation_service_pb2,
    evaluation_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
)

__all__ = ["CatalogServicer", "EvaluationServicer", "PolicyServicer", "amity_version"]

Context = grpc.aio.ServicerContext[Any, Any]
WORK_AT_MOST_S = 0.005


def amity_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("amity-engine")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"


class EvaluationServicer(evaluation_service_pb2_grpc.EvaluationServiceServicer):
    """Judges conversations, one at a time, in the order in which the gate lets calls work."""

    def __init__(self, judging: Judging, gate: Gate) -> None:
        self._judging, self._gate = judging, gate

    async def Evaluate(
        self, request: evaluation_service_pb2.EvaluateRequest, context: Context
    ) -> evaluation_service_pb2.EvaluateResponse:
        """Judge one conversation."""
        with self._gate.admitted(1):
            async with self._gate:
                response = self._judging.evaluate(request)
                self._gate.worked(1)
        return response

    async def EvaluateBatch(
        self, request: evaluation_service_pb2.EvaluateBatchRequest, context: Context
    ) -> evaluation_service_pb2.EvaluateBatchResponse:
        """Judge each conversation; after some milliseconds of work, others get their turn."""
        results = self._judging.results(request)
        response = evaluation_service_pb2.EvaluateBatchResponse()
        with self._gate.admitted(len(request.requests)):
            while len(response.results) < len(request.requests):
                async with self._gate:
                    before, began = len(response.results), time.monotonic()
                    for result in results:
                        response.results.append(result)
                        if time.monotonic() - began > WORK_AT_MOST_S:
                            break
                    self._gate.worked(len(response.results) - before)
                # A free gate is entered without a pause, so the loop must be given one.
                await asyncio.sleep(0)
        return response


class PolicyServicer(policy_service_pb2_grpc.PolicyServiceServicer):
    """Shows the policies that judge."""

    def __init__(self, judge: Judge, active_since: datetime) -> None:
        self._bundle, self._since = judge.bundle, active_since

    async def ListPolicies(
        self, request: policy_service_pb2.ListPoliciesRequest, context: Context
    ) -> policy_service_pb2.ListPoliciesResponse:
        """All policies in a line each, in the order of their names."""
        policies = sorted(self._bundle.policies, key=lambda policy: policy.name)
        return policy_service_pb2.ListPoliciesResponse(
            policies=map(wire_listing.summary_to_wire, policies), policy_digest=self._bundle.digest
        )

    async def GetPolicy(
        self, request: policy_service_pb2.GetPolicyRequest, context: Context
    ) -> policy_service_pb2.GetPolicyResponse:
        """One policy with each rule in English."""
        by_name = {policy.name: policy for policy in self._bundle.policies}
        policy = by_name.get(request.name)
        if policy is None:
            raise _no_policy(request.name, sorted(by_name))
        return policy_service_pb2.GetPolicyResponse(
            policy=wire_listing.policy_to_wire(policy), policy_digest=self._bundle.digest
        )

    async def GetStatus(
        self, request: policy_service_pb2.GetStatusRequest, context: Context
    ) -> policy_service_pb2.GetStatusResponse:
        """Which bundle is active, and since when."""
        return policy_service_pb2.GetStatusResponse(
            bundle=wire_listing.bundle_to_wire(self._bundle, self._since), version=amity_version()
        )


def _no_policy(name: str, known: list[str]) -> NotFound:
    near = get_close_matches(name, known, n=1)
    fix = f"did you mean {quoted(near[0])}?" if near else f"there are: {', '.join(known)}"
    message = f"there is no policy {quoted(name)}"
    return NotFound(message, [Problem("C160", message, field="name", fix=fix)])


class CatalogServicer(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Shows what can be detected, and by which plugins."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    async def ListSignals(
        self, request: catalog_service_pb2.ListSignalsRequest, context: Context
    ) -> catalog_service_pb2.ListSignalsResponse:
        """Every name of the catalogue, with the detectors that can report it."""
        return catalog_service_pb2.ListSignalsResponse(
            signals=[
                wire_listing.signal_to_wire(definition, self._judge.detectors_of(definition.name))
                for definition in self._judge.catalogue
            ]
        )

    async def ListPlugins(
        self, request: catalog_service_pb2.ListPluginsRequest, context: Context
    ) -> catalog_service_pb2.ListPluginsResponse:
        """Every plugin and how it is doing, in the order of their names."""
        records = sorted(self._judge.host.records, key=lambda record: record.name)
        return catalog_service_pb2.ListPluginsResponse(
            plugins=map(wire_listing.plugin_to_wire, records)
        )
