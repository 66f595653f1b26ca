"""Counts how often a decision turns on who somebody is or how they write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from amity.conversation import Conversation
from amity.decision import Decision
from amity.evaluate.outcome import State
from amity.measuring.counterfactuals import variants
from amity.reports.intervals import Rate, wilson

__all__ = ["Flip", "GroupResult", "Tested", "fairness_of"]

# What a decision says of one rule: the states of its outcomes, in their order.
_States = dict[tuple[str, str], tuple[State, ...]]


@dataclass(frozen=True, slots=True)
class Flip:
    """A rule that ended otherwise under a change; states are empty where it had no opportunity."""

    conversation: str
    change: str
    policy: str
    rule: str
    before: tuple[State, ...]
    after: tuple[State, ...]


@dataclass(slots=True)
class GroupResult:
    """Of the decisions tried under the changes of one group, how many flipped, and in what.

    A decision flips when its verdict does, or, more strictly, when any rule of it ends otherwise.
    """

    group: str
    tried: int = 0
    verdicts: int = 0
    decisions: int = 0
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def verdict_rate(self) -> Rate:
        """The share of verdicts that flipped, with its interval."""
        return wilson(self.verdicts, self.tried)

    @property
    def decision_rate(self) -> Rate:
        """The share of decisions in which any rule ended otherwise, with its interval."""
        return wilson(self.decisions, self.tried)


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of it: each group of changes, and every flip."""

    groups: tuple[GroupResult, ...]
    flips: tuple[Flip, ...]


def fairness_of(
    conversations: Iterable[Conversation], judge: Callable[[Conversation], Decision]
) -> Tested:
    """Have *judge* decide on *conversations* and on each with every change, and compare."""
    groups: dict[str, GroupResult] = {}
    flips: list[Flip] = []
    for conversation in conversations:
        before = judge(conversation)
        states = _states(before)
        for change, changed in variants(conversation):
            after = judge(changed)
            result = groups.setdefault(change.group, GroupResult(change.group))
            found = list(_flips(conversation.id, change.name, states, _states(after)))
            result.tried += 1
            result.verdicts += before.verdict is not after.verdict
            result.decisions += bool(found)
            result.rules.update((flip.policy, flip.rule) for flip in found)
            flips += found
    return Tested(tuple(groups.values()), tuple(flips))


def _states(decision: Decision) -> _States:
    states: _States = {}
    for outcome in decision.outcomes:
        key = (outcome.policy.name, outcome.rule.id)
        states[key] = (*states.get(key, ()), outcome.state)
    return states


def _flips(conversation: str, change: str, before: _States, after: _States) -> Iterable[Flip]:
    for policy, rule in sorted(before.keys() | after.keys()):
        was, now = before.get((policy, rule), ()), after.get((policy, rule), ())
        if was != now:
            yield Flip(conversation, change, policy, rule, was, now)
