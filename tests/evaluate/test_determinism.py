"""The same words always get the same judgement, whatever order the parts came in."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.evaluate.evaluator import FEW, PATIENT, judge, judged, lines, timeline
from tests.evaluate.rules import Case, any_of, cases, match, policy, rule
from tests.evaluate.timelines import told

from amity.evaluate.plan import compile_plan


@PATIENT
@FEW
@given(case=cases())
def test_a_plan_says_the_same_again(case: Case):
    plan = compile_plan(case.policies)
    first, second = (plan.evaluate(timeline(case.talk)) for _ in range(2))
    assert first == second


@PATIENT
@FEW
@given(case=cases(), shuffle=st.randoms(use_true_random=False))
def test_the_order_in_which_detectors_report_does_not_matter(case: Case, shuffle):
    signals, unknown = list(case.talk.signals), list(case.talk.unknown.items())
    shuffle.shuffle(signals)
    shuffle.shuffle(unknown)
    mixed = replace(case.talk, signals=tuple(signals), unknown=dict(unknown))
    assert lines(judge(case.policies, mixed)) == lines(judge(case.policies, case.talk))


@PATIENT
@FEW
@given(case=cases())
def test_a_rule_is_judged_alike_whatever_stands_beside_it(case: Case):
    together = lines(judge(case.policies, case.talk))
    alone = [
        line
        for whole in case.policies
        for one in whole.rules
        for line in lines(judge([replace(whole, rules=(one,))], case.talk))
    ]
    assert together == alone


def test_hash_seeds_do_not_matter():
    said = {judge_with(hash_seed=seed) for seed in ("0", "1", "2")}
    assert len(said) == 1
    assert "shown" in said.pop()


def judge_with(*, hash_seed: str) -> str:
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "engine"), *sys.path])
    script = "from tests.evaluate.test_determinism import print_example; print_example()"
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def print_example() -> None:
    """What the test above compares between processes."""
    talk = told(
        "customer: anger remedy ?apology", "kim: support", "agent: apology remedy", "bot: apology"
    )
    judged_rules = policy(
        rule(
            given=any_of("anger", match("remedy", by=["customer", "agent"])),
            expect="apology",
            within="same turn or 2 turns",
            name="a",
        ),
        rule(forbid=any_of("apology", "support", count=2), name="b"),
        rule(recognise="support", per_conversation=True, name="c"),
    )
    for outcome in compile_plan([judged_rules]).evaluate(timeline(talk)):
        sys.stdout.write(f"{lines([judged(outcome)])} {outcome.reason}\n")
