"""Policy files: everything that is written is read, and every mistake is told at once, in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.conversation import Channel, Role
from amity.policy.load import SCORES, load_policy
from amity.policy.model import Group, Match, Quantifier, RuleKind, Severity, WindowKind
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

MISTAKES = Path(__file__).parent / "mistakes"
DOCS = Path(__file__).parents[2] / "docs" / "policies.md"

HEAD = """\
apiVersion: amity/v1
kind: Policy
metadata: {name: p, title: P, version: 1, owner: o, intent: i, scores: SCORES}
rules:
  - id: r
    title: R
    why: w
    coach: c
"""


def load(text: str):
    problems = Problems()
    node = parse_yaml(text, "policy.yaml", problems)
    return load_policy(node, builtin_catalogue(), problems), problems


def rule(body: str, scores: str = "wording of agents"):
    """The one rule of a policy whose other lines are *body*."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    policy, problems = load(HEAD.replace("SCORES", scores) + lines)
    assert not problems, [str(problem) for problem in problems]
    return policy.rules[0]


def codes(body: str, scores: str = "wording of agents") -> list[str]:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    _, problems = load(HEAD.replace("SCORES", scores) + lines)
    return [problem.code for problem in problems]


def test_the_example_in_the_documentation_loads():
    example = DOCS.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    policy, problems = load(example)
    assert not problems
    first = policy.rules[0]
    assert (first.kind, first.severity, first.weight) == (RuleKind.EXPECT, Severity.MAJOR, 3)
    assert policy.scope.channels >= {Channel.CHAT, Channel.EMAIL}


def test_every_mistake_is_told_at_once_with_place_and_fix():
    text = (MISTAKES / "everything-wrong.yaml").read_text(encoding="utf-8")
    policy, problems = load(text)
    assert policy is None
    told = {problem.code for problem in problems}
    assert told >= {
        "V102", "V103", "V104", "V105", "V106", "V107", "V108", "V109", "V111", "V112", "V114",
        "V115", "V117", "V120", "V121", "V122", "V123", "V124", "V125", "V126", "V132",
        "Y110", "Y111", "Y112", "Y114",
    }  # fmt: skip
    assert all(problem.line > 0 and problem.column > 0 for problem in problems)
    assert all(problem.fix for problem in problems)


def test_the_nearest_signal_is_offered():
    _, problems = load(
        HEAD.replace("SCORES", "wording of agents") + "    forbid: agent.dissmissal\n"
    )
    (problem,) = problems
    assert (problem.code, problem.line, problem.column) == ("V104", 9, 13)
    assert "agent.dismissal" in problem.fix


def test_options_of_a_group_hold_for_members_without_their_own():
    found = rule(
        """
        given: {any: [customer.anger, {signal: customer.anxiety, min_score: 0.9}], min_score: 0.7}
        expect: {all: [agent.apology, {none: [agent.non_apology]}], where: {target: [a, b]}}
        within: 2 agent turns
        """.replace("        ", "")
    )
    anger, anxiety = found.given.members
    assert (anger.min_score, anxiety.min_score) == (0.7, 0.9)
    apology, none = found.steps[0].condition.members
    assert apology.where == none.members[0].where == {"target": ("a", "b")}


def test_where_values_are_read_as_text():
    found = rule("forbid: {signal: agent.handoff, where: {warm: false, level: 3}}")
    assert found.steps[0].condition.where == {"warm": ("false",), "level": ("3",)}


@pytest.mark.parametrize(
    ("scores", "speakers"),
    [
        ("wording of agents", {Role.AGENT}),
        ("wording of bots", {Role.BOT}),
        ("wording of agents and bots", {Role.AGENT, Role.BOT}),
    ],
)
def test_who_the_agent_is_follows_from_whom_the_policy_scores(scores, speakers):
    found = rule("given: customer.anger\nexpect: agent.apology\nwithin: 1 agent turn", scores)
    assert found.steps[0].condition.by == speakers
    assert found.steps[0].window.roles == speakers


def test_every_way_to_score_is_known():
    for scores, roles in SCORES.items():
        for role in roles:
            assert f"{role}s" in scores


