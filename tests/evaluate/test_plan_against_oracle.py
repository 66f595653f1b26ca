"""The evaluator and the oracle agree about anything that policies can say of anything said."""

from __future__ import annotations

import pytest
from hypothesis import given
from tests.evaluate import evaluator, oracle
from tests.evaluate.evaluator import EXAMPLES, PATIENT, lines
from tests.evaluate.rules import Case, all_of, any_of, cases, match, none_of, policy, rule
from tests.evaluate.timelines import told


@PATIENT
@EXAMPLES
@given(case=cases())
def test_the_evaluator_says_what_the_oracle_says(case: Case):
    found = lines(evaluator.judge(case.policies, case.talk))
    assert found == lines(oracle.judge(case.policies, case.talk))


DOUBLE = none_of(none_of("apology"))


@pytest.mark.parametrize(
    ("wanted", "per_conversation"),
    [
        (any_of("remedy", DOUBLE), False),
        (all_of(match("anger"), DOUBLE), True),
    ],
)
def test_a_none_inside_a_none_is_met_by_its_signals(wanted, per_conversation):
    # The page allows it, and means "there is an apology"; to refuse it when loading would do too.
    judged = [policy(rule(recognise=wanted, per_conversation=per_conversation))]
    talk = told("customer: anger", "agent: apology")
    said = lines(oracle.judge(judged, talk))
    assert said
    assert lines(evaluator.judge(judged, talk)) == said
