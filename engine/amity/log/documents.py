"""Conversations and decisions as documents, just as the JSON mapping of protobuf prints them.

The log keeps documents rather than messages, so that a record can be read and checked by anybody
for as long as it is kept. Members that a document shares with another must not be changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from amity.conversation import AttributeValue, Channel, Conversation, Participant, Role, Turn
from amity.decision import Decision, ModuleResult, ProposedAction, Verdict
from amity.errors import Problem
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Rule, Severity
from amity.signals import Signal

__all__ = [
    "Document",
    "conversation_document",
    "conversation_from_document",
    "decision_document",
    "printed_time",
]

Document = dict[str, Any]

COACHED = (State.MISSED, State.PENDING)
MOST_KNOWN = 10_000
# An f-string for each outcome would cost more than looking the word up.
_STATES = {state: f"STATE_{state.name}" for state in State}
_SEVERITIES = {severity: f"SEVERITY_{severity.name}" for severity in Severity}
_VERDICTS = {verdict: f"VERDICT_{verdict.name}" for verdict in Verdict}
_ROLES = {role: f"ROLE_{role.name}" for role in Role}
_CHANNELS = {channel: f"CHANNEL_{channel.name}" for channel in Channel}
_ROLE_OF = {word: role for role, word in _ROLES.items()}
_CHANNEL_OF = {word: channel for channel, word in _CHANNELS.items()}

# Outcomes of rules without an opportunity are the same in every decision: each is made once. The
# rule is kept beside its document, so that its identity cannot pass to another.
_idle: dict[tuple[int, str], tuple[Rule, Document]] = {}


def conversation_document(conversation: Conversation) -> Document:
    """*conversation* as a document."""
    channel = conversation.channel
    document: Document = {
        "id": conversation.id,
        "channel": _CHANNELS[channel] if channel is not Channel.UNSPECIFIED else "",
        "locale": conversation.locale,
        "participants": [_participant(person) for person in conversation.participants],
        "turns": [_turn(turn) for turn in conversation.turns],
        "attributes": _plain(conversation.attributes),
    }
    return _without_empty(document)


def conversation_from_document(document: Mapping[str, Any]) -> Conversation:
    """The conversation in *document*, which `conversation_document` made."""
    return Conversation(
        document.get("id", ""),
        tuple(
            Participant(
                person.get("id", ""),
                _ROLE_OF[person["role"]],
                person.get("displayName", ""),
                person.get("team", ""),
            )
            for person in document.get("participants", ())
        ),
        tuple(
            Turn(
                turn.get("participantId", ""),
                turn.get("text", ""),
                datetime.fromisoformat(turn["sentAt"]) if "sentAt" in turn else None,
            )
            for turn in document.get("turns", ())
        ),
        _CHANNEL_OF[document["channel"]] if "channel" in document else Channel.UNSPECIFIED,
        document.get("locale", ""),
        MappingProxyType(
            {name: _frozen(value) for name, value in document.get("attributes", {}).items()}
        ),
    )


def decision_document(decision: Decision) -> Document:
    """*decision* as a document; outcomes of rules without an opportunity come last."""
    signals = _Signals()
    document = _without_empty(
        {
            "decisionId": decision.decision_id,
            "conversationId": decision.conversation_id,
            "verdict": _VERDICTS[decision.verdict],
            "modules": [_module(module) for module in decision.modules],
            "outcomes": [
                *(_outcome(outcome, signals) for outcome in decision.outcomes),
                *(_idle_outcome(outcome) for outcome in decision.idle),
            ],
            "signals": signals.of(decision.signals),
            "actions": [_action(action) for action in decision.actions],
            "policyDigest": decision.policy_digest,
            "plugins": [
                _without_empty({"name": plugin.name, "version": plugin.version})
                for plugin in decision.plugins
            ],
            "problems": [_problem(problem) for problem in decision.problems],
            "open": decision.is_open,
        }
    )
    if decision.score is not None:
        document["score"] = decision.score
    return document


def printed_time(at: datetime) -> str:
    """*at* as protobuf prints a time: in UTC, with three or six digits after the second if needed.

    >>> printed_time(datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC))
    '2026-03-01T12:00:00.250Z'
    """
    micros = at.microsecond
    digits = "seconds" if not micros else "microseconds" if micros % 1000 else "milliseconds"
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec=digits)[:-6] + "Z"


class _Signals:
    """The signals of one decision, each made once however often it is evidence."""

    def __init__(self) -> None:
        self._known: dict[int, Document] = {}

    def of(self, signals: tuple[Signal, ...]) -> list[Document]:
        known = self._known
        return [known.get(id(signal)) or self._made(signal) for signal in signals]

    # Each of these two is made many times for one decision; asking of every member costs the least.
    def _made(self, signal: Signal) -> Document:
        document: Document = {"signal": signal.name}
        self._known[id(signal)] = document
        if signal.turn:
            document["turn"] = signal.turn
        if signal.start:
            document["start"] = signal.start
        if signal.end:
            document["end"] = signal.end
        if signal.quote:
            document["quote"] = signal.quote
        if signal.score:
            document["score"] = float(signal.score)
        if signal.sources:
            document["sources"] = [
                {"detector": source.detector, "score": float(source.score)}
                if source.score and source.detector
                else _without_empty({"detector": source.detector, "score": float(source.score)})
                for source in signal.sources
            ]
        if signal.attributes:
            document["attributes"] = dict(signal.attributes)
        return document


def _outcome(outcome: Outcome, signals: _Signals) -> Document:
    rule, state = outcome.rule, outcome.state
    document: Document = {
        "policy": outcome.policy.name,
        "rule": rule.id,
        "state": _STATES[state],
        "severity": _SEVERITIES[rule.severity],
    }
    if outcome.evidence:
        document["evidence"] = signals.of(outcome.evidence)
    if outcome.reason:
        document["reason"] = outcome.reason
    if rule.coach and state in COACHED:
        document["coach"] = rule.coach
    if rule.title:
        document["title"] = rule.title
    if rule.weight:
        document["weight"] = float(rule.weight)
    if (opportunity := outcome.opportunity) is not None:
        where = document["opportunity"] = {}
        if opportunity.turn:
            where["turn"] = opportunity.turn
        if opportunity.signals:
            where["signals"] = signals.of(opportunity.signals)
    return document


def _idle_outcome(outcome: Outcome) -> Document:
    key = (id(outcome.rule), outcome.reason)
    known = _idle.get(key)
    if known is None or known[0] is not outcome.rule:
        if len(_idle) >= MOST_KNOWN:
            _idle.clear()
        known = _idle[key] = (outcome.rule, _outcome(outcome, _Signals()))
    return known[1]


def _module(module: ModuleResult) -> Document:
    document = _without_empty(
        {
            "policy": module.policy.name,
            "title": module.policy.title,
            "shown": module.shown,
            "missed": module.missed,
            "abstained": module.abstained,
            "pending": module.pending,
            "noOpportunity": module.no_opportunity,
            "outOfScope": module.out_of_scope,
        }
    )
    if module.score is not None:
        document["score"] = module.score
    return document


def _action(action: ProposedAction) -> Document:
    return _without_empty(
        {
            "action": action.action,
            "policy": action.policy,
            "rule": action.rule,
            "turn": action.turn,
            "text": action.text,
        }
    )


def _problem(problem: Problem) -> Document:
    return _without_empty(
        {
            "code": problem.code,
            "message": problem.message,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "field": problem.field,
            "fix": problem.fix,
        }
    )


def _participant(person: Participant) -> Document:
    return _without_empty(
        {
            "id": person.id,
            "role": _ROLES[person.role],
            "displayName": person.display_name,
            "team": person.team,
        }
    )


def _turn(turn: Turn) -> Document:
    document: Document = {}
    if turn.participant_id:
        document["participantId"] = turn.participant_id
    if turn.text:
        document["text"] = turn.text
    if turn.sent_at is not None:
        document["sentAt"] = printed_time(turn.sent_at)
    return document


def _without_empty(document: Document) -> Document:
    """*document* without what has its default, which the JSON mapping leaves out."""
    return {name: value for name, value in document.items() if value}


def _plain(value: AttributeValue) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    # On the wire every number is a double, so 1 and 1.0 are the same attribute.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _frozen(value: Any) -> AttributeValue:
    if isinstance(value, Mapping):
        return MappingProxyType({name: _frozen(member) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(member) for member in value)
    return value  # type: ignore[no-any-return]  # what JSON has besides is a value already
