"""Two sets of policies compared: what changed in words, and what each change does to judgements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amity.evaluate.witness.circumstances import (
    Circumstance,
    FactSearch,
    fact_search,
    scope_shifts,
)
from amity.evaluate.witness.contest import Version
from amity.evaluate.witness.search import DEFAULT_BUDGET, Effect, Finding, effect_of, search
from amity.policy.diff import PolicyChange, RuleChange, compare_policies
from amity.policy.model import Policy, Rule, RuleKind

__all__ = ["PolicyComparison", "RuleComparison", "SearchLimits", "compare"]

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """How far the search for witnesses goes for each rule; ``max_turns`` of 0: as the windows need."""

    max_turns: int = 0
    budget: int = DEFAULT_BUDGET


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """What changed in a rule and what it does.

    ``finding`` is None where the compiled rule is the same, ``facts`` where its ``when`` is, and
    ``effect`` where both are.
    """

    change: RuleChange
    finding: Finding | None
    facts: FactSearch | None

    @property
    def effect(self) -> Effect | None:
        """What the change does to outcomes; None if it can do nothing to them."""
        if self.finding is None and self.facts is None:
            return None
        leans = {shift.lean for shift in (self.facts.circumstances if self.facts else ())}
        return effect_of(leans | set(self.finding.witnesses if self.finding else ()))

    @property
    def is_as_far_as_searched(self) -> bool:
        """Whether another direction is possible, and only was not found."""
        sought = self.finding.sought if self.finding else frozenset()
        return self.facts is not None or len(sought) > 1


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """What changed in a policy, in which conversations it applies, and rule by rule.

    ``facts`` is None where the condition of its scope is the same.
    """

    change: PolicyChange
    circumstances: tuple[Circumstance, ...]
    facts: FactSearch | None
    rules: tuple[RuleComparison, ...]


def compare(
    old: Sequence[Policy],
    new: Sequence[Policy],
    limits: SearchLimits = SearchLimits(),
    progress: Progress = lambda _rule, _tried: None,
) -> list[PolicyComparison]:
    """Every policy that differs, with the witnesses of each rule that may judge differently.

    *progress* hears the rule that is looked at and how many timelines were tried for it so far.
    """
    return [_policy(change, limits, progress) for change in compare_policies(old, new)]


def _policy(change: PolicyChange, limits: SearchLimits, progress: Progress) -> PolicyComparison:
    before, after = change.before, change.after
    circumstances = scope_shifts(before, after) if before and after else []
    facts = None
    if before and after and before.scope.when != after.scope.when:
        facts = fact_search(before, before.scope.when, after.scope.when)
    rules = tuple(_rule(change, rule, limits, progress) for rule in change.rules)
    return PolicyComparison(change, tuple(circumstances), facts, rules)


def _rule(
    policy: PolicyChange, change: RuleChange, limits: SearchLimits, progress: Progress
) -> RuleComparison:
    before, after = change.before, change.after
    finding = None
    if change.may_judge_differently:
        progress(change.id, 0)
        finding = search(
            _version(policy.before, before),
            _version(policy.after, after),
            max_turns=limits.max_turns,
            budget=limits.budget,
            progress=lambda tried: progress(change.id, tried),
        )
    facts = None
    if before and after and policy.after and before.when != after.when:
        is_praise = after.kind is RuleKind.RECOGNISE
        facts = fact_search(policy.after, before.when, after.when, is_praise=is_praise)
    return RuleComparison(change, finding, facts)


def _version(policy: Policy | None, rule: Rule | None) -> Version | None:
    return Version(policy, rule) if policy and rule else None
