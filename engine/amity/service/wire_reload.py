"""How reloading goes, as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from amity.bundles.sources import SourceKind
from amity.errors import Problem
from amity.service.reload_state import Failure, Outcome, ReloadState, SourceState
from amity.service.validation import Validity
from amity.service.wire_decision import problem_to_wire
from amity.v1 import decision_pb2
from amity.v1 import policy_service_pb2 as policy_service

__all__ = ["outcome_to_wire", "state_to_wire", "validity_to_wire"]

MOST_PROBLEMS = 1000
_KINDS: Mapping[SourceKind, policy_service.PolicySourceKind.ValueType] = MappingProxyType(
    {
        kind: policy_service.PolicySourceKind.Value(f"POLICY_SOURCE_KIND_{kind.name}")
        for kind in SourceKind
    }
)
_OUTCOMES: Mapping[Outcome, policy_service.ReloadOutcome.ValueType] = MappingProxyType(
    {
        outcome: policy_service.ReloadOutcome.Value(f"RELOAD_OUTCOME_{outcome.name}")
        for outcome in Outcome
    }
)


def state_to_wire(state: ReloadState) -> policy_service.ReloadStatus:
    """What became of the sources so far."""
    sent = policy_service.ReloadStatus(
        sources=map(_source, state.sources),
        failure=_failure(state.failure) if state.failure else None,
        warnings=_told(state.warnings),
        warning_count=len(state.warnings),
        checks=state.checks,
        activated=state.activated,
        refused=state.refused,
        from_last_good=state.from_last_good,
    )
    if state.last_checked:
        sent.last_checked.FromDatetime(state.last_checked)
    return sent


def outcome_to_wire(
    outcome: Outcome, digest: str, state: ReloadState
) -> policy_service.ReloadPoliciesResponse:
    """What came of a look at the sources; *digest* is that of the active bundle."""
    is_refused = outcome is Outcome.REFUSED and state.failure
    return policy_service.ReloadPoliciesResponse(
        outcome=_OUTCOMES[outcome],
        policy_digest=digest,
        failure=_failure(state.failure) if is_refused and state.failure else None,
        warnings=_told(state.warnings),
        warning_count=len(state.warnings),
    )


def validity_to_wire(validity: Validity) -> policy_service.ValidateBundleResponse:
    """What was found of a bundle file."""
    report, archive = validity.report, validity.archive
    return policy_service.ValidateBundleResponse(
        problems=_told(report.problems),
        problem_count=len(report.problems),
        warnings=_told(report.warnings),
        warning_count=len(report.warnings),
        digest=archive.contents.digest if archive else "",
        name=archive.manifest.name if archive else "",
        version=archive.manifest.version if archive else "",
        signed_by=validity.signed_by,
        policies=report.policies,
        rules=report.rules,
        cues=report.phrasings,
        cases=report.cases,
    )


def _told(problems: Sequence[Problem]) -> list[decision_pb2.Problem]:
    return [problem_to_wire(problem) for problem in problems[:MOST_PROBLEMS]]


def _source(source: SourceState) -> policy_service.PolicySource:
    return policy_service.PolicySource(
        name=source.name,
        kind=_KINDS[source.kind],
        signed_by=source.signed_by,
        problem=problem_to_wire(source.problem) if source.problem else None,
    )


def _failure(failure: Failure) -> policy_service.ReloadFailure:
    sent = policy_service.ReloadFailure(
        digest=failure.digest,
        problems=_told(failure.problems),
        problem_count=len(failure.problems),
        warnings=_told(failure.warnings),
        warning_count=len(failure.warnings),
    )
    sent.since.FromDatetime(failure.since)
    return sent
