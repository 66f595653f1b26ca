"""Records of the log as messages, and requests about them as values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from google.protobuf import json_format, timestamp_pb2

from amity.conversation import Channel
from amity.errors import AmityError, Problem
from amity.evaluate.outcome import State
from amity.log.disputes import Dispute, DisputeState, Party, Statement
from amity.log.filter import BadQuery, Filter
from amity.log.flaws import Verified
from amity.log.outcomes import WorldOutcome
from amity.log.record import Durability, Payload, Receipt
from amity.log.replay import Replay, Result
from amity.log.stored import StoredDecision
from amity.service.wire_decision import SEVERITIES, STATES, VERDICTS, problem_to_wire
from amity.service.wire_json import message_json
from amity.v1 import (
    conversation_pb2,
    decision_pb2,
    decision_service_pb2,
    receipt_pb2,
)

__all__ = [
    "DURABILITIES",
    "Logged",
    "conversation_of",
    "decided_from_wire",
    "decision_of",
    "dispute_state_from_wire",
    "dispute_to_wire",
    "filter_from_wire",
    "logged_json",
    "logged_to_wire",
    "outcome_from_wire",
    "outcome_to_wire",
    "receipt_to_wire",
    "repeated_decision",
    "replay_to_wire",
    "state_from_wire",
    "statement_from_wire",
    "summary_json",
    "summary_to_wire",
    "time_of",
    "verified_to_wire",
]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision with all that the log has of it that people may see."""

    stored: StoredDecision
    payload: Payload
    disputes: Sequence[Dispute]
    outcomes: Sequence[WorldOutcome]
    has_original: bool


DURABILITIES: Mapping[Durability, receipt_pb2.Durability.ValueType] = MappingProxyType(
    {each: receipt_pb2.Durability.Value(f"DURABILITY_{each.name}") for each in Durability}
)
# By the words that are in the log.
_VERDICTS = {verdict.value: number for verdict, number in VERDICTS.items()}
_STATES = {state.value: number for state, number in STATES.items()}
_SEVERITIES = {severity.value: number for severity, number in SEVERITIES.items()}
_CHANNELS: Mapping[str, conversation_pb2.Channel.ValueType] = MappingProxyType(
    {each.value: conversation_pb2.Channel.Value(f"CHANNEL_{each.name}") for each in Channel}
)
_RESULTS: Mapping[Result, decision_service_pb2.ReplayResult.ValueType] = MappingProxyType(
    {each: decision_service_pb2.ReplayResult.Value(f"REPLAY_RESULT_{each.name}") for each in Result}
)
_DISPUTES: Mapping[DisputeState, decision_service_pb2.DisputeState.ValueType] = MappingProxyType(
    {
        each: decision_service_pb2.DisputeState.Value(f"DISPUTE_STATE_{each.name}")
        for each in DisputeState
    }
)
_PARTIES: Mapping[Party, decision_service_pb2.DisputeParty.ValueType] = MappingProxyType(
    {each: decision_service_pb2.DisputeParty.Value(f"DISPUTE_PARTY_{each.name}") for each in Party}
)
MICROS = 1_000_000


def receipt_to_wire(
    receipt: Receipt | None, durability: Durability, *, is_redacted: bool = False
) -> receipt_pb2.Receipt:
    """What a reply says of its record; *receipt* is None where it is not known."""
    sent = receipt_pb2.Receipt(durability=DURABILITIES[durability])
    if receipt is not None:
        sent.seq, sent.repeat, sent.redacted = receipt.seq, receipt.is_repeat, is_redacted
        _set_time(sent.recorded_at, receipt.at_us)
    return sent


def _set_time(sent: timestamp_pb2.Timestamp, at_us: int) -> None:
    sent.seconds, micros = divmod(at_us, MICROS)
    sent.nanos = micros * 1000


def time_of(at_us: int) -> timestamp_pb2.Timestamp:
    """*at_us* as a message."""
    sent = timestamp_pb2.Timestamp()
    _set_time(sent, at_us)
    return sent


def _micros(sent: timestamp_pb2.Timestamp) -> int:
    return sent.seconds * MICROS + sent.nanos // 1000


def decision_of(document: Json) -> decision_pb2.Decision:
    """The decision in a document of the log, whatever later versions may have added to it."""
    return json_format.ParseDict(
        dict(document), decision_pb2.Decision(), ignore_unknown_fields=True
    )


def conversation_of(document: Json) -> conversation_pb2.Conversation:
    """The conversation in a document of the log."""
    return json_format.ParseDict(
        dict(document), conversation_pb2.Conversation(), ignore_unknown_fields=True
    )


