"""The evaluator and the oracle agree about anything that policies can say of anything said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from tests.evaluate import evaluator, oracle
from tests.evaluate.evaluator import EXAMPLES, FEW, PATIENT, lines
from tests.evaluate.rules import (
    WIDER_WINDOWS,
    WINDOWS,
    Case,
    all_of,
    any_of,
    cases,
    match,
    none_of,
    policy,
    rule,
    window,
)
from tests.evaluate.timelines import stages, told

from amity.policy.model import Policy


@PATIENT
@EXAMPLES
@given(case=cases())
def test_the_evaluator_says_what_the_oracle_says(case: Case):
    found = lines(evaluator.judge(case.policies, case.talk))
    assert found == lines(oracle.judge(case.policies, case.talk))


@PATIENT
@EXAMPLES
@given(case=cases())
def test_they_agree_after_each_turn(case: Case):
    for stage in stages(case.talk):
        found = lines(evaluator.judge(case.policies, stage))
        assert found == lines(oracle.judge(case.policies, stage)), stage


@PATIENT
@FEW
@given(case=cases())
def test_they_agree_about_every_window(case: Case):
    for text in (*WINDOWS, *WIDER_WINDOWS):
        policies = [within(text, whole) for whole in case.policies]
        found = lines(evaluator.judge(policies, case.talk))
        assert found == lines(oracle.judge(policies, case.talk)), text


def within(text: str, whole: Policy) -> Policy:
    """The policy with *text* as the first window of every rule that has one."""
    meant = window(text, scored=whole.scored_roles)
    rules = [
        replace(one, steps=(replace(one.steps[0], window=meant), *one.steps[1:]))
        for one in whole.rules
        if one.given is not None
    ]
    return replace(whole, rules=tuple(rules))


DOUBLE = none_of(none_of("apology"))


@pytest.mark.parametrize(
    ("wanted", "per_conversation"),
    [
        (any_of("remedy", DOUBLE), False),
        (all_of(match("anger"), DOUBLE), True),
    ],
)
def test_a_none_inside_a_none_is_met_by_its_signals(wanted, per_conversation):
    # It means "there is an apology".
    judged = [policy(rule(recognise=wanted, per_conversation=per_conversation))]
    talk = told("customer: anger", "agent: apology")
    said = lines(oracle.judge(judged, talk))
    assert said
    assert lines(evaluator.judge(judged, talk)) == said
