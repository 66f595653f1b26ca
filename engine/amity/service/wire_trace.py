"""Traces as messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from amity.evaluate.trace import (
    Attempt,
    ConditionTrace,
    Ending,
    GapKind,
    NearMiss,
    RuleTrace,
    StepTrace,
)
from amity.service.wire_decision import STATES, Signals
from amity.v1 import decision_pb2

__all__ = ["traces_to_wire"]

_ENDINGS: Mapping[Ending, decision_pb2.Ending.ValueType] = MappingProxyType(
    {ending: decision_pb2.Ending.Value(f"ENDING_{ending.name}") for ending in Ending}
)
_GAPS: Mapping[GapKind, decision_pb2.GapKind.ValueType] = MappingProxyType(
    {kind: decision_pb2.GapKind.Value(f"GAP_KIND_{kind.name}") for kind in GapKind}
)
_TRUTHS: Mapping[bool | None, decision_pb2.Truth.ValueType] = MappingProxyType(
    {
        True: decision_pb2.TRUTH_TRUE,
        False: decision_pb2.TRUTH_FALSE,
        None: decision_pb2.TRUTH_UNKNOWN,
    }
)


def traces_to_wire(traces: Iterable[RuleTrace]) -> Iterator[decision_pb2.RuleTrace]:
    """Each of *traces* as a message."""
    signals = Signals(())
    for trace in traces:
        yield decision_pb2.RuleTrace(
            policy=trace.policy.name,
            rule=trace.rule.id,
            title=trace.rule.title,
            english=trace.english,
            states=[STATES[state] for state in trace.states],
            reason=trace.reason,
            attempts=[_attempt(attempt, signals) for attempt in trace.attempts],
            more=[
                decision_pb2.MoreAttempts(ending=_ENDINGS[ending], count=count)
                for ending, count in trace.more.items()
            ],
        )


def _attempt(attempt: Attempt, signals: Signals) -> decision_pb2.Attempt:
    return decision_pb2.Attempt(
        ending=_ENDINGS[attempt.ending],
        turn=attempt.turn,
        given=_condition(attempt.given, signals),
        steps=[_step(step, signals) for step in attempt.steps],
        unless=_step(attempt.unless, signals) if attempt.unless else None,
        reason=attempt.reason,
    )


def _step(step: StepTrace, signals: Signals) -> decision_pb2.StepTrace:
    return decision_pb2.StepTrace(
        condition=_condition(step.condition, signals),
        window=step.window,
        turns=step.turns,
        open=step.is_open,
    )


def _condition(trace: ConditionTrace, signals: Signals) -> decision_pb2.ConditionTrace:
    return decision_pb2.ConditionTrace(
        words=trace.words,
        truth=_TRUTHS[trace.truth],
        evidence=signals.of(trace.evidence),
        found=trace.found,
        needed=trace.needed,
        near=[_near(miss, signals) for miss in trace.near],
        against=signals.of(trace.against),
        unknown=trace.unknown,
        members=[_condition(member, signals) for member in trace.members],
    )


def _near(miss: NearMiss, signals: Signals) -> decision_pb2.NearMiss:
    (signal,) = signals.of([miss.signal])
    return decision_pb2.NearMiss(
        signal=signal,
        gaps=[decision_pb2.Gap(kind=_GAPS[gap.kind], words=gap.words) for gap in miss.gaps],
        suffices=miss.suffices,
    )
