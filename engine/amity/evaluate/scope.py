"""Whether a policy, and each of its rules, applies to a conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from amity.conversation import Channel, Conversation
from amity.evaluate.outcome import Outcome, State
from amity.language import is_among, language_name
from amity.policy.model import Policy
from amity.policy.when import WhenError, compile_when

__all__ = ["Applicability", "applicability"]


@dataclass(frozen=True, slots=True)
class Applicability:
    """Which rules of a policy do not apply and why.

    ``out_of_scope`` says why the whole policy does not apply, or is empty. ``settled`` gives the
    outcome of each rule that is not judged at all; ``doubtful`` the outcome that stands in place of
    all others of a rule, if it has any: where the occasion never arose, the doubt does not matter.
    """

    out_of_scope: str = ""
    settled: Mapping[str, Outcome] = field(default_factory=dict)
    doubtful: Mapping[str, Outcome] = field(default_factory=dict)


_APPLIES = Applicability()
Facts = Callable[[], Mapping[str, object]]


def _unheard() -> str:
    return ""


def applicability(
    policy: Policy,
    conversation: Conversation,
    facts: Facts,
    heard: Callable[[], str] = _unheard,
) -> Applicability:
    """Whether *policy* applies to *conversation*.

    *facts* is asked only where a condition needs them; *heard* gives the language that the words
    are in, or nothing, and is asked only by a policy that is written for some languages.
    """
    if reason := _other_channel(policy, conversation):
        return Applicability(reason, _for_all(policy, State.NO_OPPORTUNITY, reason))
    if reason := _other_language(policy, conversation, heard):
        return Applicability(settled=_for_all(policy, State.ABSTAINED, reason))
    if policy.scope.when:
        state, reason = _when(policy.scope.when, facts)
        if state is State.NO_OPPORTUNITY:
            return Applicability(reason, _for_all(policy, state, reason))
        if state is State.ABSTAINED:
            return Applicability(doubtful=_for_all(policy, state, reason))
    return _by_rule(policy, facts)


def _for_all(policy: Policy, state: State, reason: str) -> dict[str, Outcome]:
    return {rule.id: Outcome(policy, rule, state, None, (), reason) for rule in policy.rules}


def _by_rule(policy: Policy, facts: Facts) -> Applicability:
    settled: dict[str, Outcome] = {}
    doubtful: dict[str, Outcome] = {}
    for rule in policy.rules:
        if rule.when:
            state, reason = _when(rule.when, facts)
            if state:
                kept = doubtful if state is State.ABSTAINED else settled
                kept[rule.id] = Outcome(policy, rule, state, None, (), reason)
    return Applicability("", settled, doubtful) if settled or doubtful else _APPLIES


def _other_channel(policy: Policy, conversation: Conversation) -> str:
    channels, channel = policy.scope.channels, conversation.channel
    if not channels or channel is Channel.UNSPECIFIED or channel in channels:
        return ""
    return f"The policy does not cover the channel {channel.value}."


def _other_language(policy: Policy, conversation: Conversation, heard: Callable[[], str]) -> str:
    languages, tagged = policy.scope.languages, conversation.language
    if not languages:
        return ""
    known = ", ".join(sorted(languages))
    if tagged and not is_among(tagged, languages):
        return f"The policy is written for the language {known}; this conversation is in {tagged}."
    language = heard()
    if not language or is_among(language, languages):
        return ""
    although = f", though it is tagged {tagged}" if tagged else ""
    return f"The policy is written for the language {known}; this conversation reads as {language_name(language)}{although}."


def _when(text: str, facts: Facts) -> tuple[State | None, str]:
    try:
        holds = compile_when(text).holds(facts())
    except WhenError as error:
        return State.ABSTAINED, f"It cannot be worked out whether {text}: {error}."
    return (None, "") if holds else (State.NO_OPPORTUNITY, f"It applies only when {text}.")
