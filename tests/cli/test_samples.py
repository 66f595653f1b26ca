"""The samples are varied, and each is judged as its title promises."""

from __future__ import annotations

import pytest

from amity.cli.samples import sample_called, samples
from amity.decision import Decision, Verdict
from amity.evaluate.outcome import State
from amity.judge import Judge, open_judge
from amity.service.wire import conversation_from_json


@pytest.fixture(scope="module")
def judge() -> Judge:
    return open_judge()


def decision_on(name: str, judge: Judge) -> Decision:
    sample = sample_called(name)
    return judge.evaluate(conversation_from_json(sample.conversation_json), is_open=sample.is_open)


def states(decision: Decision) -> set[State]:
    return {outcome.state for outcome in decision.outcomes}


def test_the_dismissive_agent_needs_somebody_to_step_in(judge):
    assert decision_on("dismissive", judge).verdict is Verdict.INTERVENE


@pytest.mark.parametrize(
    "name", ["excellent-recovery", "public-review", "phone-call", "no-opportunity"]
)
def test_good_conduct_is_not_sent_to_coaching(name, judge):
    assert decision_on(name, judge).verdict in {Verdict.COMMEND, Verdict.CLEAR}


@pytest.mark.parametrize("name", ["hollow-empathy", "missed-then-repaired", "colleagues-thread"])
def test_what_was_missed_is_found(name, judge):
    assert decision_on(name, judge).verdict in {Verdict.COACH, Verdict.INTERVENE}


def test_repair_scores_higher_than_none(judge):
    repaired, hollow = (
        decision_on(n, judge).score for n in ("missed-then-repaired", "hollow-empathy")
    )
    assert repaired is not None
    assert hollow is not None
    assert repaired > hollow


def test_a_simple_question_gives_no_opportunity(judge):
    assert State.MISSED not in states(decision_on("no-opportunity", judge))


def test_what_is_still_owed_is_pending(judge):
    assert State.PENDING in states(decision_on("still-open", judge))


def test_colleagues_are_judged_by_the_policies_about_colleagues_only(judge):
    decision = decision_on("colleagues-thread", judge)
    assert {outcome.policy.name for outcome in decision.outcomes} == {"team-culture"}


def test_every_sample_says_what_to_look_at():
    assert len(samples()) >= 8
    assert all(sample.look_at.endswith(".") and sample.title for sample in samples())
