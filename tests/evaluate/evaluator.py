"""The evaluator under test, seen as the oracle is: policies and a talk in, outcomes out."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, settings
from tests.evaluate.oracle import Judged
from tests.evaluate.timelines import Talk

from amity.evaluate.outcome import Outcome
from amity.evaluate.plan import compile_plan
from amity.evaluate.timeline import Timeline
from amity.policy.model import Policy
from amity.signals import Signal

# AMITY_EXAMPLES=20000 pytest tests/evaluate looks for news; without it, a run repeats the last one.
SOAK = os.environ.get("AMITY_EXAMPLES", "")
EXAMPLES = settings(
    max_examples=int(SOAK or 300),
    derandomize=not SOAK,
    database=None,
    deadline=None,
    # Whether drawing is slow depends on what else the machine does.
    suppress_health_check=[HealthCheck.too_slow],
)
# For what no single rule or word decides, so that a few examples say as much.
FEW = settings(EXAMPLES, max_examples=int(SOAK or 100))
PATIENT = pytest.mark.timeout(0 if SOAK else 120)


def timeline(talk: Talk) -> Timeline:
    return Timeline(
        roles=talk.roles,
        participants=talk.participants,
        times=talk.times,
        signals=talk.signals,
        unknown=talk.unknown,
        is_open=talk.is_open,
    )


def judge(policies: Iterable[Policy], talk: Talk) -> list[Judged]:
    """What the evaluator says, with a plan compiled for the occasion."""
    return [judged(outcome) for outcome in compile_plan(tuple(policies)).evaluate(timeline(talk))]


def judged(outcome: Outcome) -> Judged:
    """An outcome without the words for people."""
    arose = outcome.opportunity
    return Judged(
        policy=outcome.policy.name,
        rule=outcome.rule.id,
        state=outcome.state,
        turn=arose.turn if arose else None,
        occasion=tuple(arose.signals) if arose else (),
        evidence=tuple(outcome.evidence),
    )


def lines(outcomes: Iterable[Judged]) -> list[str]:
    """Outcomes one a line, so that two lists of them are easily compared by eye."""
    return [
        f"{found.policy}/{found.rule} {found.state} at {found.turn}"
        f" given [{places(found.occasion)}] by [{places(found.evidence)}]"
        for found in outcomes
    ]


def places(signals: Iterable[Signal]) -> str:
    return ", ".join(f"{signal.name}@{signal.turn}:{signal.start}" for signal in signals)
