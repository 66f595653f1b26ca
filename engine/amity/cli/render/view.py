"""What a timeline shows, taken from a decision: marks, duties, bars and what to do next.

It is read from the JSON of the Decision message, so that a decision looks the same whether it was
just made, came from a server or lay in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from amity.conversation import Conversation
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.policy.model import Severity
from amity.signals import Catalogue, Kind

__all__ = ["TONES", "Bar", "Duty", "Mark", "NextStep", "Quote", "Tone", "View", "view_of"]

Json = dict[str, Any]


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
class Quote:
    """Words that met or broke a rule, and the turn they are in."""

    turn: int
    words: str


@dataclass(frozen=True, slots=True)
class Duty:
    """How one opportunity ended.

    ``turn`` is where it arose (from 0, as everywhere in a decision), or None if unknown.
    """

    turn: int | None
    state: State
    module: str
    title: str
    severity: Severity
    weight: float
    reason: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One module's counts by state; the weights are those of the duties shown and missed."""

    title: str
    score: float | None
    weight_shown: float
    weight_missed: float
    counts: tuple[tuple[State, int], ...]
    out_of_scope: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do: the action in words, the rule it is about, every turn, and the first text."""

    action: str
    rule: str
    severity: Severity
    turns: tuple[int, ...]
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
    problems: tuple[str, ...]


def view_of(conversation: Conversation, decision: Json, catalogue: Catalogue) -> View:
    """The view of *conversation* as *decision* judges it; *catalogue* gives signals their tone."""
    titles = {module["policy"]: module["title"] for module in decision["modules"]}
    outcomes = [
        outcome for outcome in decision["outcomes"] if _state(outcome) is not State.NO_OPPORTUNITY
    ]
    duties = [_duty(outcome, titles) for outcome in outcomes]
    return View(
        conversation=conversation,
        verdict=Verdict(decision["verdict"].removeprefix("VERDICT_").lower()),
        score=decision.get("score"),
        is_open=decision.get("open", False),
        marks=tuple(_mark(signal, catalogue) for signal in decision.get("signals", ())),
        duties=tuple(duties),
        bars=tuple(_bar(module, duties) for module in decision["modules"]),
        steps=_steps(decision, outcomes),
        problems=tuple(_problem(problem) for problem in decision.get("problems", ())),
    )


def _mark(signal: Json, catalogue: Catalogue) -> Mark:
    name = signal["signal"]
    # The subject of a name is plain from who speaks.
    label = name.partition(".")[2].replace("_", " ") or name
    tone = TONES[catalogue[name].kind] if name in catalogue else Tone.ACT
    return Mark(signal.get("turn", 0), signal.get("start", 0), signal["end"], label, tone)


def _state(outcome: Json) -> State:
    return State(outcome["state"].removeprefix("STATE_").lower())


def _severity(outcome: Json) -> Severity:
    return Severity(outcome["severity"].removeprefix("SEVERITY_").lower())


def _turn(outcome: Json) -> int | None:
    return outcome["opportunity"].get("turn", 0) if outcome.get("opportunity") else None


def _duty(outcome: Json, titles: Json) -> Duty:
    return Duty(
        turn=_turn(outcome),
        state=_state(outcome),
        module=titles[outcome["policy"]],
        title=outcome["title"],
        severity=_severity(outcome),
        weight=outcome["weight"],
        reason=outcome["reason"],
        quotes=tuple(Quote(s.get("turn", 0), s["quote"]) for s in outcome.get("evidence", ())),
    )


def _bar(module: Json, duties: Iterable[Duty]) -> Bar:
    own = [duty for duty in duties if duty.module == module["title"]]
    shown, missed = (
        sum(duty.weight for duty in own if duty.state is state)
        for state in (State.SHOWN, State.MISSED)
    )
    counts = tuple(
        (state, module.get(state.value, 0)) for state in State if module.get(state.value)
    )
    return Bar(
        module["title"], module.get("score"), shown, missed, counts, module.get("outOfScope", "")
    )


def _steps(decision: Json, outcomes: Iterable[Json]) -> tuple[NextStep, ...]:
    """The proposed actions, then the advice of missed rules that propose none; worst first.

    What repeats for one rule is one step with all its turns.
    """
    by_rule = {(outcome["policy"], outcome["rule"]): outcome for outcome in outcomes}
    steps: dict[tuple[str, str, str], NextStep] = {}
    for action, policy, rule, turn, text in _to_do(decision, by_rule):
        outcome = by_rule[policy, rule]
        new = NextStep(action, outcome["title"], _severity(outcome), (), text)
        step = steps.setdefault((action, policy, rule), new)
        if turn is not None and turn not in step.turns:
            steps[action, policy, rule] = replace(step, turns=(*step.turns, turn))
    order = list(Severity)
    return tuple(sorted(steps.values(), key=lambda step: -order.index(step.severity)))


def _to_do(
    decision: Json, by_rule: dict[tuple[str, str], Json]
) -> Iterator[tuple[str, str, str, int | None, str]]:
    acted_on = set()
    for action in decision.get("actions", ()):
        turn = action.get("turn", 0)
        acted_on.add((action["policy"], action["rule"]))
        name = action["action"].replace("-", " ").capitalize()
        yield name, action["policy"], action["rule"], None if turn < 0 else turn, action["text"]
    for key, outcome in by_rule.items():
        if _state(outcome) is State.MISSED and outcome.get("coach") and key not in acted_on:
            yield "Advice", *key, _turn(outcome), outcome["coach"]


def _problem(problem: Json) -> str:
    fix = f" ({problem['fix']})" if problem.get("fix") else ""
    return f"{problem['code']} {problem['message']}{fix}"
