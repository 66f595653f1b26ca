"""A policy as a page that people read who never open its file: the words and their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amity.policy.condition_words import joined, number, signal_words
from amity.policy.english import rule_english, scope_english, scores_english
from amity.policy.model import (
    DEFAULT_MIN_SCORE,
    Condition,
    Policy,
    Rule,
    RuleKind,
    Severity,
    matches,
)
from amity.signals import Catalogue

__all__ = ["HOW_TO_READ", "PolicyPage", "RulePage", "Term", "all_terms", "policy_page"]

HOW_TO_READ = (
    "Each time that what stands after “Given” is said, an opportunity arises. It ends as shown, as "
    "missed, or as unknown where something needed to judge it is not known. A rule whose occasion "
    "never arises counts against nobody.",
    "A turn is everything that one side says before another side speaks; what colleagues write "
    "among themselves is a track of its own.",
    "A signal is something said, with a score from 0 to 1 for how sure it is. Where a rule names "
    f"no score, a signal counts from {number(DEFAULT_MIN_SCORE)} on.",
    "A policy's score is the weight of what was shown, divided by the weight of what was shown and "
    "missed.",
)
_CONSEQUENCES = {
    Severity.MINOR: "A minor finding. It lowers the score, and the verdict cannot be COMMEND.",
    Severity.MAJOR: "A major finding. The verdict is COACH, unless INTERVENE, or ABSTAIN where too much is unknown.",
    Severity.CRITICAL: "A critical finding. The verdict is INTERVENE: somebody steps in.",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A signal with its meaning. ``words`` is what rules call it, ``name`` what files call it."""

    words: str
    name: str
    meaning: str
    not_meant: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule for people; ``facts`` are labelled sentences in the order in which to read them."""

    id: str
    title: str
    english: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy for people; ``facts`` are labelled sentences, ``terms`` the signals that it speaks of."""

    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[RulePage, ...]
    terms: tuple[Term, ...]


def policy_page(policy: Policy, catalogue: Catalogue) -> PolicyPage:
    """The page of *policy*, whose signals *catalogue* explains."""
    return PolicyPage(
        policy.name,
        policy.title,
        tuple(_policy_facts(policy)),
        tuple(_rule_page(rule, policy) for rule in policy.rules),
        tuple(_terms(policy.rules, catalogue)),
    )


def _policy_facts(policy: Policy) -> Iterable[tuple[str, str]]:
    yield "Intent", policy.intent
    yield "Applies to", scope_english(policy)
    yield "Scores", scores_english(policy)
    if policy.weight != 1:
        yield "Weight", f"It counts {number(policy.weight)} times in the overall score."
    yield "Owner", policy.owner
    yield "Version", f"{policy.version} ({policy.name}, {policy.place.file})"


def _rule_page(rule: Rule, policy: Policy) -> RulePage:
    return RulePage(
        rule.id, rule.title, rule_english(rule, policy), tuple(_rule_facts(rule, policy))
    )


def _rule_facts(rule: Rule, policy: Policy) -> Iterable[tuple[str, str]]:
    yield "Why", rule.why
    label = "If it happens" if rule.kind is RuleKind.FORBID else "If missed"
    if rule.kind is RuleKind.RECOGNISE:
        yield "If shown", "It counts in favour. Nobody owes it, so that it is never missed."
    else:
        yield label, _CONSEQUENCES[rule.severity]
    total = sum(each.weight for each in policy.rules)
    yield "Weight", f"{number(rule.weight)}, where all rules of the policy weigh {total:g}."
    if rule.actions:
        names = joined([action.replace("-", " ") for action in rule.actions], "and")
        yield "Actions", f"Proposed: {names}."
    if rule.coach:
        yield "Advice", rule.coach
    yield "In the file", f"{rule.id}, {rule.place.file}:{rule.place.line}"


def _terms(rules: Iterable[Rule], catalogue: Catalogue) -> Iterable[Term]:
    named = {
        match.name
        for rule in rules
        for condition in _conditions(rule)
        for match in matches(condition)
    }
    for definition in catalogue:
        if definition.name in named:
            yield Term(
                signal_words(definition.name),
                definition.name,
                definition.meaning,
                definition.not_meant,
            )


def _conditions(rule: Rule) -> Iterable[Condition]:
    if rule.given:
        yield rule.given
    yield from (step.condition for step in rule.steps)
    if rule.unless:
        yield rule.unless.condition


def all_terms(pages: Iterable[PolicyPage]) -> list[Term]:
    """The signals of all *pages* by their names, each once."""
    unique = dict.fromkeys(term for page in pages for term in page.terms)
    return sorted(unique, key=lambda term: term.name)
