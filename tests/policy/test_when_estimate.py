"""How long a condition can take is known before it runs, and what could take long is refused."""

from __future__ import annotations

import pytest

from amity.policy.load import load_policy
from amity.policy.when import MAX_ALL_MS, MAX_MS, check_when, compile_when
from amity.policy.when_tree import Kind, Of, tree_of
from amity.signals import builtin_catalogue
from amity.source import Node, Problems, parse_yaml

TIMES = "conversation.response_times_s"
POLICY = """\
apiVersion: amity/v1
kind: Policy
metadata: {name: p, title: P, version: 1, owner: me, intent: Good., scores: wording of agents}
rules:
"""


def told(text: str) -> list[str]:
    problems = Problems()
    check_when(Node(text, "p.yaml", 3, 9), problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        "conversation.turns > 1",
        "attributes.tier == 'gold' && conversation.customer_turns > 2",
        "attributes['tier'] in ['gold', 'silver']",
        "has(attributes.tier) && attributes.tier.startsWith('go')",
        f"{TIMES}.all(t, t < 60)",
        f"{TIMES}.all(t, t < attributes.limit)",
        f"{TIMES}.filter(t, t > 60).size() + 1 > 2",
        f"{TIMES}.filter(t, t > 60).size() > 2 && {TIMES}.filter(t, t > 120).size() > 1",
        "attributes.orders.exists(o, o.items.exists(i, i.sku == 'a'))",
        "attributes.orders.exists(o, o.id == attributes.id)",
        "attributes.orders.all(o, o.id in attributes.allowed)",
        "attributes.reason.matches('^(refund|return)s?$') || attributes.reason.contains('damage')",
        "conversation.median_response_s > 3600 || conversation.course_end < conversation.course_start",
    ],
)
def test_what_people_ask_is_taken(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "mostly"),
    [
        (f"({' + '.join([TIMES] * 5)}).filter(t, true).size() > 0", "filter"),
        (f"{TIMES}.filter(t, true).filter(t, true).filter(t, true).size() > 0", "filter"),
        (f"{TIMES}.all(x, {TIMES}.filter(y, y >= x).size() >= 0)", "filter"),
        (f"{TIMES}.all(x, {TIMES} == {TIMES} && {TIMES} == {TIMES})", "=="),
        (f"{TIMES}.all(x, attributes == attributes)", "=="),
        (f"{TIMES}.all(x, x in {TIMES})", "in"),
        (f"{TIMES}.exists(x, attributes.s.contains(attributes.t))", "contains"),
        ("attributes.s.matches('(.*a.{200}c|.*b.{201}c)')", "matches"),
        ("attributes.s.matches(attributes.pattern)", "matches"),
        (" || ".join(["attributes.s.matches('(a|b)*a(a|b){20}c')"] * 6), "matches"),
        (f"{TIMES}.all(a, [{TIMES}, {TIMES}] == [{TIMES}, {TIMES}])", "=="),
    ],
)
def test_what_could_take_long_is_refused_with_its_reason(text, mostly):
    (problem,) = told(text)
    assert problem.startswith('p.yaml:3:9: V138 "when" could take too long: up to ')
    assert f"more than {MAX_MS:g}, mostly for {mostly} (" in problem


def test_conditions_of_a_policy_are_counted_together():
    rules = "".join(
        f"  - {{id: r{number}, title: T, why: W., coach: C., forbid: agent.dismissal,"
        f' when: "{TIMES}.filter(t, t > {number}).size() > 1"}}\n'
        for number in range(8)
    )
    problems = Problems()
    node = parse_yaml(POLICY + rules, "p.yaml", problems)
    assert load_policy(node, builtin_catalogue(), problems) is None
    (problem,) = problems
    assert (problem.code, problem.line) == ("V139", 5)
    assert f"more than {MAX_ALL_MS:g}" in problem.message


def test_a_loop_over_members_of_attributes_shares_what_there_is():
    inner = "attributes.a.exists(x, x.parts.exists(y, y.id == attributes.id))"
    assert compile_when(inner).estimate.ms < MAX_MS / 2


def test_the_tree_of_a_condition_is_what_cel_has_read():
    tree = tree_of(compile_when(f"{TIMES}.filter(t, t > -5).size() > 2")._expression.serialize())
    assert (tree.kind, tree.name, tree.of) == (Kind.CALL, "_>_", Of.PLAIN)
    size, two = tree.parts
    assert (size.name, two.kind) == ("size", Kind.CONSTANT)
    (loop,) = size.parts
    assert (loop.kind, loop.name, loop.of) == (Kind.LOOP, "t", Of.MANY)
    assert (loop.parts[0].kind, loop.parts[0].name) == (Kind.NAME, TIMES)
