"""L11x and L12x: rules of which the occasion, the window or the expectation cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from amity.conversation import Channel, Role
from amity.policy.condition_words import condition_words
from amity.policy.english import window_words
from amity.policy.lint.check import Check, Remark
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import rules
from amity.policy.lint.logic import can_hold, implies, is_possible, move_roles, speakers
from amity.policy.lint.reach import heard_in, holds_own_move
from amity.policy.lint.subject import Subject
from amity.policy.model import (
    Condition,
    Match,
    Quantifier,
    Rule,
    RuleKind,
    Step,
    Window,
    WindowKind,
    is_met_by_silence,
    positive_matches,
)

__all__ = ["CHECKS"]

_HOUR, _DAY = 3600, 86400


class ImpossibleOccasion(Check):
    """What a rule waits for can never occur, so that the rule never fires.

    It asks for a signal and excludes the same signal, or asks one move for the words of two people.
    """

    code = "L111"
    title = "rule that can never fire"
    why = "It never counts against anybody, and everybody believes that the matter is covered."
    level = Level.ERROR
    bad = rules(
        "- given: {all: [customer.anger, {none: [customer.anger]}]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: {all: [customer.anger, {none: [customer.gratitude]}]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            key = "given" if rule.given else rule.kind.value
            occasion = rule.given or rule.steps[0].condition
            if not is_possible(occasion):
                message = f"{condition_words(occasion)}: that excludes itself"
                fix = "remove one of the two sides, or make them differ in score or attributes"
                yield Remark(subject.at(rule.place, key), message, fix)
            elif not move_roles(occasion, is_one_move=not rule.per_conversation):
                message = f"{condition_words(occasion)}: nobody can say all of that in one move"
                fix = "use per: conversation, or move a part to expect, unless or another rule"
                yield Remark(subject.at(rule.place, key), message, fix)


class ImpossibleWindow(Check):
    """The window never holds a turn of those who could say what the rule looks for in it."""

    code = "L112"
    title = "window that is always empty"
    why = "The duty is missed every time, or the prohibition never broken, whatever is said."
    level = Level.ERROR
    bad = rules("- given: customer.anger\n  expect: agent.apology\n  within: same turn\n")
    good = rules("- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            owners = move_roles(
                rule.given or rule.steps[0].condition, is_one_move=not rule.per_conversation
            )
            for step in rule.steps:
                if owners and step.window and not _can_be_met(step.condition, step.window, owners):
                    yield self._remark(rule, step, subject)
                owners = _next_owners(step.condition)

    @staticmethod
    def _remark(rule: Rule, step: Step, subject: Subject) -> Remark:
        window = step.window
        where = window_words(window) if window else ""
        message = (
            f"seen from the occasion, {condition_words(step.condition)} can never be found {where}"
        )
        key = "within" if step is rule.steps[0] else "then"
        fix = "choose a window in which they speak, such as 1 agent turn"
        return Remark(subject.at(rule.place, key), message, fix)


def _can_be_met(condition: Condition, window: Window, owners: frozenset[Role]) -> bool:
    return any(can_hold(condition, heard_in(window, owner)) for owner in owners)


def _next_owners(condition: Condition) -> frozenset[Role]:
    """Who may be speaking when *condition* has become true."""
    if is_met_by_silence(condition):
        return frozenset(Role)
    return frozenset().union(*(speakers(match) for match in positive_matches(condition)))


class ImpossibleExpectation(Check):
    """What a rule expects, forbids or recognises contradicts itself."""

    code = "L113"
    title = "expectation that contradicts itself"
    why = "Nobody can do what it asks: each occasion is missed, or passes without notice."
    level = Level.ERROR
    bad = rules(
        "- given: customer.anger\n  expect: {all: [agent.apology, {none: [agent.apology]}]}\n"
        "  within: 1 agent turn\n"
    )
    good = rules(
        "- given: customer.anger\n  expect: {all: [agent.apology, {none: [agent.non_apology]}]}\n"
        "  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            for step in rule.steps if rule.given else ():
                if not is_possible(step.condition):
                    message = f"{condition_words(step.condition)}: that excludes itself"
                    key = rule.kind.value if step is rule.steps[0] else "then"
                    yield Remark(
                        subject.at(rule.place, key), message, "remove one of the two sides"
                    )


class GivenIsAsked(Check):
    """`given` and what the rule asks are the same."""

    code = "L114"
    title = "`given` equal to what is asked"
    why = (
        "The occasion itself decides the outcome, so that nothing is judged; or it asks people to say the "
        "same again."
    )
    level = Level.ERROR
    bad = rules(
        "- given: agent.commitment\n  expect: agent.commitment\n  within: the rest of the conversation\n"
    )
    good = rules(
        "- given: agent.commitment\n  expect: agent.expectation\n  within: same turn or 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            if rule.given is None:
                continue
            first = rule.steps[0]
            decided = holds_own_move(first.window) and implies(rule.given, first.condition)
            if decided or (rule.kind is not RuleKind.FORBID and rule.given == first.condition):
                message = f'"given" is already {condition_words(first.condition)}'
                fix = "give it the occasion on which that is due, or leave given out"
                yield Remark(subject.at(rule.place, rule.kind.value), message, fix)


class StepRepeats(Check):
    """A `then` asks for the same as the step before it."""

    code = "L118"
    title = "`then` that repeats the expectation"
    why = "It asks for the same words twice, which is seldom meant; usually another signal was."
    bad = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
        "  then: {expect: agent.apology, within: 2 agent turns}\n"
    )
    good = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
        "  then: {expect: agent.solution, within: 2 agent turns}\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            for before, step in zip(rule.steps, rule.steps[1:], strict=False):
                if before.condition == step.condition:
                    message = f"then asks for {condition_words(step.condition)} once more"
                    fix = "ask for the step that should follow, or use count: 2"
                    yield Remark(subject.at(rule.place, "then"), message, fix)


class UnitOfAnotherChannel(Check):
    """A window is counted in minutes where the channel takes hours, or in days where it takes minutes."""

    code = "L119"
    title = "window in a unit that the channel does not fit"
    why = "Answers to an email take hours; a duty due in ten minutes is missed each time."
    bad = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 10 minutes\n",
        scope="channels: [email]\n",
    )
    good = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n",
        scope="channels: [email]\n",
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy, rule in subject.rules():
            channels = policy.scope.channels
            windows = [step.window for step in rule.steps if step.window]
            for window in windows if channels else ():
                if window.kind is not WindowKind.TIME:
                    continue
                if channels <= {Channel.EMAIL} and window.amount < _HOUR:
                    yield self._remark(rule, window, "email", subject)
                elif channels <= {Channel.CHAT, Channel.VOICE} and window.amount >= _DAY:
                    yield self._remark(rule, window, " and ".join(sorted(channels)), subject)

    @staticmethod
    def _remark(rule: Rule, window: Window, channels: str, subject: Subject) -> Remark:
        message = (
            f'"{window.text}" does not fit the pace of {channels}, the only channel of the policy'
        )
        return Remark(
            subject.at(rule.place, "within"), message, "count turns, such as 1 agent turn"
        )


class UselessMember(Check):
    """A member of `any` or `all` says nothing that another member does not say."""

    code = "L121"
    title = "condition with a member that changes nothing"
    why = "A signal that is named twice, or once more with a higher score, suggests a difference that is not made."
    bad = rules(
        "- given: {any: [customer.anger, {signal: customer.anger, min_score: 0.8}]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: {any: [customer.anger, {signal: customer.frustration, min_score: 0.8}]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            named = [
                ("given", rule.given),
                *((rule.kind.value, step.condition) for step in rule.steps),
            ]
            for key, condition in named:
                if condition and (member := _useless(condition)):
                    message = f"{condition_words(member)} is covered by another member"
                    yield Remark(subject.at(rule.place, key), message, "remove one of the two")


def _useless(condition: Condition) -> Condition | None:
    """A member of *condition*, at any depth, that another member of its group makes idle."""
    if isinstance(condition, Match):
        return None
    is_counted = condition.count > 1 or condition.at_least > 1
    for one, other in permutations(condition.members, 2):
        narrow, wide = (other, one) if condition.quantifier is Quantifier.ALL else (one, other)
        if not is_counted and implies(narrow, wide):
            return one
    return next((found for member in condition.members if (found := _useless(member))), None)


CHECKS: tuple[type[Check], ...] = (
    ImpossibleOccasion,
    ImpossibleWindow,
    ImpossibleExpectation,
    GivenIsAsked,
    StepRepeats,
    UnitOfAnotherChannel,
    UselessMember,
)
