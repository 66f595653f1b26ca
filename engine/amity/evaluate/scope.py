"""Whether a policy, and each of its rules, applies to a conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from amity.conversation import Channel, Conversation
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Policy, Rule
from amity.policy.when import WhenError, compile_when

__all__ = ["Applicability", "applicability"]


@dataclass(frozen=True, slots=True)
class Applicability:
    """Which rules of a policy do not apply and why.

    ``out_of_scope`` says why the whole policy does not apply, or is empty. ``skipped`` gives, for
    each rule that is not judged, its outcome: no opportunity, or abstained.
    """

    out_of_scope: str = ""
    skipped: Mapping[str, Outcome] = field(default_factory=dict)


_APPLIES = Applicability()


def applicability(
    policy: Policy, conversation: Conversation, facts: Callable[[], Mapping[str, object]]
) -> Applicability:
    """Whether *policy* applies to *conversation*; *facts* is asked only where a condition needs them."""
    state, reason = _scope(policy, conversation, facts)
    if state:
        skipped = {rule.id: Outcome(policy, rule, state, None, (), reason) for rule in policy.rules}
        return Applicability(reason if state is State.NO_OPPORTUNITY else "", skipped)
    rules = {rule.id: outcome for rule in policy.rules if rule.when and (outcome := _rule(policy, rule, facts))}
    return Applicability(skipped=rules) if rules else _APPLIES


def _scope(
    policy: Policy, conversation: Conversation, facts: Callable[[], Mapping[str, object]]
) -> tuple[State | None, str]:
    scope = policy.scope
    channel = conversation.channel
    if scope.channels and channel is not Channel.UNSPECIFIED and channel not in scope.channels:
        return State.NO_OPPORTUNITY, f"The policy does not cover the channel {channel.value}."
    language = conversation.language
    if scope.languages and language and language not in scope.languages:
        known = ", ".join(sorted(scope.languages))
        return State.ABSTAINED, f"The policy is written for the language {known}; this conversation is in {language}."
    return _when(scope.when, facts) if scope.when else (None, "")


def _when(text: str, facts: Callable[[], Mapping[str, object]]) -> tuple[State | None, str]:
    try:
        holds = compile_when(text).holds(facts())
    except WhenError as error:
        return State.ABSTAINED, f"It cannot be worked out whether {text}: {error}."
    return (None, "") if holds else (State.NO_OPPORTUNITY, f"It applies only when {text}.")


def _rule(policy: Policy, rule: Rule, facts: Callable[[], Mapping[str, object]]) -> Outcome | None:
    state, reason = _when(rule.when, facts)
    return Outcome(policy, rule, state, None, (), reason) if state else None