def repeated_decision(
    payload: Payload, fresh: decision_pb2.Decision
) -> tuple[decision_pb2.Decision, bool]:
    """The decision of *payload*, and whether it is the redacted one.

    *fresh* is the same request judged now; where only the redacted form is kept and both come to
    the same, it is the decision of then. Raises AmityError where nothing is kept.
    """
    if payload.original is not None:
        stored = decision_of(payload.original["decision"])
        if stored.decision_id == fresh.decision_id:
            stored.traces.extend(fresh.traces)
        return stored, False
    if payload.view is None:
        message = "the request was answered before, and its decision is not kept any more"
        raise AmityError(
            message, [Problem("C135", message, field="request_id", fix="send it under a new id")]
        )
    stored = decision_of(payload.view["decision"])
    return (fresh, False) if _gist(stored) == _gist(fresh) else (stored, True)


def _gist(decision: decision_pb2.Decision) -> object:
    outcomes = [
        (each.policy, each.rule, each.state, each.opportunity.turn) for each in decision.outcomes
    ]
    problems = [each.code for each in decision.problems]
    return decision.decision_id, decision.verdict, decision.score, outcomes, problems


def filter_from_wire(sent: decision_service_pb2.DecisionFilter, customer_ref: str) -> Filter:
    """The filter in *sent*; *customer_ref* stands for the customer that it may name.

    Raises BadQuery.
    """
    problems = [
        Problem("C179", f"{number} is no {what}", field=f"filter.{name}", fix="send a known value")
        for name, what, number, known in (
            ("channel", "channel", sent.channel, _CHANNELS.values()),
            ("state", "state", sent.state, {0, *STATES.values()}),
            ("verdict", "verdict", sent.verdict, {0, *VERDICTS.values()}),
        )
        if number not in known
    ]
    if sent.state == decision_pb2.STATE_NO_OPPORTUNITY:
        message = "rules without an opportunity leave no finding to look for"
        fix = "look for another state"
        problems.append(Problem("C179", message, field="filter.state", fix=fix))
    if problems:
        raise BadQuery("The filter cannot be used.", problems)
    return Filter(
        since_us=_micros(sent.since) if sent.HasField("since") else None,
        until_us=_micros(sent.until) if sent.HasField("until") else None,
        agent_id=sent.agent_id,
        team=sent.team,
        customer_ref=sent.customer_ref or customer_ref,
        channel=_name(sent.channel, _CHANNELS) if sent.channel else "",
        policy=sent.policy,
        rule=sent.rule,
        state=_name(sent.state, STATES),
        verdict=_name(sent.verdict, VERDICTS),
        policy_digest=sent.policy_digest,
        text=sent.text,
        conversation_id=sent.conversation_id,
        newest_only=sent.newest_only,
    )


def _name(number: int, numbers: Mapping[Any, int]) -> str:
    return next((str(each) for each, value in numbers.items() if value == number), "")


def state_from_wire(number: int) -> State | None:
    """The state of that number; None for none."""
    return next((state for state, value in STATES.items() if value == number), None)


def summary_to_wire(stored: StoredDecision) -> decision_service_pb2.DecisionSummary:
    """*stored* with its findings."""
    sent = decision_service_pb2.DecisionSummary(
        seq=stored.seq,
        recorded_at=time_of(stored.at_us),
        decision_id=stored.decision_id,
        conversation_id=stored.conversation_id,
        channel=_CHANNELS.get(stored.channel, conversation_pb2.CHANNEL_UNSPECIFIED),
        agent_id=stored.agent_id,
        team=stored.team,
        customer_ref=stored.customer_ref,
        verdict=_VERDICTS[stored.verdict],
        score=stored.score,
        open=stored.is_open,
        policy_digest=stored.policy_digest,
        superseded_by=stored.superseded_by or 0,
    )
    add = sent.findings.add
    for _, number, policy, rule, state, severity, turn, agent_id, team, text in stored.findings:
        add(
            number=number,
            policy=policy,
            rule=rule,
            state=_STATES[state],
            severity=_SEVERITIES[severity],
            turn=turn,
            agent_id=agent_id,
            team=team,
            reason=text,
        )
    return sent


