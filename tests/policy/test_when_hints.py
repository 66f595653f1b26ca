"""A condition that does not compile says what to write."""

from __future__ import annotations

import pytest

from amity.policy.when import check_when
from amity.source import Problems, parse_yaml


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("conversation.turn > 3", 'did you mean "conversation.turns"?'),
        ("turns > 3", "write conversation.turns"),
        ("conversation.turns = 3", "write == to compare, with two equals signs"),
        ("conversation.turns > 1 and true", 'write && in place of "and"'),
        ("attributes.tier == gold", "put a text in quotes ('gold')"),
        ("conversation.agent_word_share > 1", "with a decimal point, such as 1.0"),
        ("conversation.turns > 1.5", "write a whole number"),
        ("conversation.turns > '3'", "the left side is of type int, the right side string"),
        ("conversation.turns > 3 &", "docs/policies.md lists the facts"),
    ],
)
def test_the_fix_says_what_to_write(text: str, fix: str):
    problems = Problems()
    node = parse_yaml(f'when: "{text}"', "policy.yaml", Problems())
    check_when(node.entries["when"], problems)
    (problem,) = problems
    assert problem.code == "V132"
    assert fix in problem.fix
