"""Scores can be explained by counting; the verdict follows the order in docs/policies.md."""

from __future__ import annotations

import pytest

from amity.conversation import Role
from amity.decision import Verdict
from amity.evaluate.outcome import Outcome, State
from amity.policy.model import Match, Place, Policy, Rule, RuleKind, Scope, Severity, Step
from amity.verdict import module_result, overall_score, verdict

HERE = Place("policy.yaml", 1, 1)


def policy(weight: float = 1.0) -> Policy:
    scored = frozenset({Role.AGENT})
    return Policy("p", "P", 1, "o", "i", "wording of agents", scored, Scope(), (), HERE, weight)


def outcome(state: str, severity: str = "minor", weight: float = 1.0) -> Outcome:
    step = Step(Match("agent.apology", frozenset({Role.AGENT})), None)
    rule = Rule(
        "r", "R", "w", RuleKind.FORBID, (step,), HERE, severity=Severity(severity), weight=weight
    )
    return Outcome(policy(), rule, State(state), None, (), "")


def test_the_module_score_is_weight_shown_over_weight_shown_and_missed():
    outcomes = [
        outcome("shown", weight=3),
        outcome("missed", weight=1),
        outcome("abstained", weight=9),
    ]
    result = module_result(policy(), outcomes, no_opportunity=4)
    assert result.score == 0.75
    assert (result.shown, result.missed, result.abstained, result.no_opportunity) == (1, 1, 1, 4)


def test_without_shown_or_missed_there_is_no_score():
    assert module_result(policy(), [outcome("pending"), outcome("abstained")], 0).score is None


def test_the_overall_score_weighs_the_modules_that_have_one():
    modules = [
        module_result(policy(1), [outcome("shown")], 0),
        module_result(policy(3), [outcome("missed")], 0),
        module_result(policy(9), [], 5),
    ]
    assert overall_score(modules) == 0.25
    assert overall_score(modules[2:]) is None


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Verdict.CLEAR),
        ([outcome("shown")], Verdict.COMMEND),
        ([outcome("shown"), outcome("pending")], Verdict.CLEAR),
        ([outcome("shown"), outcome("abstained")], Verdict.CLEAR),
        ([outcome("shown"), outcome("missed", "minor")], Verdict.CLEAR),
        ([outcome("shown"), outcome("missed", "major")], Verdict.COACH),
        ([outcome("missed", "major"), outcome("abstained", weight=2)], Verdict.ABSTAIN),
        ([outcome("missed", "critical"), outcome("abstained", weight=9)], Verdict.INTERVENE),
        ([outcome("abstained")], Verdict.ABSTAIN),
        ([outcome("pending")], Verdict.CLEAR),
    ],
)
def test_the_verdict_is_the_first_that_holds(outcomes, expected):
    assert verdict(outcomes) is expected
