"""Policies in English, made from the compiled rule and never from its comments."""

from __future__ import annotations

from collections.abc import Iterable

from amity.conversation import Role
from amity.policy.model import (
    DEFAULT_MIN_SCORE,
    Condition,
    Group,
    Match,
    Policy,
    Quantifier,
    Rule,
    RuleKind,
    Window,
    WindowKind,
)

__all__ = ["condition_words", "rule_english", "scope_english", "window_words"]

_ROLE_PLURALS = {
    Role.CUSTOMER: "customers",
    Role.AGENT: "agents",
    Role.BOT: "bots",
    Role.COLLEAGUE: "colleagues",
}
_MEMBER = {"customer": "the customer's", "agent": "the agent's", "team": "a colleague's"}


def rule_english(rule: Rule, policy: Policy) -> str:
    """The whole rule as a sentence or two."""
    sentences = [_obligation(rule, policy)]
    if rule.unless:
        where = f" {window_words(rule.unless.window)}" if rule.unless.window else ""
        sentences.append(
            f"Not where there is {condition_words(rule.unless.condition, policy)}{where}."
        )
    if rule.when:
        sentences.append(f"Only when {rule.when}.")
    if rule.per_conversation:
        sentences.append("Judged once for the whole conversation.")
    return " ".join(sentences)


def _obligation(rule: Rule, policy: Policy) -> str:
    asked = ", then ".join(
        condition_words(step.condition, policy)
        + (f" {window_words(step.window)}" if step.window else "")
        for step in rule.steps
    )
    finding = f"; otherwise a {rule.severity} finding"
    if rule.given is None:
        verb = {RuleKind.FORBID: "Forbid", RuleKind.RECOGNISE: "Recognise"}[rule.kind]
        return f"{verb} {asked}{finding if rule.kind is RuleKind.FORBID else ''}."
    given = condition_words(rule.given, policy)
    verb = rule.kind.value
    end = "" if rule.kind is RuleKind.RECOGNISE else finding
    return f"Given {given}, {verb} {asked}{end}."


def condition_words(condition: Condition, policy: Policy) -> str:
    """A condition as a phrase: "customer frustration or anger (0.6 or more)"."""
    if isinstance(condition, Match):
        return _match_words([condition], "or", policy, condition.count)
    if condition.quantifier is Quantifier.NONE:
        return f"no {_joined((_bare(member, policy) for member in condition.members), 'nor')}"
    conjunction = "or" if condition.quantifier is Quantifier.ANY else "and"
    return _group_words(condition, conjunction, policy)


def _bare(condition: Condition, policy: Policy) -> str:
    return condition_words(condition, policy).removeprefix("the ").removeprefix("a ")


def _group_words(group: Group, conjunction: str, policy: Policy) -> str:
    matches = [member for member in group.members if isinstance(member, Match)]
    prefix = f"at least {group.at_least} of " if group.at_least > 1 else ""
    uniform = (
        len(matches) == len(group.members) and len({_details(m, policy) for m in matches}) == 1
    )
    if uniform and all(match.count == 1 for match in matches):
        return prefix + _match_words(matches, conjunction, policy, group.count)
    parts = [
        f"({words})" if isinstance(member, Group) else words
        for member in group.members
        for words in [condition_words(member, policy)]
    ]
    many = f"{group.count} of " if group.count > 1 else ""
    return prefix + many + _joined(parts, conjunction)


def _match_words(matches: list[Match], conjunction: str, policy: Policy, count: int) -> str:
    subject = matches[0].name.partition(".")[0]
    same_subject = all(match.name.partition(".")[0] == subject for match in matches)
    if same_subject:
        behaviours = [match.name.partition(".")[2].replace("_", " ") for match in matches]
        names = f"{_MEMBER.get(subject, subject)} {_joined(behaviours, conjunction)}"
    else:
        names = _joined(
            (match.name.replace(".", " ").replace("_", " ") for match in matches), conjunction
        )
    times = f" at least {count} times" if count > 1 else ""
    return f"{names}{times}{_details(matches[0], policy)}"


def _details(match: Match, policy: Policy) -> str:
    details = []
    if match.min_score != DEFAULT_MIN_SCORE:
        details.append(f"{match.min_score:g} or more")
    details += [
        f"{key.replace('_', ' ')} {_joined((value.replace('_', ' ') for value in values), 'or')}"
        for key, values in sorted(match.where.items())
    ]
    if match.by != usual_speakers(match.name, policy.scored_roles):
        details.append(f"by {_joined((_ROLE_PLURALS[role] for role in _ordered(match.by)), 'or')}")
    return f" ({', '.join(details)})" if details else ""


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
    text = window.text.removeprefix("same turn or ")
    own = "in the same turn or " if window.same_turn_too else ""
    if window.kind is WindowKind.SAME_TURN:
        return "in the same turn"
    if window.kind is WindowKind.BEFORE_NEXT:
        return own + text
    if window.kind in {WindowKind.CONVERSATION, WindowKind.REST}:
        if window.backward:
            return f"{own}earlier in the conversation"
        return f"{own}in {text}"
    return (
        f"{own}within the {text.removesuffix(' before')} before"
        if window.backward
        else f"{own}within {text}"
    )


def scope_english(policy: Policy) -> str:
    """To which conversations *policy* applies, as a sentence."""
    scope = policy.scope
    parts = []
    if scope.channels:
        parts.append(f"by {_joined(sorted(scope.channels), 'or')}")
    if scope.languages:
        parts.append(f"in the language {_joined(sorted(scope.languages), 'or')}")
    if scope.when:
        parts.append(f"when {scope.when}")
    return f"Conversations {', '.join(parts)}." if parts else "All conversations."


def _ordered(roles: frozenset[Role]) -> list[Role]:
    return [role for role in Role if role in roles]


def _joined(words: Iterable[str], conjunction: str) -> str:
    *head, last = list(words)
    return f"{', '.join(head)} {conjunction} {last}" if head else last
