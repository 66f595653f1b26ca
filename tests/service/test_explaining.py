"""Traces over real gRPC: asked for, and with what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amity.client import AmityClient
from amity.conversation import Channel
from amity.judge import Judge
from amity.service.wire import traces_to_wire
from amity.testkit import talk
from amity.v1 import decision_pb2

LATE = talk(
    "customer: I am frustrated.",
    "agent: One moment.",
    "customer: Well?",
    "agent: I hear you.",
)

HELLO = talk("customer: Hello.")


@pytest.fixture
def client(address):
    with AmityClient(address) as client:
        yield client


def test_a_decision_has_no_traces_unless_asked(client):
    assert not client.evaluate(LATE).traces


def test_every_rule_has_a_trace_with_the_states_of_its_outcomes(client):
    decision = client.evaluate(LATE, explain=True)
    states: dict[str, list[int]] = {}
    for outcome in decision.outcomes:
        states.setdefault(outcome.rule, []).append(outcome.state)
    assert {trace.rule: list(trace.states) for trace in decision.traces} == states


def test_asking_for_traces_changes_nothing_else(client):
    plain, explained = client.evaluate(LATE), client.evaluate(LATE, explain=True)
    explained.ClearField("traces")
    assert explained == plain


def test_a_miss_says_by_how_much(client):
    traces = {trace.rule: trace for trace in client.evaluate(LATE, explain=True).traces}
    trace = traces["distress-is-acknowledged"]
    (attempt,) = trace.attempts
    assert attempt.ending == decision_pb2.ENDING_MISSED
    assert attempt.given.truth == decision_pb2.TRUTH_TRUE
    (step,) = attempt.steps
    assert (step.window, list(step.turns)) == ("within 1 agent turn", [1])
    miss = step.condition.near[0]
    assert (miss.signal.quote, miss.gaps[0].words, miss.suffices) == (
        "I hear you",
        "1 agent turn too late",
        True,
    )
    assert miss.gaps[0].kind == decision_pb2.GAP_KIND_WINDOW
    assert "1 agent turn too late" in attempt.reason
    assert trace.english.startswith("Given the customer's frustration")


def test_what_is_not_told_one_by_one_is_counted(client):
    turns = ["customer: I am frustrated.", "agent: One moment."] * 30
    traces = client.evaluate(talk(*turns), explain=True).traces
    (trace,) = [trace for trace in traces if trace.rule == "distress-is-acknowledged"]
    assert (len(trace.states), len(trace.attempts)) == (30, 20)
    assert [(more.ending, more.count) for more in trace.more] == [(decision_pb2.ENDING_MISSED, 10)]


def test_a_batch_is_explained_one_by_one(client):
    decisions = client.evaluate_batch([LATE, replace(HELLO, id="other")], explain=True)
    assert [bool(decision.traces[0].attempts) for decision in decisions] == [True, False]


def test_every_ending_gap_and_truth_has_its_place_on_the_wire(judge: Judge):
    traces = judge.explain(LATE, is_open=True)
    assert len(list(traces_to_wire(traces))) == sum(len(p.rules) for p in judge.bundle.policies)


def test_one_rule_of_one_policy_can_be_explained(judge: Judge):
    (trace,) = judge.explain(LATE, policy="small-trust", rule="no-dismissal")
    assert trace.rule.id == "no-dismissal"
    assert judge.explain(LATE, rule="no-such-rule") == ()


def test_a_rule_that_does_not_apply_says_why(judge: Judge):
    conversation = talk("customer: I am frustrated.", "agent: Calm down.", channel=Channel.EMAIL)
    (trace,) = judge.explain(conversation, rule="calm-is-kept")
    assert trace.attempts == ()
    assert "conversation.channel" in trace.reason
