"""Policies in English, made from the compiled rule and never from its comments.

What a rule asks, when, and how much it counts is all in its English: two rules that end or count
differently never read the same. What is said to people about it (title, why, advice, actions)
stands beside it.
"""

from __future__ import annotations

from dataclasses import replace

from amity.conversation import Channel, Role
from amity.policy.condition_words import condition_words, joined, number, role_words
from amity.policy.model import (
    Condition,
    Group,
    Policy,
    Quantifier,
    Rule,
    RuleKind,
    Window,
    WindowKind,
)
from amity.policy.when_words import when_words

__all__ = [
    "agent_roles",
    "condition_words",
    "excuse_window",
    "rule_english",
    "scope_english",
    "scores_english",
    "usual_speakers",
    "window_words",
]

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_CHANNELS = {Channel.SOCIAL: "social media", Channel.INTERNAL: "internal notes"}
_LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "it": "Italian", "nb": "Norwegian", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip


def rule_english(rule: Rule, policy: Policy) -> str:  # noqa: ARG001 - callers have both, and a rule may come to need it
    """The whole rule as a sentence or two."""
    sentences = [_obligation(rule)]
    if rule.unless:
        sentences.append(_exception(rule, rule.unless.condition))
    if rule.when:
        sentences.append(f"Only when {when_words(rule.when)}.")
    if rule.per_conversation:
        sentences.append(
            "Judged once for the whole conversation, as soon as all that was said so far gives occasion."
        )
    return " ".join(sentences)


def _obligation(rule: Rule) -> str:
    asked = ", and from there ".join(
        condition_words(step.condition) + (f" {window_words(step.window)}" if step.window else "")
        for step in rule.steps
    )
    verb = rule.kind.value if rule.given else rule.kind.value.capitalize()
    given = f"Given {condition_words(rule.given)}, " if rule.given else ""
    return f"{given}{verb} {asked}{_consequence(rule)}."


def _consequence(rule: Rule) -> str:
    weight = "" if rule.weight == 1 else f"weight {number(rule.weight)}"
    finding = f"a {rule.severity} finding{f' of {weight}' if weight else ''}"
    match rule.kind:
        case RuleKind.EXPECT:
            return f"; otherwise {finding}"
        case RuleKind.FORBID:
            return f"; if it happens, {finding}"
        case RuleKind.RECOGNISE:
            return f", with {weight}" if weight else ""


def _exception(rule: Rule, condition: Condition) -> str:
    window = excuse_window(rule)
    lead = "Not where there is"
    if isinstance(condition, Group) and condition.quantifier is Quantifier.NONE:
        # "Not where there is no complaint" takes a reader two goes.
        lead, condition = "Only where there is", replace(condition, quantifier=Quantifier.ANY)
    return f"{lead} {condition_words(condition)} {window_words(window)}."


def excuse_window(rule: Rule) -> Window:
    """The window in which *rule*'s ``unless`` is looked for, written out where the rule leaves it to the default."""
    if rule.unless and rule.unless.window:
        return rule.unless.window
    first = rule.steps[0].window
    if first is None or rule.given is None:
        return Window(WindowKind.SAME_TURN, "same turn")
    if first.kind is WindowKind.SAME_TURN or (
        first.kind is WindowKind.CONVERSATION and not first.backward
    ):
        return first
    return replace(first, same_turn_too=True)


def usual_speakers(name: str, scored: frozenset[Role]) -> frozenset[Role]:
    """Whose signals of this name count where a rule does not say ``by``."""
    subject = name.partition(".")[0]
    if subject == "customer":
        return frozenset({Role.CUSTOMER})
    if subject == "team":
        return frozenset({Role.COLLEAGUE})
    return agent_roles(scored)


def agent_roles(scored: frozenset[Role]) -> frozenset[Role]:
    """Who "the agent" is for a policy: those it scores among agents and bots, else agents."""
    return (scored & {Role.AGENT, Role.BOT}) or frozenset({Role.AGENT})


def window_words(window: Window) -> str:
    """A window as a phrase: "within 1 agent turn"."""
    own = "in the same turn or " if window.same_turn_too else ""
    return own + _reach(window)


def _reach(window: Window) -> str:
    match window.kind:
        case WindowKind.SAME_TURN:
            return "in the same turn"
        case WindowKind.BEFORE_NEXT:
            return f"before {_possessive(window.roles)} next turn"
        case WindowKind.REST:
            return "in the rest of the conversation"
        case WindowKind.CONVERSATION:
            return "earlier in the conversation" if window.backward else "in the conversation"
        case WindowKind.TURNS:
            amount, unit = window.amount, _turn(window.roles)
        case WindowKind.TIME:
            amount, unit = _span(window.amount)
    if not window.backward:
        return f"within {amount} {unit}{'s' * (amount != 1)}"
    return f"within the {unit} before" if amount == 1 else f"within the {amount} {unit}s before"


def _possessive(roles: frozenset[Role]) -> str:
    return joined([f"the {role}'s" for role in Role if role in roles], "or")


def _turn(roles: frozenset[Role]) -> str:
    return f"{joined([role.value for role in Role if role in roles], 'or')} turn".strip()


def _span(seconds: int) -> tuple[int, str]:
    return next((seconds // size, unit) for unit, size in _UNITS if seconds % size == 0)


def scope_english(policy: Policy) -> str:
    """To which conversations *policy* applies, as a sentence."""
    scope = policy.scope
    parts = []
    if scope.channels:
        ordered = [channel for channel in Channel if channel in scope.channels]
        parts.append(f"by {joined([_CHANNELS.get(c, c.value) for c in ordered], 'or')}")
    if scope.languages:
        parts.append(f"in {joined([_language(tag) for tag in sorted(scope.languages)], 'or')}")
    if scope.when:
        parts.append(f"when {when_words(scope.when)}")
    return f"Conversations {', '.join(parts)}." if parts else "All conversations."


def _language(tag: str) -> str:
    return _LANGUAGES.get(tag, f"the language “{tag}”")


def scores_english(policy: Policy) -> str:
    """Whose wording *policy* scores, as a sentence."""
    return f"It scores the wording of {role_words(policy.scored_roles, 'and')}, and of nobody else."
