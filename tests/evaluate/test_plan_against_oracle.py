"""The evaluator and the oracle agree about anything that policies can say of anything said."""

from __future__ import annotations

from hypothesis import given

from tests.evaluate import evaluator, oracle
from tests.evaluate.evaluator import EXAMPLES, PATIENT, lines
from tests.evaluate.rules import Case, cases


@PATIENT
@EXAMPLES
@given(case=cases())
def test_the_evaluator_says_what_the_oracle_says(case: Case):
    found = lines(evaluator.judge(case.policies, case.talk))
    assert found == lines(oracle.judge(case.policies, case.talk))
