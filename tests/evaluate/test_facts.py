"""Facts are measured or not there, and the page for authors names them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amity.conversation import Conversation
from amity.evaluate.course import FEELINGS
from amity.evaluate.facts import facts
from amity.judge import open_judge
from amity.plugins.host import PluginSelection
from amity.policy.when import FACTS, compile_when
from amity.signals import Kind, Signal, builtin_catalogue
from amity.testkit import talk

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def timed(*lines: str, at: list[float | None]) -> Conversation:
    """A conversation whose turns were sent so many minutes after noon; None for an unknown time."""
    conversation = talk(*lines)
    turns = tuple(
        replace(turn, sent_at=None if minute is None else NOON + timedelta(minutes=minute))
        for turn, minute in zip(conversation.turns, at, strict=True)
    )
    return replace(conversation, turns=turns)


def fact(conversation: Conversation, name: str, *signals: Signal, unknown=()) -> object:
    return facts(conversation, signals, unknown).get(f"conversation.{name}")


def felt(turn: int, name: str, score: float = 0.8) -> Signal:
    return Signal(f"customer.{name}", turn, 0, 1, "x", score, ())


def test_response_times_are_counted_from_the_first_turn_that_waited():
    conversation = timed(
        "customer: Hello?", "customer: Anyone?", "agent: Yes.", "agent: Here.", "customer: Good.",
        "bot: Beep.", "agent: So.", "customer: Bye.",
        at=[0, 5, 6, 30, 40, 41, 43, 50],
    )  # fmt: skip
    assert fact(conversation, "response_times_s") == [360, 180]
    assert fact(conversation, "first_response_s") == 360
    assert fact(conversation, "slowest_response_s") == 360
    assert fact(conversation, "median_response_s") == 270


def test_a_reply_of_unknown_length_leaves_all_of_them_unknown():
    lines = ("customer: A", "agent: B", "customer: C", "agent: D")
    conversation = timed(*lines, at=[0, 1, None, 9])
    for name in ("response_times_s", "slowest_response_s", "median_response_s"):
        assert fact(conversation, name) is None
    assert fact(conversation, "first_response_s") == 60


def test_where_nobody_replied_there_are_no_times_and_no_slowest():
    conversation = talk("customer: A", "customer: B")
    assert fact(conversation, "response_times_s") == []
    assert fact(conversation, "slowest_response_s") is None
    assert fact(conversation, "first_response_s") is None


def test_a_silence_is_one_towards_the_customer_and_is_known_only_if_every_time_is():
    lines = ("customer: A", "colleague: note", "agent: B", "customer: C")
    assert fact(timed(*lines, at=[0, 5, 10, 12]), "longest_silence_s") == 600
    assert fact(timed(*lines, at=[0, None, 10, 12]), "longest_silence_s") == 600
    assert fact(timed(*lines, at=[0, 5, None, 12]), "longest_silence_s") is None
    assert fact(timed("customer: A", at=[0]), "longest_silence_s") is None
    assert fact(timed("colleague: A", "colleague: B", at=[0, 2]), "longest_silence_s") == 120


def test_shares_of_words_add_up():
    conversation = talk("customer: a b c", "agent: d e", "bot: f", "colleague: g h i j")
    shares = [
        fact(conversation, f"{role}_word_share")
        for role in ("customer", "agent", "bot", "colleague")
    ]
    assert shares == [0.3, 0.2, 0.1, 0.4]


def test_who_spoke_last_leaves_colleagues_out():
    assert fact(talk("customer: a", "agent: b", "colleague: c"), "agent_spoke_last") is True
    assert fact(talk("agent: b", "customer: a"), "agent_spoke_last") is False
    assert fact(talk("colleague: c"), "agent_spoke_last") is None


LONG = talk("customer: A", "agent: B", "customer: C", "customer: D", "agent: E", "customer: F")


def course(*signals: Signal, conversation: Conversation = LONG, unknown=()) -> tuple[object, ...]:
    known = facts(conversation, signals, unknown)
    return tuple(
        known.get(f"conversation.course_{name}") for name in ("start", "peak", "end", "improved")
    )


def test_the_course_is_the_first_the_worst_and_the_last_of_the_customers_moves():
    found = course(felt(0, "confusion", 0.5), felt(3, "anger", 0.9), felt(5, "gratitude", 0.7))
    assert found == (-0.5, -0.9, 0.7, True)


def test_in_a_move_each_feeling_counts_once_by_its_surest_finding():
    found = course(felt(2, "anger", 0.6), felt(3, "anger", 0.7), felt(3, "gratitude", 0.6))
    assert found == (0.0, -0.1, 0.0, False)


def test_a_move_is_never_worse_than_one():
    found = course(felt(0, "anger"), felt(0, "abuse"), felt(5, "anger"), felt(5, "sarcasm"))
    assert found == (-1.0, -1.0, -1.0, False)


@pytest.mark.parametrize(("score", "improved"), [(0.5, True), (0.51, True)])
def test_it_improves_when_the_end_is_clearly_better_than_the_worst(score, improved):
    assert course(felt(2, "anger", score))[-1] is improved
    assert course(felt(2, "anger", 0.9), felt(5, "frustration", 0.5))[-1] is False


def test_what_is_less_than_half_sure_does_not_count():
    assert course(felt(0, "anger", 0.49)) == (0.0, 0.0, 0.0, False)


def test_notes_of_colleagues_do_not_break_a_move():
    conversation = talk("customer: A", "colleague: note", "customer: B", "agent: C")
    found = course(felt(0, "anger"), felt(2, "gratitude"), conversation=conversation)
    assert found == (0.0, 0.0, 0.0, False)


def test_the_course_is_not_there_where_a_feeling_is_unknown_or_nobody_could_have_one():
    nothing = (None, None, None, None)
    assert course(unknown=[("customer.anger", 2)]) == nothing
    assert course(conversation=talk("agent: A")) == nothing
    assert course(unknown=[("agent.apology", 1), ("customer.problem", 0)]) != nothing


def test_no_feeling_of_an_agent_is_ever_counted():
    catalogue = builtin_catalogue()
    assert all(name.startswith("customer.") and name in catalogue for name in FEELINGS)
    emotions = {d.name for d in catalogue if d.kind is Kind.EMOTION}
    assert emotions <= set(FEELINGS)


def test_every_fact_has_its_declared_type():
    conversation = timed("customer: a", "agent: b", "customer: c", at=[0, 1, 2])
    known = facts(conversation)
    assert set(known) == {f"conversation.{name}" for name in FACTS} | {"attributes"}
    kinds = {"STRING": str, "INT": int, "DOUBLE": float, "BOOL": bool, "LIST(INT)": list}
    for name, kind in FACTS.items():
        assert type(known[f"conversation.{name}"]) is kinds[kind], name


@pytest.mark.parametrize(
    "text",
    [
        "conversation.response_times_s.all(t, t <= 60) && conversation.slowest_response_s == 60",
        "conversation.response_times_s.size() == 1 && conversation.response_times_s[0] == 60",
        "conversation.course_improved && conversation.course_peak < -0.5 && conversation.course_end >= 0.0",
        "conversation.bot_word_share + conversation.colleague_word_share == 0.0",
    ],
)
def test_conditions_can_ask_for_them(text):
    conversation = timed("customer: a", "agent: b", "customer: c", at=[0, 1, 2])
    assert compile_when(text).holds(facts(conversation, [felt(0, "anger")]))


CUES_ONLY = PluginSelection(enabled=("amity_cues", "amity_crm"))


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., dict[str, list[str]]]:
    """The states of the rules of a policy that asks for the course, with cues for *signals*."""

    def judge(conversation: Conversation, **signals: str) -> dict[str, list[str]]:
        (tmp_path / "policy.yaml").write_text(COURSE_POLICY, "utf-8")
        cues = "".join(
            f"  {name.replace('_', '.')}:\n    - {{cue: {word}, matches: [{word}], rejects: [no]}}\n"
            for name, word in signals.items()
        )
        (tmp_path / "cues.yaml").write_text(COURSE_CUES + cues, "utf-8")
        states: dict[str, list[str]] = {}
        judge = open_judge([tmp_path], plugins=CUES_ONLY)
        for outcome in judge.evaluate(conversation).all_outcomes():
            states.setdefault(outcome.rule.id, []).append(outcome.state.value)
        return states

    return judge


COURSE_POLICY = """\
apiVersion: amity/v1
kind: Policy
metadata: {name: p, title: P, version: 1, owner: us, intent: Care., scores: wording of agents}
rules:
  - id: joy
    title: Joy
    why: It is good.
    when: conversation.course_improved
    recognise: agent.shared_joy
