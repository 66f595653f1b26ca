from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from amity.conversation import Channel, Role
from amity.policy.cases import CaseFile, check_cases, gaps, load_cases, run_case
from amity.policy.load import load_policy
from amity.policy.model import Policy
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

HEAD = "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: manners}\n"
WHOLE = HEAD + dedent(
    """\
    cases:
      - name: A late answer
        conversation:
          channel: email
          locale: en-GB
          open: true
          attributes: {tier: gold, years: 7, tags: [vip, {since: 2009}]}
          turns:
            - customer Ana: Hello?
              at: "10:05"
            - agent Tom: I am here.
              at: 2026-01-05T11:05:00+01:00
            - customer Ana: Good.
        expect:
          greets: [shown, pending]
          no-shouting: no_opportunity
    """
)
POLICY = dedent(
    """\
    apiVersion: amity/v1
    kind: Policy
    metadata: {name: manners, title: Manners, version: 1, owner: us, intent: Kindness., scores: wording of agents}
    rules:
      - {id: greets, title: G, why: W, coach: C, given: customer.problem, expect: agent.apology, within: 1 agent turn}
      - {id: no-shouting, title: N, why: W, coach: C, forbid: agent.dismissal}
      - {id: joy, title: J, why: W, recognise: agent.shared_joy}
    """
)


def load(text: str) -> tuple[CaseFile | None, list[str]]:
    problems = Problems()
    node = parse_yaml(text, "cases.yaml", problems)
    loaded = load_cases(node, problems) if node else None
    return loaded, [str(problem) for problem in problems]


def good(text: str) -> CaseFile:
    loaded, problems = load(text)
    assert loaded, problems
    return loaded


def manners() -> Policy:
    problems = Problems()
    node = parse_yaml(POLICY, "policy.yaml", problems)
    policy = node and load_policy(node, builtin_catalogue(), problems)
    assert policy, problems
    return policy


def one(turns: str = "- customer: Hi", expect: str = "greets: shown", more: str = "") -> str:
    return (
        HEAD
        + f"cases:\n- name: A\n  conversation:\n    turns:\n    {turns}\n{more}  expect: {{{expect}}}\n"
    )


def test_a_case_is_a_conversation_with_names_times_and_facts():
    (case,) = good(WHOLE).cases
    conversation = case.conversation
    assert case.is_open
    assert (conversation.id, conversation.channel, conversation.locale) == (
        "A late answer",
        Channel.EMAIL,
        "en-GB",
    )
    assert [(person.role, person.display_name) for person in conversation.participants] == [
        (Role.CUSTOMER, "Ana"),
        (Role.AGENT, "Tom"),
    ]
    assert [turn.participant_id for turn in conversation.turns] == [
        "customer Ana",
        "agent Tom",
        "customer Ana",
    ]
    ten_past = datetime(2026, 1, 5, 10, 5, tzinfo=UTC)
    assert [turn.sent_at for turn in conversation.turns] == [ten_past, ten_past, None]
    assert conversation.attributes == {
        "tier": "gold",
        "years": 7.0,
        "tags": ("vip", {"since": 2009.0}),
    }


def test_a_plain_case_is_a_closed_chat_in_english():
    (case,) = good(one()).cases
    assert (case.conversation.channel, case.conversation.locale, case.is_open) == (
        Channel.CHAT,
        "en",
        False,
    )


