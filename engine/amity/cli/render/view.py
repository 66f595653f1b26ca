"""What a timeline shows, taken from a decision: marks, duties, bars and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from amity.conversation import Conversation
from amity.decision import Decision, ModuleResult, Verdict
from amity.errors import Problem
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Severity
from amity.signals import Catalogue, Kind, Signal

__all__ = ["Bar", "Duty", "Mark", "NextStep", "Tone", "View", "view_of"]


class Tone(StrEnum):
    """How a piece of evidence is coloured; in the order of what a reader must not overlook."""

    LAPSE = "lapse"
    RISK = "risk"
    CARE = "care"
    NEED = "need"
    OUTCOME = "outcome"
    ACT = "act"


TONES = {
    Kind.EMOTION: Tone.NEED,
    Kind.NEED: Tone.NEED,
    Kind.RISK: Tone.RISK,
    Kind.OUTCOME: Tone.OUTCOME,
    Kind.CARE: Tone.CARE,
    Kind.LAPSE: Tone.LAPSE,
    Kind.ACT: Tone.ACT,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence in a turn: half-open code-point offsets, the signal in words, and its tone."""

    turn: int
    start: int
    end: int
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Duty:
    """How one opportunity ended.

    ``turn`` is where it arose (from 0, as everywhere in a decision), or None if unknown;
    ``quotes`` are the words that met or broke the rule.
    """

    turn: int | None
    state: State
    module: str
    title: str
    severity: Severity
    weight: float
    reason: str
    quotes: tuple[str, ...]
    coach: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One module's counts; the weights are those of the duties shown and missed."""

    title: str
    weight_shown: float
    weight_missed: float
    result: ModuleResult


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do: the action in words, the rule it is about, where, and the text."""

    action: str
    rule: str
    turn: int | None
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the timeline of one judged conversation shows."""

    conversation: Conversation
    verdict: Verdict
    score: float | None
    is_open: bool
    marks: tuple[Mark, ...]
    duties: tuple[Duty, ...]
    bars: tuple[Bar, ...]
    steps: tuple[NextStep, ...]
    problems: tuple[Problem, ...]


def view_of(conversation: Conversation, decision: Decision, catalogue: Catalogue) -> View:
    """The view of *conversation* as *decision* judges it; *catalogue* gives signals their tone."""
    return View(
        conversation=conversation,
        verdict=decision.verdict,
        score=decision.score,
        is_open=decision.is_open,
        marks=tuple(_mark(signal, catalogue) for signal in decision.signals),
        duties=tuple(_duty(outcome) for outcome in decision.outcomes),
        bars=tuple(_bar(result, decision.outcomes) for result in decision.modules),
        steps=_steps(decision),
        problems=decision.problems,
    )


def _mark(signal: Signal, catalogue: Catalogue) -> Mark:
    label = signal.name.partition(".")[2].replace("_", " ") or signal.name
    tone = TONES[catalogue[signal.name].kind] if signal.name in catalogue else Tone.ACT
    return Mark(signal.turn, signal.start, signal.end, label, tone)


def _duty(outcome: Outcome) -> Duty:
    return Duty(
        turn=None if outcome.opportunity is None else outcome.opportunity.turn,
        state=outcome.state,
        module=outcome.policy.title,
        title=outcome.rule.title,
        severity=outcome.rule.severity,
        weight=outcome.rule.weight,
        reason=outcome.reason,
        quotes=tuple(dict.fromkeys(signal.quote for signal in outcome.evidence)),
        coach=outcome.rule.coach,
    )


def _bar(result: ModuleResult, outcomes: tuple[Outcome, ...]) -> Bar:
    def weight(state: State) -> float:
        return sum(
            outcome.rule.weight
            for outcome in outcomes
            if outcome.policy.name == result.policy.name and outcome.state is state
        )

    return Bar(result.policy.title, weight(State.SHOWN), weight(State.MISSED), result)


def _steps(decision: Decision) -> tuple[NextStep, ...]:
    """The proposed actions, then the advice of missed rules that propose none; worst first."""
    rules = {(o.policy.name, o.rule.id): o.rule for o in decision.outcomes}
    steps = [
        NextStep(
            action=action.action.replace("-", " ").capitalize(),
            rule=rules[action.policy, action.rule].title,
            turn=None if action.turn < 0 else action.turn,
            severity=rules[action.policy, action.rule].severity,
            text=action.text,
        )
        for action in decision.actions
        if (action.policy, action.rule) in rules
    ]
    acted_on = {(action.policy, action.rule) for action in decision.actions}
    for outcome in decision.outcomes:
        is_silent = (outcome.policy.name, outcome.rule.id) not in acted_on
        if outcome.state is State.MISSED and outcome.rule.coach and is_silent:
            duty = _duty(outcome)
            steps.append(NextStep("Advice", duty.title, duty.turn, duty.severity, duty.coach))
    order = list(Severity)
    steps.sort(key=lambda step: -order.index(step.severity))
    return tuple(dict.fromkeys(steps))