"""
COURSE_CUES = """\
apiVersion: amity/v1
kind: CuePack
metadata: {name: words, title: W, language: en, owner: us, version: 1}
defaults: {score: 0.8, scopes: []}
signals:
  agent.shared_joy:
    - {cue: hurray, matches: [hurray], rejects: [no]}
"""
BETTER = talk("customer: furious", "agent: there", "customer: thanks", "agent: hurray")
WORSE = talk("customer: thanks", "agent: hurray", "customer: furious")


def test_a_rule_can_depend_on_the_course_that_was_found(judged):
    cues = {"customer_anger": "furious", "customer_gratitude": "thanks"}
    assert judged(BETTER, **cues) == {"joy": ["shown"]}
    assert judged(WORSE, **cues) == {"joy": ["no_opportunity"]}


def test_without_any_detector_of_feelings_a_rule_that_needs_the_course_abstains(judged):
    assert judged(BETTER) == {"joy": ["abstained"]}


def test_explaining_reads_the_course_as_judging_does(tmp_path: Path):
    (tmp_path / "policy.yaml").write_text(COURSE_POLICY, "utf-8")
    feelings = """\
  customer.anger:
    - {cue: furious, matches: [furious], rejects: [no]}
  customer.gratitude:
    - {cue: thanks, matches: [thanks], rejects: [no]}
"""
    (tmp_path / "cues.yaml").write_text(COURSE_CUES + feelings, "utf-8")
    judge = open_judge([tmp_path], plugins=PluginSelection(enabled=("amity_cues",)))
    (outcome,) = judge.evaluate(BETTER).outcomes
    (trace,) = judge.explain(BETTER)
    assert trace.states == (outcome.state,)


def test_the_page_for_authors_has_every_fact_with_its_type():
    words = {"STRING": "text", "INT": "whole number", "DOUBLE": "number", "BOOL": "true or false", "LIST(INT)": "list of whole numbers"}  # fmt: skip
    row = re.compile(r"^\| `conversation\.([a-z_]+)` \| ([a-z ]+) \|", re.MULTILINE)
    documented = row.findall(PAGE.read_text("utf-8"))
    assert documented == [(name, words[kind]) for name, kind in FACTS.items()]
