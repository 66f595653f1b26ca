"""A conversation judged turn by turn ends as if judged at once, and takes back nothing on the way."""

from __future__ import annotations

from amity.evaluate.outcome import State
from amity.evaluate.plan import compile_plan
from hypothesis import given

from tests.evaluate.evaluator import EXAMPLES, PATIENT, judge, judged, lines, timeline
from tests.evaluate.oracle import Judged
from tests.evaluate.rules import Case, cases
from tests.evaluate.timelines import Talk


def stages(talk: Talk) -> list[Talk]:
    """The conversation after each turn, and once more when nothing can follow."""
    return [*(talk.upto(turns) for turns in range(len(talk.roles) + 1)), talk]


@PATIENT
@EXAMPLES
@given(case=cases())
def test_judging_turn_by_turn_with_one_plan_ends_as_judging_at_once(case: Case):
    plan = compile_plan(case.policies)
    for stage in stages(case.talk):
        last = [judged(outcome) for outcome in plan.evaluate(timeline(stage))]
    assert lines(last) == lines(judge(case.policies, case.talk))


@PATIENT
@EXAMPLES
@given(case=cases())
def test_an_outcome_that_is_not_pending_never_changes_when_more_is_said(case: Case):
    settled: list[Judged] = []
    for stage in stages(case.talk):
        now = judge(case.policies, stage)
        taken_back = [before for before in settled if not any(keeps(before, it) for it in now)]
        assert lines(taken_back) == [], f"taken back in {stage!r}: {lines(now)}"
        settled = [outcome for outcome in now if outcome.state is not State.PENDING]


def keeps(before: Judged, after: Judged) -> bool:
    """The same outcome; a move or a window that is not over may have added evidence."""
    return (
        before[:4] == after[:4]
        and all(signal in after.occasion for signal in before.occasion)
        and all(signal in after.evidence for signal in before.evidence)
    )
