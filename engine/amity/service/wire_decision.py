"""Decisions as messages; the costliest part of an answer, so it copies where it can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from amity.decision import Decision, ModuleResult, ProposedAction, Verdict
from amity.errors import Problem
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Rule, Severity
from amity.signals import Signal
from amity.v1 import decision_pb2, signal_pb2

__all__ = ["decision_to_wire", "problem_from_wire", "problem_to_wire", "verdict_name"]

VERDICTS: Mapping[Verdict, decision_pb2.Verdict.ValueType] = MappingProxyType(
    {verdict: decision_pb2.Verdict.Value(f"VERDICT_{verdict.name}") for verdict in Verdict}
)
STATES: Mapping[State, decision_pb2.State.ValueType] = MappingProxyType(
    {state: decision_pb2.State.Value(f"STATE_{state.name}") for state in State}
)
SEVERITIES: Mapping[Severity, decision_pb2.Severity.ValueType] = MappingProxyType(
    {severity: decision_pb2.Severity.Value(f"SEVERITY_{severity.name}") for severity in Severity}
)
COACHED = (State.MISSED, State.PENDING)
MAX_KNOWN = 10_000

# Most rules have no opportunity, and such an outcome says nothing but its rule and a reason: each is
# encoded once. By the rule's identity, since hashing a rule hashes all that it holds; the rule is
# kept beside the bytes, so that its identity cannot pass to another.
_encoded: dict[tuple[int, str], tuple[Rule, bytes]] = {}


def decision_to_wire(decision: Decision) -> decision_pb2.Decision:
    """*decision* as a message; outcomes of rules without an opportunity come last."""
    sent = decision_pb2.Decision(
        decision_id=decision.decision_id,
        conversation_id=decision.conversation_id,
        verdict=VERDICTS[decision.verdict],
        score=decision.score,
        policy_digest=decision.policy_digest,
        open=decision.is_open,
    )
    for result in decision.modules:
        _add_module(sent, result)
    signals = Signals(decision.signals)
    for outcome in decision.outcomes:
        _fill_outcome(sent.outcomes.add(), outcome, signals)
    sent.signals.extend(signals.sent)
    for action in decision.actions:
        _add_action(sent, action)
    for plugin in decision.plugins:
        sent.plugins.add(name=plugin.name, version=plugin.version)
    sent.problems.extend(map(problem_to_wire, decision.problems))
    if decision.idle:
        # Fields on the wire may be concatenated: the encoded outcomes join those already there.
        sent.MergeFromString(b"".join(map(_idle, decision.idle)))
    return sent


def problem_to_wire(problem: Problem) -> decision_pb2.Problem:
    """*problem* as a message."""
    return decision_pb2.Problem(
        code=problem.code,
        message=problem.message,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        field=problem.field,
        fix=problem.fix,
    )


def problem_from_wire(message: decision_pb2.Problem) -> Problem:
    """The problem in *message*."""
    return Problem(
        message.code,
        message.message,
        file=message.file,
        line=message.line,
        column=message.column,
        field=message.field,
        fix=message.fix,
    )


class Signals:
    """The signals of one decision as messages, each built once however often it is evidence."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        self._known: dict[int, signal_pb2.Signal] = {}
        self.sent = self.of(signals)

    def of(self, signals: Iterable[Signal]) -> list[signal_pb2.Signal]:
        """*signals* as messages."""
        return [self._known.get(id(signal)) or self._build(signal) for signal in signals]

    def _build(self, signal: Signal) -> signal_pb2.Signal:
        sent = self._known[id(signal)] = signal_pb2.Signal(
            signal=signal.name,
            turn=signal.turn,
            start=signal.start,
            end=signal.end,
            quote=signal.quote,
            score=signal.score,
        )
        for source in signal.sources:
            sent.sources.add(detector=source.detector, score=source.score)
        if signal.attributes:
            sent.attributes.update(signal.attributes)
        return sent


def _fill_outcome(sent: decision_pb2.Outcome, outcome: Outcome, signals: Signals) -> None:
    rule = outcome.rule
    sent.policy = outcome.policy.name
    sent.rule = rule.id
    sent.state = STATES[outcome.state]
    sent.severity = SEVERITIES[rule.severity]
    sent.title = rule.title
    sent.weight = rule.weight
    sent.reason = outcome.reason
    if outcome.state in COACHED:
        sent.coach = rule.coach
    if outcome.opportunity is not None:
        sent.opportunity.turn = outcome.opportunity.turn
        sent.opportunity.signals.extend(signals.of(outcome.opportunity.signals))
    if outcome.evidence:
        sent.evidence.extend(signals.of(outcome.evidence))


def _idle(outcome: Outcome) -> bytes:
    key = (id(outcome.rule), outcome.reason)
    known = _encoded.get(key)
    if known is None or known[0] is not outcome.rule:
        alone = decision_pb2.Decision()
        _fill_outcome(alone.outcomes.add(), outcome, Signals(()))
        if len(_encoded) >= MAX_KNOWN:
            _encoded.clear()
        known = _encoded[key] = (outcome.rule, alone.SerializeToString(deterministic=True))
    return known[1]


def _add_module(sent: decision_pb2.Decision, result: ModuleResult) -> None:
    module = sent.modules.add(
        policy=result.policy.name,
        title=result.policy.title,
        shown=result.shown,
        missed=result.missed,
        abstained=result.abstained,
        pending=result.pending,
        no_opportunity=result.no_opportunity,
        out_of_scope=result.out_of_scope,
    )
    if result.score is not None:
        module.score = result.score


def _add_action(sent: decision_pb2.Decision, action: ProposedAction) -> None:
    sent.actions.add(
        action=action.action,
        policy=action.policy,
        rule=action.rule,
        turn=action.turn,
        text=action.text,
    )


def verdict_name(decision: decision_pb2.Decision) -> str:
    """The verdict in lower case: "coach"."""
    return decision_pb2.Verdict.Name(decision.verdict).removeprefix("VERDICT_").lower()
