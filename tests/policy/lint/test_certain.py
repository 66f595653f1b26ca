"""What lint calls impossible never happens: its findings are held against the evaluator on random talks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.evaluate import evaluator
from tests.evaluate.evaluator import EXAMPLES, PATIENT
from tests.evaluate.rules import policy as policy_of
from tests.evaluate.rules import rules
from tests.evaluate.timelines import Talk, talks

from amity.evaluate.outcome import State
from amity.policy.lint.check import Check
from amity.policy.lint.exceptions import AlwaysExcepted, ExpectationExcepted, NeverExcepted
from amity.policy.lint.occasions import (
    GivenIsAsked,
    ImpossibleExpectation,
    ImpossibleOccasion,
    ImpossibleWindow,
)
from amity.policy.lint.rivals import Shadowed
from amity.policy.lint.subject import Subject, Surroundings
from amity.policy.model import Place, Policy, Rule, RuleKind
from amity.signals import SPEAKERS, builtin_catalogue

SCORED = policy_of().scored_roles
SHOWN, MISSED = State.SHOWN, State.MISSED
WANTED = {RuleKind.EXPECT: SHOWN, RuleKind.FORBID: MISSED, RuleKind.RECOGNISE: SHOWN}
CHECKS = (
    ImpossibleOccasion, ImpossibleWindow, ImpossibleExpectation, GivenIsAsked, AlwaysExcepted, NeverExcepted,
    ExpectationExcepted, Shadowed,
)  # fmt: skip


def flagged(check: type[Check], judged: Policy) -> list[Rule]:
    subject = Subject((), (judged,), (), (), (), builtin_catalogue(), Surroundings())
    lines = {remark.place.line for remark in check().look(subject)}
    return [rule for rule in judged.rules if rule.place.line in lines]


def believable(talk: Talk) -> Talk:
    """*talk* closed, with everything known and every signal of somebody who may speak it."""
    signals = [
        found
        for found in talk.signals
        if talk.roles[found.turn] in SPEAKERS[found.name.partition(".")[0]]
    ]
    return replace(talk, signals=tuple(signals), unknown={}, is_open=False)


def states(rule: Rule, talk: Talk) -> list[State]:
    return [found.state for found in evaluator.judge([policy_of(rule)], talk)]


@st.composite
def judged_policies(draw: st.DrawFn) -> Policy:
    """Two or three rules, of which some are close to each other."""
    first, second = (draw(rules(f"r{index}", SCORED)) for index in range(2))
    like = replace(
        draw(st.sampled_from([first, second])),
        **draw(
            st.sampled_from(
                [
                    {},
                    {"steps": first.steps, "given": first.given, "kind": first.kind},
                    {"unless": None},
                    {"given": second.given or first.given},
                ]
            )
        ),
    )
    drawn = [
        rule for rule in (first, second, like) if bool(rule.given) == bool(rule.steps[0].window)
    ]
    return policy_of(
        *(
            replace(rule, id=f"r{line}", place=Place("policy.yaml", line, 1))
            for line, rule in enumerate(drawn, start=1)
        )
    )


def check_rule(check: type[Check], rule: Rule, judged: Policy, talk: Talk) -> None:
    found = states(rule, talk)
    if check in {ImpossibleOccasion, AlwaysExcepted}:
        assert not {SHOWN, MISSED} & set(found)
    elif check in {ImpossibleWindow, ImpossibleExpectation, ExpectationExcepted}:
        assert WANTED[rule.kind] not in found
    elif check is NeverExcepted:
        if State.ABSTAINED not in found:
            assert found == states(replace(rule, unless=None), talk)
    elif check is GivenIsAsked:
        is_same = rule.given == rule.steps[0].condition and rule.kind is not RuleKind.FORBID
        if not is_same and len(rule.steps) == 1:
            other = {RuleKind.EXPECT: MISSED, RuleKind.FORBID: SHOWN}.get(rule.kind)
            assert other not in found
    else:
        finding = MISSED if rule.kind is not RuleKind.RECOGNISE else SHOWN
        others = [other for other in judged.rules if other is not rule and other.kind is rule.kind]
        if finding in found and State.ABSTAINED not in found:
            assert any({finding, State.ABSTAINED} & set(states(o, talk)) for o in others)


@PATIENT
@EXAMPLES
@given(judged=judged_policies(), said=st.lists(talks(is_open=False), min_size=2, max_size=3))
def test_what_is_called_impossible_never_happens(judged: Policy, said: Sequence[Talk]):
    for check in CHECKS:
        for rule in flagged(check, judged):
            for talk in said:
                check_rule(check, rule, judged, believable(talk))