@pytest.mark.parametrize(
    ("text", "kind", "amount", "backward", "own"),
    [
        ("same turn", WindowKind.SAME_TURN, 0, False, False),
        ("1 agent turn", WindowKind.TURNS, 1, False, False),
        ("3 turns", WindowKind.TURNS, 3, False, False),
        ("2 customer turns before", WindowKind.TURNS, 2, True, False),
        ("10 minutes", WindowKind.TIME, 600, False, False),
        ("1 hour before", WindowKind.TIME, 3600, True, False),
        ("2 days", WindowKind.TIME, 172800, False, False),
        ("the conversation", WindowKind.CONVERSATION, 0, False, False),
        ("the conversation before", WindowKind.CONVERSATION, 0, True, False),
        ("the rest of the conversation", WindowKind.REST, 0, False, False),
        ("before the customer's next turn", WindowKind.BEFORE_NEXT, 0, False, False),
        ("Before the Agent’s next turn", WindowKind.BEFORE_NEXT, 0, False, False),
        ("same turn or 2 agent turns", WindowKind.TURNS, 2, False, True),
    ],
)
def test_windows_are_read(text, kind, amount, backward, own):
    found = rule(f'given: customer.anger\nexpect: agent.apology\nwithin: "{text}"').steps[0].window
    assert (found.kind, found.amount) == (kind, amount)
    assert (found.backward, found.same_turn_too) == (backward, own)


@pytest.mark.parametrize(
    "text",
    ["1", "agent turn", "1.5 turns", "-1 turns", "1 wizard turn", "before the customer turn",
     "same turn or", "same turn or same turn", "the conversations", "99999999 turns", "٣ turns"],
)  # fmt: skip
def test_what_is_no_window_is_told(text):
    found = codes(f'given: customer.anger\nexpect: agent.apology\nwithin: "{text}"')
    assert found in (["V120"], ["V121"])


def test_unless_and_then_are_read():
    found = rule(
        "given: customer.complaint\n"
        "expect: agent.apology\n"
        "within: 1 agent turn\n"
        "then:\n"
        "  - {expect: agent.remedy, within: 2 agent turns}\n"
        "  - {expect: {any: [agent.follow_up, agent.commitment]}, within: the rest of the conversation}\n"
        "unless: {condition: customer.abuse, within: the conversation before}"
    )
    assert len(found.steps) == 3
    assert found.unless.window.backward
    assert isinstance(found.steps[2].condition, Group)


def test_per_conversation_needs_no_window():
    found = rule("given: customer.loyalty\nexpect: agent.loyalty_recognition\nper: conversation")
    assert found.per_conversation
    assert found.steps[0].window.kind is WindowKind.CONVERSATION


def test_counts_are_read():
    found = rule(
        "given: {any: [customer.anger, customer.frustration], count: 3}\nforbid: agent.rushing\nwithin: 9 turns"
    )
    assert (found.given.quantifier, found.given.count) == (Quantifier.ANY, 3)
    found = rule("recognise: {any: [agent.apology, agent.ownership], at_least: 2}")
    assert found.steps[0].condition.at_least == 2
    found = rule("forbid: {signal: agent.jargon, count: 2}")
    assert found.steps[0].condition == Match("agent.jargon", frozenset({Role.AGENT}), count=2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("forbid: {all: [agent.jargon], count: 2}", "V119"),
        ("forbid: {signal: agent.jargon, at_least: 2}", "V119"),
        ("forbid: {any: [agent.jargon, {all: [agent.rushing]}], count: 2}", "V118"),
        ("forbid: {any: []}", "V116"),
        ("forbid: [agent.jargon]", "V110"),
        ("forbid: {signal: agent.jargon, where: yes}", "V113"),
        ("forbid: agent.jargon\nwhen: 1 + 1", "V133"),
        ("forbid: agent.jargon\nwhen: conversation.turns > 'many'", "V132"),
        ("forbid: agent.jargon\nwhen: [1]", "V130"),
        ("forbid: agent.jargon\nwithin: 1 turn", "V123"),
        ("forbid: team.blame", "V109"),
        ("given: customer.anger\nforbid: agent.jargon", "V122"),
    ],
)
def test_what_makes_no_sense_is_told(body, code):
    assert code in codes(body)
