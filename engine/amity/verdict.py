"""From outcomes to scores that can be explained by counting, and to a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from amity.decision import ModuleResult, Verdict
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Policy, Severity

__all__ = ["module_result", "overall_score", "verdict"]


def module_result(
    policy: Policy, outcomes: Sequence[Outcome], no_opportunity: int, out_of_scope: str = ""
) -> ModuleResult:
    """The counts and the score of *policy*, whose *outcomes* these are."""
    counts = Counter(outcome.state for outcome in outcomes)
    shown = _weight(outcomes, State.SHOWN)
    owed = shown + _weight(outcomes, State.MISSED)
    return ModuleResult(
        policy,
        round(shown / owed, 4) if owed else None,
        counts[State.SHOWN],
        counts[State.MISSED],
        counts[State.ABSTAINED],
        counts[State.PENDING],
        no_opportunity,
        out_of_scope,
    )


def overall_score(modules: Iterable[ModuleResult]) -> float | None:
    """The mean of the module scores that exist, weighted by the policies; None if none exists."""
    scored = [
        (module.score, module.policy.weight) for module in modules if module.score is not None
    ]
    total = sum(weight for _, weight in scored)
    return round(sum(score * weight for score, weight in scored) / total, 4) if scored else None


def verdict(outcomes: Sequence[Outcome]) -> Verdict:
    """What *outcomes* come to; docs/policies.md gives the order of the tests."""
    missed = {outcome.rule.severity for outcome in outcomes if outcome.state is State.MISSED}
    if Severity.CRITICAL in missed:
        return Verdict.INTERVENE
    unknown = _weight(outcomes, State.ABSTAINED)
    known = _weight(outcomes, State.SHOWN) + _weight(outcomes, State.MISSED)
    if unknown > known:
        return Verdict.ABSTAIN
    if Severity.MAJOR in missed:
        return Verdict.COACH
    states = {outcome.state for outcome in outcomes}
    return Verdict.COMMEND if states == {State.SHOWN} else Verdict.CLEAR


def _weight(outcomes: Iterable[Outcome], state: State) -> float:
    return sum(outcome.rule.weight for outcome in outcomes if outcome.state is state)
