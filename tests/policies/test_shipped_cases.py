"""Every case that ships is judged as it says, and the cases leave no outcome of a rule untried."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest

from amity.conversation import Conversation
from amity.judge import Judge, open_judge
from amity.policy.bundle import shipped_policies
from amity.policy.cases import Case, CaseFile, gaps, load_cases, run_case
from amity.source import Problems, parse_yaml, read_text

LEAST_RULES = {
    "challenge-to-opportunity": 8,
    "ownership": 8,
    "team-culture": 4,
    "trust-building": 10,
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return open_judge()


def shipped_files() -> list[CaseFile]:
    folder, problems = shipped_policies(), Problems()
    files = []
    for path in sorted(folder.glob("*/cases/*.yaml")):
        name = path.relative_to(folder).as_posix()
        text = read_text(path, name, problems)
        node = parse_yaml(text, name, problems) if text else None
        files.append(load_cases(node, problems) if node else None)
    assert not problems, "\n".join(map(str, problems))
    return [file for file in files if file]


FILES = shipped_files()
CASES = [(file.policy, case) for file in FILES for case in file.cases]


def judged_by(
    judge: Judge, policy: str, conversation: Conversation, is_open: bool
) -> Mapping[str, Sequence[str]]:
    states: dict[str, list[str]] = defaultdict(list)
    for outcome in judge.evaluate(conversation, is_open=is_open).all_outcomes():
        if outcome.policy.name == policy:
            states[outcome.rule.id].append(outcome.state.value)
    return states


@pytest.mark.parametrize(
    ("policy", "case"), [pytest.param(*item, id=f"{item[0]}: {item[1].name}") for item in CASES]
)
def test_a_shipped_case_comes_out_as_it_says(judge: Judge, policy: str, case: Case):
    result = run_case(
        case, lambda conversation, is_open: judged_by(judge, policy, conversation, is_open)
    )
    assert result.passed, str(result.difference)


def test_every_outcome_that_a_rule_can_have_is_in_some_case(judge: Judge):
    missing = [
        f"{gap.policy}/{gap.rule}: {gap.state}" for gap in gaps(FILES, judge.bundle.policies)
    ]
    assert not missing, "\n".join(missing)


def test_each_module_has_its_rules(judge: Judge):
    rules = {policy.name: len(policy.rules) for policy in judge.bundle.policies}
    assert set(LEAST_RULES) <= set(rules)
    assert all(rules[name] >= least for name, least in LEAST_RULES.items()), rules


def test_every_rule_tells_people_why_and_what_to_do(judge: Judge):
    for policy in judge.bundle.policies:
        for rule in policy.rules:
            assert len(rule.why) > 20, rule.id
            assert rule.kind == "recognise" or len(rule.coach) > 60, rule.id


def test_recognition_never_outweighs_a_duty(judge: Judge):
    for policy in judge.bundle.policies:
        duties = [rule.weight for rule in policy.rules if rule.kind == "expect"]
        assert all(
            rule.weight <= min(duties) for rule in policy.rules if rule.kind == "recognise"
        ), policy.name


@pytest.mark.parametrize(
    "name", ["An address change, answered plainly", "Opening hours, on the phone"]
)
def test_a_routine_contact_gives_no_opportunity_in_any_module(judge: Judge, name: str):
    case = next(case for _, case in CASES if case.name == name)
    decision = judge.evaluate(case.conversation)
    assert [f"{outcome.policy.name}/{outcome.rule.id}" for outcome in decision.outcomes] == []


def test_the_cases_speak_in_many_channels():
    channels = Counter(str(case.conversation.channel) for _, case in CASES)
    assert {"chat", "email", "voice", "social", "messaging", "internal"} <= set(channels)
