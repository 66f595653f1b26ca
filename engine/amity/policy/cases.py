"""Cases: conversations with the outcome that each rule must have, kept beside a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amity.conversation import Conversation
from amity.fields import nearest
from amity.policy.case import STATES, Case, CaseFile, CaseResult, Difference, Expectation
from amity.policy.model import Place, Policy, Rule, RuleKind
from amity.policy.read_cases import load_cases
from amity.source import Node, Problems

__all__ = [
    "STATES",
    "Case",
    "CaseFile",
    "CaseResult",
    "Difference",
    "Expectation",
    "Gap",
    "check_cases",
    "gaps",
    "load_cases",
    "possible_states",
    "run_case",
]

Judge = Callable[[Conversation, bool], Mapping[str, Sequence[str]]]
"""Judges a conversation (open or not) by one policy: the states of each rule, in order."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An outcome that *rule* can have and that no case expects of it."""

    policy: str
    rule: str
    state: str
    place: Place


def run_case(case: Case, judge: Judge) -> CaseResult:
    """Judge the conversation of *case* and compare, rule by rule."""
    outcomes = judge(case.conversation, case.is_open)
    for expectation in case.expectations:
        got = tuple(outcomes.get(expectation.rule, ()))
        if got != expectation.states:
            return CaseResult(
                case, Difference(expectation.rule, expectation.states, got, expectation.place)
            )
    return CaseResult(case, None)


def gaps(files: Iterable[CaseFile], policies: Iterable[Policy]) -> Iterator[Gap]:
    """Every state among shown, missed and no_opportunity that a rule can have and no case covers."""
    covered = {
        (file.policy, expectation.rule, state)
        for file in files
        for case in file.cases
        for expectation in case.expectations
        for state in expectation.states
    }
    for policy in policies:
        for rule in policy.rules:
            for state in possible_states(rule):
                if (policy.name, rule.id, state) not in covered:
                    yield Gap(policy.name, rule.id, state, rule.place)


def possible_states(rule: Rule) -> tuple[str, ...]:
    """Those of shown, missed and no_opportunity in which *rule* can end."""
    if rule.kind is RuleKind.RECOGNISE:
        return ("shown", "no_opportunity")
    if rule.kind is RuleKind.FORBID and rule.given is None:
        return ("missed", "no_opportunity")
    return ("shown", "missed", "no_opportunity")


def check_cases(files: Iterable[CaseFile], policies: Iterable[Policy], problems: Problems) -> None:
    """Record every case file whose policy, and every expectation whose rule, does not exist."""
    rules = {policy.name: [rule.id for rule in policy.rules] for policy in policies}
    first: dict[tuple[str, str], Place] = {}
    for file in files:
        known = rules.get(file.policy)
        if known is None:
            message = f'there is no policy "{file.policy}"'
            _add(problems, "K108", file.place, message, nearest(file.policy, list(rules)))
            continue
        for case in file.cases:
            earlier = first.setdefault((file.policy, case.name), case.place)
            if earlier.file != case.place.file:
                message = f'the name "{case.name}" is already used at {earlier.file}:{earlier.line}:{earlier.column}'
                _add(problems, "K107", case.place, message, "give the case a name of its own")
            _check_rules(file.policy, case, known, problems)


def _check_rules(policy: str, case: Case, known: Sequence[str], problems: Problems) -> None:
    for expectation in case.expectations:
        if expectation.rule not in known:
            message = f'the policy "{policy}" has no rule "{expectation.rule}"'
            _add(problems, "K109", expectation.place, message, nearest(expectation.rule, known))


def _add(problems: Problems, code: str, place: Place, message: str, fix: str) -> None:
    node = Node(None, place.file, place.line, place.column)
    # The rows of a table share what they expect, and one place is told once.
    before = len(problems)
    problems.add(code, node, message, fix)
    if problems[-1] in problems[:before]:
        problems.pop()
