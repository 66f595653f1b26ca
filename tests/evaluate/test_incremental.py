"""Judged turn by turn, a conversation ends as if judged at once, and nothing is taken back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from tests.evaluate.evaluator import EXAMPLES, FEW, PATIENT, judge, judged, lines, timeline
from tests.evaluate.oracle import Judged, tracks
from tests.evaluate.rules import Case, cases
from tests.evaluate.timelines import Talk, stages

from amity.evaluate.outcome import State
from amity.evaluate.plan import compile_plan


@PATIENT
@FEW
@given(case=cases())
def test_judging_turn_by_turn_with_one_plan_ends_as_judging_at_once(case: Case):
    plan = compile_plan(case.policies)
    for stage in stages(case.talk):
        last = [judged(outcome) for outcome in plan.evaluate(timeline(stage))]
    assert lines(last) == lines(judge(case.policies, replace(case.talk, is_open=False)))


@PATIENT
@EXAMPLES
@given(case=cases())
def test_an_outcome_of_a_complete_move_keeps_its_state_when_more_is_said(case: Case):
    settled: list[Judged] = []
    for stage in stages(case.talk):
        now = judge(case.policies, stage)
        taken_back = [before for before in settled if not any(keeps(before, it) for it in now)]
        assert lines(taken_back) == [], f"taken back in {stage!r}: {lines(now)}"
        settled = [
            outcome
            for outcome in now
            if outcome.state is not State.PENDING and not may_grow(outcome, stage)
        ]


def may_grow(outcome: Judged, talk: Talk) -> bool:
    """Whether the opportunity's own move may still grow, and may then have begun earlier."""
    last_moves = [track[-1] for track in tracks(talk) if track and talk.is_open]
    return any(outcome.turn in move for move in last_moves)


def keeps(before: Judged, after: Judged) -> bool:
    """The same outcome; a window that has not closed may have added evidence."""
    return (
        before[:4] == after[:4]
        and before.occasion == after.occasion
        and all(signal in after.evidence for signal in before.evidence)
    )