def logged_to_wire(logged: Logged) -> decision_service_pb2.LoggedDecision:
    """*logged* as a message."""
    payload = logged.payload
    durability = Durability(payload.header.get("durability", Durability.DURABLE))
    sent = decision_service_pb2.LoggedDecision(
        summary=summary_to_wire(logged.stored),
        receipt=receipt_to_wire(Receipt(payload.seq, payload.at_us), durability),
        has_original=logged.has_original,
        disputes=map(dispute_to_wire, logged.disputes),
        outcomes=map(outcome_to_wire, logged.outcomes),
    )
    if payload.view is None:
        sent.missing = "the form that people see is not kept any more: retention or an erasure"
    else:
        sent.conversation.CopyFrom(conversation_of(payload.view["conversation"]))
        sent.decision.CopyFrom(decision_of(payload.view["decision"]))
    return sent


def dispute_to_wire(dispute: Dispute) -> decision_service_pb2.Dispute:
    """*dispute* with all of its steps."""
    sent = decision_service_pb2.Dispute(
        dispute_id=dispute.dispute_id,
        seq=dispute.seq,
        number=dispute.number,
        policy=dispute.policy,
        rule=dispute.rule,
        state=_DISPUTES[dispute.state],
    )
    if dispute.finding:
        sent.finding = STATES[State(dispute.finding)]
    if dispute.corrected:
        sent.corrected = STATES[State(dispute.corrected)]
    for step in dispute.steps:
        sent.steps.add(
            seq=step.seq,
            at=time_of(step.at_us),
            by=step.by,
            party=_PARTIES[step.party],
            state=_DISPUTES[step.state],
            reason=step.reason,
        )
    return sent


def dispute_state_from_wire(number: int, field: str = "state") -> DisputeState | None:
    """The state of that number; None where it is unspecified. Raises BadQuery."""
    if not number:
        return None
    for state, value in _DISPUTES.items():
        if value == number:
            return state
    message = f"{number} is no state of a dispute"
    raise BadQuery(message, [Problem("C179", message, field=field, fix="send a known value")])


def decided_from_wire(number: int) -> DisputeState:
    """How a dispute is decided; OPEN where that is not said. Raises BadQuery."""
    return dispute_state_from_wire(number) or DisputeState.OPEN


def statement_from_wire(by: str, reason: str, party: int) -> Statement:
    """What somebody says. Raises BadQuery where it is not said in what part."""
    for each, value in _PARTIES.items():
        if value == party:
            return Statement(by, each, reason)
    message = f"{party} is no part in which somebody disputes"
    fix = "send DISPUTE_PARTY_AGENT or DISPUTE_PARTY_REVIEWER"
    raise BadQuery(message, [Problem("C179", message, field="party", fix=fix)])


def outcome_to_wire(outcome: WorldOutcome) -> decision_service_pb2.WorldOutcome:
    """What became of a conversation, as a message."""
    return decision_service_pb2.WorldOutcome(
        seq=outcome.seq,
        conversation_id=outcome.conversation_id,
        name=outcome.name,
        value=outcome.value,
        at=time_of(outcome.at_us),
    )


def outcome_from_wire(sent: decision_service_pb2.RecordOutcomeRequest, now_us: int) -> WorldOutcome:
    """What *sent* says became of a conversation; now where it does not say when."""
    at_us = _micros(sent.at) if sent.HasField("at") else now_us
    return WorldOutcome(sent.conversation_id, sent.name, sent.value, at_us)


def replay_to_wire(replay: Replay) -> decision_service_pb2.ReplayDecisionResponse:
    """What came of a replay, as a message."""
    return decision_service_pb2.ReplayDecisionResponse(
        result=_RESULTS[replay.result],
        problems=map(problem_to_wire, replay.problems),
        recorded_sha256=replay.recorded_sha256,
        replayed_sha256=replay.replayed_sha256,
    )


def verified_to_wire(verified: Verified) -> decision_service_pb2.VerifySummary:
    """What came of a check of the log."""
    flaws = verified.flaws
    return decision_service_pb2.VerifySummary(
        valid=not flaws,
        problems=[problem_to_wire(flaw.problem) for flaw in flaws],
        first_bad_seq=min((flaw.seq for flaw in flaws if flaw.seq), default=0),
        head=verified.head.digest.hex(),
        last_seq=verified.head.seq,
    )


def summary_json(stored: StoredDecision) -> str:
    """*stored* as the protobuf JSON of a DecisionSummary, on one line."""
    return json.dumps(json.loads(message_json(summary_to_wire(stored))), ensure_ascii=False)


def logged_json(logged: Logged, *, is_line: bool = False) -> str:
    """*logged* as the protobuf JSON of a LoggedDecision, indented or on one line."""
    text = message_json(logged_to_wire(logged))
    return json.dumps(json.loads(text), ensure_ascii=False) if is_line else text
