"""What judging costs, counted in rules that are looked at, not in seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from tests.evaluate import oracle
from tests.evaluate.evaluator import FEW, PATIENT
from tests.evaluate.rules import Case, all_of, any_of, cases, match, none_of, policy, rule

from amity.evaluate.plan import compile_plan


def rules_about(name: str, count: int):
    """Rules of every shape whose occasion is that signal."""
    shapes = [
        {"given": name, "expect": "apology", "within": "1 agent turn"},
        {"given": name, "forbid": "apology", "within": "the conversation"},
        {"given": any_of(name, match(name, count=2)), "recognise": "apology", "within": "2 turns"},
        {"given": all_of(name, none_of("remedy")), "expect": "apology", "within": "1 hour before"},
        {"given": name, "expect": "apology", "within": "same turn", "per_conversation": True},
        {"forbid": name},
        {"recognise": name, "unless": "apology"},
    ]
    return [rule(**shapes[n % len(shapes)], name=f"{name}-{n}") for n in range(count)]


@pytest.mark.parametrize("many", [0, 10, 1000])
def test_rules_whose_occasion_never_occurs_are_not_looked_at(many):
    plan = compile_plan([policy(*rules_about("anger", 7), *rules_about("support", many))])
    assert len(plan.candidates(["customer.anger", "agent.apology"])) == 7


def test_no_rule_is_looked_at_where_nothing_was_found():
    plan = compile_plan([policy(*rules_about("anger", 7))])
    assert plan.candidates([]) == ()


def test_a_rule_is_looked_at_where_its_occasion_is_unknown():
    anger = rules_about("anger", 7)
    plan = compile_plan([policy(*anger, *rules_about("support", 7))])
    assert list(plan.candidates([], ["customer.anger"])) == anger


@PATIENT
@FEW
@given(case=cases())
def test_every_rule_with_an_outcome_was_looked_at(case: Case):
    plan = compile_plan(case.policies)
    present = {signal.name for signal in case.talk.signals}
    unknown = {name for name, _ in case.talk.unknown}
    looked_at = [id(rule) for rule in plan.candidates(present, unknown)]
    for judged in oracle.judge(case.policies, case.talk):
        (found,) = [
            rule
            for policy in case.policies
            if policy.name == judged.policy
            for rule in policy.rules
            if rule.id == judged.rule
        ]
        assert id(found) in looked_at
