"""What changed is told in words, and what did not change is not told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluate.rules import all_of, any_of, match, none_of, policy, rule

from amity.conversation import Channel
from amity.policy.diff import ChangeKind, Status, compare_policies
from amity.policy.model import Policy, Rule, Scope, Severity

APOLOGY = {"given": "anger", "expect": "apology", "within": "1 agent turn"}


def told(old: Rule, new: Rule) -> list[str]:
    changes = compare_policies([policy(old)], [policy(new)])
    return [change.text for found in changes for one in found.rules for change in one.changes]


def edited(**changes: object) -> list[str]:
    return told(rule(**APOLOGY), rule(**{**APOLOGY, **changes}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"within": "2 agent turns"}, "within: 1 agent turn → 2 agent turns"),
        (
            {"given": match("anger", min_score=0.6)},
            "min_score of customer.anger in given: 0.5 → 0.6",
        ),
        ({"given": any_of("anger", "remedy")}, "signal agent.remedy added to given"),
        ({"expect": match("apology", count=2)}, "count of agent.apology in expect: 1 → 2"),
        (
            {"expect": match("apology", where={"target": ("customer",)})},
            "where of agent.apology in expect: anything → target customer",
        ),
        ({"per_conversation": True}, "per: move → conversation"),
        ({"unless": "remedy"}, "unless added: the agent's remedy"),
        ({"then": [("remedy", "2 turns")]}, "then added: the agent's remedy"),
    ],
    ids=str,
)
def test_a_change_is_told_in_words(changes, words):
    assert edited(**changes) == [words]


def test_what_goes_from_a_list_is_told():
    both, one = (
        rule(**{**APOLOGY, "expect": any_of("apology", *more)}) for more in (["remedy"], [])
    )
    assert told(both, one) == ["signal agent.remedy removed from expect"]


def test_a_change_to_a_whole_list_is_told_once():
    rules = [
        rule(
            **{
                **APOLOGY,
                "expect": any_of(
                    match("apology", min_score=score), match("remedy", min_score=score)
                ),
            }
        )
        for score in (0.5, 0.7)
    ]
    assert told(*rules) == ["min_score in expect: 0.5 → 0.7"]


def test_a_change_deep_inside_is_told_where_it_is():
    rules = [
        rule(**{**APOLOGY, "expect": all_of("apology", none_of(*names))})
        for names in (["remedy"], ["remedy", "anger"])
    ]
    assert told(*rules) == ["signal customer.anger added to the inner none in expect"]


def test_another_quantifier_is_told_as_a_whole():
    rules = [
        rule(**{**APOLOGY, "expect": group("apology", "remedy")}) for group in (any_of, all_of)
    ]
    [words] = told(*rules)
    assert words.startswith("expect: ")
    assert "→" in words


def test_the_order_of_a_list_is_no_change():
    rules = [
        rule(**{**APOLOGY, "expect": any_of(*names)})
        for names in (["apology", "remedy"], ["remedy", "apology"])
    ]
    assert told(*rules) == []


def test_the_same_time_in_other_words_is_no_change():
    assert told(*(rule(**{**APOLOGY, "within": text}) for text in ("60 seconds", "1 minute"))) == []


def test_wording_counting_and_actions_cannot_judge_differently():
    old = rule(**APOLOGY)
    new = replace(old, weight=2.0, coach="Say sorry.", actions=("coach",))
    [change] = compare_policies([policy(old)], [policy(new)])[0].rules
    assert not change.may_judge_differently
    assert [(one.kind, one.text) for one in change.changes] == [
        (ChangeKind.COUNTING, "weight: 1 → 2"),
        (ChangeKind.ACTIONS, "action coach added"),
        (ChangeKind.WORDING, "coach added"),
    ]


def test_a_severity_may_judge_differently_but_not_that_of_praise():
    for kind, expected in ((APOLOGY, True), ({"recognise": "apology"}, False)):
        old = rule(**kind)
        new = replace(old, severity=Severity.CRITICAL)
        [change] = compare_policies([policy(old)], [policy(new)])[0].rules
        assert change.may_judge_differently is expected


def statuses(old: list[Rule], new: list[Rule]) -> list[tuple[str, Status]]:
    found = compare_policies([policy(*old)], [policy(*new)])
    return [(one.id, one.status) for change in found for one in change.rules]


def test_rules_come_go_and_are_renamed():
    first, second = rule(**APOLOGY), rule(forbid="remedy", name="second")
    assert statuses([first], [first, second]) == [("second", Status.ADDED)]
    assert statuses([first, second], [first]) == [("second", Status.REMOVED)]
    assert statuses([second], [replace(second, id="third")]) == [("third", Status.RENAMED)]


def scoped(**changes: object) -> Policy:
    return replace(policy(rule(**APOLOGY)), **changes)


def test_what_changes_around_the_rules_is_told():
    old = scoped(scope=Scope(frozenset({Channel.CHAT}), when="conversation.turns > 1"))
    new = scoped(
        scope=Scope(frozenset({Channel.CHAT, Channel.EMAIL})), version=2, weight=2.0, owner="others"
    )
    [change] = compare_policies([old], [new])
    assert [one.text for one in change.changes] == [
        "version: 1 → 2",
        "weight of the module: 1 → 2",
        "scope, channels: chat → chat, email",
        "scope, when: conversation.turns > 1 → always",
        "owner reworded",
    ]


def test_policies_come_and_go():
    only = scoped()
    assert [one.status for one in compare_policies([], [only])] == [Status.ADDED]
    assert [one.status for one in compare_policies([only], [])] == [Status.REMOVED]
    assert compare_policies([only], [only]) == []
