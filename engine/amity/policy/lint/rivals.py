"""L13x: rules that say again, or say against, what another rule says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, permutations

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import another_policy, rules
from amity.policy.lint.logic import implies
from amity.policy.lint.reach import covers, overlap
from amity.policy.lint.subject import Subject
from amity.policy.model import Place, Policy, Rule, RuleKind, Scope, Severity

__all__ = ["CHECKS"]

_Named = tuple[Policy, Rule]
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Shadowed(Check):
    """Each opportunity of a rule is one of another rule of the same kind, which asks the same or more.

    The other has the same window or a stricter one, and is as severe.
    """

    code = "L131"
    title = "rule shadowed by another"
    why = "It can never find what the other does not find: it counts the same words twice."
    bad = rules(
        "- given: {any: [customer.anger, customer.frustration]}\n  expect: agent.apology\n  within: 1 agent turn\n"
        "- given: customer.anger\n  expect: agent.apology\n  within: 2 agent turns\n"
    )
    good = rules(
        "- given: {any: [customer.anger, customer.frustration]}\n  expect: agent.apology\n  within: 2 agent turns\n"
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            told: set[str] = set()
            for strong, weak in permutations(policy.rules, 2):
                if weak.id not in told and strong.id not in told and _shadows(strong, weak):
                    told.add(weak.id)
                    message = f'rule "{weak.id}" finds nothing that "{strong.id}" does not find'
                    yield Remark(weak.place, message, "remove one of the two, or make them differ")


def _shadows(strong: Rule, weak: Rule) -> bool:
    if not _is_alike(strong, weak) or not _is_occasion_of(weak, strong):
        return False
    first, other = strong.steps[0], weak.steps[0]
    if strong.kind is RuleKind.EXPECT:
        return implies(first.condition, other.condition) and covers(other.window, first.window)
    return implies(other.condition, first.condition) and covers(first.window, other.window)


def _is_alike(strong: Rule, weak: Rule) -> bool:
    """Whether *strong* applies wherever *weak* does, and matters as much."""
    return (
        strong.kind is weak.kind
        and strong.per_conversation == weak.per_conversation
        and len(strong.steps) == len(weak.steps) == 1
        and strong.when in {"", weak.when}
        and _is_excepted_alike(strong, weak)
        and _RANK[strong.severity] >= _RANK[weak.severity]
        # One opportunity for the whole conversation arises where its occasion does first.
        and (not strong.per_conversation or strong.given == weak.given)
    )


def _is_excepted_alike(strong: Rule, weak: Rule) -> bool:
    """Whether what cancels an opportunity of *strong* cancels that of *weak*."""
    if strong.unless is None:
        return True
    # Without a window of its own an exception is looked for in the rule's window.
    is_same_place = strong.unless.window or strong.steps[0].window == weak.steps[0].window
    return strong.unless == weak.unless and bool(is_same_place)


def _is_occasion_of(one: Rule, other: Rule) -> bool:
    """Whether each occasion of *one* is one of *other*."""
    if other.given is None:
        return one.given is None
    return one.given is not None and implies(one.given, other.given)


class Contradiction(Check):
    """What one rule expects or recognises is what another forbids, on the same occasion."""

    code = "L132"
    title = "two rules that contradict each other"
    why = "Whatever the agent does, one of the two counts against them."
    level = Level.ERROR
    bad = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
        "- given: customer.anger\n  forbid: {any: [agent.apology, agent.dismissal]}\n  within: 2 agent turns\n"
    )
    good = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
        "- given: customer.anger\n  forbid: {any: [agent.non_apology, agent.dismissal]}\n  within: 2 agent turns\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        named = list(subject.rules())
        forbidding = [pair for pair in named if pair[1].kind is RuleKind.FORBID]
        for policy, rule in named:
            for owner, other in forbidding if rule.kind is not RuleKind.FORBID else ():
                if _meet(policy, owner) and _contradict(rule, other):
                    yield _remark((policy, rule), (owner, other))


def _remark(asking: _Named, forbidding: _Named) -> Remark:
    (policy, rule), (owner, other) = asking, forbidding
    where = "" if policy is owner else f" of {policy.name}"
    at = f"{rule.place.file}:{rule.place.line}"
    message = f'rule "{other.id}" forbids what "{rule.id}"{where} {rule.kind}s on the same occasion ({at})'
    return Remark(
        other.place, message, "take the signal out of one of the two, or part their occasions"
    )


def _contradict(rule: Rule, other: Rule) -> bool:
    if rule.when and other.when and rule.when != other.when:
        return False
    steps = [step for step in rule.steps if implies(step.condition, other.steps[0].condition)]
    is_in_time = any(overlap(step.window, other.steps[0].window) for step in steps)
    return is_in_time and _share_occasions(rule, other) and not _is_spared(rule, other)


def _share_occasions(rule: Rule, other: Rule) -> bool:
    if rule.given is None or other.given is None:
        return True
    return implies(rule.given, other.given) or implies(other.given, rule.given)


def _is_spared(rule: Rule, other: Rule) -> bool:
    """Whether the exception of one is the occasion of the other."""
    for one, two in ((rule, other), (other, rule)):
        occasions = [two.given, *(step.condition for step in two.steps)]
        unless = one.unless.condition if one.unless else None
        if unless and any(occasion and implies(occasion, unless) for occasion in occasions):
            return True
    return False


def _meet(one: Policy, other: Policy) -> bool:
    """Whether there are conversations, and people, that both policies judge."""
    if one is other:
        return True
    same_people = bool(one.scored_roles & other.scored_roles)
    return same_people and _scopes_meet(one.scope, other.scope)


def _scopes_meet(one: Scope, other: Scope) -> bool:
    pairs: Iterable[tuple[frozenset[str], frozenset[str]]] = (
        (frozenset(one.channels), frozenset(other.channels)),
        (one.languages, other.languages),
    )
    return all(not left or not right or left & right for left, right in pairs)


class SameId(Check):
    """Two rules of different policies have the same id."""

    code = "L133"
    title = "id that another policy uses as well"
    why = "A finding is spoken of by its rule's id; two rules of one name are taken for one."
    bad = another_policy("anger-is-heard")
    good = another_policy("no-dismissal")

    def look(self, subject: Subject) -> Iterator[Remark]:
        first: dict[str, tuple[Policy, Place]] = {}
        for policy, rule in subject.rules():
            place = subject.at(rule.place, "id")
            owner, earlier = first.setdefault(rule.id, (policy, place))
            if owner.name != policy.name:
                message = f'the id "{rule.id}" is also used at {earlier.file}:{earlier.line}:{earlier.column}'
                yield Remark(place, message, "give it an id that says what is particular to it")


class SameTitle(Check):
    """Two rules of a policy have the same title."""

    code = "L134"
    title = "title that another rule has as well"
    why = "Decisions and reports show titles; nobody can tell the two apart."
    bad = rules(
        "- title: Nobody is brushed off\n  forbid: agent.dismissal\n"
        "- title: Nobody is brushed off\n  forbid: agent.deflection\n"
    )
    good = rules(
        "- title: Nobody is told how to feel\n  forbid: agent.dismissal\n"
        "- title: Nobody is sent elsewhere\n  forbid: agent.deflection\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            for one, other in combinations(policy.rules, 2):
                if one.title.casefold() == other.title.casefold():
                    message = f'"{one.id}" has this title as well'
                    yield Remark(
                        subject.at(other.place, "title"), message, "say what is particular to each"
                    )


CHECKS: tuple[type[Check], ...] = (Shadowed, Contradiction, SameId, SameTitle)
