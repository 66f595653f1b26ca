"""Checks beyond their own examples: what else they find, and what they leave alone."""

from __future__ import annotations

import pytest

from amity.bundles.contents import BundleFile, Contents
from amity.conversation import Channel
from amity.policy.lint.constants import constant
from amity.policy.lint.excerpts import another_policy, rules
from amity.policy.lint.linting import findings, read_files, subject_of
from amity.policy.lint.subject import Surroundings
from amity.policy.model import Scope
from amity.signals import builtin_catalogue

CATALOGUE = builtin_catalogue()
AROUND = Surroundings(
    actions=frozenset({"coach"}), detectable=frozenset(CATALOGUE.names()), lowest_scores={}
)
HEARD = "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"


def linted(*texts: str) -> list[str]:
    """The codes for the files of *texts*, in their order."""
    part = Contents(tuple(BundleFile(f"{n}.yaml", text) for n, text in enumerate(texts)), "x")
    files = list(read_files(part))
    assert all(file.node for file in files)
    return [problem.code for problem in findings(subject_of(files, CATALOGUE, AROUND))]


def of_rules(text: str, **more: str) -> list[str]:
    files = rules(text, **more).files
    return linted(*(str(text) for text in files.values()))


@pytest.mark.parametrize(
    "given",
    [
        "{all: [customer.anger, agent.apology]}",
        "{all: [team.blame, customer.anger]}",
        "{all: [{signal: customer.anger, min_score: 0.8}, {none: [customer.anger]}]}",
        "{all: [{signal: customer.anger, where: {target: us}}, {none: [{signal: customer.anger, where: {target: [us, you]}}]}]}",
        "{all: [{signal: customer.anger, count: 3}, {none: [{signal: customer.anger, count: 2}]}]}",
        "{all: [customer.anger, {any: [{none: [customer.anger]}, {all: [customer.effort, agent.apology]}]}]}",
    ],
)
def test_an_occasion_that_excludes_itself_is_found(given):
    assert "L111" in of_rules(f"- given: {given}\n  expect: agent.remedy\n  within: 1 agent turn\n")


@pytest.mark.parametrize(
    "given",
    [
        "{all: [customer.anger, {none: [{signal: customer.anger, min_score: 0.9}]}]}",
        "{all: [{signal: customer.anger, where: {target: us}}, {none: [{signal: customer.anger, where: {target: you}}]}]}",
        "{all: [customer.anger, {none: [{signal: customer.anger, count: 2}]}]}",
        "{any: [customer.anger, agent.apology]}",
        "{any: [customer.anger, customer.effort, customer.abuse], at_least: 2}",
    ],
)
def test_an_occasion_that_can_arise_is_left_alone(given):
    assert of_rules(f"- given: {given}\n  expect: agent.remedy\n  within: 1 agent turn\n") == []


def test_over_a_whole_conversation_two_people_can_be_heard():
    text = "- given: {all: [customer.anger, agent.apology]}\n  per: conversation\n  expect: agent.remedy\n"
    assert of_rules(text) == []


@pytest.mark.parametrize(
    ("window", "is_found"),
    [
        ("same turn", True),
        ("before the agent's next turn", True),
        ("1 turn", False),
        ("same turn or 1 agent turn", False),
        ("before the customer's next turn", False),
        ("3 turns before", False),
    ],
)
def test_windows_without_the_agent_are_found(window, is_found):
    codes = of_rules(f"- given: customer.anger\n  expect: agent.apology\n  within: {window}\n")
    assert codes == ["L112"] * is_found


def test_colleagues_never_answer_customers():
    text = "- given: customer.anger\n  expect: team.support\n  within: 2 turns\n"
    assert of_rules(text, metadata="scores: wording of colleagues\n") == ["L112"]


def test_a_second_step_is_seen_from_the_first():
    text = f"{HEARD}  then: {{expect: agent.solution, within: WINDOW}}\n"
    assert of_rules(text.replace("WINDOW", "1 turn")) == ["L112"]
    assert of_rules(text.replace("WINDOW", "1 agent turn")) == []


