"""From a decision to the messages of the outbox: which target is sent what about which moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import orjson

from amity.actions.outbox import SECOND, OutboxMessage
from amity.actions.targets import Include, Target, Targets
from amity.conversation import Conversation
from amity.decision import Decision, ProposedAction
from amity.errors import Problem

__all__ = ["EVENT_TYPE", "message_id", "routed", "unroutable"]

EVENT_TYPE = "amity.action.{action}.v1"


def routed(
    decision: Decision, conversation: Conversation, targets: Targets, now: int
) -> list[OutboxMessage]:
    """The messages that *decision* asks for at *now*, in microseconds: one for each target of each action.

    The same moment of the same conversation gives the same ids however often it is judged, so that
    nobody is told twice.
    """
    return [
        OutboxMessage(
            id=(key := message_id(conversation, action, target.name)),
            decision_id=decision.decision_id,
            conversation_id=conversation.id,
            action=action.action,
            target=target.name,
            payload=_event(key, decision, action, target, targets.source, now),
            created_at=now,
        )
        for action in decision.actions
        for target in _targets_of(action, targets)
    ]


def unroutable(decision: Decision, targets: Targets) -> list[Problem]:
    """Which actions of *decision* name a target that cannot take them."""
    found: dict[Problem, None] = {}
    for action in decision.actions:
        names = {target.name for target in targets.taking(action.action)}
        for name in action.message.targets if action.message else ():
            if name not in names:
                message = (
                    f'the action {action.action} is for the target "{name}", which does not take it'
                )
                fix = f"let a target of that name take {action.action}"
                found[Problem("D104", message, fix=fix)] = None
    return list(found)


def _targets_of(action: ProposedAction, targets: Targets) -> Iterator[Target]:
    message = action.message
    if message is None:
        return
    for target in targets.taking(action.action):
        is_of_kind = not message.kinds or target.kind in message.kinds
        if is_of_kind and (not message.targets or target.name in message.targets):
            yield target


def message_id(conversation: Conversation, action: ProposedAction, target: str) -> str:
    """The idempotency id of *action* for *target*.

    It follows from what was said up to the moment, and not from what was said later: a conversation
    that is judged again as it goes on asks for the same thing once.
    """
    # Without a turn the duty is about the whole.
    turns = conversation.turns[: action.turn + 1] if action.turn >= 0 else conversation.turns
    content = [
        conversation.id,
        [[turn.participant_id, turn.text, str(turn.sent_at)] for turn in turns],
        action.action,
        action.policy,
        action.rule,
        action.turn,
        target,
    ]
    return f"msg_{hashlib.sha256(orjson.dumps(content)).hexdigest()[:40]}"


def _event(
    key: str,
    decision: Decision,
    action: ProposedAction,
    target: Target,
    source: str,
    now: int,
) -> bytes:
    """A CloudEvent (1.0, JSON, structured) about *action*, with as much text as *target* asks for."""
    at = datetime.fromtimestamp(now / SECOND, UTC)
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": key,
            "source": source,
            "type": EVENT_TYPE.format(action=action.action),
            "subject": decision.conversation_id,
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": {
                **_facts(decision, action, target),
                **({"text": _words(action)} if target.include is Include.TEXT else {}),
            },
        }
    )


def _facts(decision: Decision, action: ProposedAction, target: Target) -> dict[str, object]:
    moment, message = action.moment, action.message
    facts: dict[str, object] = {
        "decision_id": decision.decision_id,
        "conversation_id": decision.conversation_id,
        "policy_digest": decision.policy_digest,
        "verdict": decision.verdict.value,
        "action": action.action,
        "policy": action.policy,
        "rule": action.rule,
        "turn": action.turn,
    }
    if moment:
        facts |= {"title": moment.title, "severity": moment.severity, "coach": moment.coach}
    if target.link:
        facts["link"] = _link(target.link, facts)
    return {**(message.facts if message else {}), **facts}


def _link(link: str, facts: Mapping[str, object]) -> str:
    names = ("decision_id", "conversation_id", "policy", "rule", "turn")
    return link.format(**{name: quote(str(facts[name]), safe="") for name in names})


def _words(action: ProposedAction) -> dict[str, object]:
    words: dict[str, object] = {"proposal": action.text}
    if action.moment:
        words |= {"reason": action.moment.reason, "quotes": list(action.moment.quotes)}
    return {**(action.message.words if action.message else {}), **words}
