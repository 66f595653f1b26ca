"""A conversation goes in, a decision comes out: exact, repeatable, and honest about what is unknown."""

from __future__ import annotations

import dataclasses
import sys
from datetime import UTC, datetime, timedelta
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from amity.conversation import Channel, Turn
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.judge import Follower, Judge, open_judge
from amity.plugins.host import PluginSelection
from amity.sdk import Finding, hookimpl
from amity.testkit import talk

TINY = [Path(__file__).parent / "tiny"]
BUNDLED = ("amity_crm", "amity_cues")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return open_judge(TINY, plugins=PluginSelection(enabled=BUNDLED))


def states(decision) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for outcome in decision.all_outcomes():
        found.setdefault(outcome.rule.id, []).append(outcome.state.value)
    return found


def with_plugin(detector) -> Judge:
    """A judge with the bundled plugins and *detector*."""
    module = ModuleType("test_plugin")
    module.__spec__ = ModuleSpec("test_plugin", None)
    module.amity_detectors = hookimpl(lambda: [detector])
    sys.modules["test_plugin"] = module
    try:
        return open_judge(TINY, plugins=PluginSelection(enabled=(*BUNDLED, "test_plugin")))
    finally:
        del sys.modules["test_plugin"]


class Fails:
    name = "fails"
    signals = frozenset({"customer.anger", "agent.apology"})

    def __init__(self, *turns: int):
        self.turns = turns

    def detect(self, turns):
        if any(turn.index in self.turns for turn in turns):
            raise RuntimeError("the model is out of memory")
        return []


def test_a_duty_that_is_done_is_shown_with_its_evidence(judge: Judge):
    conversation = talk("customer: I am furious", "agent: I'm sorry we were late.")
    decision = judge.evaluate(dataclasses.replace(conversation, attributes={"tier": "tin"}))
    assert states(decision)["anger-is-heard"] == ["shown"]
    outcome = next(o for o in decision.outcomes if o.rule.id == "anger-is-heard")
    (cause,) = outcome.opportunity.signals
    (evidence,) = outcome.evidence
    assert (cause.turn, cause.quote) == (0, "furious")
    assert (evidence.turn, evidence.quote) == (1, "I'm sorry")
    assert decision.verdict is Verdict.COMMEND
    assert decision.score == 1.0


def test_a_duty_that_is_not_done_is_missed_with_advice_and_actions(judge: Judge):
    decision = judge.evaluate(talk("customer: I am furious", "agent: Your order number?"))
    assert states(decision)["anger-is-heard"] == ["missed"]
    assert decision.verdict is Verdict.COACH
    assert decision.score == 0.0
    assert [(action.action, action.turn) for action in decision.actions] == [("coach", 0)]


def test_a_critical_lapse_calls_for_somebody_to_step_in(judge: Judge):
    decision = judge.evaluate(talk("customer: I am furious", "agent: I'm sorry. Now calm down."))
    assert decision.verdict is Verdict.INTERVENE
    assert decision.score == 0.75  # shown 3 of 4 by weight
    assert [action.action for action in decision.actions] == ["coach", "notify-supervisor"]


def test_rules_without_an_occasion_appear_once_and_count_against_nobody(judge: Judge):
    decision = judge.evaluate(talk("customer: Hello", "agent: Hello"))
    assert states(decision) == {
        rule: ["no_opportunity"]
        for rule in ("anger-is-heard", "no-dismissal", "thanks-are-noticed", "gold-is-known")
    }
    assert decision.verdict is Verdict.CLEAR
    assert decision.score is None
    assert decision.modules[0].score is None
    assert decision.modules[0].no_opportunity == 4


def test_an_open_conversation_leaves_the_duty_pending(judge: Judge):
    conversation = talk("customer: I am furious")
    assert states(judge.evaluate(conversation, is_open=True))["anger-is-heard"] == ["pending"]
    assert states(judge.evaluate(conversation))["anger-is-heard"] == ["missed"]