def test_a_prohibition_everywhere_contradicts_an_expectation_in_another_policy():
    forbidding = another_policy("no-dismissal").files
    expecting = rules(
        "- given: customer.anger\n  expect: agent.dismissal\n  within: 1 agent turn\n"
    ).files
    assert linted(*map(str, {**forbidding, **expecting}.values())) == ["L132"]


@pytest.mark.parametrize(
    "forbidding",
    [
        "- forbid: agent.apology\n  unless: {condition: customer.anger, within: 1 turn before}\n",
        "- given: customer.gratitude\n  forbid: agent.apology\n  within: 1 agent turn\n",
        "- given: customer.anger\n  forbid: agent.apology\n  within: 3 agent turns before\n",
        "- given: customer.anger\n  forbid: {all: [agent.apology, agent.dismissal]}\n  within: 1 agent turn\n",
    ],
)
def test_rules_that_can_both_be_kept_do_not_contradict(forbidding):
    assert of_rules(HEARD + forbidding) == []


@pytest.mark.parametrize(
    "weak",
    [
        "- given: {signal: customer.anger, min_score: 0.8}\n  expect: agent.apology\n  within: 1 agent turn\n",
        "- given: customer.anger\n  expect: {any: [agent.apology, agent.remedy]}\n  within: 1 agent turn\n",
        "- given: customer.anger\n  expect: agent.apology\n  within: the rest of the conversation\n",
    ],
)
def test_rules_that_find_nothing_more_are_shadowed(weak):
    assert of_rules(HEARD + weak) == ["L131"]


@pytest.mark.parametrize(
    "other",
    [
        "- given: customer.anger\n  expect: agent.apology\n  within: 2 agent turns\n  severity: major\n  actions: [coach]\n",
        "- given: customer.effort\n  expect: agent.apology\n  within: 2 agent turns\n",
        "- given: customer.anger\n  expect: {all: [agent.apology, agent.remedy]}\n  within: 2 agent turns\n",
    ],
)
def test_rules_that_find_something_more_are_not(other):
    assert of_rules(HEARD + other) == []


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        ("true", Scope(), True),
        ("1 > 2", Scope(), False),
        ("true || attributes.tier == 'gold'", Scope(), True),
        ("conversation.turns >= 1", Scope(), True),
        ("conversation.turns > 1", Scope(), None),
        ("conversation.customer_turns >= 0 && conversation.turns > 0", Scope(), True),
        ("conversation.customer_word_share > 1.0", Scope(), False),
        ("conversation.customer_word_share > 0.5", Scope(), None),
        ("conversation.turns > 5 && conversation.turns < 3", Scope(), False),
        ("conversation.channel == 'chat'", Scope(), None),
        ("conversation.channel == 'chat'", Scope(frozenset({Channel.EMAIL})), False),
        ("conversation.language == 'en'", Scope(languages=frozenset({"en"})), True),
        ("conversation.agent_spoke_last || !conversation.agent_spoke_last", Scope(), True),
        ("attributes.tier == 'gold'", Scope(), None),
        ("size(attributes) >= 0", Scope(), None),
    ],
)
def test_conditions_that_never_vary_are_told(text, scope, value):
    assert constant(text, scope) is value


def test_anchors_and_tags_are_found_on_lists_and_mappings_too():
    assert of_rules(
        "- given: &x {any: [customer.anger]}\n  expect: agent.apology\n  within: 1 turn\n"
    ) == ["L109"]
    assert of_rules(
        "- given: {any: !!seq [customer.anger]}\n  expect: agent.apology\n  within: 1 turn\n"
    ) == ["L110"]


def test_a_word_that_is_text_on_purpose_is_left_alone():
    text = "- forbid: agent.dismissal\n  why: on\n"
    assert "L102" not in of_rules(text)
    assert "L102" not in of_rules("- forbid: {signal: agent.handoff, where: {warm: 'no'}}\n")


def test_times_in_sentences_and_addresses_are_left_alone():
    why = "Whoever writes at 10:05 wants an answer, see https://example.org/why for more."
    assert of_rules(f"- forbid: agent.dismissal\n  why: {why}\n") == []