def test_what_is_expected_keeps_its_order_and_place():
    expectations = good(WHOLE).cases[0].expectations
    assert [(wanted.rule, wanted.states) for wanted in expectations] == [
        ("greets", ("shown", "pending")),
        ("no-shouting", ("no_opportunity",)),
    ]
    assert (
        expectations[0].place.file,
        expectations[0].place.line,
        expectations[0].place.column,
    ) == ("cases.yaml", 18, 7)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + "cases: []\n", 'cases.yaml:4:8: K100 "cases" must be a list of cases, not a list (add a case'),
        (one("- at: '10:05'"), "cases.yaml:8:7: K101 a turn has one speaker; this has 0 (write"),
        (one("- {customer: Hi, agent: Ho}"), "K101 a turn has one speaker; this has 2"),
        (one("  {}"), 'K101 "turns" must be a list of what was said, not a mapping'),
        (one("- caller: Hi"), 'cases.yaml:8:7: K102 "caller" is not a speaker (begin with one of: customer, agent, bot, colleague'),
        (one("- {customer: Hi, at: noon}"), 'cases.yaml:8:26: K103 "noon" is not a time (write "10:05"'),
        (one("- {customer: Hi, at: 1005}"), 'K103 "1005" is not a time'),
        (one("- {customer: Hi, at: '10:05'}\n    - {agent: Ho, at: '10:04'}"), "cases.yaml:9:23: K104 this turn was sent before one"),
        (one(expect="greets: seen"), 'cases.yaml:9:20: K105 "seen" is not a state (use one of: shown, missed'),
        (one(expect="greets: mised"), 'K105 "mised" is not a state (did you mean "missed"?)'),
        (one(expect=""), "cases.yaml:9:11: K106 the case expects nothing"),
        (one(expect="greets: []"), "K106 an empty list expects nothing"),
        (one() + one().split("cases:\n")[1], 'cases.yaml:10:9: K107 the name "A" is already used at 5:9'),
        (one(expect="greets: pending"), "K114 nothing is pending once a conversation is closed"),
        (one(expect="greets: [shown, no_opportunity]"), "K115 no_opportunity stands alone"),
        (one(more="    open: maybe\n"), 'K112 "open" must be true or false, not text'),
        (one(more="    attributes: [gold]\n"), 'K113 "attributes" must be a mapping, not a list'),
        (one(more="    locale: not a tag\n"), 'K111 the conversation cannot be judged: "not a tag"'),
        (one().replace("name: A", "name: " + "A" * 201), "K110 the name has 201 characters; at most 200 are allowed"),
        (one(more="    chanel: chat\n"), 'Y111 a conversation has no key "chanel" (did you mean "channel"?)'),
        (one(more="    channel: chatt\n"), 'Y114 "channel" cannot be "chatt" (did you mean "chat"?)'),
        (one("- customer: [Hi]"), 'Y110 "customer" must be text, not a list'),
        (one("- customer: ''"), 'cases.yaml:8:17: K116 the turn says nothing'),
        (HEAD.replace("amity/v1", "amity/v9") + "cases: []\n", 'Y114 "apiVersion" cannot be "amity/v9"'),
        ("[]", "Y110 a case file must be a mapping, not a list"),
        (HEAD + "cases: [Hello]\n", "Y110 a case must be a mapping, not text"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_fix(text, problem):
    loaded, problems = load(text)
    assert loaded is None
    assert any(problem in told for told in problems), problems


def test_all_mistakes_of_a_file_are_told_at_once():
    _, problems = load(one("- caller: Hi\n    - {customer: Ho, at: noon}", "greets: seen"))
    assert [told.split()[1] for told in problems] == ["K102", "K103", "K105"]


def test_a_rule_and_a_policy_must_exist():
    problems = Problems()
    stray = good(one(expect="greats: shown"))
    elsewhere = good(one().replace("policy: manners", "policy: maners"))
    check_cases([stray, elsewhere], [manners()], problems)
    assert [str(problem) for problem in problems] == [
        'cases.yaml:9:12: K109 the policy "manners" has no rule "greats" (did you mean "greets"?)',
        'cases.yaml:1:1: K108 there is no policy "maners" (did you mean "manners"?)',
    ]


def test_two_files_of_a_policy_do_not_share_a_name():
    first = good(one())
    problems = Problems()
    node = parse_yaml(one(), "more.yaml", problems)
    second = node and load_cases(node, problems)
    assert second
    check_cases([first, second], [manners()], problems)
    assert [str(problem).split(" (")[0] for problem in problems] == [
        'more.yaml:5:3: K107 the name "A" is already used at cases.yaml:5:3'
    ]


def test_a_case_passes_when_every_rule_that_it_names_ends_so():
    (case,) = good(WHOLE).cases
    states = {"greets": ["shown", "pending"], "no-shouting": ["no_opportunity"], "joy": ["shown"]}
    assert run_case(case, lambda conversation, is_open: states).passed


def test_a_case_that_fails_says_where_it_first_went_another_way():
    (case,) = good(WHOLE).cases
    result = run_case(case, lambda conversation, is_open: {"greets": ["missed"], "no-shouting": []})
    assert not result.passed
    assert str(result.difference) == "cases.yaml:18:7: greets: expected shown, pending, got missed"


def test_a_rule_that_the_judge_does_not_know_is_a_difference():
    (case,) = good(one()).cases
    assert (
        str(run_case(case, lambda *_: {}).difference)
        == "cases.yaml:9:12: greets: expected shown, got nothing"
    )


def test_the_judge_is_told_whether_the_conversation_goes_on():
    (case,) = good(WHOLE).cases
    told = []
    run_case(case, lambda conversation, is_open: told.append((conversation.id, is_open)) or {})
    assert told == [("A late answer", True)]


def test_gaps_are_the_outcomes_that_a_rule_can_have_and_no_case_covers():
    missing = {(gap.rule, gap.state) for gap in gaps([good(WHOLE)], [manners()])}
    assert missing == {
        ("greets", "missed"),
        ("greets", "no_opportunity"),
        ("no-shouting", "missed"),
        ("joy", "shown"),
        ("joy", "no_opportunity"),
    }


def test_every_code_is_in_the_documentation():
    root = Path(__file__).parents[2]
    policy = root / "engine/amity/policy"
    text = "".join(path.read_text("utf-8") for path in sorted(policy.glob("*.py")))
    documented = (root / "docs/cases.md").read_text("utf-8")
    codes = sorted(set(re.findall(r'"(K[0-9]{3})"', text)))
    assert len(codes) == 28
    assert [code for code in codes if f"`{code}`" not in documented] == []


def test_the_example_of_the_documentation_loads():
    documented = (Path(__file__).parents[2] / "docs/cases.md").read_text("utf-8")
    example = documented.split("```yaml\n")[1].split("```")[0]
    assert good(example).policy == "trust-building"