def test_a_failing_detector_never_reads_as_no_match():
    judge = with_plugin(Fails(1))
    decision = judge.evaluate(talk("customer: I am furious", "agent: Your order number?"))
    (outcome,) = [o for o in decision.outcomes if o.rule.id == "anger-is-heard"]
    assert outcome.state is State.ABSTAINED
    assert "test_plugin" in outcome.reason
    assert "out of memory" in outcome.reason
    assert [problem.code for problem in decision.problems] == ["D101"]
    assert decision.verdict is Verdict.ABSTAIN
    assert any(plugin.name == "test_plugin" for plugin in decision.plugins)


def test_a_failing_detector_leaves_what_another_has_found():
    judge = with_plugin(Fails(1))
    decision = judge.evaluate(talk("customer: I am furious", "agent: I'm sorry."))
    assert states(decision)["anger-is-heard"] == ["shown"]


def test_an_unknown_occasion_is_told_without_an_opportunity():
    judge = with_plugin(Fails(0))
    decision = judge.evaluate(talk("customer: Hello", "agent: Hello"))
    (outcome,) = [o for o in decision.outcomes if o.rule.id == "anger-is-heard"]
    assert outcome.state is State.ABSTAINED
    assert outcome.opportunity is None


def test_policies_that_speak_of_what_nobody_detects_abstain():
    judge = open_judge(TINY, plugins=PluginSelection(disabled=("amity_cues", "amity_sentences")))
    decision = judge.evaluate(talk("customer: I am furious", "agent: Calm down"))
    assert decision.verdict is Verdict.ABSTAIN
    assert "no loaded plugin detects customer.anger" in decision.outcomes[0].reason


def test_an_action_that_raises_costs_nothing_but_itself(judge: Judge, monkeypatch):
    class Broken:
        name = "coach"
        title = "Coach"

        def propose(self, moment, conversation):
            raise KeyError("who")

    record, _ = judge.host.actions["coach"]
    monkeypatch.setitem(judge.host.actions, "coach", (record, Broken()))
    decision = judge.evaluate(talk("customer: I am furious", "agent: Your order number?"))
    assert decision.actions[0].text == "Say that you are sorry for what happened."
    assert [problem.code for problem in decision.problems] == ["D102"]
    assert states(decision)["anger-is-heard"] == ["missed"]


def test_another_channel_is_out_of_scope_and_says_so(judge: Judge):
    conversation = talk("customer: I am furious", "agent: What?", channel=Channel.VOICE)
    decision = judge.evaluate(conversation)
    assert "voice" in decision.modules[0].out_of_scope
    assert set(sum(states(decision).values(), [])) == {"no_opportunity"}


def test_another_language_abstains_and_says_so(judge: Judge):
    decision = judge.evaluate(talk("customer: I am furious", "agent: What?", locale="fr-CA"))
    assert decision.verdict is Verdict.ABSTAIN
    assert set(sum(states(decision).values(), [])) == {"abstained"}
    assert "fr" in decision.outcomes[0].reason


@pytest.mark.parametrize(
    ("attributes", "state"),
    [({"tier": "gold"}, "missed"), ({"tier": "tin"}, "no_opportunity"), ({}, "abstained")],
)
def test_a_rule_applies_when_its_condition_holds(judge: Judge, attributes, state):
    conversation = talk("customer: I am furious", "agent: I'm sorry")
    decision = judge.evaluate(dataclasses.replace(conversation, attributes=attributes))
    assert states(decision)["gold-is-known"] == [state]


