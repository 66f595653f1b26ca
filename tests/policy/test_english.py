"""English: every construct reads well, and what means different things never reads the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.evaluate.rules import policies

from amity.policy.english import condition_words, rule_english, scope_english, window_words
from amity.policy.load import load_policy
from amity.policy.model import (
    Condition,
    Group,
    Match,
    Policy,
    Quantifier,
    Rule,
    RuleKind,
    Severity,
    WindowKind,
)
from amity.policy.when_words import when_words
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

GOLDEN = Path(__file__).parent / "english"
FEW = settings(
    max_examples=120,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def loaded(path: Path) -> Policy:
    problems = Problems()
    node = parse_yaml(path.read_text(encoding="utf-8"), path.name, problems)
    policy = load_policy(node, builtin_catalogue(), problems)
    assert not problems, [str(problem) for problem in problems]
    return policy


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_construct_reads_as_agreed(path: Path, expect):
    policy = loaded(path)
    lines = [scope_english(policy), ""]
    for rule in policy.rules:
        lines += [f"{rule.title}.", f"    {rule_english(rule, policy)}", ""]
    expect(path.with_suffix(".txt"), "\n".join(lines))


def meaning(condition: Condition | None) -> object:
    """A condition without what does not matter: lists of one, and attributes in another order."""
    if condition is None:
        return None
    if isinstance(condition, Match):
        where = tuple(sorted((key, frozenset(v)) for key, v in condition.where.items()))
        plain = (condition.name, condition.by, condition.min_score, where)
        return plain if condition.count == 1 else ("counted", condition.count, plain)
    members = [meaning(member) for member in condition.members]
    if condition.quantifier is not Quantifier.NONE and len(members) == 1:
        return members[0] if condition.count == 1 else ("counted", condition.count, members[0])
    if condition.quantifier is Quantifier.ALL:
        absent = [m for m in members if isinstance(m, tuple) and m[0] == "none"]
        # What must be there is told before what must not, whatever the order.
        members = [m for m in members if m not in absent]
        absent_parts = [part for m in absent for part in m[1]]
        return ("all", *members, *([("none", tuple(absent_parts))] if absent else []))
    if condition.quantifier is Quantifier.NONE:
        plain = [meaning(m) for m in condition.members if isinstance(m, Match)]
        groups = [meaning(m) for m in condition.members if isinstance(m, Group)]
        return ("none", (*plain, *groups))
    return ("any", condition.at_least, condition.count, *members)


def window_meaning(window) -> object:
    if window is None:
        return None
    return (
        window.kind, window.amount, window.roles, window.backward,
        window.same_turn_too and window.kind is not WindowKind.SAME_TURN,
    )  # fmt: skip


def rule_meaning(rule: Rule) -> object:
    unless = rule.unless and (meaning(rule.unless.condition), window_meaning(rule.unless.window))
    return (
        rule.kind,
        meaning(rule.given),
        tuple((meaning(step.condition), window_meaning(step.window)) for step in rule.steps),
        unless,
        rule.per_conversation,
        rule.weight,
        rule.severity if rule.kind is not RuleKind.RECOGNISE else None,
        rule.when,
    )


@st.composite
def changed(draw: st.DrawFn, condition: Condition) -> Condition:
    """*condition* with one small thing changed somewhere in it."""
    if isinstance(condition, Match):
        other = draw(st.sampled_from(("name", "by", "min_score", "where", "count")))
        values = {
            "name": st.sampled_from(["customer.anger", "agent.apology", "team.support"]),
            "by": st.frozensets(
                st.sampled_from(sorted(type(next(iter(condition.by))))), min_size=1
            ),
            "min_score": st.sampled_from([0.0, 0.5, 0.6, 0.60000001]),
            "where": st.sampled_from(
                [
                    {},
                    {"target": ("a",)},
                    {"target": ("a", "b")},
                    {"target": ("a, b",)},
                    {"target": ("a b",)},
                    {"target": ("a_b",)},
                    {"target": ("a",), "kind": ("b",)},
                    {"target": ("a", "b or c")},
                    {"target": ("a", "b", "c")},
                ]
            ),
            "count": st.sampled_from([1, 2, 3]),
        }
        return replace(condition, **{other: draw(values[other])})
    if draw(st.booleans()):
        index = draw(st.integers(0, len(condition.members) - 1))
        members = list(condition.members)
        members[index] = draw(changed(members[index]))
        return replace(condition, members=tuple(members))
    wrapped = Group(draw(st.sampled_from(Quantifier)), (condition, *condition.members[1:]))
    return draw(
        st.sampled_from(
            [
                replace(condition, quantifier=Quantifier.ALL, count=1, at_least=1),
                replace(condition, quantifier=Quantifier.NONE, count=1, at_least=1),
                replace(condition, quantifier=Quantifier.ANY, at_least=1),
                replace(condition, members=condition.members[:1]),
                wrapped,
            ]
        )
    )


@st.composite
def edited(draw: st.DrawFn, rule: Rule) -> Rule:
    """*rule* with one small edit."""
    what = draw(st.sampled_from(("given", "step", "unless", "field")))
    if what == "given" and rule.given:
        return replace(rule, given=draw(changed(rule.given)))
    if what == "step":
        index = draw(st.integers(0, len(rule.steps) - 1))
        steps = list(rule.steps)
        steps[index] = replace(steps[index], condition=draw(changed(steps[index].condition)))
        return replace(rule, steps=tuple(steps))
    if what == "unless" and rule.unless:
        condition = draw(changed(rule.unless.condition))
        return replace(rule, unless=replace(rule.unless, condition=condition))
    texts = ["attributes.a == 1", "attributes.a == '1'", "attributes.a >= 1", "!(attributes.a > 1)"]
    values = {
        "per_conversation": st.just(not rule.per_conversation),
        "weight": st.sampled_from([0.5, 2.0, 1.0000001]),
        "severity": st.sampled_from(Severity),
        "when": st.sampled_from(texts),
    }
    name = draw(st.sampled_from(sorted(values)))
    return replace(rule, **{name: draw(values[name])})


@FEW
@given(policy=policies())
def test_whatever_can_be_written_can_be_read(policy: Policy):
    for rule in policy.rules:
        english = rule_english(rule, policy)
        assert english.endswith(".")
        assert "  " not in english
        assert english.count("(") == english.count(")")


@FEW
@given(policy=policies(), data=st.data())
def test_a_small_edit_that_changes_the_meaning_changes_the_english(policy: Policy, data):
    rule = policy.rules[0]
    other = rule
    for _ in range(data.draw(st.integers(1, 2))):
        other = data.draw(edited(other))
    assume(rule_meaning(other) != rule_meaning(rule))
    assert rule_english(other, policy) != rule_english(rule, policy)


SEEN: dict[str, object] = {}


@FEW
@given(policy=policies())
def test_two_rules_that_differ_never_read_the_same(policy: Policy):
    for rule in policy.rules:
        shown = rule_english(rule, policy)
        assert SEEN.setdefault(shown, rule_meaning(rule)) == rule_meaning(rule)


def test_no_two_signals_have_the_same_words():
    catalogue = builtin_catalogue()
    scored = frozenset()
    words = {condition_words(Match(name, scored)) for name in catalogue.names()}
    assert len(words) == len(catalogue)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("attributes.a == 1", "attributes.a == '1'"),
        ("attributes.a == 1 && attributes.b == 2", "attributes.a == 1 || attributes.b == 2"),
        ("conversation.turns > 1", "conversation.turns >= 1"),
        ("conversation.turns > 1", "conversation.agent_turns > 1"),
        ("attributes.a == 'b' ", "attributes.a == 'b\" && attributes.c == \"d'"),
        ("conversation.agent_spoke_last", "!conversation.agent_spoke_last"),
    ],
)
def test_different_conditions_on_facts_read_differently(first, second):
    assert when_words(first) != when_words(second)


def test_a_window_reads_the_same_however_it_is_written():
    policy = loaded(GOLDEN / "windows.yaml")
    words = [window_words(rule.steps[0].window) for rule in policy.rules]
    assert len(set(words)) == len(words)


PAGE = (Path(__file__).parents[2] / "docs" / "explaining.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in PAGE.partition("| the rule says | it reads |")[2].partition("\n\n")[0].splitlines()
    if "`" in line
]


@pytest.mark.parametrize(("written", "words"), ROWS)
def test_the_examples_in_the_documentation_read_so(written: str, words: str):
    entries = dict(part.split(": ", 1) for part in written.strip("`").split("`, `"))
    if not entries.keys() & {"forbid", "recognise"}:
        defaults = {"given": "customer.anger", "expect": "agent.apology", "within": "1 agent turn"}
        entries = {**defaults, **entries}
    lines = [f"{key}: {value}" for key, value in {"coach": "c", **entries}.items()]
    text = (
        "apiVersion: amity/v1\nkind: Policy\nmetadata: {name: p, title: P, version: 1, owner: o, "
        "intent: i, scores: wording of agents}\nrules:\n  - id: r\n    title: R\n    why: w\n    "
    )
    problems = Problems()
    node = parse_yaml(text + "\n    ".join(lines) + "\n", "policy.yaml", problems)
    policy = load_policy(node, builtin_catalogue(), problems)
    assert not problems, [str(problem) for problem in problems]
    english = rule_english(policy.rules[0], policy)
    for part in words.strip("…").split("…"):
        assert part.strip(" ,") in english
