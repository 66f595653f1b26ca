"""What changed from one set of policies to another, in words; what it does is another question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from amity.policy.condition_words import number
from amity.policy.diff_words import (
    condition_changes,
    condition_meaning,
    step_meaning,
    text_changes,
    window_meaning,
)
from amity.policy.model import Policy, Rule, RuleKind, Step

__all__ = [
    "Change",
    "ChangeKind",
    "PolicyChange",
    "RuleChange",
    "Status",
    "compare_policies",
    "rule_meaning",
]


class ChangeKind(StrEnum):
    """What a change can bear on: what is judged, how much it counts, what is done, or only words."""

    MEANING = "meaning"
    SCOPE = "scope"
    COUNTING = "counting"
    ACTIONS = "actions"
    WORDING = "wording only"


class Status(StrEnum):
    """What became of a policy or a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the key of the file that it stands under, and a phrase for people."""

    key: str
    text: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of one rule. ``id`` is its new id, or the old one of a rule that is gone."""

    id: str
    status: Status
    before: Rule | None
    after: Rule | None
    changes: tuple[Change, ...] = ()

    @property
    def may_judge_differently(self) -> bool:
        """Whether the compiled rules differ, or how bad a miss is, other than in ``when``."""
        if self.before is None or self.after is None:
            return True
        if rule_meaning(self.before) != rule_meaning(self.after):
            return True
        # Praise that is missed is no finding, so it has no severity.
        has_severity = self.after.kind is not RuleKind.RECOGNISE
        return has_severity and self.before.severity is not self.after.severity


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What became of one policy, with its rules in the order of the new file and then those gone."""

    name: str
    status: Status
    before: Policy | None
    after: Policy | None
    changes: tuple[Change, ...]
    rules: tuple[RuleChange, ...]


def compare_policies(old: Sequence[Policy], new: Sequence[Policy]) -> list[PolicyChange]:
    """Every policy that is not the same in *old* and *new*, by name."""
    before, after = ({policy.name: policy for policy in policies} for policies in (old, new))
    found = []
    for name in sorted(before.keys() | after.keys()):
        change = _policy(before.get(name), after.get(name))
        if change.status is not Status.CHANGED or change.changes or change.rules:
            found.append(change)
    return found


def _policy(before: Policy | None, after: Policy | None) -> PolicyChange:
    there = after or before
    if there is None:
        message = "one of the two must be there"
        raise ValueError(message)
    rules = tuple(_rules(before.rules if before else (), after.rules if after else ()))
    if before is None or after is None:
        return PolicyChange(there.name, _status(before), before, after, (), rules)
    changes = tuple(_policy_changes(before, after))
    return PolicyChange(there.name, Status.CHANGED, before, after, changes, rules)


def _status(before: object | None) -> Status:
    return Status.ADDED if before is None else Status.REMOVED


def _policy_changes(old: Policy, new: Policy) -> Iterator[Change]:
    if old.version != new.version:
        yield Change("version", f"version: {old.version} → {new.version}", ChangeKind.WORDING)
    if old.scored_roles != new.scored_roles:
        yield Change("scores", f"scores: {old.scores} → {new.scores}", ChangeKind.MEANING)
    if old.weight != new.weight:
        text = f"weight of the module: {number(old.weight)} → {number(new.weight)}"
        yield Change("weight", text, ChangeKind.COUNTING)
    yield from _scope_changes(old, new)
    named = [(key, getattr(old, key), getattr(new, key)) for key in ("title", "owner", "intent")]
    for key, text in text_changes(named):
        yield Change(key, text, ChangeKind.WORDING)


def _scope_changes(old: Policy, new: Policy) -> Iterator[Change]:
    for key, were, are in (
        ("channels", old.scope.channels, new.scope.channels),
        ("languages", old.scope.languages, new.scope.languages),
    ):
        if were != are:
            text = f"scope, {key}: {_those(were)} → {_those(are)}"
            yield Change(key, text, ChangeKind.SCOPE)
    if old.scope.when != new.scope.when:
        yield _when("scope, when", old.scope.when, new.scope.when)


def _those(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "all"


def _when(key: str, old: str, new: str) -> Change:
    return Change("when", f"{key}: {old or 'always'} → {new or 'always'}", ChangeKind.SCOPE)


def _rules(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[RuleChange]:
    before = {rule.id: rule for rule in old}
    gone = [rule for rule in old if rule.id not in {other.id for other in new}]
    for rule in new:
        if rule.id in before:
            changes = tuple(_rule_changes(before[rule.id], rule))
            if changes:
                yield RuleChange(rule.id, Status.CHANGED, before[rule.id], rule, changes)
            continue
        same = [other for other in gone if _is_renamed(other, rule)]
        if same:
            gone.remove(same[0])
            renamed = Change("id", f"id: {same[0].id} → {rule.id}", ChangeKind.WORDING)
            changes = (renamed, *_rule_changes(same[0], rule))
            yield RuleChange(rule.id, Status.RENAMED, same[0], rule, changes)
        else:
            yield RuleChange(rule.id, Status.ADDED, None, rule)
    yield from (RuleChange(rule.id, Status.REMOVED, rule, None) for rule in gone)


def _is_renamed(old: Rule, new: Rule) -> bool:
    return rule_meaning(old) == rule_meaning(new) and old.when == new.when


def rule_meaning(rule: Rule) -> tuple[object, ...]:
    """A value that is equal for rules that end alike on every timeline, as far as can be told at sight."""
    return (
        rule.kind.value,
        condition_meaning(rule.given),
        tuple(step_meaning(step) for step in rule.steps),
        step_meaning(rule.unless),
        rule.per_conversation,
    )


def _rule_changes(old: Rule, new: Rule) -> Iterator[Change]:
    meant = list(_meaning_changes(old, new))
    if not meant and rule_meaning(old) != rule_meaning(new):
        meant = ["its conditions are put together differently"]
    for text in meant:
        yield Change(text.split(" ")[0].rstrip(":,"), text, ChangeKind.MEANING)
    if old.when != new.when:
        yield _when("when", old.when, new.when)
    if old.severity is not new.severity:
        yield Change("severity", f"severity: {old.severity} → {new.severity}", ChangeKind.COUNTING)
    if old.weight != new.weight:
        text = f"weight: {number(old.weight)} → {number(new.weight)}"
        yield Change("weight", text, ChangeKind.COUNTING)
    yield from _action_changes(old, new)
    named = [(key, getattr(old, key), getattr(new, key)) for key in ("title", "why", "coach")]
    for key, text in text_changes(named):
        yield Change(key, text, ChangeKind.WORDING)


def _meaning_changes(old: Rule, new: Rule) -> Iterator[str]:
    if old.kind is not new.kind:
        yield f"kind: {old.kind} → {new.kind}"
    yield from condition_changes("given", old.given, new.given)
    yield from _step_changes((new.kind.value, "within"), old.steps[0], new.steps[0])
    for index in range(1, max(len(old.steps), len(new.steps))):
        steps = [rule.steps[index] if index < len(rule.steps) else None for rule in (old, new)]
        name = "then" if max(len(old.steps), len(new.steps)) == 2 else f"then, step {index}"  # noqa: PLR2004 - one then
        yield from _step_changes((name, f"{name}, within"), *steps)
    yield from _step_changes(("unless", "unless, within"), old.unless, new.unless)
    if old.per_conversation != new.per_conversation:
        words = {True: "conversation", False: "move"}
        yield f"per: {words[old.per_conversation]} → {words[new.per_conversation]}"


def _step_changes(keys: tuple[str, str], old: Step | None, new: Step | None) -> Iterator[str]:
    condition, within = keys
    yield from condition_changes(
        condition, old.condition if old else None, new.condition if new else None
    )
    if not (old and new) or window_meaning(old.window) == window_meaning(new.window):
        return
    texts = [step.window.text if step.window else "not said" for step in (old, new)]
    if texts[0] == texts[1]:
        # "Agent" means those whom the policy scores, so the same words may mean others now.
        texts[1] += ", whose turns are now those of others"
    yield f"{within}: {texts[0]} → {texts[1]}"


def _action_changes(old: Rule, new: Rule) -> Iterator[Change]:
    for verb, ours, others in (("added", new, old), ("removed", old, new)):
        for action in ours.actions:
            if action not in others.actions:
                yield Change("actions", f"action {action} {verb}", ChangeKind.ACTIONS)