def test_the_same_conversation_gives_the_same_decision(judge: Judge):
    conversation = talk("customer: I am furious", "agent: I'm sorry", "customer: calm down")
    assert judge.evaluate(conversation) == judge.evaluate(conversation)
    again = open_judge(TINY, plugins=PluginSelection(enabled=BUNDLED))
    assert judge.evaluate(conversation) == again.evaluate(conversation)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"locale": "en-GB"},
        {"channel": Channel.EMAIL},
        {"attributes": {"tier": "gold"}},
        {"turns": (Turn("customer", "I am furious", datetime(2026, 3, 1, tzinfo=UTC)),)},
    ],
)
def test_anything_that_differs_gives_another_decision_id(judge: Judge, change):
    conversation = talk("customer: I am furious")
    other = dataclasses.replace(conversation, **change)
    assert judge.evaluate(conversation).decision_id != judge.evaluate(other).decision_id


def test_following_turn_by_turn_ends_where_judging_at_once_does(judge: Judge):
    whole = talk(
        "customer: I am furious",
        "agent: Please wait",
        "agent: I'm sorry",
        "customer: This is outrageous",
        "agent: calm down",
        "customer: bye",
    )
    follower = Follower(judge)
    for length in range(1, len(whole.turns) + 1):
        so_far = dataclasses.replace(whole, turns=whole.turns[:length])
        assert follower.evaluate(so_far) == judge.evaluate(so_far, is_open=True)
    assert follower.evaluate(whole, is_open=False) == judge.evaluate(whole)


def test_two_thousand_turns_are_judged(judge: Judge):
    lines = ["customer: I am furious", "agent: I'm sorry"] * 1000
    decision = judge.evaluate(talk(*lines))
    assert decision.modules[0].shown == 1000


def test_a_turn_of_a_million_characters_is_judged(judge: Judge):
    text = "well " * 200_000 + "I am furious"
    decision = judge.evaluate(talk(f"customer: {text}", "agent: I'm sorry"))
    (signal,) = [found for found in decision.signals if found.name == "customer.anger"]
    assert text[signal.start : signal.end] == signal.quote == "furious"


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "a\0furious\0b", "😡" * 50, "\u202eيلب\u202c furious"]
)
def test_odd_text_is_no_reason_to_fail(judge: Judge, text):
    decision = judge.evaluate(talk(f"customer: {text}", "agent: ok"))
    for signal in decision.signals:
        assert signal.quote == text.strip()[signal.start : signal.end]


def test_minutes_without_times_abstain_and_say_why(tmp_path: Path):
    policy = (
        (TINY[0] / "policy.yaml").read_text().replace("within: 1 agent turn", "within: 5 minutes")
    )
    (tmp_path / "policy.yaml").write_text(policy)
    (tmp_path / "cues.yaml").write_text((TINY[0] / "cues.yaml").read_text())
    judge = open_judge([tmp_path])
    timeless = talk("customer: I am furious", "agent: I'm sorry")
    (outcome,) = [o for o in judge.evaluate(timeless).outcomes if o.rule.id == "anger-is-heard"]
    assert outcome.state is State.ABSTAINED
    assert "without a time" in outcome.reason
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for minutes, state in ((5, "shown"), (6, "missed")):
        times = (start, start + timedelta(minutes=minutes))
        turns = tuple(
            dataclasses.replace(turn, sent_at=at)
            for turn, at in zip(timeless.turns, times, strict=True)
        )
        timed = dataclasses.replace(timeless, turns=turns)
        assert states(judge.evaluate(timed))["anger-is-heard"] == [state]


class Seen:
    """Reports an apology in each agent turn, so that two detectors agree."""

    name = "seen"
    signals = frozenset({"agent.apology"})

    def detect(self, turns):
        return [
            Finding("agent.apology", turn.index, 0, len(turn.text), 0.6)
            for turn in turns
            if turn.role == "agent"
        ]


def test_a_signal_names_every_detector_that_found_it():
    decision = with_plugin(Seen()).evaluate(talk("customer: I am furious", "agent: I'm sorry"))
    (apology,) = [signal for signal in decision.signals if signal.name == "agent.apology"]
    assert {source.detector: source.score for source in apology.sources} == {
        "cues": 0.8,
        "seen": 0.6,
    }
