from __future__ import annotations

from amity.policy.case import Case, CaseFile, Expectation
from amity.policy.coverage import coverage, percent
from amity.policy.load import load_policy
from amity.policy.model import Place, Policy
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml
from amity.testkit import talk

HERE = Place("a.yaml", 1, 1)
POLICY = """\
apiVersion: amity/v1
kind: Policy
metadata: {name: manners, title: Manners, version: 1, owner: us, intent: Kindness., scores: wording of agents}
rules:
  - {id: greets, title: G, why: W, coach: C, given: customer.problem, expect: agent.apology, within: 1 agent turn}
  - {id: no-shouting, title: N, why: W, coach: C, forbid: agent.dismissal}
  - {id: joy, title: J, why: W, recognise: agent.shared_joy}
"""


def manners() -> Policy:
    problems = Problems()
    node = parse_yaml(POLICY, "policy.yaml", problems)
    policy = node and load_policy(node, builtin_catalogue(), problems)
    assert policy, problems
    return policy


def cases(**states: tuple[str, ...]) -> CaseFile:
    expected = tuple(
        Expectation(rule.replace("_", "-"), wanted, HERE) for rule, wanted in states.items()
    )
    return CaseFile("manners", (Case("A", talk("customer: Hi"), False, expected, HERE),), HERE)


def test_every_expected_outcome_is_counted():
    files = [cases(greets=("shown", "shown", "missed")), cases(greets=("abstained",))]
    [greets, *_] = coverage(files, [manners()])
    assert greets.counts == {"shown": 2, "missed": 1, "abstained": 1}
    assert greets.missing == ("no_opportunity",)


def test_what_a_rule_cannot_end_in_is_left_out():
    rows = coverage([], [manners()])
    assert [row.possible for row in rows] == [
        ("shown", "missed", "no_opportunity"),
        ("missed", "no_opportunity"),
        ("shown", "no_opportunity"),
    ]


def test_the_share_is_of_the_outcomes_that_are_possible():
    rows = coverage([cases(greets=("shown", "missed", "abstained"), joy=("missed",))], [manners()])
    assert round(percent(rows), 2) == round(100 * 2 / 7, 2)
    assert percent([]) == 100
